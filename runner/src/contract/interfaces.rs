//! Which interfaces a compiled component exports, and where to find their functions.

use wasmtime::component::InstancePre;

use super::exports::{directory, inbox, insights, metric, network, publisher, rule, source};

/// The exported interfaces of one component.
pub(crate) struct Interfaces {
    pub(crate) source: Option<source::GuestIndices>,
    pub(crate) rule: Option<rule::GuestIndices>,
    pub(crate) network: Option<network::GuestIndices>,
    pub(crate) publisher: Option<publisher::GuestIndices>,
    pub(crate) insights: Option<insights::GuestIndices>,
    pub(crate) inbox: Option<inbox::GuestIndices>,
    pub(crate) directory: Option<directory::GuestIndices>,
    pub(crate) metric: Option<metric::GuestIndices>,
}

impl Interfaces {
    /// Finds what is there. An interface that is exported with other functions or types than the contract's is an
    /// error, not an absence.
    pub(crate) fn of<T>(pre: &InstancePre<T>) -> wasmtime::Result<Self> {
        macro_rules! find {
            ($interface:ident) => {{
                let name = concat!("staffetta:plugin/", stringify!($interface), "@0.1.0");
                match pre.component().get_export_index(None, name) {
                    Some(_) => Some($interface::GuestIndices::new(pre)?),
                    None => None,
                }
            }};
        }
        Ok(Self {
            source: find!(source),
            rule: find!(rule),
            network: find!(network),
            publisher: find!(publisher),
            insights: find!(insights),
            inbox: find!(inbox),
            directory: find!(directory),
            metric: find!(metric),
        })
    }
}

//! What can be wrong with a plugin's file. Each problem says what it is and how to mend it, and carries a stable code.
//!
//! A problem belongs to one file and never stops the others.

use super::manifest::{Capability, Interface};
use super::shape::Difference;
use super::wit::{Version, own};

/// Whether a plugin with this problem can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It works, but something should be looked at.
    Warning,
    /// It is not used.
    Error,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs)] // the messages say it
pub enum Problem {
    #[error("the file can't be read: {0}")]
    Unreadable(String),
    #[error("{bytes} bytes, more than the {limit} that a plugin may have")]
    TooLarge { bytes: u64, limit: u64 },
    #[error("this is not a WebAssembly file")]
    NotWasm,
    #[error(
        "this is a core module, not a component: `staffetta plugin build` makes components, and \
         `wasm-tools component new` does so for other languages"
    )]
    CoreModule,
    #[error("the file is cut off or broken at byte {offset} of {bytes}: {reason}")]
    Malformed {
        offset: u64,
        bytes: u64,
        reason: String,
    },
    #[error("its components or types are nested deeper than any real plugin's")]
    TooDeep,
    #[error(
        "it exports no interface of the plugin contract (such as `staffetta:plugin/rule@{}`)",
        own()
    )]
    NoInterface,
    #[error(
        "it was built for version {wants} of the contract, and this host speaks {}: {}",
        own(),
        way_out(wants)
    )]
    WrongVersion { wants: Version },
    #[error("it names `{0}`, which is not an interface of the contract in version {own}", own = own())]
    UnknownInterface(String),
    #[error("it exports `{}` without the function `{function}`", interface.name())]
    MissingFunction {
        interface: Interface,
        function: String,
    },
    #[error("it imports `{}.{function}`, which the contract has not", capability.name())]
    UnknownFunction {
        capability: Capability,
        function: String,
    },
    #[error(
        "`{interface}.{function}` has another type than in the contract; {difference}. Build it again with this \
         host's SDK"
    )]
    OtherShape {
        interface: String,
        function: String,
        difference: Difference,
    },
    #[error("the host can't read its own contract: {0}")]
    Contract(String),
    #[error(
        "it imports `{0}`, which is not part of the contract and which this host does not offer: it can't be started"
    )]
    Foreign(String),
    #[error(
        "it carries no manifest (custom section `staffetta:manifest`): `staffetta plugin build` puts `plugin.yaml` in"
    )]
    NoManifest,
    #[error("it carries {0} manifests, and must carry one")]
    ManyManifests(usize),
    #[error("its manifest has {bytes} bytes, more than the {limit} allowed")]
    LargeManifest { bytes: u64, limit: u64 },
    #[error("its manifest is not JSON: line {line}, column {column}")]
    ManifestNotJson { line: usize, column: usize },
    #[error("its manifest does not have the right fields: {0}")]
    ManifestFields(String),
    #[error(
        "the manifest's name `{0}` is not lower-case words joined by `-` (at most {limit} characters)",
        limit = super::manifest_check::LONGEST_NAME
    )]
    BadName(String),
    #[error("the operation's name `{0}` is not lower-case words joined by `-`")]
    BadOperation(String),
    #[error("the manifest's version `{0}` is not a semantic version such as 1.0.0")]
    BadVersion(String),
    #[error("the manifest says nothing in `{0}`")]
    Empty(String),
    #[error(
        "the manifest says that it was built for `{says}`, but its interfaces are those of `{is}`"
    )]
    ManifestContract { says: String, is: String },
    #[error("the operation `{operation}` needs the interface `{}`, which is not exported", interface.name())]
    OperationNotExported {
        operation: String,
        interface: Interface,
    },
    #[error(
        "the operation `{operation}` names the interface `{}`, which pipelines can't call: one of source, rule, \
         metric, inbox and insights",
        interface.name()
    )]
    OperationNotCallable {
        operation: String,
        interface: Interface,
    },
    #[error("it exports `{}`, but the manifest has no operation for it, so no pipeline can use it", .0.name())]
    NoOperation(Interface),
    #[error("it exports `{}`, so the manifest must have a `network` section", .0.name())]
    NoNetwork(Interface),
    #[error("it uses `{}`, but the manifest does not ask for it: add it under `capabilities` with a `why`", .0.name())]
    NotAsked(Capability),
    #[error("the manifest asks for `{}`, but the plugin does not use it", .0.name())]
    NotUsed(Capability),
    #[error(
        "the manifest asks for `{}` but names nothing that it wants to reach: add `{}` or `from-config`",
        capability.name(), wanted
    )]
    ReachesNothing {
        capability: Capability,
        wanted: &'static str,
    },
    #[error("the plugin in it is called `{manifest}`: name the file `{manifest}.wasm`")]
    NameMismatch { manifest: String },
    #[error(
        "`{name}` is also a plugin that comes with Staffetta, and neither is used until that is settled: rename or \
         remove this file, or, to replace the one that comes with Staffetta, pin {digest} for `{name}` in the \
         project's grants"
    )]
    Clash { name: String, digest: String },
    #[error(
        "not used: the project's grants pin the plugin `{name}` that comes with Staffetta; rename or remove this file"
    )]
    Shadowed { name: String },
    #[error(
        "it replaces the plugin `{name}` that comes with Staffetta, as the project's grants say"
    )]
    Replaces { name: String },
}

fn way_out(wants: &Version) -> &'static str {
    if *wants > own() {
        "update Staffetta, or build the plugin with this host's SDK"
    } else {
        "build the plugin again with this host's SDK"
    }
}

/// A word as part of a JSON pointer.
fn escaped(word: &str) -> String {
    word.replace('~', "~0").replace('/', "~1")
}

impl Problem {
    /// Whether it stops the plugin from being used.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::Foreign(_)
            | Self::NoOperation(_)
            | Self::NotUsed(_)
            | Self::ReachesNothing { .. }
            | Self::Shadowed { .. }
            | Self::Replaces { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    /// Where in the manifest it is, as a JSON pointer; empty where it is about the whole.
    #[must_use]
    pub fn pointer(&self) -> String {
        match self {
            Self::BadName(_) => "/name".into(),
            Self::BadOperation(name) => format!("/operations/{}", escaped(name)),
            Self::BadVersion(_) => "/version".into(),
            Self::Empty(field) => field
                .split('.')
                .map(|word| format!("/{}", escaped(word)))
                .collect(),
            Self::OperationNotExported { operation, .. }
            | Self::OperationNotCallable { operation, .. } => {
                format!("/operations/{}/interface", escaped(operation))
            }
            Self::NotUsed(capability) | Self::ReachesNothing { capability, .. } => {
                format!("/capabilities/{}", capability.name())
            }
            _ => String::new(),
        }
    }

    /// A stable word for scripts and `explain`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "plugin-unreadable",
            Self::TooLarge { .. } => "plugin-too-large",
            Self::NotWasm => "plugin-not-wasm",
            Self::CoreModule => "plugin-core-module",
            Self::Malformed { .. } | Self::TooDeep => "plugin-malformed",
            Self::NoInterface => "plugin-no-interface",
            Self::WrongVersion { .. } => "plugin-contract-version",
            Self::UnknownInterface(_)
            | Self::MissingFunction { .. }
            | Self::UnknownFunction { .. }
            | Self::OtherShape { .. } => "plugin-contract-shape",
            Self::Contract(_) => "plugin-host-contract",
            Self::Foreign(_) => "plugin-foreign-import",
            Self::NoManifest | Self::ManyManifests(_) => "plugin-manifest-missing",
            Self::LargeManifest { .. }
            | Self::ManifestNotJson { .. }
            | Self::ManifestFields(_)
            | Self::BadName(_)
            | Self::BadOperation(_)
            | Self::BadVersion(_)
            | Self::Empty(_) => "plugin-manifest-invalid",
            Self::ManifestContract { .. }
            | Self::OperationNotExported { .. }
            | Self::OperationNotCallable { .. }
            | Self::NoOperation(_)
            | Self::NoNetwork(_) => "plugin-manifest-untrue",
            Self::NotAsked(_) => "plugin-not-asked",
            Self::NotUsed(_) | Self::ReachesNothing { .. } => "plugin-asks-too-much",
            Self::NameMismatch { .. } => "plugin-name",
            Self::Clash { .. } | Self::Shadowed { .. } => "plugin-clash",
            Self::Replaces { .. } => "plugin-replaces",
        }
    }
}

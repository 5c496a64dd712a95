//! The contract as this host knows it: its WIT text, its version, and the types of its interfaces.
//!
//! The text is part of the binary, so that an installed host builds and checks plugins without its sources.

use std::collections::HashMap;
use std::sync::OnceLock;

pub use semver::Version;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentEntityType, ComponentInstanceTypeId,
};
use wasmparser::types::Types;
use wasmparser::{ValidPayload, Validator};
use wit_parser::{PackageId, Resolve, SourceMap};

use super::manifest::CONTRACT;

/// The package's name without its version.
pub const PACKAGE: &str = "staffetta:plugin";

/// The interface of shared types. It has no functions and is nobody's capability.
pub const TYPES: &str = "types";

/// File names and texts of the contract.
pub const SOURCES: [(&str, &str); 4] = [
    ("types.wit", include_str!("../../../plugins/wit/types.wit")),
    (
        "exports.wit",
        include_str!("../../../plugins/wit/exports.wit"),
    ),
    (
        "imports.wit",
        include_str!("../../../plugins/wit/imports.wit"),
    ),
    (
        "worlds.wit",
        include_str!("../../../plugins/wit/worlds.wit"),
    ),
];

/// The contract's own text can't be used. Only a host built from a broken contract has this.
#[derive(Debug, Clone, thiserror::Error)]
#[error("this host's own contract can't be read: {0}")]
pub struct WitError(String);

/// The version of the contract that this host speaks.
#[must_use]
pub fn own() -> Version {
    CONTRACT
        .rsplit_once('@')
        .and_then(|(_, version)| Version::parse(version).ok())
        .unwrap_or_else(|| Version::new(0, 0, 0))
}

/// True when a plugin built for `version` works with this host: the same major version and not newer; while the major
/// version is 0, the same minor version and not newer.
#[must_use]
pub fn accepts(version: &Version) -> bool {
    compatible(&own(), version)
}

fn compatible(own: &Version, version: &Version) -> bool {
    if !version.pre.is_empty() || !own.pre.is_empty() {
        return version == own;
    }
    version.major == own.major
        && (own.major > 0 || version.minor == own.minor)
        && (version.minor, version.patch) <= (own.minor, own.patch)
}

/// Splits `staffetta:plugin/rule@0.1.0` into interface and version. None for names outside the contract's package.
#[must_use]
pub fn interface_name(name: &str) -> Option<(&str, Option<Version>)> {
    let rest = name.strip_prefix(PACKAGE)?.strip_prefix('/')?;
    match rest.split_once('@') {
        Some((interface, version)) => Some((interface, Version::parse(version).ok())),
        None => Some((rest, None)),
    }
}

/// The contract, parsed, and its package.
///
/// # Errors
/// When the embedded text is not valid WIT.
pub fn resolve() -> Result<(Resolve, PackageId), WitError> {
    parse(&SOURCES.map(|(name, text)| (name, text.to_string())))
}

/// Any text of the contract; the tests make other contracts with it.
pub(super) fn parse(texts: &[(&str, String)]) -> Result<(Resolve, PackageId), WitError> {
    let mut sources = SourceMap::new();
    for (name, text) in texts {
        sources.push(name.as_ref(), text);
    }
    let group = sources
        .parse()
        .map_err(|(_, error)| WitError(error.to_string()))?;
    let mut resolve = Resolve::default();
    let package = resolve
        .push_group(group)
        .map_err(|error| WitError(error.to_string()))?;
    Ok((resolve, package))
}

/// The types of the contract's interfaces, in the form in which components carry theirs.
pub(super) struct ContractTypes {
    pub(super) types: Types,
    interfaces: HashMap<String, ComponentInstanceTypeId>,
}

impl ContractTypes {
    /// An interface by its bare name.
    pub(super) fn interface(&self, name: &str) -> Option<ComponentInstanceTypeId> {
        self.interfaces.get(name).copied()
    }
}

/// The contract's types, made once.
pub(super) fn types() -> Result<&'static ContractTypes, WitError> {
    static TYPES: OnceLock<Result<ContractTypes, WitError>> = OnceLock::new();
    TYPES.get_or_init(make_types).as_ref().map_err(Clone::clone)
}

/// Encodes the world `plugin`, which names every interface, and reads it back as a component reader would.
fn make_types() -> Result<ContractTypes, WitError> {
    let (resolve, package) = resolve()?;
    let bytes =
        wit_component::encode(&resolve, package).map_err(|error| WitError(error.to_string()))?;
    let types = validate(&bytes).map_err(|error| WitError(error.to_string()))?;
    let types = types.ok_or_else(|| WitError("no types".into()))?;
    let world = match types.as_ref().component_item_for_export("plugin") {
        Some(item) => match item.ty {
            ComponentEntityType::Type {
                referenced: ComponentAnyTypeId::Component(id),
                ..
            } => &types[id],
            _ => return Err(WitError("`plugin` is not a world".into())),
        },
        None => return Err(WitError("there is no world `plugin`".into())),
    };
    // The encoded package holds each world as a component type that exports the world itself.
    let world = world
        .exports
        .values()
        .find_map(|item| match item.ty {
            ComponentEntityType::Component(id) => Some(&types[id]),
            _ => None,
        })
        .ok_or_else(|| WitError("the world `plugin` is empty".into()))?;
    let interfaces = world
        .imports
        .iter()
        .chain(&world.exports)
        .filter_map(|(name, item)| match (interface_name(name), item.ty) {
            (Some((name, _)), ComponentEntityType::Instance(id)) => Some((name.to_string(), id)),
            _ => None,
        })
        .collect();
    Ok(ContractTypes { types, interfaces })
}

fn validate(bytes: &[u8]) -> wasmparser::Result<Option<Types>> {
    let mut validator = Validator::new();
    let mut types = None;
    for payload in wasmparser::Parser::new(0).parse_all(bytes) {
        if let ValidPayload::End(end) = validator.payload(&payload?)? {
            types = Some(end);
        }
    }
    Ok(types)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plugin::manifest::{Capability, Interface};

    #[test]
    fn every_interface_and_capability_is_in_the_contract() {
        let types = types().unwrap();
        let names = Interface::ALL.map(Interface::name);
        for name in names
            .into_iter()
            .chain(Capability::ALL.map(Capability::name))
        {
            let id = types.interface(name);
            assert!(id.is_some(), "{name}");
        }
        assert_eq!(
            types.interfaces.len(),
            Interface::ALL.len() + Capability::ALL.len() + 1
        );
    }

    #[test]
    fn the_text_and_the_constant_say_the_same_version() {
        let (resolve, package) = resolve().unwrap();
        assert_eq!(
            resolve.packages[package].name.to_string(),
            format!("{PACKAGE}@{}", own())
        );
    }

    #[test]
    fn older_is_accepted_and_newer_or_other_is_not() {
        let version = |text: &str| Version::parse(text).unwrap();
        let zero = version("0.3.2");
        for (text, accepted) in [
            ("0.3.2", true),
            ("0.3.0", true),
            ("0.3.3", false),
            ("0.2.9", false),
            ("0.4.0", false),
            ("1.0.0", false),
            ("0.3.2-rc.1", false),
        ] {
            assert_eq!(compatible(&zero, &version(text)), accepted, "{text}");
        }
        let two = version("2.4.1");
        for (text, accepted) in [
            ("2.0.7", true),
            ("2.4.1", true),
            ("2.4.2", false),
            ("2.5.0", false),
            ("1.9.0", false),
            ("3.0.0", false),
        ] {
            assert_eq!(compatible(&two, &version(text)), accepted, "{text}");
        }
    }
}

//! Turns a compiled core module into a component whose world is exactly what the module exports and imports, and puts
//! the manifest into it.
//!
//! The SDK's own description of its world is dropped: it lists every import of the contract, and a component would
//! then seem to want them all.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use wasm_encoder::ComponentSection as _;
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::manifest::{Manifest, SECTION};
use super::wit::{self, Version, interface_name};

/// Why a module can't become a component.
#[derive(Debug, thiserror::Error)]
pub enum ComponentizeError {
    /// The compiler's output can't be read.
    #[error("the compiled module can't be read: {0}")]
    Module(String),
    /// The crate exports no interface.
    #[error(
        "the crate exports no interface: name those it implements with `staffetta_plugin::plugin!(Type: rule);` in \
         `src/lib.rs`"
    )]
    NoInterface,
    /// Something in the crate wants an environment that plugins do not have.
    #[error(
        "the code imports `{module}` (`{name}`), which no plugin has: a dependency expects a browser, an operating \
         system or C. Look for its `wasm`, `js` or `getrandom` feature and turn it off, or take a crate without one"
    )]
    Foreign {
        /// The import's module.
        module: String,
        /// The import's name.
        name: String,
    },
    /// It was compiled against an SDK of another contract.
    #[error(
        "the crate was compiled against contract {found}, and this host speaks {}",
        wit::own()
    )]
    OtherContract {
        /// The SDK's version of the contract.
        found: Version,
    },
    /// The module's functions do not fit the contract.
    #[error("the module does not fit the contract: {0}")]
    Encode(String),
    /// The host's own contract can't be read.
    #[error(transparent)]
    Wit(#[from] wit::WitError),
    /// The manifest can't be written as JSON.
    #[error("the manifest can't be written: {0}")]
    Manifest(#[from] serde_json::Error),
}

/// Makes a component of a core module and puts the manifest in.
///
/// # Errors
/// As above.
pub fn componentize(core: &[u8], manifest: &Manifest) -> Result<Vec<u8>, ComponentizeError> {
    let (resolve, _) = wit::resolve()?;
    with_contract(resolve, core, manifest)
}

/// The same with a contract given; the tests make components of other contracts with it.
pub(super) fn with_contract(
    mut resolve: Resolve,
    core: &[u8],
    manifest: &Manifest,
) -> Result<Vec<u8>, ComponentizeError> {
    let names = Names::of(core)?;
    let package = resolve
        .push_source("world.wit", &names.world())
        .map_err(encode)?;
    let world = resolve
        .select_world(&[package], Some(WORLD))
        .map_err(encode)?;
    let (stripped, _) = wit_component::metadata::decode(core)
        .map_err(|error| ComponentizeError::Module(format!("{error:#}")))?;
    let mut module = stripped.unwrap_or_else(|| core.to_vec());
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).map_err(encode)?;
    let mut component = ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.validate(true).encode())
        .map_err(encode)?;
    let json = serde_json::to_vec(manifest)?;
    let section = wasm_encoder::CustomSection {
        name: Cow::Borrowed(SECTION),
        data: Cow::Borrowed(&json),
    };
    section.append_to_component(&mut component);
    Ok(component)
}

const WORLD: &str = "built";

/// The encoder's errors are a chain of contexts; `#` shows the whole chain.
fn encode(error: impl std::fmt::Display) -> ComponentizeError {
    ComponentizeError::Encode(format!("{error:#}"))
}

/// The contract's interfaces that a core module names.
#[derive(Debug, Default, PartialEq, Eq)]
struct Names {
    imports: BTreeSet<String>,
    exports: BTreeSet<String>,
}

impl Names {
    fn of(core: &[u8]) -> Result<Self, ComponentizeError> {
        let broken =
            |error: wasmparser::BinaryReaderError| ComponentizeError::Module(error.to_string());
        let mut names = Self::default();
        for payload in Parser::new(0).parse_all(core) {
            match payload.map_err(broken)? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import.map_err(broken)?;
                        names.import(import.module, import.name)?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        names.export(export.map_err(broken)?.name)?;
                    }
                }
                _ => {}
            }
        }
        if names.exports.is_empty() {
            return Err(ComponentizeError::NoInterface);
        }
        Ok(names)
    }

    fn import(&mut self, module: &str, name: &str) -> Result<(), ComponentizeError> {
        match checked(module)? {
            Some(_) => {
                self.imports.insert(module.into());
                Ok(())
            }
            None => Err(ComponentizeError::Foreign {
                module: module.into(),
                name: name.into(),
            }),
        }
    }

    /// Exported functions are called `staffetta:plugin/rule@0.1.0#apply`; the rest belongs to the calling convention.
    fn export(&mut self, name: &str) -> Result<(), ComponentizeError> {
        if let Some((interface, _)) = name.split_once('#')
            && checked(interface)?.is_some()
        {
            self.exports.insert(interface.into());
        }
        Ok(())
    }

    /// The world in the contract's language.
    fn world(&self) -> String {
        let mut text = format!("package staffetta:made;\nworld {WORLD} {{\n");
        for name in &self.imports {
            // Writing to a string can't fail.
            let _ = writeln!(text, "    import {name};");
        }
        for name in &self.exports {
            let _ = writeln!(text, "    export {name};");
        }
        text.push_str("}\n");
        text
    }
}

/// An interface of this host's contract, none for a name from elsewhere.
fn checked(name: &str) -> Result<Option<&str>, ComponentizeError> {
    match interface_name(name) {
        Some((interface, Some(version))) if version == wit::own() => Ok(Some(interface)),
        Some((_, Some(found))) => Err(ComponentizeError::OtherContract { found }),
        Some((_, None)) | None => Ok(None),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plugin::testing;

    #[test]
    fn the_world_is_what_the_module_names_and_nothing_else() {
        let (resolve, _) = wit::resolve().unwrap();
        let core = testing::core(
            &resolve,
            &["log", "blob", "websocket"],
            &["rule", "network"],
        );
        let names = Names::of(&core).unwrap();
        let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!(
            list(&names.imports),
            "staffetta:plugin/blob@0.1.0 staffetta:plugin/log@0.1.0 staffetta:plugin/websocket@0.1.0"
        );
        assert_eq!(
            list(&names.exports),
            "staffetta:plugin/network@0.1.0 staffetta:plugin/rule@0.1.0"
        );
    }

    #[test]
    fn a_module_without_interfaces_is_told_what_is_missing() {
        let (resolve, _) = wit::resolve().unwrap();
        let core = testing::core(&resolve, &["log"], &[]);
        let error = componentize(&core, &testing::rule("a")).unwrap_err();
        assert!(matches!(error, ComponentizeError::NoInterface), "{error}");
    }

    #[test]
    fn an_import_from_elsewhere_is_named() {
        let (resolve, _) = wit::resolve().unwrap();
        let mut module = wasm_encoder::Module::new();
        let mut types = wasm_encoder::TypeSection::new();
        types.ty().function([], []);
        let mut imports = wasm_encoder::ImportSection::new();
        imports.import(
            "__wbindgen_placeholder__",
            "__wbindgen_throw",
            wasm_encoder::EntityType::Function(0),
        );
        module.section(&types).section(&imports);
        let result = with_contract(resolve, &module.finish(), &testing::rule("a"));
        let is_named = matches!(
            &result,
            Err(ComponentizeError::Foreign { module, name })
                if module == "__wbindgen_placeholder__" && name == "__wbindgen_throw"
        );
        assert!(is_named, "{result:?}");
    }

    #[test]
    fn another_contract_is_named() {
        let older = wit::SOURCES.map(|(name, text)| (name, text.replace("@0.1.0", "@0.0.9")));
        let (resolve, _) = wit::parse(&older).unwrap();
        let core = testing::core(&resolve, &[], &["rule"]);
        let error = componentize(&core, &testing::rule("a")).unwrap_err();
        let expected = Version::new(0, 0, 9);
        let is_named =
            matches!(&error, ComponentizeError::OtherContract { found } if *found == expected);
        assert!(is_named, "{error}");
    }
}

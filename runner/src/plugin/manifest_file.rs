//! Reads `plugin.yaml`: from text with places to a manifest, or to messages that show the line.
//!
//! The contract is filled in here, so that a manifest can't claim another one than that it is built for.

use std::path::Path;
use std::sync::Arc;

use serde_path_to_error::Segment;

use super::manifest::{CONTRACT, Manifest};
use super::manifest_check;
use super::problem::Severity;
use crate::diagnostic::{Diagnostic, Source, code, load};
use crate::yaml::{self, Node};

/// The file's name in a plugin's folder.
pub const FILE: &str = "plugin.yaml";

/// Reads a file; `shown` is its name in messages.
///
/// # Errors
/// Everything that is wrong with it, located.
pub fn read(path: &Path, shown: impl Into<String>) -> Result<Manifest, Vec<Diagnostic>> {
    let source = load(path, shown).map_err(|problem| vec![problem])?;
    parse(&source)
}

/// Reads a text.
///
/// # Errors
/// Everything that is wrong with it, located.
pub fn parse(source: &Arc<Source>) -> Result<Manifest, Vec<Diagnostic>> {
    let root = yaml::parse(source).into_result()?;
    let mut manifest: Manifest = serde_path_to_error::deserialize(root.to_json())
        .map_err(|error| vec![wrong_field(&root, &error)])?;
    manifest.contract = CONTRACT.into();
    let mut problems: Vec<Diagnostic> = manifest_check::alone(&manifest)
        .into_iter()
        .filter(|problem| problem.severity() == Severity::Error)
        .map(|problem| {
            let at = problem.pointer();
            Diagnostic::error(code::BAD_VALUE, problem.to_string()).at(&root.nearest(&at).span)
        })
        .collect();
    problems.extend(schemas(&manifest).filter_map(|(pointer, schema)| {
        let reason = match schema {
            serde_json::Value::Object(_) => jsonschema::validator_for(schema).err()?.to_string(),
            _ => "a JSON Schema is an object".into(),
        };
        let message = format!("this is not a JSON Schema: {reason}");
        let at = root.nearest(&pointer);
        Some(Diagnostic::error(code::PLUGIN_SCHEMA, message).at(&at.span))
    }));
    if problems.is_empty() {
        Ok(manifest)
    } else {
        Err(problems)
    }
}

/// The schemas in a manifest and where they stand.
fn schemas(manifest: &Manifest) -> impl Iterator<Item = (String, &serde_json::Value)> {
    let operations = manifest
        .operations
        .iter()
        .map(|(name, operation)| (format!("/operations/{name}/config"), &operation.config));
    let settings = manifest
        .network
        .iter()
        .map(|network| ("/network/settings".to_string(), &network.settings));
    operations.chain(settings)
}

fn wrong_field(root: &Node, error: &serde_path_to_error::Error<serde_json::Error>) -> Diagnostic {
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
            }
            // Serde's own names for parts of enums: nothing in the file has them.
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    Diagnostic::error(code::BAD_VALUE, error.inner().to_string()).at(&root.nearest(&pointer).span)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const GOOD: &str = "name: shout\nversion: 1.0.0\ndescription: Upper case.\nlicense: MIT\noperations:\n  \
                        post:\n    interface: rule\n    description: All of it.\n    config:\n      type: object\n";

    fn places(text: &str) -> Vec<String> {
        parse(&Source::new("plugin.yaml", text))
            .unwrap_err()
            .iter()
            .map(|problem| {
                let place = problem.span.as_ref().unwrap().position();
                format!("{}:{} {}", place.line, place.column, problem.message)
            })
            .collect()
    }

    #[test]
    fn a_good_file_becomes_a_manifest_for_this_contract() {
        let manifest = parse(&Source::new("plugin.yaml", GOOD)).unwrap();
        assert_eq!(manifest.name, "shout");
        assert_eq!(manifest.contract, CONTRACT);
        let claims = format!("{GOOD}contract: staffetta:plugin@9.9.9\n");
        let manifest = parse(&Source::new("plugin.yaml", claims)).unwrap();
        assert_eq!(manifest.contract, CONTRACT);
    }

    #[test]
    fn errors_show_their_place() {
        let places_of = |from: &str, to: &str| {
            assert!(GOOD.contains(from));
            places(&GOOD.replace(from, to))
        };
        assert!(
            places_of("interface: rule", "interface: role")[0]
                .starts_with("7:16 unknown variant `role`")
        );
        assert!(places_of("    description: All", "    descripton: All")[0].starts_with("8:"));
        assert!(places_of("version: 1.0.0", "version: [1]")[0].starts_with("2:10 invalid type"));
        assert!(
            places_of("version: 1.0.0", "version: one")[0]
                .starts_with("2:10 the manifest's version")
        );
        assert!(
            places_of("name: shout", "name: Shout it")[0].starts_with("1:7 the manifest's name")
        );
        assert!(places_of("type: object", "type: objekt")[0].contains("this is not a JSON Schema"));
        assert!(places_of("license: MIT\n", "")[0].contains("missing field `license`"));
    }
}

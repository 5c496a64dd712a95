//! Judges a manifest: by itself, and against what the component really exports and imports.
//!
//! It grants nothing; that a manifest asks is only the first of two gates.

use std::collections::BTreeSet;

use super::manifest::{Capability, Interface, Manifest};
use super::problem::Problem;

/// The longest name of a plugin or operation, in characters. It becomes a file name and a part of `uses`.
pub const LONGEST_NAME: usize = 64;

/// True for lower-case words of letters and digits joined by single `-`, the first starting with a letter.
#[must_use]
pub fn good_name(name: &str) -> bool {
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.split('-').all(|word| {
            !word.is_empty()
                && word
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        })
}

/// What can be told from the manifest alone.
#[must_use]
pub fn alone(manifest: &Manifest) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !good_name(&manifest.name) {
        problems.push(Problem::BadName(manifest.name.clone()));
    }
    for name in manifest.operations.keys() {
        if !good_name(name) {
            problems.push(Problem::BadOperation(name.clone()));
        }
    }
    if semver::Version::parse(&manifest.version).is_err() {
        problems.push(Problem::BadVersion(manifest.version.clone()));
    }
    let fixed = [
        ("description".to_string(), &manifest.description),
        ("license".to_string(), &manifest.license),
    ];
    let operations = manifest.operations.iter().map(|(name, operation)| {
        (
            format!("operations.{name}.description"),
            &operation.description,
        )
    });
    let requests = manifest.capabilities.iter().map(|(capability, request)| {
        (
            format!("capabilities.{}.why", capability.name()),
            &request.why,
        )
    });
    for (field, text) in fixed.into_iter().chain(operations).chain(requests) {
        if text.trim().is_empty() {
            problems.push(Problem::Empty(field));
        }
    }
    for (name, operation) in &manifest.operations {
        if !callable(operation.interface) {
            problems.push(Problem::OperationNotCallable {
                operation: name.clone(),
                interface: operation.interface,
            });
        }
    }
    for (&capability, request) in &manifest.capabilities {
        let reaches = !(request.hosts.is_empty()
            && request.read.is_empty()
            && request.write.is_empty()
            && request.from_config.is_empty()
            && request.write_from_config.is_empty());
        let wanted = match capability {
            Capability::Http | Capability::Websocket => "hosts",
            Capability::Files => "read",
            // A mail server is the account's or the project's; the others reach nothing by name.
            _ => continue,
        };
        if !reaches {
            problems.push(Problem::ReachesNothing { capability, wanted });
        }
    }
    problems
}

/// What the manifest says against what the component has.
#[must_use]
pub fn against(
    manifest: &Manifest,
    exports: &BTreeSet<Interface>,
    imports: &BTreeSet<Capability>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (name, operation) in &manifest.operations {
        if callable(operation.interface) && !exports.contains(&operation.interface) {
            problems.push(Problem::OperationNotExported {
                operation: name.clone(),
                interface: operation.interface,
            });
        }
    }
    for &interface in exports {
        let served = manifest
            .operations
            .values()
            .any(|operation| operation.interface == interface);
        let by_operation = matches!(
            interface,
            Interface::Source | Interface::Rule | Interface::Metric
        );
        let by_network = matches!(interface, Interface::Network | Interface::Publisher);
        if by_operation && !served {
            problems.push(Problem::NoOperation(interface));
        }
        if by_network && manifest.network.is_none() {
            problems.push(Problem::NoNetwork(interface));
        }
    }
    for capability in Capability::ALL {
        let asked = manifest.capabilities.contains_key(&capability);
        let used = imports.contains(&capability);
        if used && !asked && must_ask(capability) {
            problems.push(Problem::NotAsked(capability));
        }
        if asked && !used {
            problems.push(Problem::NotUsed(capability));
        }
    }
    problems
}

/// What pipelines can name in `uses`.
fn callable(interface: Interface) -> bool {
    matches!(
        interface,
        Interface::Source
            | Interface::Rule
            | Interface::Metric
            | Interface::Inbox
            | Interface::Insights
    )
}

/// What the manifest must ask for; the rest is harmless.
fn must_ask(capability: Capability) -> bool {
    capability.needs_grant() || matches!(capability, Capability::Target | Capability::Store)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_words() {
        for good in ["x", "dev-to", "rss2", "a1-2b"] {
            assert!(good_name(good), "{good}");
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for bad in [
            "", "X", "dev_to", "-a", "a-", "a--b", "2rss", "è", "a/b", "..", "a b", &long,
        ] {
            assert!(!good_name(bad), "{bad}");
        }
    }

    fn manifest(json: serde_json::Value) -> Manifest {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn asking_and_using_must_agree() {
        let asks_http = manifest(serde_json::json!({
            "name": "a", "version": "1.0.0", "description": "d", "license": "MIT",
            "operations": {"go": {"interface": "source", "description": "d"}},
            "capabilities": {"http": {"why": "to fetch", "hosts": ["a.example"]}},
        }));
        assert!(alone(&asks_http).is_empty());
        let exports = BTreeSet::from([Interface::Source]);
        let uses =
            |list: &[Capability]| against(&asks_http, &exports, &list.iter().copied().collect());
        assert_eq!(uses(&[Capability::Http]), []);
        assert_eq!(uses(&[]), [Problem::NotUsed(Capability::Http)]);
        assert_eq!(
            uses(&[
                Capability::Http,
                Capability::Store,
                Capability::Clock,
                Capability::Log
            ]),
            [Problem::NotAsked(Capability::Store)]
        );
        assert_eq!(
            uses(&[Capability::Http, Capability::Mail]),
            [Problem::NotAsked(Capability::Mail)]
        );
    }

    #[test]
    fn what_it_claims_must_be_there() {
        let claims = manifest(serde_json::json!({
            "name": "a", "version": "1", "description": " ", "license": "MIT",
            "operations": {
                "go": {"interface": "source", "description": "d"},
                "out": {"interface": "publisher", "description": "d"},
            },
            "capabilities": {"http": {"why": "to fetch"}},
        }));
        assert_eq!(
            alone(&claims),
            [
                Problem::BadVersion("1".into()),
                Problem::Empty("description".into()),
                Problem::OperationNotCallable {
                    operation: "out".into(),
                    interface: Interface::Publisher
                },
                Problem::ReachesNothing {
                    capability: Capability::Http,
                    wanted: "hosts"
                },
            ]
        );
        let exports = BTreeSet::from([Interface::Rule, Interface::Network]);
        let imports = BTreeSet::from([Capability::Http]);
        assert_eq!(
            against(&claims, &exports, &imports),
            [
                Problem::OperationNotExported {
                    operation: "go".into(),
                    interface: Interface::Source
                },
                Problem::NoOperation(Interface::Rule),
                Problem::NoNetwork(Interface::Network),
            ]
        );
    }
}

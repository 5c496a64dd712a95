//! Reads a plugin's file without running any of it: what it is, which contract it was built for, what it exports and
//! imports, what its manifest says, and whether the two agree.
//!
//! The bytes may come from anybody: nothing here panics on them. Types are checked; function bodies are not, since
//! the engine's compiler does that.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use wasmparser::component_types::ComponentEntityType;

use super::manifest::{Capability, Interface, Manifest};
use super::manifest_check;
use super::outline::{Outline, walk};
use super::problem::{Problem, Severity};
use super::shape::{Comparison, Side};
use super::wit::{self, Version};
use crate::hex::hex;

/// The largest plugin, in bytes. Components from JavaScript and Python carry their interpreter and have 10 to 40 MB.
pub const LARGEST: u64 = 64 << 20;

/// The largest manifest, in bytes.
pub const LARGEST_MANIFEST: u64 = 1 << 20;

/// What a file turned out to be.
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The file's size.
    pub bytes: u64,
    /// `sha256:` and 64 lower-case hex digits.
    pub digest: String,
    /// The newest version of the contract that it names.
    pub contract: Option<Version>,
    /// What it offers.
    pub exports: BTreeSet<Interface>,
    /// What it can call: a capability counts when at least one of its functions is imported.
    pub imports: BTreeSet<Capability>,
    /// Imports from outside the contract, such as `wasi:io/streams@0.2.6`.
    pub foreign: Vec<String>,
    /// What it says of itself, when that could be read.
    pub manifest: Option<Manifest>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Inspection {
    /// True when nothing stops it from being used.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.errors().next().is_none()
    }

    /// What stops it from being used.
    pub fn errors(&self) -> impl Iterator<Item = &Problem> {
        self.of(Severity::Error)
    }

    /// What should be looked at.
    pub fn warnings(&self) -> impl Iterator<Item = &Problem> {
        self.of(Severity::Warning)
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Problem> {
        self.problems
            .iter()
            .filter(move |problem| problem.severity() == severity)
    }
}

/// The name of these bytes: `sha256:` and 64 lower-case hex digits.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// Looks at a file's bytes.
#[must_use]
pub fn inspect(bytes: &[u8]) -> Inspection {
    inspect_named(bytes, digest(bytes))
}

/// The same when the digest is known already.
pub(super) fn inspect_named(bytes: &[u8], digest: String) -> Inspection {
    let mut found = Inspection {
        bytes: bytes.len() as u64,
        digest,
        contract: None,
        exports: BTreeSet::new(),
        imports: BTreeSet::new(),
        foreign: Vec::new(),
        manifest: None,
        problems: Vec::new(),
    };
    match walk(bytes) {
        Err(problem) => found.problems.push(problem),
        Ok(outline) => {
            found.read_imports(&outline);
            found.read_exports(&outline);
            found.read_manifest(&outline);
        }
    }
    found
}

/// A name of the contract, or not.
enum Named<'a> {
    Ours(&'a str),
    Foreign,
    Unusable,
}

impl Inspection {
    /// Splits a name and checks its version; the newest version that was seen is kept.
    fn name<'a>(&mut self, name: &'a str) -> Named<'a> {
        let Some((interface, version)) = wit::interface_name(name) else {
            return Named::Foreign;
        };
        let Some(version) = version else {
            self.note(Problem::UnknownInterface(name.into()));
            return Named::Unusable;
        };
        let accepted = wit::accepts(&version);
        if !accepted {
            self.note(Problem::WrongVersion {
                wants: version.clone(),
            });
        }
        if self.contract.as_ref().is_none_or(|known| *known < version) {
            self.contract = Some(version);
        }
        if accepted {
            Named::Ours(interface)
        } else {
            Named::Unusable
        }
    }

    fn note(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn read_imports(&mut self, outline: &Outline<'_>) {
        for name in &outline.imports {
            let interface = match self.name(name) {
                Named::Ours(wit::TYPES) | Named::Unusable => continue,
                Named::Ours(interface) => interface,
                Named::Foreign => {
                    self.foreign.push((*name).into());
                    self.note(Problem::Foreign((*name).into()));
                    continue;
                }
            };
            let capability = Capability::ALL
                .into_iter()
                .find(|capability| capability.name() == interface);
            let theirs = side(
                outline,
                outline.types.as_ref().component_item_for_import(name),
            );
            let (Some(capability), Some(theirs)) = (capability, theirs) else {
                self.note(Problem::UnknownInterface((*name).into()));
                continue;
            };
            // Another interface's types alone (`mail` borrows those of `http`) give no power.
            if theirs.functions().next().is_none() {
                continue;
            }
            self.imports.insert(capability);
            self.compare(interface, &theirs, |this, ours| {
                for (function, _) in theirs.functions() {
                    if ours.function(function).is_none() {
                        this.note(Problem::UnknownFunction {
                            capability,
                            function: function.into(),
                        });
                    }
                }
            });
        }
    }

    fn read_exports(&mut self, outline: &Outline<'_>) {
        for name in &outline.exports {
            let interface = match self.name(name) {
                Named::Ours(wit::TYPES) | Named::Unusable | Named::Foreign => continue,
                Named::Ours(interface) => interface,
            };
            let known = Interface::ALL
                .into_iter()
                .find(|known| known.name() == interface);
            let theirs = side(
                outline,
                outline.types.as_ref().component_item_for_export(name),
            );
            let (Some(known), Some(theirs)) = (known, theirs) else {
                self.note(Problem::UnknownInterface((*name).into()));
                continue;
            };
            self.exports.insert(known);
            // A later patch may have added a function; a plugin of an earlier one is not blamed for that.
            let current = self.contract == Some(wit::own());
            self.compare(interface, &theirs, |this, ours| {
                for (function, _) in ours.functions() {
                    if current && theirs.function(function).is_none() {
                        this.note(Problem::MissingFunction {
                            interface: known,
                            function: function.into(),
                        });
                    }
                }
            });
        }
        let unusable = |problem: &Problem| {
            matches!(
                problem,
                Problem::WrongVersion { .. } | Problem::UnknownInterface(_)
            )
        };
        if self.exports.is_empty() && !self.problems.iter().any(unusable) {
            self.note(Problem::NoInterface);
        }
    }

    /// Compares the functions that both sides have, after `presence` looked at those that only one has.
    fn compare(
        &mut self,
        interface: &str,
        theirs: &Side<'_>,
        presence: impl FnOnce(&mut Self, &Side<'_>),
    ) {
        let contract = match wit::types() {
            Ok(contract) => contract,
            Err(error) => return self.note(Problem::Contract(error.to_string())),
        };
        let Some(id) = contract.interface(interface) else {
            return self.note(Problem::UnknownInterface(interface.into()));
        };
        let ours = Side::new(contract.types.as_ref(), id);
        presence(self, &ours);
        let mut comparison = Comparison::new(theirs, &ours);
        for (name, function) in theirs.functions() {
            let Some(own) = ours.function(name) else {
                continue;
            };
            if let Err(difference) = comparison.function(function, own) {
                self.note(Problem::OtherShape {
                    interface: interface.into(),
                    function: name.into(),
                    difference,
                });
            }
        }
    }

    fn read_manifest(&mut self, outline: &Outline<'_>) {
        let json = match outline.manifests.as_slice() {
            [one] => *one,
            [] => return self.note(Problem::NoManifest),
            many => return self.note(Problem::ManyManifests(many.len())),
        };
        if json.len() as u64 > LARGEST_MANIFEST {
            return self.note(Problem::LargeManifest {
                bytes: json.len() as u64,
                limit: LARGEST_MANIFEST,
            });
        }
        let manifest: Manifest = match serde_json::from_slice(json) {
            Ok(manifest) => manifest,
            Err(error) if error.is_data() => {
                return self.note(Problem::ManifestFields(error.to_string()));
            }
            Err(error) => {
                return self.note(Problem::ManifestNotJson {
                    line: error.line(),
                    column: error.column(),
                });
            }
        };
        let mut problems = manifest_check::alone(&manifest);
        if let Some(version) = &self.contract {
            let is = format!("{}@{version}", wit::PACKAGE);
            if manifest.contract != is {
                let says = manifest.contract.clone();
                problems.push(Problem::ManifestContract { says, is });
            }
        }
        // Without usable interfaces the comparison would only repeat that.
        if !self.exports.is_empty() {
            problems.extend(manifest_check::against(
                &manifest,
                &self.exports,
                &self.imports,
            ));
        }
        self.manifest = Some(manifest);
        for problem in problems {
            self.note(problem);
        }
    }
}

fn side<'a>(
    outline: &'a Outline<'_>,
    item: Option<&wasmparser::component_types::ComponentItem>,
) -> Option<Side<'a>> {
    match item?.ty {
        ComponentEntityType::Instance(id) => Some(Side::new(outline.types.as_ref(), id)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

//! All plugins that a project can use: those that come with Staffetta, and the files in the project's `plugins/`
//! folder. Dropping a file there is installing it; what it may do is decided by the project's grants, not here.
//!
//! A broken file is listed with its problem and harms no other. Every file is hashed each time: a digest that was
//! remembered by file time could be fooled, and grants are pinned to it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{fs, io, thread};

use super::inspect::{self, LARGEST, inspect_named};
use super::locate::Locations;
use super::manifest::{Capability, Interface, Manifest};
use super::memo::Memo;
use super::problem::{Problem, Severity};
use super::wit::Version;

/// Where a plugin comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It comes with Staffetta.
    BuiltIn,
    /// It lies in the project's `plugins/` folder.
    Project,
}

/// A plugin that can be used.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// The first part of `uses`; the file is called so too.
    pub name: String,
    /// `sha256:` and 64 lower-case hex digits of the whole file.
    pub digest: String,
    /// The file.
    pub path: PathBuf,
    /// The file's size.
    pub bytes: u64,
    /// What it says of itself, checked against what it is.
    pub manifest: Manifest,
    /// The version of the contract that it was built for.
    pub contract: Version,
    /// What it offers.
    pub exports: BTreeSet<Interface>,
    /// What it can call.
    pub imports: BTreeSet<Capability>,
    /// Imports from outside the contract.
    pub foreign: Vec<String>,
    /// Where it comes from.
    pub origin: Origin,
}

/// A file can't be read as the plugin that was found in it.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It can't be read any more.
    #[error("{path} can't be read: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// It is another file now.
    #[error("{path} changed while it was in use: it was {expected} and is {found}", path = path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The digest when the catalog was made.
        expected: String,
        /// The digest now.
        found: String,
    },
}

impl Plugin {
    /// The component's bytes: those of the digest, or none.
    ///
    /// # Errors
    /// When the file is gone or is another one by now.
    pub fn read(&self) -> Result<Vec<u8>, ReadError> {
        let bytes = fs::read(&self.path).map_err(|error| ReadError::Io {
            path: self.path.clone(),
            error,
        })?;
        let found = inspect::digest(&bytes);
        if found == self.digest {
            Ok(bytes)
        } else {
            Err(ReadError::Changed {
                path: self.path.clone(),
                expected: self.digest.clone(),
                found,
            })
        }
    }
}

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    /// The file.
    pub path: PathBuf,
    /// The plugin in it, when that could be read.
    pub name: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// Two plugins of one name, of which neither is used yet.
#[derive(Debug, Clone)]
struct Contest {
    built_in: Plugin,
    project: Plugin,
}

/// The plugins, by name.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    plugins: BTreeMap<String, Plugin>,
    contests: BTreeMap<String, Contest>,
    problems: Vec<FileProblem>,
}

impl Catalog {
    /// Finds the plugins for a project, or only those that come with Staffetta.
    #[must_use]
    pub fn discover(project_root: Option<&Path>) -> Self {
        Self::discover_in(&Locations::here(), project_root)
    }

    /// The same with places given.
    #[must_use]
    pub fn discover_in(locations: &Locations, project_root: Option<&Path>) -> Self {
        Self::discover_with(locations, project_root, &Memo::user())
    }

    /// The same with a memo given, too.
    #[must_use]
    pub fn discover_with(locations: &Locations, project_root: Option<&Path>, memo: &Memo) -> Self {
        let mut catalog = Self::default();
        let mut files = Vec::new();
        let built_in = locations.components();
        let project = project_root.map(|root| root.join("plugins"));
        for (folder, origin) in [(built_in, Origin::BuiltIn), (project, Origin::Project)] {
            let Some(folder) = folder else { continue };
            match components(&folder) {
                Ok(found) => files.extend(found.into_iter().map(|path| (path, origin))),
                Err(error) => {
                    catalog.report(&folder, None, Problem::Unreadable(error.kind().to_string()))
                }
            }
        }
        for (path, origin, looked) in look_at_all(files, memo) {
            catalog.add(path, origin, looked);
        }
        catalog
    }

    /// Settles which of two plugins of one name is used: the one with the digest that the operator pinned in the
    /// project's grants. False when there is nothing to settle or neither has that digest.
    pub fn settle(&mut self, name: &str, digest: &str) -> bool {
        let Some(contest) = self.contests.get(name) else {
            return false;
        };
        let project_wins = contest.project.digest == digest;
        if !project_wins && contest.built_in.digest != digest {
            return false;
        }
        if let Some(Contest { built_in, project }) = self.contests.remove(name) {
            self.problems
                .retain(|known| !(known.path == project.path && is_clash(&known.problem)));
            let problem = if project_wins {
                Problem::Replaces { name: name.into() }
            } else {
                Problem::Shadowed { name: name.into() }
            };
            self.report(&project.path, Some(name.into()), problem);
            let winner = if project_wins { project } else { built_in };
            self.plugins.insert(name.into(), winner);
        }
        true
    }

    /// A plugin that can be used.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Plugin> {
        self.plugins.get(name)
    }

    /// The names of all usable plugins, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.plugins.keys().map(String::as_str)
    }

    /// All usable plugins, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.values()
    }

    /// What is wrong with which file, warnings included.
    #[must_use]
    pub fn problems(&self) -> &[FileProblem] {
        &self.problems
    }

    fn report(&mut self, path: &Path, name: Option<String>, problem: Problem) {
        self.problems.push(FileProblem {
            path: path.into(),
            name,
            problem,
        });
    }

    fn add(&mut self, path: PathBuf, origin: Origin, looked: Result<inspect::Inspection, Problem>) {
        let inspection = match looked {
            Ok(inspection) => inspection,
            Err(problem) => return self.report(&path, None, problem),
        };
        let name = inspection
            .manifest
            .as_ref()
            .map(|manifest| manifest.name.clone());
        let mut usable = inspection.usable();
        for problem in inspection.problems {
            self.report(&path, name.clone(), problem);
        }
        if let Some(name) = &name
            && path.file_stem().and_then(|stem| stem.to_str()) != Some(name)
        {
            let manifest = name.clone();
            self.report(
                &path,
                Some(manifest.clone()),
                Problem::NameMismatch { manifest },
            );
            usable = false;
        }
        let (true, Some(manifest), Some(contract)) =
            (usable, inspection.manifest, inspection.contract)
        else {
            return;
        };
        let plugin = Plugin {
            name: manifest.name.clone(),
            digest: inspection.digest,
            path,
            bytes: inspection.bytes,
            manifest,
            contract,
            exports: inspection.exports,
            imports: inspection.imports,
            foreign: inspection.foreign,
            origin,
        };
        let name = plugin.name.clone();
        // Files of one folder can't share a name, so only the two origins can meet here.
        match self.plugins.remove(&name) {
            // The same bytes under the same name are the same plugin.
            Some(built_in) if built_in.digest == plugin.digest => {
                self.plugins.insert(name, built_in);
            }
            Some(built_in) => {
                let problem = Problem::Clash {
                    name: name.clone(),
                    digest: plugin.digest.clone(),
                };
                self.report(&plugin.path, Some(name.clone()), problem);
                let project = plugin;
                self.contests.insert(name, Contest { built_in, project });
            }
            None => {
                self.plugins.insert(name, plugin);
            }
        }
    }
}

fn is_clash(problem: &Problem) -> bool {
    matches!(problem, Problem::Clash { .. })
}

impl FileProblem {
    /// Whether the file is not used because of it.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.problem.severity()
    }
}

/// The `.wasm` files of a folder, sorted; none where there is no folder. Hidden files are left out.
fn components(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path
            .file_name()
            .is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
        // A folder `x.wasm` is no plugin, and a pipe would block for ever.
        if !hidden && path.extension().is_some_and(|ext| ext == "wasm") && !path.is_dir() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn look_at(path: &Path, memo: &Memo) -> Result<inspect::Inspection, Problem> {
    let unreadable = |error: io::Error| Problem::Unreadable(error.to_string());
    let about = fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Problem::Unreadable("it is not a regular file".into()));
    }
    if about.len() > LARGEST {
        return Err(Problem::TooLarge {
            bytes: about.len(),
            limit: LARGEST,
        });
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let digest = inspect::digest(&bytes);
    Ok(memo.recall(&digest).unwrap_or_else(|| {
        let found = inspect_named(&bytes, digest);
        memo.keep(&found);
        found
    }))
}

type Looked = (PathBuf, Origin, Result<inspect::Inspection, Problem>);

/// Looks at all files on a few threads, each taking the next one as it gets free; the answers keep the order.
fn look_at_all(files: Vec<(PathBuf, Origin)>, memo: &Memo) -> Vec<Looked> {
    const MOST_THREADS: usize = 4;
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(MOST_THREADS)
        .min(files.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, (path, _))) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            files.get(index).map(|file| (index, file))
        } {
            done.push((index, look_at(path, memo)));
        }
        done
    };
    let mut answers: BTreeMap<usize, Result<inspect::Inspection, Problem>> =
        thread::scope(|scope| {
            let helpers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let mut done = work();
            // A helper that failed by a defect of ours leaves files out; they are looked at below.
            done.extend(
                helpers
                    .into_iter()
                    .filter_map(|helper| helper.join().ok())
                    .flatten(),
            );
            done.into_iter().collect()
        });
    files
        .into_iter()
        .enumerate()
        .map(|(index, (path, origin))| {
            let looked = answers
                .remove(&index)
                .unwrap_or_else(|| look_at(&path, memo));
            (path, origin, looked)
        })
        .collect()
}

#[cfg(test)]
mod tests;

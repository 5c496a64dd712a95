//! `staffetta plugin build`: compiles plugins' sources, makes components of them with their manifests inside, checks
//! the result as if it came from a stranger, and puts it where the catalog finds it.
//!
//! Whether anything must be compiled again is cargo's business; making the component takes milliseconds.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::compile::{compile_each, compile_workspace};
use super::componentize::{ComponentizeError, componentize};
use super::folders::{Folder, Layout};
use super::inspect::{Inspection, inspect};
use super::locate::Locations;
use super::manifest::Manifest;
use super::manifest_file;
use super::output::{remove_orphans, write_whole};
use super::problem::Problem;
use super::sdk_link;
use super::toolchain::{self, ToolchainError};
use crate::diagnostic::Diagnostic;

/// What to build.
#[derive(Debug)]
pub struct Request<'a> {
    /// A project, or a checkout of Staffetta.
    pub root: &'a Path,
    /// Plugins by name; none: all.
    pub names: &'a [String],
    /// Where the SDK is.
    pub locations: &'a Locations,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    /// The plugins that were built, by name.
    pub built: Vec<Built>,
    /// Those that were compiled or read but can't be used.
    pub failed: Vec<Failed>,
    /// What the author should know.
    pub notes: Vec<String>,
}

/// One built plugin.
#[derive(Debug)]
pub struct Built {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The component's file.
    pub path: PathBuf,
    /// What is in it; its warnings are for the author.
    pub inspection: Inspection,
    /// The size of the compiled module, in bytes, before it became a component.
    pub core_bytes: u64,
}

/// One plugin that was not built.
#[derive(Debug)]
pub struct Failed {
    /// Its folder's name.
    pub name: String,
    /// Why.
    pub error: BuildError,
}

/// Why a build, or one plugin of it, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is nothing to build.
    #[error(
        "there is no plugin to build in {}: a plugin is a folder there with `plugin.yaml` and `Cargo.toml`; \
         `staffetta plugin new` makes one",
        .0.display()
    )]
    Nothing(PathBuf),
    /// There is no plugin of that name.
    #[error("there is no plugin `{name}` to build; there is: {}", known.join(", "))]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No way to compile for WebAssembly.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// The SDK can't be found or linked.
    #[error(transparent)]
    Sdk(#[from] sdk_link::LinkError),
    /// A file or folder could not be used.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Cargo could not be started or followed.
    #[error("cargo can't be run: {0}")]
    Cargo(io::Error),
    /// Cargo said no; what it said went to the terminal.
    #[error("cargo could not compile it")]
    Compile,
    /// Its crate is not part of the workspace.
    #[error("its crate is not a member of the workspace `plugins/Cargo.toml`")]
    NoMember,
    /// Cargo succeeded, but made no module.
    #[error(
        "cargo made no WebAssembly module of it: its `Cargo.toml` needs `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`"
    )]
    NoModule,
    /// `plugin.yaml` is wrong.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Manifest(Vec<Diagnostic>),
    /// The name in `plugin.yaml` is not the folder's.
    #[error(
        "`plugin.yaml` calls it `{manifest}`, but its folder is called `{folder}`: they must be the same"
    )]
    OtherName {
        /// The name in the manifest.
        manifest: String,
        /// The name that the folder asks for.
        folder: String,
    },
    /// The module can't become a component.
    #[error(transparent)]
    Componentize(#[from] ComponentizeError),
    /// The component would not be usable.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Unusable(Vec<Problem>),
}

/// Builds. Blocks until cargo is done; its messages go to standard error.
///
/// # Errors
/// When nothing can be built at all. What is wrong with one plugin is in the report.
pub fn build(request: &Request<'_>) -> Result<Report, BuildError> {
    let layout = Layout::of(request.root);
    let chosen = choose(&layout, request.names)?;
    let mut report = Report::default();
    // The manifests first: a mistake there should not wait for the compiler.
    let mut ready = Vec::new();
    for folder in chosen {
        match manifest_of(&folder, request.root) {
            Ok(manifest) => ready.push((folder, manifest)),
            Err(error) => report.fail(&folder, error),
        }
    }
    if ready.is_empty() {
        return Ok(report);
    }
    let toolchain = toolchain::choose(&layout.plugins())?;
    let modules = match &layout {
        Layout::Repository(_) => {
            compile_workspace(&toolchain, &layout.plugins(), &ready, &mut report)?
        }
        Layout::Project(root) => {
            let link = sdk_link::link(root, request.locations)?;
            report.notes.extend(link.note.clone());
            compile_each(&toolchain, &link, &ready, &mut report)?
        }
    };
    for (folder, manifest) in &ready {
        let Some(module) = modules.get(&folder.path) else {
            if !report.has_failed(folder) {
                report.fail(folder, BuildError::NoModule);
            }
            continue;
        };
        match finish(folder, manifest, module) {
            Ok(built) => report.built.push(built),
            Err(error) => report.fail(folder, error),
        }
    }
    if request.names.is_empty() {
        for path in remove_orphans(&layout).map_err(at(&layout.plugins()))? {
            let note = format!("{} had no source any more and was removed", path.display());
            report.notes.push(note);
        }
    }
    Ok(report)
}

impl Report {
    pub(super) fn fail(&mut self, folder: &Folder, error: BuildError) {
        let name = folder.name.clone();
        self.failed.push(Failed { name, error });
    }

    pub(super) fn has_failed(&self, folder: &Folder) -> bool {
        self.failed.iter().any(|failed| failed.name == folder.name)
    }
}

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_path_buf();
    move |error| BuildError::Io { path, error }
}

/// The folders that were asked for.
fn choose(layout: &Layout, names: &[String]) -> Result<Vec<Folder>, BuildError> {
    let plugins = layout.plugins();
    let all = layout.folders().map_err(at(&plugins))?;
    if all.is_empty() {
        return Err(BuildError::Nothing(plugins));
    }
    for name in names {
        if !all.iter().any(|folder| folder.name == *name) {
            return Err(BuildError::Unknown {
                name: name.clone(),
                known: all.into_iter().map(|folder| folder.name).collect(),
            });
        }
    }
    let wanted = |folder: &Folder| names.is_empty() || names.contains(&folder.name);
    Ok(all.into_iter().filter(wanted).collect())
}

fn manifest_of(folder: &Folder, root: &Path) -> Result<Manifest, BuildError> {
    let path = folder.path.join(manifest_file::FILE);
    let shown = path.strip_prefix(root).unwrap_or(&path);
    let manifest =
        manifest_file::read(&path, shown.display().to_string()).map_err(BuildError::Manifest)?;
    if manifest.name == folder.name {
        Ok(manifest)
    } else {
        Err(BuildError::OtherName {
            manifest: manifest.name,
            folder: folder.name.clone(),
        })
    }
}

/// From a module to a component in its place.
fn finish(folder: &Folder, manifest: &Manifest, module: &Path) -> Result<Built, BuildError> {
    let core = fs::read(module).map_err(at(module))?;
    let component = componentize(&core, manifest)?;
    let inspection = inspect(&component);
    if !inspection.usable() {
        return Err(BuildError::Unusable(inspection.errors().cloned().collect()));
    }
    let path = folder.output.join(format!("{}.wasm", manifest.name));
    write_whole(&path, &component).map_err(at(&path))?;
    Ok(Built {
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        path,
        inspection,
        core_bytes: core.len() as u64,
    })
}

#[cfg(test)]
mod tests;

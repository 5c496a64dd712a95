//! The project's file `staffetta.yaml`: clients, their accounts, what plugins are granted, and where the journal lies.
//! Decoding finds every error in one go; whether plugins agree with it is for the plan to say.

pub mod calendar;
mod decode;
mod grant;
mod keys;
mod model;
mod secret;

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Source, code, load};
use crate::yaml;

pub use calendar::Calendar;
pub use grant::{Grant, covers_host, covers_path, is_host, is_inside};
pub use keys::PROJECT;
pub use model::{Account, Client, Limits, Project};
pub use secret::{SECRET, SecretPlace, SecretRef, read_secret};

/// The name of the project's file.
pub const FILE_NAME: &str = "staffetta.yaml";

impl Project {
    /// The folder of the nearest project file in `start` or above it.
    ///
    /// # Errors
    /// S0004 when there is none.
    pub fn find(start: &Path) -> Result<PathBuf, Diagnostic> {
        start
            .ancestors()
            .find(|folder| folder.join(FILE_NAME).is_file())
            .map(Path::to_path_buf)
            .ok_or_else(|| {
                Diagnostic::error(
                    code::NO_PROJECT,
                    format!(
                        "there is no `{FILE_NAME}` in `{}` or above it",
                        start.display()
                    ),
                )
                .help("run `staffetta init` to make one, or go to the project's folder")
            })
    }

    /// Reads the project file of a folder.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn load(root: &Path) -> Result<Self, Vec<Diagnostic>> {
        let source = load(&root.join(FILE_NAME), FILE_NAME).map_err(|problem| vec![problem])?;
        Self::parse(root, &source)
    }

    /// Reads a project file's text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(root: &Path, source: &std::sync::Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let parsed = yaml::parse(source);
        let mut problems = parsed.problems;
        let project = parsed
            .root
            .and_then(|node| decode::project(root, source, &node, &mut problems));
        match project {
            Some(project) if problems.is_empty() => Ok(project),
            _ => Err(problems),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

//! Finds the folders of plugins' sources: a folder with a `plugin.yaml` and a `Cargo.toml`.
//!
//! A checkout of Staffetta has them in one workspace (`plugins/*` and `tests/guests/*`); a project has them in
//! `plugins/*`, each a crate of its own.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::locate::{components_of, guests_of, is_repository};
use super::manifest_file;

/// How the sources are laid out, and where the components go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// A checkout of Staffetta.
    Repository(PathBuf),
    /// Somebody's project.
    Project(PathBuf),
}

/// One plugin's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// The folder's own name; a test guest's has `guest-` in front.
    pub name: String,
    /// The folder.
    pub path: PathBuf,
    /// The folder for its component.
    pub output: PathBuf,
}

impl Layout {
    /// What `root` is.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        if is_repository(root) {
            Self::Repository(root.into())
        } else {
            Self::Project(root.into())
        }
    }

    /// The folder where cargo is started for shared settings.
    #[must_use]
    pub fn plugins(&self) -> PathBuf {
        match self {
            Self::Repository(root) | Self::Project(root) => root.join("plugins"),
        }
    }

    /// All plugins' sources, sorted by name.
    ///
    /// # Errors
    /// When a folder can't be read.
    pub fn folders(&self) -> io::Result<Vec<Folder>> {
        let plugins = self.plugins();
        let mut found = match self {
            Self::Project(_) => within(&plugins, "", &plugins)?,
            Self::Repository(root) => {
                let mut found = within(&plugins, "", &components_of(root))?;
                let guests = root.join("tests").join("guests");
                found.extend(within(&guests, "guest-", &guests_of(root))?);
                found
            }
        };
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }
}

fn within(parent: &Path, prefix: &str, output: &Path) -> io::Result<Vec<Folder>> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let whole = [manifest_file::FILE, "Cargo.toml"]
            .iter()
            .all(|name| path.join(name).is_file());
        // A name that is not Unicode could not be a plugin's.
        if let (true, Some(name)) = (whole, path.file_name().and_then(|name| name.to_str())) {
            found.push(Folder {
                name: format!("{prefix}{name}"),
                output: output.into(),
                path: path.clone(),
            });
        }
    }
    Ok(found)
}

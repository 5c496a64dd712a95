//! Which files each pipeline has had, and how they were then: kept on disk, so that what came while nothing was running
//! is found at the next start, and what was there before is not taken for new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::ServeError;

/// A file's state, as far as it tells one version from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// In bytes.
    size: u64,
    /// In nanoseconds since 1970, as the file system tells.
    modified: u128,
}

impl State {
    /// As it is now; none where it is no file.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let meta = std::fs::metadata(path)
            .ok()
            .filter(std::fs::Metadata::is_file)?;
        let modified = meta
            .modified()
            .ok()?
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_nanos());
        Some(Self {
            size: meta.len(),
            modified,
        })
    }
}

/// What each pipeline has had.
#[derive(Debug)]
pub struct Seen {
    path: PathBuf,
    known: bool,
    changed: bool,
    /// By pipeline, then by file.
    files: BTreeMap<String, BTreeMap<String, State>>,
}

impl Seen {
    /// Reads what was kept. A file that can't be understood counts as nothing known: what was posted is in the journal.
    ///
    /// # Errors
    /// When it is there and can't be read.
    pub fn open(path: &Path) -> Result<Self, ServeError> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(ServeError::Io {
                    path: path.into(),
                    source,
                });
            }
        };
        let files = text
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        Ok(Self {
            path: path.into(),
            known: files.is_some(),
            changed: false,
            files: files.unwrap_or_default(),
        })
    }

    /// False at the very first start.
    #[must_use]
    pub fn known(&self) -> bool {
        self.known
    }

    /// True when the pipeline has had the file in this state.
    #[must_use]
    pub fn same(&self, pipeline: &str, file: &str, state: &State) -> bool {
        self.files.get(pipeline).and_then(|files| files.get(file)) == Some(state)
    }

    /// The pipeline has had it.
    pub fn remember(&mut self, pipeline: &str, file: &str, state: &State) {
        self.files
            .entry(pipeline.into())
            .or_default()
            .insert(file.into(), *state);
        self.changed = true;
    }

    /// The file is gone.
    pub fn forget(&mut self, file: &str) {
        for files in self.files.values_mut() {
            self.changed |= files.remove(file).is_some();
        }
    }

    /// Keeps it.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn save(&mut self) -> Result<(), ServeError> {
        if !self.changed && self.known {
            return Ok(());
        }
        let text = serde_json::to_string(&self.files).unwrap_or_default();
        crate::whole::replace(&self.path, |file| {
            std::io::Write::write_all(file, text.as_bytes())
        })
        .map_err(|source| ServeError::Io {
            path: self.path.clone(),
            source,
        })?;
        self.changed = false;
        self.known = true;
        Ok(())
    }
}

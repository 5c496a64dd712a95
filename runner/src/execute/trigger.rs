//! What started a run: kept with it, so that a resumed run sees the same.

use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use super::ExecuteError;
use crate::contract::exports::source::{File, Trigger as Handed};
use crate::host::Services;

/// What started a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trigger {
    /// `manual`, `watch`, `schedule` or `webhook`.
    pub kind: String,
    /// Paths of files that appeared or changed, relative to the project.
    pub files: Vec<String>,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

impl Trigger {
    /// A person, perhaps with files.
    #[must_use]
    pub fn manual(at: i64, files: Vec<String>) -> Self {
        Self {
            kind: "manual".into(),
            files,
            at,
        }
    }

    /// Files that appeared or changed.
    #[must_use]
    pub fn watch(at: i64, files: Vec<String>) -> Self {
        Self {
            kind: "watch".into(),
            files,
            at,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({"kind": self.kind, "files": self.files, "at": self.at})
    }

    pub(super) fn from_json(value: &Value) -> Self {
        let files = value.get("files").and_then(Value::as_array);
        Self {
            kind: value
                .get("kind")
                .and_then(Value::as_str)
                .unwrap_or("manual")
                .into(),
            files: files
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_string)
                .collect(),
            at: value.get("at").and_then(Value::as_i64).unwrap_or_default(),
        }
    }

    /// Takes the files' bytes as they are now.
    pub(super) async fn open(&self, services: &Services) -> Result<Handed, ExecuteError> {
        let mut files = Vec::with_capacity(self.files.len());
        for path in &self.files {
            let wrong = |error: String| ExecuteError::File {
                path: path.clone(),
                error,
            };
            let full = services.root.join(path);
            let (blob, bytes) = services
                .blobs
                .put_file(&full)
                .await
                .map_err(|error| wrong(error.to_string()))?;
            let modified = std::fs::metadata(&full)
                .and_then(|meta| meta.modified())
                .map_err(|e| wrong(e.to_string()))?;
            let modified = modified
                .duration_since(UNIX_EPOCH)
                .map_or(0, |t| i64::try_from(t.as_millis()).unwrap_or(0));
            files.push(File {
                path: path.clone(),
                blob,
                bytes,
                modified,
            });
        }
        Ok(Handed {
            files,
            payload: None,
        })
    }
}

//! When a file that was written is complete: closed by its writer (or moved into place) and quiet for a moment. Where
//! the system does not tell of closing, only a longer quiet counts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use notify::EventKind;
use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};

/// Quiet that counts as complete when no close was seen.
const UNCLOSED: Duration = Duration::from_secs(2);

/// Folders inside folders that are looked into; a loop of links ends there.
const MOST_DEPTH: usize = 32;

/// Files that changed and may not be complete yet.
#[derive(Debug)]
pub struct Pending {
    quiet: Duration,
    files: HashMap<PathBuf, Change>,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    last: Instant,
    /// Somebody is writing, and has not closed it.
    open: bool,
}

impl Pending {
    /// Nothing yet; `quiet` is how long a closed file must not change.
    #[must_use]
    pub fn new(quiet: Duration) -> Self {
        Self {
            quiet,
            files: HashMap::new(),
        }
    }

    /// True when nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Takes note of what the system says of a path.
    pub fn note(&mut self, path: &Path, kind: EventKind) {
        let now = Instant::now();
        let open = match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
            // Reading is no change.
            EventKind::Access(_) => return,
            EventKind::Modify(ModifyKind::Data(_)) => true,
            EventKind::Create(_) => cfg!(target_os = "linux"),
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => false,
            EventKind::Modify(ModifyKind::Metadata(_)) => {
                self.files.get(path).is_some_and(|change| change.open)
            }
            EventKind::Modify(_) | EventKind::Any | EventKind::Other => false,
        };
        // A link or a file made whole (`ln`, `mkdir`) is created and never closed: the longer quiet catches it.
        self.files
            .insert(path.to_path_buf(), Change { last: now, open });
    }

    /// The files that are complete now, sorted.
    pub fn ripe(&mut self) -> Vec<PathBuf> {
        let now = Instant::now();
        let quiet = self.quiet;
        let done = |change: &Change| {
            let wanted = if change.open {
                quiet.max(UNCLOSED)
            } else {
                quiet
            };
            now.duration_since(change.last) >= wanted
        };
        let mut ripe: Vec<PathBuf> = self
            .files
            .iter()
            .filter(|(_, change)| done(change))
            .map(|(path, _)| path.clone())
            .collect();
        for path in &ripe {
            self.files.remove(path);
        }
        ripe.sort();
        ripe
    }
}

/// Every file below a folder; nothing where it can't be read. Hidden ones are left out, links are not followed.
pub(super) fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut ahead = vec![(folder.to_path_buf(), 0)];
    while let Some((at, depth)) = ahead.pop() {
        let Ok(entries) = std::fs::read_dir(&at) else {
            continue;
        };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MOST_DEPTH => {
                    ahead.push((entry.path(), depth + 1))
                }
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::event::{CreateKind, DataChange};

    #[test]
    fn a_file_that_is_being_written_waits_for_its_end() {
        let mut pending = Pending::new(Duration::ZERO);
        let path = Path::new("a.md");
        pending.note(path, EventKind::Create(CreateKind::File));
        pending.note(path, EventKind::Modify(ModifyKind::Data(DataChange::Any)));
        assert!(pending.ripe().is_empty());
        pending.note(
            path,
            EventKind::Access(AccessKind::Close(AccessMode::Write)),
        );
        assert_eq!(pending.ripe(), [path]);
        assert!(pending.is_empty());
    }

    #[test]
    fn a_file_moved_into_place_is_complete() {
        let mut pending = Pending::new(Duration::ZERO);
        pending.note(
            Path::new("b.md"),
            EventKind::Modify(ModifyKind::Name(RenameMode::To)),
        );
        assert_eq!(pending.ripe(), [Path::new("b.md")]);
    }
}

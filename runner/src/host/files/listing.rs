//! Walks through a folder in order, page by page, with memory that does not depend on how much is in it. It knows nothing
//! of grants: who starts it has checked the folder.

use std::collections::{BinaryHeap, VecDeque};
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use globset::{GlobBuilder, GlobMatcher};

use super::io;
use crate::contract::imports::files::{Entry, Failure};

/// Names of one folder that are held and sorted at a time.
const SORTED: usize = 10_000;
/// Folders inside folders at most; a loop of links ends there.
const MOST_DEPTH: usize = 32;

/// A walk through a folder that goes on where the last page ended, so that a large folder is read once.
pub(in crate::host) struct Listing {
    pub(super) folder: String,
    pub(super) glob: String,
    pub(super) after: Option<String>,
    matcher: GlobMatcher,
    root: PathBuf,
    /// Folders and files still to come, in order.
    ahead: VecDeque<Step>,
    /// Names of one folder that are held at a time.
    sorted: usize,
}

enum Step {
    /// Its depth, and the name in it behind which to go on.
    Folder(PathBuf, usize, Option<String>),
    /// Relative to the walk's root.
    File(String),
}

impl Listing {
    pub(super) fn start(
        folder: &str,
        glob: &str,
        after: Option<String>,
        start: PathBuf,
    ) -> Result<Self, Failure> {
        let matcher = GlobBuilder::new(glob)
            .literal_separator(true)
            .build()
            .map_err(|error| Failure::Io(format!("`{glob}` is no glob: {error}")))?
            .compile_matcher();
        if !start.is_dir() {
            return Err(Failure::Io(format!("{folder}: no such folder")));
        }
        let ahead = VecDeque::from([Step::Folder(start.clone(), 0, None)]);
        Ok(Self {
            folder: folder.into(),
            glob: glob.into(),
            after,
            matcher,
            root: start,
            ahead,
            sorted: SORTED,
        })
    }

    pub(super) fn next(&mut self, limit: usize) -> Result<Vec<Entry>, Failure> {
        let mut found = Vec::new();
        while found.len() < limit {
            match self.ahead.pop_front() {
                None => break,
                Some(Step::Folder(path, depth, behind)) => self.open(path, depth, behind)?,
                Some(Step::File(inside)) => {
                    let path = self.root.join(&inside);
                    let shown = if self.folder.is_empty() || self.folder == "." {
                        inside
                    } else {
                        format!("{}/{inside}", self.folder.trim_end_matches('/'))
                    };
                    if self
                        .after
                        .as_deref()
                        .is_some_and(|after| shown.as_str() <= after)
                    {
                        continue;
                    }
                    // A file that went away meanwhile is not there; that is no failure.
                    let Ok(meta) = path.metadata() else { continue };
                    let modified = meta
                        .modified()
                        .ok()
                        .and_then(|t| t.duration_since(UNIX_EPOCH).ok());
                    found.push(Entry {
                        path: shown,
                        bytes: meta.len(),
                        modified: modified
                            .map_or(0, |t| i64::try_from(t.as_millis()).unwrap_or(i64::MAX)),
                    });
                }
            }
        }
        if let Some(last) = found.last() {
            self.after = Some(last.path.clone());
        }
        Ok(found)
    }

    /// Puts a folder's content in front, sorted so that whole paths come in order: at most the next `sorted` names, and
    /// then the folder again. A folder of a million files is read a few times instead of being held in memory.
    fn open(
        &mut self,
        folder: PathBuf,
        depth: usize,
        behind: Option<String>,
    ) -> Result<(), Failure> {
        let mut next: BinaryHeap<(String, bool)> = BinaryHeap::new();
        let mut more = false;
        let base = folder
            .strip_prefix(&self.root)
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .unwrap_or_default();
        for entry in std::fs::read_dir(&folder).map_err(|error| io(&folder, &error))? {
            let entry = entry.map_err(|error| io(&folder, &error))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let mut shown = if base.is_empty() {
                name
            } else {
                format!("{base}/{name}")
            };
            if kind.is_dir() && depth < MOST_DEPTH {
                // A folder sorts as its files do: with the separator behind its name.
                shown.push('/');
            } else if !(kind.is_file() && self.matcher.is_match(&shown)) {
                continue;
            }
            if behind.as_ref().is_none_or(|behind| shown > *behind) {
                next.push((shown, kind.is_dir()));
                if next.len() > self.sorted {
                    next.pop();
                    more = true;
                }
            }
        }
        let next = next.into_sorted_vec();
        if let Some((last, _)) = next.last().filter(|_| more) {
            let again = Step::Folder(folder, depth, Some(last.clone()));
            self.ahead.push_front(again);
        }
        for (shown, is_folder) in next.into_iter().rev() {
            self.ahead.push_front(if is_folder {
                Step::Folder(self.root.join(shown.trim_end_matches('/')), depth + 1, None)
            } else {
                Step::File(shown)
            });
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

//! Files of granted folders. Paths are relative to the project; what leads outside a grant, also by a link, is refused.

use std::collections::{BinaryHeap, VecDeque};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use globset::{GlobBuilder, GlobMatcher};

use super::HostState;
use crate::contract::imports::files::{Content, Entry, Failure, Host};

/// Entries of one answer at most.
const MOST_ENTRIES: u32 = 10_000;
/// Names of one folder that are held and sorted at a time.
const SORTED: usize = 50_000;
/// Folders inside folders at most; a loop of links ends there.
const MOST_DEPTH: usize = 32;

/// A walk through a folder that goes on where the last page ended, so that a large folder is read once.
pub(super) struct Listing {
    folder: String,
    glob: String,
    after: Option<String>,
    matcher: GlobMatcher,
    root: PathBuf,
    /// Folders and files still to come, in order.
    ahead: VecDeque<Step>,
}

enum Step {
    /// Its depth, and the name in it behind which to go on.
    Folder(PathBuf, usize, Option<String>),
    /// Relative to the walk's root.
    File(String),
}

impl HostState {
    /// The real path of a relative one, if a grant covers it. `write` asks for a grant to write.
    fn granted(&self, path: &str, write: bool) -> Result<PathBuf, Failure> {
        let clean = clean(path)
            .ok_or_else(|| Failure::Denied(format!("`{path}` is not a path inside the project")))?;
        let root = self
            .services
            .root
            .canonicalize()
            .map_err(|error| io(&self.services.root, &error))?;
        let wanted = root.join(&clean);
        // Follow links as far as the path exists, so that the check is on what would really be opened.
        let real = real(&wanted).map_err(|error| io(&wanted, &error))?;
        let grants = &self.context.grants;
        let folders = grants
            .write
            .iter()
            .chain(if write { [].iter() } else { grants.read.iter() });
        for folder in folders {
            let Some(folder) = clean_grant(folder) else {
                continue;
            };
            let named = root.join(&folder);
            if !wanted.starts_with(&named) {
                continue;
            }
            let granted = self::real(&named).map_err(|error| io(&named, &error))?;
            if real.starts_with(&granted) {
                return Ok(real);
            }
        }
        let verb = if write { "write" } else { "read" };
        let place = if self.context.grants.place.is_empty() {
            "the plugin's grants"
        } else {
            &self.context.grants.place
        };
        Err(Failure::Denied(format!(
            "to {verb} `{path}` is not granted; allow it in {place} files: {{ {verb}: [{}] }}",
            Path::new(path)
                .parent()
                .map_or(".".into(), |p| p.display().to_string())
        )))
    }
}

/// A relative path without `..`, `.` or a root; the empty path is the project itself.
fn clean(path: &str) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!path.contains('\0')).then_some(out)
}

/// Grants may name absolute folders too: the operator wrote them.
fn clean_grant(path: &str) -> Option<PathBuf> {
    if Path::new(path).is_absolute() {
        Some(path.into())
    } else {
        clean(path)
    }
}

/// The path with links followed; the part that does not exist yet is kept as it is.
fn real(path: &Path) -> std::io::Result<PathBuf> {
    let mut missing = Vec::new();
    let mut at = path;
    loop {
        match at.canonicalize() {
            Ok(found) => {
                return Ok(missing
                    .iter()
                    .rev()
                    .fold(found, |path, name| path.join(name)));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                // A dangling link would be created elsewhere by a write.
                if at.symlink_metadata().is_ok() {
                    return Err(std::io::Error::other("a link that leads nowhere"));
                }
                let (Some(parent), Some(name)) = (at.parent(), at.file_name()) else {
                    return Err(error);
                };
                missing.push(name.to_os_string());
                at = parent;
            }
            Err(error) => return Err(error),
        }
    }
}

fn io(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Io(format!("{}: {error}", path.display()))
}

impl Host for HostState {
    async fn list(
        &mut self,
        folder: String,
        glob: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<Entry>, Failure>> {
        self.enter()?;
        if let Some(why) = self.pure("files") {
            return Ok(Err(Failure::Denied(why)));
        }
        let start = match self.granted(&folder, false) {
            Ok(path) => path,
            Err(failure) => return Ok(Err(failure)),
        };
        let continued = self
            .listing
            .take()
            .filter(|l| l.folder == folder && l.glob == glob && l.after == after);
        let walk = tokio::task::spawn_blocking(move || {
            let mut listing = match continued {
                Some(listing) => listing,
                None => Listing::start(&folder, &glob, after, start)?,
            };
            let found = listing.next(limit.clamp(1, MOST_ENTRIES) as usize)?;
            Ok((listing, found))
        });
        Ok(match walk.await {
            Ok(Ok((listing, found))) => {
                self.listing = Some(listing);
                Ok(found)
            }
            Ok(Err(failure)) => Err(failure),
            Err(error) => Err(Failure::Io(error.to_string())),
        })
    }

    async fn open(&mut self, path: String) -> wasmtime::Result<Result<String, Failure>> {
        self.enter()?;
        if let Some(why) = self.pure("files") {
            return Ok(Err(Failure::Denied(why)));
        }
        let real = match self.granted(&path, false) {
            Ok(real) => real,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(match self.services.blobs.put_file(&real).await {
            Ok((id, _)) => {
                self.pass_blob(&id, media_type(&path));
                Ok(id)
            }
            Err(error) => Err(Failure::Io(error.to_string())),
        })
    }

    async fn write(
        &mut self,
        path: String,
        content: Content,
    ) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        if let Some(why) = self.pure("files") {
            return Ok(Err(Failure::Denied(why)));
        }
        let real = match self.granted(&path, true) {
            Ok(real) => real,
            Err(failure) => return Ok(Err(failure)),
        };
        let from = match &content {
            Content::Blob(id) if self.media_type(id).is_none() => {
                return Ok(Err(Failure::Denied(
                    "a blob that this call was not given".into(),
                )));
            }
            Content::Blob(id) => match self.services.blobs.path(id) {
                Ok(path) => Some(path),
                Err(error) => return Ok(Err(Failure::Io(error.to_string()))),
            },
            _ => None,
        };
        let target = real.clone();
        let written = tokio::task::spawn_blocking(move || match (content, from) {
            (_, Some(from)) => replace(&target, |file| {
                std::io::copy(&mut std::fs::File::open(&from)?, file).map(drop)
            }),
            (Content::Text(text), _) => replace(&target, |file| {
                std::io::Write::write_all(file, text.as_bytes())
            }),
            (Content::Bytes(bytes), _) => {
                replace(&target, |file| std::io::Write::write_all(file, &bytes))
            }
            (Content::Blob(_), None) => Err(std::io::Error::other("a blob without a file")),
        });
        Ok(match written.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(io(&real, &error)),
            Err(error) => Err(Failure::Io(error.to_string())),
        })
    }

    async fn remove(&mut self, path: String) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        if let Some(why) = self.pure("files") {
            return Ok(Err(Failure::Denied(why)));
        }
        let real = match self.granted(&path, true) {
            Ok(real) => real,
            Err(failure) => return Ok(Err(failure)),
        };
        Ok(match tokio::fs::remove_file(&real).await {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(io(&real, &error)),
        })
    }
}

/// Writes beside, flushes to the disk and renames, so that nobody sees half a file.
pub(crate) fn replace(
    target: &Path,
    fill: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    place(target, |file| fill(file).and_then(|()| file.sync_all()))
}

/// Writes beside and renames, so that nobody sees half a file. A power cut may take it.
pub(super) fn place(
    target: &Path,
    fill: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = target
        .parent()
        .ok_or_else(|| std::io::Error::other("not a file's path"))?;
    std::fs::create_dir_all(folder)?;
    let nonce = getrandom::u64().map_err(std::io::Error::other)?;
    let beside = folder.join(format!(".{nonce:016x}.tmp"));
    let written = std::fs::File::create(&beside)
        .and_then(|mut file| fill(&mut file))
        .and_then(|()| std::fs::rename(&beside, target));
    if written.is_err() {
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// A media type by the file's ending; empty when unknown. What is inside is looked at where it matters.
fn media_type(path: &str) -> &'static str {
    match path
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "md" => "text/markdown",
        "txt" => "text/plain",
        _ => "",
    }
}

impl Listing {
    fn start(
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
        })
    }

    fn next(&mut self, limit: usize) -> Result<Vec<Entry>, Failure> {
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

    /// Puts a folder's content in front, sorted so that whole paths come in order: at most the next `SORTED` names, and
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
                if next.len() > SORTED {
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

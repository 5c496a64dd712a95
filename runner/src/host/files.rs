//! Files of granted folders. Paths are relative to the project; what leads outside a grant, also by a link, is refused.

mod listing;

use std::path::{Component, Path, PathBuf};

use super::HostState;
use crate::contract::imports::files::{Content, Entry, Failure, Host};
use crate::whole::replace;
pub(super) use listing::Listing;

/// Entries of one answer at most.
const MOST_ENTRIES: u32 = 10_000;

impl HostState {
    /// The real path of a relative one, if this call may use files and a grant covers it. `write` asks for a grant to
    /// write.
    fn granted(&self, path: &str, write: bool) -> Result<PathBuf, Failure> {
        if let Some(why) = self.pure("files") {
            return Err(Failure::Denied(why));
        }
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

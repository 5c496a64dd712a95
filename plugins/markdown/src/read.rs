//! From file to file: those that the trigger brought, or a folder page by page. Each run reads all of them; that none is
//! posted twice is the host's work, which knows every file by its path or `id`.

use serde::{Deserialize, Serialize};
use staffetta_plugin::exports::source::Trigger;
use staffetta_plugin::files::Failure;
use staffetta_plugin::types::{ConfigError, Error, Page, Record};

use crate::Config;
use crate::pictures::Place;
use crate::post::post;

/// Bytes of one Markdown file.
const LARGEST: u64 = 4 << 20;
/// Files of one page, whatever the host would take.
const MOST: u32 = 1_000;

/// The world as this plugin needs it.
pub trait Outside {
    /// Paths of the files of a folder that match, sorted, behind `after`.
    ///
    /// # Errors
    /// When the folder is not granted or can't be read.
    fn list(
        &self,
        folder: &str,
        glob: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error>;
    /// A file's bytes as a blob.
    ///
    /// # Errors
    /// When it is not granted or not there.
    fn open(&self, path: &str) -> Result<String, Failure>;
    /// Bytes of a blob.
    ///
    /// # Errors
    /// When it is not there.
    fn size(&self, blob: &str) -> Result<u64, Error>;
    /// At most `length` bytes from `offset`.
    ///
    /// # Errors
    /// When it is not there.
    fn read(&self, blob: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error>;
}

/// Where to go on. At the end of a run there is nothing to go on behind, and the next run begins anew.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Cursor {
    version: u32,
    /// What is being read: another folder, glob or list of files begins anew.
    #[serde(default)]
    of: String,
    #[serde(default)]
    after: Option<String>,
}

/// One page.
///
/// # Errors
/// `invalid-config` when there is nothing to read from, `permanent` for a cursor that is not this plugin's, and what the
/// folder's listing gives. A file that can't be read is a note, never an error.
pub fn page(
    outside: &impl Outside,
    config: &Config,
    trigger: &Trigger,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page, Error> {
    let limit = limit.clamp(1, MOST);
    let folder = config
        .folder
        .as_deref()
        .map(|folder| folder.trim_start_matches("./").trim_end_matches('/'));
    let of = subject(config, folder, trigger);
    let after = match cursor {
        Some(text) => {
            let read: Cursor = serde_json::from_str(text).map_err(|error| {
                Error::Permanent(format!("the cursor is not one of markdown/read: {error}"))
            })?;
            read.after.filter(|_| read.of == of)
        }
        None => None,
    };
    let after = after.as_deref();
    let found: Vec<(String, Option<String>)> = if trigger.files.is_empty() {
        let folder = folder.ok_or_else(|| {
            let message = "the trigger brought no files, so a folder to read must be named";
            Error::InvalidConfig(ConfigError {
                pointer: "/folder".into(),
                message: message.into(),
            })
        })?;
        let listed = outside.list(folder, &config.files, after, limit)?;
        listed.into_iter().map(|path| (path, None)).collect()
    } else {
        brought(config, folder, trigger, after, limit)
    };
    let more = found.len() >= limit as usize;
    let last = found.last().map(|(path, _)| path.clone());
    let mut page = Page {
        records: Vec::new(),
        cursor: None,
        more,
        notes: Vec::new(),
    };
    for (path, blob) in found {
        let place = Place {
            file: &path,
            folder: folder.unwrap_or_default(),
        };
        match bytes(outside, &path, blob)? {
            Ok(bytes) => page
                .records
                .extend(post(outside, place, &bytes, &mut page.notes).map(Record::Post)),
            Err(why) => page
                .notes
                .push(format!("{path}:1: {why}; the file is passed over")),
        }
    }
    let next = Cursor {
        version: 1,
        of,
        after: last.filter(|_| more),
    };
    page.cursor = Some(serde_json::to_string(&next).unwrap_or_default());
    Ok(page)
}

/// What is being read, as one line.
fn subject(config: &Config, folder: Option<&str>, trigger: &Trigger) -> String {
    let mut all = format!("{}\n{}", folder.unwrap_or_default(), config.files);
    if !trigger.files.is_empty() {
        // The blobs name the bytes, so that the same file changed again is another subject.
        let mut names: Vec<String> = trigger
            .files
            .iter()
            .map(|file| format!("{} {}", file.path, file.blob))
            .collect();
        names.sort_unstable();
        // FNV-1a: it only has to tell one list from the one before.
        let hash = names
            .join("\n")
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        all.push_str(&format!("\n{hash:016x}"));
    }
    all
}

/// The trigger's files that are wanted, sorted, behind `after`.
fn brought(
    config: &Config,
    folder: Option<&str>,
    trigger: &Trigger,
    after: Option<&str>,
    limit: u32,
) -> Vec<(String, Option<String>)> {
    let mut found: Vec<(String, Option<String>)> = trigger
        .files
        .iter()
        .filter(|file| {
            let inside = match folder.filter(|f| !f.is_empty() && *f != ".") {
                Some(folder) => file
                    .path
                    .strip_prefix(folder)
                    .and_then(|rest| rest.strip_prefix('/')),
                None => Some(file.path.as_str()),
            };
            inside.is_some_and(|path| fast_glob::glob_match(&config.files, path))
        })
        .map(|file| (file.path.clone(), Some(file.blob.clone())))
        .collect();
    found.sort_unstable();
    found.dedup_by(|a, b| a.0 == b.0);
    found.retain(|(path, _)| after.is_none_or(|after| path.as_str() > after));
    found.truncate(limit as usize);
    found
}

/// A file's bytes, or why there are none.
fn bytes(
    outside: &impl Outside,
    path: &str,
    blob: Option<String>,
) -> Result<Result<Vec<u8>, String>, Error> {
    let blob = match blob.map_or_else(|| outside.open(path), Ok) {
        Ok(blob) => blob,
        Err(Failure::Io(why) | Failure::Denied(why)) => {
            return Ok(Err(format!("can't be read: {why}")));
        }
    };
    let size = outside.size(&blob)?;
    if size > LARGEST {
        return Ok(Err(format!(
            "has {size} bytes, more than the {LARGEST} of a text that can be posted"
        )));
    }
    let mut all = Vec::new();
    while (all.len() as u64) < size {
        let next = outside.read(&blob, all.len() as u64, 1 << 20)?;
        if next.is_empty() {
            break;
        }
        all.extend_from_slice(&next);
    }
    Ok(Ok(all))
}

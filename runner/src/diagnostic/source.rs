//! Source texts and places in them. A place is a range of bytes; lines and columns are worked out only when shown.
//! Loading refuses what is too large before it reads it.

use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Diagnostic, code};

/// The largest YAML file that is read, in bytes (4 MiB). A pipeline of a thousand steps has some 100 kB; what is larger
/// is data, and belongs into a file that a source plugin reads.
pub const MAX_SOURCE_BYTES: u64 = 4 * 1024 * 1024;

/// A text with its name and an index of its lines.
pub struct Source {
    path: String,
    text: String,
    /// The byte offset of each line's beginning.
    lines: Vec<u32>,
    /// Ranges of bytes that no message may show.
    hidden: Mutex<Vec<(usize, usize)>>,
}

/// A place for people: both numbers start at 1, the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Source {
    /// A text named as people know it (usually a path relative to the project). A byte order mark is dropped. Texts
    /// beyond 4 GiB are cut, which [`load`] makes impossible.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let mut lines = vec![0];
        lines.extend(
            text.bytes()
                .enumerate()
                .filter(|&(_, byte)| byte == b'\n')
                .filter_map(|(at, _)| u32::try_from(at + 1).ok()),
        );
        Arc::new(Self {
            path: path.into(),
            text,
            lines,
            hidden: Mutex::new(Vec::new()),
        })
    }

    /// The name as shown.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where a byte offset is. Offsets behind the end mean the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = floor_boundary(&self.text, offset);
        let index = self
            .lines
            .partition_point(|&start| start as usize <= offset)
            .saturating_sub(1);
        let start = self.lines.get(index).map_or(0, |&start| start as usize);
        Position {
            line: index + 1,
            column: self
                .text
                .get(start..offset)
                .map_or(0, |part| part.chars().count())
                + 1,
        }
    }

    /// A line's text without its end, by its number from 1.
    #[must_use]
    pub fn line(&self, number: usize) -> &str {
        let start = self.line_start(number);
        let end = self.line_start(number + 1).max(start);
        self.text
            .get(start..end)
            .unwrap_or_default()
            .trim_end_matches(['\n', '\r'])
    }

    /// Keeps a place from being shown in any message: somebody wrote a secret there, and messages end in logs.
    pub fn hide(&self, span: &Span) {
        self.hidden
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((span.start as usize, span.end as usize));
    }

    /// A line as messages may show it: hidden characters are dots, so that columns stay.
    #[must_use]
    pub fn shown_line(&self, number: usize) -> String {
        let line = self.line(number);
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        let start = self.line_start(number);
        line.char_indices()
            .map(|(at, c)| {
                let at = start + at;
                let secret = hidden.iter().any(|&(from, to)| (from..to).contains(&at));
                if secret { '•' } else { c }
            })
            .collect()
    }

    /// The byte offset of a line's beginning, by its number from 1; the text's length behind the last line.
    #[must_use]
    pub fn line_start(&self, number: usize) -> usize {
        self.lines
            .get(number.saturating_sub(1))
            .map_or(self.text.len(), |&start| start as usize)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.path, self.text.len())
    }
}

/// A range of bytes of a source.
#[derive(Clone)]
pub struct Span {
    /// The text it is in.
    pub source: Arc<Source>,
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

impl Span {
    /// A range, cut to the text and to whole characters.
    #[must_use]
    pub fn new(source: &Arc<Source>, start: usize, end: usize) -> Self {
        let start = floor_boundary(&source.text, start);
        let end = floor_boundary(&source.text, end).max(start);
        Self {
            source: Arc::clone(source),
            start: u32::try_from(start).unwrap_or(u32::MAX),
            end: u32::try_from(end).unwrap_or(u32::MAX),
        }
    }

    /// The whole of a source's first line: for what is missing from the file as such.
    #[must_use]
    pub fn beginning(source: &Arc<Source>) -> Self {
        Self::new(source, 0, source.line(1).len())
    }

    /// The text it covers.
    #[must_use]
    pub fn text(&self) -> &str {
        self.source
            .text
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// Where it begins.
    #[must_use]
    pub fn position(&self) -> Position {
        self.source.position(self.start as usize)
    }

    /// Where it ends (the place behind its last character).
    #[must_use]
    pub fn end_position(&self) -> Position {
        self.source.position(self.end as usize)
    }
}

impl PartialEq for Span {
    fn eq(&self, other: &Self) -> bool {
        (self.start, self.end) == (other.start, other.end) && self.source.path == other.source.path
    }
}

impl Eq for Span {}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.position();
        write!(f, "{}:{}:{}", self.source.path, at.line, at.column)
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    text.floor_char_boundary(offset.min(text.len()))
}

/// Reads a YAML file; `shown` is its name in messages.
///
/// # Errors
/// S0001 when it can't be read, S0002 when it is larger than [`MAX_SOURCE_BYTES`] (nothing is read then), S0003 when
/// it is not UTF-8 text.
pub fn load(path: &Path, shown: impl Into<String>) -> Result<Arc<Source>, Diagnostic> {
    let shown = shown.into();
    let unreadable = |why: String| {
        Diagnostic::error(
            code::FILE_UNREADABLE,
            format!("can't read `{shown}`: {why}"),
        )
    };
    // The kind is asked before opening: opening a named pipe would wait for a writer.
    let kind = fs::metadata(path).map_err(|e| unreadable(reason(&e)))?;
    if !kind.is_file() {
        return Err(unreadable("it is not a file".into()));
    }
    let file = File::open(path).map_err(|e| unreadable(reason(&e)))?;
    let mut bytes = Vec::new();
    if kind.len() <= MAX_SOURCE_BYTES {
        file.take(MAX_SOURCE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| unreadable(reason(&e)))?;
    }
    if kind.len().max(bytes.len() as u64) > MAX_SOURCE_BYTES {
        return Err(Diagnostic::error(
            code::FILE_TOO_LARGE,
            format!("`{shown}` has {} bytes", kind.len().max(bytes.len() as u64)),
        )
        .expected(format!("at most {MAX_SOURCE_BYTES} bytes (4 MiB)"))
        .help(
            "keep the pipeline small and let a source plugin read the data from a file of its own",
        ));
    }
    let text = String::from_utf8(bytes)
        .map_err(|error| not_text(&shown, error.as_bytes(), error.utf8_error()))?;
    if let Some(at) = text.find('\0') {
        return Err(not_text_at(&shown, at, "a zero byte"));
    }
    Ok(Source::new(shown, text))
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

fn not_text(shown: &str, bytes: &[u8], error: std::str::Utf8Error) -> Diagnostic {
    let at = error.valid_up_to();
    let byte = bytes.get(at).copied().unwrap_or_default();
    not_text_at(shown, at, &format!("the byte 0x{byte:02x}"))
}

fn not_text_at(shown: &str, at: usize, what: &str) -> Diagnostic {
    Diagnostic::error(
        code::NOT_TEXT,
        format!("`{shown}` is not UTF-8 text: {what} at offset {at}"),
    )
    .help("save the file as UTF-8; a picture, an archive or a UTF-16 file can't be read as YAML")
}

//! A feed document of any format: a first reading checks all of it and lists what is in it in few bytes an entry, a
//! second one takes the wanted entries out. Neither holds the document in memory.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;

use encoding_rs::Encoding;
use staffetta_plugin::types::Error;

use crate::encoding::{Survey, Utf8};
use crate::entry::{Entry, Meta, short};
use crate::{atom, jsonfeed, rss, webpage, xml};

/// Bytes read at once.
const PIECE: u32 = 1 << 20;
/// Bytes of a web page that are searched for feeds.
const PAGE: u64 = 512 << 10;

/// Bytes that can be read again and in any order.
pub trait Bytes {
    /// The same name means the same bytes.
    fn name(&self) -> &str;
    /// At most `length` bytes from `offset`; empty only at the end.
    ///
    /// # Errors
    /// The contract's, when they can't be had any more.
    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, Error>;
}

/// What is remembered of one entry while a document is worked through.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// The identity, hashed.
    pub id: u64,
    /// What it shares with itself under another id.
    pub twin: Option<u64>,
    /// When, in milliseconds since 1970. Entries without a date get their neighbour's.
    pub at: i64,
    /// True when the date is its own.
    pub dated: bool,
    /// True when an entry before it has the same identity.
    pub repeats: bool,
}

/// A document that was read as a whole and found good.
#[derive(Debug)]
pub struct Document {
    json: bool,
    encoding: &'static Encoding,
    /// What the feed says of itself.
    pub meta: Meta,
    /// Its entries as they stand there. Entries without any identity are left out.
    pub slots: Vec<Slot>,
    /// Indices into `slots`, the oldest entry first.
    pub order: Vec<u32>,
    /// What was odd about the document as a whole.
    pub notes: Vec<String>,
}

/// Reads a document from start to end. `url` is where it was found, `feed` the configured address.
///
/// # Errors
/// `permanent` when it is no feed or broken: then nothing of it is used.
pub fn scan(
    bytes: &dyn Bytes,
    content_type: Option<&str>,
    url: &str,
    feed: &str,
) -> Result<Document, Error> {
    let mut survey = Survey::default();
    let mut offset = 0;
    loop {
        let piece = bytes.read(offset, PIECE)?;
        if piece.is_empty() {
            break;
        }
        survey.add(&piece);
        offset += piece.len() as u64;
    }
    if survey.is_empty() {
        return Err(Error::Permanent(format!(
            "{url} is empty: the server answered without a document"
        )));
    }
    let verdict = survey.verdict(content_type.and_then(crate::encoding::charset));
    let encoding = verdict.encoding;
    let json = is_json(bytes, encoding, url)?;

    let mut slots = Vec::new();
    let mut nameless = 0_u32;
    let mut known = HashSet::new();
    let mut list = |entry: Entry| {
        match entry.identity(feed) {
            Some(identity) => {
                let id = short(&[&identity]);
                let date = entry.date();
                let at = date.map_or(0, |d| d.at);
                slots.push(Slot {
                    id,
                    twin: entry.twin(),
                    at,
                    dated: date.is_some(),
                    repeats: !known.insert(id),
                });
            }
            None => nameless += 1,
        }
        ControlFlow::Continue(())
    };
    let meta = if json {
        jsonfeed::read(open(bytes, encoding), &mut list).map_err(|fault| json_error(fault, url))?
    } else {
        let root = xml::read(open(bytes, encoding), |element, inherited| {
            list(xml_entry(element, inherited))
        })
        .map_err(|fault| xml_error(fault, bytes, encoding, url))?;
        if root.name == "atom:feed" {
            atom::meta(&root)
        } else {
            rss::meta(&root)
        }
    };
    let order = order(&mut slots);
    let mut notes: Vec<String> = verdict.note.into_iter().collect();
    if nameless > 0 {
        notes.push(format!("empty entries passed over: {nameless}"));
    }
    let repeated = slots.iter().filter(|s| s.repeats).count();
    if repeated > 0 {
        notes.push(format!(
            "entries with the id of another one, of which only the first is taken: {repeated}"
        ));
    }
    Ok(Document {
        json,
        encoding,
        meta,
        slots,
        order,
        notes,
    })
}

/// Takes entries out of a document, by their indices in `slots`; in that order.
///
/// # Errors
/// When the bytes can't be read any more.
pub fn pick(
    bytes: &dyn Bytes,
    document: &Document,
    wanted: &[u32],
    feed: &str,
) -> Result<Vec<Entry>, Error> {
    let last = wanted.iter().max().copied();
    let places: std::collections::HashMap<u32, usize> =
        wanted.iter().enumerate().map(|(at, w)| (*w, at)).collect();
    let mut found: Vec<Option<Entry>> = wanted.iter().map(|_| None).collect();
    let mut index = 0_u32;
    let mut take = |entry: Entry| {
        if entry.identity(feed).is_none() {
            return ControlFlow::Continue(());
        }
        if let Some(at) = places.get(&index) {
            found[*at] = Some(entry);
        }
        index += 1;
        if last.is_none_or(|last| index > last) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let gone = || Error::Temporary("the feed's document changed while it was read".into());
    if document.json {
        jsonfeed::read(open(bytes, document.encoding), take).map_err(|_| gone())?;
    } else {
        xml::read(open(bytes, document.encoding), |element, inherited| {
            take(xml_entry(element, inherited))
        })
        .map_err(|_| gone())?;
    }
    Ok(found.into_iter().flatten().collect())
}

fn xml_entry(element: &xml::Element, inherited: &xml::Inherited) -> Entry {
    if element.name == "item" {
        rss::entry(element, inherited)
    } else {
        atom::entry(element, inherited)
    }
}

/// Gives entries without a date that of the one before them and sorts: oldest first. Of entries of one time the later
/// in the document is the older, unless the document itself goes from old to new.
fn order(slots: &mut [Slot]) -> Vec<u32> {
    let dates: Vec<i64> = slots.iter().filter(|s| s.dated).map(|s| s.at).collect();
    let (up, down) = dates.windows(2).fold((0, 0), |(up, down), pair| {
        (
            up + u32::from(pair[0] < pair[1]),
            down + u32::from(pair[0] > pair[1]),
        )
    });
    let mut before = dates.first().copied().unwrap_or(0);
    for slot in slots.iter_mut() {
        if slot.dated {
            before = slot.at;
        } else {
            slot.at = before;
        }
    }
    let mut order: Vec<u32> = (0..u32::try_from(slots.len()).unwrap_or(u32::MAX)).collect();
    if up > down {
        order.sort_by_key(|index| (slots[*index as usize].at, *index));
    } else {
        order.sort_by_key(|index| (slots[*index as usize].at, Reverse(*index)));
    }
    order
}

fn open<'a>(bytes: &'a dyn Bytes, encoding: &'static Encoding) -> BufReader<Utf8<Pieces<'a>>> {
    let pieces = Pieces {
        bytes,
        offset: 0,
        piece: Vec::new(),
        at: 0,
    };
    BufReader::with_capacity(64 << 10, Utf8::new(pieces, encoding))
}

/// `Bytes` from the start, as a stream.
struct Pieces<'a> {
    bytes: &'a dyn Bytes,
    offset: u64,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            self.piece = self
                .bytes
                .read(self.offset, PIECE)
                .map_err(|error| io::Error::other(format!("{error:?}")))?;
            self.offset += self.piece.len() as u64;
            self.at = 0;
        }
        let count = buffer.len().min(self.piece.len() - self.at);
        buffer[..count].copy_from_slice(&self.piece[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Tells JSON from XML by the first characters, and says so when it is neither.
fn is_json(bytes: &dyn Bytes, encoding: &'static Encoding, url: &str) -> Result<bool, Error> {
    let failed = |error: io::Error| Error::Temporary(error.to_string());
    let mut head = String::new();
    open(bytes, encoding)
        .take(4096)
        .read_to_end_lossy(&mut head)
        .map_err(failed)?;
    let start =
        head.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}' || c == '\0');
    if webpage::is_page(start) {
        let mut page = String::new();
        open(bytes, encoding)
            .take(PAGE)
            .read_to_end_lossy(&mut page)
            .map_err(failed)?;
        let feeds = webpage::feeds_of(&page, url);
        let hint = if feeds.is_empty() {
            "it names no feed either".to_string()
        } else {
            format!("feeds that it names: {}", feeds.join(", "))
        };
        return Err(Error::Permanent(format!(
            "{url} is a web page, not a feed; {hint}"
        )));
    }
    match start.chars().next() {
        Some('{' | '[') => Ok(true),
        Some('<') => Ok(false),
        // Warnings of a script may stand in front of its feed.
        _ if ["<rss", "<feed", "<rdf:RDF"]
            .iter()
            .any(|root| start.contains(root)) =>
        {
            Ok(false)
        }
        _ => {
            let begin: String = start.chars().take(40).collect();
            Err(Error::Permanent(format!(
                "{url} is no feed: neither XML nor JSON; it begins with “{begin}”"
            )))
        }
    }
}

trait Lossy: Read {
    /// Reads to the end; a character cut off by a limit is replaced.
    fn read_to_end_lossy(&mut self, into: &mut String) -> io::Result<()> {
        let mut all = Vec::new();
        self.read_to_end(&mut all)?;
        into.push_str(&String::from_utf8_lossy(&all));
        Ok(())
    }
}

impl<R: Read> Lossy for R {}

fn xml_error(
    fault: xml::Fault,
    bytes: &dyn Bytes,
    encoding: &'static Encoding,
    url: &str,
) -> Error {
    match fault {
        xml::Fault::Malformed { at, message } | xml::Fault::Excessive { at, message } => {
            let (line, column) = place(bytes, encoding, at);
            Error::Permanent(format!(
                "{url} is broken at line {line}, column {column} (byte {at}): {message}; nothing of it was taken"
            ))
        }
        xml::Fault::NotAFeed(root) => Error::Permanent(format!(
            "{url} is XML, but no feed: its root element is <{root}>"
        )),
        xml::Fault::NoRoot => Error::Permanent(format!("{url} is no feed: it has no XML element")),
        xml::Fault::Io(message) => Error::Temporary(message),
    }
}

fn json_error(fault: jsonfeed::Fault, url: &str) -> Error {
    match fault {
        jsonfeed::Fault::Malformed {
            line,
            column,
            message,
        } => Error::Permanent(format!(
            "{url} is broken at line {line}, column {column}: {message}; nothing of it was taken"
        )),
        jsonfeed::Fault::NotAFeed(why) => {
            Error::Permanent(format!("{url} is JSON, but no JSON Feed: {why}"))
        }
        jsonfeed::Fault::Io(message) => Error::Temporary(message),
    }
}

/// Line and column (in characters) of a byte of the decoded text, from 1.
fn place(bytes: &dyn Bytes, encoding: &'static Encoding, at: u64) -> (u64, usize) {
    let mut reader = open(bytes, encoding).take(at);
    let (mut line, mut last) = (1, Vec::new());
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count) = reader.read(&mut buffer) {
        if count == 0 {
            break;
        }
        for byte in &buffer[..count] {
            if *byte == b'\n' {
                line += 1;
                last.clear();
            } else if last.len() < 1 << 20 {
                last.push(*byte);
            }
        }
    }
    (line, String::from_utf8_lossy(&last).chars().count() + 1)
}

//! Which encoding a document really has, and its text as UTF-8. The bytes outweigh the labels, because servers and
//! templates mislabel: text that is valid UTF-8 by accident hardly exists.

use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes at the start are looked at for declarations.
const HEAD: usize = 1024;

/// What a first reading of the bytes tells.
#[derive(Debug, Default)]
pub struct Survey {
    head: Vec<u8>,
    /// Bytes that began a UTF-8 sequence at the end of the last piece.
    pending: Vec<u8>,
    /// Well-formed sequences of more than one byte.
    sequences: u64,
    /// Places that are no UTF-8.
    broken: u64,
    total: u64,
}

/// The encoding to read with, and what was odd about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What to decode with.
    pub encoding: &'static Encoding,
    /// For people: labels that were wrong.
    pub note: Option<String>,
}

impl Survey {
    /// Takes the next piece of the document.
    pub fn add(&mut self, piece: &[u8]) {
        self.total += piece.len() as u64;
        let room = HEAD.saturating_sub(self.head.len()).min(piece.len());
        self.head.extend_from_slice(&piece[..room]);
        let joined;
        let bytes = if self.pending.is_empty() {
            piece
        } else {
            self.pending.extend_from_slice(piece);
            joined = std::mem::take(&mut self.pending);
            &joined
        };
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            // Every sequence of more than one byte has one lead byte, 0xC2 or above.
            self.sequences += chunk.valid().bytes().filter(|b| *b >= 0xC2).count() as u64;
            if chunk.invalid().is_empty() {
                continue;
            }
            let cut_off = chunks.peek().is_none()
                && std::str::from_utf8(chunk.invalid()).is_err_and(|e| e.error_len().is_none());
            if cut_off {
                self.pending = chunk.invalid().to_vec();
            } else {
                self.broken += 1;
            }
        }
    }

    /// True when there was nothing but white space at the start, or nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total <= HEAD as u64 && self.head.iter().all(|b| b.is_ascii_whitespace() || *b == 0)
    }

    /// Decides. `charset` is what HTTP said.
    #[must_use]
    pub fn verdict(&self, charset: Option<&str>) -> Verdict {
        if let Some((encoding, _)) = Encoding::for_bom(&self.head) {
            return Verdict {
                encoding,
                note: None,
            };
        }
        match self.head.get(..4) {
            Some([b'<' | b'{' | b'[', 0, _, 0]) => {
                return Verdict {
                    encoding: UTF_16LE,
                    note: None,
                };
            }
            Some([0, b'<' | b'{' | b'[', 0, _]) => {
                return Verdict {
                    encoding: UTF_16BE,
                    note: None,
                };
            }
            _ => {}
        }
        let by_http = charset.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
        let declared = declaration(&self.head);
        let by_document = declared
            .as_deref()
            .and_then(|label| Encoding::for_label(label.as_bytes()));
        // The document's own word was written by who wrote the text; a server's default was not.
        let labelled = [by_document, by_http]
            .into_iter()
            .flatten()
            .find(|e| *e != UTF_8 && is_single(e));
        let broken = self.broken + u64::from(!self.pending.is_empty());
        if broken == 0 {
            // Seven-bit encodings such as ISO-2022-JP look like ASCII.
            if let Some(encoding) = labelled.filter(|e| !e.is_ascii_compatible()) {
                return Verdict {
                    encoding,
                    note: None,
                };
            }
            let note = by_document
                .or(by_http)
                .filter(|e| *e != UTF_8 && self.sequences > 0)
                .map(|e| format!("labelled {} but written in UTF-8: read as UTF-8", e.name()));
            return Verdict {
                encoding: UTF_8,
                note,
            };
        }
        if self.sequences > broken {
            let note = format!("places that are broken UTF-8, shown as \u{FFFD}: {broken}");
            return Verdict {
                encoding: UTF_8,
                note: Some(note),
            };
        }
        match labelled {
            Some(encoding) => Verdict {
                encoding,
                note: None,
            },
            None => Verdict {
                encoding: WINDOWS_1252,
                note: Some(
                    "not UTF-8, as it says or leaves out to say: read as Windows-1252".into(),
                ),
            },
        }
    }
}

/// UTF-16 without its byte order mark or its zero bytes is a wrong label.
fn is_single(encoding: &&'static Encoding) -> bool {
    *encoding != UTF_16LE && *encoding != UTF_16BE
}

/// The `encoding` of an XML declaration.
fn declaration(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let inside = text.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = inside
        .split_once("encoding")?
        .1
        .trim_start()
        .strip_prefix('=')?
        .trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(value[1..].split(quote).next()?.trim().to_string())
}

/// The `charset` of a `Content-Type` header.
#[must_use]
pub fn charset(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("charset")
            .then(|| value.trim().trim_matches(['"', '\'']))
    })
}

/// Reads bytes of any encoding as UTF-8; a byte order mark is dropped, broken sequences become U+FFFD.
#[derive(Debug)]
pub struct Utf8<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_end: usize,
    ended: bool,
    /// Decoded bytes that did not fit the caller's buffer.
    spare: Vec<u8>,
    spare_at: usize,
}

impl<R: Read> Utf8<R> {
    /// Decodes `inner` from `encoding`.
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 64 << 10],
            raw_at: 0,
            raw_end: 0,
            ended: false,
            spare: Vec::new(),
            spare_at: 0,
        }
    }

    /// Fills `spare` with the next decoded text; leaves it empty at the end.
    fn refill(&mut self) -> io::Result<()> {
        self.spare_at = 0;
        self.spare.resize(self.raw.len() * 3 + 16, 0);
        loop {
            if self.raw_at == self.raw_end && !self.ended {
                self.raw_at = 0;
                self.raw_end = self.inner.read(&mut self.raw)?;
                self.ended = self.raw_end == 0;
            }
            let source = &self.raw[self.raw_at..self.raw_end];
            let (result, read, written, _) =
                self.decoder
                    .decode_to_utf8(source, &mut self.spare, self.ended);
            self.raw_at += read;
            if written > 0 || (self.ended && result == CoderResult::InputEmpty) {
                self.spare.truncate(written);
                return Ok(());
            }
        }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.spare_at == self.spare.len() {
            // A decoder that has been told of the end must not be asked again.
            if self.ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let ready = &self.spare[self.spare_at..];
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.spare_at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], charset: Option<&str>) -> (String, Option<String>) {
        let mut survey = Survey::default();
        // Pieces of three bytes cut sequences apart.
        bytes.chunks(3).for_each(|piece| survey.add(piece));
        let verdict = survey.verdict(charset);
        let mut text = String::new();
        Utf8::new(bytes, verdict.encoding)
            .read_to_string(&mut text)
            .unwrap();
        (text, verdict.note)
    }

    #[test]
    fn labels_that_tell_the_truth() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>perch\xe9 \x80</a>";
        assert!(read(latin, None).0.ends_with("<a>perché €</a>"));
        assert_eq!(
            read(b"<a>perch\xe9</a>", Some("iso-8859-15")),
            ("<a>perché</a>".into(), None)
        );
        assert_eq!(
            read("<a>perché</a>".as_bytes(), Some("utf-8")),
            ("<a>perché</a>".into(), None)
        );
        let japanese = b"<?xml version=\"1.0\" encoding=\"ISO-2022-JP\"?><a>\x1b$B$\"\x1b(B</a>";
        assert!(read(japanese, None).0.ends_with("<a>あ</a>"));
    }

    #[test]
    fn labels_that_lie() {
        let (text, note) = read(
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>città</a>".as_bytes(),
            None,
        );
        assert!(text.ends_with("<a>città</a>") && note.unwrap().contains("UTF-8"));
        let (text, note) = read(
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>citt\xe0 \x93x\x94</a>",
            Some("utf-8"),
        );
        assert!(text.ends_with("<a>città “x”</a>"), "{text}");
        assert!(note.unwrap().contains("Windows-1252"));
        let (text, note) = read(b"<a>\xc3\xa8 \xc3\xa9 \xc3\xb2 cut \xc3</a>", None);
        assert_eq!(text, "<a>è é ò cut \u{FFFD}</a>");
        assert!(note.unwrap().ends_with(": 1"));
    }

    #[test]
    fn marks_and_wide_encodings() {
        assert_eq!(
            read(b"\xef\xbb\xbf<a>\xc3\xa8</a>", Some("latin1")),
            ("<a>è</a>".into(), None)
        );
        let wide: Vec<u8> = "<a>è</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(read(&wide, None).0, "<a>è</a>");
        let marked: Vec<u8> = [0xFE, 0xFF]
            .into_iter()
            .chain("<è>".encode_utf16().flat_map(u16::to_be_bytes))
            .collect();
        assert_eq!(read(&marked, Some("utf-8")).0, "<è>");
    }

    #[test]
    fn header_parameter() {
        assert_eq!(
            charset("text/xml; x=1; Charset=\"ISO-8859-1\""),
            Some("ISO-8859-1")
        );
        assert_eq!(charset("text/xml"), None);
    }
}

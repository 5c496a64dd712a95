//! From a place in a string's value to its place in the file: the value lacks the quotes, escapes and line breaks that
//! were written, so both texts are walked side by side.

use super::Style;
use crate::diagnostic::Span;

/// The span of the value's bytes `start..end`, if the walk keeps in step.
pub(super) fn locate(
    span: &Span,
    style: Style,
    value: &str,
    start: usize,
    end: usize,
) -> Option<Span> {
    let raw = span.text();
    let mut walk = Walk {
        raw,
        at: content_start(raw, style),
        style,
    };
    let mut from = None;
    let mut chars = value.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        if index >= end {
            break;
        }
        let (first, behind) = walk.step(c)?;
        if index >= start {
            from.get_or_insert(first);
        }
        let last_blank =
            c.is_whitespace() && !chars.peek().is_some_and(|&(_, next)| next.is_whitespace());
        walk.at = if last_blank && !walk.escaped(first) {
            walk.skip_blank(behind)
        } else {
            behind
        };
        if let Some(from) = from
            && chars.peek().is_none_or(|&(next, _)| next >= end)
        {
            let base = span.start as usize;
            return Some(Span::new(&span.source, base + from, base + behind));
        }
    }
    // Behind the last character.
    let base = span.start as usize;
    (start >= value.len()).then(|| Span::new(&span.source, base + walk.at, base + walk.at))
}

/// Where the text begins behind a tag, an anchor and the opening quote.
fn content_start(raw: &str, style: Style) -> usize {
    match style {
        Style::Single => raw.find('\'').map_or(0, |at| at + 1),
        Style::Double => raw.find('"').map_or(0, |at| at + 1),
        Style::Block => 0,
        Style::Plain => {
            let mut rest = raw;
            while rest.starts_with(['!', '&']) {
                let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
                rest = rest.get(word..).unwrap_or_default().trim_start();
            }
            raw.len() - rest.len()
        }
    }
}

struct Walk<'a> {
    raw: &'a str,
    at: usize,
    style: Style,
}

impl Walk<'_> {
    fn rest(&self, at: usize) -> &str {
        self.raw.get(at..).unwrap_or_default()
    }

    fn escaped(&self, at: usize) -> bool {
        self.style == Style::Double && self.rest(at).starts_with('\\')
    }

    fn skip_blank(&self, at: usize) -> usize {
        let rest = self.rest(at);
        at + rest.len() - rest.trim_start().len()
    }

    /// The raw range of one character of the value.
    fn step(&self, c: char) -> Option<(usize, usize)> {
        let mut at = self.at;
        if c.is_whitespace() && !self.escaped(at) {
            // A run of blanks may stand for one: later blanks of the same run share its last place.
            let raw = self
                .rest(at)
                .chars()
                .next()
                .filter(|raw| raw.is_whitespace());
            return Some((at, at + raw.map_or(0, char::len_utf8)));
        }
        // Indentation, and line breaks that were escaped away, are not part of the value.
        loop {
            let skipped = if c.is_whitespace() {
                at
            } else {
                self.skip_blank(at)
            };
            let rest = self.rest(skipped);
            let broken = self.style == Style::Double
                && (rest.starts_with("\\\n") || rest.starts_with("\\\r\n"));
            at = if broken {
                self.skip_blank(skipped + 1)
            } else {
                skipped
            };
            if !broken {
                break;
            }
        }
        let rest = self.rest(at);
        if self.escaped(at) {
            let length = match rest.as_bytes().get(1)? {
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 1 + rest.chars().nth(1)?.len_utf8(),
            };
            return Some((at, (at + length).min(self.raw.len())));
        }
        if self.style == Style::Single && c == '\'' && rest.starts_with("''") {
            return Some((at, at + 2));
        }
        rest.starts_with(c).then(|| (at, at + c.len_utf8()))
    }
}

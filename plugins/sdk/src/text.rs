//! Text as networks see it: links, mentions and tags in it, grapheme clusters, and how much of it fits.
//!
//! What counts how much is each network's own affair (`weigh`); here is only the walk, which never splits a grapheme
//! cluster, a link, a mention or a tag.

use crate::types::{Measured, Span, SpanKind};
use unicode_segmentation::UnicodeSegmentation;

/// How many grapheme clusters (UAX 29) a text has.
#[must_use]
pub fn graphemes(text: &str) -> u32 {
    u32::try_from(text.graphemes(true).count()).unwrap_or(u32::MAX)
}

/// A unit that is never split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit<'a> {
    /// One grapheme cluster.
    Grapheme(&'a str),
    /// A whole link, mention or tag.
    Token(SpanKind, &'a str),
}

/// Measures `text`: the sum of `weigh` over its units, and the byte offset up to which the sum stays within `limit`.
/// `tokens` are byte ranges in order, as `tokens` finds them.
pub fn measure<'a>(
    text: &'a str,
    tokens: &[Span],
    limit: Option<u32>,
    unit: &str,
    weigh: impl Fn(Unit<'a>) -> u32,
) -> Measured {
    let mut length: u32 = 0;
    let mut fits: usize = 0;
    let mut add = |weight: u32, end: usize| {
        length = length.saturating_add(weight);
        if limit.is_none_or(|limit| length <= limit) {
            fits = end;
        }
    };
    let plain = |from: usize, to: usize, add: &mut dyn FnMut(u32, usize)| {
        for (at, grapheme) in text[from..to].grapheme_indices(true) {
            add(weigh(Unit::Grapheme(grapheme)), from + at + grapheme.len());
        }
    };
    let mut at = 0;
    for token in tokens {
        let (start, end) = (token.start as usize, token.end as usize);
        plain(at, start, &mut add);
        add(weigh(Unit::Token(token.kind, &text[start..end])), end);
        at = end;
    }
    plain(at, text.len(), &mut add);
    Measured {
        length,
        limit,
        unit: unit.into(),
        fits: fits as u32,
    }
}

/// The links (`http://`, `https://`), mentions (`@name`, `@name@host`, `@name.host`) and tags (`#word`) of a text, in
/// order, none overlapping. A tag of digits only is none. Punctuation after a link is not part of it, and a closing
/// bracket only where the link opened one.
#[must_use]
pub fn tokens(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut before = None::<char>;
    while let Some(next) = text[at..].chars().next() {
        let open = before
            .is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '/' | '@' | '#' | '&')));
        let token = if open {
            link(&text[at..])
                .or_else(|| mention(&text[at..]))
                .or_else(|| tag(&text[at..]))
        } else {
            None
        };
        if let Some((kind, length, target)) = token {
            found.push(Span {
                start: at as u32,
                end: (at + length) as u32,
                kind,
                target,
            });
            before = text[..at + length].chars().next_back();
            at += length;
        } else {
            before = Some(next);
            at += next.len_utf8();
        }
    }
    found
}

fn link(text: &str) -> Option<(SpanKind, usize, String)> {
    let scheme = ["https://", "http://"].into_iter().find(|s| {
        text.get(..s.len())
            .is_some_and(|t| t.eq_ignore_ascii_case(s))
    })?;
    let mut end = text
        .find(|c: char| {
            c.is_whitespace()
                || c.is_control()
                || matches!(c, '<' | '>' | '"' | '«' | '»' | '“' | '”' | '`')
        })
        .unwrap_or(text.len());
    loop {
        let last = text[..end].chars().next_back()?;
        let inside = &text[..end];
        let loose = match last {
            ')' => inside.matches(')').count() > inside.matches('(').count(),
            ']' => inside.matches(']').count() > inside.matches('[').count(),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' | '。' | '、' | '！' | '？' => {
                true
            }
            _ => false,
        };
        if !loose {
            break;
        }
        end -= last.len_utf8();
    }
    let host = text[scheme.len()..end]
        .split(['/', '?', '#'])
        .next()
        .unwrap_or_default();
    host.chars()
        .any(char::is_alphanumeric)
        .then(|| (SpanKind::Link, end, text[..end].to_string()))
}

fn mention(text: &str) -> Option<(SpanKind, usize, String)> {
    let rest = text.strip_prefix('@')?;
    let word = |s: &str, more: &[char]| {
        let end = s
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || more.contains(&c)))
            .unwrap_or(s.len());
        s[..end].trim_end_matches(['.', '-']).len()
    };
    let name = word(rest, &['.', '-']);
    if name == 0 {
        return None;
    }
    let mut length = 1 + name;
    if let Some(host) = text[length..].strip_prefix('@') {
        let host = word(host, &['.', '-', ':']);
        if host > 0 {
            length += 1 + host;
        }
    }
    Some((SpanKind::Mention, length, text[1..length].to_string()))
}

fn tag(text: &str) -> Option<(SpanKind, usize, String)> {
    let rest = text.strip_prefix('#').or_else(|| text.strip_prefix('＃'))?;
    let mark = text.len() - rest.len();
    let end = rest
        .find(|c: char| !(c.is_alphanumeric() || c == '_' || is_mark(c)))
        .unwrap_or(rest.len());
    let word = &rest[..end];
    if word.is_empty() || word.chars().all(|c| c.is_numeric() || c == '_') {
        return None;
    }
    Some((SpanKind::Tag, mark + end, word.to_string()))
}

/// Combining marks that words of many scripts need and that `is_alphanumeric` leaves out.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0900}'..='\u{0DFF}' | '\u{0E31}'..='\u{0E4E}' | '\u{200C}' | '\u{200D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        tokens(text)
            .iter()
            .map(|t| format!("{:?} {}", t.kind, t.target))
            .collect()
    }

    #[test]
    fn links_end_before_punctuation() {
        assert_eq!(
            found("See https://a.example/x_(y), (https://b.example/z)."),
            [
                "SpanKind::Link https://a.example/x_(y)",
                "SpanKind::Link https://b.example/z"
            ]
        );
    }

    #[test]
    fn mentions_and_tags() {
        assert_eq!(
            found("@anna e @luca@ex.social #Caffè #2026 a@b.example x#y"),
            [
                "SpanKind::Mention anna",
                "SpanKind::Mention luca@ex.social",
                "SpanKind::Tag Caffè"
            ]
        );
    }

    #[test]
    fn a_token_fits_whole_or_not_at_all() {
        let text = "ab https://a.example/long 👨‍👩‍👧";
        let spans = tokens(text);
        let one = |unit: Unit<'_>| match unit {
            Unit::Grapheme(_) => 1,
            Unit::Token(_, token) => token.len() as u32,
        };
        assert_eq!(measure(text, &spans, Some(10), "graphemes", one).fits, 3);
        let all = measure(text, &spans, Some(100), "graphemes", one);
        assert_eq!((all.length, all.fits as usize), (27, text.len()));
    }
}

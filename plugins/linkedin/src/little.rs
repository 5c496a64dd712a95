//! LinkedIn's "little" text: plain text in which some characters are reserved for names and tags, and must be escaped
//! wherever they mean themselves.

use staffetta_plugin::{Mention, Span, SpanKind, text};

use crate::NETWORK;

/// The characters that need a backslash. The list is not confirmed by LinkedIn's own page; an escape too many is
/// harmless, one too few is refused.
const RESERVED: &str = "\\|{}@[]()<>#*_~";

/// A text as people see it, with what becomes clickable in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Shown {
    pub text: String,
    pub spans: Vec<Span>,
    /// Names that stay plain text, because nobody looked up their URN.
    pub unknown: Vec<String>,
}

/// Finds links, tags and the people and pages whose URN is known. A label such as `@acme` is shown without its mark.
pub(crate) fn show(source: &str, mentions: &[Mention]) -> Shown {
    let mut shown = Shown {
        text: String::with_capacity(source.len()),
        spans: Vec::new(),
        unknown: Vec::new(),
    };
    let mut at = 0;
    while at < source.len() {
        let rest = &source[at..];
        if let Some((label, urn)) = named(source, at, mentions) {
            let start = shown.text.len() as u32;
            shown.text.push_str(label.trim_start_matches('@'));
            let end = shown.text.len() as u32;
            shown.spans.push(Span {
                start,
                end,
                kind: SpanKind::Mention,
                target: urn.into(),
            });
            at += label.len();
        } else if let Some(c) = rest.chars().next() {
            shown.text.push(c);
            at += c.len_utf8();
        }
    }
    let overlaps =
        |span: &Span, of: &[Span]| of.iter().any(|s| s.start < span.end && span.start < s.end);
    for span in text::tokens(&shown.text) {
        if overlaps(&span, &shown.spans) {
            continue;
        }
        match span.kind {
            SpanKind::Mention => shown.unknown.push(format!("@{}", span.target)),
            SpanKind::Link | SpanKind::Tag => shown.spans.push(span),
        }
    }
    shown.spans.sort_by_key(|span| span.start);
    shown
}

/// The mention whose label stands at `at` as a whole word, and its URN.
fn named<'a>(source: &str, at: usize, mentions: &'a [Mention]) -> Option<(&'a str, &'a str)> {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@');
    if source[..at].chars().next_back().is_some_and(word) {
        return None;
    }
    let fits = |mention: &&Mention| {
        let label = mention.label.as_str();
        !label.trim_start_matches('@').is_empty()
            && mention.network == NETWORK
            && source[at..].starts_with(label)
            && !source[at + label.len()..].chars().next().is_some_and(word)
    };
    // The longest label wins: `@acme labs` before `@acme`.
    let mention = mentions
        .iter()
        .filter(fits)
        .max_by_key(|mention| mention.label.len())?;
    let urn = mention.id.as_deref().filter(|id| is_urn(id))?;
    Some((&mention.label, urn))
}

fn is_urn(id: &str) -> bool {
    ["urn:li:person:", "urn:li:organization:"]
        .into_iter()
        .any(|start| {
            let key = id.strip_prefix(start).unwrap_or_default();
            !key.is_empty()
                && key
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
}

/// The shown text as LinkedIn's API takes it.
pub(crate) fn write(shown: &Shown) -> String {
    let mut made = String::with_capacity(shown.text.len() + 16);
    let mut at = 0;
    for span in &shown.spans {
        let (start, end) = (span.start as usize, span.end as usize);
        escape(&shown.text[at..start], &mut made);
        let words = &shown.text[start..end];
        match span.kind {
            SpanKind::Mention => {
                made.push_str("@[");
                escape(words, &mut made);
                made.push_str(&format!("]({})", span.target));
            }
            SpanKind::Tag => {
                made.push('#');
                escape(&span.target, &mut made);
            }
            SpanKind::Link => escape(words, &mut made),
        }
        at = end;
    }
    escape(&shown.text[at..], &mut made);
    made
}

fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        if RESERVED.contains(c) {
            into.push('\\');
        }
        into.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mention(label: &str, id: Option<&str>) -> Mention {
        Mention {
            label: label.into(),
            network: NETWORK.into(),
            handle: String::new(),
            id: id.map(Into::into),
        }
    }

    #[test]
    fn reserved_characters_are_escaped_outside_of_elements() {
        let shown = show("2 * (3_4) #Caffè a@b <x>\\ https://a.it/x_(y)", &[]);
        assert_eq!(
            write(&shown),
            "2 \\* \\(3\\_4\\) #Caffè a\\@b \\<x\\>\\\\ https://a.it/x\\_\\(y\\)"
        );
    }

    #[test]
    fn only_names_with_a_urn_become_mentions() {
        let known = [
            mention("@acme", Some("urn:li:organization:5")),
            mention("@anna", None),
            mention("@eve", Some("urn:li:x)(")),
        ];
        let shown = show("@acme, @acmeltd, @anna e @eve", &known);
        assert_eq!(shown.text, "acme, @acmeltd, @anna e @eve");
        assert_eq!(shown.unknown, ["@acmeltd", "@anna", "@eve"]);
        assert_eq!(
            write(&shown),
            "@[acme](urn:li:organization:5), \\@acmeltd, \\@anna e \\@eve"
        );
    }

    #[test]
    fn taking_the_escapes_away_gives_the_text_back() {
        let text = "a\\b {c|d} #x_y [1](2) ~*z*~ @q";
        let written = write(&show(text, &[]));
        let mut back = String::new();
        let mut chars = written.chars();
        while let Some(c) = chars.next() {
            back.extend(if c == '\\' { chars.next() } else { Some(c) });
        }
        assert_eq!(back, text);
    }
}

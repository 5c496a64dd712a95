//! Texts made ready to be drawn: cut into runs at what can be clicked, control characters made visible, very long ones
//! cut for display with a note. Never changes a word.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::words;
use crate::contract::types::{Span, SpanKind};

/// Characters of one text that are drawn; of the rest the page tells the number.
pub(super) const MOST_TEXT: usize = 12_000;

/// A text of several lines.
#[derive(Debug, Default, Serialize)]
pub(super) struct Text {
    runs: Vec<Run>,
    /// How much is not drawn.
    pub(super) more: Option<String>,
    /// What a reader should know about characters that can't be seen.
    unseen: Option<String>,
}

/// A stretch of one kind.
#[derive(Debug, Serialize)]
struct Run {
    text: String,
    /// `link`, `mention`, `tag`; empty for plain text.
    kind: &'static str,
    target: String,
    href: Option<String>,
}

/// A clickable stretch whose words do not say where it leads.
#[derive(Debug, Serialize)]
pub(super) struct Leads {
    words: String,
    to: String,
}

/// A text with what can be clicked in it.
pub(super) fn marked(text: &str, spans: &[Span]) -> Text {
    let (shown, more) = cut(text, MOST_TEXT);
    let mut runs = Vec::new();
    let mut at = 0;
    for (start, end, span) in stretches(shown, spans) {
        plain_run(&mut runs, &shown[at..start]);
        runs.push(Run {
            text: seen(&shown[start..end]).into_owned(),
            kind: kind(span.kind),
            target: crate::host::visible(&span.target),
            href: words::web(&span.target).filter(|_| span.kind == SpanKind::Link),
        });
        at = end;
    }
    plain_run(&mut runs, &shown[at..]);
    Text {
        runs,
        more,
        unseen: unseen(text),
    }
}

/// A text in which nothing can be clicked.
pub(super) fn plain(text: &str) -> Text {
    marked(text, &[])
}

impl Text {
    /// True when there is nothing to draw.
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }
}

/// Links and mentions whose target is not what the text shows.
pub(super) fn leads(text: &str, spans: &[Span]) -> Vec<Leads> {
    let mut out = Vec::new();
    for (start, end, span) in stretches(text, spans) {
        let shown = &text[start..end];
        let bare = |address: &str| {
            let rest = address
                .strip_prefix("https://")
                .or_else(|| address.strip_prefix("http://"));
            rest.unwrap_or(address)
                .trim_start_matches('@')
                .trim_end_matches('/')
                .to_lowercase()
        };
        if span.kind != SpanKind::Tag && bare(shown) != bare(&span.target) {
            out.push(Leads {
                words: crate::host::visible(shown),
                to: crate::host::visible(&span.target),
            });
        }
    }
    out
}

/// The spans that lie inside the text on whole characters, in order, none over another.
fn stretches<'a>(text: &str, spans: &'a [Span]) -> Vec<(usize, usize, &'a Span)> {
    let mut sorted: Vec<_> = spans
        .iter()
        .map(|span| (span.start as usize, span.end as usize, span))
        .collect();
    sorted.sort_by_key(|(start, end, _)| (*start, *end));
    let mut at = 0;
    sorted.retain(|&(start, end, _)| {
        let good = start >= at && start < end && text.get(start..end).is_some();
        if good {
            at = end;
        }
        good
    });
    sorted
}

fn plain_run(runs: &mut Vec<Run>, text: &str) {
    if !text.is_empty() {
        runs.push(Run {
            text: seen(text).into_owned(),
            kind: "",
            target: String::new(),
            href: None,
        });
    }
}

/// A kind of span as a word, and as a class of the style sheet.
pub(super) fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Link => "link",
        SpanKind::Mention => "mention",
        SpanKind::Tag => "tag",
    }
}

/// At most so many characters, and a note on the rest.
pub(super) fn cut(text: &str, most: usize) -> (&str, Option<String>) {
    let Some((at, _)) = text.char_indices().nth(most) else {
        return (text, None);
    };
    let (shown, rest) = text.split_at(at);
    let left = words::number(rest.chars().count() as u64);
    (
        shown,
        Some(format!(
            "{left} more characters are not drawn here. They are part of what is sent."
        )),
    )
}

/// Control characters have no shape of their own and HTML forbids some: each gets the picture that Unicode has for it.
pub(super) fn seen(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_control() && c != '\n') {
        return Cow::Borrowed(text);
    }
    let picture = |c: char| match c {
        '\n' | '\t' => c,
        '\0'..' ' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.replace("\r\n", "\n").chars().map(picture).collect())
}

/// Names what turns the reading direction around: with it a text can look like another one.
fn unseen(text: &str) -> Option<String> {
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut found: BTreeMap<char, usize> = BTreeMap::new();
    for c in text.chars().filter(turns) {
        *found.entry(c).or_default() += 1;
    }
    let list: Vec<String> = found
        .iter()
        .map(|(c, n)| format!("U+{:04X} × {n}", u32::from(*c)))
        .collect();
    (!list.is_empty()).then(|| {
        format!(
            "Unseen characters turn the reading direction: {}.",
            list.join(", ")
        )
    })
}

/// Before and after, each in three pieces: what is the same in front, what differs, what is the same behind.
#[derive(Debug, Serialize)]
pub(super) struct Apart {
    before: [String; 3],
    after: [String; 3],
}

/// Finds what differs, at the borders of words.
pub(super) fn apart(before: &str, after: &str) -> Apart {
    let (before, _) = cut(before, MOST_TEXT);
    let (after, _) = cut(after, MOST_TEXT);
    let mut front = 0;
    let mut same = 0;
    for ((at, one), other) in before.char_indices().zip(after.chars()) {
        if one != other {
            break;
        }
        same = at + one.len_utf8();
        if one.is_whitespace() {
            front = same;
        }
    }
    if same == before.len() && ends_word(after, same)
        || same == after.len() && ends_word(before, same)
    {
        front = same;
    }
    let (mut back, mut length) = (0, 0);
    let tails = before[front..]
        .chars()
        .rev()
        .zip(after[front..].chars().rev());
    for (one, other) in tails {
        if one != other {
            break;
        }
        length += one.len_utf8();
        if one.is_whitespace() {
            back = length;
        }
    }
    let three = |text: &str| {
        let end = text.len() - back;
        [&text[..front], &text[front..end], &text[end..]].map(|piece| seen(piece).into_owned())
    };
    Apart {
        before: three(before),
        after: three(after),
    }
}

fn ends_word(text: &str, at: usize) -> bool {
    text[at..]
        .chars()
        .next()
        .is_none_or(|c| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: u32, end: u32) -> Span {
        Span {
            start,
            end,
            kind: SpanKind::Link,
            target: "https://acme.example/x".into(),
        }
    }

    #[test]
    fn runs_give_the_text_again_whatever_the_spans_are() {
        let text = "è qui: acme.example/x \u{202e}fine";
        let spans = [
            span(8, 22),
            span(1, 3),
            span(9, 12),
            span(20, 900),
            span(5, 5),
        ];
        let drawn = marked(text, &spans);
        let joined: String = drawn.runs.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(joined, text);
        let links: Vec<&str> = drawn
            .runs
            .iter()
            .filter(|r| r.kind == "link")
            .map(|r| r.text.as_str())
            .collect();
        assert_eq!(links, ["acme.example/x"]);
        assert!(drawn.unseen.is_some_and(|note| note.contains("U+202E × 1")));
    }

    #[test]
    fn a_link_that_says_where_it_leads_is_not_listed() {
        assert!(leads("https://acme.example/x", &[span(0, 22)]).is_empty());
        let elsewhere = leads("your bank", &[span(0, 9)]);
        assert_eq!(
            (elsewhere[0].words.as_str(), elsewhere[0].to.as_str()),
            ("your bank", "https://acme.example/x")
        );
    }

    #[test]
    fn long_texts_are_cut_on_a_character_and_say_so() {
        let text = "è".repeat(MOST_TEXT + 1_234);
        let drawn = plain(&text);
        assert_eq!(drawn.runs[0].text.chars().count(), MOST_TEXT);
        assert!(
            drawn
                .more
                .is_some_and(|note| note.starts_with("1,234 more"))
        );
    }

    #[test]
    fn what_differs_is_found_at_words() {
        let found = apart(
            "Nuova collezione di primavera, in negozio",
            "Nuova collezione estiva, in negozio",
        );
        assert_eq!(
            found.before,
            ["Nuova collezione ", "di primavera,", " in negozio"]
        );
        assert_eq!(found.after, ["Nuova collezione ", "estiva,", " in negozio"]);
        let found = apart("One. Two.", "One.");
        assert_eq!(found.before, ["One.", " Two.", ""]);
        assert_eq!(found.after, ["One.", "", ""]);
        let found = apart("aa", "aaaa");
        assert_eq!(
            [found.before.concat(), found.after.concat()],
            ["aa", "aaaa"]
        );
    }
}

//! What the network makes clickable. It links nothing by itself: a post says which bytes are a link, a mention or a
//! tag. Here such stretches are found in a text as written, by the habits of the network's own apps; nothing is looked
//! up, so a mention is clickable only where its DID is known beforehand.

use staffetta_plugin::{Mention, SpanKind, text};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_segmentation::UnicodeSegmentation;

use crate::NETWORK;

/// A stretch of a text that is never split, in bytes of the text as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Where it begins.
    pub start: usize,
    /// Where it ends, exclusive.
    pub end: usize,
    /// What it is.
    pub kind: SpanKind,
    /// The URL, the handle or the tag.
    pub target: String,
    /// For mentions: the DID. Without it the words stay plain text.
    pub did: Option<String>,
}

/// The tokens of a text, in order, none overlapping. `mentions` are the people that the post names; of them only those
/// of this network count. Words that look like a handle are tokens too, so that they are not split.
#[must_use]
pub fn tokens(text: &str, mentions: &[Mention]) -> Vec<Token> {
    let mut found: Vec<Token> = text::tokens(text)
        .into_iter()
        .filter(|span| span.kind == SpanKind::Link)
        .map(|span| Token {
            start: span.start as usize,
            end: span.end as usize,
            kind: SpanKind::Link,
            target: span.target,
            did: None,
        })
        .collect();
    let mut named: Vec<&Mention> = mentions
        .iter()
        .filter(|m| m.network == NETWORK && !m.label.is_empty())
        .collect();
    // `@anna.example` before `@anna`, so that the longer name wins where both would match.
    named.sort_by_key(|m| std::cmp::Reverse(m.label.len()));
    for mention in named {
        for (start, _) in text.match_indices(&mention.label) {
            let end = start + mention.label.len();
            if whole_words(text, start, end) {
                add(
                    &mut found,
                    Token {
                        start,
                        end,
                        kind: SpanKind::Mention,
                        target: mention.handle.trim_start_matches('@').into(),
                        did: mention.id.clone().filter(|id| id.starts_with("did:")),
                    },
                );
            }
        }
    }
    let mut before = None;
    for (start, next) in text.char_indices() {
        let token = match next {
            '@' if opens(before, true) => handle(text, start),
            '#' | '＃' if opens(before, false) => tag(text, start, next.len_utf8()),
            '$' if opens(before, true) => ticker(text, start),
            _ => None,
        };
        if let Some(token) = token {
            add(&mut found, token);
        }
        before = Some(next);
    }
    found.sort_by_key(|t| t.start);
    found
}

/// Adds a token unless it touches one that is there.
fn add(found: &mut Vec<Token>, token: Token) {
    if found
        .iter()
        .all(|t| token.end <= t.start || t.end <= token.start)
    {
        found.push(token);
    }
}

fn opens(before: Option<char>, bracket: bool) -> bool {
    before.is_none_or(|c| c.is_whitespace() || (bracket && c == '('))
}

/// True when no letter or digit stands against either end, so that `@anna` is not found in `@annabella`. A dot counts
/// as part of a handle only if something follows it.
fn whole_words(text: &str, start: usize, end: usize) -> bool {
    let left = text[..start].chars().next_back();
    let mut right = text[end..].chars();
    let next = right.next();
    let joined = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@');
    let dotted = matches!(next, Some('.' | '-')) && right.next().is_some_and(char::is_alphanumeric);
    !left.is_some_and(joined) && !next.is_some_and(joined) && !dotted
}

/// `@name.example`: only a handle with a dot can belong to somebody here.
fn handle(text: &str, start: usize) -> Option<Token> {
    let rest = &text[start + 1..];
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-')))
        .unwrap_or(rest.len());
    let name = rest[..end].trim_end_matches(['.', '-']);
    // `@name@host` is another network's.
    let foreign = rest[name.len()..].starts_with(['@', '_']);
    (is_handle(name) && !foreign).then(|| Token {
        start,
        end: start + 1 + name.len(),
        kind: SpanKind::Mention,
        target: name.into(),
        did: None,
    })
}

/// True for what can be a handle: a host name of two labels or more, the last one not a number.
#[must_use]
pub fn is_handle(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    let fine = |label: &&str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    name.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(fine)
        && labels
            .last()
            .is_some_and(|last| last.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// `#word`: up to the next space; punctuation inside belongs to it, punctuation at its end does not.
fn tag(text: &str, start: usize, mark: usize) -> Option<Token> {
    let rest = &text[start + mark..];
    if rest.starts_with('\u{fe0f}') {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || invisible(c))
        .unwrap_or(rest.len());
    let run = &rest[..end];
    if !run.chars().any(|c| !c.is_ascii_digit() && !punctuation(c)) {
        return None;
    }
    let word = run.trim_end_matches(punctuation);
    // The apps count UTF-16 units, the lexicon graphemes: the smaller of the two is safe with both.
    (!word.is_empty() && word.encode_utf16().count() <= 64).then(|| Token {
        start,
        end: start + mark + word.len(),
        kind: SpanKind::Tag,
        target: word.into(),
        did: None,
    })
}

/// `$ABC`: a share's ticker, which the apps treat as a tag that keeps its sign.
fn ticker(text: &str, start: usize) -> Option<Token> {
    let rest = &text[start + 1..];
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let closed = rest[length..].chars().next().is_none_or(|c| {
        c.is_whitespace()
            || matches!(
                c,
                '.' | ',' | ';' | ':' | '!' | '?' | ')' | '"' | '\'' | '’'
            )
    });
    let fine =
        (1..=5).contains(&length) && rest.starts_with(|c: char| c.is_ascii_alphabetic()) && closed;
    fine.then(|| Token {
        start,
        end: start + 1 + length,
        kind: SpanKind::Tag,
        target: format!("${}", rest[..length].to_ascii_uppercase()),
        did: None,
    })
}

/// Characters without width that end a tag.
fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{2060}' | '\u{200a}'..='\u{200d}' | '\u{20e2}' | '\u{feff}'
    )
}

fn punctuation(c: char) -> bool {
    c.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// The visible text of a link: its host in full and at most `path` graphemes of what follows. The scheme is left out;
/// the whole URL stands in the facet.
#[must_use]
pub fn short_link(url: &str, path: usize) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = bare.find(['/', '?', '#']).unwrap_or(bare.len());
    let rest = if &bare[host..] == "/" {
        ""
    } else {
        &bare[host..]
    };
    let mut clusters = rest.grapheme_indices(true).skip(path.saturating_sub(1));
    match (clusters.next(), clusters.next()) {
        (Some((cut, _)), Some(_)) => format!("{}{}…", &bare[..host], &rest[..cut]),
        _ => format!("{}{rest}", &bare[..host]),
    }
}

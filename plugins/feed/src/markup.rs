//! What single HTML tags say: their attributes, sizes, sources, and whether anybody sees them. Knows no text around them.

use std::collections::BTreeMap;

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{HtmlString, Spanned, StringReader, Tokenizer};

use crate::link;

/// A tag's attributes.
pub(crate) type Attributes = BTreeMap<HtmlString, Spanned<HtmlString, usize>>;

/// The tokens of HTML, with their places. The whole plugin uses this one kind: each further one is the tokenizer's code
/// once more.
pub(crate) fn tokens(html: &str) -> Tokenizer<StringReader<'_>, DefaultEmitter<usize>> {
    Tokenizer::new_with_emitter(html, DefaultEmitter::new_with_span())
}

/// Bytes of the tokenizer as text.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// An attribute, trimmed; none when absent or empty.
pub(crate) fn attribute(attributes: &Attributes, name: &str) -> Option<String> {
    let value = attributes.get(name.as_bytes())?;
    let text = text_of(value).trim().to_string();
    (!text.is_empty()).then_some(text)
}

/// Elements that have no end tag, so that hiding one must not hide what follows.
pub(crate) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "img"
            | "br"
            | "hr"
            | "input"
            | "source"
            | "wbr"
            | "link"
            | "meta"
            | "embed"
            | "col"
            | "area"
            | "track"
    )
}

pub(crate) fn is_invisible(attributes: &Attributes) -> bool {
    attributes.contains_key("hidden".as_bytes())
        || attribute(attributes, "style").is_some_and(|style| {
            let style: String = style.to_lowercase().split_whitespace().collect();
            style.contains("display:none") || style.contains("visibility:hidden")
        })
}

/// Words that are the address itself, whole or cut at the end for display.
pub(crate) fn stands_for(words: &str, url: &str) -> bool {
    let (words, url) = (link::same_to_people(words), link::same_to_people(url));
    if words == url {
        return true;
    }
    let cut = words
        .strip_suffix('…')
        .or_else(|| words.strip_suffix("..."));
    cut.is_some_and(|start| start.len() >= 4 && start.contains('.') && url.starts_with(start))
}

/// The characters of a picture that stands for an emoji.
pub(crate) fn emoji(attributes: &Attributes) -> Option<String> {
    let class = attribute(attributes, "class").unwrap_or_default();
    let marked = class
        .split_whitespace()
        .any(|c| matches!(c, "wp-smiley" | "emoji" | "emojione" | "twemoji"));
    let alt = attribute(attributes, "alt")?;
    (marked && alt.chars().count() <= 12).then_some(alt)
}

/// The widest candidate of a `srcset`.
pub(crate) fn largest(srcset: &str) -> Option<String> {
    srcset
        .split(", ")
        .flat_map(|part| {
            part.split(",http").enumerate().map(|(i, p)| {
                if i == 0 {
                    p.to_string()
                } else {
                    format!("http{p}")
                }
            })
        })
        .filter_map(|candidate| {
            let mut words = candidate.trim().trim_end_matches(',').split_whitespace();
            let url = words.next()?.to_string();
            let size = words
                .next()
                .and_then(|d| d.trim_end_matches(['w', 'x']).parse::<f32>().ok())
                .unwrap_or(1.0);
            Some((size, url))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, url)| url)
}

pub(crate) fn pixels(attributes: &Attributes, name: &str) -> Option<u32> {
    let value = attribute(attributes, name)?;
    value
        .strip_suffix("px")
        .unwrap_or(&value)
        .trim()
        .parse()
        .ok()
}

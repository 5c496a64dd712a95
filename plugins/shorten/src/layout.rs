//! What stands below the body: the link and the tags, where they do something in the text. The text is the body, then
//! the link, then the tags, parted by empty lines; what the author wrote at the end of the text in that way counts as
//! already written, so the same rule applied twice adds nothing.

use staffetta_plugin::text::tokens;
use staffetta_plugin::{LinkPlace, Post, PostLimits, Span, SpanKind};

use crate::config::{Config, Into};

/// Between paragraphs.
pub const PARAGRAPH: &str = "\n\n";

/// What to write below the body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tail {
    /// Links and tags that ended the text when it came, as they stood.
    pub written: String,
    /// The post's link, if it goes into the text and is not in it.
    pub link: Option<String>,
    /// Tags with their `#` that go into the text and are not in it.
    pub tags: Vec<String>,
}

impl Tail {
    /// As text, without the empty line before it.
    #[must_use]
    pub fn text(&self) -> String {
        let tags = self.tags.join(" ");
        let parts = [
            self.written.as_str(),
            self.link.as_deref().unwrap_or_default(),
            &tags,
        ];
        let parts: Vec<&str> = parts.into_iter().filter(|p| !p.is_empty()).collect();
        parts.join(PARAGRAPH)
    }

    /// `body` and this below it.
    #[must_use]
    pub fn below(&self, body: &str) -> String {
        join(body, &self.text())
    }
}

/// Two stretches of text as paragraphs; an empty one leaves no empty lines.
#[must_use]
pub fn join(body: &str, tail: &str) -> String {
    match (body.is_empty(), tail.is_empty()) {
        (_, true) => body.into(),
        (true, false) => tail.into(),
        (false, false) => format!("{body}{PARAGRAPH}{tail}"),
    }
}

/// Where a network wants the post's link and tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// The link goes into the text.
    pub link: bool,
    /// The tags go into the text.
    pub tags: bool,
}

/// Decides by the network's limits: where it asks for a title or subject, or lists a field `link` or `tags`, those are
/// its own fields; else the link goes where it can be clicked, and tags where the text is what people search.
#[must_use]
pub fn places(config: &Config, limits: &PostLimits) -> Places {
    let has = |name: &str| limits.fields.iter().any(|f| f.name == name);
    let titled = limits
        .fields
        .iter()
        .any(|f| f.required && matches!(f.name.as_str(), "title" | "subject"));
    let clickable = limits.links == LinkPlace::Text;
    let choose = |into, auto| match into {
        Into::Auto => auto,
        Into::Never => false,
        Into::Always => true,
    };
    let link = clickable && !titled && !has("link");
    let tags = limits.max_tags != Some(0)
        && !titled
        && !has("tags")
        && (clickable || limits.max_tags.is_some());
    Places {
        link: choose(config.link, link),
        tags: choose(config.tags, tags),
    }
}

/// A tag as it is written in a text: as given, words joined with a capital each; none when nothing of it can be a tag.
#[must_use]
pub fn hashtag(tag: &str) -> Option<String> {
    let plain = tag.trim().trim_start_matches(['#', '＃']);
    // The walk that reads tags out of texts says what is one; the rest parts words.
    let whole = format!("#{plain}");
    if let [
        Span {
            start: 0,
            end,
            kind: SpanKind::Tag,
            ..
        },
    ] = tokens(&whole)[..]
        && end as usize == whole.len()
    {
        return Some(whole);
    }
    let joined: String = plain
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        })
        .collect();
    let whole = format!("#{joined}");
    matches!(tokens(&whole)[..], [Span { start: 0, end, kind: SpanKind::Tag, .. }] if end as usize == whole.len())
        .then_some(whole)
}

/// Parts a text into its body and the links and tags that end it on lines of their own.
#[must_use]
pub fn split(text: &str) -> (&str, &str) {
    let text = text.trim_end();
    let found = tokens(text);
    let mut start = text.len();
    for token in found.iter().rev().filter(|t| t.kind != SpanKind::Mention) {
        let ends_here = text[token.end as usize..start]
            .chars()
            .all(char::is_whitespace);
        if !ends_here {
            break;
        }
        start = token.start as usize;
    }
    // A link that ends a sentence belongs to it: only a paragraph of their own counts.
    loop {
        let body = text[..start].trim_end();
        if start == text.len() || body.is_empty() || text[body.len()..start].contains('\n') {
            return (body, &text[start..]);
        }
        start = found
            .iter()
            .map(|t| t.start as usize)
            .find(|&at| at > start)
            .unwrap_or(text.len());
    }
}

/// What a text says already, of a post's link and tags.
#[must_use]
pub fn has_link(text: &str, link: &str) -> bool {
    let bare = |url: &str| url.trim_end_matches('/').to_string();
    tokens(text)
        .iter()
        .any(|t| t.kind == SpanKind::Link && bare(&t.target) == bare(link))
}

/// Whether a text has a tag, given with its `#`, in capitals or not.
#[must_use]
pub fn has_tag(text: &str, tag: &str) -> bool {
    let wanted = tag.trim_start_matches('#').to_lowercase();
    tokens(text)
        .iter()
        .any(|t| t.kind == SpanKind::Tag && t.target.to_lowercase() == wanted)
}

/// What a post wants in its text: its link, and its tags as they are written, each once.
#[must_use]
pub fn wanted(post: &Post, places: Places) -> (Option<String>, Vec<String>) {
    let link = post
        .link
        .clone()
        .filter(|link| places.link && !link.trim().is_empty());
    let mut tags: Vec<String> = Vec::new();
    if places.tags {
        for tag in post.tags.iter().filter_map(|tag| hashtag(tag)) {
            if !tags.iter().any(|t| t.to_lowercase() == tag.to_lowercase()) {
                tags.push(tag);
            }
        }
    }
    (link, tags)
}

/// How many tags a text has.
#[must_use]
pub fn count_tags(text: &str) -> usize {
    tokens(text)
        .iter()
        .filter(|t| t.kind == SpanKind::Tag)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_written_so_that_networks_read_them() {
        assert_eq!(hashtag("CaffèNuovo").as_deref(), Some("#CaffèNuovo"));
        assert_eq!(hashtag("#social media").as_deref(), Some("#SocialMedia"));
        assert_eq!(hashtag("e-commerce").as_deref(), Some("#ECommerce"));
        assert_eq!(hashtag("2026"), None);
        assert_eq!(hashtag(" # "), None);
    }

    #[test]
    fn a_paragraph_of_links_and_tags_is_the_tail() {
        assert_eq!(
            split("Ciao.\n\nhttps://a.example\n\n#Uno #Due "),
            ("Ciao.", "https://a.example\n\n#Uno #Due")
        );
        assert_eq!(
            split("Leggi https://a.example\n\n#Uno"),
            ("Leggi https://a.example", "#Uno")
        );
        assert_eq!(
            split("Leggi https://a.example"),
            ("Leggi https://a.example", "")
        );
        assert_eq!(split("#Uno"), ("", "#Uno"));
        assert_eq!(split("Ciao @anna"), ("Ciao @anna", ""));
    }

    #[test]
    fn what_is_there_is_seen() {
        assert!(has_link("Su https://a.example/.", "https://a.example"));
        assert!(!has_link("Su https://a.example/b", "https://a.example"));
        assert!(has_tag("con #caffè", "#Caffè"));
        assert!(!has_tag("con caffè", "#caffè"));
    }
}

//! One entry of a feed as its format wrote it, before anything is resolved or converted, and its identity.

use std::borrow::Cow;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use staffetta_plugin::types::Media;

use crate::flow::Flow;
use crate::{date, html, link};

/// Text whose kind the format says, or leaves to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// Characters as they are.
    Plain(String),
    /// HTML.
    Html(String),
    /// RSS does not say: HTML when it looks like it.
    Either(String),
}

impl Words {
    /// The text as it was written.
    #[must_use]
    pub fn raw(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Html(text) | Self::Either(text) => text,
        }
    }

    /// True when it has to be read as HTML.
    #[must_use]
    pub fn is_html(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Html(_) => true,
            Self::Either(text) => html::has_tags(text),
        }
    }

    /// As one line without markup; none when nothing is left.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        let line = if self.is_html() {
            html::to_line(self.raw())
        } else {
            self.plain()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        (!line.is_empty()).then_some(line)
    }

    /// The characters of what is no HTML. RSS without tags may still have entities, escaped twice by its template.
    fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Either(text) => html::unescaped(text).into(),
            other => other.raw().into(),
        }
    }

    /// As plain text with paragraphs, and the media in it.
    #[must_use]
    pub fn render(&self, context: html::Context<'_>) -> html::Rendered {
        if self.is_html() {
            return html::to_text(self.raw(), context);
        }
        let mut flow = Flow::default();
        flow.open_pre();
        flow.text(&self.plain());
        html::Rendered {
            text: flow.finish(),
            media: Vec::new(),
        }
    }
}

/// An entry. Addresses are as written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// guid, Atom id, JSON id, `rdf:about`.
    pub id: Option<String>,
    /// The id may serve as the link.
    pub permalink: bool,
    /// The page.
    pub link: Option<String>,
    /// The base that its own markup sets.
    pub base: Option<String>,
    /// The title.
    pub title: Option<Words>,
    /// The full content.
    pub content: Option<Words>,
    /// The shorter text.
    pub summary: Option<Words>,
    /// Date of publication as written.
    pub published: Option<String>,
    /// Date of the last change as written.
    pub updated: Option<String>,
    /// Names, not mail addresses.
    pub authors: Vec<String>,
    /// Categories and keywords.
    pub tags: Vec<String>,
    /// As written.
    pub language: Option<String>,
    /// Enclosures, attachments, media elements, in order.
    pub media: Vec<Media>,
    /// Small pictures that stand for the entry: used when there is no other.
    pub thumbnails: Vec<Media>,
    /// What has no place in a post.
    pub extra: Map<String, Value>,
}

/// What a feed says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// Its name.
    pub title: Option<String>,
    /// Its web page, as written.
    pub link: Option<String>,
    /// As written.
    pub language: Option<String>,
    /// Who writes where an entry does not say.
    pub author: Option<String>,
    /// Where older entries are, as written.
    pub next: Option<String>,
    /// The base that the root element sets.
    pub base: Option<String>,
}

impl Entry {
    /// The identity inside the feed, the same at every fetch: its id, else its link, else a hash of title, date and
    /// text. `feed` is the configured address, so that a redirect changes no identity. None when the entry is empty.
    #[must_use]
    pub fn identity(&self, feed: &str) -> Option<String> {
        if let Some(id) = self
            .id
            .as_deref()
            .map(str::trim)
            .filter(|id| !id.is_empty())
        {
            return Some(id.into());
        }
        let base = self.base.as_deref().unwrap_or(feed);
        if let Some(url) = self
            .link
            .as_deref()
            .and_then(|l| link::absolute(l, Some(base)))
        {
            return Some(url);
        }
        let title = self
            .title
            .as_ref()
            .and_then(Words::line)
            .unwrap_or_default();
        let date = self
            .published
            .as_deref()
            .or(self.updated.as_deref())
            .unwrap_or_default()
            .trim();
        // An entry that has a title and a date stays itself when its text is corrected.
        let text = if title.is_empty() || date.is_empty() {
            self.content
                .as_ref()
                .or(self.summary.as_ref())
                .map(Words::raw)
                .unwrap_or_default()
        } else {
            ""
        };
        if title.is_empty() && text.is_empty() && self.media.is_empty() {
            return None;
        }
        let media = if text.is_empty() && title.is_empty() {
            self.media.first().and_then(|m| m.url.as_deref())
        } else {
            None
        };
        Some(format!(
            "hash:{}",
            hex(&digest(&[&title, date, text, media.unwrap_or_default()])[..16])
        ))
    }

    /// When it was published, or else changed; none without a readable date.
    #[must_use]
    pub fn date(&self) -> Option<date::Date> {
        [&self.published, &self.updated]
            .into_iter()
            .flatten()
            .find_map(|text| date::parse(text))
    }

    /// What two entries have in common that are the same one under another id: title and time to the second. None when
    /// that is too little to tell.
    #[must_use]
    pub fn twin(&self) -> Option<u64> {
        let date = self.date().filter(|d| d.timed && d.at % 86_400_000 != 0)?;
        let title = self.title.as_ref().and_then(Words::line)?;
        Some(short(&[&title.to_lowercase(), &date.at.to_string()]))
    }
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps `ab` + `c` and `a` + `bc` apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

/// 48 bits of a hash: among ten thousand remembered entries one in 28 thousand million new ones meets another's.
#[must_use]
pub fn short(parts: &[&str]) -> u64 {
    digest(parts)[..6]
        .iter()
        .fold(0, |all, byte| all << 8 | u64::from(*byte))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! A post as it came from its source, for the column that stands beside the variants.

use serde::Serialize;

use super::pictures::{Album, Frame};
use super::text::{self, Text};
use super::words::{self, Moment};
use crate::contract::types::Post;
use crate::host::{BlobError, visible};

/// The source's side.
#[derive(Debug, Serialize)]
pub(super) struct Source {
    title: Option<String>,
    text: Option<Text>,
    /// The source has HTML and no plain text.
    html_only: bool,
    summary: Option<Text>,
    link: Option<Address>,
    pictures: Vec<Frame>,
    tags: Vec<String>,
    author: Option<String>,
    language: Option<String>,
    published: Option<Moment>,
    updated: Option<Moment>,
    /// Where people read the original.
    original: Option<Address>,
    /// The feed or folder.
    from: String,
    item: String,
    /// Segments that the text was split into already.
    parts: usize,
    by_hand: Vec<ByHand>,
}

/// An address, and where a click may lead.
#[derive(Debug, Serialize)]
pub(super) struct Address {
    words: String,
    href: Option<String>,
}

/// A person's own words for one network or account.
#[derive(Debug, Serialize)]
struct ByHand {
    target: String,
    field: String,
    value: Text,
    place: String,
}

/// An address ready to be shown.
pub(super) fn address(of: &str) -> Address {
    Address {
        words: visible(of),
        href: words::web(of),
    }
}

/// A language tag that can stand in a `lang` attribute.
pub(super) fn language(post: &Post) -> Option<String> {
    let sound = |tag: &&str| {
        let parts = || tag.split('-');
        parts()
            .next()
            .is_some_and(|first| matches!(first.len(), 2 | 3))
            && parts().all(|part| {
                matches!(part.len(), 1..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            })
    };
    post.language.as_deref().filter(sound).map(str::to_string)
}

/// What was written is JSON, and mostly one text.
fn plain(value: &str) -> String {
    serde_json::from_str::<String>(value).unwrap_or_else(|_| value.into())
}

/// Makes it ready.
///
/// # Errors
/// When the disk does not give a stored picture.
pub(super) fn source(post: &Post, album: &mut Album<'_>) -> Result<Source, BlobError> {
    let written = |text: &str| Some(text::plain(text)).filter(|text| !text.is_empty());
    Ok(Source {
        title: post.title.as_deref().map(visible),
        text: written(&post.text),
        html_only: post.text.trim().is_empty() && post.html.is_some(),
        summary: post.summary.as_deref().and_then(written),
        link: post.link.as_deref().map(address),
        pictures: post
            .media
            .iter()
            .map(|media| album.frame(media, None))
            .collect::<Result<_, _>>()?,
        tags: post.tags.iter().map(|tag| visible(tag)).collect(),
        author: post.author.as_deref().map(visible),
        language: language(post),
        published: post.origin.published.and_then(words::moment),
        updated: post
            .origin
            .updated
            .filter(|at| Some(*at) != post.origin.published)
            .and_then(words::moment),
        original: post
            .origin
            .url
            .as_deref()
            .filter(|url| Some(*url) != post.link.as_deref())
            .map(address),
        from: visible(&post.origin.source),
        item: visible(&post.origin.item),
        parts: post.thread.len(),
        by_hand: post
            .overrides
            .iter()
            .map(|own| ByHand {
                target: visible(&own.target),
                field: words::field(&own.field),
                value: text::plain(&plain(&own.value)),
                place: visible(&own.place),
            })
            .collect(),
    })
}

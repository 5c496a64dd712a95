//! From a post to the exact pin: title, description, link, board, pictures and the body of `POST /v5/pins`.
//!
//! The payload names what only the sending knows by a placeholder: `{media:0}` is the base64 of that picture's bytes,
//! or a video's id after its upload. Pictures that the host does not hold are named by their URL.

use serde_json::{Map, Value, json};
use staffetta_plugin::body::with_tags;
use staffetta_plugin::{
    Composed, Field, Length, Media, MediaKind, Part, Post, serde_json, text as words,
};

use crate::settings::{Board, Known};
use crate::{UNIT, characters};

/// The one pin that would be sent.
pub(crate) fn compose(known: &Known, post: &Post) -> Composed {
    let mut notes = Vec::new();
    let limit = known.facts.count("text");
    let mut text = post.text.trim().to_string();
    if known.settings.tags {
        let has_room = |text: &str| limit.is_none_or(|limit| characters(text) <= limit);
        text = with_tags(&text, &post.tags, words::tokens, has_room, &mut notes);
    }
    if post.thread.len() > 1 {
        notes.push(
            "A pin has one description: the whole text is used, not the parts of the thread."
                .into(),
        );
    }
    let title = post
        .title
        .as_deref()
        .map(str::trim)
        .filter(|title| !title.is_empty());
    let link = post
        .link
        .as_deref()
        .map(str::trim)
        .filter(|link| !link.is_empty());
    let board = known.settings.board(post);
    // The schema has one alternative text: that of the first picture.
    let alt = post.media.iter().find_map(|m| m.alt.as_deref());
    if post.media.len() > 1 && post.media.iter().skip(1).any(|m| m.alt.is_some()) {
        notes.push("A pin has one alternative text: that of its first picture.".into());
    }

    let length = |field: &str, text: &str, key: &str| Length {
        field: field.into(),
        length: characters(text),
        limit: known.facts.count(key),
        unit: UNIT.into(),
    };
    let mut lengths = vec![length("text", &text, "text")];
    let mut fields = Vec::new();
    let board_id = board.id.as_deref();
    for (name, value) in [
        ("title", title),
        ("link", link),
        ("board", board_id),
        ("board-section", board.section.as_deref()),
    ] {
        let Some(value) = value else { continue };
        fields.push(Field {
            name: name.into(),
            value: value.into(),
        });
        if matches!(name, "title" | "link") {
            lengths.push(length(name, value, name));
        }
    }
    for (index, media) in post.media.iter().enumerate() {
        if let Some(alt) = &media.alt {
            lengths.push(length(&format!("media[{index}].alt"), alt, "alt"));
        }
    }
    let payload = payload(&text, title, link, &board, alt, &post.media);
    let part = Part {
        // Nothing in a description can be clicked, as far as is known.
        spans: Vec::new(),
        media: post.media.clone(),
        card: None,
        payload: payload.to_string(),
        payload_type: "application/json".into(),
        text,
        fields,
        lengths,
    };
    Composed {
        parts: vec![part],
        notes,
    }
}

fn payload(
    text: &str,
    title: Option<&str>,
    link: Option<&str>,
    board: &Board,
    alt: Option<&str>,
    media: &[Media],
) -> Value {
    let mut payload = Map::new();
    let description = Some(text).filter(|text| !text.is_empty());
    for (key, value) in [
        ("board_id", board.id.as_deref()),
        ("board_section_id", board.section.as_deref()),
        ("title", title),
        ("description", description),
        ("link", link),
        ("alt_text", alt),
    ] {
        if let Some(value) = value {
            payload.insert(key.into(), value.into());
        }
    }
    if let Some(source) = source(media) {
        payload.insert("media_source".into(), source);
    }
    payload.into()
}

/// One picture, several, or a video with a picture as its cover.
fn source(media: &[Media]) -> Option<Value> {
    let placeholder = |index: usize| format!("{{media:{index}}}");
    if let Some(index) = media.iter().position(|m| m.kind == MediaKind::Video) {
        let mut video = json!({"source_type": "video_id", "media_id": placeholder(index)});
        if let Some((index, cover)) = media
            .iter()
            .enumerate()
            .find(|(_, m)| m.kind == MediaKind::Image)
        {
            match remote(cover) {
                Some(url) => video["cover_image_url"] = url.into(),
                None => {
                    video["cover_image_content_type"] = media_type(cover).into();
                    video["cover_image_data"] = placeholder(index).into();
                }
            }
        }
        return Some(video);
    }
    let pictures: Vec<(usize, &Media)> = media.iter().enumerate().collect();
    let bytes = |&(index, media): &(usize, &Media)| json!({"content_type": media_type(media), "data": placeholder(index)});
    match &pictures[..] {
        [] => None,
        [one] => Some(match remote(one.1) {
            Some(url) => json!({"source_type": "image_url", "url": url}),
            None => {
                let mut source = bytes(one);
                source["source_type"] = "image_base64".into();
                source
            }
        }),
        // The network wants all of them in one way; bytes are always possible.
        many => Some(
            match many
                .iter()
                .map(|(_, m)| remote(m))
                .collect::<Option<Vec<&str>>>()
            {
                Some(urls) => {
                    let items: Vec<Value> = urls.iter().map(|url| json!({ "url": url })).collect();
                    json!({"source_type": "multiple_image_urls", "items": items})
                }
                None => {
                    let items: Vec<Value> = many.iter().map(bytes).collect();
                    json!({"source_type": "multiple_image_base64", "items": items})
                }
            },
        ),
    }
}

/// The URL of a picture whose bytes the host does not hold.
fn remote(media: &Media) -> Option<&str> {
    media.url.as_deref().filter(|_| media.blob.is_none())
}

fn media_type(media: &Media) -> &str {
    if media.media_type.is_empty() {
        "image/jpeg"
    } else {
        &media.media_type
    }
}

//! From a post to the exact parts: final text, what is clickable in it, lengths, media and the body of `POST /2/tweets`.
//!
//! The payload names what only the sending knows by a placeholder: `{media:0}` is the id of that upload of the part,
//! `{part:0}` the id of that part of the thread.

use serde_json::{Map, Value, json};
use staffetta_plugin::body::Body;
use staffetta_plugin::{Card, Composed, Length, Media, Part, Post, SpanKind, serde_json};
use unicode_normalization::UnicodeNormalization;

use crate::settings::Known;
use crate::{NETWORK, UNIT, count, entities, thread};

/// The parts that would be sent for a post.
pub(crate) fn compose(known: &Known, post: &Post) -> Composed {
    let mut notes = Vec::new();
    let (limit, settings) = (known.limit(), &known.settings);
    let body = Body {
        network: NETWORK,
        find: entities::find,
        link: settings.link,
        tags: settings.tags,
    };
    let has_room =
        |text: &str| settings.thread || limit.is_none_or(|limit| count::length(text) <= limit);
    let mut parts = body.parts(post, has_room, &mut notes);
    for (text, _) in &mut parts {
        *text = normal(text);
    }
    if let ([(text, _)], true) = (&mut parts[..], settings.thread) {
        let mut texts = thread::split(text, limit).into_iter();
        *text = texts.next().unwrap_or_default();
        parts.extend(texts.map(|text| (text, Vec::new())));
        if parts.len() > 1 {
            let count = parts.len();
            notes.push(format!(
                "The text is too long for one post and became a thread of {count}."
            ));
        }
    }
    let parts: Vec<Part> = parts
        .into_iter()
        .enumerate()
        .map(|(index, (text, media))| part(known, post, index, text, media))
        .collect();
    notes.extend(price(known, &parts));
    Composed { parts, notes }
}

fn normal(text: &str) -> String {
    text.nfc().collect()
}

fn part(known: &Known, post: &Post, index: usize, text: String, media: Vec<Media>) -> Part {
    let spans = entities::find(&text);
    let length = |field: String, length: u32, limit: Option<u32>, unit: &str| Length {
        field,
        length,
        limit,
        unit: unit.into(),
    };
    let mut lengths = vec![length(
        "text".into(),
        count::length(&text),
        known.limit(),
        UNIT,
    )];
    for (index, media) in media.iter().enumerate() {
        if let Some(alt) = &media.alt {
            let count = u32::try_from(alt.chars().count()).unwrap_or(u32::MAX);
            lengths.push(length(
                format!("media[{index}].alt"),
                count,
                known.facts.count("alt"),
                "characters",
            ));
        }
    }
    // The network draws a card for a link itself, and none beside media.
    let shows = |card: &Card| media.is_empty() && text.contains(card.url.as_str());
    Part {
        payload: payload(post, index, &text, &media).to_string(),
        payload_type: "application/json".into(),
        card: post.card.clone().filter(shows),
        fields: Vec::new(),
        lengths,
        spans,
        media,
        text,
    }
}

fn payload(post: &Post, index: usize, text: &str, media: &[Media]) -> Value {
    let mut payload = Map::new();
    if !text.is_empty() {
        payload.insert("text".into(), text.into());
    }
    if !media.is_empty() {
        let ids: Vec<String> = (0..media.len())
            .map(|index| format!("{{media:{index}}}"))
            .collect();
        payload.insert("media".into(), json!({ "media_ids": ids }));
    }
    let answered = match index.checked_sub(1) {
        Some(before) => Some(format!("{{part:{before}}}")),
        None => post.reply_to.clone(),
    };
    if let Some(id) = answered {
        payload.insert("reply".into(), json!({ "in_reply_to_tweet_id": id }));
    }
    payload.into()
}

/// What the network's API charges, where links make it dearer.
fn price(known: &Known, parts: &[Part]) -> Option<String> {
    let (plain, linked) = (
        known.facts.ratio("price-post")?,
        known.facts.ratio("price-post-with-url")?,
    );
    let links = parts
        .iter()
        .filter(|p| p.spans.iter().any(|s| s.kind == SpanKind::Link))
        .count();
    let total = links as f32 * linked + (parts.len() - links) as f32 * plain;
    (links > 0).then(|| {
        format!(
            "The API of X charges ${total:.3} for this; without a link it would be ${:.3}.",
            parts.len() as f32 * plain
        )
    })
}

//! From a post to the exact parts: final text, what is clickable in it, lengths, media and the body of
//! `POST /api/v1/statuses` as JSON.
//!
//! The payload names what only the sending knows by a placeholder: `{media:0}` is the id of that upload of the part,
//! `{part:0}` the id of that part of the thread.

use serde_json::{Map, Value};
use staffetta_plugin::body::Body;
use staffetta_plugin::{Account, Card, Composed, Field, Length, Media, Part, Post, serde_json};

use crate::settings::{Choices, Known};
use crate::{NETWORK, UNIT, entities};

/// The parts that would be sent for a post.
pub(crate) fn compose(account: &Account, known: &Known, post: &Post) -> Composed {
    let mut notes = Vec::new();
    let choices = known.settings.choices.of(post, &mut notes);
    let body = Body {
        network: NETWORK,
        find: entities::find,
        link: known.settings.link,
        tags: known.settings.tags,
    };
    let warning = known.length(&choices.spoiler_text);
    let has_room = |text: &str| {
        known
            .limit()
            .is_none_or(|limit| warning + known.length(text) <= limit)
    };
    let parts = body.parts(post, has_room, &mut notes);
    let language = language(post.language.as_ref().or(account.language.as_ref()));
    let parts = parts
        .into_iter()
        .enumerate()
        .map(|(index, (text, media))| {
            let payload = payload(post, index, &text, &media, &choices, language.as_deref());
            part(known, post, text, media, &choices, payload)
        })
        .collect();
    Composed { parts, notes }
}

/// The first part of a language tag, where it is one of the two or three letters that the network knows.
fn language(tag: Option<&String>) -> Option<String> {
    let first = tag?.split('-').next()?.to_ascii_lowercase();
    let known = matches!(first.len(), 2 | 3) && first.bytes().all(|b| b.is_ascii_lowercase());
    known.then_some(first)
}

fn part(
    known: &Known,
    post: &Post,
    text: String,
    media: Vec<Media>,
    choices: &Choices,
    payload: Value,
) -> Part {
    let length = known.length(&text) + known.length(&choices.spoiler_text);
    let mut lengths = vec![Length {
        field: "text".into(),
        length,
        limit: known.limit(),
        unit: UNIT.into(),
    }];
    for (index, media) in media.iter().enumerate() {
        if let Some(alt) = &media.alt {
            lengths.push(Length {
                field: format!("media[{index}].alt"),
                length: u32::try_from(alt.chars().count()).unwrap_or(u32::MAX),
                limit: known.facts.count("alt"),
                unit: "characters".into(),
            });
        }
    }
    let mut fields = Vec::new();
    if !choices.spoiler_text.is_empty() {
        fields.push(Field {
            name: "spoiler-text".into(),
            value: choices.spoiler_text.clone(),
        });
    }
    if choices.visibility != "public" {
        fields.push(Field {
            name: "visibility".into(),
            value: choices.visibility.clone(),
        });
    }
    // The server draws a card for a link itself, and none beside media.
    let shows = |card: &Card| media.is_empty() && text.contains(card.url.as_str());
    Part {
        spans: entities::find(&text),
        card: post.card.clone().filter(shows),
        payload: payload.to_string(),
        payload_type: "application/json".into(),
        fields,
        lengths,
        media,
        text,
    }
}

fn payload(
    post: &Post,
    index: usize,
    text: &str,
    media: &[Media],
    choices: &Choices,
    language: Option<&str>,
) -> Value {
    let mut payload = Map::new();
    payload.insert("status".into(), text.into());
    payload.insert("visibility".into(), choices.visibility.as_str().into());
    if choices.sensitive {
        payload.insert("sensitive".into(), true.into());
    }
    if !choices.spoiler_text.is_empty() {
        payload.insert("spoiler_text".into(), choices.spoiler_text.as_str().into());
    }
    if let Some(language) = language {
        payload.insert("language".into(), language.into());
    }
    if !media.is_empty() {
        let ids: Vec<String> = (0..media.len())
            .map(|index| format!("{{media:{index}}}"))
            .collect();
        payload.insert("media_ids".into(), ids.into());
    }
    let answered = match index.checked_sub(1) {
        Some(before) => Some(format!("{{part:{before}}}")),
        None => post.reply_to.clone(),
    };
    if let Some(id) = answered {
        payload.insert("in_reply_to_id".into(), id.into());
    }
    payload.into()
}

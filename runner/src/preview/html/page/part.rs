//! One part of what would be sent: its text and files as they are drawn, its figures, its exact bytes.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::mail::{self, Mail};
use super::pictures::{Album, Frame};
use super::source::{Address, address};
use super::text::{self, Leads, Text};
use super::words;
use crate::contract::types::{Card, Length, Part as Composed};
use crate::hex::hex;
use crate::host::{BlobError, visible};
use crate::plugin::manifest::Layout;

/// Characters of a payload that are listed.
const MOST_PAYLOAD: usize = 100_000;
/// Characters of a further field that are listed.
const MOST_FIELD: usize = 2_000;
/// From this share of a limit on, a length is near it.
const NEAR: f64 = 0.9;

/// A part, ready for the templates.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// From 1.
    number: usize,
    text: Text,
    pictures: Vec<Frame>,
    card: Option<LinkCard>,
    /// Fields that the drawing shows in their place, by name.
    drawn: BTreeMap<&'static str, String>,
    /// The drawn link's host.
    site: Option<String>,
    /// The other fields.
    fields: Vec<Named>,
    leads: Vec<Leads>,
    meters: Vec<Meter>,
    payload: Payload,
    pub(super) mail: Option<Mail>,
}

/// What the network shows for a link.
#[derive(Debug, Serialize)]
struct LinkCard {
    address: Address,
    site: String,
    title: String,
    description: String,
    picture: Option<Frame>,
}

#[derive(Debug, Serialize)]
struct Named {
    name: String,
    value: Text,
}

/// A length against its limit.
#[derive(Debug, Serialize)]
struct Meter {
    field: String,
    /// `287 of 300 graphemes`.
    words: String,
    /// `good`, `near`, `over`; empty where there is no limit.
    state: &'static str,
    /// How far the bar goes, in percent.
    share: u8,
}

/// What is sent, byte for byte.
#[derive(Debug, Serialize)]
struct Payload {
    media_type: String,
    size: String,
    /// SHA-256 of the bytes, in hexadecimal.
    digest: String,
    text: String,
    /// It was laid out for reading.
    spread: bool,
    more: Option<String>,
}

/// Makes part `index` ready.
///
/// # Errors
/// When the disk does not give a stored picture.
pub(super) fn part(
    index: usize,
    part: &Composed,
    layout: Layout,
    album: &mut Album<'_>,
) -> Result<Part, BlobError> {
    let mut drawn = BTreeMap::new();
    let mut fields = Vec::new();
    for field in &part.fields {
        match places(layout).iter().find(|name| **name == field.name) {
            Some(name) => {
                drawn.insert(*name, visible(&field.value));
            }
            None if field.name == "html" => {}
            None => {
                let (value, more) = text::cut(&field.value, MOST_FIELD);
                let mut value = text::plain(value);
                value.more = more;
                fields.push(Named {
                    name: words::field(&field.name),
                    value,
                });
            }
        }
    }
    Ok(Part {
        number: index + 1,
        text: text::marked(&part.text, &part.spans),
        pictures: part
            .media
            .iter()
            .map(|media| album.frame(media, Some(layout)))
            .collect::<Result<_, _>>()?,
        card: part
            .card
            .as_ref()
            .map(|card| link_card(card, layout, album))
            .transpose()?,
        site: part
            .fields
            .iter()
            .find(|field| field.name == "link")
            .map(|field| visible(&words::host(&field.value))),
        drawn,
        fields,
        leads: text::leads(&part.text, &part.spans),
        meters: part.lengths.iter().map(meter).collect(),
        payload: payload(part),
        mail: mail::mail(part, album)?,
    })
}

/// The fields that a drawing of that kind has a place for.
fn places(layout: Layout) -> &'static [&'static str] {
    match layout {
        Layout::Pin => &["title", "board", "link"],
        Layout::Email => &["subject", "preheader"],
        Layout::Article | Layout::Video | Layout::Professional => &["title"],
        Layout::Folder => &["title", "link", "tags"],
        Layout::Microblog | Layout::Photo | Layout::Chat => &[],
    }
}

fn link_card(card: &Card, layout: Layout, album: &mut Album<'_>) -> Result<LinkCard, BlobError> {
    Ok(LinkCard {
        address: address(&card.url),
        site: visible(&words::host(&card.url)),
        title: visible(&card.title),
        description: visible(&card.description),
        picture: card
            .image
            .as_ref()
            .map(|image| album.frame(image, Some(layout)))
            .transpose()?,
    })
}

fn meter(length: &Length) -> Meter {
    let (share, state, limit) = match length.limit {
        Some(limit) => {
            let share = f64::from(length.length) / f64::from(limit.max(1));
            let state = match share {
                _ if length.length > limit => "over",
                share if share >= NEAR => "near",
                _ => "good",
            };
            (
                (share * 100.0).clamp(0.0, 100.0) as u8,
                state,
                format!(" of {}", words::number(limit.into())),
            )
        }
        None => (0, "", String::new()),
    };
    let unit = visible(&length.unit);
    Meter {
        field: words::field(&length.field),
        words: format!("{}{limit} {unit}", words::number(length.length.into()))
            .trim_end()
            .to_string(),
        state,
        share,
    }
}

fn payload(part: &Composed) -> Payload {
    let json = part
        .payload_type
        .contains("json")
        .then(|| serde_json::from_str::<Value>(&part.payload).ok());
    let spread = json
        .flatten()
        .and_then(|value| serde_json::to_string_pretty(&value).ok());
    let listed = spread.as_deref().unwrap_or(&part.payload);
    let (shown, more) = text::cut(listed, MOST_PAYLOAD);
    Payload {
        media_type: visible(&part.payload_type),
        size: format!("{} bytes", words::number(part.payload.len() as u64)),
        digest: hex(&Sha256::digest(&part.payload)),
        text: readable(shown),
        spread: spread.is_some(),
        more,
    }
}

/// In a listing, what turns the reading direction stands as its number.
fn readable(text: &str) -> String {
    let mut out = String::new();
    for c in text::seen(text).chars() {
        match c {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

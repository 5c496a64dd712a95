//! What hangs under a text: pictures, a video, or a link's card, as the network's lexicons write them. References to
//! blobs are written in full, because an identifier follows from the bytes; nothing is uploaded here.

use staffetta_plugin::serde_json::{Map, Value, json};
use staffetta_plugin::{Card, Facts, Media, MediaKind};

use crate::cid;

/// Size and media type of a blob, for media that do not say them themselves.
pub type Describe<'a> = &'a dyn Fn(&str) -> Option<(u64, String)>;

/// A medium with everything that its reference needs.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The medium, completed.
    pub media: Media,
    reference: Value,
}

/// Completes a medium.
///
/// # Errors
/// Words for people why it can't be sent: it has no stored bytes, or their size or type is unknown.
pub fn ready(media: &Media, describe: Describe<'_>) -> Result<Ready, String> {
    let name = || {
        media
            .url
            .as_deref()
            .unwrap_or("without an address")
            .to_string()
    };
    let Some(blob) = media.blob.as_deref() else {
        return Err(format!(
            "{} ({}) is left out: its bytes were not fetched",
            kind(media.kind),
            name()
        ));
    };
    let Some(cid) = cid::of_blob(blob) else {
        return Err(format!(
            "{} ({}) is left out: its digest is not a SHA-256",
            kind(media.kind),
            name()
        ));
    };
    let mut media = media.clone();
    if (media.bytes.is_none() || media.media_type.is_empty())
        && let Some((bytes, media_type)) = describe(blob)
    {
        media.bytes.get_or_insert(bytes);
        if media.media_type.is_empty() {
            media.media_type = media_type;
        }
    }
    let Some(bytes) = media.bytes.filter(|_| !media.media_type.is_empty()) else {
        return Err(format!(
            "{} ({}) is left out: its size or type is unknown",
            kind(media.kind),
            name()
        ));
    };
    let reference = json!({"$type": "blob", "ref": {"$link": cid}, "mimeType": media.media_type, "size": bytes});
    Ok(Ready { media, reference })
}

fn kind(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "a picture",
        MediaKind::Animation => "an animation",
        MediaKind::Video => "a video",
        MediaKind::Audio => "a sound",
        MediaKind::Document => "a document",
    }
}

/// Pictures, in order.
#[must_use]
pub fn images(pictures: &[Ready]) -> Value {
    let images: Vec<Value> = pictures
        .iter()
        .map(|picture| {
            // The network wants a description in any case; an empty one says that there is none.
            let alt = picture.media.alt.as_deref().unwrap_or_default();
            with_ratio(
                json!({"alt": alt, "image": picture.reference}),
                &picture.media,
            )
        })
        .collect();
    json!({"$type": "app.bsky.embed.images", "images": images})
}

/// One video.
#[must_use]
pub fn video(video: &Ready) -> Value {
    let mut embed = json!({"$type": "app.bsky.embed.video", "video": video.reference});
    if let (Some(alt), Some(fields)) = (&video.media.alt, embed.as_object_mut()) {
        fields.insert("alt".into(), alt.as_str().into());
    }
    with_ratio(embed, &video.media)
}

fn with_ratio(mut embed: Value, media: &Media) -> Value {
    if let (Some(width @ 1..), Some(height @ 1..), Some(fields)) =
        (media.width, media.height, embed.as_object_mut())
    {
        fields.insert(
            "aspectRatio".into(),
            json!({"width": width, "height": height}),
        );
    }
    embed
}

/// A link's card and the card as it will really be: without its picture where that can't be sent.
#[must_use]
pub fn external(
    card: &Card,
    facts: &Facts,
    describe: Describe<'_>,
    notes: &mut Vec<String>,
) -> (Value, Card) {
    let mut external = Map::new();
    external.insert("uri".into(), card.url.as_str().into());
    external.insert("title".into(), card.title.as_str().into());
    external.insert("description".into(), card.description.as_str().into());
    let thumb = card
        .image
        .as_ref()
        .and_then(|image| match thumb(image, facts, describe) {
            Ok(thumb) => Some(thumb),
            Err(why) => {
                notes.push(format!("the card goes without its picture: {why}"));
                None
            }
        });
    if let Some(thumb) = &thumb {
        external.insert("thumb".into(), thumb.reference.clone());
    }
    let shown = Card {
        image: thumb.map(|t| t.media),
        ..card.clone()
    };
    (
        json!({"$type": "app.bsky.embed.external", "external": external}),
        shown,
    )
}

fn thumb(image: &Media, facts: &Facts, describe: Describe<'_>) -> Result<Ready, String> {
    let thumb = ready(image, describe)?;
    if !thumb.media.media_type.starts_with("image/") {
        return Err(format!("it is {}, not a picture", thumb.media.media_type));
    }
    let bytes = thumb.media.bytes.unwrap_or_default();
    match facts.number("thumb-bytes") {
        Some(most) if bytes > most => Err(format!(
            "it has {bytes} bytes, more than the {most} allowed there"
        )),
        _ => Ok(thumb),
    }
}

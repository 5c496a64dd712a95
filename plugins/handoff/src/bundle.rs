//! The files of one post's folder, in the order in which they are written: what a person needs first, then the page
//! that shows it, `post.json` last. So a folder with a page is complete for a person, and one with `post.json` is
//! complete for `find`, wherever a crash comes in between.

use staffetta_plugin::exports::publisher::Effect;
use staffetta_plugin::files::Content;
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Account, Composed, Media, MediaKind};

use crate::page;

/// The record that makes a folder a handed-over post.
pub const RECORD: &str = "post.json";

/// What the person's answer is written to.
pub const DONE: &str = "done.json";

/// A medium with the name it gets; none where there are no bytes to copy.
#[derive(Debug, Clone)]
pub struct Named<'a> {
    /// Such as `1.jpg`.
    pub name: Option<String>,
    /// The medium.
    pub media: &'a Media,
}

/// The media of each part, numbered through all parts.
#[must_use]
pub fn named(composed: &Composed) -> Vec<Vec<Named<'_>>> {
    let mut number = 0;
    let mut next = |media: &Media| {
        number += 1;
        media
            .blob
            .as_ref()
            .map(|_| format!("{number}.{}", extension(media)))
    };
    composed
        .parts
        .iter()
        .map(|part| {
            part.media
                .iter()
                .map(|media| Named {
                    name: next(media),
                    media,
                })
                .collect()
        })
        .collect()
}

fn extension(media: &Media) -> &'static str {
    match media.media_type.as_str() {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/avif" => "avif",
        "image/svg+xml" => "svg",
        "video/mp4" => "mp4",
        "video/quicktime" => "mov",
        "video/webm" => "webm",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "application/pdf" => "pdf",
        _ => match media.kind {
            MediaKind::Image => "img",
            MediaKind::Animation => "gif",
            MediaKind::Video => "video",
            MediaKind::Audio => "audio",
            MediaKind::Document => "bin",
        },
    }
}

/// Every file with its name inside the folder. `at` is when it is handed over.
#[must_use]
pub fn files(
    account: &Account,
    effect: &Effect,
    composed: &Composed,
    at: i64,
) -> Vec<(String, Content)> {
    let media = named(composed);
    let mut files = Vec::new();
    for named in media.iter().flatten() {
        if let (Some(name), Some(blob)) = (&named.name, &named.media.blob) {
            files.push((name.clone(), Content::Blob(blob.clone())));
        }
    }
    for (index, part) in composed.parts.iter().enumerate() {
        let name = if composed.parts.len() == 1 {
            "text.txt".into()
        } else {
            format!("text-{}.txt", index + 1)
        };
        files.push((name, Content::Text(part.text.clone())));
    }
    let alts: Vec<String> = media
        .iter()
        .flatten()
        .filter_map(|n| {
            let alt = n.media.alt.as_ref().filter(|alt| !alt.trim().is_empty())?;
            let name = n.name.as_ref().or(n.media.url.as_ref())?;
            Some(format!("{name}\n{alt}\n"))
        })
        .collect();
    if !alts.is_empty() {
        files.push(("alt.txt".into(), Content::Text(alts.join("\n"))));
    }
    files.push((
        "index.html".into(),
        Content::Text(page::page(account, effect, composed, &media)),
    ));
    let record = record(account, effect, composed, &media, at);
    files.push((RECORD.into(), Content::Text(format!("{record:#}\n"))));
    files
}

fn record(
    account: &Account,
    effect: &Effect,
    composed: &Composed,
    media: &[Vec<Named<'_>>],
    at: i64,
) -> Value {
    let parts: Vec<Value> = composed
        .parts
        .iter()
        .zip(media)
        .map(|(part, media)| {
            let media: Vec<Value> = media
                .iter()
                .map(|n| json!({"file": n.name, "url": n.media.url, "blob": n.media.blob, "media-type": n.media.media_type, "alt": n.media.alt}))
                .collect();
            let fields: Vec<Value> = part.fields.iter().map(|f| json!({"name": f.name, "value": f.value})).collect();
            let card = part.card.as_ref().map(|c| json!({"url": c.url, "title": c.title, "description": c.description}));
            json!({
                "text": part.text,
                "fields": fields,
                "media": media,
                "card": card,
                "payload": part.payload,
                "payload-type": part.payload_type,
            })
        })
        .collect();
    json!({
        "version": 1,
        "key": effect.key,
        "account": account.name,
        "client": account.client,
        "network": account.network,
        "intended": effect.intended,
        "handed-over": at,
        "parts": parts,
        "notes": composed.notes,
    })
}

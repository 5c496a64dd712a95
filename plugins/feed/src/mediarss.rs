//! Media that RSS and Atom entries carry: enclosures, Media RSS, podcast tags. The same for both formats.

use staffetta_plugin::types::{Media, MediaKind};

use crate::entry::Entry;
use crate::media;
use crate::xml::Element;

/// Takes an element that is about media; false when it is none.
pub fn take(element: &Element, entry: &mut Entry) -> bool {
    match element.name.as_str() {
        "enclosure" => {
            if let Some(url) = element.attribute("url") {
                let size = element.attribute("length");
                media::add(
                    &mut entry.media,
                    linked(url, element.attribute("type"), size),
                );
            }
        }
        "media:group" => group(element, entry),
        "media:content" => {
            if let Some(found) = content(element) {
                media::add(&mut entry.media, found.0);
            }
            further(element, entry);
        }
        "media:thumbnail" => thumbnail(element, entry),
        "itunes:image" => {
            if let Some(url) = element.attribute("href").or(element.attribute("url")) {
                media::add(
                    &mut entry.thumbnails,
                    media::of_url(url.into(), None, MediaKind::Image),
                );
            }
        }
        "itunes:duration" => {
            let duration = clock(&element.text());
            if let Some(sound) = entry
                .media
                .iter_mut()
                .find(|m| matches!(m.kind, MediaKind::Audio | MediaKind::Video))
            {
                sound.duration_ms = sound.duration_ms.or(duration);
            } else if let Some(ms) = duration {
                // The enclosure may come later.
                entry.extra.insert("itunes:duration-ms".into(), ms.into());
            }
        }
        "media:keywords" | "itunes:keywords" => {
            entry
                .tags
                .extend(element.text().split(',').map(|t| t.trim().to_string()));
        }
        _ => return false,
    }
    true
}

/// A link to media with what the feed says of it.
#[must_use]
pub fn linked(url: &str, media_type: Option<&str>, bytes: Option<&str>) -> Media {
    let mut found = media::of_url(url.into(), media_type, MediaKind::Document);
    // Templates that do not know the size write 0 or 1.
    found.bytes = bytes.and_then(|b| b.trim().parse().ok()).filter(|b| *b > 1);
    found
}

/// One thing in several sizes and formats: the best of each kind is taken.
fn group(group: &Element, entry: &mut Entry) {
    let mut best: Vec<(Media, (bool, u64))> = Vec::new();
    for element in group.elements() {
        if element.name == "media:content" {
            if let Some((found, rank)) = content(element) {
                match best.iter_mut().find(|(m, _)| m.kind == found.kind) {
                    Some(known) if rank > known.1 => *known = (found, rank),
                    Some(_) => {}
                    None => best.push((found, rank)),
                }
            }
            further(element, entry);
        } else if !take(element, entry) {
            describe(element, entry);
        }
    }
    let alt = group.first("media:description").and_then(alternative);
    for (mut found, _) in best {
        found.alt = found
            .alt
            .take()
            .or(alt.clone())
            .filter(|_| found.kind == MediaKind::Image);
        media::add(&mut entry.media, found);
    }
}

/// A `media:content` and how much it is wanted: the default one, then the largest.
fn content(element: &Element) -> Option<(Media, (bool, u64))> {
    let url = element.attribute("url")?;
    let declared = element.attribute("type");
    // Players to be embedded are no files.
    if declared.is_some_and(|t| t.contains("flash") || t.starts_with("text/html")) {
        return None;
    }
    let medium = match element.attribute("medium") {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        Some("document" | "executable") => MediaKind::Document,
        // Without a word the element is nearly always a picture.
        _ => MediaKind::Image,
    };
    let mut found = media::of_url(url.into(), declared, medium);
    let number = |name: &str| element.attribute(name).and_then(|v| v.parse::<u64>().ok());
    found.width = number("width")
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n > 0);
    found.height = number("height")
        .and_then(|n| u32::try_from(n).ok())
        .filter(|n| *n > 0);
    found.bytes = number("filesize").filter(|n| *n > 1);
    found.duration_ms = element.attribute("duration").and_then(clock);
    found.alt = element.first("media:description").and_then(alternative);
    let area = number("width")
        .unwrap_or(0)
        .saturating_mul(number("height").unwrap_or(1).max(1));
    let size = area
        .max(number("filesize").unwrap_or(0) / 16)
        .max(number("bitrate").unwrap_or(0));
    Some((
        found,
        (element.attribute("isdefault") == Some("true"), size),
    ))
}

/// What else stands inside a `media:content`.
fn further(element: &Element, entry: &mut Entry) {
    element
        .elements()
        .filter(|e| e.name == "media:thumbnail")
        .for_each(|e| thumbnail(e, entry));
}

fn thumbnail(element: &Element, entry: &mut Entry) {
    let Some(url) = element.attribute("url") else {
        return;
    };
    let mut found = media::of_url(url.into(), None, MediaKind::Image);
    found.width = element
        .attribute("width")
        .and_then(|v| v.parse().ok())
        .filter(|n| *n > 0);
    found.height = element
        .attribute("height")
        .and_then(|v| v.parse().ok())
        .filter(|n| *n > 0);
    media::add(&mut entry.thumbnails, found);
}

/// A video platform's feed has its only text here.
fn describe(element: &Element, entry: &mut Entry) {
    if element.name == "media:description" && entry.summary.is_none() {
        entry.summary = element.words().map(|text| match element.attribute("type") {
            Some("html") => crate::entry::Words::Html(text),
            _ => crate::entry::Words::Plain(text),
        });
    }
}

fn alternative(element: &Element) -> Option<String> {
    crate::entry::Words::Either(element.text()).line()
}

/// `3723`, `62:03`, `1:02:03` in milliseconds.
#[must_use]
pub fn clock(text: &str) -> Option<u64> {
    let mut seconds = 0.0_f64;
    for part in text.trim().split(':') {
        let value: f64 = part.trim().parse().ok()?;
        seconds = seconds * 60.0 + value;
    }
    (seconds > 0.0 && seconds < 1e9).then_some((seconds * 1000.0) as u64)
}

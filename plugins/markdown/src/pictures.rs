//! Pictures and other media that a file names: where they lie, what kind they are, how large. Opens them through
//! `read::Outside`; what can't be opened is told and left out.

use staffetta_plugin::files::Failure;
use staffetta_plugin::types::{Focus, Media, MediaKind};

use crate::read::Outside;

/// Bytes at the start of a picture in which its size is looked for; a camera's notes may come first.
const HEADS: [u32; 2] = [64 << 10, 1 << 20];

/// Extension, media type, kind.
const TYPES: [(&str, &str, MediaKind); 21] = [
    ("jpg", "image/jpeg", MediaKind::Image),
    ("jpeg", "image/jpeg", MediaKind::Image),
    ("png", "image/png", MediaKind::Image),
    ("gif", "image/gif", MediaKind::Image),
    ("webp", "image/webp", MediaKind::Image),
    ("avif", "image/avif", MediaKind::Image),
    ("heic", "image/heic", MediaKind::Image),
    ("svg", "image/svg+xml", MediaKind::Image),
    ("bmp", "image/bmp", MediaKind::Image),
    ("tif", "image/tiff", MediaKind::Image),
    ("tiff", "image/tiff", MediaKind::Image),
    ("mp4", "video/mp4", MediaKind::Video),
    ("m4v", "video/mp4", MediaKind::Video),
    ("mov", "video/quicktime", MediaKind::Video),
    ("webm", "video/webm", MediaKind::Video),
    ("mp3", "audio/mpeg", MediaKind::Audio),
    ("m4a", "audio/mp4", MediaKind::Audio),
    ("ogg", "audio/ogg", MediaKind::Audio),
    ("wav", "audio/wav", MediaKind::Audio),
    ("pdf", "application/pdf", MediaKind::Document),
    ("vtt", "text/vtt", MediaKind::Document),
];

/// A picture as somebody named it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    /// A path relative to the file, a path from the folder's root (`/…`), or an address.
    pub target: String,
    /// What a person who cannot see it should be told.
    pub alt: Option<String>,
    /// The point that a crop must keep.
    pub focus: Option<Focus>,
    /// Line in the file, from 1.
    pub line: usize,
}

/// Where relative paths begin.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The Markdown file, relative to the project.
    pub file: &'a str,
    /// The configured folder: where paths that begin with `/` begin.
    pub folder: &'a str,
}

/// Opens a picture.
///
/// # Errors
/// A sentence for people that says why there is none.
pub fn open(outside: &impl Outside, place: Place<'_>, wanted: &Wanted) -> Result<Media, String> {
    let target = wanted.target.trim();
    let extension = extension(target);
    let by_name = TYPES
        .iter()
        .find(|(known, _, _)| Some(*known) == extension.as_deref());
    let mut media = Media {
        kind: by_name.map_or(MediaKind::Image, |(_, _, kind)| *kind),
        blob: None,
        url: None,
        media_type: by_name
            .map(|(_, media_type, _)| (*media_type).to_string())
            .unwrap_or_default(),
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: wanted.alt.clone(),
        focus: wanted.focus,
    };
    let lower = target.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        media.url = Some(target.into());
        return Ok(media);
    }
    if lower.starts_with("data:") || target.starts_with("//") || target.contains("://") {
        return Err(format!(
            "`{}` is no picture file and no web address",
            shortened(target)
        ));
    }
    let path = path(place, target)
        .ok_or_else(|| format!("the picture `{target}` would lie outside of the project"))?;
    let blob = match open_either(outside, target, &path) {
        Ok(blob) => blob,
        Err(Failure::Io(why)) => return Err(format!("the picture `{path}` can't be read: {why}")),
        Err(Failure::Denied(why)) => {
            return Err(format!("the picture `{path}` may not be read: {why}"));
        }
    };
    media.bytes = outside.size(&blob).ok();
    look_inside(outside, &blob, &mut media);
    if media.media_type.is_empty() {
        return Err(format!(
            "`{path}` is no picture, video, sound or document that is known here"
        ));
    }
    media.blob = Some(blob);
    Ok(media)
}

/// People write paths for browsers: `my%20picture.png?v=2` is the file `my picture.png`, unless it is there as written.
fn open_either(outside: &impl Outside, target: &str, path: &str) -> Result<String, Failure> {
    let first = outside.open(path);
    if first.is_ok() || !target.contains(['%', '?', '#']) {
        return first;
    }
    let bare = path.split(['?', '#']).next().unwrap_or(path);
    outside.open(&decoded(bare)).or(first)
}

/// Fills in the type by the first bytes, the size in pixels, and whether it moves.
fn look_inside(outside: &impl Outside, blob: &str, media: &mut Media) {
    for length in HEADS {
        let Ok(head) = outside.read(blob, 0, length) else {
            return;
        };
        if let Some(found) = by_bytes(&head) {
            media.media_type = found.into();
            media.kind = kind_of(found);
        }
        if media.kind != MediaKind::Image || media.media_type == "image/svg+xml" {
            return;
        }
        if moves(&head) {
            media.kind = MediaKind::Animation;
        }
        if let Ok(size) = imagesize::blob_size(&head) {
            media.width = u32::try_from(size.width).ok();
            media.height = u32::try_from(size.height).ok();
            return;
        }
        if (head.len() as u64) < u64::from(length) {
            return;
        }
    }
}

fn by_bytes(head: &[u8]) -> Option<&'static str> {
    let box_type = head.get(4..8);
    Some(match head {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => "image/webp",
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "video/webm",
        _ if box_type == Some(b"ftyp") => match head.get(8..12)? {
            b"avif" | b"avis" => "image/avif",
            b"heic" | b"heix" | b"mif1" | b"msf1" => "image/heic",
            b"qt  " => "video/quicktime",
            b"M4A " => "audio/mp4",
            _ => "video/mp4",
        },
        _ => return None,
    })
}

fn kind_of(media_type: &str) -> MediaKind {
    match media_type.split('/').next() {
        Some("image") => MediaKind::Image,
        Some("video") => MediaKind::Video,
        Some("audio") => MediaKind::Audio,
        _ => MediaKind::Document,
    }
}

/// A GIF that repeats, or a WebP whose header has the animation flag.
fn moves(head: &[u8]) -> bool {
    let is_gif = head.starts_with(b"GIF8");
    let is_webp = head.get(12..16) == Some(b"VP8X");
    (is_gif && head.windows(11).any(|w| w == b"NETSCAPE2.0"))
        || (is_webp && head.get(20).is_some_and(|flags| flags & 2 != 0))
}

fn extension(target: &str) -> Option<String> {
    let path = target.split(['?', '#']).next()?;
    path.rsplit('/')
        .next()?
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase())
}

/// The path relative to the project; none when it leaves the project.
#[must_use]
pub fn path(place: Place<'_>, target: &str) -> Option<String> {
    let (start, rest) = match target.strip_prefix('/') {
        Some(rest) => (place.folder, rest),
        None => (
            place.file.rsplit_once('/').map_or("", |(folder, _)| folder),
            target,
        ),
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in start.split('/').chain(rest.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let raw = path.as_bytes();
    let mut at = 0;
    while at < raw.len() {
        let hex = raw
            .get(at + 1..at + 3)
            .filter(|_| raw[at] == b'%')
            .and_then(|h| std::str::from_utf8(h).ok());
        match hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                at += 3;
            }
            None => {
                bytes.push(raw[at]);
                at += 1;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.into())
}

fn shortened(target: &str) -> String {
    target.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside() {
        let place = Place {
            file: "inbox/2026/post.md",
            folder: "inbox",
        };
        for (target, expected) in [
            ("a.png", Some("inbox/2026/a.png")),
            ("./img/../a.png", Some("inbox/2026/a.png")),
            ("../../logo.png", Some("logo.png")),
            ("/img/a.png", Some("inbox/img/a.png")),
            ("../../../etc/passwd", None),
            ("", Some("inbox/2026")),
        ] {
            assert_eq!(path(place, target).as_deref(), expected, "{target}");
        }
        assert_eq!(decoded("caff%C3%A8%20x%zz.png"), "caffè x%zz.png");
    }
}

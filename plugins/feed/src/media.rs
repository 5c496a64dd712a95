//! What kind of thing an address names, by its declared type or its extension, and lists of media without repeats.
//! Opens nothing: the bytes are fetched by whoever needs them.

use staffetta_plugin::types::{Media, MediaKind};

use crate::link;

/// Extension, media type. The kind follows from the type.
const TYPES: [(&str, &str); 27] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("heic", "image/heic"),
    ("svg", "image/svg+xml"),
    ("bmp", "image/bmp"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("avi", "video/x-msvideo"),
    ("mkv", "video/x-matroska"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("pdf", "application/pdf"),
];

/// Media at an address. A declared type that says something wins over the extension, which wins over `otherwise`.
#[must_use]
pub fn of_url(url: String, declared: Option<&str>, otherwise: MediaKind) -> Media {
    let declared = declared.and_then(tidy);
    let by_extension = link::extension(&url)
        .and_then(|e| TYPES.iter().find(|(extension, _)| *extension == e))
        .map(|(_, media_type)| (*media_type).to_string());
    let media_type = declared.or(by_extension).unwrap_or_default();
    let kind = kind_of(&media_type).unwrap_or(otherwise);
    Media {
        kind,
        blob: None,
        url: Some(url),
        media_type,
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: None,
        focus: None,
    }
}

/// The kind of a media type; none when it says nothing. A GIF is a picture here: only its bytes tell whether it moves.
#[must_use]
pub fn kind_of(media_type: &str) -> Option<MediaKind> {
    match media_type.split('/').next()? {
        "image" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        "audio" => Some(MediaKind::Audio),
        "application" | "text" => Some(MediaKind::Document),
        _ => None,
    }
}

/// A declared type without parameters; none for those that say nothing, or that are a player's page.
fn tidy(declared: &str) -> Option<String> {
    let bare = declared.split(';').next()?.trim().to_ascii_lowercase();
    let bare = match bare.as_str() {
        "image/jpg" | "image/pjpeg" => "image/jpeg".to_string(),
        "audio/mp3" | "audio/x-mp3" | "audio/mpeg3" => "audio/mpeg".to_string(),
        "audio/x-m4a" | "audio/m4a" => "audio/mp4".to_string(),
        _ => bare,
    };
    let says_nothing = matches!(
        bare.as_str(),
        "application/octet-stream"
            | "binary/octet-stream"
            | "application/x-shockwave-flash"
            | "text/html"
    );
    (bare.contains('/') && !says_nothing).then_some(bare)
}

/// Adds media unless the same address is there; then only what was unknown is filled in.
pub fn add(all: &mut Vec<Media>, new: Media) {
    let Some(known) = all.iter_mut().find(|m| m.url == new.url) else {
        all.push(new);
        return;
    };
    if known.media_type.is_empty() {
        known.media_type = new.media_type;
    }
    known.alt = known.alt.take().or(new.alt);
    known.width = known.width.or(new.width);
    known.height = known.height.or(new.height);
    known.bytes = known.bytes.or(new.bytes);
    known.duration_ms = known.duration_ms.or(new.duration_ms);
}

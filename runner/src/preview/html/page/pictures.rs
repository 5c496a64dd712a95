//! Pictures for the page: each stored picture is in it once, as a rule of the style sheet that every place where it is
//! drawn uses. Knows the shape that each kind of network crops to. Decodes nothing.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::ErrorKind;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use imagesize::{Compression, ImageType};
use serde::Serialize;

use super::words;
use crate::contract::types::{Media, MediaKind};
use crate::host::{BlobError, BlobStore};
use crate::plugin::manifest::Layout;

/// Largest picture that goes into a page, in bytes.
const MOST_PICTURE: u64 = 6 << 20;
/// Most bytes of pictures in one page; browsers get slow past it.
const MOST_ALL: u64 = 48 << 20;

/// The pictures of a page.
#[derive(Debug)]
pub(in super::super) struct Album<'a> {
    blobs: &'a BlobStore,
    known: HashMap<String, Known>,
    bytes: u64,
    rules: String,
}

/// A stored picture.
#[derive(Debug, Clone)]
enum Known {
    /// It is in the page.
    Shown {
        class: String,
        uri: Rc<str>,
        size: Option<(u32, u32)>,
    },
    /// It is not, for this reason.
    Not(String),
}

/// A place where a picture or another file is drawn.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    /// The style sheet's class that fills it; none for a labelled box.
    class: Option<String>,
    /// Width divided by height, as the network crops.
    ratio: String,
    /// The point that a crop keeps, as CSS has it.
    keep: String,
    alt: Option<String>,
    /// `Picture`, `Video`, …
    kind: &'static str,
    /// Type, size in pixels, bytes.
    about: String,
    /// Why there is a box instead of a picture.
    why: Option<String>,
}

impl Album<'_> {
    /// An empty album.
    pub(in super::super) fn of(blobs: &BlobStore) -> Album<'_> {
        Album {
            blobs,
            known: HashMap::new(),
            bytes: 0,
            rules: String::new(),
        }
    }

    /// The rules for all pictures so far.
    pub(in super::super) fn rules(&self) -> String {
        self.rules.clone()
    }

    /// How one file is drawn where a network of that kind shows it.
    ///
    /// # Errors
    /// When the disk does not give it.
    pub(super) fn frame(
        &mut self,
        media: &Media,
        layout: Option<Layout>,
    ) -> Result<Frame, BlobError> {
        let pictured = matches!(media.kind, MediaKind::Image | MediaKind::Animation);
        let known = match &media.blob {
            Some(id) if pictured => self.known(id, &media.media_type)?,
            _ if !pictured => Known::Not(String::new()),
            None => Known::Not(media.url.as_ref().map_or_else(
                || "There are no bytes of it.".into(),
                |url| format!("Not fetched: {}", crate::host::visible(url)),
            )),
            Some(_) => Known::Not(String::new()),
        };
        let (class, why, read) = match known {
            Known::Shown { class, size, .. } => (Some(class), None, size),
            Known::Not(why) => (None, Some(why).filter(|why| !why.is_empty()), None),
        };
        let size = media
            .width
            .zip(media.height)
            .or(read)
            .filter(|(w, h)| *w > 0 && *h > 0);
        let (least, most) = crop(layout);
        let shape = size
            .map_or(16.0 / 9.0, |(w, h)| f64::from(w) / f64::from(h))
            .clamp(least, most);
        let keep = media
            .focus
            .as_ref()
            .map_or((0.5, 0.5), |focus| (focus.x, focus.y));
        let share = |part: f32| {
            if part.is_finite() {
                part.clamp(0.0, 1.0) * 100.0
            } else {
                50.0
            }
        };
        let seconds = media
            .duration_ms
            .map(|ms| format!("{}:{:02}", ms / 60_000, ms / 1_000 % 60));
        let mut about = vec![];
        about.extend(
            Some(crate::host::visible(&media.media_type)).filter(|known| !known.is_empty()),
        );
        about.extend(size.map(|(w, h)| format!("{w} × {h}")));
        about.extend(seconds);
        about.extend(media.bytes.map(words::size));
        Ok(Frame {
            class,
            ratio: format!("{shape:.3}"),
            keep: format!("{:.1}% {:.1}%", share(keep.0), share(keep.1)),
            alt: media
                .alt
                .as_deref()
                .map(str::trim)
                .filter(|alt| !alt.is_empty())
                .map(crate::host::visible),
            kind: match media.kind {
                MediaKind::Image => "Picture",
                MediaKind::Animation => "Animation",
                MediaKind::Video => "Video",
                MediaKind::Audio => "Audio",
                MediaKind::Document => "Document",
            },
            about: about.join(" · "),
            why,
        })
    }

    /// A picture as an address of its own, for mails: they are documents apart, which the page's style does not reach.
    ///
    /// # Errors
    /// When the disk does not give it.
    pub(super) fn address(&mut self, media: &Media) -> Result<Option<Rc<str>>, BlobError> {
        let Some(id) = &media.blob else {
            return Ok(None);
        };
        Ok(match self.known(id, &media.media_type)? {
            Known::Shown { uri, .. } => Some(uri),
            Known::Not(_) => None,
        })
    }

    fn known(&mut self, id: &str, said: &str) -> Result<Known, BlobError> {
        if let Some(known) = self.known.get(id) {
            return Ok(known.clone());
        }
        let known = self.take_in(id, said)?;
        self.known.insert(id.into(), known.clone());
        Ok(known)
    }

    fn take_in(&mut self, id: &str, said: &str) -> Result<Known, BlobError> {
        let Ok(path) = self.blobs.path(id) else {
            return Ok(Known::Not("Its name is no blob's.".into()));
        };
        let bytes = std::fs::metadata(&path).and_then(|meta| {
            let fits = meta.len() <= MOST_PICTURE && self.bytes + meta.len() <= MOST_ALL;
            if fits {
                std::fs::read(&path).map(Ok)
            } else {
                Ok(Err(meta.len()))
            }
        });
        let bytes = match bytes {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(length)) => {
                let why = format!(
                    "Too large for this page ({}); it is sent in full.",
                    words::size(length)
                );
                return Ok(Known::Not(why));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Known::Not("Not stored here.".into()));
            }
            Err(source) => return Err(BlobError::Io { path, source }),
        };
        let Some(media_type) = media_type(&bytes, said) else {
            return Ok(Known::Not("A browser can't draw this type.".into()));
        };
        self.bytes += bytes.len() as u64;
        let size = imagesize::blob_size(&bytes).ok();
        let size =
            size.and_then(|size| Some((size.width.try_into().ok()?, size.height.try_into().ok()?)));
        let class = format!("blob-{}", self.known.len());
        let uri = format!("data:{media_type};base64,{}", STANDARD.encode(&bytes));
        // Writing into a string does not fail.
        let _ = writeln!(self.rules, ".{class}{{background-image:url(\"{uri}\")}}");
        Ok(Known::Shown {
            class,
            uri: uri.into(),
            size,
        })
    }
}

/// From the bytes themselves: what a source says of them is not trusted inside a style sheet.
fn media_type(bytes: &[u8], said: &str) -> Option<&'static str> {
    match imagesize::image_type(bytes) {
        Ok(ImageType::Png) => Some("image/png"),
        Ok(ImageType::Jpeg) => Some("image/jpeg"),
        Ok(ImageType::Gif) => Some("image/gif"),
        Ok(ImageType::Webp) => Some("image/webp"),
        Ok(ImageType::Bmp) => Some("image/bmp"),
        Ok(ImageType::Heif(Compression::Av1)) => Some("image/avif"),
        _ if said == "image/svg+xml" => Some("image/svg+xml"),
        _ => None,
    }
}

/// The narrowest and the widest shape that networks of a kind show whole; they crop what is beyond. Chosen for the
/// drawing from no official source: no limit of any network.
fn crop(layout: Option<Layout>) -> (f64, f64) {
    match layout {
        Some(Layout::Pin) => (2.0 / 3.0, 1.91),
        Some(Layout::Photo | Layout::Professional) => (0.8, 1.91),
        Some(Layout::Article) => (1.0, 2.4),
        Some(Layout::Video) => (9.0 / 16.0, 16.0 / 9.0),
        Some(Layout::Microblog | Layout::Chat) => (0.75, 2.0),
        Some(Layout::Email | Layout::Folder) | None => (0.5, 2.4),
    }
}

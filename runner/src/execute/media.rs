//! Brings the pictures that posts name by URL into the host's blobs, so that a network can be given them, and looks
//! into the bytes for what the source did not say: type and size.
//!
//! A file that can't be had is a warning, never the end of a post.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::contract::types::{Media, MediaKind, Post, Severity, Violation};
use crate::host::{Grants, Services};

/// Largest picture that is fetched.
const MOST_IMAGE: u64 = 64 << 20;
/// Largest other file.
const MOST_OTHER: u64 = 1 << 30;
/// Bytes that the size of a picture is looked for in.
const HEAD: u64 = 256 << 10;

/// What is known of a URL: the blob with its media type and bytes, or why there is none.
type Known = Result<(String, String, u64), String>;

/// The media of one step's posts, each URL fetched once.
pub(super) struct MediaRoom {
    services: Arc<Services>,
    /// Hosts that the operator named for the sources: their pictures may lie at addresses that are not public.
    named: Grants,
    known: Mutex<HashMap<String, Known>>,
}

impl MediaRoom {
    /// An empty room.
    #[must_use]
    pub(super) fn new(services: Arc<Services>, named: Grants) -> Self {
        Self {
            services,
            named,
            known: Mutex::default(),
        }
    }

    /// Fetches what the post names and completes what is known of it. Gives a warning for each file that is missing.
    pub(super) async fn furnish(&self, post: &mut Post) -> Vec<Violation> {
        let mut warnings = Vec::new();
        for (index, media) in post.media.iter_mut().enumerate() {
            if let Err(why) = self.one(media).await {
                warnings.push(missing(&format!("media[{index}]"), media, &why));
            }
        }
        for segment in &mut post.thread {
            for media in &mut segment.media {
                // Segments show media of the post; the warning was given there.
                let _ = self.one(media).await;
            }
        }
        if let Some(image) = post.card.as_mut().and_then(|card| card.image.as_mut())
            && let Err(why) = self.one(image).await
        {
            warnings.push(missing("card.image", image, &why));
        }
        warnings
    }

    async fn one(&self, media: &mut Media) -> Result<(), String> {
        if media.blob.is_none() {
            let Some(url) = media.url.clone() else {
                return Err("it has neither bytes nor an address".into());
            };
            let (blob, media_type, bytes) = self.fetch(&url, media.kind).await?;
            media.blob = Some(blob);
            media.bytes = Some(bytes);
            media.media_type = media_type;
        }
        self.look(media).await
    }

    async fn fetch(&self, url: &str, kind: MediaKind) -> Known {
        let mut known = self.known.lock().await;
        if let Some(answer) = known.get(url) {
            return answer.clone();
        }
        let most = if kind == MediaKind::Image {
            MOST_IMAGE
        } else {
            MOST_OTHER
        };
        let services = &self.services;
        let fetched =
            crate::host::http::download(&services.http, &services.blobs, url, &self.named, most)
                .await;
        let answer = match fetched {
            Ok((blob, media_type)) => match services.blobs.size(&blob).await {
                Ok(bytes) => Ok((blob, media_type, bytes)),
                Err(error) => Err(error.to_string()),
            },
            Err(error) => Err(error.to_string()),
        };
        known.insert(url.to_string(), answer.clone());
        answer
    }

    /// Type and size from the bytes themselves: names and headers are often wrong.
    async fn look(&self, media: &mut Media) -> Result<(), String> {
        let (Some(blob), true) = (
            &media.blob,
            matches!(media.kind, MediaKind::Image | MediaKind::Animation),
        ) else {
            return Ok(());
        };
        if media.bytes.is_none() {
            media.bytes = Some(
                self.services
                    .blobs
                    .size(blob)
                    .await
                    .map_err(|error| error.to_string())?,
            );
        }
        let head = self
            .services
            .blobs
            .read(blob, 0, HEAD)
            .await
            .map_err(|error| error.to_string())?;
        if let Ok(kind) = imagesize::image_type(&head) {
            if let Some(media_type) = media_type(kind) {
                media.media_type = media_type.into();
            }
        } else if media.url.is_some() {
            return Err("what came is not a picture".into());
        }
        if let Ok(size) = imagesize::blob_size(&head) {
            media.width = u32::try_from(size.width).ok();
            media.height = u32::try_from(size.height).ok();
        }
        Ok(())
    }
}

fn media_type(kind: imagesize::ImageType) -> Option<&'static str> {
    Some(match kind {
        imagesize::ImageType::Jpeg => "image/jpeg",
        imagesize::ImageType::Png => "image/png",
        imagesize::ImageType::Gif => "image/gif",
        imagesize::ImageType::Webp => "image/webp",
        _ => return None,
    })
}

fn missing(field: &str, media: &Media, why: &str) -> Violation {
    Violation {
        code: "media-missing".into(),
        field: field.into(),
        message: format!(
            "{} can't be had: {why}",
            media.url.as_deref().unwrap_or("a file")
        ),
        severity: Severity::Warn,
        actual: None,
        limit: None,
        unit: String::new(),
    }
}

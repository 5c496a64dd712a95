//! What the server would refuse of composed parts, and what a person should do about it.

use staffetta_plugin::{Composed, Media, MediaKind, Violation, check_lengths};

use crate::media::{self, violation};
use crate::settings::Known;

/// Every violation, those of the first part first.
pub(crate) fn check(known: &Known, composed: &Composed) -> Vec<Violation> {
    let limits = known.limits();
    let mut found = check_lengths(composed);
    for violation in &mut found {
        violation.message.push_str(": shorten it");
    }
    for part in &composed.parts {
        found.extend(media::check("the server", &limits.media, &part.media));
        let most = known.facts.number("image-pixels");
        found.extend(
            part.media
                .iter()
                .enumerate()
                .filter_map(|(index, m)| pixels(index, m, most)),
        );
        found.extend(mixed(&part.media));
        if part.text.trim().is_empty() && part.media.is_empty() {
            let message = "neither text nor media: give the post a text or a picture";
            found.push(violation("empty", "text".into(), message.into(), None));
        }
    }
    let (parts, most) = (composed.parts.len() as u64, limits.max_parts);
    if parts > most.into() {
        let message =
            format!("a thread of {parts} posts, and at most {most} are sent: shorten the text");
        let figures = Some((parts, most.into(), "posts"));
        found.push(violation(
            "too-many-parts",
            "thread".into(),
            message,
            figures,
        ));
    }
    found
}

fn pixels(index: usize, media: &Media, most: Option<u64>) -> Option<Violation> {
    let count = u64::from(media.width?) * u64::from(media.height?);
    let most = most.filter(|&most| media.kind == MediaKind::Image && count > most)?;
    let message = format!("{count} pixels, and the server takes {most}: make the picture smaller");
    Some(violation(
        "media-pixels",
        format!("media[{index}]"),
        message,
        Some((count, most, "pixels")),
    ))
}

/// Pictures may stand together, anything else stands alone.
fn mixed(media: &[Media]) -> Option<Violation> {
    let alone = media.iter().filter(|m| m.kind != MediaKind::Image).count();
    (alone > 0 && media.len() > 1).then(|| {
        let message =
            "Mastodon takes several pictures, or one animation, video or audio file: keep one kind";
        violation("media-mixed", "media".into(), message.into(), None)
    })
}

//! What the network would refuse of a composed share, and what a person should do about it.

use staffetta_plugin::{Composed, Media, MediaKind, Severity, Violation, check_lengths};

use crate::media::{self, violation};
use crate::settings::Known;

/// Every violation.
pub(crate) fn check(known: &Known, composed: &Composed) -> Vec<Violation> {
    let mut found = check_lengths(composed);
    for violation in &mut found {
        violation
            .message
            .push_str(" (the figure is not confirmed): shorten it");
    }
    for part in &composed.parts {
        found.extend(media::check("LinkedIn", &known.limits().media, &part.media));
        let most = known.facts.number("image-pixels");
        found.extend(
            part.media
                .iter()
                .enumerate()
                .filter_map(|(index, m)| pixels(index, m, most)),
        );
        let alone = part
            .media
            .iter()
            .filter(|m| m.kind != MediaKind::Image)
            .count();
        if alone > 0 && part.media.len() > 1 {
            let message = "LinkedIn takes several pictures, or one animation, video or document: keep one kind";
            found.push(violation(
                "media-mixed",
                "media".into(),
                message.into(),
                None,
            ));
        }
        if part.text.trim().is_empty() && part.media.is_empty() && part.card.is_none() {
            let message = "neither text, link nor media: give the post one of them";
            found.push(violation("empty", "text".into(), message.into(), None));
        }
        if part
            .card
            .as_ref()
            .is_some_and(|card| card.title == card.url)
        {
            let message = "the card has no title, and LinkedIn reads none from the page: give the post a title";
            found.push(Violation {
                severity: Severity::Warn,
                ..violation("title-missing", "title".into(), message.into(), None)
            });
        }
    }
    found
}

fn pixels(index: usize, media: &Media, most: Option<u64>) -> Option<Violation> {
    let count = u64::from(media.width?) * u64::from(media.height?);
    let most = most.filter(|&most| media.kind == MediaKind::Image && count > most)?;
    let message = format!(
        "{count} pixels, and LinkedIn takes {most} (the figure is not confirmed): make the picture smaller"
    );
    Some(violation(
        "media-pixels",
        format!("media[{index}]"),
        message,
        Some((count, most, "pixels")),
    ))
}

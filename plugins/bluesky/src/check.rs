//! What the network would refuse in composed parts, and what would go out badly. Changes nothing.

use staffetta_plugin::{
    Account, Composed, Facts, Media, MediaKind, Part, Severity, Violation, check_lengths,
};

use crate::limits::{facts, limits};
use crate::settings::Settings;

/// All violations, in the order of the parts.
#[must_use]
pub fn check(account: &Account, settings: &Settings, composed: &Composed) -> Vec<Violation> {
    let facts = facts(account);
    let mut found = check_lengths(composed);
    let most = limits(account, settings).max_parts as usize;
    if composed.parts.len() > most {
        let message = format!(
            "a thread of {} posts, more than the {most} allowed",
            composed.parts.len()
        );
        found.push(over(
            "too-many-parts",
            "thread",
            message,
            composed.parts.len() as u64,
            most as u64,
            "posts",
        ));
    }
    for (index, part) in composed.parts.iter().enumerate() {
        let place = if composed.parts.len() > 1 {
            format!(" in part {}", index + 1)
        } else {
            String::new()
        };
        if part.text.trim().is_empty() && part.media.is_empty() && part.card.is_none() {
            let message = format!("there is nothing to post{place}: no text, no picture, no link");
            found.push(plain("empty", "text", message, Severity::Refuse));
        }
        media(part, &facts, &place, &mut found);
    }
    found
}

fn media(part: &Part, facts: &Facts, place: &str, found: &mut Vec<Violation>) {
    let video = part.media.iter().any(|m| m.kind == MediaKind::Video);
    let (key, name) = if video {
        ("video", "videos")
    } else {
        ("image", "pictures")
    };
    let many = part.media.len() as u64;
    if let Some(most) = facts
        .number(&format!("{key}-count"))
        .filter(|most| many > *most)
    {
        let message = format!("{many} {name}{place}, more than the {most} allowed");
        found.push(over("too-many-media", "media", message, many, most, name));
    }
    for (index, medium) in part.media.iter().enumerate() {
        one(medium, index, facts, place, found);
    }
}

fn one(medium: &Media, index: usize, facts: &Facts, place: &str, found: &mut Vec<Violation>) {
    let field = format!("media[{index}]");
    let key = match medium.kind {
        MediaKind::Image | MediaKind::Animation => "image",
        MediaKind::Video => "video",
        MediaKind::Audio | MediaKind::Document => {
            let message = format!(
                "a post here can't hold a file of the type {}{place}",
                medium.media_type
            );
            found.push(plain("media-type", &field, message, Severity::Refuse));
            return;
        }
    };
    let accepted = facts.words(&format!("{key}-types"));
    if !accepted.contains(&medium.media_type) {
        // The server takes every kind of picture; the apps may not show it.
        let picture = key == "image" && medium.media_type.starts_with("image/");
        let message = format!(
            "{} is not one of {}{place}",
            medium.media_type,
            accepted.join(", ")
        );
        let severity = if picture {
            Severity::Warn
        } else {
            Severity::Refuse
        };
        found.push(plain("media-type", &field, message, severity));
    }
    let bytes = medium.bytes.unwrap_or_default();
    if let Some(most) = facts
        .number(&format!("{key}-bytes"))
        .filter(|most| bytes > *most)
    {
        let message = format!("{bytes} bytes{place}, more than the {most} allowed");
        found.push(over(
            "media-too-large",
            &field,
            message,
            bytes,
            most,
            "bytes",
        ));
    }
    if medium
        .alt
        .as_deref()
        .is_none_or(|alt| alt.trim().is_empty())
    {
        let message = format!("nothing tells people who can't see it what is shown{place}");
        found.push(plain(
            "alt-missing",
            &format!("{field}.alt"),
            message,
            Severity::Warn,
        ));
    }
}

fn plain(code: &str, field: &str, message: String, severity: Severity) -> Violation {
    Violation {
        code: code.into(),
        field: field.into(),
        message,
        severity,
        actual: None,
        limit: None,
        unit: String::new(),
    }
}

fn over(
    code: &str,
    field: &str,
    message: String,
    actual: u64,
    limit: u64,
    unit: &str,
) -> Violation {
    Violation {
        actual: Some(actual),
        limit: Some(limit),
        unit: unit.into(),
        ..plain(code, field, message, Severity::Refuse)
    }
}

//! Compares media with a network's limits: kind, count, type, size and shape. Knows no network; it reads `PostLimits`.

use crate::types::{Media, MediaKind, MediaLimit, Severity, Violation};

/// What is wrong with one part's media.
#[must_use]
pub fn check(network: &str, limits: &[MediaLimit], media: &[Media]) -> Vec<Violation> {
    let mut found = Vec::new();
    for limit in limits {
        let count = media.iter().filter(|m| m.kind == limit.kind).count();
        if limit.max_count > 0 && count > limit.max_count as usize {
            let (many, most) = (plural(limit.kind), limit.max_count);
            found.push(violation(
                "too-many-media",
                "media".into(),
                format!(
                    "{count} {many}, and {network} takes {most}: remove {}",
                    count - most as usize
                ),
                Some((count as u64, most.into(), many)),
            ));
        }
    }
    for (index, media) in media.iter().enumerate() {
        let field = format!("media[{index}]");
        match limits
            .iter()
            .find(|l| l.kind == media.kind && l.max_count > 0)
        {
            Some(limit) => one(network, limit, media, &field, &mut found),
            None => found.push(violation(
                "media-kind",
                field.clone(),
                format!("{network} takes no {}: remove it", plural(media.kind)),
                None,
            )),
        }
        let silent = media.alt.as_deref().unwrap_or_default().trim().is_empty();
        if silent && matches!(media.kind, MediaKind::Image | MediaKind::Animation) {
            found.push(Violation {
                severity: Severity::Warn,
                ..violation(
                    "alt-missing",
                    format!("{field}.alt"),
                    "no alternative text: say in a sentence what the picture shows".into(),
                    None,
                )
            });
        }
    }
    found
}

fn one(network: &str, limit: &MediaLimit, media: &Media, field: &str, found: &mut Vec<Violation>) {
    let doubt = if limit.provenance.doubtful {
        " (the figure is not confirmed)"
    } else {
        ""
    };
    let known = !media.media_type.is_empty() && !limit.media_types.is_empty();
    if known && !limit.media_types.contains(&media.media_type) {
        let types = limit.media_types.join(", ");
        let message = format!(
            "{} is not taken by {network}: convert it to one of {types}",
            media.media_type
        );
        found.push(violation("media-type", field.into(), message, None));
    }
    let mut most = |what: &str, unit: &'static str, actual: Option<u64>, limit: Option<u64>| {
        if let (Some(actual), Some(limit)) = (actual, limit)
            && actual > limit
        {
            let message =
                format!("{actual} {unit}, and {network} takes {limit}{doubt}: make it smaller");
            found.push(violation(
                what,
                field.into(),
                message,
                Some((actual, limit, unit)),
            ));
        }
    };
    most("media-bytes", "bytes", media.bytes, limit.max_bytes);
    most(
        "media-width",
        "pixels of width",
        media.width.map(u64::from),
        limit.max_width.map(u64::from),
    );
    most(
        "media-height",
        "pixels of height",
        media.height.map(u64::from),
        limit.max_height.map(u64::from),
    );
    most(
        "media-duration",
        "milliseconds",
        media.duration_ms,
        limit.max_duration_ms,
    );
    if let (Some(width), Some(height @ 1..)) = (media.width, media.height) {
        let ratio = width as f32 / height as f32;
        // A pixel of rounding is no reason to refuse a picture.
        let slack = 0.01;
        let narrow = limit.min_ratio.is_some_and(|least| ratio < least - slack);
        let wide = limit.max_ratio.is_some_and(|most| ratio > most + slack);
        if narrow || wide {
            let shape = if narrow { "tall" } else { "wide" };
            let message =
                format!("{width} by {height} pixels is too {shape} for {network}{doubt}: crop it");
            found.push(violation("media-ratio", field.into(), message, None));
        }
    }
}

fn plural(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Image => "pictures",
        MediaKind::Animation => "animations",
        MediaKind::Video => "videos",
        MediaKind::Audio => "audio files",
        MediaKind::Document => "documents",
    }
}

/// A reason to refuse; `figures` are what there is, what is allowed and the unit.
pub fn violation(
    code: &str,
    field: String,
    message: String,
    figures: Option<(u64, u64, &str)>,
) -> Violation {
    Violation {
        code: code.into(),
        field,
        message,
        severity: Severity::Refuse,
        actual: figures.map(|f| f.0),
        limit: figures.map(|f| f.1),
        unit: figures.map(|f| f.2.to_string()).unwrap_or_default(),
    }
}

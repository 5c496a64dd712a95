//! What the network would refuse of a composed pin, and what a person should do about it.

use staffetta_plugin::{
    Composed, Media, MediaKind, Part, Severity, SpanKind, Violation, check_lengths, text,
};

use crate::media::{self, violation};
use crate::settings::Known;

/// Every violation.
pub(crate) fn check(known: &Known, composed: &Composed) -> Vec<Violation> {
    let mut found = check_lengths(composed);
    for violation in &mut found {
        violation.message.push_str(": shorten it");
    }
    for part in &composed.parts {
        found.extend(media::check(
            "Pinterest",
            &known.limits().media,
            &part.media,
        ));
        found.extend(pictures(known, &part.media));
        found.extend(fields(part));
        let link = |span: &staffetta_plugin::Span| span.kind == SpanKind::Link;
        if text::tokens(&part.text).iter().any(link) {
            let message = "a link in the description can't be clicked: the pin's own link can. Take it out of the text";
            found.push(warning("link-dead", "text", message));
        }
    }
    found
}

fn pictures(known: &Known, media: &[Media]) -> Vec<Violation> {
    let count = |kind| media.iter().filter(|m| m.kind == kind).count();
    let (images, videos) = (count(MediaKind::Image), count(MediaKind::Video));
    let mut found = Vec::new();
    if images + videos == 0 {
        let message = "a pin needs a picture: add one to the post, or leave this account out";
        found.push(violation(
            "media-missing",
            "media".into(),
            message.into(),
            None,
        ));
    }
    if videos > 0 && images == 0 {
        let message = "a video pin needs a cover: add a picture beside the video";
        found.push(violation(
            "cover-missing",
            "media".into(),
            message.into(),
            None,
        ));
    }
    if videos > 0 && images > 1 {
        let message = "a video pin takes one picture, its cover: remove the others";
        found.push(violation(
            "media-mixed",
            "media".into(),
            message.into(),
            None,
        ));
    }
    let best = known.facts.ratio("best-ratio");
    for (index, media) in media.iter().enumerate() {
        let (Some(best), Some(width), Some(height @ 1..)) = (best, media.width, media.height)
        else {
            continue;
        };
        if media.kind == MediaKind::Image && width as f32 / height as f32 > best * 1.51 {
            let message = "a wide picture is shown small among pins (not confirmed): upright 2:3 is said to do best";
            found.push(warning("media-ratio", &format!("media[{index}]"), message));
        }
    }
    found
}

fn fields(part: &Part) -> Vec<Violation> {
    let value = |name: &str| {
        part.fields
            .iter()
            .find(|f| f.name == name)
            .map(|f| f.value.as_str())
    };
    let mut found = Vec::new();
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit());
    match value("board") {
        None => {
            let message = "no board: write `board: \"<id>\"` in the account's `with`, or give the post a field `board`";
            found.push(violation(
                "board-missing",
                "board".into(),
                message.into(),
                None,
            ));
        }
        Some(board) if !is_id(board) => {
            let message = format!(
                "{board} is no board id: an id has digits only, as the board's address in the API shows it"
            );
            found.push(violation("board-invalid", "board".into(), message, None));
        }
        Some(_) => {}
    }
    if let Some(section) = value("board-section").filter(|section| !is_id(section)) {
        let message = format!("{section} is no section id: an id has digits only");
        found.push(violation(
            "board-invalid",
            "board-section".into(),
            message,
            None,
        ));
    }
    if let Some(link) =
        value("link").filter(|l| !l.starts_with("https://") && !l.starts_with("http://"))
    {
        let message = format!("{link} is no web address: begin it with https://");
        found.push(violation("link-invalid", "link".into(), message, None));
    }
    if value("title").is_none() {
        found.push(warning(
            "title-missing",
            "title",
            "a pin without a title is found less: give the post a title",
        ));
    }
    found
}

fn warning(code: &str, field: &str, message: &str) -> Violation {
    Violation {
        severity: Severity::Warn,
        ..violation(code, field.into(), message.into(), None)
    }
}

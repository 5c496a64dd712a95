//! What the network would refuse of composed parts, and what a person should do about it.

use staffetta_plugin::{
    Composed, Media, MediaKind, Part, Severity, Span, SpanKind, Violation, check_lengths, text,
};

use crate::media::{self, violation};
use crate::settings::Known;

/// Every violation, those of the first part first.
pub(crate) fn check(known: &Known, composed: &Composed) -> Vec<Violation> {
    let limits = known.limits();
    let mut found = check_lengths(composed);
    for violation in &mut found {
        violation
            .message
            .push_str(match (violation.field.as_str(), known.settings.thread) {
                ("text", false) => ": shorten it, or set `thread: true` in the account's `with`",
                _ => ": shorten it",
            });
    }
    for part in &composed.parts {
        found.extend(media::check("X", &limits.media, &part.media));
        found.extend(mixed(part));
        if part.text.trim().is_empty() && part.media.is_empty() {
            let message = "neither text nor media: give the post a text or a picture";
            found.push(violation("empty", "text".into(), message.into(), None));
        }
        found.extend(dead_links(part));
        if part.text.contains(['\u{FFFE}', '\u{FEFF}', '\u{FFFF}']) {
            let message = "a character that X refuses (U+FEFF, U+FFFE or U+FFFF): remove it";
            found.push(violation("character", "text".into(), message.into(), None));
        }
    }
    let (parts, most) = (composed.parts.len() as u64, limits.max_parts);
    if parts > most.into() {
        let message =
            format!("a thread of {parts} posts, and at most {most} are sent: shorten the text");
        found.push(violation(
            "too-many-parts",
            "thread".into(),
            message,
            Some((parts, most.into(), "posts")),
        ));
    }
    found
}

/// Links that the network does not take for links, because it does not know their top-level domain.
fn dead_links(part: &Part) -> Vec<Violation> {
    let dead = |link: &Span| {
        let live = |span: &Span| span.kind == SpanKind::Link && span.start == link.start;
        link.kind == SpanKind::Link && !part.spans.iter().any(live)
    };
    let links = text::tokens(&part.text).into_iter().filter(dead);
    links
        .map(|link| Violation {
            severity: Severity::Warn,
            ..violation(
                "link-dead",
                "text".into(),
                format!(
                    "X does not make {} clickable and counts all of it: use another address",
                    link.target
                ),
                None,
            )
        })
        .collect()
}

/// Pictures may stand together, an animation or a video stands alone.
fn mixed(part: &Part) -> Option<Violation> {
    let moving = |m: &&Media| matches!(m.kind, MediaKind::Animation | MediaKind::Video);
    let alone = part.media.iter().filter(moving).count();
    (alone > 0 && part.media.len() > 1).then(|| {
        let message = "X takes up to four pictures, or one animation, or one video: keep one kind";
        violation("media-mixed", "media".into(), message.into(), None)
    })
}

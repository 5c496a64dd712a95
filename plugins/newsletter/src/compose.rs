//! From a post to the exact mail. The payload is JSON: `subject`, `preheader`, `html` and `text`.
//!
//! It names what only the sending knows by a placeholder: `{unsubscribe}` is the address with which a reader leaves the
//! list, `{media:0}` the address of that picture after its upload.

use serde_json::json;
use staffetta_plugin::{
    Account, Composed, Field, Length, Part, Post, SpanKind, serde_json, text as words,
};

use crate::mail::{self, Frame};
use crate::settings::Known;
use crate::{UNIT, heading};

/// The one mail that would be sent.
pub(crate) fn compose(account: &Account, known: &Known, post: &Post) -> Composed {
    let mut notes = Vec::new();
    let subject = heading::subject(post);
    let preheader = heading::preheader(post).unwrap_or_default();
    let language = post
        .language
        .as_deref()
        .or(account.language.as_deref())
        .unwrap_or("en");
    let frame = Frame {
        settings: &known.settings,
        subject: subject.as_deref().unwrap_or_default(),
        preheader: &preheader,
        language,
    };
    let (html, text) = (mail::html(&frame, post), mail::text(&frame, post));
    if !post.tags.is_empty() {
        notes.push("Tags are not part of a mail.".into());
    }
    if post.thread.len() > 1 {
        notes.push("A mail is one: the whole text is used, not the parts of the thread.".into());
    }
    if post.text.trim().is_empty() && post.html.is_some() {
        notes.push("The post has HTML only: the text part has its summary and link.".into());
    }
    let length = |field: &str, text: &str, key: &str| Length {
        field: field.into(),
        length: words::graphemes(text),
        limit: known.facts.count(key),
        unit: UNIT.into(),
    };
    let lengths = vec![
        length("subject", frame.subject, "subject"),
        length("preheader", &preheader, "preheader"),
        Length {
            field: "html".into(),
            length: u32::try_from(html.len()).unwrap_or(u32::MAX),
            limit: known.facts.count("html-bytes"),
            unit: "bytes".into(),
        },
    ];
    let payload =
        json!({"subject": frame.subject, "preheader": preheader, "html": html, "text": text});
    let mut fields = Vec::new();
    for (name, value) in [
        ("subject", subject.unwrap_or_default()),
        ("preheader", preheader),
        ("html", html),
    ] {
        if !value.is_empty() {
            fields.push(Field {
                name: name.into(),
                value,
            });
        }
    }
    let part = Part {
        spans: words::tokens(&text)
            .into_iter()
            .filter(|s| s.kind == SpanKind::Link)
            .collect(),
        media: post.media.clone(),
        card: None,
        payload: payload.to_string(),
        payload_type: "application/json".into(),
        text,
        fields,
        lengths,
    };
    Composed {
        parts: vec![part],
        notes,
    }
}

//! What is wrong with a composed mail. Lengths are only warned of: mail clients show less, but nothing refuses more.

use serde_json::Value;
use staffetta_plugin::{Composed, Part, Severity, Violation, check_lengths, serde_json};

use crate::media::{self, violation};
use crate::settings::Known;

/// Every violation.
pub(crate) fn check(known: &Known, composed: &Composed) -> Vec<Violation> {
    let mut found = check_lengths(composed);
    for violation in &mut found {
        violation.severity = Severity::Warn;
        violation.message.push_str(match violation.field.as_str() {
            "html" => ": many readers will see only its beginning. Send less and link to the rest",
            _ => ": many readers will see only its beginning. Put what matters first",
        });
    }
    for part in &composed.parts {
        found.extend(media::check("a mail", &known.limits().media, &part.media));
        if !part.fields.iter().any(|f| f.name == "subject") {
            let message = "no subject: give the post a title, or a field `subject`";
            found.push(violation(
                "subject-missing",
                "subject".into(),
                message.into(),
                None,
            ));
        }
        if is_empty(part) {
            let message = "the mail has no content: give the post a text";
            found.push(violation("empty", "text".into(), message.into(), None));
        }
    }
    found
}

/// Nothing between the heading and the footer, in HTML and in text.
fn is_empty(part: &Part) -> bool {
    let payload: Value = serde_json::from_str(&part.payload).unwrap_or_default();
    let html = payload
        .get("html")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let content = html
        .split_once("</h1>")
        .and_then(|(_, rest)| rest.split_once("</td>"));
    content.is_none_or(|(content, _)| content.trim().is_empty())
}

//! Subject and preheader: what people see of a mail before they open it. Both are one line without control characters,
//! so that neither can smuggle in a mail header.

use serde_json::{Map, Value};
use staffetta_plugin::{Post, serde_json};

/// The post's own field of that name.
fn own(post: &Post, field: &str) -> Option<String> {
    let extra: Map<String, Value> = serde_json::from_str(&post.extra).unwrap_or_default();
    extra.get(field).and_then(Value::as_str).and_then(line)
}

/// One line; none where nothing is left.
fn line(text: &str) -> Option<String> {
    let shown = |c: char| {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            ' '
        } else {
            c
        }
    };
    let text: String = text.chars().map(shown).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The field `subject`, else the title.
pub(crate) fn subject(post: &Post) -> Option<String> {
    own(post, "subject").or_else(|| post.title.as_deref().and_then(line))
}

/// The field `preheader`, else the summary, else the text's first paragraph.
pub(crate) fn preheader(post: &Post) -> Option<String> {
    let first = || post.text.split("\n\n").find_map(line);
    own(post, "preheader")
        .or_else(|| post.summary.as_deref().and_then(line))
        .or_else(first)
}

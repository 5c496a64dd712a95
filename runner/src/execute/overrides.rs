//! A person's own words for one network or account: they win over what the rules made, and are checked like it.

use serde_json::Value;

use crate::contract::types::{Change, ChangeKind, Post};

/// Applies the overrides for this network, then those for this account, and says what they changed.
pub(super) fn apply(post: &mut Post, network: &str, account: &str) -> Vec<Change> {
    let overrides = std::mem::take(&mut post.overrides);
    let mut changes = Vec::new();
    for target in [network, account] {
        for over in overrides.iter().filter(|over| over.target == target) {
            // What the plugin wrote as a value is JSON; anything else is taken as text.
            let value: Value = serde_json::from_str(&over.value)
                .unwrap_or_else(|_| Value::String(over.value.clone()));
            let before = set(post, &over.field, &value);
            changes.push(Change {
                rule: "by hand".into(),
                field: over.field.clone(),
                kind: ChangeKind::Replaced,
                before,
                after: Some(brief(&value)),
                reason: format!("written for {target} at {}", over.place),
            });
        }
    }
    post.overrides = overrides;
    changes
}

/// Sets a field and gives what was there.
fn set(post: &mut Post, field: &str, value: &Value) -> Option<String> {
    let text = || {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_string)
    };
    match field {
        "text" => {
            // Words for the whole: a thread that a rule made of the old words would hide them.
            post.thread.clear();
            Some(std::mem::replace(&mut post.text, text()))
        }
        "title" => post.title.replace(text()),
        "summary" => post.summary.replace(text()),
        "link" => {
            let before = post.link.take();
            post.link = (!value.is_null()).then(text);
            post.card = None;
            before
        }
        "language" => post.language.replace(text()),
        "html" => post.html.replace(text()),
        "reply-to" => post.reply_to.replace(text()),
        "tags" => {
            let tags = match value {
                Value::Array(list) => list.iter().filter_map(Value::as_str).map(tag).collect(),
                other => other
                    .as_str()
                    .unwrap_or_default()
                    .split(',')
                    .map(tag)
                    .filter(|t| !t.is_empty())
                    .collect(),
            };
            Some(std::mem::replace(&mut post.tags, tags).join(", "))
        }
        "media" => match serde_json::from_value(value.clone()) {
            Ok(media) => Some(format!(
                "{} media",
                std::mem::replace(&mut post.media, media).len()
            )),
            Err(_) => extra(post, field, value),
        },
        other => extra(post, other, value),
    }
}

fn tag(word: &str) -> String {
    word.trim().trim_start_matches('#').to_string()
}

/// A field of that network, such as `board`.
fn extra(post: &mut Post, field: &str, value: &Value) -> Option<String> {
    let mut extra: serde_json::Map<String, Value> =
        serde_json::from_str(&post.extra).unwrap_or_default();
    let before = extra.insert(field.to_string(), value.clone());
    post.extra = Value::Object(extra).to_string();
    before.as_ref().map(brief)
}

fn brief(value: &Value) -> String {
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_string);
    match text.char_indices().nth(400) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

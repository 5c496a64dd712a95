//! What the server says of its own limits, turned into figures. Pure; `lib.rs` asks the server.

use serde_json::{Map, Value, json};
use staffetta_plugin::serde_json;

/// The figures in the answer of `/api/v2/instance` (or `/api/v1/instance` of older servers). None when it has none.
pub(crate) fn facts(answer: &Value, source: &str, date: &str) -> Option<Value> {
    let mut facts = Map::new();
    let mut put = |key: &str, value: Value| {
        facts.insert(
            key.into(),
            json!({"value": value, "source": source, "date": date}),
        );
    };
    let number = |pointer: &str| answer.pointer(pointer).and_then(Value::as_u64);
    let figures = [
        ("text", "/configuration/statuses/max_characters"),
        (
            "url-length",
            "/configuration/statuses/characters_reserved_per_url",
        ),
        (
            "image-count",
            "/configuration/statuses/max_media_attachments",
        ),
        ("alt", "/configuration/media_attachments/description_limit"),
        (
            "image-bytes",
            "/configuration/media_attachments/image_size_limit",
        ),
        (
            "animation-bytes",
            "/configuration/media_attachments/image_size_limit",
        ),
        (
            "image-pixels",
            "/configuration/media_attachments/image_matrix_limit",
        ),
        (
            "video-bytes",
            "/configuration/media_attachments/video_size_limit",
        ),
        (
            "audio-bytes",
            "/configuration/media_attachments/video_size_limit",
        ),
    ];
    for (key, pointer) in figures {
        if let Some(value) = number(pointer) {
            put(key, value.into());
        }
    }
    // Servers from before the configuration was told.
    if number("/configuration/statuses/max_characters").is_none()
        && let Some(value) = number("/max_toot_chars")
    {
        put("text", value.into());
    }
    let types = answer.pointer("/configuration/media_attachments/supported_mime_types");
    if let Some(types) = types.and_then(Value::as_array) {
        for kind in ["image", "video", "audio"] {
            let of_kind = |value: &&Value| {
                value
                    .as_str()
                    .and_then(|t| t.split('/').next())
                    .is_some_and(|start| start == kind)
            };
            put(
                &format!("{kind}-types"),
                types.iter().filter(of_kind).cloned().collect(),
            );
        }
    }
    (!facts.is_empty()).then_some(Value::Object(facts))
}

/// Milliseconds since 1970 as `2026-08`.
pub(crate) fn month(instant: i64) -> String {
    // Days since 0000-03-01, so that a leap day ends a year; 400 years are 146,097 days.
    let days = instant.div_euclid(86_400_000) + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    format!("{:04}-{month:02}", era * 400 + year + next)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_what_the_server_tells() {
        let answer: Value =
            serde_json::from_str(include_str!("../fixtures/instance.json")).unwrap();
        let facts = facts(&answer, "https://ex.social/api/v2/instance", "2026-08").unwrap();
        assert_eq!(facts["text"]["value"], 5000);
        assert_eq!(facts["url-length"]["value"], 30);
        assert_eq!(facts["image-count"]["value"], 8);
        assert_eq!(facts["audio-types"]["value"], json!(["audio/ogg"]));
        assert_eq!(facts["text"]["source"], "https://ex.social/api/v2/instance");
        assert!(super::facts(&json!({"title": "x"}), "", "").is_none());
        assert_eq!(
            super::facts(&json!({"max_toot_chars": 900}), "", "").unwrap()["text"]["value"],
            900
        );
    }

    #[test]
    fn months_are_right_at_their_edges() {
        assert_eq!(month(0), "1970-01");
        assert_eq!(month(1_785_542_399_999), "2026-07");
        assert_eq!(month(1_785_542_400_000), "2026-08");
        assert_eq!(month(1_709_251_199_999), "2024-02");
        assert_eq!(month(1_709_251_200_000), "2024-03");
    }
}

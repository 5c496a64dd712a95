//! The pure half: limits from the settings, graphemes as the unit, parts from the thread or the text.

use staffetta_plugin::serde_json::{Value, from_str, json};
use staffetta_plugin::{
    Account, Composed, Error, Field, FieldLimit, Length, LinkPlace, Measured, Media, MediaKind,
    MediaLimit, Network, Part, Post, PostLimits, Provenance, Request, Result, Violation,
    check_lengths, text,
};

use crate::Guest;
use crate::settings::Settings;

const UNIT: &str = "graphemes";

fn provenance() -> Provenance {
    Provenance {
        source: "the account's settings".into(),
        date: String::new(),
        doubtful: false,
    }
}

/// What the server told wins over the settings.
fn limit(account: &Account, settings: &Settings) -> u32 {
    from_str::<Value>(&account.facts)
        .ok()
        .and_then(|facts| facts.get("limit")?.as_u64())
        .and_then(|n| u32::try_from(n).ok())
        .unwrap_or(settings.limit)
}

fn length(field: &str, words: &str, limit: Option<u32>) -> Length {
    Length {
        field: field.into(),
        length: text::graphemes(words),
        limit,
        unit: UNIT.into(),
    }
}

fn part(words: String, media: Vec<Media>, most: u32) -> Part {
    Part {
        spans: text::tokens(&words),
        lengths: vec![length("text", &words, Some(most))],
        payload: json!({"text": words}).to_string(),
        payload_type: "application/json".into(),
        text: words,
        media,
        card: None,
        fields: Vec::new(),
    }
}

impl Network for Guest {
    fn learn(account: Account) -> Result<Option<String>> {
        let settings = Settings::of(&account)?;
        match settings.server.filter(|_| settings.learn) {
            Some(server) => {
                let facts: Value =
                    Request::new("asking for the limits", "GET", format!("{server}/limits"))
                        .fetch()?;
                Ok(Some(facts.to_string()))
            }
            None => Ok(None),
        }
    }

    fn limits(account: Account) -> Result<PostLimits> {
        let settings = Settings::of(&account)?;
        let field = |name: &str, limit| FieldLimit {
            name: name.into(),
            required: false,
            limit,
            unit: UNIT.into(),
            provenance: provenance(),
        };
        let mut fields = vec![field("text", Some(limit(&account, &settings)))];
        if settings.title_limit.is_some() {
            fields.push(field("title", settings.title_limit));
        }
        Ok(PostLimits {
            fields,
            media: vec![MediaLimit {
                kind: MediaKind::Image,
                media_types: Vec::new(),
                max_count: 4,
                max_bytes: None,
                min_ratio: None,
                max_ratio: None,
                max_width: None,
                max_height: None,
                max_duration_ms: None,
                provenance: provenance(),
            }],
            min_media: 0,
            links: match settings.links.as_str() {
                "field" => LinkPlace::Field,
                "nowhere" => LinkPlace::Nowhere,
                _ => LinkPlace::Text,
            },
            cards: false,
            max_tags: settings.max_tags,
            max_parts: settings.max_parts,
        })
    }

    fn measure(account: Account, field: String, words: String) -> Result<Measured> {
        let settings = Settings::of(&account)?;
        let most = match field.as_str() {
            "text" => Some(limit(&account, &settings)),
            "title" => settings.title_limit,
            _ => None,
        };
        Ok(text::measure(
            &words,
            &text::tokens(&words),
            most,
            UNIT,
            |unit| match unit {
                text::Unit::Grapheme(_) => 1,
                text::Unit::Token(_, token) => text::graphemes(token),
            },
        ))
    }

    fn compose(account: Account, post: Post) -> Result<Composed> {
        let settings = Settings::of(&account)?;
        let most = limit(&account, &settings);
        let mut parts: Vec<Part> = post
            .thread
            .into_iter()
            .map(|segment| part(segment.text, segment.media, most))
            .collect();
        if parts.is_empty() {
            parts.push(part(post.text, post.media, most));
        }
        if let (Some(title), Some(first)) = (post.title, parts.first_mut()) {
            first
                .lengths
                .push(length("title", &title, settings.title_limit));
            first.fields.push(Field {
                name: "title".into(),
                value: title,
            });
        }
        if parts.len() > settings.max_parts.max(1) as usize {
            return Err(Error::Permanent(
                "more parts than this network allows".into(),
            ));
        }
        Ok(Composed {
            parts,
            notes: Vec::new(),
        })
    }

    fn check(_account: Account, composed: Composed) -> Result<Vec<Violation>> {
        Ok(check_lengths(&composed))
    }
}

//! The network half: no limits, because nobody knows where the person will post. The link and the tags are fields of
//! their own, so that the person puts them where they belong.

use staffetta_plugin::serde_json::json;
use staffetta_plugin::{
    Account, Composed, Field, Length, LinkPlace, Measured, Media, MediaKind, MediaLimit, Network,
    Part, Post, PostLimits, Provenance, Result, Severity, Violation, text, unlimited,
};

use crate::Handoff;

const UNIT: &str = "graphemes";

/// Parts of a thread that a person can still be asked to post.
const PARTS: u32 = 50;

fn any_number(kind: MediaKind) -> MediaLimit {
    MediaLimit {
        kind,
        media_types: Vec::new(),
        max_count: u32::MAX,
        max_bytes: None,
        min_ratio: None,
        max_ratio: None,
        max_width: None,
        max_height: None,
        max_duration_ms: None,
        provenance: Provenance {
            source: String::new(),
            date: String::new(),
            doubtful: false,
        },
    }
}

/// What the person gets of a post.
#[must_use]
pub fn compose(post: Post) -> Composed {
    let mut fields = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            fields.push(Field {
                name: name.into(),
                value,
            });
        }
    };
    add("title", post.title);
    add("link", post.link);
    let tags: Vec<String> = post
        .tags
        .iter()
        .map(|tag| format!("#{}", tag.trim_start_matches('#')))
        .collect();
    add("tags", Some(tags.join(" ")));
    let mut parts: Vec<Part> = post
        .thread
        .into_iter()
        .map(|s| part(s.text, s.media))
        .collect();
    if parts.is_empty() {
        parts.push(part(post.text, post.media));
    }
    if let Some(first) = parts.first_mut() {
        first.fields = fields;
        first.card = post.card;
    }
    for part in &mut parts {
        let named: Vec<_> = part
            .fields
            .iter()
            .map(|f| json!({"name": f.name, "value": f.value}))
            .collect();
        part.payload = json!({"text": part.text, "fields": named}).to_string();
    }
    Composed {
        parts,
        notes: Vec::new(),
    }
}

fn part(words: String, media: Vec<Media>) -> Part {
    Part {
        spans: text::tokens(&words),
        lengths: vec![Length {
            field: "text".into(),
            length: text::graphemes(&words),
            limit: None,
            unit: UNIT.into(),
        }],
        text: words,
        media,
        card: None,
        fields: Vec::new(),
        payload: String::new(),
        payload_type: "application/json".into(),
    }
}

/// Nothing is refused but nothing itself.
#[must_use]
pub fn check(composed: &Composed) -> Vec<Violation> {
    let something = composed
        .parts
        .iter()
        .any(|p| !p.text.trim().is_empty() || !p.media.is_empty() || !p.fields.is_empty());
    if something {
        return Vec::new();
    }
    vec![Violation {
        code: "empty".into(),
        field: "text".into(),
        message: "there is nothing to hand over: no text, no media".into(),
        severity: Severity::Refuse,
        actual: None,
        limit: None,
        unit: String::new(),
    }]
}

impl Network for Handoff {
    fn learn(_account: Account) -> Result<Option<String>> {
        Ok(None)
    }

    fn limits(_account: Account) -> Result<PostLimits> {
        use MediaKind::{Animation, Audio, Document, Image, Video};
        Ok(PostLimits {
            fields: ["text", "title", "link", "tags"]
                .map(|name| unlimited(name, false))
                .into(),
            media: [Image, Animation, Video, Audio, Document]
                .map(any_number)
                .into(),
            min_media: 0,
            links: LinkPlace::Field,
            cards: true,
            max_tags: None,
            max_parts: PARTS,
        })
    }

    fn measure(_account: Account, _field: String, words: String) -> Result<Measured> {
        let (length, fits) = (
            text::graphemes(&words),
            u32::try_from(words.len()).unwrap_or(u32::MAX),
        );
        Ok(Measured {
            length,
            limit: None,
            unit: UNIT.into(),
            fits,
        })
    }

    fn compose(_account: Account, post: Post) -> Result<Composed> {
        Ok(compose(post))
    }

    fn check(_account: Account, composed: Composed) -> Result<Vec<Violation>> {
        Ok(check(&composed))
    }
}

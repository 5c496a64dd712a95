//! A preview for the tests: a brand's posts as plugins compose them, and a post that means harm.

use serde_json::json;

use super::brand;
use crate::contract::types::{
    Change, ChangeKind, Composed, Field, Length, Media, MediaKind, Origin, Part, Post, Severity,
    Span, SpanKind, Violation,
};
use crate::host::BlobStore;
use crate::journal::EffectStatus;
use crate::plugin::manifest::Layout;
use crate::preview::{Fidelity, JSON_VERSION, Known, Look, Preview, Shown, Variant};

/// What a hostile source would write.
pub(super) const HARM: &str = "</script></style><script>alert(1)</script><img src=x onerror=alert(2)> \"'> \u{202e}evil\u{202c} &amp; {{ 7*7 }}\u{0}";

/// Stores a drawing and gives it as a medium.
pub(super) async fn picture(
    blobs: &BlobStore,
    size: (u32, u32),
    colours: [&str; 3],
    alt: Option<&str>,
) -> Media {
    let ((w, h), [sky, hill, sun]) = (size, colours);
    let svg = format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {w} {h}'><rect width='{w}' height='{h}' fill='{sky}'/>\
         <circle cx='{}' cy='{}' r='{}' fill='{sun}'/><path d='M0 {h}V{}Q{} {} {w} {}V{h}z' fill='{hill}'/></svg>",
        w * 2 / 3,
        h / 3,
        w.min(h) / 7,
        h * 3 / 4,
        w / 2,
        h / 2,
        h * 4 / 5,
    );
    let blob = blobs.put(svg.as_bytes()).await.unwrap();
    Media {
        kind: MediaKind::Image,
        blob: Some(blob),
        url: Some("https://blog.acme.example/media/alba.svg?w=1&h=2".into()),
        media_type: "image/svg+xml".into(),
        bytes: Some(svg.len() as u64),
        width: Some(w),
        height: Some(h),
        duration_ms: None,
        alt: alt.map(str::to_string),
        focus: None,
    }
}

pub(super) fn post(id: &str, title: &str, text: &str, media: Vec<Media>) -> Post {
    Post {
        id: id.into(),
        title: Some(title.into()),
        text: text.into(),
        summary: None,
        html: None,
        link: Some("https://blog.acme.example/alba".into()),
        card: None,
        media,
        thread: Vec::new(),
        tags: vec!["ceramica".into(), "fattoamano".into()],
        mentions: Vec::new(),
        language: Some("it".into()),
        author: Some("Marta Neri".into()),
        origin: Origin {
            source: "https://blog.acme.example/feed.xml".into(),
            item: id.into(),
            url: Some("https://blog.acme.example/2026/alba".into()),
            published: Some(1_790_330_400_000),
            updated: None,
        },
        reply_to: None,
        overrides: Vec::new(),
        extra: "{}".into(),
    }
}

/// A part whose links and tags are spans.
pub(super) fn part(text: &str, media: Vec<Media>, limit: u32) -> Part {
    let mut spans = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let kind = match bare {
            _ if bare.starts_with("https://") || bare.starts_with("blog.") => Some(SpanKind::Link),
            _ if bare.starts_with('@') => Some(SpanKind::Mention),
            _ if bare.starts_with('#') => Some(SpanKind::Tag),
            _ => None,
        };
        if let Some(kind) = kind {
            let target = match kind {
                SpanKind::Link => "https://blog.acme.example/alba?utm_source=social".to_string(),
                _ => bare[1..].to_string(),
            };
            spans.push(Span {
                start: at,
                end: at + bare.len() as u32,
                kind,
                target,
            });
        }
        at += word.len() as u32;
    }
    let length = text.chars().count() as u32;
    Part {
        text: text.into(),
        spans,
        card: None,
        fields: Vec::new(),
        lengths: vec![Length {
            field: "text".into(),
            length,
            limit: Some(limit),
            unit: "graphemes".into(),
        }],
        payload: json!({"text": text, "media": media.len(), "langs": ["it"]}).to_string(),
        payload_type: "application/json".into(),
        media,
    }
}

pub(super) fn field(name: &str, value: &str) -> Field {
    Field {
        name: name.into(),
        value: value.into(),
    }
}

pub(super) fn change(
    field: &str,
    kind: ChangeKind,
    before: Option<&str>,
    after: Option<&str>,
    reason: &str,
) -> Change {
    let text = |side: Option<&str>| side.map(str::to_string);
    let (before, after) = (text(before), text(after));
    Change {
        rule: "shorten/fit".into(),
        field: field.into(),
        kind,
        before,
        after,
        reason: reason.into(),
    }
}

pub(super) fn violation(
    code: &str,
    severity: Severity,
    field: &str,
    message: &str,
    figures: Option<(u64, u64)>,
) -> Violation {
    Violation {
        code: code.into(),
        field: field.into(),
        message: message.into(),
        severity,
        actual: figures.map(|(actual, _)| actual),
        limit: figures.map(|(_, limit)| limit),
        unit: if figures.is_some() {
            "graphemes".into()
        } else {
            String::new()
        },
    }
}

/// A variant of `source` on a made-up account.
pub(super) fn variant(
    source: &Post,
    name: &str,
    colour: &str,
    layout: Layout,
    parts: Vec<Part>,
) -> Variant {
    let composed = Composed {
        parts,
        notes: Vec::new(),
    };
    Variant {
        account: format!("acme-{}", name.to_lowercase().replace(' ', "-")),
        network: name.to_lowercase(),
        look: Look {
            name: name.into(),
            colour: colour.into(),
            layout,
            handle: if layout == Layout::Microblog {
                "@acme".into()
            } else {
                "Acme Ceramiche".into()
            },
        },
        fidelity: Fidelity::between(source, source, Some(&composed)),
        title: source.title.clone(),
        media: composed
            .parts
            .iter()
            .flat_map(|part| part.media.clone())
            .collect(),
        composed: Some(composed),
        changes: Vec::new(),
        violations: Vec::new(),
        refused: false,
        known: Known::New,
    }
}

/// All of it.
pub(super) async fn preview(blobs: &BlobStore) -> Preview {
    let posts = vec![
        brand::alba(blobs).await,
        brand::repair(blobs).await,
        brand::others(blobs).await,
        harm(),
    ];
    Preview {
        version: JSON_VERSION,
        pipeline: "New article, everywhere".into(),
        client: "acme".into(),
        posts,
        notes: vec!["article: 1 entry without a date was read as new".into()],
    }
}

fn harm() -> Shown {
    let long = format!("{HARM}\n{}", "אבג long ".repeat(14_000));
    let mut source = post(HARM, HARM, &long, Vec::new());
    source.link = Some("javascript:alert(3)".into());
    source.origin.url = source.link.clone();
    source.language = Some(HARM.into());
    let mut one = part(HARM, Vec::new(), 300);
    one.spans = vec![
        Span {
            start: 0,
            end: 9,
            kind: SpanKind::Link,
            target: "javascript:alert(4)".into(),
        },
        Span {
            start: 4,
            end: 20,
            kind: SpanKind::Tag,
            target: HARM.into(),
        },
        Span {
            start: 10,
            end: 18,
            kind: SpanKind::Mention,
            target: HARM.into(),
        },
    ];
    one.fields = vec![
        field(
            "html",
            "<script>parent.alert(5)</script><img src=https://track.example/x>",
        ),
        field(HARM, HARM),
    ];
    one.payload = json!({ "text": HARM }).to_string();
    let mut variant = variant(
        &source,
        "Mail",
        "red}</style><script>",
        Layout::Email,
        vec![one],
    );
    variant.account = HARM.into();
    variant.look.name = HARM.into();
    variant.look.handle = HARM.into();
    variant.violations = vec![violation(HARM, Severity::Warn, HARM, HARM, None)];
    variant.changes = vec![change(
        HARM,
        ChangeKind::Replaced,
        Some(HARM),
        Some("x"),
        HARM,
    )];
    variant.known = Known::Open {
        status: EffectStatus::Held,
        why: HARM.into(),
    };
    Shown {
        title: HARM.into(),
        source,
        variants: vec![variant],
    }
}

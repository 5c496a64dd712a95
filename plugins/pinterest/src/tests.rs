//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use staffetta_plugin::{
    Account, Composed, Media, MediaKind, Network, Post, Severity, empty_post, serde_json,
};

use crate::{Pinterest, fit};

fn account(settings: &str) -> Account {
    Account {
        name: "acme-pinterest".into(),
        client: "acme".into(),
        network: "pinterest".into(),
        handle: None,
        settings: settings.into(),
        facts: "{}".into(),
        language: Some("it".into()),
        time_zone: "Europe/Rome".into(),
    }
}

fn post(text: &str) -> Post {
    empty_post("https://a.example/feed", "1", text)
}

fn media(kind: MediaKind) -> Media {
    Media {
        kind,
        blob: None,
        url: Some("https://a.example/p".into()),
        media_type: String::new(),
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: Some("A picture".into()),
        focus: None,
    }
}

fn compose(settings: &str, post: Post) -> Composed {
    Pinterest::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    let found = Pinterest::check(account(settings), composed.clone()).unwrap();
    found
        .into_iter()
        .filter(|v| v.severity == Severity::Refuse)
        .map(|v| v.code)
        .collect()
}

fn payload(composed: &Composed, part: usize) -> Value {
    serde_json::from_str(&composed.parts[part].payload).unwrap()
}

/// Texts put together by chance from what is counted in special ways; the same at every run.
fn texts() -> impl Iterator<Item = String> {
    let pieces = [
        "a",
        "parola",
        " ",
        ". ",
        "\n\n",
        "è",
        "e\u{301}",
        "日本",
        "👨‍👩‍👧",
        "🇮🇹",
        "👍🏽",
        "1️⃣",
        "https://example.com/x",
        "http://a.co",
        "#(",
        "mm",
        "@anna",
        "@luca@host.example",
        "#Caffè",
        "\u{20E3}",
        "\u{301}",
        "한",
        "_*~",
        "\u{FE0F}",
    ];
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..300).map(move |_| (0..next(40)).map(|_| pieces[next(pieces.len())]).collect())
}

/// What fits is measured as short enough, ends where a text may be cut, and one more unit is too much.
fn fits_is_a_boundary(
    settings: &str,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<staffetta_plugin::Span>,
) {
    let mut too_long = 0;
    for text in texts() {
        for limit in [1_u32, 5, 23, 40] {
            let mut account = account(settings);
            account.facts = format!("{{\"{fact}\":{limit}}}");
            let measure = |text: &str| {
                Pinterest::measure(account.clone(), field.into(), text.into()).unwrap()
            };
            let whole = measure(&text);
            let fits = whole.fits as usize;
            assert_eq!(whole.limit, Some(limit));
            assert!(measure(&text[..fits]).length <= limit, "{text:?} {limit}");
            if fits == text.len() {
                continue;
            }
            too_long += 1;
            let cuts = fit::cuts(&text, &unbreakable(&text));
            assert!(
                fits == 0 || cuts.contains(&fits),
                "{text:?} is cut inside at {fits}"
            );
            let next = cuts.into_iter().find(|&at| at > fits).unwrap();
            assert!(
                measure(&text[..next]).length > limit,
                "{text:?}: up to {next} fits into {limit} too"
            );
        }
    }
    assert!(too_long > 200, "only {too_long} texts were too long");
}

const BOARD: &str = r#"{"board":"123"}"#;

fn pin() -> Post {
    let mut post = post("Una torta di mele.");
    post.title = Some("Torta".into());
    post.link = Some("https://example.com/torta".into());
    post.media = vec![media(MediaKind::Image)];
    post
}

#[test]
fn what_fits_is_as_much_as_fits() {
    for (field, fact) in [
        ("text", "text"),
        ("title", "title"),
        ("media[0].alt", "alt"),
    ] {
        fits_is_a_boundary(BOARD, field, fact, staffetta_plugin::text::tokens);
    }
}

#[test]
fn the_link_stays_out_of_the_description() {
    let mut post = pin();
    post.tags = vec!["torta".into(), "pane fresco".into()];
    let composed = compose(BOARD, post);
    assert_eq!(
        composed.parts[0].text,
        "Una torta di mele.\n\n#torta #PaneFresco"
    );
    assert_eq!(
        payload(&composed, 0),
        serde_json::json!({
            "board_id": "123",
            "title": "Torta",
            "description": composed.parts[0].text,
            "link": "https://example.com/torta",
            "alt_text": "A picture",
            "media_source": {"source_type": "image_url", "url": "https://a.example/p"},
        })
    );
    assert!(
        Pinterest::check(account(BOARD), composed)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_post_can_name_its_board() {
    let mut own = pin();
    own.extra = r#"{"board":456,"board-section":"7"}"#.into();
    let sent = payload(&compose(BOARD, own), 0);
    assert_eq!(
        (&sent["board_id"], &sent["board_section_id"]),
        (&"456".into(), &"7".into())
    );
    let mut wrong = pin();
    wrong.extra = r#"{"board":"Ricette"}"#.into();
    assert_eq!(codes(BOARD, &compose(BOARD, wrong)), ["board-invalid"]);
    let none = compose("{}", pin());
    assert_eq!(codes("{}", &none), ["board-missing"]);
}

#[test]
fn a_pin_needs_a_picture() {
    let composed = compose(
        BOARD,
        Post {
            media: Vec::new(),
            ..pin()
        },
    );
    let found = Pinterest::check(account(BOARD), composed).unwrap();
    assert_eq!(
        (found[0].code.as_str(), found[0].severity),
        ("media-missing", Severity::Refuse)
    );
    assert!(found[0].message.contains("add one"), "{}", found[0].message);
}

#[test]
fn bytes_and_urls_are_told_apart() {
    let held = Media {
        blob: Some("sha256:00".into()),
        media_type: "image/png".into(),
        ..media(MediaKind::Image)
    };
    let source = |media: Vec<Media>| {
        payload(&compose(BOARD, Post { media, ..pin() }), 0)["media_source"].clone()
    };
    assert_eq!(
        source(vec![held.clone()]),
        serde_json::json!({"source_type": "image_base64", "content_type": "image/png", "data": "{media:0}"})
    );
    assert_eq!(
        source(vec![media(MediaKind::Image); 2])["source_type"],
        "multiple_image_urls"
    );
    assert_eq!(
        source(vec![media(MediaKind::Image), held.clone()])["items"][1]["data"],
        "{media:1}"
    );
    let video = source(vec![media(MediaKind::Video), held]);
    assert_eq!(
        (&video["media_id"], &video["cover_image_data"]),
        (&"{media:0}".into(), &"{media:1}".into())
    );
}

#[test]
fn lengths_and_counts_have_limits() {
    let with = |change: &dyn Fn(&mut Post)| {
        let mut post = pin();
        change(&mut post);
        codes(BOARD, &compose(BOARD, post))
    };
    assert_eq!(with(&|p| p.title = Some("è".repeat(101))), ["too-long"]);
    assert!(with(&|p| p.title = Some("è".repeat(100))).is_empty());
    assert_eq!(with(&|p| p.text = "è".repeat(801)), ["too-long"]);
    assert_eq!(
        with(&|p| p.media = vec![media(MediaKind::Image); 6]),
        ["too-many-media"]
    );
    assert_eq!(
        with(&|p| p.media = vec![media(MediaKind::Video)]),
        ["cover-missing"]
    );
    assert_eq!(with(&|p| p.link = Some("ftp://a".into())), ["link-invalid"]);
    assert_eq!(
        with(&|p| p.media[0].media_type = "image/webp".into()),
        ["media-type"]
    );
}

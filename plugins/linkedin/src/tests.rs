//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use staffetta_plugin::{
    Account, Composed, Media, MediaKind, Network, Post, Severity, empty_post, serde_json,
};

use crate::{LinkedIn, fit};

fn account(settings: &str) -> Account {
    Account {
        name: "acme-linkedin".into(),
        client: "acme".into(),
        network: "linkedin".into(),
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
    LinkedIn::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    let found = LinkedIn::check(account(settings), composed.clone()).unwrap();
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
            let measure =
                |text: &str| LinkedIn::measure(account.clone(), field.into(), text.into()).unwrap();
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

const PAGE: &str = r#"{"author":"urn:li:organization:5"}"#;

#[test]
fn what_fits_is_as_much_as_fits() {
    fits_is_a_boundary(PAGE, "text", "text", staffetta_plugin::text::tokens);
}

#[test]
fn a_link_becomes_an_article() {
    let mut post = post("Novità (vere) #Caffè");
    post.title = Some("Titolo".into());
    post.summary = Some("In breve".into());
    post.link = Some("https://example.com/x_y".into());
    let composed = compose(PAGE, post);
    let part = &composed.parts[0];
    assert_eq!(
        (part.text.as_str(), part.lengths[0].length),
        ("Novità (vere) #Caffè", 20)
    );
    let sent = payload(&composed, 0);
    assert_eq!(sent["commentary"], "Novità \\(vere\\) #Caffè");
    assert_eq!(
        sent["content"],
        serde_json::json!({"article": {"source": "https://example.com/x_y", "title": "Titolo", "description": "In breve"}})
    );
    assert_eq!(
        (&sent["author"], &sent["visibility"]),
        (&"urn:li:organization:5".into(), &"PUBLIC".into())
    );
    assert!(LinkedIn::check(account(PAGE), composed).unwrap().is_empty());
}

#[test]
fn beside_media_the_link_goes_into_the_text() {
    let mut post = post("Foto");
    post.link = Some("https://example.com/x".into());
    post.media = vec![media(MediaKind::Image); 2];
    let composed = compose(PAGE, post);
    assert_eq!(
        (composed.parts[0].text.as_str(), &composed.parts[0].card),
        ("Foto\n\nhttps://example.com/x", &None)
    );
    let images = &payload(&composed, 0)["content"]["multiImage"]["images"];
    assert_eq!(
        images[1],
        serde_json::json!({"id": "{media:1}", "altText": "A picture"})
    );
}

#[test]
fn a_name_is_linked_only_with_its_urn() {
    let mut post = post("Grazie @acme e @anna");
    post.mentions = vec![staffetta_plugin::Mention {
        label: "@acme".into(),
        network: "linkedin".into(),
        handle: "acme".into(),
        id: Some("urn:li:organization:9".into()),
    }];
    let composed = compose(PAGE, post);
    assert_eq!(
        payload(&composed, 0)["commentary"],
        "Grazie @[acme](urn:li:organization:9) e \\@anna"
    );
    assert_eq!(
        (composed.parts[0].spans.len(), composed.notes.len()),
        (1, 1)
    );
}

#[test]
fn what_is_refused() {
    let with = |change: &dyn Fn(&mut Post)| {
        let mut post = post("x");
        change(&mut post);
        codes(PAGE, &compose(PAGE, post))
    };
    assert!(with(&|p| p.text = "(".repeat(3000)).is_empty());
    assert_eq!(with(&|p| p.text = "(".repeat(3001)), ["too-long"]);
    assert_eq!(with(&|p| p.text = "😀".repeat(1501)), ["too-long"]);
    assert_eq!(with(&|p| p.text.clear()), ["empty"]);
    assert_eq!(
        with(&|p| p.media = vec![media(MediaKind::Image); 21]),
        ["too-many-media"]
    );
    assert_eq!(
        with(&|p| p.media = vec![media(MediaKind::Image), media(MediaKind::Document)]),
        ["media-mixed"]
    );
    assert_eq!(
        with(&|p| p.media = vec![media(MediaKind::Audio)]),
        ["media-kind"]
    );
}

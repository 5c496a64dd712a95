//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use staffetta_plugin::testing::{self, media, payload, post};
use staffetta_plugin::{Account, Composed, Media, MediaKind, Network, Post, Severity, serde_json};

use crate::Pinterest;

fn account(settings: &str) -> Account {
    testing::account("pinterest", settings)
}

fn compose(settings: &str, post: Post) -> Composed {
    Pinterest::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    testing::refusals::<Pinterest>(account(settings), composed)
}

fn fits_is_a_boundary(
    settings: &str,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<staffetta_plugin::Span>,
) {
    testing::fits_is_a_boundary::<Pinterest>(&account(settings), field, fact, unbreakable);
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

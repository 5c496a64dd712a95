//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use staffetta_plugin::testing::{self, media, payload, post};
use staffetta_plugin::{Account, Composed, MediaKind, Network, Post, serde_json};

use crate::LinkedIn;

fn account(settings: &str) -> Account {
    testing::account("linkedin", settings)
}

fn compose(settings: &str, post: Post) -> Composed {
    LinkedIn::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    testing::refusals::<LinkedIn>(account(settings), composed)
}

fn fits_is_a_boundary(
    settings: &str,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<staffetta_plugin::Span>,
) {
    testing::fits_is_a_boundary::<LinkedIn>(&account(settings), field, fact, unbreakable);
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

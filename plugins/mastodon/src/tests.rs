//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use staffetta_plugin::testing::{self, media, payload, post};
use staffetta_plugin::{Account, Composed, Media, MediaKind, Network, Post, serde_json};

use crate::Mastodon;

fn account(settings: &str) -> Account {
    testing::account("mastodon", settings)
}

fn compose(settings: &str, post: Post) -> Composed {
    Mastodon::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    testing::refusals::<Mastodon>(account(settings), composed)
}

fn fits_is_a_boundary(
    settings: &str,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<staffetta_plugin::Span>,
) {
    testing::fits_is_a_boundary::<Mastodon>(&account(settings), field, fact, unbreakable);
}

const HERE: &str = r#"{"server":"https://ex.social"}"#;

#[test]
fn what_fits_is_as_much_as_fits() {
    fits_is_a_boundary(HERE, "text", "text", crate::entities::find);
    fits_is_a_boundary(HERE, "media[0].alt", "alt", crate::entities::find);
}

#[test]
fn a_post_becomes_a_status() {
    let mut post = post("Ciao @anna@ex.social #Caffè");
    post.link = Some("https://example.com/a/long/path/that/counts/23".into());
    post.tags = vec!["caffè".into(), "buona giornata".into()];
    let composed = compose(HERE, post);
    let part = &composed.parts[0];
    assert!(
        part.text.ends_with("counts/23\n\n#BuonaGiornata"),
        "{}",
        part.text
    );
    assert_eq!(
        (part.lengths[0].length, part.lengths[0].limit),
        (17 + 2 + 23 + 2 + 14, Some(500))
    );
    assert_eq!(
        payload(&composed, 0),
        serde_json::json!({"status": part.text, "visibility": "public", "language": "it"})
    );
    assert!(codes(HERE, &composed).is_empty());
}

#[test]
fn learned_figures_win() {
    let mut here = account(HERE);
    here.facts = r#"{"text":{"value":20,"source":"s","date":"2026-08"},"url-length":5}"#.into();
    let composed = Mastodon::compose(
        here.clone(),
        post("https://example.com/0123456789 e parole"),
    )
    .unwrap();
    assert_eq!(
        (
            composed.parts[0].lengths[0].length,
            composed.parts[0].lengths[0].limit
        ),
        (14, Some(20))
    );
    assert_eq!(
        Mastodon::limits(here).unwrap().fields[0].provenance.source,
        "s"
    );
}

#[test]
fn a_warning_counts_and_a_post_has_its_own() {
    let settings =
        r#"{"server":"https://ex.social","spoiler-text":"Attenzione","visibility":"unlisted"}"#;
    assert_eq!(
        Mastodon::measure(account(settings), "text".into(), "x".into())
            .unwrap()
            .limit,
        Some(490)
    );
    let composed = compose(settings, post(&"x".repeat(491)));
    assert_eq!(codes(settings, &composed), ["too-long"]);
    let mut own = post("x");
    own.extra = r#"{"spoiler-text":"","visibility":"everybody","sensitive":true}"#.into();
    let composed = compose(settings, own);
    let sent = payload(&composed, 0);
    assert_eq!(
        (
            &sent["visibility"],
            &sent["sensitive"],
            sent.get("spoiler_text")
        ),
        (&"unlisted".into(), &true.into(), None)
    );
    assert!(
        composed.notes[0].starts_with("everybody is no visibility"),
        "{:?}",
        composed.notes
    );
}

#[test]
fn somebody_elses_name_is_told() {
    let mut post = post("Grazie @anna");
    post.mentions = vec![staffetta_plugin::Mention {
        label: "@anna".into(),
        network: "x".into(),
        handle: "anna_x".into(),
        id: None,
    }];
    assert!(compose(HERE, post.clone()).notes[0].contains("@anna"));
    post.mentions[0].network = "mastodon".into();
    post.mentions[0].handle = "@anna@ex.social".into();
    let composed = compose(HERE, post);
    assert_eq!(
        (composed.parts[0].text.as_str(), composed.notes.len()),
        ("Grazie @anna@ex.social", 0)
    );
}

#[test]
fn media_have_their_rules() {
    let with = |media: Vec<Media>| codes(HERE, &compose(HERE, Post { media, ..post("x") }));
    assert!(with(vec![media(MediaKind::Image); 4]).is_empty());
    assert_eq!(with(vec![media(MediaKind::Image); 5]), ["too-many-media"]);
    assert_eq!(
        with(vec![media(MediaKind::Image), media(MediaKind::Audio)]),
        ["media-mixed"]
    );
    let large = Media {
        width: Some(8000),
        height: Some(5000),
        ..media(MediaKind::Image)
    };
    assert_eq!(with(vec![large]), ["media-pixels"]);
    assert_eq!(with(vec![media(MediaKind::Document)])[0], "media-kind");
    assert_eq!(codes(HERE, &compose(HERE, post(""))), ["empty"]);
}

#[test]
fn a_thread_answers_itself() {
    let mut post = post("whole");
    post.thread = ["uno", "due"]
        .map(|text| staffetta_plugin::Segment {
            text: text.into(),
            media: vec![],
        })
        .into();
    let composed = compose(HERE, post);
    assert_eq!(payload(&composed, 1)["in_reply_to_id"], "{part:0}");
    assert_eq!(payload(&composed, 0).get("in_reply_to_id"), None);
}

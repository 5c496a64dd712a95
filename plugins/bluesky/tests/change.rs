//! Editing and taking away: keys and times stay, parts come and go, nothing of anybody else is touched.

#![allow(clippy::unwrap_used)]

mod support;

use plugin_bluesky::change::{edit, remove};
use staffetta_plugin::serde_json::json;
use staffetta_plugin::{Account, Card, Composed, Error, Segment};
use support::model::{DID, Model};
use support::{INTENDED, account, compose, effect, picture, post, publish_all};

const PICTURE: &[u8] = b"one picture";
const OTHER: &[u8] = b"another picture";

/// A thread of three with two pictures and a card with its own.
fn thread(account: &Account) -> Composed {
    let mut post = post("whole");
    let segment = |text: &str| Segment {
        text: text.into(),
        media: Vec::new(),
    };
    post.thread = vec![segment("uno #tag"), segment("due"), segment("tre")];
    post.thread[0].media = vec![picture(PICTURE, Some("rosso")), picture(OTHER, None)];
    let thumb = picture(PICTURE, None);
    post.card = Some(Card {
        url: "https://a.example/x".into(),
        title: "T".into(),
        description: "D".into(),
        image: Some(thumb),
    });
    compose(account, &post)
}

fn ready() -> Model {
    let model = Model::new();
    model.hold(PICTURE);
    model.hold(OTHER);
    model
}

#[test]
fn edit_keeps_keys_and_times_and_remove_leaves_nothing() {
    let (model, account) = (ready(), account(json!({})));
    let (receipt, _) = publish_all(&model, &account, &effect(), &thread(&account)).unwrap();
    let edited = edit(
        &model,
        &account,
        &receipt,
        &compose(&account, &post("one only")),
    )
    .unwrap();
    assert_eq!(
        (edited.id.as_str(), edited.at, edited.parts.len()),
        (receipt.id.as_str(), INTENDED, 0)
    );
    assert_eq!(model.records.borrow().len(), 1);
    assert_eq!(
        model.records.borrow().values().next().unwrap()["createdAt"],
        "2026-11-24T11:00:00.123Z"
    );
    let longer = edit(&model, &account, &edited, &thread(&account)).unwrap();
    assert_eq!((longer.parts.len(), model.records.borrow().len()), (3, 3));
    assert_eq!(
        edit(&model, &account, &edited, &thread(&account)).unwrap(),
        longer,
        "again is the same"
    );
    // A picture that moves to a later part is there when that part is written.
    let mut moved = post("");
    let segment = |media| Segment {
        text: "t".into(),
        media,
    };
    moved.thread = vec![
        segment(vec![]),
        segment(vec![]),
        segment(vec![picture(OTHER, None)]),
    ];
    let longer = edit(&model, &account, &longer, &compose(&account, &moved)).unwrap();
    remove(&model, &account, &longer).unwrap();
    assert!(model.records.borrow().is_empty());
    remove(&model, &account, &longer).unwrap();
}

#[test]
fn only_the_accounts_own_posts_are_touched() {
    let (model, account) = (ready(), account(json!({})));
    let (mut receipt, _) =
        publish_all(&model, &account, &effect(), &compose(&account, &post("x"))).unwrap();
    receipt.id = receipt.id.replace(DID, "did:plc:other");
    let composed = compose(&account, &post("y"));
    assert!(matches!(
        remove(&model, &account, &receipt),
        Err(Error::Permanent(_))
    ));
    assert!(matches!(
        edit(&model, &account, &receipt, &composed),
        Err(Error::Permanent(_))
    ));
    receipt.network = "x".into();
    assert!(matches!(
        remove(&model, &account, &receipt),
        Err(Error::Permanent(_))
    ));
    assert_eq!(model.calls("com.atproto.repo.deleteRecord"), 0);
}

//! Figures, notifications and profiles against canned answers of the servers that tell them.

#![allow(clippy::unwrap_used)]

mod support;

use plugin_bluesky::inbox::fetch;
use plugin_bluesky::insights::{of_account, of_posts};
use plugin_bluesky::profile::lookup;
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Error, Figure, InteractionKind, PartReceipt, Record};
use support::model::{DID, Model, NOW};
use support::{account, compose, effect, post, publish_all};

const POSTS: &str = "app.bsky.feed.getPosts";
const PROFILE: &str = "app.bsky.actor.getProfile";
const NOTIFICATIONS: &str = "app.bsky.notification.listNotifications";

fn answering(name: &str, answers: Vec<(u16, Value)>) -> Model {
    let model = Model::new();
    model.canned.borrow_mut().insert(name.into(), answers);
    model
}

#[test]
fn supplied_figures_and_reasons_for_the_others() {
    let (writer, account) = (
        Model::new(),
        account(json!({"appview": "https://appview.example"})),
    );
    let (mut receipt, _) =
        publish_all(&writer, &account, &effect(), &compose(&account, &post("x"))).unwrap();
    receipt.parts = (0..30)
        .map(|n| PartReceipt {
            id: format!("{}{n}", receipt.id),
            url: None,
        })
        .collect();
    let shown = json!({"posts": [
        {"uri": receipt.parts[0].id, "likeCount": 7, "repostCount": 0, "replyCount": 2, "quoteCount": 1},
    ]});
    let model = answering(POSTS, vec![(200, shown), (200, json!({"posts": []}))]);
    let figures = of_posts(&model, &account, &[receipt.clone(), receipt.clone()]).unwrap();
    assert_eq!(model.calls(POSTS), 2, "25 a request, each post once");
    assert!(
        model
            .asked
            .borrow()
            .iter()
            .all(|s| s == "https://appview.example")
    );
    assert_eq!(figures.len(), 30 * 8);
    let of = |id: &str, what: &str| {
        figures
            .iter()
            .find(|m| m.about.id == id && m.what == what)
            .unwrap()
            .clone()
    };
    let first = receipt.parts[0].id.as_str();
    assert_eq!(of(first, "likes").value, Figure::Number(7.0));
    assert_eq!(of(first, "reposts").value, Figure::Number(0.0));
    for (id, what) in [
        (first, "bookmarks"),
        (first, "impressions"),
        (&*receipt.parts[1].id, "likes"),
    ] {
        let measured = of(id, what);
        assert!(
            matches!(&measured.value, Figure::Unavailable(why) if !why.is_empty()),
            "{what}"
        );
        assert_eq!((measured.source.as_str(), measured.fetched), (POSTS, NOW));
        assert!(measured.raw.is_some());
    }
}

#[test]
fn a_busy_server_says_when_to_come_back() {
    let model = answering(POSTS, vec![(429, json!({"error": "RateLimitExceeded"}))]);
    let account = account(json!({}));
    let (receipt, _) =
        publish_all(&model, &account, &effect(), &compose(&account, &post("x"))).unwrap();
    match of_posts(&model, &account, &[receipt]) {
        Err(Error::RateLimited(wait)) => assert_eq!(wait.until, (NOW / 1000 + 200) * 1000),
        other => panic!("{other:?}"),
    }
}

fn anna() -> Value {
    json!({"did": "did:plc:anna", "handle": "anna.example", "displayName": "Anna", "followersCount": 12,
        "createdAt": "2024-02-03T04:05:06.789Z", "description": "Scrive", "verification": {"verifiedStatus": "valid"}})
}

#[test]
fn who_is_this_handle() {
    let account = account(json!({}));
    for name in [
        "@anna.example",
        "did:plc:anna",
        "https://bsky.app/profile/anna.example",
    ] {
        let found = lookup(&answering(PROFILE, vec![(200, anna())]), &account, name)
            .unwrap()
            .unwrap();
        assert_eq!(
            (found.actor.id.as_str(), found.actor.handle.as_deref()),
            ("did:plc:anna", Some("anna.example"))
        );
        assert_eq!(
            (found.followers, found.following, found.created),
            (Some(12), None, Some(1_706_933_106_789))
        );
        assert_eq!(found.verified.len(), 2);
    }
    let nobody = (
        400,
        json!({"error": "InvalidRequest", "message": "Profile not found"}),
    );
    assert_eq!(
        lookup(
            &answering(PROFILE, vec![nobody]),
            &account,
            "nobody.example"
        )
        .unwrap(),
        None
    );
    // What can't be a handle is not asked for.
    let model = Model::new();
    for odd in [
        "anna",
        "",
        "@anna@mastodon.example",
        "a b.example",
        "did:plc:",
        "x.example/../y",
    ] {
        assert_eq!(lookup(&model, &account, odd).unwrap(), None, "{odd}");
    }
    assert!(model.log.borrow().is_empty());
    let broken = answering(PROFILE, vec![(502, Value::Null)]);
    assert!(matches!(
        lookup(&broken, &account, "anna.example"),
        Err(Error::Temporary(_))
    ));
}

#[test]
fn the_accounts_own_figures() {
    let figures = of_account(
        &answering(PROFILE, vec![(200, anna())]),
        &account(json!({})),
    )
    .unwrap();
    let values: Vec<_> = figures
        .iter()
        .map(|m| (m.what.as_str(), m.value.clone()))
        .collect();
    assert_eq!(values[0], ("followers", Figure::Number(12.0)));
    assert!(matches!(values[1].1, Figure::Unavailable(_)));
}

fn notification(n: u32, minute: u32, reason: &str) -> Value {
    json!({
        "uri": format!("at://did:plc:p{n}/app.bsky.feed.post/3kfoobarbaz2{n}"),
        "cid": "c",
        "author": {"did": format!("did:plc:p{n}"), "handle": "handle.invalid"},
        "reason": reason,
        "reasonSubject": format!("at://{DID}/app.bsky.feed.post/3kfoobarbaz22"),
        "record": {"text": "bravi", "langs": ["it"], "createdAt": "2026-11-24T10:00:00Z"},
        "isRead": false,
        "indexedAt": format!("2026-11-24T10:{minute:02}:00.000Z"),
    })
}

fn ids(page: &staffetta_plugin::Page) -> Vec<String> {
    page.records
        .iter()
        .map(|record| match record {
            Record::Interaction(i) => i.actor.id.clone(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn each_interaction_comes_once() {
    let account = account(json!({}));
    let list = |items: Vec<Value>, next: Option<&str>| {
        (200, json!({"notifications": items, "cursor": next}))
    };
    let model = answering(
        NOTIFICATIONS,
        vec![
            list(
                vec![notification(5, 40, "like"), notification(4, 30, "reply")],
                Some("next"),
            ),
            list(
                vec![
                    notification(3, 20, "contact-match"),
                    notification(2, 10, "follow"),
                ],
                None,
            ),
            // Later: two new ones, of which one is a little late, and the old ones again.
            list(
                vec![
                    notification(7, 50, "mention"),
                    notification(5, 40, "like"),
                    notification(6, 35, "quote"),
                    notification(4, 29, "reply"),
                ],
                Some("next"),
            ),
            list(vec![notification(7, 50, "mention")], None),
        ],
    );
    let first = fetch(&model, &account, None, 2).unwrap();
    assert_eq!(
        (ids(&first), first.more),
        (vec!["did:plc:p5".into(), "did:plc:p4".into()], true)
    );
    assert_eq!(
        model.headers.borrow()["atproto-proxy"],
        "did:web:api.bsky.app#bsky_appview"
    );
    let Record::Interaction(reply) = &first.records[1] else {
        panic!()
    };
    assert_eq!(
        (reply.kind, reply.text.as_deref(), reply.language.as_deref()),
        (InteractionKind::Reply, Some("bravi"), Some("it"))
    );
    assert_eq!(
        (reply.about.is_some(), reply.actor.handle.as_deref()),
        (true, None)
    );
    let second = fetch(&model, &account, first.cursor.as_deref(), 2).unwrap();
    assert_eq!(
        (ids(&second), second.more, second.notes.len()),
        (vec!["did:plc:p2".into()], false, 1)
    );
    let third = fetch(&model, &account, second.cursor.as_deref(), 2).unwrap();
    assert_eq!(
        (ids(&third), third.more),
        (vec!["did:plc:p7".into(), "did:plc:p6".into()], false)
    );
    let fourth = fetch(&model, &account, third.cursor.as_deref(), 2).unwrap();
    assert_eq!((ids(&fourth), fourth.more), (vec![], false));
    assert!(matches!(
        fetch(&model, &account, Some("{}"), 2),
        Err(Error::Permanent(_))
    ));
}

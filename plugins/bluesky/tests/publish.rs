//! The whole way of a publication against a server in memory: one change a call, crashes at every call, lost answers,
//! logins that end, other content under the same key, renewed sessions.

#![allow(clippy::unwrap_used)]

mod support;

use plugin_bluesky::publish::{find, publish};
use staffetta_plugin::exports::publisher::{Advance, Effect, Finding};
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Account, Card, Composed, Error, Segment};
use support::model::{DID, Model, NOW};
use support::{INTENDED, account, blob_id, compose, effect, payload, picture, post, publish_all};

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
fn one_change_a_call_and_the_thread_hangs_together() {
    let (model, account) = (ready(), account(json!({})));
    let composed = thread(&account);
    let mut progress: Option<String> = None;
    let receipt = loop {
        let before = (model.uploaded.borrow().len(), model.records.borrow().len());
        let advance = publish(&model, &account, &effect(), &composed, progress.as_deref()).unwrap();
        let after = (model.uploaded.borrow().len(), model.records.borrow().len());
        assert_eq!(
            after.0 + after.1,
            before.0 + before.1 + 1,
            "one change a call"
        );
        match advance {
            Advance::Done(receipt) => break receipt,
            Advance::Again(next) => {
                assert!(next.progress.len() < 2_000 && next.not_before.is_none());
                assert!(!next.progress.contains("access-") && !next.progress.contains("pass"));
                progress = Some(next.progress);
            }
        }
    };
    // The same picture twice is one upload.
    assert_eq!(
        (
            model.calls("com.atproto.repo.uploadBlob"),
            model.calls("com.atproto.repo.putRecord")
        ),
        (2, 3)
    );
    assert_eq!(model.calls("com.atproto.server.createSession"), 1);
    assert_eq!(receipt.parts.len(), 3);
    assert_eq!(
        (receipt.id.as_str(), receipt.at),
        (receipt.parts[0].id.as_str(), INTENDED)
    );
    let records: Vec<Value> = model.records.borrow().values().cloned().collect();
    let texts: Vec<&str> = records
        .iter()
        .map(|r| r["text"].as_str().unwrap())
        .collect();
    assert_eq!(
        texts,
        ["uno #tag", "due", "tre"],
        "keys sort in the order of the thread"
    );
    assert!(
        records
            .iter()
            .all(|r| r["createdAt"] == "2026-11-24T11:00:00.123Z")
    );
    assert!(records[0]["reply"].is_null());
    for part in [1, 2] {
        assert_eq!(
            records[part]["reply"]["root"]["uri"],
            json!(receipt.parts[0].id)
        );
        assert_eq!(
            records[part]["reply"]["parent"]["uri"],
            json!(receipt.parts[part - 1].id)
        );
        assert!(records[part]["reply"]["parent"]["cid"].is_string());
    }
    // What is sent is what was composed, plus what only sending knows.
    for (part, record) in records.iter().enumerate() {
        let mut sent = record.clone();
        sent.as_object_mut()
            .unwrap()
            .retain(|name, _| name != "createdAt" && name != "reply");
        assert_eq!(sent, payload(&composed, part));
    }
}

#[test]
fn after_a_crash_at_any_call_find_answers_what_the_call_would_have() {
    let (model, account) = (ready(), account(json!({})));
    let composed = thread(&account);
    let mut progress: Option<String> = None;
    let mut written = 0;
    loop {
        let ask = || find(&model, &account, &effect(), &composed, progress.as_deref()).unwrap();
        assert_eq!(ask(), Finding::Absent, "before the call nothing is there");
        let advance = publish(&model, &account, &effect(), &composed, progress.as_deref()).unwrap();
        let count = model.records.borrow().len();
        if count > written {
            written = count;
            assert_eq!(ask(), Finding::There(advance.clone()));
            // And the same call once more changes nothing and answers the same.
            assert_eq!(
                publish(&model, &account, &effect(), &composed, progress.as_deref()).unwrap(),
                advance
            );
            assert_eq!(model.records.borrow().len(), count);
        } else {
            assert_eq!(ask(), Finding::Absent, "uploads are harmless to repeat");
        }
        match advance {
            Advance::Done(_) => break,
            Advance::Again(next) => progress = Some(next.progress),
        }
    }
    assert_eq!(written, 3);
}

#[test]
fn a_lost_answer_is_in_doubt_and_settled_by_find() {
    let (model, account) = (ready(), account(json!({})));
    let composed = compose(&account, &post("ciao"));
    *model.lose_answer_of.borrow_mut() = Some("com.atproto.repo.putRecord".into());
    let lost = publish(&model, &account, &effect(), &composed, None);
    assert!(matches!(lost, Err(Error::InDoubt(_))), "{lost:?}");
    let Finding::There(Advance::Done(receipt)) =
        find(&model, &account, &effect(), &composed, None).unwrap()
    else {
        panic!("it is there")
    };
    assert_eq!(receipt.url.as_deref().unwrap().split('/').nth(4), Some(DID));
    // A server that fails after its work is no different; one that loses an upload is merely asked again.
    let model = ready();
    model
        .canned
        .borrow_mut()
        .insert("com.atproto.repo.putRecord".into(), vec![(500, json!({}))]);
    assert!(matches!(
        publish(&model, &account, &effect(), &composed, None),
        Err(Error::InDoubt(_))
    ));
    assert_eq!(
        find(&model, &account, &effect(), &composed, None).unwrap(),
        Finding::Absent
    );
    *model.lose_answer_of.borrow_mut() = Some("com.atproto.repo.uploadBlob".into());
    let pictures = thread(&account);
    assert!(matches!(
        publish(&model, &account, &effect(), &pictures, None),
        Err(Error::Temporary(_))
    ));
}

#[test]
fn other_content_under_the_key_is_never_overwritten() {
    let (model, account) = (ready(), account(json!({})));
    let first = compose(&account, &post("first"));
    publish_all(&model, &account, &effect(), &first).unwrap();
    let second = compose(&account, &post("second"));
    let refused = publish(&model, &account, &effect(), &second, None);
    assert!(matches!(refused, Err(Error::Permanent(_))), "{refused:?}");
    assert!(matches!(
        find(&model, &account, &effect(), &second, None).unwrap(),
        Finding::Unknown(_)
    ));
    assert_eq!(
        model.records.borrow().values().next().unwrap()["text"],
        "first"
    );
    // Another effect is another key.
    let other = Effect {
        key: "f".repeat(64),
        ..effect()
    };
    publish_all(&model, &account, &other, &second).unwrap();
    assert_eq!(model.records.borrow().len(), 2);
}

#[test]
fn sessions_are_reused_and_renewed_once() {
    let (model, account) = (ready(), account(json!({})));
    let publish_new = |n: u8, text: &str| {
        let effect = Effect {
            key: format!("{n:02x}").repeat(32),
            ..effect()
        };
        publish_all(&model, &account, &effect, &compose(&account, &post(text)))
    };
    publish_new(1, "one").unwrap();
    publish_new(2, "two").unwrap();
    assert_eq!(model.calls("com.atproto.server.createSession"), 1);
    model.expire_sessions();
    publish_new(3, "three").unwrap();
    let logins = |m: &Model| {
        (
            m.calls("com.atproto.server.createSession"),
            m.calls("com.atproto.server.refreshSession"),
        )
    };
    assert_eq!(logins(&model), (1, 1));
    // A refresh token that is gone too: the password still works.
    model.expire_sessions();
    model
        .secrets
        .borrow_mut()
        .insert("session.refresh".into(), "refresh-0".into());
    publish_new(4, "four").unwrap();
    assert_eq!(logins(&model), (2, 2));
    // A password that was taken back: a person must act, and nothing is tried again and again.
    model.expire_sessions();
    model
        .secrets
        .borrow_mut()
        .insert("session.refresh".into(), "refresh-0".into());
    model
        .secrets
        .borrow_mut()
        .insert("app-password".into(), "old".into());
    assert!(matches!(publish_new(5, "five"), Err(Error::Auth(_))));
    assert_eq!(logins(&model), (3, 3));
    assert_eq!(model.records.borrow().len(), 4);
}

#[test]
fn the_identity_is_known_without_logging_in_again() {
    let (model, account) = (ready(), account(json!({})));
    publish_all(
        &model,
        &account,
        &effect(),
        &compose(&account, &post("one")),
    )
    .unwrap();
    // The plugin's store is lost, the session is not.
    model.store.borrow_mut().clear();
    let other = Effect {
        key: "e".repeat(64),
        ..effect()
    };
    publish_all(&model, &account, &other, &compose(&account, &post("two"))).unwrap();
    assert_eq!(
        (
            model.calls("com.atproto.server.createSession"),
            model.calls("com.atproto.server.getSession")
        ),
        (1, 1)
    );
}

#[test]
fn a_login_as_somebody_else_is_refused() {
    let model = ready();
    let account = account(json!({"did": "did:plc:somebodyelse"}));
    let refused = publish(
        &model,
        &account,
        &effect(),
        &compose(&account, &post("x")),
        None,
    );
    assert!(matches!(refused, Err(Error::Auth(_))), "{refused:?}");
    assert!(model.records.borrow().is_empty());
}

#[test]
fn an_account_of_the_hosting_company_is_served_at_its_home() {
    let (model, account) = (ready(), account(json!({})));
    *model.pds.borrow_mut() = Some("https://morel.us-east.host.bsky.network".into());
    publish_all(&model, &account, &effect(), &compose(&account, &post("x"))).unwrap();
    let asked = model.asked.borrow().clone();
    assert_eq!(
        asked,
        [
            "https://bsky.social",
            "https://morel.us-east.host.bsky.network"
        ]
    );
    // A document that points anywhere else does not lead there.
    for elsewhere in [
        "https://evil.example",
        "http://a.host.bsky.network",
        "https://evil.example/.bsky.network",
    ] {
        let model = ready();
        *model.pds.borrow_mut() = Some(elsewhere.into());
        publish_all(&model, &account, &effect(), &compose(&account, &post("x"))).unwrap();
        assert!(
            model
                .asked
                .borrow()
                .iter()
                .all(|s| s == "https://bsky.social"),
            "{elsewhere}"
        );
    }
}

#[test]
fn too_many_requests_say_when_to_come_back() {
    let (model, account) = (ready(), account(json!({})));
    let limit = (
        429,
        json!({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}),
    );
    model
        .canned
        .borrow_mut()
        .insert("com.atproto.repo.putRecord".into(), vec![limit]);
    match publish(
        &model,
        &account,
        &effect(),
        &compose(&account, &post("x")),
        None,
    ) {
        Err(Error::RateLimited(wait)) => assert_eq!(wait.until, (NOW / 1000 + 200) * 1000),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_file_of_another_type_is_refused_before_it_is_published() {
    let (model, account) = (ready(), account(json!({})));
    *model.sniffed.borrow_mut() = Some("image/webp".into());
    let refused = publish_all(&model, &account, &effect(), &thread(&account));
    assert!(
        matches!(&refused, Err(Error::InvalidContent(found)) if found[0].code == "media-type"),
        "{refused:?}"
    );
    assert!(model.records.borrow().is_empty());
}

#[test]
fn files_that_the_server_threw_away_are_uploaded_again_once() {
    let (model, account) = (ready(), account(json!({})));
    let composed = thread(&account);
    let mut progress = None;
    for _ in 0..2 {
        match publish(&model, &account, &effect(), &composed, progress.as_deref()).unwrap() {
            Advance::Again(next) => progress = Some(next.progress),
            Advance::Done(_) => panic!("too early"),
        }
    }
    model.uploaded.borrow_mut().clear();
    let mut calls = 0;
    while let Advance::Again(next) =
        publish(&model, &account, &effect(), &composed, progress.as_deref()).unwrap()
    {
        progress = Some(next.progress);
        calls += 1;
    }
    assert_eq!((calls, model.records.borrow().len()), (5, 3));
    // A server that never keeps them is an error, not a loop.
    let model = ready();
    let gone = (400, json!({"error": "BlobNotFound"}));
    model.canned.borrow_mut().insert(
        "com.atproto.repo.putRecord".into(),
        vec![gone.clone(), gone],
    );
    assert!(matches!(
        publish_all(&model, &account, &effect(), &composed),
        Err(Error::Permanent(_))
    ));
}

#[test]
fn an_answer_names_the_whole_conversation() {
    let (model, account) = (ready(), account(json!({})));
    let (first, _) = publish_all(&model, &account, &effect(), &thread(&account)).unwrap();
    let mut answer = post("risposta");
    answer.reply_to = Some(first.parts[1].id.clone());
    let other = Effect {
        key: "d".repeat(64),
        ..effect()
    };
    let (receipt, calls) =
        publish_all(&model, &account, &other, &compose(&account, &answer)).unwrap();
    assert_eq!(
        calls, 2,
        "the answered post is looked up first, so that every try writes the same"
    );
    let key = receipt.id.rsplit('/').next().unwrap().to_string();
    let reply = model.records.borrow()[&key]["reply"].clone();
    assert_eq!(reply["root"]["uri"], json!(first.id));
    assert_eq!(reply["parent"]["uri"], json!(first.parts[1].id));
    answer.reply_to = Some(format!("at://{DID}/app.bsky.feed.post/3kfoobarbaz22"));
    let gone = publish(&model, &account, &other, &compose(&account, &answer), None);
    assert!(matches!(gone, Err(Error::InvalidContent(_))), "{gone:?}");
}

#[test]
fn progress_of_another_version_is_not_guessed_at() {
    let (model, account) = (ready(), account(json!({})));
    let composed = compose(&account, &post("x"));
    for odd in [
        "",
        "{}",
        r#"{"version":2,"did":"did:plc:acme","blobs":0,"done":[]}"#,
    ] {
        let refused = publish(&model, &account, &effect(), &composed, Some(odd));
        assert!(matches!(refused, Err(Error::Permanent(_))), "{odd}");
    }
    assert_eq!(blob_id(b"").len(), 71);
}

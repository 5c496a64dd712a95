//! Never twice: one name, one effect.

use std::sync::Arc;

use super::super::super::error::StoreError;
use super::super::super::event::{Finding, Outcome};
use super::super::super::state::{EffectState, EffectStatus};
use super::super::super::store::Claimed;
use super::*;

fn known(answer: &Claimed) -> &EffectState {
    match answer {
        Claimed::Known(effect) => effect,
        Claimed::Claimed(effect) => panic!("{} was claimed a second time", effect.key),
    }
}

fn claimed(answer: &Claimed) -> &EffectState {
    match answer {
        Claimed::Claimed(effect) => effect,
        Claimed::Known(effect) => panic!("{} is known", effect.key),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_64_triggers_at_once_exactly_one_gets_the_effect() {
    let folder = Folder::new();
    let store = Arc::new(folder.store());
    for run in 0..64 {
        begin(&*store, &format!("r{run}")).await;
    }
    let mut tasks = Vec::new();
    for run in 0..64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            // Each knows the article by another key, and all by the same link.
            let claims = vec![claim(&format!("guid {run}"), &["the link"], Then::Call)];
            let answers = store.claim(&format!("r{run}"), 2, claims).await.unwrap();
            matches!(answers[0], Claimed::Claimed(_))
        }));
    }
    let mut winners = 0;
    for task in tasks {
        winners += u32::from(task.await.unwrap());
    }
    assert_eq!(winners, 1);
    // Every key has become a name of the one effect.
    let effect = store.effect("the link").await.unwrap().unwrap();
    assert_eq!(effect.aliases.len(), 64);
    for run in 0..64 {
        let by_key = store.effect(&format!("guid {run}")).await.unwrap();
        assert_eq!(by_key.unwrap().key, effect.key);
    }
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_published_article_is_known_in_later_runs_under_any_of_its_names() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let first = claim("guid", &["link", "link", "guid"], Then::Call);
    let answers = store.claim("r", 2, vec![first]).await.unwrap();
    let effect = claimed(&answers[0]);
    assert_eq!((effect.status, effect.attempt), (EffectStatus::Calling, 1));
    assert_eq!(effect.aliases, ["link"]);
    let outcome = Outcome::Done;
    let end = Batch::new("r", 3)
        .event(done("guid"))
        .event(Event::RunDone { outcome });
    store.append(end).await.unwrap();
    drop(store);

    let store = folder.store();
    begin(&store, "s").await;
    let log = store.events("s", 0, 100).await.unwrap();
    let same = vec![claim("guid", &["link"], Then::Call)];
    let answers = store.claim("s", 4, same).await.unwrap();
    assert_eq!(known(&answers[0]).status, EffectStatus::Done);
    assert_eq!(known(&answers[0]).run, "r");
    assert_eq!(
        store.events("s", 0, 100).await.unwrap(),
        log,
        "nothing new, nothing written"
    );

    // The guid changed its form, and later the link too: a chain of names, still one article.
    let changed = vec![
        claim("guid/2", &["link"], Then::Call),
        claim("guid/2", &["link/2"], Then::Call),
        claim("link/2", &[], Then::Call),
    ];
    for answer in &store.claim("s", 5, changed).await.unwrap() {
        assert_eq!(known(answer).key, "guid");
    }
    assert_sound(&store).await;
}

#[tokio::test]
async fn of_several_known_effects_the_one_that_came_furthest_is_told() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let claims = vec![
        claim("a", &[], Then::Refuse(json!([]))),
        claim("b", &[], Then::Call),
        claim("c", &[], Then::Wait),
        claim("new", &["a", "c", "b"], Then::Call),
    ];
    let answers = store.claim("r", 2, claims).await.unwrap();
    assert_eq!(claimed(&answers[0]).status, EffectStatus::Refused);
    assert_eq!(claimed(&answers[2]).status, EffectStatus::Intended);
    assert_eq!(known(&answers[3]).key, "b");
    assert_sound(&store).await;
}

#[tokio::test]
async fn what_was_cut_off_in_a_call_is_in_doubt_and_only_that() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let claims = vec![
        claim("called", &[], Then::Call),
        claim("waiting", &[], Then::Wait),
        claim("finished", &[], Then::Call),
    ];
    store.claim("r", 2, claims).await.unwrap();
    let batch = Batch::new("r", 3).event(done("finished"));
    store.append(batch).await.unwrap();
    drop(store);

    let store = folder.store();
    let resumed = store.resume("r", 4).await.unwrap();
    let keys: Vec<&str> = resumed
        .in_doubt
        .iter()
        .map(|effect| effect.key.as_str())
        .collect();
    assert_eq!(keys, ["called"]);
    let counts = resumed.run.effects;
    assert_eq!((counts.in_doubt, counts.pending, counts.done), (1, 1, 1));
    // No second try without a settlement.
    let call = Event::EffectCalling {
        key: "called".to_owned(),
    };
    let refused = store.append(Batch::new("r", 5).event(call.clone())).await;
    assert!(matches!(refused, Err(StoreError::Illegal(_))));
    let absent = Event::EffectSettled {
        key: "called".to_owned(),
        by: "find".to_owned(),
        finding: Finding::Absent,
    };
    let retry = Event::EffectRetried {
        key: "called".to_owned(),
        composed: Some(json!("edited")),
        not_before: None,
    };
    let batch = Batch::new("r", 6).event(absent).event(retry).event(call);
    store.append(batch).await.unwrap();
    assert_eq!(
        store.composed("called").await.unwrap(),
        Some(json!("edited"))
    );
    assert_eq!(
        store.composed("waiting").await.unwrap(),
        Some(json!({"parts": [{"text": "text of waiting"}]}))
    );
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_retry_moves_the_effect_to_the_run_that_retries() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    store
        .claim("r", 2, vec![claim("k", &[], Then::Hold("ask".to_owned()))])
        .await
        .unwrap();
    let outcome = Outcome::Done;
    let end = Batch::new("r", 3).event(Event::RunDone { outcome });
    store.append(end).await.unwrap();
    begin(&store, "s").await;
    let released = Event::EffectReleased {
        key: "k".to_owned(),
        by: "Anna".to_owned(),
        not_before: Some(9),
    };
    store
        .append(Batch::new("s", 4).event(released))
        .await
        .unwrap();
    let effect = store.effect("k").await.unwrap().unwrap();
    assert_eq!((effect.run.as_str(), effect.intended), ("s", 2));
    assert_eq!(effect.not_before, Some(9));
    let (old, new) = (store.run("r").await, store.run("s").await);
    assert_eq!(old.unwrap().unwrap().effects.held, 0);
    assert_eq!(new.unwrap().unwrap().effects.pending, 1);
    assert_sound(&store).await;
}

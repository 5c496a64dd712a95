//! Appending, reading back, and what a refused write leaves behind.

use super::super::super::error::StoreError;
use super::super::super::event::{FailureKind, Outcome};
use super::super::super::state::{Reason, RunStatus, StepStatus};
use super::super::super::store::{EffectFilter, Facts, KvWrite, RunFilter};
use super::*;

#[tokio::test]
async fn a_run_is_read_back_as_it_was_written_also_after_reopening() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    store
        .append(Batch::new("r", 2).event(step_started("fetch")).buffered())
        .await
        .unwrap();
    for page in 0..3 {
        let cursor = Some(format!("c{page}"));
        let records = format!("[\"record of page {page}\"]");
        let batch = Batch::new("r", 3).page("fetch", page, 1, cursor, records);
        store.append(batch.buffered()).await.unwrap();
    }
    // Buffered writes are seen by reads that begin later.
    let page = store.page("r", "fetch", 2).await.unwrap().unwrap();
    assert_eq!(page.records, "[\"record of page 2\"]");
    assert_eq!(store.page("r", "fetch", 3).await.unwrap(), None);
    let moved = Event::CursorMoved {
        step: "fetch".to_owned(),
        source: "fetch@1".to_owned(),
        cursor: "c2".to_owned(),
    };
    let write = KvWrite {
        client: "acme".to_owned(),
        plugin: "feed".to_owned(),
        key: "etag".to_owned(),
        value: Some("abc".to_owned()),
    };
    store
        .append(
            Batch::new("r", 4)
                .event(step_done("fetch", 3))
                .event(step_started("fit"))
                .kv([write]),
        )
        .await
        .unwrap();
    let outcome = Outcome::Done;
    let end = Batch::new("r", 5)
        .event(step_done("fit", 0))
        .event(moved)
        .event(Event::RunDone { outcome });
    assert_eq!(store.cursor("news", "fetch@1").await.unwrap(), None);
    store.append(end).await.unwrap();

    let run = store.run("r").await.unwrap().unwrap();
    assert_eq!((run.status, run.ended), (RunStatus::Done, Some(5)));
    assert_eq!(run.step("fetch").unwrap().pages, 3);
    let log = store.events("r", 0, 100).await.unwrap();
    assert_sound(&store).await;
    let (id, epoch) = (store.id().to_owned(), store.epoch());
    drop(store);

    let store = folder.store();
    assert_eq!((store.id(), store.epoch()), (id.as_str(), epoch + 1));
    assert_eq!(store.run("r").await.unwrap().unwrap(), run);
    assert_eq!(store.events("r", 0, 100).await.unwrap(), log);
    assert_eq!(log.len(), 10);
    assert_eq!(store.events("r", 8, 1).await.unwrap(), log[8..9]);
    let cursor = store.cursor("news", "fetch@1").await.unwrap();
    assert_eq!(cursor.as_deref(), Some("c2"));
    let value = store.kv_get("acme", "feed", "etag").await.unwrap();
    assert_eq!(value.as_deref(), Some("abc"));
    assert_eq!(store.kv_get("other", "feed", "etag").await.unwrap(), None);
    assert!(store.unfinished().await.unwrap().is_empty());
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_batch_is_stored_as_a_whole_or_not_at_all() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let before = store.run("r").await.unwrap();
    let batch = Batch::new("r", 2)
        .event(step_started("fetch"))
        .page("fetch", 0, 1, None, "[]".to_owned())
        .event(step_done("fetch", 2));
    let Err(StoreError::Illegal(illegal)) = store.append(batch).await else {
        panic!("it was taken");
    };
    let (expected, found) = (1, 2);
    assert_eq!(illegal.reason, Reason::Count { expected, found });
    assert_eq!(store.run("r").await.unwrap(), before);
    assert_eq!(store.page("r", "fetch", 0).await.unwrap(), None);
    assert_sound(&store).await;
}

#[tokio::test]
async fn events_that_come_the_wrong_way_are_refused() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let intended = Event::EffectIntended(claim("k", &[], Then::Wait).intent);
    let page = Event::PageDone {
        step: "fetch".to_owned(),
        page: 0,
        count: 0,
        cursor: None,
    };
    for event in [intended, page] {
        let batch = Batch::new("r", 2).event(step_started("fetch")).event(event);
        let Err(StoreError::Illegal(illegal)) = store.append(batch).await else {
            panic!("it was taken");
        };
        assert!(matches!(illegal.reason, Reason::Shape(_)));
    }
    let again = store.append(Batch::new("r", 2).event(started())).await;
    assert!(matches!(again, Err(StoreError::Illegal(_))));
}

#[tokio::test]
async fn a_lost_buffered_write_stops_its_run_and_no_other() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    begin(&store, "s").await;
    // Page 1 before page 0: refused, and nobody waits for the answer.
    let early =
        Batch::new("r", 2)
            .event(step_started("fetch"))
            .page("fetch", 1, 1, None, "[]".to_owned());
    store.append(early.buffered()).await.unwrap();
    let later = Batch::new("r", 3).event(step_started("fetch"));
    let Err(StoreError::Broken { run, first }) = store.append(later.clone()).await else {
        panic!("the run went on over a hole");
    };
    assert_eq!(run, "r");
    assert!(matches!(*first, StoreError::Illegal(_)));
    let other = Batch::new("s", 3).event(step_started("fetch"));
    store.append(other).await.unwrap();
    store.resume("r", 4).await.unwrap();
    store.append(later).await.unwrap();
    assert_sound(&store).await;
}

#[tokio::test]
async fn a_step_can_be_started_again_behind_its_pages_or_without_them() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let batch = Batch::new("r", 2).event(step_started("fetch")).page(
        "fetch",
        0,
        1,
        Some("c0".to_owned()),
        "[\"old\"]".to_owned(),
    );
    store.append(batch).await.unwrap();
    drop(store);

    let store = folder.store();
    let unfinished = store.unfinished().await.unwrap();
    assert_eq!(unfinished.len(), 1);
    let resumed = store.resume("r", 3).await.unwrap();
    let step = resumed.run.step("fetch").unwrap();
    assert_eq!((step.status, step.pages), (StepStatus::Stopped, 1));
    assert_eq!(step.cursor.as_deref(), Some("c0"));
    let on = Batch::new("r", 4).event(step_started("fetch")).page(
        "fetch",
        1,
        1,
        None,
        "[\"new\"]".to_owned(),
    );
    store.append(on).await.unwrap();
    assert!(store.page("r", "fetch", 0).await.unwrap().is_some());

    store.resume("r", 5).await.unwrap();
    let restart = Event::StepStarted {
        step: "fetch".to_owned(),
        from: None,
        restart: true,
    };
    store
        .append(Batch::new("r", 6).event(restart).page(
            "fetch",
            0,
            2,
            None,
            "[\"newest\"]".to_owned(),
        ))
        .await
        .unwrap();
    let page = store.page("r", "fetch", 0).await.unwrap().unwrap();
    assert_eq!((page.count, page.records.as_str()), (2, "[\"newest\"]"));
    assert_eq!(store.page("r", "fetch", 1).await.unwrap(), None);
    assert_sound(&store).await;
}

#[tokio::test]
async fn lists_filter_and_page() {
    let folder = Folder::new();
    let store = folder.store();
    for number in 0..5 {
        let run = format!("r{number}");
        begin(&store, &run).await;
        let claims = vec![
            claim(&format!("k{number}"), &[], Then::Call),
            claim(&format!("h{number}"), &[], Then::Hold("ask".to_owned())),
        ];
        store.claim(&run, 2, claims).await.unwrap();
    }
    let failed = Event::EffectFailed {
        key: "k0".to_owned(),
        failure: super::super::super::event::Failure {
            kind: FailureKind::Auth,
            message: "expired".to_owned(),
        },
    };
    let outcome = Outcome::Partial;
    let end = Batch::new("r0", 3)
        .event(failed)
        .event(Event::RunDone { outcome });
    store.append(end).await.unwrap();

    let ids = |runs: Vec<super::super::super::state::RunState>| -> Vec<String> {
        runs.into_iter().map(|run| run.run).collect()
    };
    let filter = RunFilter {
        limit: 2,
        ..RunFilter::default()
    };
    assert_eq!(ids(store.runs(filter).await.unwrap()), ["r4", "r3"]);
    let filter = RunFilter {
        before: Some("r3".to_owned()),
        status: vec![RunStatus::Running],
        client: Some("acme".to_owned()),
        ..RunFilter::default()
    };
    assert_eq!(ids(store.runs(filter).await.unwrap()), ["r2", "r1"]);
    let filter = RunFilter {
        pipeline: Some("other".to_owned()),
        ..RunFilter::default()
    };
    assert!(store.runs(filter).await.unwrap().is_empty());

    use super::super::super::state::EffectStatus;
    let keys = |effects: Vec<super::super::super::state::EffectState>| -> Vec<String> {
        effects.into_iter().map(|effect| effect.key).collect()
    };
    let filter = EffectFilter {
        status: vec![EffectStatus::Calling, EffectStatus::Failed],
        after: Some("k1".to_owned()),
        limit: 2,
        ..EffectFilter::default()
    };
    assert_eq!(keys(store.effects(filter).await.unwrap()), ["k2", "k3"]);
    let filter = EffectFilter {
        run: Some("r0".to_owned()),
        account: Some("acme-x".to_owned()),
        client: Some("acme".to_owned()),
        ..EffectFilter::default()
    };
    assert_eq!(keys(store.effects(filter).await.unwrap()), ["k0", "h0"]);
    assert_sound(&store).await;
}

#[tokio::test]
async fn plugins_state_and_facts_are_kept_apart() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let write = |plugin: &str, key: &str, value: Option<&str>| KvWrite {
        client: "acme".to_owned(),
        plugin: plugin.to_owned(),
        key: key.to_owned(),
        value: value.map(str::to_owned),
    };
    let writes = [
        write("feed", "a/1", Some("1")),
        write("feed", "a/2", Some("2")),
        write("feed", "a/3", Some("3")),
        write("feed", "b", Some("4")),
        write("other", "a/1", Some("5")),
        write("feed", "a/2", None),
    ];
    store
        .append(Batch::new("r", 2).event(step_started("s")).kv(writes))
        .await
        .unwrap();
    let keys = store.kv_keys("acme", "feed", "a/", None, 10).await.unwrap();
    assert_eq!(keys, ["a/1", "a/3"]);
    let keys = store
        .kv_keys("acme", "feed", "", Some("a/1"), 1)
        .await
        .unwrap();
    assert_eq!(keys, ["a/3"]);
    assert_eq!(store.kv_count("acme", "feed").await.unwrap(), 3);
    assert_eq!(store.kv_count("acme", "other").await.unwrap(), 1);

    let facts = |text: &str, at| Facts {
        account: "acme-m".to_owned(),
        facts: text.to_owned(),
        at,
    };
    store.put_facts(facts("{}", 1)).await.unwrap();
    store.put_facts(facts("{\"text\":5000}", 2)).await.unwrap();
    let known = store.facts("acme-m").await.unwrap();
    assert_eq!(known, Some(facts("{\"text\":5000}", 2)));
    assert_eq!(store.facts("acme-x").await.unwrap(), None);
}

//! Large runs: pages come and go one at a time.

use super::super::super::store::Durability;
use super::*;

#[tokio::test]
async fn many_pages_are_written_without_waiting_and_read_by_number() {
    let folder = Folder::new();
    let store = folder.store();
    begin(&store, "r").await;
    let start = Batch::new("r", 2).event(step_started("fetch"));
    assert_eq!(start.durability, Durability::Flushed);
    store.append(start.buffered()).await.unwrap();
    let pages = 100;
    for page in 0..pages {
        // More than the queue's room in total, so that back-pressure is met.
        let records = format!("{page} {}", "x".repeat(300_000));
        let batch = Batch::new("r", 3).page("fetch", page, 500, None, records);
        store.append(batch.buffered()).await.unwrap();
    }
    let count = u64::from(pages) * 500;
    let batch = Batch::new("r", 4).event(step_done("fetch", count));
    store.append(batch).await.unwrap();
    for page in [0, 41, pages - 1] {
        let found = store.page("r", "fetch", page).await.unwrap().unwrap();
        assert_eq!(found.count, 500);
        assert!(found.records.starts_with(&format!("{page} x")));
    }
    assert_eq!(store.page("r", "fetch", pages).await.unwrap(), None);
    assert_sound(&store).await;
}

#[tokio::test]
async fn dropping_the_store_writes_what_is_queued() {
    let folder = Folder::new();
    let store = folder.store();
    let batch = Batch::new("r", 1).event(started()).buffered();
    store.append(batch).await.unwrap();
    drop(store);
    let left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "lock")
        .collect();
    assert_eq!(left, ["journal.db"], "the log file is folded in");
    assert!(folder.store().run("r").await.unwrap().is_some());
}

#[tokio::test]
async fn a_temporary_store_does_the_same_without_the_disk() {
    let folder = Folder::new();
    let options = Options {
        temporary: true,
        ..Options::default()
    };
    let store = SqliteStore::open(folder.path(), options).unwrap();
    begin(&store, "r").await;
    store
        .append(Batch::new("r", 2).event(step_started("fetch")).buffered())
        .await
        .unwrap();
    store.flush().await.unwrap();
    store
        .append(Batch::new("r", 3).event(step_done("fetch", 0)))
        .await
        .unwrap();
    assert_sound(&store).await;
}

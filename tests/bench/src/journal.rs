//! What the journal costs, beside bare SQLite that writes and flushes the same bytes.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use staffetta::journal::{Batch, Event, Options, SqliteStore, Store};

use crate::figures::{Figures, median, shown};

const ONE_BY_ONE: u32 = 300;
const TASKS: u32 = 64;
const GROUPED: u32 = 6_400;
const PAGES: u32 = 400;
/// A page of 500 records of 1 kB.
const PAGE: usize = 500_000;

/// One kilobyte in an event.
fn event() -> Event {
    Event::StepSkipped {
        step: "posted".to_owned(),
        why: "x".repeat(1_000),
    }
}

fn started() -> Event {
    Event::RunStarted {
        pipeline: "bench".to_owned(),
        client: "acme".to_owned(),
        plan: "0".to_owned(),
        trigger: json!({}),
    }
}

fn open(dir: &Path, mode: &str) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(dir.join("bare.db")).unwrap();
    connection
        .pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
        .unwrap();
    connection.pragma_update(None, "synchronous", mode).unwrap();
    connection
        .pragma_update(None, "wal_autocheckpoint", 4_000)
        .unwrap();
    connection
        .execute_batch("CREATE TABLE IF NOT EXISTS log (pos INTEGER PRIMARY KEY, event TEXT)")
        .unwrap();
    connection
}

/// All texts in one transaction that is flushed.
pub(crate) fn bare_pages(dir: &Path, pages: &[String]) -> Duration {
    let connection = open(dir, "full");
    let mut insert = connection
        .prepare("INSERT INTO log (event) VALUES (?1)")
        .unwrap();
    let begin = Instant::now();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    for page in pages {
        insert.execute([page]).unwrap();
    }
    connection.execute_batch("COMMIT").unwrap();
    begin.elapsed()
}

fn bare(dir: &Path, commits: u32, per_commit: u32, bytes: usize, mode: &str) -> Duration {
    let connection = open(dir, mode);
    let text = "x".repeat(bytes);
    let begin = Instant::now();
    for _ in 0..commits {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for _ in 0..per_commit {
            connection
                .prepare_cached("INSERT INTO log (event) VALUES (?1)")
                .unwrap()
                .execute([&text])
                .unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
    }
    begin.elapsed()
}

pub(crate) async fn measure(figures: &mut Figures) {
    figures
        .title("The journal beside bare SQLite (write-ahead log, the same bytes, as many flushes)");
    let dir = tempfile::TempDir::new().unwrap();
    let dir = dir.path();
    let store = Arc::new(SqliteStore::open(dir, Options::default()).unwrap());

    store
        .append(Batch::new("one", 0).event(started()))
        .await
        .unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ONE_BY_ONE {
        let begin = Instant::now();
        store
            .append(Batch::new("one", 0).event(event()))
            .await
            .unwrap();
        ours.push(begin.elapsed());
        theirs.push(bare_pages(dir, &["x".repeat(1_050)]));
    }
    figures.beside(
        "an event of 1 kB, flushed",
        median(ours),
        "bare",
        median(theirs),
        1.5,
    );

    for task in 0..TASKS {
        store
            .append(Batch::new(format!("t{task}"), 0).event(started()))
            .await
            .unwrap();
    }
    let begin = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for _ in 0..GROUPED / TASKS {
                    store
                        .append(Batch::new(format!("t{task}"), 0).event(event()))
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let grouped = begin.elapsed() / GROUPED;
    let same = bare(dir, GROUPED / TASKS, TASKS, 1_050, "full") / GROUPED;
    figures.beside(
        "an event of 64 writers, each waits for the disk",
        grouped,
        "bare, a flush for 64",
        same,
        1.5,
    );

    let records = "x".repeat(PAGE);
    let step = Event::StepStarted {
        step: "fetch".to_owned(),
        from: None,
        restart: false,
    };
    store
        .append(Batch::new("p", 0).event(started()).event(step))
        .await
        .unwrap();
    let begin = Instant::now();
    for page in 0..PAGES {
        store
            .append(
                Batch::new("p", 0)
                    .page("fetch", page, 500, None, records.clone())
                    .buffered(),
            )
            .await
            .unwrap();
    }
    store.flush().await.unwrap();
    let pages = begin.elapsed() / PAGES;
    let same = bare(dir, PAGES, 1, PAGE, "normal") / PAGES;
    figures.beside(
        "a page of 500 records of 1 kB, buffered",
        pages,
        "bare",
        same,
        1.5,
    );
    let begin = Instant::now();
    for page in 0..PAGES {
        store.page("p", "fetch", page).await.unwrap().unwrap();
    }
    figures.told("a page read", &shown(begin.elapsed() / PAGES));
}

//! What the journal costs, beside bare SQLite that writes and flushes the same bytes, in turns.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use staffetta::journal::{Batch, Event, Options, SqliteStore, Store};

use crate::figures::{Figures, median, shown};

const ONE_BY_ONE: u32 = 301;
const TASKS: u32 = 64;
/// Events of each task.
const EACH: u32 = 100;
const PAGES: u32 = 401;
/// A page of 500 records of 1 kB.
const PAGE: usize = 500_000;
/// Bytes of an event as the journal writes it.
const EVENT: usize = 1_050;

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

/// A database with one table of texts, kept open as the journal keeps its own.
pub(crate) struct Bare(rusqlite::Connection);

impl Bare {
    pub(crate) fn open(dir: &Path, mode: &str) -> Self {
        let connection = rusqlite::Connection::open(dir.join(format!("bare-{mode}.db"))).unwrap();
        let wal = connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        wal.unwrap();
        connection.pragma_update(None, "synchronous", mode).unwrap();
        connection
            .pragma_update(None, "wal_autocheckpoint", 4_000)
            .unwrap();
        let table = "CREATE TABLE IF NOT EXISTS log (pos INTEGER PRIMARY KEY, event TEXT)";
        connection.execute_batch(table).unwrap();
        Self(connection)
    }

    /// All texts in one transaction.
    pub(crate) fn write<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Duration {
        let begin = Instant::now();
        self.0.execute_batch("BEGIN IMMEDIATE").unwrap();
        {
            let sql = "INSERT INTO log (event) VALUES (?1)";
            let mut insert = self.0.prepare_cached(sql).unwrap();
            for text in texts {
                insert.execute([text]).unwrap();
            }
        }
        self.0.execute_batch("COMMIT").unwrap();
        begin.elapsed()
    }
}

pub(crate) async fn measure(figures: &mut Figures) {
    figures.title(
        "The journal beside bare SQLite: a write-ahead log, the same bytes, as many flushes",
    );
    let dir = tempfile::TempDir::new().unwrap();
    let dir = dir.path();
    let store = Arc::new(SqliteStore::open(dir, Options::default()).unwrap());
    let flushed = Bare::open(dir, "full");
    let text = "x".repeat(EVENT);

    let run = Batch::new("one", 0).event(started());
    store.append(run).await.unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ONE_BY_ONE {
        let begin = Instant::now();
        store
            .append(Batch::new("one", 0).event(event()))
            .await
            .unwrap();
        ours.push(begin.elapsed());
        theirs.push(flushed.write([text.as_str()]));
    }
    figures.beside(
        "an event of 1 kB, flushed",
        median(ours),
        "bare",
        median(theirs),
        1.5,
    );

    for task in 0..TASKS {
        let run = Batch::new(format!("t{task}"), 0).event(started());
        store.append(run).await.unwrap();
    }
    let begin = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| tokio::spawn(many(Arc::clone(&store), task)))
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let ours = begin.elapsed() / (TASKS * EACH);
    let group = || flushed.write((0..TASKS).map(|_| text.as_str()));
    let theirs = (0..EACH).map(|_| group()).sum::<Duration>() / (TASKS * EACH);
    let what = "an event of 64 writers, each waits for the disk";
    figures.compare(what, ours, "bare, a flush for 64", theirs);

    let records = "x".repeat(PAGE);
    let step = Event::StepStarted {
        step: "fetch".to_owned(),
        from: None,
        restart: false,
    };
    let run = Batch::new("p", 0).event(started()).event(step);
    store.append(run).await.unwrap();
    let begin = Instant::now();
    for page in 0..PAGES {
        let batch = Batch::new("p", 0).page("fetch", page, 500, None, records.clone());
        store.append(batch.buffered()).await.unwrap();
    }
    store.flush().await.unwrap();
    let ours = begin.elapsed() / PAGES;
    let buffered = Bare::open(dir, "normal");
    let theirs = (0..PAGES)
        .map(|_| buffered.write([records.as_str()]))
        .sum::<Duration>()
        / PAGES;
    figures.beside(
        "a page of 500 records of 1 kB, buffered",
        ours,
        "bare",
        theirs,
        1.5,
    );
    let begin = Instant::now();
    for page in 0..PAGES {
        store.page("p", "fetch", page).await.unwrap().unwrap();
    }
    figures.told("the same page read", &shown(begin.elapsed() / PAGES));
}

async fn many(store: Arc<SqliteStore>, task: u32) {
    for _ in 0..EACH {
        let batch = Batch::new(format!("t{task}"), 0).event(event());
        store.append(batch).await.unwrap();
    }
}

//! The store on real files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod append;
mod claim;
mod crash;
mod opening;
mod scale;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::json;

use super::super::event::{Event, Intent};
use super::super::store::{Batch, Claim, Store, Then};
use super::{Options, SqliteStore};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("staffetta-journal-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.0, Options::default()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn started() -> Event {
    Event::RunStarted {
        pipeline: "news".to_owned(),
        client: "acme".to_owned(),
        plan: "sha256:0".to_owned(),
        trigger: json!({"manual": true}),
    }
}

fn step_started(step: &str) -> Event {
    Event::StepStarted {
        step: step.to_owned(),
        from: None,
        restart: false,
    }
}

fn step_done(step: &str, count: u64) -> Event {
    Event::StepDone {
        step: step.to_owned(),
        count,
        notes: Vec::new(),
    }
}

fn claim(key: &str, aliases: &[&str], then: Then) -> Claim {
    Claim {
        intent: Intent {
            key: key.to_owned(),
            aliases: aliases.iter().map(|&name| name.to_owned()).collect(),
            account: "acme-x".to_owned(),
            step: "posted".to_owned(),
            post: "p1".to_owned(),
            composed: json!({"parts": [{"text": format!("text of {key}")}]}),
            not_before: None,
        },
        then,
    }
}

fn done(key: &str) -> Event {
    Event::EffectDone {
        key: key.to_owned(),
        receipt: json!({"id": key}),
    }
}

async fn begin(store: &dyn Store, run: &str) {
    let batch = Batch::new(run, 1).event(started());
    store.append(batch).await.unwrap();
}

async fn assert_sound(store: &SqliteStore) {
    let verified = store.verify().await.unwrap();
    assert_eq!(verified.faults, Vec::<String>::new());
    assert!(verified.events > 0);
}

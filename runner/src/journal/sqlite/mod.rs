//! The store in one SQLite file with a write-ahead log: the log of events, and the states as tables beside it, written
//! in the same transaction. One process writes at a time, with one thread; reads go through a small pool. This is the
//! only place with SQL.

mod claim;
mod fault;
mod list;
mod load;
mod open;
mod readers;
mod save;
#[cfg(test)]
mod tests;
mod verify;
mod work;
mod writer;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, JoinHandle};

use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use super::error::{Result, StoreError};
use super::event::{Instant, Logged};
use super::state::{EffectState, RunState};
use super::store::{
    Answer, Batch, Claim, Claimed, Durability, EffectFilter, Facts, Page, Resumed, RunFilter, Store,
};
use readers::Readers;
use writer::{Ask, Job, Reply, Writer};

pub use open::Options;
pub use verify::Verified;

/// How much may wait to be written, in KiB: what keeps memory flat when the disk is slower than the plugins.
const ROOM: u32 = 8 << 10;

/// The embedded store.
///
/// Opening blocks for some milliseconds. Dropping it waits until everything in the queue is on the disk.
pub struct SqliteStore {
    readers: Option<Readers>,
    writing: Option<Writing>,
    id: String,
    epoch: u64,
}

/// What only the process has that holds the lock.
struct Writing {
    queue: Option<mpsc::UnboundedSender<Job>>,
    room: Arc<Semaphore>,
    /// Writes that were put into the queue, and those that were handled.
    asked: AtomicU64,
    handled: watch::Receiver<u64>,
    thread: Option<JoinHandle<()>>,
    /// Held until everything else is gone.
    _lock: File,
}

impl SqliteStore {
    /// Opens the store in a folder for this process alone, and makes it if there is none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`], [`StoreError::ReadOnly`], [`StoreError::Full`], [`StoreError::Newer`],
    /// [`StoreError::Corrupt`] or [`StoreError::Io`]. The folder is left as it was, but for the lock file.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        let opened = open::open(dir, &options)?;
        let (queue, jobs) = mpsc::unbounded_channel();
        let (handled_sender, handled) = watch::channel(0);
        let readers = Readers::start(opened.file.clone())?;
        let writer = Writer::new(opened.file, opened.connection, options.temporary);
        let thread = thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || writer.serve(jobs, &handled_sender))
            .map_err(|error| StoreError::Io {
                message: error.to_string(),
            })?;
        let writing = Writing {
            queue: Some(queue),
            room: Arc::new(Semaphore::new(ROOM as usize)),
            asked: AtomicU64::new(0),
            handled,
            thread: Some(thread),
            _lock: opened.lock,
        };
        Ok(Self {
            readers: Some(readers),
            writing: Some(writing),
            id: opened.id,
            epoch: opened.epoch,
        })
    }

    /// Opens an existing store for reading, also while another process writes.
    ///
    /// # Errors
    ///
    /// [`StoreError::Missing`], [`StoreError::ReadOnly`], [`StoreError::Newer`], [`StoreError::Corrupt`] or
    /// [`StoreError::Io`].
    pub fn open_to_read(dir: &Path) -> Result<Self> {
        let (file, id, epoch) = open::find(dir)?;
        Ok(Self {
            readers: Some(Readers::start(file)?),
            writing: None,
            id,
            epoch,
        })
    }

    /// The store's random name, kept for life: 32 hex digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How often the store was opened for writing. A copy put back from yesterday has a smaller number.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Checks the whole file, replays the whole log and compares the result with what is stored.
    ///
    /// # Errors
    ///
    /// Only when reading fails; what is wrong with the content is in the answer.
    pub async fn verify(&self) -> Result<Verified> {
        self.read(verify::verify).await
    }

    /// Puts a write into the queue; with `wait`, waits for its answer.
    async fn write(&self, ask: Ask, bytes: usize, wait: bool) -> Result<Reply> {
        let writing = self.writing.as_ref().ok_or(StoreError::Reader)?;
        // A single write larger than the room may take all of it.
        let share = u32::try_from(bytes >> 10)
            .unwrap_or(ROOM)
            .saturating_add(1)
            .min(ROOM);
        let room = writing.room.clone().acquire_many_owned(share).await;
        let room = Some(room.map_err(|_| StoreError::Closed)?);
        let (answer, answered) = if wait {
            let (answer, answered) = oneshot::channel();
            (Some(answer), Some(answered))
        } else {
            (None, None)
        };
        // Counted before it is sent: a read that begins after this call waits for it.
        writing.asked.fetch_add(1, Ordering::SeqCst);
        let queue = writing.queue.as_ref().ok_or(StoreError::Closed)?;
        queue
            .send(Job { ask, answer, room })
            .map_err(|_| StoreError::Closed)?;
        match answered {
            Some(answered) => answered.await.map_err(|_| StoreError::Closed)?,
            None => Ok(Reply::Done),
        }
    }

    /// Reads, after every write that was asked for before.
    async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        if let Some(writing) = &self.writing {
            let asked = writing.asked.load(Ordering::SeqCst);
            let mut handled = writing.handled.clone();
            handled
                .wait_for(|handled| *handled >= asked)
                .await
                .map_err(|_| StoreError::Closed)?;
        }
        let readers = self.readers.as_ref().ok_or(StoreError::Closed)?;
        readers.read(query).await
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // The readers first: the last connection to go folds the write-ahead log into the database.
        self.readers = None;
        if let Some(writing) = &mut self.writing {
            writing.queue = None;
            if let Some(thread) = writing.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

impl Store for SqliteStore {
    fn append(&self, mut batch: Batch) -> Answer<'_, ()> {
        if batch
            .entries
            .iter()
            .any(|entry| entry.event.must_be_flushed())
        {
            batch.durability = Durability::Flushed;
        }
        let wait = batch.durability == Durability::Flushed;
        let bytes = batch
            .entries
            .iter()
            .filter_map(|entry| entry.records.as_ref())
            .map(String::len)
            .sum();
        Box::pin(async move {
            self.write(Ask::Append(batch), bytes, wait).await?;
            Ok(())
        })
    }

    fn claim(&self, run: &str, at: Instant, claims: Vec<Claim>) -> Answer<'_, Vec<Claimed>> {
        let run = run.to_owned();
        // What is composed is small beside a page: 4 KiB is a long post.
        let bytes = claims.len() << 12;
        Box::pin(async move {
            match self
                .write(Ask::Claim { run, at, claims }, bytes, true)
                .await?
            {
                Reply::Claimed(answers) => Ok(answers),
                _ => Err(StoreError::Closed),
            }
        })
    }

    fn resume(&self, run: &str, at: Instant) -> Answer<'_, Resumed> {
        let run = run.to_owned();
        Box::pin(async move {
            match self.write(Ask::Resume { run, at }, 0, true).await? {
                Reply::Resumed(resumed) => Ok(*resumed),
                _ => Err(StoreError::Closed),
            }
        })
    }

    fn flush(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            self.write(Ask::Flush, 0, true).await?;
            Ok(())
        })
    }

    fn put_facts(&self, facts: Facts) -> Answer<'_, ()> {
        Box::pin(async move {
            let bytes = facts.facts.len();
            self.write(Ask::Facts(facts), bytes, true).await?;
            Ok(())
        })
    }

    fn run(&self, run: &str) -> Answer<'_, Option<RunState>> {
        let run = run.to_owned();
        Box::pin(self.read(move |connection| load::run(connection, &run)))
    }

    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunState>> {
        Box::pin(self.read(move |connection| list::runs(connection, &filter)))
    }

    fn unfinished(&self) -> Answer<'_, Vec<RunState>> {
        Box::pin(self.read(list::unfinished))
    }

    fn events(&self, run: &str, from: u64, limit: u32) -> Answer<'_, Vec<Logged>> {
        let run = run.to_owned();
        Box::pin(self.read(move |connection| load::events(connection, &run, from, limit)))
    }

    fn page(&self, run: &str, step: &str, page: u32) -> Answer<'_, Option<Page>> {
        let (run, step) = (run.to_owned(), step.to_owned());
        Box::pin(self.read(move |connection| load::page(connection, &run, &step, page)))
    }

    fn effect(&self, name: &str) -> Answer<'_, Option<EffectState>> {
        let name = name.to_owned();
        Box::pin(self.read(move |connection| {
            let found = load::effect(connection, &name)?;
            Ok(found.map(|(_, effect)| effect))
        }))
    }

    fn composed(&self, key: &str) -> Answer<'_, Option<serde_json::Value>> {
        let key = key.to_owned();
        Box::pin(self.read(move |connection| load::composed(connection, &key)))
    }

    fn effects(&self, filter: EffectFilter) -> Answer<'_, Vec<EffectState>> {
        let most = Some(filter.limit);
        Box::pin(self.read(move |connection| list::effects(connection, &filter, most)))
    }

    fn cursor(&self, pipeline: &str, source: &str) -> Answer<'_, Option<String>> {
        let (pipeline, source) = (pipeline.to_owned(), source.to_owned());
        Box::pin(self.read(move |connection| {
            let found = load::cursor(connection, &pipeline, &source)?;
            Ok(found.map(|state| state.cursor))
        }))
    }

    fn kv_get(&self, client: &str, plugin: &str, key: &str) -> Answer<'_, Option<String>> {
        let names = [client.to_owned(), plugin.to_owned(), key.to_owned()];
        Box::pin(self.read(move |connection| {
            let sql = "SELECT value FROM kv WHERE client = ?1 AND plugin = ?2 AND key = ?3";
            connection
                .prepare_cached(sql)?
                .query_row(names, |row| row.get(0))
                .optional()
        }))
    }

    fn kv_keys(
        &self,
        client: &str,
        plugin: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Answer<'_, Vec<String>> {
        let (client, plugin) = (client.to_owned(), plugin.to_owned());
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        Box::pin(self.read(move |connection| {
            let of = (client.as_str(), plugin.as_str());
            list::kv_keys(connection, of, &prefix, after.as_deref(), limit)
        }))
    }

    fn kv_count(&self, client: &str, plugin: &str) -> Answer<'_, u64> {
        let names = [client.to_owned(), plugin.to_owned()];
        Box::pin(self.read(move |connection| {
            let sql = "SELECT count(*) FROM kv WHERE client = ?1 AND plugin = ?2";
            connection
                .prepare_cached(sql)?
                .query_row(names, |row| row.get(0))
                .map(fault::count)
        }))
    }

    fn facts(&self, account: &str) -> Answer<'_, Option<Facts>> {
        let account = account.to_owned();
        Box::pin(self.read(move |connection| {
            let sql = "SELECT account, facts, at FROM facts WHERE account = ?1";
            connection
                .prepare_cached(sql)?
                .query_row(params![account], |row| {
                    Ok(Facts {
                        account: row.get(0)?,
                        facts: row.get(1)?,
                        at: row.get(2)?,
                    })
                })
                .optional()
        }))
    }
}

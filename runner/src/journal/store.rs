//! The seam to the store: one trait, and the questions and answers that pass through it. The executor and the commands
//! know nothing else; no SQL and no file name comes through here. An engine for several machines would stand behind
//! the same trait.

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

use super::error::Result;
use super::event::{Event, Instant, Intent, Logged};
use super::state::{EffectState, EffectStatus, RunState, RunStatus};

/// A boxed answer, so that the trait can be used as `dyn Store`.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// What an append waits for. Everything is visible to reads that begin after the append has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On the disk: it survives a power cut.
    Flushed,
    /// In the queue, in order. It survives the death of the process as soon as the writer has taken it (about a
    /// millisecond), and a power cut as soon as anything later is flushed. If it fails, the run takes no more writes
    /// and the next flushed append of the run says why.
    Buffered,
}

/// A change of a plugin's small keyed state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KvWrite {
    /// Whose state.
    pub client: String,
    /// Which plugin's.
    pub plugin: String,
    /// The key.
    pub key: String,
    /// None deletes.
    pub value: Option<String>,
}

/// One event to be appended, and the records that belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// The text of a page; only with [`Event::PageDone`], which can't do without.
    pub records: Option<String>,
}

/// What is appended to one run in one transaction: all of it or nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// The run.
    pub run: String,
    /// Now.
    pub at: Instant,
    /// In order.
    pub entries: Vec<Entry>,
    /// The staged state of a plugin whose step succeeded; goes with its `step-done`.
    pub kv: Vec<KvWrite>,
    /// Raised to [`Durability::Flushed`] by events that must be flushed.
    pub durability: Durability,
}

impl Batch {
    /// An empty batch that will be flushed.
    pub fn new(run: impl Into<String>, at: Instant) -> Self {
        Self {
            run: run.into(),
            at,
            entries: Vec::new(),
            kv: Vec::new(),
            durability: Durability::Flushed,
        }
    }

    /// Adds an event.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        let records = None;
        self.entries.push(Entry { event, records });
        self
    }

    /// Adds a page of a step's output with its records as text.
    #[must_use]
    pub fn page(
        mut self,
        step: impl Into<String>,
        page: u32,
        count: u64,
        cursor: Option<String>,
        records: String,
    ) -> Self {
        let event = Event::PageDone {
            step: step.into(),
            page,
            count,
            cursor,
        };
        let records = Some(records);
        self.entries.push(Entry { event, records });
        self
    }

    /// Adds changes of plugins' state.
    #[must_use]
    pub fn kv(mut self, writes: impl IntoIterator<Item = KvWrite>) -> Self {
        self.kv.extend(writes);
        self
    }

    /// Does not wait for the disk.
    #[must_use]
    pub fn buffered(mut self) -> Self {
        self.durability = Durability::Buffered;
        self
    }
}

/// What follows a successful claim at once, in the same transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Then {
    /// Nothing: it waits for its turn.
    Wait,
    /// The plugin is called as soon as the claim returns.
    Call,
    /// It is held for a person, for this reason.
    Hold(String),
    /// It is refused, for these violations.
    Refuse(serde_json::Value),
}

/// "Intend this effect unless its key or one of its aliases is known."
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The effect.
    pub intent: Intent,
    /// What follows.
    pub then: Then,
}

/// The answer to one claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Claimed {
    /// It was unknown, and it is this run's now.
    Claimed(EffectState),
    /// It was known: here is its state. Nothing was intended; aliases that were unknown are now its own. If the
    /// aliases belong to several effects, the one that has come furthest is told.
    Known(EffectState),
}

/// What a resumed run begins with.
#[derive(Debug, Clone, PartialEq)]
pub struct Resumed {
    /// The run as the journal knows it.
    pub run: RunState,
    /// Its effects in doubt, those that were cut off during a call included. `find` or a person must settle them.
    pub in_doubt: Vec<EffectState>,
}

/// A stored page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Records in it.
    pub count: u64,
    /// The text that was appended.
    pub records: String,
}

/// Which runs to list: the newest first.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Of this pipeline only.
    pub pipeline: Option<String>,
    /// Of this client only.
    pub client: Option<String>,
    /// In one of these states; empty: in any.
    pub status: Vec<RunStatus>,
    /// Only runs that began before the run of this id: the next page of the list.
    pub before: Option<String>,
    /// At most so many; 0: as many as 1,000.
    pub limit: u32,
}

/// Which effects to list: in the order in which they were intended.
#[derive(Debug, Clone, Default)]
pub struct EffectFilter {
    /// Of this run only.
    pub run: Option<String>,
    /// Of this client only.
    pub client: Option<String>,
    /// Of this account only.
    pub account: Option<String>,
    /// In one of these states; empty: in any.
    pub status: Vec<EffectStatus>,
    /// Only effects intended after the one with this key: the next page of the list.
    pub after: Option<String>,
    /// At most so many; 0: as many as 1,000.
    pub limit: u32,
}

/// What a network's server said of itself to one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Facts {
    /// The account.
    pub account: String,
    /// JSON as the plugin answered it.
    pub facts: String,
    /// When it was learned.
    pub at: Instant,
}

/// The store: an append-only log of events, and the states that follow from it.
///
/// Writes are applied one after the other, in the order of the calls. Dropping the future of a write does not undo it.
pub trait Store: Send + Sync {
    /// Appends to a run. `run-started` begins a new one.
    fn append(&self, batch: Batch) -> Answer<'_, ()>;

    /// Claims effects for a run, all in one transaction, always flushed when something was written. Between two claims
    /// of the same name, from wherever, exactly one is [`Claimed::Claimed`]. Answers are in the order of the claims.
    fn claim(&self, run: &str, at: Instant, claims: Vec<Claim>) -> Answer<'_, Vec<Claimed>>;

    /// Takes up a run that was cut off, failed or was cancelled. Effects that were in a call are in doubt from now on.
    /// Only for a run of which nothing is executing.
    fn resume(&self, run: &str, at: Instant) -> Answer<'_, Resumed>;

    /// Waits until everything that was appended before is on the disk.
    fn flush(&self) -> Answer<'_, ()>;

    /// Keeps what was learned of an account's server, instead of what was known before.
    fn put_facts(&self, facts: Facts) -> Answer<'_, ()>;

    /// One run.
    fn run(&self, run: &str) -> Answer<'_, Option<RunState>>;

    /// A list of runs.
    fn runs(&self, filter: RunFilter) -> Answer<'_, Vec<RunState>>;

    /// Every run that is neither done nor given up: after a start, those that were cut off. The oldest first.
    fn unfinished(&self) -> Answer<'_, Vec<RunState>>;

    /// At most `limit` events of a run, from number `from` on.
    fn events(&self, run: &str, from: u64, limit: u32) -> Answer<'_, Vec<Logged>>;

    /// One page of a step's output; none behind the last.
    fn page(&self, run: &str, step: &str, page: u32) -> Answer<'_, Option<Page>>;

    /// The effect of this key or alias.
    fn effect(&self, name: &str) -> Answer<'_, Option<EffectState>>;

    /// What was last written down for sending, by key: the content that was shown and approved.
    fn composed(&self, key: &str) -> Answer<'_, Option<serde_json::Value>>;

    /// A list of effects.
    fn effects(&self, filter: EffectFilter) -> Answer<'_, Vec<EffectState>>;

    /// Where a source of a pipeline goes on; none before its first run was done.
    fn cursor(&self, pipeline: &str, source: &str) -> Answer<'_, Option<String>>;

    /// A value of a plugin's state.
    fn kv_get(&self, client: &str, plugin: &str, key: &str) -> Answer<'_, Option<String>>;

    /// At most `limit` keys of a plugin's state with that beginning, sorted, behind `after`.
    fn kv_keys(
        &self,
        client: &str,
        plugin: &str,
        prefix: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Answer<'_, Vec<String>>;

    /// How many keys a plugin has for a client.
    fn kv_count(&self, client: &str, plugin: &str) -> Answer<'_, u64>;

    /// What was learned of an account's server.
    fn facts(&self, account: &str) -> Answer<'_, Option<Facts>>;
}

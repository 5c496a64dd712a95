//! What every kind of step needs: its place in the run, its input, and pages of output in the journal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::deliver::Delivered;
use super::failure::{RetryPolicy, failure};
use super::observer::{Observer, Progress};
use super::records::{self, PageError};
use super::scope::plain;
use super::stop::Stop;
use crate::contract::types::{Post, Record};
use crate::engine::{CallError, Engine};
use crate::host::{HostState, Services, StateChanges};
use crate::journal::{Batch, Failure, FailureKind, KvWrite, Store, StoreError};

/// Records that one page aims at.
pub(super) const PAGE: u32 = 500;

/// How a step ended without being done.
#[derive(Debug, thiserror::Error)]
pub(super) enum StepError {
    /// It failed.
    #[error("{}", .0.message)]
    Failed(Failure),
    /// It was asked to stop, and can be resumed.
    #[error("stopped")]
    Stopped,
    /// The journal failed: nothing more may be done.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CallError> for StepError {
    fn from(error: CallError) -> Self {
        Self::Failed(failure(&error))
    }
}

impl From<PageError> for StepError {
    fn from(error: PageError) -> Self {
        Self::Failed(Failure {
            kind: FailureKind::Host,
            message: error.to_string(),
        })
    }
}

/// A step at work.
pub(super) struct StepRun<'a> {
    pub(super) engine: &'a Arc<Engine>,
    pub(super) services: &'a Arc<Services>,
    pub(super) store: &'a dyn Store,
    pub(super) run: &'a str,
    pub(super) step: &'a str,
    pub(super) client: &'a str,
    pub(super) observer: &'a dyn Observer,
    pub(super) stop: &'a Stop,
    pub(super) retry: RetryPolicy,
    pub(super) timeout: Option<Duration>,
    pub(super) edges: &'a Edges,
}

/// Fails where a post names bytes that its plugin was neither given nor made.
pub(super) fn own_blobs(plugin: &HostState, post: &Post) -> Result<(), StepError> {
    match plugin.unseen(post) {
        None => Ok(()),
        Some(blob) => Err(StepError::Failed(Failure {
            kind: FailureKind::Denied,
            message: format!("the plugin names the bytes {blob}, which it was not given"),
        })),
    }
}

/// The output of earlier steps, page by page.
pub(super) struct Input<'a> {
    /// Steps and how many pages each has, in order.
    pub(super) steps: Vec<(&'a str, u32)>,
}

impl Input<'_> {
    /// How many pages there are.
    pub(super) fn pages(&self) -> u32 {
        self.steps.iter().map(|(_, pages)| pages).sum()
    }
}

/// What a step put out while it was followed from its first page on: the edges that expressions may ask for, so that
/// they need not be read back.
#[derive(Debug, Default)]
pub(super) struct Edges(Mutex<Option<Edge>>);

#[derive(Debug, Clone, Default)]
pub(super) struct Edge {
    pub(super) pages: u32,
    pub(super) first: Value,
    pub(super) last: Value,
}

impl Edges {
    fn page(&self, page: u32, records: &[Record]) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if page == 0 {
            *seen = Some(Edge::default());
        }
        let Some(edge) = seen.as_mut().filter(|edge| edge.pages == page) else {
            *seen = None;
            return;
        };
        edge.pages += 1;
        if let (Some(first), Some(last)) = (records.first(), records.last()) {
            if edge.first.is_null() {
                edge.first = plain(first);
            }
            edge.last = plain(last);
        }
    }

    /// None where the step went on behind pages of an interrupted run, or wrote none.
    pub(super) fn known(&self) -> Option<Edge> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What a step leaves behind.
#[derive(Debug, Default)]
pub(super) struct StepEnd {
    pub(super) count: u64,
    pub(super) notes: Vec<String>,
    pub(super) kv: Vec<KvWrite>,
    /// For `publish`: what became of each post.
    pub(super) delivered: Vec<Outcome>,
}

/// What became of one post for one account.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The account.
    pub account: String,
    /// Its network.
    pub network: String,
    /// The post's id.
    pub post: String,
    /// The post's title or the beginning of its text.
    pub title: String,
    /// What became of it.
    pub delivered: Delivered,
}

impl StepRun<'_> {
    /// Reads one page of the input.
    pub(super) async fn read(
        &self,
        input: &Input<'_>,
        page: u32,
    ) -> Result<Vec<Record>, StepError> {
        let mut inside = page;
        for (step, pages) in &input.steps {
            if inside < *pages {
                let stored = self.store.page(self.run, step, inside).await?;
                let stored = stored.ok_or_else(|| StoreError::Io {
                    message: format!("page {inside} of {step} is gone"),
                })?;
                return Ok(records::decode(&stored.records)?);
            }
            inside -= pages;
        }
        Ok(Vec::new())
    }

    /// Journals one page of output. It need not be on the disk yet: the step's end will be.
    pub(super) async fn write(
        &self,
        page: u32,
        records: &[Record],
        cursor: Option<String>,
    ) -> Result<(), StepError> {
        let text = records::encode(records)?;
        let batch = Batch::new(self.run, self.now()).page(
            self.step,
            page,
            records.len() as u64,
            cursor,
            text,
        );
        self.store.append(batch.buffered()).await?;
        self.edges.page(page, records);
        Ok(())
    }

    /// Fails where a stop was asked for.
    pub(super) fn go_on(&self) -> Result<(), StepError> {
        if self.stop.requested() {
            Err(StepError::Stopped)
        } else {
            Ok(())
        }
    }

    /// Waits before another try; fails where the policy has none.
    pub(super) async fn again(&self, error: CallError, tried: u32) -> Result<(), StepError> {
        let Some(at) = self.retry.next(&error, tried, self.now()) else {
            return Err(error.into());
        };
        tracing::info!(step = self.step, %error, "waits and tries again");
        tokio::select! {
            () = self.services.clock.sleep_until(at) => Ok(()),
            () = self.stop.wait() => Err(StepError::Stopped),
        }
    }

    /// Lets a call take no longer than the step may.
    pub(super) async fn timed<T>(
        &self,
        call: impl Future<Output = Result<T, StepError>>,
    ) -> Result<T, StepError> {
        match self.timeout {
            None => call.await,
            Some(most) => tokio::time::timeout(most, call).await.unwrap_or_else(|_| {
                Err(StepError::Failed(Failure {
                    kind: FailureKind::Timeout,
                    message: format!("it took longer than {} s", most.as_secs_f64()),
                }))
            }),
        }
    }

    pub(super) fn kv(&self, plugin: &str, changes: StateChanges) -> Vec<KvWrite> {
        let write = |(key, value)| KvWrite {
            client: self.client.into(),
            plugin: plugin.into(),
            key,
            value,
        };
        changes.into_iter().map(write).collect()
    }

    pub(super) fn told(&self, count: u64) {
        self.observer.progress(&Progress::Records {
            step: self.step,
            count,
        });
    }

    pub(super) fn now(&self) -> i64 {
        self.services.clock.now()
    }
}

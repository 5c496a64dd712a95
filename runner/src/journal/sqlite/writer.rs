//! The one thread that writes. It takes everything that waits in the queue, makes one transaction of it, flushes once
//! and then answers all of it: many writers share the price of a flush.

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::Connection;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{OwnedSemaphorePermit, oneshot, watch};

use super::super::error::{Result, StoreError};
use super::super::event::Instant;
use super::super::store::{Batch, Claim, Claimed, Durability, Facts, Resumed};
use super::fault::{fault, is_fatal};
use super::save;
use super::work::{Failed, Memory};

/// The most writes in one transaction, so that the first of them does not wait for ever.
const GROUP: usize = 1_024;

/// What is asked of the writer.
pub(super) enum Ask {
    Append(Batch),
    Claim {
        run: String,
        at: Instant,
        claims: Vec<Claim>,
    },
    Resume {
        run: String,
        at: Instant,
    },
    Facts(Facts),
    Flush,
}

/// What it answers.
pub(super) enum Reply {
    Done,
    Claimed(Vec<Claimed>),
    Resumed(Box<Resumed>),
}

/// A write in the queue.
pub(super) struct Job {
    pub(super) ask: Ask,
    /// None: nobody waits.
    pub(super) answer: Option<oneshot::Sender<Result<Reply>>>,
    /// Its share of the queue's memory, given back when it is done.
    pub(super) room: Option<OwnedSemaphorePermit>,
}

impl Job {
    fn run(&self) -> Option<&str> {
        match &self.ask {
            Ask::Append(batch) => Some(&batch.run),
            Ask::Claim { run, .. } | Ask::Resume { run, .. } => Some(run),
            Ask::Facts(_) | Ask::Flush => None,
        }
    }

    fn must_be_flushed(&self) -> bool {
        match &self.ask {
            Ask::Append(batch) => batch.durability == Durability::Flushed,
            Ask::Claim { .. } | Ask::Resume { .. } | Ask::Flush => true,
            Ask::Facts(_) => false,
        }
    }
}

pub(super) struct Writer {
    file: PathBuf,
    connection: Connection,
    /// Never flushes.
    temporary: bool,
    memory: Memory,
    /// How the connection commits at present.
    flushing: bool,
    /// Something was committed and not flushed.
    unflushed: bool,
    /// Runs of which a write that nobody waited for has failed.
    broken: HashMap<String, StoreError>,
    /// Set when nobody knows any more what is on the disk.
    dead: Option<StoreError>,
}

impl Writer {
    pub(super) fn new(file: PathBuf, connection: Connection, temporary: bool) -> Self {
        Self {
            file,
            connection,
            temporary,
            memory: Memory::default(),
            flushing: true,
            unflushed: false,
            broken: HashMap::new(),
            dead: None,
        }
    }

    /// Serves until the queue is closed and empty. `handled` tells how many writes were handled, for reads that must
    /// see them.
    pub(super) fn serve(mut self, mut queue: UnboundedReceiver<Job>, handled: &watch::Sender<u64>) {
        while let Some(first) = queue.blocking_recv() {
            let mut group = vec![first];
            while group.len() < GROUP
                && let Ok(job) = queue.try_recv()
            {
                group.push(job);
            }
            let count = group.len() as u64;
            let answers = self.handle(&group);
            handled.send_modify(|handled| *handled += count);
            for (job, answer) in group.into_iter().zip(answers) {
                drop(job.room);
                if let Some(waits) = job.answer {
                    // The caller's future may have been dropped; the write is made all the same.
                    let _ = waits.send(answer);
                }
            }
        }
        if self.unflushed {
            // Nobody is left to be told. What was lost then was never promised to be on the disk.
            let _ = self.transaction(&[&flush()]);
        }
    }

    fn handle(&mut self, group: &[Job]) -> Vec<Result<Reply>> {
        let all: Vec<&Job> = group.iter().collect();
        match self.transaction(&all) {
            Ok(answers) => answers,
            Err(error) if all.len() == 1 => vec![Err(self.gave_up(all[0], error))],
            // There is no room for all of them, but perhaps for some: each for itself.
            Err(StoreError::Full) => all
                .iter()
                .map(|job| match self.transaction(&[job]) {
                    Ok(mut answers) => answers.pop().unwrap_or(Err(StoreError::Closed)),
                    Err(error) => Err(self.gave_up(job, error)),
                })
                .collect(),
            Err(error) => all
                .iter()
                .map(|job| Err(self.gave_up(job, error.clone())))
                .collect(),
        }
    }

    /// Notes that a write is lost.
    fn gave_up(&mut self, job: &Job, error: StoreError) -> StoreError {
        if job.answer.is_none()
            && let Some(run) = job.run()
        {
            self.broken
                .entry(run.to_owned())
                .or_insert_with(|| error.clone());
        }
        error
    }

    /// All jobs in one transaction. An error means that none of them is stored; what a single job did wrong is in its
    /// own answer.
    fn transaction(&mut self, jobs: &[&Job]) -> Result<Vec<Result<Reply>>> {
        if let Some(dead) = &self.dead {
            return Err(dead.clone());
        }
        let broken = self.broken.clone();
        match self.try_transaction(jobs) {
            Ok(answers) => Ok(answers),
            Err(error) => {
                self.memory.forget();
                self.broken = broken;
                if !self.connection.is_autocommit()
                    && let Err(error) = self.connection.execute_batch("ROLLBACK")
                {
                    self.dead = Some(fault(&self.file, &error));
                }
                let known = fault(&self.file, &error);
                if is_fatal(&error) {
                    self.dead = Some(known.clone());
                }
                Err(known)
            }
        }
    }

    fn try_transaction(&mut self, jobs: &[&Job]) -> rusqlite::Result<Vec<Result<Reply>>> {
        let flush = jobs.iter().any(|job| job.must_be_flushed());
        if flush != self.flushing && !self.temporary {
            let mode = if flush { "full" } else { "normal" };
            self.connection.pragma_update(None, "synchronous", mode)?;
            self.flushing = flush;
        }
        let before = self.connection.total_changes();
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut answers = Vec::with_capacity(jobs.len());
        for job in jobs {
            match self.one(job) {
                Ok(reply) => answers.push(Ok(reply)),
                Err(Failed::Refused(error)) => {
                    self.memory.forget();
                    answers.push(Err(self.gave_up(job, error)));
                }
                Err(Failed::Sqlite(error)) => return Err(error),
            }
        }
        self.connection.execute_batch("COMMIT")?;
        if self.connection.total_changes() != before {
            self.unflushed = !flush && !self.temporary;
        }
        Ok(answers)
    }

    fn one(&mut self, job: &Job) -> Result<Reply, Failed> {
        if let Some(run) = job.run()
            && !matches!(job.ask, Ask::Resume { .. })
            && let Some(first) = self.broken.get(run)
        {
            return Err(Failed::Refused(StoreError::Broken {
                run: run.to_owned(),
                first: Box::new(first.clone()),
            }));
        }
        match &job.ask {
            Ask::Append(batch) => {
                self.memory.append(&self.connection, batch)?;
                Ok(Reply::Done)
            }
            Ask::Claim { run, at, claims } => {
                let answers = self.memory.claim(&self.connection, run, *at, claims)?;
                Ok(Reply::Claimed(answers))
            }
            Ask::Resume { run, at } => {
                let resumed = self.memory.resume(&self.connection, run, *at)?;
                self.broken.remove(run);
                Ok(Reply::Resumed(Box::new(resumed)))
            }
            Ask::Facts(facts) => {
                save::facts(&self.connection, facts)?;
                Ok(Reply::Done)
            }
            Ask::Flush => {
                if self.unflushed {
                    // A commit flushes only when it has something to write.
                    let sql = "INSERT INTO meta (key, value) VALUES ('flushes', 1) \
                               ON CONFLICT DO UPDATE SET value = value + 1";
                    self.connection.prepare_cached(sql)?.execute([])?;
                }
                Ok(Reply::Done)
            }
        }
    }
}

fn flush() -> Job {
    Job {
        ask: Ask::Flush,
        answer: None,
        room: None,
    }
}

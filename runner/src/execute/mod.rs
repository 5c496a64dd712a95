//! Executes plans: step after step, each journaled before the next begins, so that a run that was cut off goes on
//! where it was. A preview is the same execution with a store of its own and posts that stay here.
//!
//! What is in the journal decides; nothing is kept in the process that the journal doesn't have.

mod account;
pub mod deliver;
mod facts;
mod failure;
pub mod identity;
mod media;
mod metric;
mod observer;
mod outlet;
mod overrides;
mod publish;
pub mod records;
pub mod rule;
pub mod runtime;
mod scope;
mod source;
mod step;
mod stop;
pub mod trigger;

use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use tracing::Instrument;

pub use deliver::Delivered;
pub use failure::RetryPolicy;
pub use observer::{Observer, Progress, Silent};
pub use outlet::Composition;
pub use publish::Previewed;
pub(crate) use publish::title;
pub use runtime::{Base, Runtime, RuntimeError, at_once, catalog, granted};
pub use step::Outcome as PostOutcome;
pub use stop::Stop;
pub use trigger::Trigger;

use crate::contract::exports::source::Trigger as Handed;
use crate::contract::types::{Json, Record};
use crate::engine::Instance;
use crate::hex::hex;
use crate::host::{Grants, HostState};
use crate::journal::{
    Batch, Event, Failure, FailureKind, Outcome, RunState, StepStatus, Store, StoreError,
};
use crate::plan::{Plan, PlannedAccount, PlannedStep, StepKind};
use crate::plugin::Capability;
use media::MediaRoom;
use scope::Scope;
use step::{Edge, Edges, Input, StepEnd, StepError, StepRun};

/// What stops an execution altogether.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The journal can't be written or read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A plugin or the engine can't be used.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// A trigger's file can't be read.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: String,
        /// Why.
        error: String,
    },
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It is over, in this way.
    Over(Outcome),
    /// It was asked to stop and can be resumed.
    Stopped,
}

/// What became of a step.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// Its id.
    pub step: String,
    /// What it does, such as `feed/fetch`.
    pub what: String,
    /// Where it stands.
    pub status: StepStatus,
    /// Records that it put out.
    pub count: u64,
    /// Why it failed or was skipped.
    pub why: Option<String>,
    /// For people.
    pub notes: Vec<String>,
}

/// What became of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The run's id.
    pub run: String,
    /// It took up an interrupted run.
    pub resumed: bool,
    /// How it ended.
    pub ended: Ended,
    /// Its steps, in order.
    pub steps: Vec<StepReport>,
    /// What became of each post for each account.
    pub posts: Vec<PostOutcome>,
}

/// An execution of one plan.
pub struct Execution<'a> {
    /// Engine, services, project, plugins.
    pub runtime: &'a Runtime,
    /// The journal of this execution.
    pub store: Arc<dyn Store>,
    /// What earlier runs left: cursors, effects, plugins' state. The same store, but for a preview.
    pub known: Option<Arc<dyn Store>>,
    /// What is executed.
    pub plan: &'a Plan,
    /// Who watches.
    pub observer: &'a dyn Observer,
    /// A wish to stop.
    pub stop: &'a Stop,
    /// For a preview: where posts are kept instead of being sent.
    pub preview: Option<&'a Mutex<Vec<Previewed>>>,
    /// Records at most from each source; all where none.
    pub most: Option<u64>,
    /// Sources begin where they begin for the first time, whatever earlier runs have read.
    pub from_start: bool,
}

impl Execution<'_> {
    /// Begins a new run.
    ///
    /// # Errors
    /// When the journal or a plugin can't be used. A step that fails is part of the report.
    pub async fn begin(&self, trigger: &Trigger) -> Result<Report, ExecuteError> {
        let now = self.now();
        let run = run_id(now);
        let started = Event::RunStarted {
            pipeline: self.plan.name.clone(),
            client: self.plan.client.clone(),
            plan: self.plan.digest(),
            trigger: trigger.to_json(),
        };
        self.store
            .append(Batch::new(&run, now).event(started))
            .await?;
        self.go(&run, trigger, false).await
    }

    /// Takes up a run that was cut off, failed or was stopped.
    ///
    /// # Errors
    /// When the journal or a plugin can't be used.
    pub async fn resume(&self, run: &str) -> Result<Report, ExecuteError> {
        let resumed = self.store.resume(run, self.now()).await?;
        let trigger = Trigger::from_json(&resumed.run.trigger);
        self.go(run, &trigger, true).await
    }

    async fn go(
        &self,
        run: &str,
        trigger: &Trigger,
        resumed: bool,
    ) -> Result<Report, ExecuteError> {
        let span = tracing::info_span!("run", id = run, pipeline = %self.plan.name, client = %self.plan.client);
        async {
            self.runtime.prepare(self.plan)?;
            let files = trigger.open(&self.runtime.services).await?;
            let state = self.store.run(run).await?;
            let state = state.ok_or_else(|| StoreError::Io {
                message: format!("the run {run} is not there"),
            })?;
            let mut scope = Scope::new(self.runtime, self.plan, &state, trigger);
            let mut report = Report {
                run: run.into(),
                resumed,
                ended: Ended::Stopped,
                steps: Vec::new(),
                posts: Vec::new(),
            };
            let mut failed = false;
            for step in &self.plan.steps {
                let told = self
                    .step(run, &state, step, &files, &mut scope, &mut report)
                    .await?;
                match told {
                    Told::GoOn => {}
                    Told::Stopped => return Ok(report),
                    Told::Failed => {
                        failed = true;
                        break;
                    }
                }
            }
            let outcome = self.finish(run, failed, &report).await?;
            report.ended = Ended::Over(outcome);
            Ok(report)
        }
        .instrument(span)
        .await
    }

    /// One step, unless it is done already.
    async fn step(
        &self,
        run: &str,
        state: &RunState,
        step: &PlannedStep,
        files: &Handed,
        scope: &mut Scope<'_>,
        report: &mut Report,
    ) -> Result<Told, ExecuteError> {
        let what = what(step);
        let known = state.step(&step.id);
        if let Some(done) = known.filter(|known| known.status == StepStatus::Done) {
            report.steps.push(StepReport {
                step: step.id.clone(),
                what,
                status: StepStatus::Done,
                count: done.count,
                why: None,
                notes: done.notes.clone(),
            });
            let (first, last) = self.edges(run, &step.id, done.pages).await?;
            scope.done(step, done.count, done.pages, 0, first, last);
            return Ok(Told::GoOn);
        }
        if let Some(why) = scope.unwanted(step) {
            let skipped = Event::StepSkipped {
                step: step.id.clone(),
                why: why.clone(),
            };
            self.store
                .append(Batch::new(run, self.now()).event(skipped))
                .await?;
            self.observer.progress(&Progress::StepSkipped {
                step: &step.id,
                why: &why,
            });
            scope.skipped(step);
            report.steps.push(StepReport {
                step: step.id.clone(),
                what,
                status: StepStatus::Skipped,
                count: 0,
                why: Some(why),
                notes: Vec::new(),
            });
            return Ok(Told::GoOn);
        }
        self.observer.progress(&Progress::StepStarted {
            step: &step.id,
            what: &what,
        });
        let span = tracing::info_span!("step", id = %step.id, what);
        let edges = Edges::default();
        let ended = self
            .perform(run, state, step, files, scope, &edges)
            .instrument(span)
            .await;
        match ended {
            Ok(end) => {
                let done = Event::StepDone {
                    step: step.id.clone(),
                    count: end.count,
                    notes: end.notes.clone(),
                };
                self.store
                    .append(Batch::new(run, self.now()).event(done).kv(end.kv))
                    .await?;
                self.observer.progress(&Progress::StepDone {
                    step: &step.id,
                    count: end.count,
                    notes: &end.notes,
                });
                let Edge { pages, first, last } = match edges.known() {
                    Some(edge) => edge,
                    None => self.stored_edges(run, &step.id).await?,
                };
                let bad = end
                    .delivered
                    .iter()
                    .filter(|post| is_bad(&post.delivered))
                    .count();
                scope.done(step, end.count, pages, bad as u64, first, last);
                report.steps.push(StepReport {
                    step: step.id.clone(),
                    what,
                    status: StepStatus::Done,
                    count: end.count,
                    why: None,
                    notes: end.notes,
                });
                report.posts.extend(end.delivered);
                Ok(Told::GoOn)
            }
            Err(Broke::Stopped) => Ok(Told::Stopped),
            Err(Broke::Execute(error)) => Err(error),
            Err(Broke::Failed(failure)) => {
                let tolerated = step.continue_on_error;
                let why = failure.message.clone();
                let failed = Event::StepFailed {
                    step: step.id.clone(),
                    failure,
                    tolerated,
                };
                self.store
                    .append(Batch::new(run, self.now()).event(failed))
                    .await?;
                self.observer.progress(&Progress::StepFailed {
                    step: &step.id,
                    why: &why,
                });
                scope.failed(step, &why);
                report.steps.push(StepReport {
                    step: step.id.clone(),
                    what,
                    status: StepStatus::Failed,
                    count: 0,
                    why: Some(why),
                    notes: Vec::new(),
                });
                Ok(if tolerated { Told::GoOn } else { Told::Failed })
            }
        }
    }

    async fn perform(
        &self,
        run: &str,
        state: &RunState,
        step: &PlannedStep,
        files: &Handed,
        scope: &Scope<'_>,
        edges: &Edges,
    ) -> Result<StepEnd, Broke> {
        let known = state.step(&step.id);
        let at_work = StepRun {
            engine: &self.runtime.engine,
            services: &self.runtime.services,
            store: self.store.as_ref(),
            run,
            step: &step.id,
            client: &self.plan.client,
            observer: self.observer,
            stop: self.stop,
            retry: RetryPolicy {
                times: step.retry.times,
                wait: step.retry.wait,
            },
            timeout: step.timeout,
            edges,
        };
        let base = Base {
            run,
            step: &step.id,
            client: &self.plan.client,
            store: self.known.clone(),
        };
        let config: Json = scope.config(step).map_err(Broke::Failed)?;
        let input = Input {
            steps: scope.input(step),
        };
        match &step.kind {
            StepKind::Source { plugin, operation } => {
                let cursor = self.cursor(&self.cursor_name(step)).await?;
                let start = source::Start {
                    page: known.map_or(0, |known| known.pages),
                    count: known.map_or(0, |known| known.count),
                    cursor: known
                        .and_then(|known| known.cursor.clone())
                        .or_else(|| cursor.clone()),
                };
                self.started(run, step, cursor, false).await?;
                let _slots = self.runtime.engine.reserve(1).await;
                let grants = self.with_watched(plugin, granted(&step.grants, plugin));
                let instance = self
                    .instance(plugin, base.context(plugin, None, grants, None))
                    .await?;
                let fetched = source::run(
                    &at_work, instance, operation, &config, files, start, self.most,
                );
                Ok(at_work.timed(fetched).await?)
            }
            StepKind::Rule {
                plugin,
                operation,
                per,
                accounts,
            } => {
                self.started(run, step, None, false).await?;
                let mut planned = Vec::with_capacity(accounts.len());
                for account in accounts {
                    if let Some(account) = self.plan.account(account) {
                        planned.push((account, self.learned(account, &base).await?));
                    }
                }
                let names: Vec<_> = planned
                    .iter()
                    .map(|(a, _)| (a.account.clone(), a.network_plugin.clone()))
                    .collect();
                let target = self
                    .runtime
                    .target(planned, &base)
                    .map_err(ExecuteError::from)?;
                let _slots = self.runtime.engine.reserve(1 + target.size()).await;
                let context =
                    base.context(plugin, None, granted(&step.grants, plugin), Some(target));
                let instance = self.instance(plugin, context).await?;
                let name = what(step);
                let rule = rule::Rule {
                    name: &name,
                    operation,
                    config: &config,
                    per: *per,
                    accounts: &names,
                };
                let (from, count) = known.map_or((0, 0), |known| (known.pages, known.count));
                Ok(at_work
                    .timed(rule::run(&at_work, instance, &rule, &input, from, count))
                    .await?)
            }
            StepKind::Metric { plugin, operation } => {
                self.started(run, step, None, true).await?;
                let _slots = self.runtime.engine.reserve(1).await;
                let context = base.context(plugin, None, granted(&step.grants, plugin), None);
                let instance = self.instance(plugin, context).await?;
                Ok(at_work
                    .timed(metric::run(&at_work, instance, operation, &config, &input))
                    .await?)
            }
            StepKind::Account {
                operation,
                interface,
                accounts,
                ..
            } => {
                self.started(run, step, None, true).await?;
                let mut sides = Vec::with_capacity(accounts.len());
                for account in accounts.iter().filter_map(|name| self.plan.account(name)) {
                    let learned = self.learned(account, &base).await?;
                    sides.push(
                        self.runtime
                            .network(account, &base, learned.as_deref())
                            .map_err(ExecuteError::from)?,
                    );
                }
                let cursor = self.cursor(&self.cursor_name(step)).await?;
                let asked = account::run(&at_work, *interface, operation, &sides, &input, cursor);
                Ok(at_work.timed(asked).await?)
            }
            StepKind::Publish { accounts, approval } => {
                self.started(run, step, None, true).await?;
                if *approval && self.preview.is_none() {
                    // Until a person can give it, nothing that asks for it may go out.
                    let message = "this step requires approval, which can't be given yet: nothing was posted. Look at \
                                   the preview, and take `require: approval` out to post"
                        .into();
                    return Err(Broke::Failed(Failure {
                        kind: FailureKind::Unsupported,
                        message,
                    }));
                }
                let mut outlets = Vec::with_capacity(accounts.len());
                for account in accounts {
                    let learned = self.learned(account, &base).await?;
                    outlets.push(
                        self.runtime
                            .outlet(account, &base, learned.as_deref())
                            .map_err(ExecuteError::from)?,
                    );
                }
                let room = MediaRoom::new(Arc::clone(&self.runtime.services), self.named_hosts());
                let mode = match self.preview {
                    None => publish::Mode::Live,
                    Some(shown) => publish::Mode::Preview {
                        shown,
                        known: self.known.as_deref(),
                    },
                };
                Ok(publish::run(&at_work, &outlets, &room, &input, &mode).await?)
            }
        }
    }

    async fn instance(
        &self,
        plugin: &str,
        context: crate::host::Context,
    ) -> Result<Instance, Broke> {
        let loaded = self.runtime.load(plugin).map_err(ExecuteError::from)?;
        let engine = &self.runtime.engine;
        let state = HostState::new(Arc::clone(&self.runtime.services), context, engine.limits());
        Instance::new(engine, &loaded, state)
            .await
            .map_err(|error| Broke::Failed(failure::failure(&error)))
    }

    async fn started(
        &self,
        run: &str,
        step: &PlannedStep,
        from: Option<String>,
        restart: bool,
    ) -> Result<(), Broke> {
        let started = Event::StepStarted {
            step: step.id.clone(),
            from,
            restart,
        };
        Ok(self
            .store
            .append(Batch::new(run, self.now()).event(started).buffered())
            .await?)
    }

    /// What the account's server told of its limits: from the store, or asked now where nothing is known.
    async fn learned(
        &self,
        account: &PlannedAccount,
        base: &Base<'_>,
    ) -> Result<Option<String>, Broke> {
        Ok(facts::learned(
            self.runtime,
            self.known.as_ref(),
            &self.store,
            account,
            base,
        )
        .await?)
    }

    /// The edges of a step's output as the journal has them.
    async fn stored_edges(&self, run: &str, step: &str) -> Result<Edge, StoreError> {
        let known = self.store.run(run).await?;
        let pages = known.and_then(|known| known.step(step).map(|step| step.pages));
        let pages = pages.unwrap_or(0);
        let (first, last) = self.edges(run, step, pages).await?;
        Ok(Edge { pages, first, last })
    }

    /// The first and the last record of a step's output, as expressions see them.
    async fn edges(&self, run: &str, step: &str, pages: u32) -> Result<(Value, Value), StoreError> {
        // Pages may be empty; a few of them in a row are all that is looked at.
        let mut first = Value::Null;
        for number in (0..pages).take(8) {
            let Some(page) = self.store.page(run, step, number).await? else {
                continue;
            };
            if let Some(found) = page.records.lines().next().and_then(seen) {
                first = found;
                if pages == 1 {
                    let last = page.records.lines().next_back().and_then(seen);
                    return Ok((first, last.unwrap_or(Value::Null)));
                }
                break;
            }
        }
        for number in (0..pages).rev().take(8) {
            let Some(page) = self.store.page(run, step, number).await? else {
                continue;
            };
            if let Some(last) = page.records.lines().next_back().and_then(seen) {
                return Ok((first, last));
            }
        }
        Ok((first, Value::Null))
    }

    /// Where the sources of a pipeline keep their place. Another configuration is another source.
    fn cursor_name(&self, step: &PlannedStep) -> String {
        let digest = Sha256::digest(step.template.written().to_string());
        format!("{} {}", step.id, hex(&digest[..8]))
    }

    async fn cursor(&self, name: &str) -> Result<Option<String>, Broke> {
        match &self.known {
            Some(_) if self.from_start => Ok(None),
            Some(store) => Ok(store.cursor(&self.plan.name, name).await?),
            None => Ok(None),
        }
    }

    /// Moves the cursors and ends the run.
    async fn finish(
        &self,
        run: &str,
        failed: bool,
        report: &Report,
    ) -> Result<Outcome, ExecuteError> {
        let state = self.store.run(run).await?;
        let outcome = if failed {
            Outcome::Failed
        } else {
            let counts = state
                .as_ref()
                .map(|state| state.effects)
                .unwrap_or_default();
            let bad = report.posts.iter().any(|post| is_bad(&post.delivered));
            if bad || counts.failed > 0 || counts.in_doubt > 0 {
                Outcome::Partial
            } else {
                Outcome::Done
            }
        };
        let mut batch = Batch::new(run, self.now());
        // A post that did not get through is brought in again by the next run: its cursor stays. What did get through
        // is known by its names and goes out once all the same.
        if let (Some(state), Outcome::Done) = (&state, outcome) {
            for step in &self.plan.steps {
                let known = state
                    .step(&step.id)
                    .filter(|known| known.status == StepStatus::Done);
                if let Some(cursor) = known.and_then(|known| known.cursor.clone()) {
                    batch = batch.event(Event::CursorMoved {
                        step: step.id.clone(),
                        source: self.cursor_name(step),
                        cursor,
                    });
                }
            }
        }
        self.store
            .append(batch.event(Event::RunDone { outcome }))
            .await?;
        Ok(outcome)
    }

    /// A source that may read files may read those beside the ones that the pipeline watches: the operator named the
    /// folder there.
    fn with_watched(&self, plugin: &str, mut grants: Grants) -> Grants {
        let reads = self.runtime.catalog.get(plugin);
        let reads = reads.is_some_and(|plugin| {
            plugin
                .manifest
                .capabilities
                .contains_key(&Capability::Files)
        });
        if let (Some(watch), true) = (&self.plan.triggers.watch, reads) {
            grants.read.extend(watch.folders());
        }
        grants
    }

    /// Hosts that the operator named for the sources: pictures there may be fetched from private addresses too.
    fn named_hosts(&self) -> Grants {
        let sources = self
            .plan
            .steps
            .iter()
            .filter(|step| matches!(step.kind, StepKind::Source { .. }));
        Grants {
            http: sources
                .flat_map(|step| step.grants.http_hosts.clone())
                .collect(),
            ..Grants::default()
        }
    }

    fn now(&self) -> i64 {
        self.runtime.services.clock.now()
    }
}

/// A stored record as expressions see it.
fn seen(line: &str) -> Option<Value> {
    let record = serde_json::from_str::<Record>(line).ok()?;
    Some(scope::plain(&record))
}

/// What a step does, in a word.
#[must_use]
pub fn what(step: &PlannedStep) -> String {
    match &step.kind {
        StepKind::Source { plugin, operation }
        | StepKind::Rule {
            plugin, operation, ..
        }
        | StepKind::Metric { plugin, operation }
        | StepKind::Account {
            plugin, operation, ..
        } => format!("{plugin}/{operation}"),
        StepKind::Publish { .. } => "publish".into(),
    }
}

/// What a step means for those behind it.
enum Told {
    GoOn,
    Failed,
    Stopped,
}

/// How a step broke off.
enum Broke {
    Failed(Failure),
    Stopped,
    Execute(ExecuteError),
}

impl From<StepError> for Broke {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Failed(failure) => Self::Failed(failure),
            StepError::Stopped => Self::Stopped,
            StepError::Store(error) => Self::Execute(error.into()),
        }
    }
}

impl From<ExecuteError> for Broke {
    fn from(error: ExecuteError) -> Self {
        match error {
            // A plugin that can't be used fails its step; the journal goes on.
            ExecuteError::Runtime(error @ RuntimeError::Plugin { .. }) => Self::Failed(Failure {
                kind: FailureKind::Host,
                message: error.to_string(),
            }),
            other => Self::Execute(other),
        }
    }
}

impl From<StoreError> for Broke {
    fn from(error: StoreError) -> Self {
        Self::Execute(error.into())
    }
}

/// Failed or in doubt: what somebody must look at.
fn is_bad(delivered: &Delivered) -> bool {
    matches!(delivered, Delivered::Failed(_) | Delivered::InDoubt(_))
}

/// A run's id: its time and four random letters, so that a list sorts by time and people can say it.
fn run_id(now: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(now).unwrap_or_default();
    let stamp = time.strftime("%Y%m%d-%H%M%S");
    let letters = getrandom::u32().unwrap_or_default();
    let letter = |shift: u32| {
        char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[(letters >> shift & 31) as usize])
    };
    format!(
        "{stamp}-{}{}{}{}",
        letter(0),
        letter(5),
        letter(10),
        letter(15)
    )
}

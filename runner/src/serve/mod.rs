//! Runs that start by themselves: files that appear or change start the pipelines that watch them, and a saved pipeline
//! replaces its former self at once, or not at all when it is faulty.
//!
//! One pipeline runs once at a time; what comes meanwhile waits and goes with its next run. What was seen is kept, so
//! that a file that came while nothing was running is found at the next start.

mod definitions;
mod files;
mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::execute::{Ended, ExecuteError, Execution, Observer, Report, Stop, Trigger};
use crate::journal::{Outcome, Store, StoreError};

pub use definitions::{Definition, Definitions, Reload};
pub use files::Pending;
pub use seen::Seen;

/// How often pending files are looked at.
const TICK: Duration = Duration::from_millis(20);

/// Told by `serve` while it works.
pub trait Announcer: Send + Sync {
    /// Definitions were read: at the start, or because a file changed.
    fn loaded(&self, reload: &Reload);
    /// A run begins.
    fn begins(&self, pipeline: &str, trigger: &Trigger);
    /// A run is over.
    fn ended(&self, pipeline: &str, report: &Report);
    /// Something went wrong that stops one run, not the service.
    fn trouble(&self, pipeline: &str, error: &ExecuteError);
    /// Who watches the steps of a pipeline's runs.
    fn observer(&self, pipeline: &str) -> Box<dyn Observer>;
}

/// Why the service can't work.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The journal.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no word of changed files.
    #[error("files can't be watched: {0}")]
    Watch(#[from] notify::Error),
    /// What was seen can't be kept.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What a run that ended leaves for the service.
struct Finished {
    pipeline: String,
    files: Vec<String>,
    /// The files need not be offered again: the journal has them.
    journaled: bool,
}

/// The service at work.
pub struct Service<'a> {
    definitions: Definitions,
    store: Arc<dyn Store>,
    announcer: Arc<dyn Announcer>,
    stop: &'a Stop,
    pending: Pending,
    seen: Seen,
    /// Files that wait for each pipeline, by its file.
    waiting: BTreeMap<String, BTreeSet<String>>,
    running: BTreeSet<String>,
    runs: JoinSet<Finished>,
    watched: BTreeMap<PathBuf, RecursiveMode>,
}

impl<'a> Service<'a> {
    /// A service over these definitions.
    ///
    /// # Errors
    /// When what was seen before can't be read.
    pub fn new(
        definitions: Definitions,
        store: Arc<dyn Store>,
        announcer: Arc<dyn Announcer>,
        stop: &'a Stop,
        quiet: Duration,
    ) -> Result<Self, ServeError> {
        let seen = Seen::open(&definitions.store_folder().join("watched.json"))?;
        Ok(Self {
            definitions,
            store,
            announcer,
            stop,
            pending: Pending::new(quiet),
            seen,
            waiting: BTreeMap::new(),
            running: BTreeSet::new(),
            runs: JoinSet::new(),
            watched: BTreeMap::new(),
        })
    }

    /// Works until it is asked to stop; then lets what runs come to its end.
    ///
    /// # Errors
    /// When the journal fails or files can't be watched.
    pub async fn run(mut self) -> Result<(), ServeError> {
        let (tell, mut told) = mpsc::unbounded_channel();
        let mut watcher = notify::recommended_watcher(move |event| {
            // The receiver is gone only when the service is.
            let _ = tell.send(event);
        })?;
        self.watch(&mut watcher)?;
        let first = self.definitions.reload();
        self.announcer.loaded(&first);
        self.watch(&mut watcher)?;
        self.resume().await?;
        let new = !self.seen.known();
        self.look_around(new)?;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = self.stop.wait() => break,
                event = told.recv() => match event {
                    Some(Ok(event)) => self.changed(&event, &mut watcher)?,
                    Some(Err(error)) => {
                        // Words may have been lost: look at everything once.
                        tracing::warn!(%error, "the system lost sight of some files");
                        self.look_around(false)?;
                    }
                    None => break,
                },
                Some(finished) = self.runs.join_next(), if !self.runs.is_empty() => {
                    if let Ok(finished) = finished {
                        self.finished(finished)?;
                    }
                }
                _ = tick.tick(), if !self.pending.is_empty() => self.ripe(&mut watcher)?,
            }
        }
        while let Some(finished) = self.runs.join_next().await {
            if let Ok(finished) = finished {
                self.finished(finished)?;
            }
        }
        Ok(())
    }

    /// Goes on with runs that were cut off.
    async fn resume(&mut self) -> Result<(), ServeError> {
        for run in self.store.unfinished().await? {
            let Some(definition) = self.definitions.by_name(&run.pipeline, &run.client) else {
                continue;
            };
            self.start(&definition, Start::Resume(run.run.clone()));
        }
        Ok(())
    }

    /// Something in a watched folder changed.
    fn changed(
        &mut self,
        event: &notify::Event,
        watcher: &mut RecommendedWatcher,
    ) -> Result<(), ServeError> {
        if event.need_rescan() {
            self.look_around(false)?;
        }
        for path in &event.paths {
            self.pending.note(path, event.kind);
        }
        // Folders may have come: watch them before more comes into them.
        if matches!(
            event.kind,
            notify::EventKind::Create(_)
                | notify::EventKind::Modify(notify::event::ModifyKind::Name(_))
        ) {
            let fresh = self.watch(watcher)?;
            for folder in fresh {
                self.look_into(&folder);
            }
        }
        Ok(())
    }

    /// Takes the files that are complete.
    fn ripe(&mut self, watcher: &mut RecommendedWatcher) -> Result<(), ServeError> {
        let mut reload = false;
        for path in self.pending.ripe() {
            if self.definitions.concerns(&path) {
                reload = true;
            } else {
                self.offer(&path);
            }
        }
        if reload {
            let reload = self.definitions.reload();
            // A retired pipeline takes what waited for it along.
            self.waiting
                .retain(|file, _| self.definitions.get(file).is_some());
            self.announcer.loaded(&reload);
            let fresh = self.watch(watcher)?;
            for folder in fresh {
                self.look_into(&folder);
            }
        }
        self.start_waiting();
        Ok(())
    }

    /// Gives a file to the pipelines that watch it, unless it is as it was when they last had it.
    fn offer(&mut self, path: &Path) {
        let Some(inside) = self.definitions.inside(path) else {
            return;
        };
        let Some(state) = seen::State::of(path) else {
            self.seen.forget(&inside);
            return;
        };
        for definition in self.definitions.watching(&inside) {
            if !self.seen.same(&definition.file, &inside, &state) {
                self.waiting
                    .entry(definition.file.clone())
                    .or_default()
                    .insert(inside.clone());
            }
        }
    }

    /// Looks at every file that some pipeline watches. At the very first start what is there already is the baseline.
    fn look_around(&mut self, baseline: bool) -> Result<(), ServeError> {
        for folder in self.definitions.folders() {
            for path in files::below(&folder) {
                if baseline {
                    self.remember(&path);
                } else {
                    self.offer(&path);
                }
            }
        }
        self.seen.save()?;
        self.start_waiting();
        Ok(())
    }

    fn look_into(&mut self, folder: &Path) {
        for path in files::below(folder) {
            self.pending.note(&path, notify::EventKind::Any);
        }
    }

    fn remember(&mut self, path: &Path) {
        let (Some(inside), Some(state)) = (self.definitions.inside(path), seen::State::of(path))
        else {
            return;
        };
        for definition in self.definitions.watching(&inside) {
            self.seen.remember(&definition.file, &inside, &state);
        }
    }

    /// Starts every pipeline that has files waiting and is not running.
    fn start_waiting(&mut self) {
        if self.stop.requested() {
            return;
        }
        let ready: Vec<String> = self
            .waiting
            .keys()
            .filter(|file| !self.running.contains(*file))
            .cloned()
            .collect();
        for file in ready {
            let Some(files) = self.waiting.remove(&file).filter(|files| !files.is_empty()) else {
                continue;
            };
            let Some(definition) = self.definitions.get(&file) else {
                continue;
            };
            self.start(&definition, Start::Files(files.into_iter().collect()));
        }
    }

    fn start(&mut self, definition: &Arc<Definition>, start: Start) {
        self.running.insert(definition.file.clone());
        let (definition, store) = (Arc::clone(definition), Arc::clone(&self.store));
        let (announcer, stop) = (Arc::clone(&self.announcer), self.stop.clone());
        self.runs.spawn(async move {
            perform(&definition, store, announcer.as_ref(), &stop, start).await
        });
    }

    fn finished(&mut self, finished: Finished) -> Result<(), ServeError> {
        self.running.remove(&finished.pipeline);
        if finished.journaled {
            for file in &finished.files {
                // A change since then has another state and is offered again.
                if let Some(state) = seen::State::of(&self.definitions.root().join(file)) {
                    self.seen.remember(&finished.pipeline, file, &state);
                }
            }
            self.seen.save()?;
        }
        self.start_waiting();
        Ok(())
    }

    /// Watches what the definitions ask for; gives the folders that are watched from now on.
    fn watch(&mut self, watcher: &mut RecommendedWatcher) -> Result<Vec<PathBuf>, ServeError> {
        let wanted = self.definitions.watches();
        let gone: Vec<PathBuf> = self
            .watched
            .keys()
            .filter(|path| !wanted.contains_key(*path))
            .cloned()
            .collect();
        for path in gone {
            self.watched.remove(&path);
            // It may be gone from the disk as well.
            let _ = watcher.unwatch(&path);
        }
        let mut fresh = Vec::new();
        for (path, mode) in wanted {
            if self.watched.get(&path) == Some(&mode) {
                continue;
            }
            match watcher.watch(&path, mode) {
                Ok(()) => {
                    self.watched.insert(path.clone(), mode);
                    fresh.push(path);
                }
                // It went away between the look and the watch; its parent's watch tells when it is back.
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(fresh)
    }
}

/// What a run begins with.
enum Start {
    Files(Vec<String>),
    Resume(String),
}

async fn perform(
    definition: &Definition,
    store: Arc<dyn Store>,
    announcer: &dyn Announcer,
    stop: &Stop,
    start: Start,
) -> Finished {
    let observer = announcer.observer(&definition.plan.name);
    let execution = Execution {
        runtime: &definition.runtime,
        known: Some(Arc::clone(&store)),
        store,
        plan: &definition.plan,
        observer: observer.as_ref(),
        stop,
        preview: None,
        most: None,
        from_start: false,
    };
    let (report, files) = match start {
        Start::Files(files) => {
            let trigger = Trigger::watch(definition.runtime.services.clock.now(), files.clone());
            announcer.begins(&definition.plan.name, &trigger);
            (execution.begin(&trigger).await, files)
        }
        Start::Resume(run) => (execution.resume(&run).await, Vec::new()),
    };
    let journaled = match report {
        Ok(report) => {
            announcer.ended(&definition.plan.name, &report);
            // A run that failed before its posts were accounted for gets its files again at the next change or start.
            !matches!(report.ended, Ended::Over(Outcome::Failed))
        }
        Err(error) => {
            announcer.trouble(&definition.plan.name, &error);
            false
        }
    };
    Finished {
        pipeline: definition.file.clone(),
        files,
        journaled,
    }
}

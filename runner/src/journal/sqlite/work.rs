//! One write, from what was asked to the rows: loads the part of the state that it touches, lets the pure function say
//! what follows, and only then writes. An event that does not fit is found out before anything was written.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::super::error::StoreError;
use super::super::event::{Event, Instant, Logged};
use super::super::state::{
    EffectStatus, IllegalTransition, Machine, Reason, RunStatus, State, apply,
};
use super::super::store::{Batch, Claim, Claimed, EffectFilter, Entry, KvWrite, Resumed};
use super::fault::count;
use super::{list, load, save};

/// Why a write was not made.
pub(super) enum Failed {
    /// It was refused before anything was written: the transaction goes on without it.
    Refused(StoreError),
    /// SQLite failed: the transaction is to be given up.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<IllegalTransition> for Failed {
    fn from(illegal: IllegalTransition) -> Self {
        Self::Refused(illegal.into())
    }
}

/// What the writer remembers between writes: the open runs. It is forgotten after any failure and read again.
#[derive(Default)]
pub(super) struct Memory {
    state: Option<State>,
}

impl Memory {
    pub(super) fn forget(&mut self) {
        self.state = None;
    }

    pub(super) fn append(&mut self, connection: &Connection, batch: &Batch) -> Result<(), Failed> {
        let mut work = Work::begin(self, connection, &batch.run, batch.at)?;
        for Entry { event, records } in &batch.entries {
            let is_page = matches!(event, Event::PageDone { .. });
            let misplaced = if is_page != records.is_some() {
                Some("a page and its records belong together")
            } else if matches!(event, Event::EffectIntended(_)) {
                Some("an effect is intended by a claim")
            } else {
                None
            };
            if let Some(words) = misplaced {
                return Err(shape(&batch.run, words));
            }
            work.push(event.clone(), records.as_deref())?;
        }
        work.kv = &batch.kv;
        work.finish(self)
    }

    pub(super) fn claim(
        &mut self,
        connection: &Connection,
        run: &str,
        at: Instant,
        claims: &[Claim],
    ) -> Result<Vec<Claimed>, Failed> {
        let mut work = Work::begin(self, connection, run, at)?;
        let mut answers = Vec::with_capacity(claims.len());
        for claim in claims {
            answers.push(work.claim(claim)?);
        }
        work.finish(self)?;
        Ok(answers)
    }

    pub(super) fn resume(
        &mut self,
        connection: &Connection,
        run: &str,
        at: Instant,
    ) -> Result<Resumed, Failed> {
        let mut work = Work::begin(self, connection, run, at)?;
        work.push(Event::RunResumed, None)?;
        let filter = |status| EffectFilter {
            run: Some(run.to_owned()),
            status: vec![status],
            ..EffectFilter::default()
        };
        let cut_off = list::effects(connection, &filter(EffectStatus::Calling), None)?;
        for effect in cut_off {
            let why = "the program ended during the call".to_owned();
            let key = effect.key;
            work.push(Event::EffectInDoubt { key, why }, None)?;
        }
        let state = work.state.runs.get(run).cloned();
        work.finish(self)?;
        let in_doubt = list::effects(connection, &filter(EffectStatus::InDoubt), None)?;
        match state {
            Some(run) => Ok(Resumed { run, in_doubt }),
            None => Err(shape(run, "there is no such run")),
        }
    }
}

/// A write that no state could allow.
pub(super) fn shape(run: &str, words: &'static str) -> Failed {
    let illegal = IllegalTransition {
        machine: Machine::Run,
        name: run.to_owned(),
        event: "append",
        reason: Reason::Shape(words),
    };
    illegal.into()
}

/// A write under way.
pub(super) struct Work<'a> {
    connection: &'a Connection,
    pub(super) run: &'a str,
    at: Instant,
    pub(super) state: State,
    log: Vec<(Logged, Option<&'a str>)>,
    kv: &'a [KvWrite],
    /// The numbers of the effects that were loaded, and how many names of each are stored.
    stored: BTreeMap<String, (i64, usize)>,
    touched_runs: BTreeSet<String>,
    /// In the order in which they were touched, which for new ones is the order in which they were intended.
    touched_effects: Vec<String>,
    seen: BTreeSet<String>,
}

impl<'a> Work<'a> {
    fn begin(
        memory: &mut Memory,
        connection: &'a Connection,
        run: &'a str,
        at: Instant,
    ) -> Result<Self, Failed> {
        let state = match memory.state.take() {
            Some(state) => state,
            None => {
                let begun = connection
                    .prepare_cached("SELECT coalesce(max(no) + 1, 0) FROM runs")?
                    .query_row([], |row| row.get(0))?;
                let begun = count(begun);
                State {
                    begun,
                    ..State::default()
                }
            }
        };
        let mut work = Self {
            connection,
            run,
            at,
            state,
            log: Vec::new(),
            kv: &[],
            stored: BTreeMap::new(),
            touched_runs: BTreeSet::new(),
            touched_effects: Vec::new(),
            seen: BTreeSet::new(),
        };
        work.need_run(run)?;
        Ok(work)
    }

    fn need_run(&mut self, run: &str) -> Result<(), Failed> {
        if !self.state.runs.contains_key(run)
            && let Some(found) = load::run(self.connection, run)?
        {
            self.state.runs.insert(run.to_owned(), found);
        }
        Ok(())
    }

    /// Loads the effect of a name, its other names and its owner, and returns its key.
    pub(super) fn need_effect(&mut self, name: &str) -> Result<Option<String>, Failed> {
        if let Some(key) = self.state.names.get(name) {
            return Ok(Some(key.clone()));
        }
        let Some((id, effect)) = load::effect(self.connection, name)? else {
            return Ok(None);
        };
        self.need_run(&effect.run)?;
        let key = effect.key.clone();
        self.stored
            .insert(key.clone(), (id, 1 + effect.aliases.len()));
        for name in std::iter::once(&key).chain(&effect.aliases) {
            self.state.names.insert(name.clone(), key.clone());
        }
        self.state.effects.insert(key.clone(), effect);
        Ok(Some(key))
    }

    /// Loads what the event needs and asks the pure function.
    pub(super) fn push(&mut self, event: Event, records: Option<&'a str>) -> Result<(), Failed> {
        if let Some(key) = event.effect() {
            self.need_effect(key)?;
        }
        match &event {
            Event::EffectAliased { aliases, .. } => {
                for name in aliases {
                    self.need_effect(name)?;
                }
            }
            Event::RunDone { outcome } if outcome.accounts_for_everything() => {
                self.need_cursors()?;
            }
            _ => {}
        }
        let known = self.state.runs.get(self.run);
        let logged = Logged {
            run: self.run.to_owned(),
            seq: known.map_or(0, |run| run.next_seq),
            at: self.at,
            event,
        };
        self.touch(&logged);
        self.state = apply(std::mem::take(&mut self.state), &logged)?;
        self.touch(&logged);
        self.log.push((logged, records));
        Ok(())
    }

    /// Notes the rows that an event may change: called before and after it, because an effect can change its owner.
    fn touch(&mut self, logged: &Logged) {
        self.touched_runs.insert(logged.run.clone());
        if let Some(key) = logged.event.effect() {
            if self.seen.insert(key.to_owned()) {
                self.touched_effects.push(key.to_owned());
            }
            if let Some(effect) = self.state.effects.get(key) {
                self.touched_runs.insert(effect.run.clone());
            }
        }
    }

    fn need_cursors(&mut self) -> Result<(), Failed> {
        let Some(run) = self.state.runs.get(self.run) else {
            return Ok(());
        };
        for source in run.steps.iter().filter_map(|step| step.moves.as_ref()) {
            let name = (run.pipeline.clone(), source.clone());
            if let Some(cursor) = load::cursor(self.connection, &name.0, &name.1)? {
                self.state.cursors.insert(name, cursor);
            }
        }
        Ok(())
    }

    /// Writes everything, and leaves the open runs to the memory.
    fn finish(mut self, memory: &mut Memory) -> Result<(), Failed> {
        let composed = self.write_log()?;
        for name in &self.touched_runs {
            if let Some(run) = self.state.runs.get(name) {
                save::run(self.connection, run)?;
            }
        }
        for key in &self.touched_effects {
            let Some(effect) = self.state.effects.get(key) else {
                continue;
            };
            let owner = self.state.runs.get(&effect.run).map_or(0, |run| run.order);
            let stored = self.stored.get(key);
            let id = stored.map(|(id, _)| *id);
            let pos = composed.get(key).copied();
            let id = save::effect(self.connection, id, owner, pos, effect)?;
            let names = std::iter::once(&effect.key).chain(&effect.aliases);
            let known = stored.map_or(0, |(_, names)| *names);
            for (n, name) in names.enumerate().skip(known) {
                save::name(self.connection, id, n, name)?;
            }
        }
        for (name, cursor) in &self.state.cursors {
            if cursor.run == self.run {
                save::cursor(self.connection, name, cursor)?;
            }
        }
        for write in self.kv {
            save::kv(self.connection, write)?;
        }
        self.state.effects.clear();
        self.state.names.clear();
        self.state.cursors.clear();
        let open = |run: &super::super::state::RunState| run.status == RunStatus::Running;
        self.state.runs.retain(|_, run| open(run));
        memory.state = Some(self.state);
        Ok(())
    }

    /// Writes the events, the pages and the touched steps, and returns the places of new contents by effect.
    fn write_log(&self) -> Result<BTreeMap<String, i64>, Failed> {
        let mut composed = BTreeMap::new();
        let Some(run) = self.state.runs.get(self.run) else {
            return Ok(composed);
        };
        let mut touched_steps = BTreeSet::new();
        for (logged, records) in &self.log {
            let pos = save::event(self.connection, run.order, logged)?;
            let n = logged
                .event
                .step()
                .and_then(|name| run.steps.iter().position(|step| step.step == name));
            touched_steps.extend(n);
            match (&logged.event, n) {
                (Event::EffectIntended(intent), _) => {
                    composed.insert(intent.key.clone(), pos);
                }
                (
                    Event::EffectRetried {
                        key, composed: new, ..
                    },
                    _,
                ) if new.is_some() => {
                    composed.insert(key.clone(), pos);
                }
                (Event::StepStarted { restart: true, .. }, Some(n)) => {
                    save::drop_pages(self.connection, run.order, n)?;
                }
                (Event::PageDone { page, count, .. }, Some(n)) => {
                    let records = records.unwrap_or_default();
                    save::page(self.connection, run.order, n, *page, *count, records)?;
                }
                (Event::RunResumed | Event::RunDone { .. }, _) => {
                    touched_steps.extend(0..run.steps.len());
                }
                _ => {}
            }
        }
        for n in touched_steps {
            if let Some(step) = run.steps.get(n) {
                save::step(self.connection, run.order, n, step)?;
            }
        }
        Ok(composed)
    }
}

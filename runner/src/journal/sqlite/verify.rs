//! The proof that the tables are what follows from the log: everything is replayed by the pure function and compared.
//! It reads the whole store, and holds the states of all runs and effects in memory while it does.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Serialize;

use super::super::event::Logged;
use super::super::state::{CursorState, State, apply};
use super::super::store::{EffectFilter, RunFilter};
use super::fault::{Json, count, int};
use super::{list, load};

/// The most differences that are told.
const MOST: usize = 20;

/// What a check of the whole store found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verified {
    /// Events that were replayed.
    pub events: u64,
    /// Runs.
    pub runs: u64,
    /// Effects.
    pub effects: u64,
    /// Pages of records.
    pub pages: u64,
    /// What is wrong, the first twenty of it; empty when all is well.
    pub faults: Vec<String>,
}

impl Verified {
    fn fault(&mut self, text: impl FnOnce() -> String) {
        if self.faults.len() < MOST {
            self.faults.push(text());
        }
    }
}

/// Checks everything, in one snapshot of the file.
pub(super) fn verify(connection: &Connection) -> rusqlite::Result<Verified> {
    // A read transaction: what is written meanwhile is not seen.
    let _snapshot = connection.unchecked_transaction()?;
    let mut verified = Verified::default();
    let health: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if health != "ok" {
        verified.fault(|| format!("the file is damaged: {health}"));
    }
    let state = replay(connection, &mut verified)?;
    runs(connection, &state, &mut verified)?;
    effects(connection, &state, &mut verified)?;
    cursors(connection, &state, &mut verified)?;
    pages(connection, &state, &mut verified)?;
    Ok(verified)
}

fn replay(connection: &Connection, verified: &mut Verified) -> rusqlite::Result<State> {
    let sql = "SELECT r.run, v.seq, v.at, v.event FROM events v JOIN runs r ON r.no = v.run_no ORDER BY v.pos";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut state = State::default();
    while let Some(row) = rows.next()? {
        let logged = Logged {
            run: row.get(0)?,
            seq: row.get(1).map(count)?,
            at: row.get(2)?,
            event: row.get::<_, Json<_>>(3)?.0,
        };
        state = match apply(state, &logged) {
            Ok(state) => state,
            Err(illegal) => {
                verified.fault(|| format!("the log can't be replayed: {illegal}"));
                return Ok(State::default());
            }
        };
        verified.events += 1;
    }
    Ok(state)
}

fn runs(connection: &Connection, state: &State, verified: &mut Verified) -> rusqlite::Result<()> {
    let mut before = None;
    loop {
        let filter = RunFilter {
            before,
            ..RunFilter::default()
        };
        let some = list::runs(connection, &filter)?;
        for run in &some {
            verified.runs += 1;
            if state.runs.get(&run.run) != Some(run) {
                verified.fault(|| format!("run {} is not what its log says", run.run));
            }
        }
        let Some(last) = some.last() else { break };
        before = Some(last.run.clone());
    }
    if verified.runs != state.runs.len() as u64 {
        verified.fault(|| "runs are missing".to_owned());
    }
    Ok(())
}

fn effects(
    connection: &Connection,
    state: &State,
    verified: &mut Verified,
) -> rusqlite::Result<()> {
    let mut after = None;
    loop {
        let filter = EffectFilter {
            after,
            ..EffectFilter::default()
        };
        let some = list::effects(connection, &filter, Some(0))?;
        for effect in &some {
            verified.effects += 1;
            if state.effects.get(&effect.key) != Some(effect) {
                verified.fault(|| format!("effect {} is not what its log says", effect.key));
            }
            if load::composed(connection, &effect.key)?.is_none() {
                verified.fault(|| format!("the content of effect {} is missing", effect.key));
            }
        }
        let Some(last) = some.last() else { break };
        after = Some(last.key.clone());
    }
    let names: i64 =
        connection.query_row("SELECT count(*) FROM effect_names", [], |row| row.get(0))?;
    if verified.effects != state.effects.len() as u64 || count(names) != state.names.len() as u64 {
        verified.fault(|| "effects or names of effects are missing".to_owned());
    }
    Ok(())
}

fn cursors(
    connection: &Connection,
    state: &State,
    verified: &mut Verified,
) -> rusqlite::Result<()> {
    let sql = "SELECT c.pipeline, c.source, c.cursor, r.run, r.no FROM cursors c JOIN runs r ON r.no = c.run_no";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let cursor = CursorState {
            cursor: row.get(2)?,
            run: row.get(3)?,
            order: row.get(4).map(count)?,
        };
        Ok(((row.get(0)?, row.get(1)?), cursor))
    })?;
    let stored: BTreeMap<(String, String), CursorState> = rows.collect::<rusqlite::Result<_>>()?;
    if stored != state.cursors {
        verified.fault(|| "the cursors are not what the log says".to_owned());
    }
    Ok(())
}

/// Every page that the log knows is there, with as many records, and no other.
fn pages(connection: &Connection, state: &State, verified: &mut Verified) -> rusqlite::Result<()> {
    let sql = "SELECT count(*), coalesce(sum(count), 0), coalesce(max(page) + 1, 0) FROM pages \
               WHERE run_no = ?1 AND step_n = ?2";
    let mut statement = connection.prepare(sql)?;
    for run in state.runs.values() {
        for (n, step) in run.steps.iter().enumerate() {
            let stored: (i64, i64, i64) = statement
                .query_row([int(run.order), int(n as u64)], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            let pages = i64::from(step.pages);
            if stored != (pages, int(step.count), pages) {
                let (run, step) = (&run.run, &step.step);
                verified.fault(|| format!("pages of step {step} of run {run} are missing"));
            }
            verified.pages += u64::from(step.pages);
        }
    }
    let all: i64 = connection.query_row("SELECT count(*) FROM pages", [], |row| row.get(0))?;
    if count(all) != verified.pages {
        verified.fault(|| "there are pages that the log does not know".to_owned());
    }
    Ok(())
}

//! States out of their tables.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::super::event::{Event, Logged};
use super::super::state::{CursorState, EffectCounts, EffectState, RunState, StepState};
use super::super::store::Page;
use super::fault::{Json, Word, count, int};

/// The columns that [`run_of`] reads.
pub(super) const RUN: &str = "no, run, pipeline, client, plan, trigger, status, started, ended, \
     resumed, next_seq, pending, done, failed, in_doubt, held, refused";

/// The columns that [`effect_of`] reads, of `effects` and the run that owns each.
pub(super) const EFFECT: &str = "e.id, e.key, e.client, e.account, e.step, e.post, r.run, e.status, \
     e.intended, e.changed, e.attempt, e.not_before, e.progress, e.note, e.receipt, e.failure, e.why, \
     e.reasons, e.by_whom FROM effects e JOIN runs r ON r.no = e.run_no";

/// A run without its steps.
pub(super) fn run_of(row: &Row<'_>) -> rusqlite::Result<RunState> {
    let number = |column| row.get(column).map(count);
    Ok(RunState {
        order: number(0)?,
        run: row.get(1)?,
        pipeline: row.get(2)?,
        client: row.get(3)?,
        plan: row.get(4)?,
        trigger: row.get::<_, Json<_>>(5)?.0,
        status: row.get::<_, Word<_>>(6)?.0,
        started: row.get(7)?,
        ended: row.get(8)?,
        resumed: row.get(9)?,
        next_seq: number(10)?,
        effects: EffectCounts {
            pending: number(11)?,
            done: number(12)?,
            failed: number(13)?,
            in_doubt: number(14)?,
            held: number(15)?,
            refused: number(16)?,
        },
        steps: Vec::new(),
    })
}

/// The steps of a run, by its number.
pub(super) fn steps(connection: &Connection, no: u64) -> rusqlite::Result<Vec<StepState>> {
    let sql = "SELECT step, status, started, ended, from_cursor, pages, count, cursor, moves, notes, failure, \
               tolerated, skipped FROM steps WHERE run_no = ?1 ORDER BY n";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([int(no)], |row| {
        Ok(StepState {
            step: row.get(0)?,
            status: row.get::<_, Word<_>>(1)?.0,
            started: row.get(2)?,
            ended: row.get(3)?,
            from: row.get(4)?,
            pages: row.get(5)?,
            count: row.get(6).map(count)?,
            cursor: row.get(7)?,
            moves: row.get(8)?,
            notes: row.get::<_, Json<_>>(9)?.0,
            failure: row.get::<_, Option<Json<_>>>(10)?.map(|json| json.0),
            tolerated: row.get(11)?,
            skipped: row.get(12)?,
        })
    })?;
    rows.collect()
}

/// One run with its steps.
pub(super) fn run(connection: &Connection, run: &str) -> rusqlite::Result<Option<RunState>> {
    let sql = format!("SELECT {RUN} FROM runs WHERE run = ?1");
    let found = connection
        .prepare_cached(&sql)?
        .query_row([run], run_of)
        .optional()?;
    found
        .map(|mut run| {
            run.steps = steps(connection, run.order)?;
            Ok(run)
        })
        .transpose()
}

/// An effect without its aliases, and its number.
pub(super) fn effect_of(row: &Row<'_>) -> rusqlite::Result<(i64, EffectState)> {
    fn json(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<serde_json::Value>> {
        Ok(row.get::<_, Option<Json<_>>>(column)?.map(|json| json.0))
    }
    let effect = EffectState {
        key: row.get(1)?,
        aliases: Vec::new(),
        client: row.get(2)?,
        account: row.get(3)?,
        step: row.get(4)?,
        post: row.get(5)?,
        run: row.get(6)?,
        status: row.get::<_, Word<_>>(7)?.0,
        intended: row.get(8)?,
        changed: row.get(9)?,
        attempt: row.get(10)?,
        not_before: row.get(11)?,
        progress: row.get(12)?,
        note: row.get(13)?,
        receipt: json(row, 14)?,
        failure: row.get::<_, Option<Json<_>>>(15)?.map(|json| json.0),
        why: row.get(16)?,
        reasons: json(row, 17)?,
        by: row.get(18)?,
    };
    Ok((row.get(0)?, effect))
}

/// The aliases of an effect, by its number.
pub(super) fn aliases(connection: &Connection, id: i64) -> rusqlite::Result<Vec<String>> {
    let sql = "SELECT name FROM effect_names WHERE effect = ?1 AND n > 0 ORDER BY n";
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map([id], |row| row.get(0))?.collect()
}

/// The effect of a key or alias, with its number.
pub(super) fn effect(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<Option<(i64, EffectState)>> {
    let sql = "SELECT effect FROM effect_names WHERE name = ?1";
    let id: Option<i64> = connection
        .prepare_cached(sql)?
        .query_row([name], |row| row.get(0))
        .optional()?;
    id.map(|id| {
        let sql = format!("SELECT {EFFECT} WHERE e.id = ?1");
        let (_, mut effect) = connection
            .prepare_cached(&sql)?
            .query_row([id], effect_of)?;
        effect.aliases = aliases(connection, id)?;
        Ok((id, effect))
    })
    .transpose()
}

/// What was last written down for sending.
pub(super) fn composed(
    connection: &Connection,
    key: &str,
) -> rusqlite::Result<Option<serde_json::Value>> {
    let sql = "SELECT v.event FROM effect_names n JOIN effects e ON e.id = n.effect \
               JOIN events v ON v.pos = e.composed_pos WHERE n.name = ?1";
    let event: Option<Json<Event>> = connection
        .prepare_cached(sql)?
        .query_row([key], |row| row.get(0))
        .optional()?;
    Ok(event.and_then(|event| match event.0 {
        Event::EffectIntended(intent) => Some(intent.composed),
        Event::EffectRetried { composed, .. } => composed,
        _ => None,
    }))
}

/// A source's cursor.
pub(super) fn cursor(
    connection: &Connection,
    pipeline: &str,
    source: &str,
) -> rusqlite::Result<Option<CursorState>> {
    let sql = "SELECT c.cursor, r.run, r.no FROM cursors c JOIN runs r ON r.no = c.run_no \
               WHERE c.pipeline = ?1 AND c.source = ?2";
    connection
        .prepare_cached(sql)?
        .query_row([pipeline, source], |row| {
            Ok(CursorState {
                cursor: row.get(0)?,
                run: row.get(1)?,
                order: row.get(2).map(count)?,
            })
        })
        .optional()
}

/// Events of one run from a number on.
pub(super) fn events(
    connection: &Connection,
    run: &str,
    from: u64,
    limit: u32,
) -> rusqlite::Result<Vec<Logged>> {
    let sql = "SELECT v.seq, v.at, v.event FROM events v JOIN runs r ON r.no = v.run_no \
               WHERE r.run = ?1 AND v.seq >= ?2 ORDER BY v.seq LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params![run, int(from), limit], |row| {
        Ok(Logged {
            run: run.to_owned(),
            seq: row.get(0).map(count)?,
            at: row.get(1)?,
            event: row.get::<_, Json<_>>(2)?.0,
        })
    })?;
    rows.collect()
}

/// A page of a step's output.
pub(super) fn page(
    connection: &Connection,
    run: &str,
    step: &str,
    page: u32,
) -> rusqlite::Result<Option<Page>> {
    let sql = "SELECT p.count, p.records FROM runs r JOIN steps s ON s.run_no = r.no AND s.step = ?2 \
               JOIN pages p ON p.run_no = r.no AND p.step_n = s.n AND p.page = ?3 WHERE r.run = ?1";
    connection
        .prepare_cached(sql)?
        .query_row(params![run, step, page], |row| {
            Ok(Page {
                count: row.get(0).map(count)?,
                records: row.get(1)?,
            })
        })
        .optional()
}

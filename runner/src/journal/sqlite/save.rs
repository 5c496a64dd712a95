//! States into their tables. Each function writes what the pure state says, and decides nothing.

use rusqlite::{Connection, params};

use super::super::event::Logged;
use super::super::state::{CursorState, EffectState, RunState, StepState};
use super::super::store::{Facts, KvWrite};
use super::fault::{Json, Word, int};

/// Appends to the log and returns the event's place.
pub(super) fn event(connection: &Connection, no: u64, logged: &Logged) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO events (run_no, seq, at, event) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        int(no),
        int(logged.seq),
        logged.at,
        Json(&logged.event)
    ])?;
    Ok(connection.last_insert_rowid())
}

/// Writes a run without its steps.
pub(super) fn run(connection: &Connection, run: &RunState) -> rusqlite::Result<()> {
    let sql = "INSERT INTO runs (no, run, pipeline, client, plan, trigger, status, started, ended, resumed, \
               next_seq, pending, done, failed, in_doubt, held, refused) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17) \
               ON CONFLICT (no) DO UPDATE SET status = ?7, ended = ?9, resumed = ?10, next_seq = ?11, \
               pending = ?12, done = ?13, failed = ?14, in_doubt = ?15, held = ?16, refused = ?17";
    let counts = run.effects;
    connection.prepare_cached(sql)?.execute(params![
        int(run.order),
        run.run,
        run.pipeline,
        run.client,
        run.plan,
        Json(&run.trigger),
        Word(run.status),
        run.started,
        run.ended,
        run.resumed,
        int(run.next_seq),
        int(counts.pending),
        int(counts.done),
        int(counts.failed),
        int(counts.in_doubt),
        int(counts.held),
        int(counts.refused),
    ])?;
    Ok(())
}

/// Writes one step.
pub(super) fn step(
    connection: &Connection,
    no: u64,
    n: usize,
    step: &StepState,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO steps (run_no, n, step, status, started, ended, from_cursor, pages, count, \
               cursor, moves, notes, failure, tolerated, skipped) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
    connection.prepare_cached(sql)?.execute(params![
        int(no),
        int(n as u64),
        step.step,
        Word(step.status),
        step.started,
        step.ended,
        step.from,
        step.pages,
        int(step.count),
        step.cursor,
        step.moves,
        Json(&step.notes),
        step.failure.as_ref().map(Json),
        step.tolerated,
        step.skipped,
    ])?;
    Ok(())
}

/// Stores a page's records.
pub(super) fn page(
    connection: &Connection,
    no: u64,
    step_n: usize,
    page: u32,
    count: u64,
    records: &str,
) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO pages (run_no, step_n, page, count, records) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(params![
        int(no),
        int(step_n as u64),
        page,
        int(count),
        records
    ])?;
    Ok(())
}

/// Throws the pages of a step away.
pub(super) fn drop_pages(connection: &Connection, no: u64, step_n: usize) -> rusqlite::Result<()> {
    let sql = "DELETE FROM pages WHERE run_no = ?1 AND step_n = ?2";
    connection
        .prepare_cached(sql)?
        .execute(params![int(no), int(step_n as u64)])?;
    Ok(())
}

/// Writes an effect: a new one without a number, and returns its number.
pub(super) fn effect(
    connection: &Connection,
    id: Option<i64>,
    owner: u64,
    composed_pos: Option<i64>,
    effect: &EffectState,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO effects (id, key, client, account, step, post, run_no, status, intended, changed, attempt, \
               not_before, progress, note, receipt, failure, why, reasons, by_whom, composed_pos) \
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, \
               coalesce(?20, 0)) \
               ON CONFLICT (id) DO UPDATE SET run_no = ?7, status = ?8, changed = ?10, attempt = ?11, \
               not_before = ?12, progress = ?13, note = ?14, receipt = ?15, failure = ?16, why = ?17, \
               reasons = ?18, by_whom = ?19, composed_pos = coalesce(?20, composed_pos)";
    connection.prepare_cached(sql)?.execute(params![
        id,
        effect.key,
        effect.client,
        effect.account,
        effect.step,
        effect.post,
        int(owner),
        Word(effect.status),
        effect.intended,
        effect.changed,
        effect.attempt,
        effect.not_before,
        effect.progress,
        effect.note,
        effect.receipt.as_ref().map(Json),
        effect.failure.as_ref().map(Json),
        effect.why,
        effect.reasons.as_ref().map(Json),
        effect.by,
        composed_pos,
    ])?;
    Ok(id.unwrap_or_else(|| connection.last_insert_rowid()))
}

/// Writes the name number `n` of an effect; 0 is its key.
pub(super) fn name(connection: &Connection, id: i64, n: usize, name: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO effect_names (name, effect, n) VALUES (?1, ?2, ?3)";
    connection
        .prepare_cached(sql)?
        .execute(params![name, id, int(n as u64)])?;
    Ok(())
}

/// Moves a cursor.
pub(super) fn cursor(
    connection: &Connection,
    (pipeline, source): &(String, String),
    cursor: &CursorState,
) -> rusqlite::Result<()> {
    let sql =
        "INSERT OR REPLACE INTO cursors (pipeline, source, cursor, run_no) VALUES (?1, ?2, ?3, ?4)";
    connection.prepare_cached(sql)?.execute(params![
        pipeline,
        source,
        cursor.cursor,
        int(cursor.order)
    ])?;
    Ok(())
}

/// Changes a plugin's state.
pub(super) fn kv(connection: &Connection, write: &KvWrite) -> rusqlite::Result<()> {
    let KvWrite {
        client,
        plugin,
        key,
        value,
    } = write;
    if value.is_some() {
        let sql = "INSERT OR REPLACE INTO kv (client, plugin, key, value) VALUES (?1, ?2, ?3, ?4)";
        connection
            .prepare_cached(sql)?
            .execute(params![client, plugin, key, value])?;
    } else {
        let sql = "DELETE FROM kv WHERE client = ?1 AND plugin = ?2 AND key = ?3";
        connection
            .prepare_cached(sql)?
            .execute(params![client, plugin, key])?;
    }
    Ok(())
}

/// Keeps what was learned of an account's server.
pub(super) fn facts(connection: &Connection, facts: &Facts) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO facts (account, facts, at) VALUES (?1, ?2, ?3)";
    connection
        .prepare_cached(sql)?
        .execute(params![facts.account, facts.facts, facts.at])?;
    Ok(())
}

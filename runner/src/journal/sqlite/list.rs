//! Lists of runs and effects, by filter. Values are always bound, never written into the text of a query.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::super::state::{EffectState, RunState};
use super::super::store::{EffectFilter, RunFilter};
use super::fault::Word;
use super::load;

/// What a filter's limit of 0 stands for.
const USUAL: u32 = 1_000;

fn limit(asked: u32) -> i64 {
    i64::from(if asked == 0 { USUAL } else { asked })
}

/// Conditions that all hold, with their values.
#[derive(Default)]
struct Where {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Where {
    /// `condition` has one `?` for the value.
    fn and(&mut self, condition: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.parts.push(condition.to_owned());
            self.values.push(Value::Text(value.clone()));
        }
    }

    fn one_of<S: serde::Serialize + Copy>(
        &mut self,
        column: &str,
        words: &[S],
    ) -> rusqlite::Result<()> {
        if words.is_empty() {
            return Ok(());
        }
        let marks = vec!["?"; words.len()].join(", ");
        self.parts.push(format!("{column} IN ({marks})"));
        for word in words {
            self.values.push(Value::Text(Word(*word).text()?));
        }
        Ok(())
    }

    fn text(&self) -> String {
        if self.parts.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", self.parts.join(" AND "))
    }
}

/// The newest first.
pub(super) fn runs(connection: &Connection, filter: &RunFilter) -> rusqlite::Result<Vec<RunState>> {
    let mut conditions = Where::default();
    conditions.and("pipeline = ?", filter.pipeline.as_ref());
    conditions.and("client = ?", filter.client.as_ref());
    conditions.one_of("status", &filter.status)?;
    conditions.and(
        "no < (SELECT no FROM runs WHERE run = ?)",
        filter.before.as_ref(),
    );
    let sql = format!(
        "SELECT {} FROM runs{} ORDER BY no DESC LIMIT {}",
        load::RUN,
        conditions.text(),
        limit(filter.limit),
    );
    read_runs(connection, &sql, conditions.values)
}

/// Every run that is neither over nor given up, the oldest first.
pub(super) fn unfinished(connection: &Connection) -> rusqlite::Result<Vec<RunState>> {
    let columns = load::RUN;
    let sql = format!("SELECT {columns} FROM runs WHERE status = 'running' ORDER BY no");
    read_runs(connection, &sql, Vec::new())
}

fn read_runs(
    connection: &Connection,
    sql: &str,
    values: Vec<Value>,
) -> rusqlite::Result<Vec<RunState>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(params_from_iter(values), load::run_of)?;
    rows.map(|run| {
        let mut run = run?;
        run.steps = load::steps(connection, run.order)?;
        Ok(run)
    })
    .collect()
}

/// In the order in which they were intended. `most`: none for all of them.
pub(super) fn effects(
    connection: &Connection,
    filter: &EffectFilter,
    most: Option<u32>,
) -> rusqlite::Result<Vec<EffectState>> {
    let mut conditions = Where::default();
    conditions.and(
        "e.run_no = (SELECT no FROM runs WHERE run = ?)",
        filter.run.as_ref(),
    );
    conditions.and("e.client = ?", filter.client.as_ref());
    conditions.and("e.account = ?", filter.account.as_ref());
    conditions.one_of("e.status", &filter.status)?;
    conditions.and(
        "e.id > (SELECT effect FROM effect_names WHERE name = ?)",
        filter.after.as_ref(),
    );
    // SQLite takes -1 for "no limit".
    let most = most.map_or(-1, limit);
    let sql = format!(
        "SELECT {}{} ORDER BY e.id LIMIT {most}",
        load::EFFECT,
        conditions.text(),
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(conditions.values), load::effect_of)?;
    rows.map(|row| {
        let (id, mut effect) = row?;
        effect.aliases = load::aliases(connection, id)?;
        Ok(effect)
    })
    .collect()
}

/// Keys of a plugin's state with one beginning, sorted.
pub(super) fn kv_keys(
    connection: &Connection,
    (client, plugin): (&str, &str),
    prefix: &str,
    after: Option<&str>,
    limit: u32,
) -> rusqlite::Result<Vec<String>> {
    // The list begins at whichever of the two comes later, so that each of its pages is found directly.
    let start = after.filter(|after| *after > prefix).unwrap_or(prefix);
    let sql = "SELECT key FROM kv WHERE client = ?1 AND plugin = ?2 AND key >= ?3 AND key IS NOT ?4 \
               AND substr(key, 1, length(?5)) = ?5 ORDER BY key LIMIT ?6";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(
        params![client, plugin, start, after, prefix, limit],
        |row| row.get(0),
    )?;
    rows.collect()
}

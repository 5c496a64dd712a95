//! Counts the records that it is given, by kind. Its state has one size whatever the number of records.

use std::cell::RefCell;

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    Cell, Class, Column, Error, Figure, Measurement, Metric, Record, Result, Subject, SubjectKind,
    Table, Traffic, clock, config,
};

const KINDS: [&str; 8] = [
    "post",
    "adapted",
    "receipt",
    "interaction",
    "profile",
    "measurement",
    "table",
    "json",
];

#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
struct Config {
    trap_after: Option<u64>,
}

#[derive(Default)]
struct State {
    begun: bool,
    batches: u64,
    trap_after: Option<u64>,
    counts: [u64; KINDS.len()],
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// The plugin.
pub struct Count;

impl Metric for Count {
    fn begin(_operation: String, json: String) -> Result<()> {
        let config: Config = config(&json)?;
        STATE.with_borrow_mut(|state| {
            // One instance serves one computation: a second `begin` shows that the host used it twice.
            if std::mem::replace(&mut state.begun, true) {
                return Err(Error::Permanent("begun twice".into()));
            }
            state.trap_after = config.trap_after;
            Ok(())
        })
    }

    fn push(records: Vec<Record>) -> Result<()> {
        STATE.with_borrow_mut(|state| {
            if !state.begun {
                return Err(Error::Permanent("pushed before it was begun".into()));
            }
            state.batches += 1;
            for record in &records {
                if let Some(count) = state.counts.get_mut(kind(record)) {
                    *count += 1;
                }
            }
            let all: u64 = state.counts.iter().sum();
            if state.trap_after.is_some_and(|after| all > after) {
                std::process::abort();
            }
            Ok(())
        })
    }

    fn finish() -> Result<Vec<Record>> {
        let now = clock::now();
        STATE.with_borrow(|state| {
            let all: u64 = state.counts.iter().sum();
            Ok(vec![
                Record::Measurement(measurement(all, now)),
                Record::Table(table(state)),
            ])
        })
    }
}

fn kind(record: &Record) -> usize {
    match record {
        Record::Post(_) => 0,
        Record::Adapted(_) => 1,
        Record::Receipt(_) => 2,
        Record::Interaction(_) => 3,
        Record::Profile(_) => 4,
        Record::Measurement(_) => 5,
        Record::Table(_) => 6,
        Record::Json(_) => 7,
    }
}

fn measurement(all: u64, now: i64) -> Measurement {
    Measurement {
        what: "records".into(),
        definition: "1".into(),
        about: Subject {
            kind: SubjectKind::Run,
            id: "this".into(),
            account: None,
        },
        period: None,
        value: Figure::Number(all as f64),
        unit: "count".into(),
        class: Class::Counted,
        source: "guest-count".into(),
        fetched: now,
        traffic: Traffic::Unknown,
        raw: None,
        notes: Vec::new(),
    }
}

fn table(state: &State) -> Table {
    let column = |name: &str| Column {
        name: name.into(),
        unit: String::new(),
    };
    let rows = KINDS
        .iter()
        .zip(state.counts)
        .map(|(kind, count)| vec![Cell::Text((*kind).into()), Cell::Number(count as f64)]);
    Table {
        name: "records".into(),
        columns: vec![column("kind"), column("count")],
        rows: rows.collect(),
        notes: vec![format!("{} batches", state.batches)],
    }
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Count: metric);

//! What comes out: three measurements for each account, with their provenance, and one table for people.

use staffetta_plugin::{
    Cell, Class, Column, Figure, Measurement, Record, Subject, SubjectKind, Table, Traffic,
};

use crate::account::Account;
use crate::tally::Tally;

/// The version of the definitions in this plugin's README. Another version is another series.
pub const DEFINITION: &str = "1";

/// The rate's name holds its denominator.
pub const RATE: &str = "er-by-followers";

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Everything that was computed. `now` is the time of computing.
#[must_use]
pub fn report(tally: &Tally, now: i64) -> Vec<Record> {
    let mut records = Vec::new();
    let mut rows = Vec::new();
    for (name, account) in &tally.accounts {
        let (engagements, rate, notes) = figures(account);
        rows.push(vec![
            Cell::Text(name.clone()),
            account.network.clone().map_or(Cell::Empty, Cell::Text),
            Cell::Number(account.posts as f64),
            cell(&engagements),
            cell(&rate),
            Cell::Text(said(&engagements, &rate, &notes)),
        ]);
        let made = |what: &str, value, unit: &str, class, notes| {
            Record::Measurement(measurement(
                name, account, now, what, value, unit, class, notes,
            ))
        };
        let posts = Figure::Number(account.posts as f64);
        records.push(made("posts", posts, "count", Class::Counted, Vec::new()));
        records.push(made(
            "engagements",
            engagements,
            "count",
            Class::Derived,
            notes.clone(),
        ));
        records.push(made(RATE, rate, "ratio", Class::Derived, notes));
    }
    let mut notes = vec![format!(
        "{RATE}: engagements of a post on average, divided by followers; 0.01 is one in a hundred"
    )];
    if tally.homeless > 0 {
        notes.push(format!(
            "{} figures name no account and are in no row",
            tally.homeless
        ));
    }
    let column = |(name, unit): (&str, &str)| Column {
        name: name.into(),
        unit: unit.into(),
    };
    let columns = [
        ("account", ""),
        ("network", ""),
        ("posts", "count"),
        ("engagements", "count"),
        (RATE, "ratio"),
        ("note", ""),
    ];
    records.push(Record::Table(Table {
        name: "engagement".into(),
        columns: columns.map(column).into(),
        rows,
        notes,
    }));
    records
}

/// The engagements, the rate, and what a reader must know of both.
fn figures(account: &Account) -> (Figure, Figure, Vec<String>) {
    let mut notes = Vec::new();
    let (engagements, rate) = match account.engagements() {
        Err(why) => (Figure::Unavailable(why.clone()), Figure::Unavailable(why)),
        Ok((total, measured, more)) => {
            notes.extend(more);
            let rate = match account.followers.as_ref().map(|f| (&f.value, f.fetched)) {
                None => {
                    Figure::Unavailable("the number of followers was not given to this step".into())
                }
                Some((Figure::Unavailable(why), _)) => {
                    Figure::Unavailable(format!("followers: {why}"))
                }
                Some((Figure::Number(0.0), _)) => {
                    Figure::Unavailable("there are no followers to divide by".into())
                }
                Some((Figure::Number(followers), _)) => {
                    notes.push(format!("{followers} followers when read, not when posted"));
                    Figure::Number(total / measured as f64 / followers)
                }
            };
            (Figure::Number(total), rate)
        }
    };
    if account.handed_over > 0 {
        notes.push(format!("{} handed to a person", account.handed_over));
    }
    if account.posts == 0 && account.prepared > 0 {
        notes.push(format!("{} prepared, none put out", account.prepared));
    }
    if let Some(worst) = account.worst {
        notes.push(format!("worst input: {}", class(worst)));
    }
    if let Some((oldest, newest)) = account
        .fetched
        .filter(|(oldest, newest)| newest - oldest > DAY)
    {
        notes.push(format!(
            "inputs were read over {} days",
            (newest - oldest) / DAY
        ));
    }
    (engagements, rate, notes)
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Supplied => "supplied",
        Class::Counted => "counted",
        Class::Derived => "derived",
        Class::Estimated => "estimated",
    }
}

/// What is unknown is an empty cell; the note says why.
fn cell(figure: &Figure) -> Cell {
    match figure {
        Figure::Number(value) => Cell::Number(*value),
        Figure::Unavailable(_) => Cell::Empty,
    }
}

fn said(engagements: &Figure, rate: &Figure, notes: &[String]) -> String {
    let mut all: Vec<String> = Vec::new();
    for (name, figure) in [("engagements", engagements), (RATE, rate)] {
        if let Figure::Unavailable(why) = figure
            && !all.iter().any(|said| said.ends_with(why.as_str()))
        {
            all.push(format!("{name} unavailable: {why}"));
        }
    }
    all.extend(notes.iter().cloned());
    all.join("; ")
}

#[allow(clippy::too_many_arguments)]
fn measurement(
    name: &str,
    account: &Account,
    now: i64,
    what: &str,
    value: Figure,
    unit: &str,
    class: Class,
    notes: Vec<String>,
) -> Measurement {
    // A derived figure is as sure as its worst input.
    let class = match (class, account.worst) {
        (Class::Derived, Some(Class::Estimated)) => Class::Estimated,
        (class, _) => class,
    };
    Measurement {
        what: what.into(),
        definition: DEFINITION.into(),
        about: Subject {
            kind: SubjectKind::Account,
            id: name.into(),
            account: Some(name.into()),
        },
        period: None,
        value,
        unit: unit.into(),
        class,
        source: format!("engagement/compute {DEFINITION}"),
        fetched: now,
        traffic: account.traffic.unwrap_or(Traffic::Unknown),
        raw: None,
        notes,
    }
}

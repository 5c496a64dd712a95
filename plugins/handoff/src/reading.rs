//! Figures that a person wrote into `done.json`, and "nobody has reported figures yet" for all others. Nothing is read
//! from a network here.

use staffetta_plugin::{
    Account, Class, Figure, Insights, Measurement, Receipt, Result, Subject, SubjectKind, Traffic,
    clock,
};

use crate::Handoff;
use crate::done::Done;
use crate::outside::find;

/// The reason where there is no figure.
pub const NOBODY: &str = "nobody has reported figures yet";

fn measurement(
    what: &str,
    about: Subject,
    value: Figure,
    at: i64,
    notes: Vec<String>,
) -> Measurement {
    Measurement {
        what: what.into(),
        definition: "1".into(),
        about,
        period: None,
        value,
        unit: "count".into(),
        class: Class::Counted,
        source: "reported by hand in done.json".into(),
        fetched: at,
        traffic: Traffic::Unknown,
        raw: None,
        notes,
    }
}

/// The figures of one post. `now` is the time of reading.
#[must_use]
pub fn figures(account: &str, id: &str, done: Option<&Done>, now: i64) -> Vec<Measurement> {
    let about = || Subject {
        kind: SubjectKind::Post,
        id: id.into(),
        account: Some(account.into()),
    };
    let reported: Vec<Measurement> = done
        .iter()
        .flat_map(|done| {
            let by = done.by.as_deref().unwrap_or("somebody");
            let notes = vec![format!("read off the network by {by}")];
            let at = done.at.unwrap_or(now);
            done.figures
                .iter()
                .filter(|(_, value)| value.is_finite() && **value >= 0.0)
                .map(move |(what, value)| {
                    measurement(what, about(), Figure::Number(*value), at, notes.clone())
                })
        })
        .collect();
    if reported.is_empty() {
        return vec![measurement(
            "engagements",
            about(),
            Figure::Unavailable(NOBODY.into()),
            now,
            Vec::new(),
        )];
    }
    reported
}

impl Insights for Handoff {
    fn of_posts(account: Account, receipts: Vec<Receipt>) -> Result<Vec<Measurement>> {
        let now = clock::now();
        let mut all = Vec::new();
        for receipt in receipts {
            let done = find(&account, &receipt.id)?
                .into_iter()
                .find_map(|one| one.done);
            all.extend(figures(&account.name, &receipt.id, done.as_ref(), now));
        }
        Ok(all)
    }

    fn of_account(account: Account) -> Result<Vec<Measurement>> {
        let about = Subject {
            kind: SubjectKind::Account,
            id: account.name.clone(),
            account: Some(account.name),
        };
        let value = Figure::Unavailable(NOBODY.into());
        Ok(vec![measurement(
            "followers",
            about,
            value,
            clock::now(),
            Vec::new(),
        )])
    }
}

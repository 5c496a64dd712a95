//! The state machines against rules that are written down here a second time, in other words than the table's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod random;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::super::event::{
    Event, Failure, FailureKind, Finding, Intent, Logged, Outcome, Progress,
};
use super::*;

fn failure() -> Failure {
    Failure {
        kind: FailureKind::Temporary,
        message: "no".to_owned(),
    }
}

fn intent(key: &str, alias: &str) -> Event {
    Event::EffectIntended(Intent {
        key: key.to_owned(),
        aliases: vec![alias.to_owned()],
        account: "acme-x".to_owned(),
        step: "posted".to_owned(),
        post: "p1".to_owned(),
        composed: json!({"parts": [{"text": "Grüße 👋"}]}),
        not_before: Some(5),
    })
}

fn progress() -> Progress {
    Progress {
        progress: "1/2".to_owned(),
        not_before: None,
        note: "one of two".to_owned(),
    }
}

/// Every event about an effect, by a name for messages.
fn effect_events(key: &str) -> Vec<(&'static str, Event)> {
    let key = || key.to_owned();
    let settled = |finding| Event::EffectSettled {
        key: key(),
        by: "find".to_owned(),
        finding,
    };
    let receipt = json!({"id": "1"});
    vec![
        ("intended", intent(&key(), "other name")),
        ("calling", Event::EffectCalling { key: key() }),
        (
            "progress",
            Event::EffectProgress {
                key: key(),
                progress: progress(),
            },
        ),
        (
            "done",
            Event::EffectDone {
                key: key(),
                receipt: receipt.clone(),
            },
        ),
        (
            "failed",
            Event::EffectFailed {
                key: key(),
                failure: failure(),
            },
        ),
        (
            "retried",
            Event::EffectRetried {
                key: key(),
                composed: None,
                not_before: None,
            },
        ),
        (
            "in-doubt",
            Event::EffectInDoubt {
                key: key(),
                why: "no answer".to_owned(),
            },
        ),
        (
            "posted",
            settled(Finding::Posted {
                receipt: receipt.clone(),
            }),
        ),
        ("again", settled(Finding::Again(progress()))),
        ("absent", settled(Finding::Absent)),
        (
            "held",
            Event::EffectHeld {
                key: key(),
                why: "approval".to_owned(),
            },
        ),
        (
            "released",
            Event::EffectReleased {
                key: key(),
                by: "Anna".to_owned(),
                not_before: None,
            },
        ),
        (
            "refused",
            Event::EffectRefused {
                key: key(),
                reasons: json!([]),
            },
        ),
        (
            "receipt",
            Event::ReceiptUpdated {
                key: key(),
                receipt,
                by: "Anna".to_owned(),
            },
        ),
    ]
}

/// A log under construction.
#[derive(Default)]
struct Story {
    state: State,
    log: Vec<Logged>,
}

impl Story {
    fn tell(&mut self, run: &str, event: Event) -> Result<(), IllegalTransition> {
        let logged = Logged {
            run: run.to_owned(),
            seq: self.state.runs.get(run).map_or(0, |run| run.next_seq),
            at: 1_000 + self.log.len() as i64,
            event,
        };
        self.state = apply(self.state.clone(), &logged)?;
        self.log.push(logged);
        Ok(())
    }

    fn begin(run: &str) -> Self {
        let mut story = Self::default();
        story.tell(run, started()).unwrap();
        story
    }

    fn effect(&self, key: &str) -> &EffectState {
        &self.state.effects[key]
    }
}

fn started() -> Event {
    Event::RunStarted {
        pipeline: "news".to_owned(),
        client: "acme".to_owned(),
        plan: "sha256:0".to_owned(),
        trigger: json!({"manual": true}),
    }
}

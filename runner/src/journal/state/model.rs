//! What is known of runs, steps and effects at a moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::event::{Failure, Instant};
use super::status::{EffectStatus, RunStatus, StepStatus};

/// How many of a run's effects stand where. An effect counts for the run that took it up last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EffectCounts {
    /// Still to be made: intended, being called, in progress.
    pub pending: u64,
    /// Published.
    pub done: u64,
    /// Certainly not published.
    pub failed: u64,
    /// Not known.
    pub in_doubt: u64,
    /// Waiting for a person.
    pub held: u64,
    /// Not to go out.
    pub refused: u64,
}

impl EffectCounts {
    pub(super) fn of(&mut self, status: EffectStatus) -> &mut u64 {
        match status {
            EffectStatus::Intended | EffectStatus::Calling | EffectStatus::InProgress => {
                &mut self.pending
            }
            EffectStatus::Done => &mut self.done,
            EffectStatus::Failed => &mut self.failed,
            EffectStatus::InDoubt => &mut self.in_doubt,
            EffectStatus::Held => &mut self.held,
            EffectStatus::Refused => &mut self.refused,
        }
    }
}

/// A run and its steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunState {
    /// Its id.
    pub run: String,
    /// Runs are numbered in the order in which they began.
    pub order: u64,
    /// The pipeline's lasting name.
    pub pipeline: String,
    /// Whose run it is.
    pub client: String,
    /// The digest of the plan.
    pub plan: String,
    /// What started it.
    pub trigger: Value,
    /// Where it stands.
    pub status: RunStatus,
    /// When it began.
    pub started: Instant,
    /// When it ended, if it did.
    pub ended: Option<Instant>,
    /// How often it was resumed.
    pub resumed: u32,
    /// The number of its next event.
    pub next_seq: u64,
    /// Its effects.
    pub effects: EffectCounts,
    /// Its steps, in the order in which they were first heard of.
    pub steps: Vec<StepState>,
}

impl RunState {
    /// One of its steps.
    pub fn step(&self, step: &str) -> Option<&StepState> {
        self.steps.iter().find(|known| known.step == step)
    }
}

/// A step of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepState {
    /// Its id.
    pub step: String,
    /// Where it stands.
    pub status: StepStatus,
    /// When it was (last) started or skipped.
    pub started: Instant,
    /// When it ended, if it did.
    pub ended: Option<Instant>,
    /// The cursor at which it began.
    pub from: Option<String>,
    /// How many pages it has: the next one has this number.
    pub pages: u32,
    /// How many records they hold.
    pub count: u64,
    /// Where the source goes on behind the last page.
    pub cursor: Option<String>,
    /// The cursor's name, once the run has asked to move it.
    pub moves: Option<String>,
    /// For people.
    pub notes: Vec<String>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The run goes on although it failed.
    pub tolerated: bool,
    /// Why it was skipped.
    pub skipped: Option<String>,
}

/// One publication.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EffectState {
    /// Its key.
    pub key: String,
    /// Its further names.
    pub aliases: Vec<String>,
    /// Whose it is.
    pub client: String,
    /// The account that posts.
    pub account: String,
    /// The publish step.
    pub step: String,
    /// The post's id.
    pub post: String,
    /// The run that took it up last.
    pub run: String,
    /// Where it stands.
    pub status: EffectStatus,
    /// When it was first intended: the same for every try.
    pub intended: Instant,
    /// When it last changed.
    pub changed: Instant,
    /// Calls that were begun with the present progress: the contract's `attempt` while it is being called.
    pub attempt: u32,
    /// The next call not before this time.
    pub not_before: Option<Instant>,
    /// What the plugin wants to get with the next call.
    pub progress: Option<String>,
    /// For people: how far it is.
    pub note: Option<String>,
    /// The proof.
    pub receipt: Option<Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Why it is in doubt or held.
    pub why: Option<String>,
    /// The violations for which it was refused.
    pub reasons: Option<Value>,
    /// Who or what settled, released or completed it.
    pub by: Option<String>,
}

/// The cursor of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CursorState {
    /// Where the source goes on.
    pub cursor: String,
    /// The run that moved it.
    pub run: String,
    /// That run's number.
    pub order: u64,
}

/// Everything that follows from a log, or the part of it that the next event touches.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// By id.
    pub runs: BTreeMap<String, RunState>,
    /// By key.
    pub effects: BTreeMap<String, EffectState>,
    /// Keys and aliases, to keys.
    pub names: BTreeMap<String, String>,
    /// By pipeline and source.
    pub cursors: BTreeMap<(String, String), CursorState>,
    /// How many runs there were.
    pub begun: u64,
}

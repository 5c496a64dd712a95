//! What follows from an event: `apply`, a pure function of (state, event). It reads no clock, stores nothing and knows
//! no SQL; the store and every replay use the same function, so they can't come to different ends.

mod effect;
mod illegal;
mod model;
mod run;
mod status;
#[cfg(test)]
mod tests;

pub use illegal::{IllegalTransition, Machine, Reason};
pub use model::{CursorState, EffectCounts, EffectState, RunState, State, StepState};
pub use status::{EffectStatus, RunStatus, StepStatus, mermaid};

use super::event::{Event, Logged, Outcome};

/// The state after an event.
///
/// `state` may be a part of the whole: the run, for an effect's event also the effect, its names and the run that
/// owns it, and for the end of a run the cursors that it moves.
///
/// # Errors
///
/// The event does not fit.
pub fn apply(mut state: State, logged: &Logged) -> Result<State, IllegalTransition> {
    let seq = state.runs.get(&logged.run).map_or(0, |run| run.next_seq);
    if logged.seq != seq {
        let found = logged.seq;
        let reason = Reason::Sequence {
            expected: seq,
            found,
        };
        return Err(illegal(Machine::Run, &logged.run, &logged.event, reason));
    }
    if logged.event.effect().is_some() {
        effect::apply(&mut state, logged)?;
    } else {
        run::apply(&mut state, logged)?;
    }
    if let Some(run) = state.runs.get_mut(&logged.run) {
        run.next_seq += 1;
    }
    Ok(state)
}

fn illegal(machine: Machine, name: &str, event: &Event, reason: Reason) -> IllegalTransition {
    let name = name.to_owned();
    let event = name_of(event);
    IllegalTransition {
        machine,
        name,
        event,
        reason,
    }
}

/// The event's name in the log, without what makes it special.
fn name_of(event: &Event) -> &'static str {
    match event {
        Event::RunStarted { .. } => "run-started",
        Event::RunResumed => "run-resumed",
        Event::StepStarted { .. } => "step-started",
        Event::PageDone { .. } => "page-done",
        Event::StepDone { .. } => "step-done",
        Event::StepFailed { .. } => "step-failed",
        Event::StepSkipped { .. } => "step-skipped",
        Event::CursorMoved { .. } => "cursor-moved",
        Event::EffectIntended(_) => "effect-intended",
        Event::EffectCalling { .. } => "effect-calling",
        Event::EffectProgress { .. } => "effect-progress",
        Event::EffectDone { .. } => "effect-done",
        Event::EffectFailed { .. } => "effect-failed",
        Event::EffectRetried { .. } => "effect-retried",
        Event::EffectInDoubt { .. } => "effect-in-doubt",
        Event::EffectSettled { .. } => "effect-settled",
        Event::EffectHeld { .. } => "effect-held",
        Event::EffectReleased { .. } => "effect-released",
        Event::EffectRefused { .. } => "effect-refused",
        Event::EffectAliased { .. } => "effect-aliased",
        Event::ReceiptUpdated { .. } => "receipt-updated",
        Event::RunDone { .. } => "run-done",
    }
}

/// The name of a run's end in the table of changes.
fn end_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "run-done: done",
        Outcome::Partial => "run-done: partial",
        Outcome::Failed => "run-done: failed",
        Outcome::Cancelled => "run-done: cancelled",
    }
}

/// A status for messages.
fn said(status: Option<impl std::fmt::Debug>) -> Reason {
    Reason::State(status.map_or("unknown".to_owned(), |status| {
        format!("{status:?}").to_lowercase()
    }))
}

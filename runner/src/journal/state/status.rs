//! The states of runs, steps and effects, and the table of every legal change between them. The code asks the table
//! and the diagram is drawn from it, so the two cannot differ.

use serde::{Deserialize, Serialize};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunStatus {
    /// Being executed, or cut off and to be resumed.
    Running,
    /// Every record is accounted for.
    Done,
    /// The same, but some effects failed or are in doubt.
    Partial,
    /// A step failed. It can be resumed.
    Failed,
    /// Stopped by a person. It can be resumed.
    Cancelled,
}

/// Where a step of a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepStatus {
    /// Begun.
    Running,
    /// Complete, with all its pages. Final.
    Done,
    /// Failed; its pages are kept.
    Failed,
    /// Not executed.
    Skipped,
    /// Cut off: the run ended or was taken up again while it was running. Its pages are kept.
    Stopped,
}

/// Where an effect stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectStatus {
    /// To be made; nothing has been called yet (or what was called certainly changed nothing).
    Intended,
    /// The plugin is being called. If the process dies now, it is in doubt.
    Calling,
    /// A call was answered and another one is to follow.
    InProgress,
    /// Published. Final.
    Done,
    /// Not published, and certain of it.
    Failed,
    /// Nobody knows. Only `find` or a person ends this.
    InDoubt,
    /// Waits for a person.
    Held,
    /// Must not go out.
    Refused,
}

impl EffectStatus {
    /// Still to be made by its run, which can't be over before.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Intended | Self::Calling | Self::InProgress)
    }
}

/// A legal change: from (none: not there yet), what happened, to.
pub(super) type Change<S> = (Option<S>, &'static str, S);

pub(super) const RUN: &[Change<RunStatus>] = {
    use RunStatus::*;
    &[
        (None, "run-started", Running),
        (Some(Running), "run-done: done", Done),
        (Some(Running), "run-done: partial", Partial),
        (Some(Running), "run-done: failed", Failed),
        (Some(Running), "run-done: cancelled", Cancelled),
        (Some(Running), "run-resumed", Running),
        (Some(Failed), "run-resumed", Running),
        (Some(Cancelled), "run-resumed", Running),
    ]
};

pub(super) const STEP: &[Change<StepStatus>] = {
    use StepStatus::*;
    &[
        (None, "step-started", Running),
        (None, "step-skipped", Skipped),
        (Some(Running), "page-done", Running),
        (Some(Running), "step-done", Done),
        (Some(Running), "step-failed", Failed),
        (Some(Running), "run-done", Stopped),
        (Some(Running), "run-resumed", Stopped),
        (Some(Failed), "step-started", Running),
        (Some(Stopped), "step-started", Running),
        (Some(Skipped), "step-started", Running),
        (Some(Skipped), "step-skipped", Skipped),
        (Some(Done), "cursor-moved", Done),
    ]
};

pub(super) const EFFECT: &[Change<EffectStatus>] = {
    use EffectStatus::*;
    &[
        (None, "effect-intended", Intended),
        (Some(Intended), "effect-calling", Calling),
        (Some(InProgress), "effect-calling", Calling),
        (Some(Calling), "effect-progress", InProgress),
        (Some(Calling), "effect-done", Done),
        (Some(Calling), "effect-failed", Failed),
        (Some(Calling), "effect-in-doubt", InDoubt),
        (Some(InDoubt), "effect-settled: posted", Done),
        (Some(InDoubt), "effect-settled: again", InProgress),
        (Some(InDoubt), "effect-settled: absent", Failed),
        (Some(Intended), "effect-failed", Failed),
        (Some(InProgress), "effect-failed", Failed),
        (Some(Held), "effect-failed", Failed),
        (Some(Failed), "effect-retried", Intended),
        (Some(Failed), "effect-retried with progress", InProgress),
        (Some(Refused), "effect-retried", Intended),
        (Some(Refused), "effect-retried with progress", InProgress),
        (Some(Intended), "effect-held", Held),
        (Some(InProgress), "effect-held", Held),
        (Some(Failed), "effect-held", Held),
        (Some(Held), "effect-released", Intended),
        (Some(Held), "effect-released with progress", InProgress),
        (Some(Intended), "effect-refused", Refused),
        (Some(Held), "effect-refused", Refused),
        (Some(Failed), "effect-refused", Refused),
        (Some(Done), "receipt-updated", Done),
    ]
};

/// Looks a change up. None: it is illegal.
pub(super) fn next<S: Copy + PartialEq>(
    table: &[Change<S>],
    from: Option<S>,
    what: &str,
) -> Option<S> {
    table
        .iter()
        .find(|(at, name, _)| *at == from && *name == what)
        .map(|(_, _, to)| *to)
}

/// The state machines of runs, steps and effects as Mermaid diagrams with their titles, drawn from the table that the
/// code itself asks.
pub fn mermaid() -> [(&'static str, String); 3] {
    let run = diagram(RUN, |status| !matches!(status, RunStatus::Running));
    let step = diagram(STEP, |status| matches!(status, StepStatus::Done));
    let effect = diagram(EFFECT, |status| matches!(status, EffectStatus::Done));
    [("Run", run), ("Step", step), ("Effect", effect)]
}

fn diagram<S: Copy + std::fmt::Debug>(table: &[Change<S>], ends: impl Fn(S) -> bool) -> String {
    let mut text = "stateDiagram-v2\n".to_owned();
    let mut ended = Vec::new();
    for (from, what, to) in table {
        let from = from.map_or("[*]".to_owned(), |from| format!("{from:?}"));
        let name = format!("{to:?}");
        // A second colon would end the label in Mermaid's grammar.
        let what = what.replace(": ", " ");
        text.push_str(&format!("    {from} --> {name} : {what}\n"));
        if ends(*to) && !ended.contains(&name) {
            ended.push(name);
        }
    }
    for name in ended {
        text.push_str(&format!("    {name} --> [*]\n"));
    }
    text
}

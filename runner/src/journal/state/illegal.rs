//! Why an event was refused.

/// Which machine refused an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Machine {
    Run,
    Step,
    Effect,
}

/// The rule that an event would have broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// There is no such run.
    #[error("there is no such run")]
    UnknownRun,
    /// There is no such effect.
    #[error("there is no such effect")]
    UnknownEffect,
    /// The state does not allow it.
    #[error("it is {0}")]
    State(String),
    /// The run is over.
    #[error("the run is over")]
    RunOver,
    /// The number of the event is not the next one.
    #[error("the event has number {found}, and {expected} is next")]
    Sequence {
        /// The next number.
        expected: u64,
        /// The event's.
        found: u64,
    },
    /// A page is missing or comes twice.
    #[error("page {found} came, and {expected} is next")]
    Page {
        /// The next page.
        expected: u32,
        /// The event's.
        found: u32,
    },
    /// The count of a step is not the sum of its pages.
    #[error("it counts {found} records, and its pages hold {expected}")]
    Count {
        /// The sum of the pages.
        expected: u64,
        /// The event's.
        found: u64,
    },
    /// A cursor that no page ended with.
    #[error("the cursor is not that of its last page")]
    Cursor,
    /// The run has effects that are still to be made.
    #[error("{0} effects are still to be made")]
    Pending(u64),
    /// The outcome would hide failed or doubtful effects.
    #[error("{failed} effects failed and {in_doubt} are in doubt")]
    Hidden {
        /// Effects that failed.
        failed: u64,
        /// Effects in doubt.
        in_doubt: u64,
    },
    /// The outcome would hide a step that is running or failed.
    #[error("step {0} is not done")]
    Unfinished(String),
    /// The effect belongs to another run by now.
    #[error("it belongs to run {0}")]
    NotOwner(String),
    /// A key or alias belongs to an effect already.
    #[error("the name {0} is taken")]
    Taken(String),
    /// The content can't change once a part of it is published.
    #[error("a part of it is published, so its content can't change")]
    PartlyPublished,
    /// The event came without what belongs to it, or by the wrong way.
    #[error("{0}")]
    Shape(&'static str),
}

/// An event that does not fit the state. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{event} is not possible for {}{name}: {reason}", match machine { Machine::Run => "run ", Machine::Step => "step ", Machine::Effect => "effect " })]
pub struct IllegalTransition {
    /// Which machine refused it.
    pub machine: Machine,
    /// The run's id, the step's id or the effect's key.
    pub name: String,
    /// What was asked.
    pub event: &'static str,
    /// Why not.
    pub reason: Reason,
}

//! The events of the journal: what happened, in words that stay readable. Each is stored as one JSON object with the
//! name of the event under `event` and keys in kebab case. An event says what happened and nothing else: what it means
//! is decided in `state`, and how it is kept in `sqlite`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Milliseconds since 1970-01-01T00:00:00Z, as in the plugins' contract.
pub type Instant = i64;

/// Why a step or an effect failed. The executor decides by the kind and never by the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureKind {
    /// The configuration is wrong.
    InvalidConfig,
    /// The content can't go out as it is.
    InvalidContent,
    /// The login is refused or expired.
    Auth,
    /// The network asked to come back later.
    RateLimited,
    /// Nothing was changed outside; trying again may help.
    Temporary,
    /// Nothing was changed outside; trying again will not help.
    Permanent,
    /// The host refused a capability.
    Denied,
    /// The plugin does not do that.
    Unsupported,
    /// The sandbox was left by a trap.
    Trap,
    /// A limit of memory, output, calls or the like was crossed.
    Limit,
    /// It took longer than allowed.
    Timeout,
    /// A person or a stop of the program ended it.
    Cancelled,
    /// It had been in doubt and is certainly not there: another try is allowed.
    NotThere,
    /// A fault of the host itself.
    Host,
}

/// A failure with its words for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Failure {
    /// What to do about it.
    pub kind: FailureKind,
    /// For people.
    pub message: String,
}

/// How a run ended. What it means for the cursors is told at [`Event::CursorMoved`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every record is accounted for, and no effect failed or is in doubt.
    Done,
    /// Every record is accounted for, but some effects failed or are in doubt: they wait in the store.
    Partial,
    /// It stopped at a failed step: records behind that step are not accounted for.
    Failed,
    /// A person stopped it.
    Cancelled,
}

impl Outcome {
    /// Whether every record that was fetched is accounted for, so that the sources' cursors may move.
    pub fn accounts_for_everything(self) -> bool {
        matches!(self, Self::Done | Self::Partial)
    }
}

/// One publication that is about to be made: what a claim writes down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Intent {
    /// The effect's key, the same for every try. Unique in the store, over all clients.
    pub key: String,
    /// Further names of the same effect, such as one made of the canonical link. Unique like keys, so they must
    /// contain (a digest of) the account.
    pub aliases: Vec<String>,
    /// The account that posts.
    pub account: String,
    /// The publish step.
    pub step: String,
    /// The post's id.
    pub post: String,
    /// What will be sent, exactly.
    pub composed: Value,
    /// Not to be sent before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Instant>,
}

/// What settled an effect that was in doubt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    tag = "found",
    rename_all_fields = "kebab-case"
)]
pub enum Finding {
    /// It is there, and complete.
    Posted {
        /// The proof.
        receipt: Value,
    },
    /// The call's change is there, and the publication goes on with further calls.
    Again(Progress),
    /// It is certainly not there. The effect is failed then ([`FailureKind::NotThere`]) and may be retried.
    Absent,
}

/// How far a publication of several calls has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Progress {
    /// Opaque, of the plugin.
    pub progress: String,
    /// The next call not before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Instant>,
    /// For people.
    #[serde(default)]
    pub note: String,
}

/// Something that happened in a run. The run, the time and the place in the log are in [`Logged`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "kebab-case"
)]
pub enum Event {
    /// A run began. Always its first event.
    RunStarted {
        /// The pipeline's lasting name.
        pipeline: String,
        /// Whose run it is.
        client: String,
        /// The digest of the plan that is executed.
        plan: String,
        /// What started it.
        trigger: Value,
    },
    /// A run that was cut off, failed or was cancelled goes on.
    RunResumed,
    /// A step began.
    StepStarted {
        /// Its id.
        step: String,
        /// For a source: the cursor at which it begins. Kept for replays.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Throw away the pages that an earlier try of this step left. Otherwise it goes on behind them.
        #[serde(default)]
        restart: bool,
    },
    /// A page of a step's output is complete. Its records are stored beside it.
    PageDone {
        /// The step's id.
        step: String,
        /// 0 for the first; without gaps.
        page: u32,
        /// Records in this page.
        count: u64,
        /// For a source: where to go on behind this page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cursor: Option<String>,
    },
    /// A step is complete, with all its pages.
    StepDone {
        /// The step's id.
        step: String,
        /// Records in all pages together; refused when it is not their sum.
        count: u64,
        /// For people.
        #[serde(default)]
        notes: Vec<String>,
    },
    /// A step failed. Its pages are kept.
    StepFailed {
        /// The step's id.
        step: String,
        /// Why.
        failure: Failure,
        /// The run goes on all the same (`continue-on-error`).
        #[serde(default)]
        tolerated: bool,
    },
    /// A step is not executed.
    StepSkipped {
        /// The step's id.
        step: String,
        /// For people.
        why: String,
    },
    /// Asks that the cursor of a source move to the end of this step's last page. The move is only noted; it becomes
    /// effective in the same transaction as a [`Event::RunDone`] whose outcome accounts for every record, and is
    /// dropped with any other outcome: the next run fetches the same records again, and the effects' keys keep what
    /// went out from going out twice. A run never moves a cursor that a run begun later has moved.
    CursorMoved {
        /// The source step, which must be done.
        step: String,
        /// The name under which the pipeline keeps this cursor. Should change when the step reads something else
        /// (another URL), so that an old cursor is not applied to a new source.
        source: String,
        /// Must be the cursor of the step's last page.
        cursor: String,
    },
    /// An effect will be made: the first event of each effect. Written by a claim only.
    EffectIntended(Intent),
    /// The plugin is about to be called. Flushed before the call: from here until the answer is journaled, nobody
    /// knows whether the change was made.
    EffectCalling {
        /// The effect.
        key: String,
    },
    /// The call answered that it goes on with another call.
    EffectProgress {
        /// The effect.
        key: String,
        /// For the next call.
        #[serde(flatten)]
        progress: Progress,
    },
    /// It is published.
    EffectDone {
        /// The effect.
        key: String,
        /// The proof.
        receipt: Value,
    },
    /// Nothing was changed by the last call, or no call was made.
    EffectFailed {
        /// The effect.
        key: String,
        /// Why.
        failure: Failure,
    },
    /// Another try of an effect that failed or was refused: it belongs to this run from now on. Progress is kept.
    EffectRetried {
        /// The effect.
        key: String,
        /// New content, where nothing was published yet; the old is kept when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        composed: Option<Value>,
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Instant>,
    },
    /// Nobody knows whether the last call changed anything.
    EffectInDoubt {
        /// The effect.
        key: String,
        /// For people.
        why: String,
    },
    /// The doubt is over.
    EffectSettled {
        /// The effect.
        key: String,
        /// `find`, or the person who said so.
        by: String,
        /// What is known now.
        finding: Finding,
    },
    /// A person must say yes first.
    EffectHeld {
        /// The effect.
        key: String,
        /// For people.
        why: String,
    },
    /// A held effect may go: it belongs to this run from now on.
    EffectReleased {
        /// The effect.
        key: String,
        /// Who said so.
        by: String,
        /// Not before this time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_before: Option<Instant>,
    },
    /// It must not go out: the network's check, a rule or a person refused it.
    EffectRefused {
        /// The effect.
        key: String,
        /// The violations.
        reasons: Value,
    },
    /// Further names of an effect became known.
    EffectAliased {
        /// The effect.
        key: String,
        /// Those that are new.
        aliases: Vec<String>,
    },
    /// The receipt of a published effect became more exact: a person handed in the link.
    ReceiptUpdated {
        /// The effect.
        key: String,
        /// The whole new receipt.
        receipt: Value,
        /// Who or what said so.
        by: String,
    },
    /// The run is over. Refused while one of its effects is still to be made.
    RunDone {
        /// How.
        outcome: Outcome,
    },
}

impl Event {
    /// The effect that it is about.
    pub fn effect(&self) -> Option<&str> {
        match self {
            Self::EffectIntended(intent) => Some(&intent.key),
            Self::EffectCalling { key }
            | Self::EffectProgress { key, .. }
            | Self::EffectDone { key, .. }
            | Self::EffectFailed { key, .. }
            | Self::EffectRetried { key, .. }
            | Self::EffectInDoubt { key, .. }
            | Self::EffectSettled { key, .. }
            | Self::EffectHeld { key, .. }
            | Self::EffectReleased { key, .. }
            | Self::EffectRefused { key, .. }
            | Self::EffectAliased { key, .. }
            | Self::ReceiptUpdated { key, .. } => Some(key),
            _ => None,
        }
    }

    /// The step that it is about.
    pub fn step(&self) -> Option<&str> {
        match self {
            Self::StepStarted { step, .. }
            | Self::PageDone { step, .. }
            | Self::StepDone { step, .. }
            | Self::StepFailed { step, .. }
            | Self::StepSkipped { step, .. }
            | Self::CursorMoved { step, .. } => Some(step),
            _ => None,
        }
    }

    /// Whether losing it in a power cut could make a promise false, so that it is always flushed.
    pub fn must_be_flushed(&self) -> bool {
        matches!(
            self,
            Self::EffectCalling { .. }
                | Self::EffectProgress { .. }
                | Self::EffectDone { .. }
                | Self::EffectFailed { .. }
                | Self::EffectInDoubt { .. }
                | Self::EffectSettled { .. }
                | Self::ReceiptUpdated { .. }
                | Self::RunDone { .. }
        )
    }
}

/// An event with its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Logged {
    /// The run.
    pub run: String,
    /// 0 for the run's first event; without gaps.
    pub seq: u64,
    /// When it was journaled.
    pub at: Instant,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

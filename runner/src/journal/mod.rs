//! The journal: what happened, what follows from it, and how both are kept.
//!
//! `event` names what can happen, `state` says purely what follows, `store` is the one trait that the rest of the
//! program sees, and `sqlite` keeps it all in one file. Nothing here calls a plugin, reads a clock or decides what to
//! do next.

pub mod error;
pub mod event;
pub mod sqlite;
pub mod state;
pub mod store;

pub use error::{Result, StoreError};
pub use event::{Event, Failure, FailureKind, Finding, Instant, Intent, Logged, Outcome, Progress};
pub use sqlite::{Options, SqliteStore, Verified};
pub use state::{
    EffectCounts, EffectState, EffectStatus, IllegalTransition, Reason, RunState, RunStatus,
    StepState, StepStatus, mermaid,
};
pub use store::{
    Answer, Batch, Claim, Claimed, Durability, EffectFilter, Entry, Facts, KvWrite, Page, Resumed,
    RunFilter, Store, Then,
};

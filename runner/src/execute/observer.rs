//! Who watches a run: the terminal, the log of `serve`, a test. Watching changes nothing.

use super::deliver::Delivered;

/// Something that a person may want to see while it happens.
#[derive(Debug, Clone)]
pub enum Progress<'a> {
    /// A step begins.
    StepStarted {
        /// Its id.
        step: &'a str,
        /// What it does, such as `feed/fetch`.
        what: &'a str,
    },
    /// Records that a step has put out so far.
    Records {
        /// The step.
        step: &'a str,
        /// So many.
        count: u64,
    },
    /// One post for one account.
    Post {
        /// The account.
        account: &'a str,
        /// The post's title or the beginning of its text.
        title: &'a str,
        /// What became of it.
        delivered: &'a Delivered,
    },
    /// A step is over.
    StepDone {
        /// Its id.
        step: &'a str,
        /// Records that it has put out.
        count: u64,
        /// For people.
        notes: &'a [String],
    },
    /// A step is not executed.
    StepSkipped {
        /// Its id.
        step: &'a str,
        /// Why.
        why: &'a str,
    },
    /// A step failed.
    StepFailed {
        /// Its id.
        step: &'a str,
        /// Why.
        why: &'a str,
    },
}

/// Watches a run.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn progress(&self, progress: &Progress<'_>);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {
    fn progress(&self, _progress: &Progress<'_>) {}
}

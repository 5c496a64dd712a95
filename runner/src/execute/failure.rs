//! From what went wrong in a call to what the journal keeps and what the executor does about it.

use std::time::Duration;

use crate::contract::types::Error;
use crate::engine::CallError;
use crate::journal::{Failure, FailureKind};

/// The journal's form of a failed call.
#[must_use]
pub(super) fn failure(error: &CallError) -> Failure {
    let kind = match error {
        CallError::Plugin(error) => match error {
            Error::InvalidConfig(_) => FailureKind::InvalidConfig,
            Error::InvalidContent(_) => FailureKind::InvalidContent,
            Error::Auth(_) => FailureKind::Auth,
            Error::RateLimited(_) => FailureKind::RateLimited,
            Error::Temporary(_) => FailureKind::Temporary,
            // Outside of publishing nothing can be in doubt; there it is handled before.
            Error::Permanent(_) | Error::InDoubt(_) => FailureKind::Permanent,
            Error::Denied(_) => FailureKind::Denied,
            Error::Unsupported(_) => FailureKind::Unsupported,
        },
        CallError::Limit(_) => FailureKind::Limit,
        CallError::Trap(_) | CallError::Broken => FailureKind::Trap,
        CallError::Missing(_) => FailureKind::Unsupported,
    };
    Failure {
        kind,
        message: error.to_string(),
    }
}

/// How often and how long to wait before a call that changed nothing is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Further tries after the first.
    pub times: u32,
    /// Before the second try; doubled for each further one.
    pub wait: Duration,
}

impl RetryPolicy {
    /// Longest wait that a run makes by itself; what asks for more ends the try, and the next run takes it up.
    pub const LONGEST: Duration = Duration::from_secs(15 * 60);

    /// When to try again after `tried` failed tries, in milliseconds since 1970; none when it is over.
    #[must_use]
    pub fn next(&self, error: &CallError, tried: u32, now: i64) -> Option<i64> {
        if tried > self.times {
            return None;
        }
        let until = match error {
            CallError::Plugin(Error::RateLimited(wait)) => wait.until.max(now),
            CallError::Plugin(Error::Temporary(_)) => now.saturating_add(self.backoff(tried)),
            _ => return None,
        };
        (until.saturating_sub(now) <= i64::try_from(Self::LONGEST.as_millis()).unwrap_or(i64::MAX))
            .then_some(until)
    }

    fn backoff(&self, tried: u32) -> i64 {
        let factor = 1u32
            .checked_shl(tried.saturating_sub(1))
            .unwrap_or(u32::MAX);
        i64::try_from(self.wait.saturating_mul(factor).as_millis()).unwrap_or(i64::MAX)
    }
}

//! Time as a capability of the host: the only module that asks the system for it or waits for it.

use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

/// A wait for a point in time.
pub type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Tells the time and waits for it.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    fn now(&self) -> i64;

    /// Returns when it is `at` or later.
    fn sleep_until(&self, at: i64) -> Wait<'_>;
}

/// The system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

/// A sleep looks at the clock again after so long, since a suspended machine's timers stand still and its clock is set.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(past) => i64::try_from(past.as_millis()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
        }
    }

    fn sleep_until(&self, at: i64) -> Wait<'_> {
        Box::pin(async move {
            loop {
                let left = at.saturating_sub(self.now());
                let Ok(left) = u64::try_from(left) else {
                    return;
                };
                if left == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(left).min(LOOK_AGAIN)).await;
            }
        })
    }
}

/// A clock that moves only when it is told to.
#[derive(Debug)]
pub struct ManualClock(watch::Sender<i64>);

impl ManualClock {
    /// Starts at `now`, in milliseconds since 1970.
    #[must_use]
    pub fn at(now: i64) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Moves on by so many milliseconds and wakes who waited for it.
    pub fn advance(&self, milliseconds: u32) {
        self.0.send_modify(|now| *now += i64::from(milliseconds));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> i64 {
        *self.0.borrow()
    }

    fn sleep_until(&self, at: i64) -> Wait<'_> {
        Box::pin(async move {
            let mut seen = self.0.subscribe();
            // The sender lives as long as `self`.
            let _ = seen.wait_for(|now| *now >= at).await;
        })
    }
}

//! A wish to stop: nothing new begins, what is in flight is finished, the run stays resumable.

use tokio::sync::watch;

/// Tells everybody that it is time to stop.
#[derive(Debug, Clone)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    /// Asks to stop.
    pub fn request(&self) {
        self.0.send_replace(true);
    }

    /// True once it was asked.
    #[must_use]
    pub fn requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for the wish.
    pub async fn wait(&self) {
        let mut seen = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = seen.wait_for(|asked| *asked).await;
    }
}

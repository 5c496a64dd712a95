//! Who counts: the account's network. A rule never knows how.

use staffetta_plugin::{Measured, Result};

/// One account's network.
pub trait Meter {
    /// How long `text` is in `field`, and up to where it fits.
    ///
    /// # Errors
    /// As the network's plugin answers; nothing can be said of the post then.
    fn measure(&self, field: &str, text: &str) -> Result<Measured>;
}

/// True when all of `text` fits. `fits` decides and not `length`, because a network may have a second limit that
/// `length` does not show.
#[must_use]
pub fn all_fits(measured: &Measured, text: &str) -> bool {
    measured.fits as usize >= text.len()
}

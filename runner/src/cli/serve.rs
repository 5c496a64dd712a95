//! `staffetta serve`: waits for triggers and runs what they start.

use super::args::Global;
use super::output::Output;
use super::{Outcome, Result};

pub(super) fn run(_global: &Global, _quiet: u64, _output: &Output) -> Result {
    Ok(Outcome::Done)
}

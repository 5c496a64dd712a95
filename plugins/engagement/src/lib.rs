//! The metric `engagement/compute`: how many posts each account put out, how often people engaged with them, and the rate
//! by followers. It computes from records that came before and asks nobody; what is not known stays unknown.

pub mod account;
pub mod report;
pub mod tally;

#[cfg(test)]
#[allow(clippy::panic)]
mod tests;

use std::cell::RefCell;

use staffetta_plugin::{Error, Metric, Record, Result, clock};

use crate::report::report;
use crate::tally::{Config, Tally};

thread_local! {
    // One instance serves one computation, so one state is enough.
    static STATE: RefCell<Option<Tally>> = const { RefCell::new(None) };
}

/// The plugin.
pub struct Engagement;

impl Metric for Engagement {
    fn begin(operation: String, json: String) -> Result<()> {
        if operation != "compute" {
            return Err(Error::Unsupported(format!(
                "there is no engagement/{operation}"
            )));
        }
        let config: Config = staffetta_plugin::config(&json)?;
        STATE.set(Some(Tally::new(&config)));
        Ok(())
    }

    fn push(records: Vec<Record>) -> Result<()> {
        STATE.with_borrow_mut(|state| {
            let tally = state.as_mut().ok_or_else(not_begun)?;
            records.iter().for_each(|record| tally.add(record));
            Ok(())
        })
    }

    fn finish() -> Result<Vec<Record>> {
        let tally = STATE.take().ok_or_else(not_begun)?;
        Ok(report(&tally, clock::now()))
    }
}

fn not_begun() -> Error {
    Error::Permanent("the computation was not begun".into())
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Engagement: metric);

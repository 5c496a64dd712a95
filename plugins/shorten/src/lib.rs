//! The rule `shorten/fit`: makes each post fit the network of each account, by the network's own count. Only `Imported`
//! below calls the host; everything else is pure and runs in native tests.

pub mod config;
pub mod cut;
pub mod layout;
pub mod meter;
pub mod numbers;
pub mod rule;
pub mod sentence;
pub mod text;
pub mod thread;
pub mod word;

mod abbreviations;
#[cfg(test)]
#[allow(clippy::panic)]
mod examples;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod properties;
mod wanted;

use std::collections::BTreeMap;

use staffetta_plugin::exports::rule::{Outcome, Subject};
use staffetta_plugin::{Error, Measured, PostLimits, Result, Rule, target};

use crate::config::Config;
use crate::meter::Meter;

/// The account's network, asked through the host.
struct Imported<'a>(&'a str);

impl Meter for Imported<'_> {
    fn measure(&self, field: &str, text: &str) -> Result<Measured> {
        target::measure(self.0, field, text)
    }
}

/// The plugin.
pub struct Shorten;

impl Rule for Shorten {
    fn apply(operation: String, json: String, subjects: Vec<Subject>) -> Result<Vec<Outcome>> {
        if operation != "fit" {
            return Err(Error::Unsupported(format!(
                "there is no shorten/{operation}"
            )));
        }
        let config: Config = staffetta_plugin::config(&json)?;
        // Every question crosses the sandbox, and an account's limits are the same for all its posts.
        let mut known: BTreeMap<String, PostLimits> = BTreeMap::new();
        let mut outcomes = Vec::with_capacity(subjects.len());
        for Subject { post, account } in subjects {
            let Some(account) = account else {
                // A post for nobody in particular has no limit yet.
                outcomes.push(rule::unchanged(post));
                continue;
            };
            if !known.contains_key(&account) {
                known.insert(account.clone(), target::limits(&account)?);
            }
            let Some(limits) = known.get(&account) else {
                continue;
            };
            outcomes.push(rule::fit(
                &config,
                limits,
                &account,
                &Imported(&account),
                post,
            )?);
        }
        Ok(outcomes)
    }
}

// The exported names mean something to WebAssembly only.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Shorten: rule);

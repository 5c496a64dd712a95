//! The stream of records, sorted by account. What is kept grows with the number of accounts and not with that of the
//! records.

use std::collections::BTreeMap;

use staffetta_plugin::Record;
use staffetta_plugin::serde::Deserialize;

use crate::account::Account;

/// The step's `with`. The host has filled in the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", deny_unknown_fields)]
pub struct Config {
    /// The names of the figures that are engagements, as network plugins call them.
    pub engagements: Vec<String>,
}

/// Everything known so far.
#[derive(Debug, Default)]
pub struct Tally {
    names: Vec<String>,
    /// By the account's name.
    pub accounts: BTreeMap<String, Account>,
    /// Measurements of posts that name no account.
    pub homeless: u64,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let mut names = config.engagements.clone();
        names.sort();
        names.dedup();
        Self {
            names,
            ..Self::default()
        }
    }

    /// Takes one record. Records that are about no account are passed over.
    pub fn add(&mut self, record: &Record) {
        match record {
            Record::Receipt(receipt) => self.of(&receipt.account).receipt(receipt),
            Record::Adapted(variant) => self.of(&variant.account).variant(variant),
            Record::Measurement(measurement) => match &measurement.about.account {
                Some(account) => {
                    let names = std::mem::take(&mut self.names);
                    self.of(account).measurement(measurement, &names);
                    self.names = names;
                }
                None => self.homeless += 1,
            },
            Record::Post(_)
            | Record::Interaction(_)
            | Record::Profile(_)
            | Record::Table(_)
            | Record::Json(_) => {}
        }
    }

    fn of(&mut self, account: &str) -> &mut Account {
        if !self.accounts.contains_key(account) {
            self.accounts.insert(account.into(), Account::default());
        }
        self.accounts.entry(account.into()).or_default()
    }
}

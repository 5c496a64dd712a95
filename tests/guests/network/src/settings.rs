//! An account's `with`, with the defaults that the host filled in.

use std::collections::BTreeMap;

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{Account, Result, config};

#[derive(Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub struct Settings {
    pub server: Option<String>,
    pub secret: Option<String>,
    pub publish: String,
    pub find: String,
    pub repeat: String,
    pub wait_ms: i64,
    pub learn: bool,
    pub limit: u32,
    pub title_limit: Option<u32>,
    pub max_parts: u32,
    pub max_tags: Option<u32>,
    pub links: String,
    pub likes: Option<f64>,
    pub followers: Option<f64>,
    pub interactions: u32,
    pub people: BTreeMap<String, String>,
}

impl Settings {
    pub fn of(account: &Account) -> Result<Self> {
        config(&account.settings)
    }

    /// A behaviour such as `again:3`: its name and its number, 0 without one.
    pub fn split(behaviour: &str) -> (&str, u64) {
        match behaviour.split_once(':') {
            Some((name, number)) => (name, number.parse().unwrap_or(0)),
            None => (behaviour, 0),
        }
    }
}

//! LinkedIn as a Staffetta network: limits, its escaped text, the exact share and what the network would refuse.
//!
//! Everything is pure. It does not publish.

mod check;
mod compose;
use staffetta_plugin::fit;
mod little;
use staffetta_plugin::media;
mod settings;
#[cfg(test)]
mod tests;

use staffetta_plugin::{
    Account, Composed, Measured, Network, Post, PostLimits, Result, Violation, text,
};

use crate::settings::Known;

/// The network's name in `accounts` and in a post's mentions.
const NETWORK: &str = "linkedin";

/// What is counted: UTF-16 units of the text as people see it, without escapes. LinkedIn does not say; of the ways that
/// other clients count, this one never gives less.
const UNIT: &str = "characters (UTF-16)";

fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The plugin.
#[derive(Debug)]
pub struct LinkedIn;

impl Network for LinkedIn {
    fn learn(_account: Account) -> Result<Option<String>> {
        Ok(None)
    }

    fn limits(account: Account) -> Result<PostLimits> {
        Ok(Known::of(&account)?.limits())
    }

    fn measure(account: Account, field: String, text: String) -> Result<Measured> {
        let known = Known::of(&account)?;
        let limit = match field.as_str() {
            "text" | "commentary" => known.facts.count("text"),
            _ => None,
        };
        let fits = fit::fits(&text, &text::tokens(&text), limit, units) as u32;
        Ok(Measured {
            length: units(&text),
            limit,
            unit: UNIT.into(),
            fits,
        })
    }

    fn compose(account: Account, post: Post) -> Result<Composed> {
        Ok(compose::compose(&Known::of(&account)?, &post))
    }

    fn check(account: Account, composed: Composed) -> Result<Vec<Violation>> {
        Ok(check::check(&Known::of(&account)?, &composed))
    }
}

// Only a component has the exports; a native test links without them.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(LinkedIn: network);

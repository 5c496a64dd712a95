//! X as a Staffetta network: limits, counting as its own library counts, the exact posts and what it would refuse.
//!
//! Everything is pure. It does not publish.

mod check;
mod compose;
mod count;
mod domain;
mod emoji;
mod entities;
use staffetta_plugin::media;
#[cfg(test)]
mod oracle;
mod settings;
#[cfg(test)]
mod tests;
mod thread;
mod urls;

use staffetta_plugin::{
    Account, Composed, Measured, Network, Post, PostLimits, Result, Violation, text,
};

use crate::settings::Known;

/// The network's name in `accounts` and in a post's mentions.
const NETWORK: &str = "x";
/// What a text is counted in.
const UNIT: &str = "weighted characters";

/// The plugin.
#[derive(Debug)]
pub struct X;

impl Network for X {
    fn learn(_account: Account) -> Result<Option<String>> {
        Ok(None)
    }

    fn limits(account: Account) -> Result<PostLimits> {
        Ok(Known::of(&account)?.limits())
    }

    fn measure(account: Account, field: String, text: String) -> Result<Measured> {
        let known = Known::of(&account)?;
        let characters = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let (count, limit, unit): (fn(&str) -> u32, _, _) = match field.as_str() {
            "text" => (count::length, known.limit(), UNIT),
            field if field.ends_with("alt") => (characters, known.facts.count("alt"), "characters"),
            _ => (text::graphemes, None, "graphemes"),
        };
        let fits = count::fits(&text, &count::unbreakable(&text), limit, count);
        Ok(Measured {
            length: count(&text),
            limit,
            unit: unit.into(),
            fits: fits as u32,
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
staffetta_plugin::plugin!(X: network);

//! Pinterest as a Staffetta network: limits, the exact pin and what the network would refuse.
//!
//! Everything is pure. It does not publish.

mod check;
mod compose;
use staffetta_plugin::fit;
use staffetta_plugin::media;
mod settings;
#[cfg(test)]
mod tests;

use staffetta_plugin::{
    Account, Composed, Measured, Network, Post, PostLimits, Result, Violation, text,
};

use crate::settings::Known;

/// What is counted. The API description gives JSON Schema lengths, and those are in Unicode characters.
const UNIT: &str = "characters";

fn characters(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// The plugin.
#[derive(Debug)]
pub struct Pinterest;

impl Network for Pinterest {
    fn learn(_account: Account) -> Result<Option<String>> {
        Ok(None)
    }

    fn limits(account: Account) -> Result<PostLimits> {
        Ok(Known::of(&account)?.limits())
    }

    fn measure(account: Account, field: String, text: String) -> Result<Measured> {
        let known = Known::of(&account)?;
        let key = match field.as_str() {
            "description" => "text",
            field if field.ends_with("alt") => "alt",
            field => field,
        };
        let limit = match key {
            "text" | "title" | "link" | "alt" => known.facts.count(key),
            _ => None,
        };
        // Nothing is clickable here, but a link or tag cut in two would still be nonsense to a reader.
        let fits = fit::fits(&text, &text::tokens(&text), limit, characters) as u32;
        Ok(Measured {
            length: characters(&text),
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
staffetta_plugin::plugin!(Pinterest: network);

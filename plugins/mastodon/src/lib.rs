//! Mastodon as a Staffetta network: the server's own limits, counting as it counts, the exact posts and what it would
//! refuse.
//!
//! Everything but `learn` is pure. It does not publish.

mod check;
mod compose;
mod count;
mod entities;
use staffetta_plugin::fit;
mod learn;
use staffetta_plugin::media;
mod settings;
#[cfg(test)]
mod tests;

use staffetta_plugin::{
    Account, Composed, Error, Measured, Network, Post, PostLimits, Request, Result, Violation,
    clock, expect_status, serde_json, text,
};

use crate::settings::Known;

/// The network's name in `accounts` and in a post's mentions.
const NETWORK: &str = "mastodon";
/// What a text is counted in.
const UNIT: &str = "graphemes";

/// The plugin.
#[derive(Debug)]
pub struct Mastodon;

impl Network for Mastodon {
    fn learn(account: Account) -> Result<Option<String>> {
        const WHAT: &str = "reading the server's limits";
        let known = Known::of(&account)?;
        let address = |version: u8| {
            format!(
                "{}/api/v{version}/instance",
                known.settings.server.trim_end_matches('/')
            )
        };
        let mut url = address(2);
        let mut answer = Request::new(WHAT, "GET", &url).answer()?;
        // Servers older than 4.0 tell it at the older address.
        if answer.status == 404 {
            url = address(1);
            answer = Request::new(WHAT, "GET", &url).answer()?;
        }
        let answer = expect_status(WHAT, answer)?;
        let json = serde_json::from_slice(&answer.body)
            .map_err(|error| Error::Temporary(format!("{WHAT}: the answer is no JSON: {error}")))?;
        Ok(learn::facts(&json, &url, &learn::month(clock::now())).map(|facts| facts.to_string()))
    }

    fn limits(account: Account) -> Result<PostLimits> {
        Ok(Known::of(&account)?.limits())
    }

    fn measure(account: Account, field: String, text: String) -> Result<Measured> {
        let known = Known::of(&account)?;
        let spans = entities::find(&text);
        let measured = |count: &dyn Fn(&str) -> u32, limit: Option<u32>, unit: &str| Measured {
            length: count(&text),
            limit,
            unit: unit.into(),
            fits: fit::fits(&text, &spans, limit, count) as u32,
        };
        Ok(match field.as_str() {
            "text" => {
                let limit = known
                    .limit()
                    .map(|limit| limit.saturating_sub(known.warning()));
                measured(&|text| known.length(text), limit, UNIT)
            }
            field if field.ends_with("alt") => {
                let count = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                measured(&count, known.facts.count("alt"), "characters")
            }
            _ => measured(&text::graphemes, None, "graphemes"),
        })
    }

    fn compose(account: Account, post: Post) -> Result<Composed> {
        Ok(compose::compose(&account, &Known::of(&account)?, &post))
    }

    fn check(account: Account, composed: Composed) -> Result<Vec<Violation>> {
        Ok(check::check(&Known::of(&account)?, &composed))
    }
}

// Only a component has the exports; a native test links without them.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Mastodon: network);

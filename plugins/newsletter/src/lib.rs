//! A newsletter as a Staffetta network: any mail service, seen from the content's side. Subject, preheader, the exact
//! HTML and text parts, and what readers would see of them.
//!
//! Everything is pure. It does not send.

mod check;
mod compose;
mod content;
use staffetta_plugin::fit;
mod heading;
mod mail;
use staffetta_plugin::media;
mod settings;
#[cfg(test)]
mod tests;

use staffetta_plugin::{
    Account, Composed, Measured, Network, Post, PostLimits, Result, Violation, text,
};

use crate::settings::Known;

/// What is counted.
const UNIT: &str = "graphemes";

/// The plugin.
#[derive(Debug)]
pub struct Newsletter;

impl Network for Newsletter {
    fn learn(_account: Account) -> Result<Option<String>> {
        Ok(None)
    }

    fn limits(account: Account) -> Result<PostLimits> {
        Ok(Known::of(&account)?.limits())
    }

    fn measure(account: Account, field: String, text: String) -> Result<Measured> {
        let known = Known::of(&account)?;
        let limit = match field.as_str() {
            "subject" | "preheader" => known.facts.count(&field),
            _ => None,
        };
        let fits = fit::fits(&text, &text::tokens(&text), limit, text::graphemes) as u32;
        Ok(Measured {
            length: text::graphemes(&text),
            limit,
            unit: UNIT.into(),
            fits,
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
staffetta_plugin::plugin!(Newsletter: network);

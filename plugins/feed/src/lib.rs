//! A source plugin: the entries of RSS, Atom and JSON feeds as posts.
//!
//! The modules go one way: bytes → `encoding` → `xml` or `jsonfeed` → `rss`, `atom` → `entry` → `post`; `document` reads
//! a whole feed with them, `fetch` decides what is new and `cursor` remembers it. This file only wires them to the host.

pub mod absolute;
pub mod atom;
mod call;
pub mod cursor;
pub mod date;
mod date_words;
pub mod document;
pub mod encoding;
pub mod entry;
pub mod fetch;
pub mod flow;
pub mod html;
pub mod jsonfeed;
pub mod link;
mod markup;
pub mod media;
pub mod mediarss;
mod outside;
pub mod post;
pub mod rss;
pub mod webpage;
pub mod xml;

use std::cell::RefCell;

use serde::Deserialize;
use staffetta_plugin::exports::source::Trigger;
use staffetta_plugin::types::{ConfigError, Error, Page};

/// A step's `with`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    #[serde(default)]
    url: Option<String>,
    /// A feed's file in the project, instead of an address.
    #[serde(default)]
    file: Option<String>,
    /// A folder with the files that the feed's media name, by their last part.
    #[serde(default)]
    media: Option<String>,
    max_age: Option<String>,
    /// Entries in one run.
    #[serde(default)]
    pub limit: Option<u32>,
}

impl Config {
    /// The feed's address, without what browsers keep to themselves; or its file's path.
    #[must_use]
    pub fn feed(&self) -> &str {
        match (&self.url, &self.file) {
            (Some(url), _) => url.trim().split('#').next().unwrap_or_default(),
            (None, file) => file.as_deref().unwrap_or_default(),
        }
    }

    /// `max-age` in milliseconds.
    ///
    /// # Errors
    /// `invalid-config` when it is not a number with `h`, `d` or `w`.
    pub fn max_age_ms(&self) -> Result<Option<i64>, Error> {
        let Some(written) = self.max_age.as_deref() else {
            return Ok(None);
        };
        let hours = [('h', 1), ('d', 24), ('w', 168)]
            .iter()
            .find_map(|(unit, hours)| {
                written
                    .strip_suffix(*unit)?
                    .parse::<u32>()
                    .ok()
                    .map(|count| i64::from(count) * hours)
            });
        hours.map(|hours| Some(hours * 3_600_000)).ok_or_else(|| {
            let message = format!("`{written}` is not a time such as 48h, 30d or 8w");
            Error::InvalidConfig(ConfigError {
                pointer: "/max-age".into(),
                message,
            })
        })
    }
}

/// The plugin.
#[derive(Debug)]
pub struct Feed;

thread_local! {
    /// An instance serves one step: the next page of the same document need not be read again.
    static FETCHER: RefCell<fetch::Fetcher<outside::Host>> = RefCell::new(fetch::Fetcher::new(outside::Host));
}

impl staffetta_plugin::Source for Feed {
    fn fetch(
        operation: String,
        config: String,
        _trigger: Trigger,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<Page, Error> {
        if operation != "fetch" {
            return Err(Error::Unsupported(format!("feed/{operation}")));
        }
        let config: Config = staffetta_plugin::config(&config)?;
        let page =
            FETCHER.with_borrow_mut(|fetcher| fetcher.fetch(&config, cursor.as_deref(), limit))?;
        Ok(match &config.media {
            Some(folder) => outside::with_media(page, folder),
            None => page,
        })
    }
}

// Elsewhere a linker can't take the names of the exports, and tests need none.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Feed: source);

//! A source plugin: Markdown files with YAML front matter as posts.
//!
//! The modules go one way: `front` cuts a file into front matter and text, `yaml` and `fields` read the first, `body` the
//! second, `pictures` opens what both name, `post` puts all together, and `read` goes from file to file. This file only
//! wires them to the host.

pub mod body;
pub mod date;
pub mod fields;
pub mod flow;
pub mod front;
pub mod inline_html;
mod outside;
pub mod pictures;
pub mod post;
pub mod read;
mod values;
pub mod yaml;

use serde::Deserialize;
use staffetta_plugin::exports::source::Trigger;
use staffetta_plugin::types::{Error, Page};

/// A step's `with`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Relative to the project.
    pub folder: Option<String>,
    /// A glob.
    #[serde(default = "markdown_files")]
    pub files: String,
}

fn markdown_files() -> String {
    "**/*.md".into()
}

/// The plugin.
#[derive(Debug)]
pub struct Markdown;

impl staffetta_plugin::Source for Markdown {
    fn fetch(
        operation: String,
        config: String,
        trigger: Trigger,
        cursor: Option<String>,
        limit: u32,
    ) -> Result<Page, Error> {
        if operation != "read" {
            return Err(Error::Unsupported(format!("markdown/{operation}")));
        }
        let config: Config = staffetta_plugin::config(&config)?;
        read::page(&outside::Host, &config, &trigger, cursor.as_deref(), limit)
    }
}

// Elsewhere a linker can't take the names of the exports, and tests need none.
#[cfg(target_family = "wasm")]
staffetta_plugin::plugin!(Markdown: source);

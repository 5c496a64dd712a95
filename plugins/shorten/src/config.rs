//! The step's `with`. The host has checked it against the manifest's schema and filled in the defaults; the defaults
//! here are the same, for calls from elsewhere.

use staffetta_plugin::serde::Deserialize;

/// What a text that does not fit becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub enum Strategy {
    /// Its first whole sentences; by words where not even one sentence fits.
    Sentence,
    /// Its first whole words.
    Word,
    /// All of it, in several posts, where the network has threads; else as `Sentence`.
    Thread,
}

/// Whether something is written into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub enum Into {
    /// Where it does something there.
    Auto,
    /// Nowhere.
    Never,
    /// Everywhere.
    Always,
}

/// The step's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", deny_unknown_fields, default)]
pub struct Config {
    /// How to shorten.
    pub strategy: Strategy,
    /// Put where a text was cut inside a sentence.
    pub ellipsis: String,
    /// The post's link in the text.
    pub link: Into,
    /// The post's tags in the text.
    pub tags: Into,
    /// Whether each part of a thread ends in its number.
    pub numbered: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            strategy: Strategy::Sentence,
            ellipsis: "…".into(),
            link: Into::Auto,
            tags: Into::Auto,
            numbered: false,
        }
    }
}

//! An account's settings, a post's own choices, and the server's figures with the limits that follow from them.

use serde_json::{Map, Value};
use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    Account, Facts, LinkPlace, MediaKind, Post, PostLimits, Result, config, serde_json,
};

use crate::{UNIT, count};

/// The account's `with`.
#[derive(Debug, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub(crate) struct Settings {
    pub server: String,
    #[serde(flatten)]
    pub choices: Choices,
    #[serde(default = "yes")]
    pub link: bool,
    #[serde(default = "yes")]
    pub tags: bool,
}

fn yes() -> bool {
    true
}

/// What a post can have its own of.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case", default)]
pub(crate) struct Choices {
    pub visibility: String,
    pub sensitive: bool,
    pub spoiler_text: String,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            visibility: "public".into(),
            sensitive: false,
            spoiler_text: String::new(),
        }
    }
}

impl Choices {
    /// The account's choices, with those of the post's own fields that can be read over them.
    pub(crate) fn of(&self, post: &Post, notes: &mut Vec<String>) -> Self {
        let extra: Map<String, Value> = serde_json::from_str(&post.extra).unwrap_or_default();
        let mut made = self.clone();
        match extra.get("visibility").map(Value::as_str) {
            Some(Some(own)) if ["public", "unlisted", "private", "direct"].contains(&own) => {
                made.visibility = own.into();
            }
            Some(other) => {
                let own = other.unwrap_or("that");
                notes.push(format!(
                    "{own} is no visibility: write public, unlisted, private or direct. The account's, {}, is used.",
                    made.visibility
                ));
            }
            None => {}
        }
        if let Some(own) = extra.get("sensitive").and_then(Value::as_bool) {
            made.sensitive = own;
        }
        if let Some(own) = extra.get("spoiler-text").and_then(Value::as_str) {
            made.spoiler_text = own.into();
        }
        made
    }
}

/// All that is known of one account.
pub(crate) struct Known {
    pub settings: Settings,
    pub facts: Facts,
}

impl Known {
    pub(crate) fn of(account: &Account) -> Result<Self> {
        let settings = config(&account.settings)?;
        Ok(Self {
            settings,
            facts: Facts::of(include_str!("../facts.json"), account),
        })
    }

    /// How long text and warning together may be, in grapheme clusters.
    pub(crate) fn limit(&self) -> Option<u32> {
        self.facts.count("text")
    }

    pub(crate) fn length(&self, text: &str) -> u32 {
        count::length(text, self.facts.count("url-length").unwrap_or_default())
    }

    /// What the warning takes away from the text.
    pub(crate) fn warning(&self) -> u32 {
        self.length(&self.settings.choices.spoiler_text)
    }

    pub(crate) fn limits(&self) -> PostLimits {
        let mut text = self.facts.field("text", "text", UNIT, false);
        text.limit = text.limit.map(|limit| limit.saturating_sub(self.warning()));
        PostLimits {
            fields: vec![text, self.facts.field("alt", "alt", "characters", false)],
            media: vec![
                self.facts.media(MediaKind::Image, "image"),
                self.facts.media(MediaKind::Animation, "animation"),
                self.facts.media(MediaKind::Video, "video"),
                self.facts.media(MediaKind::Audio, "audio"),
            ],
            min_media: 0,
            links: LinkPlace::Text,
            cards: true,
            max_tags: None,
            max_parts: self.facts.count("parts").unwrap_or(1),
        }
    }
}

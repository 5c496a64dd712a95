//! An account's settings, and figures with the limits that follow from them.

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    Account, Facts, LinkPlace, MediaKind, PostLimits, Result, config, unlimited,
};

use crate::UNIT;

/// The account's `with`.
#[derive(Debug, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case", default)]
pub(crate) struct Settings {
    pub read_more: String,
    pub unsubscribe: String,
    pub footer: String,
    pub colour: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            read_more: "Read more".into(),
            unsubscribe: "Unsubscribe".into(),
            footer: String::new(),
            colour: "#1a4d8f".into(),
        }
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

    pub(crate) fn limits(&self) -> PostLimits {
        PostLimits {
            fields: vec![
                self.facts.field("subject", "subject", UNIT, true),
                self.facts.field("preheader", "preheader", UNIT, false),
                unlimited("text", false),
            ],
            media: vec![
                self.facts.media(MediaKind::Image, "image"),
                self.facts.media(MediaKind::Animation, "animation"),
            ],
            min_media: 0,
            links: LinkPlace::Text,
            cards: false,
            max_tags: Some(0),
            max_parts: 1,
        }
    }
}

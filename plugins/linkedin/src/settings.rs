//! An account's settings, and the network's figures with the limits that follow from them.

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    Account, Facts, LinkPlace, MediaKind, PostLimits, Result, config, unlimited,
};

use crate::UNIT;

/// The account's `with`.
#[derive(Debug, Deserialize)]
#[serde(crate = "staffetta_plugin::serde")]
pub(crate) struct Settings {
    pub author: String,
    #[serde(default = "public")]
    pub visibility: String,
    #[serde(default = "yes")]
    pub tags: bool,
}

fn public() -> String {
    "PUBLIC".into()
}

fn yes() -> bool {
    true
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
            // A link has a field of its own, the article's card; beside media it goes into the text.
            fields: vec![
                self.facts.field("text", "text", UNIT, false),
                unlimited("link", false),
            ],
            media: vec![
                self.facts.media(MediaKind::Image, "image"),
                self.facts.media(MediaKind::Animation, "animation"),
                self.facts.media(MediaKind::Video, "video"),
                self.facts.media(MediaKind::Document, "document"),
            ],
            min_media: 0,
            links: LinkPlace::Text,
            cards: true,
            max_tags: None,
            max_parts: 1,
        }
    }
}

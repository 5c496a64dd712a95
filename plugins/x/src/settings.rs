//! An account's settings and the network's figures (`facts.json`), and the limits that follow from both.

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    Account, Facts, LinkPlace, MediaKind, PostLimits, Provenance, Result, config,
};

use crate::UNIT;

/// The account's `with`.
#[derive(Debug, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", default)]
pub(crate) struct Settings {
    pub link: bool,
    pub tags: bool,
    pub thread: bool,
    limit: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            link: true,
            tags: true,
            thread: false,
            limit: None,
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

    /// How long a text may be, in weighted characters.
    pub(crate) fn limit(&self) -> Option<u32> {
        self.settings.limit.or(self.facts.count("text"))
    }

    pub(crate) fn limits(&self) -> PostLimits {
        let mut text = self.facts.field("text", "text", UNIT, false);
        if let Some(limit) = self.settings.limit {
            text.limit = Some(limit);
            text.provenance = Provenance {
                source: "the account's `with`".into(),
                date: String::new(),
                doubtful: false,
            };
        }
        PostLimits {
            fields: vec![text, self.facts.field("alt", "alt", "characters", false)],
            media: vec![
                self.facts.media(MediaKind::Image, "image"),
                self.facts.media(MediaKind::Animation, "animation"),
                self.facts.media(MediaKind::Video, "video"),
            ],
            min_media: 0,
            links: LinkPlace::Text,
            cards: true,
            max_tags: None,
            max_parts: self.facts.count("parts").unwrap_or(1),
        }
    }
}

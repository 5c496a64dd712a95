//! An account's settings, a pin's own fields, and the network's figures with the limits that follow from them.

use serde_json::{Map, Value};
use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::{
    Account, Facts, LinkPlace, MediaKind, Post, PostLimits, Result, config, serde_json, unlimited,
};

use crate::UNIT;

/// The account's `with`.
#[derive(Debug, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub(crate) struct Settings {
    board: Option<String>,
    board_section: Option<String>,
    #[serde(default = "yes")]
    pub tags: bool,
}

fn yes() -> bool {
    true
}

/// Where a pin goes.
#[derive(Debug)]
pub(crate) struct Board {
    pub id: Option<String>,
    pub section: Option<String>,
}

impl Settings {
    /// The post's own board, else the account's. A section belongs to the board that it was written beside.
    pub(crate) fn board(&self, post: &Post) -> Board {
        let extra: Map<String, Value> = serde_json::from_str(&post.extra).unwrap_or_default();
        let own = |field: &str| match extra.get(field)? {
            Value::String(text) => Some(text.trim().to_string()).filter(|text| !text.is_empty()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        match (own("board"), own("board-section")) {
            (Some(id), section) => Board {
                id: Some(id),
                section,
            },
            (None, section) => Board {
                id: self.board.clone(),
                section: section.or(self.board_section.clone()),
            },
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
        let field = |name: &str| self.facts.field(name, name, UNIT, false);
        PostLimits {
            fields: vec![
                field("text"),
                field("title"),
                field("link"),
                field("alt"),
                unlimited("board", true),
            ],
            media: vec![
                self.facts.media(MediaKind::Image, "image"),
                self.facts.media(MediaKind::Video, "video"),
            ],
            min_media: 1,
            links: LinkPlace::Field,
            cards: false,
            max_tags: None,
            max_parts: 1,
        }
    }
}

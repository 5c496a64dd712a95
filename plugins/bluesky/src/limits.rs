//! What a post may be, read from `facts.json` and the account's own corrections. Holds no figure of its own.

use staffetta_plugin::{Account, Facts, LinkPlace, MediaKind, PostLimits, unlimited};

use crate::settings::Settings;

/// The plugin's figures, overlaid by the account's.
#[must_use]
pub fn facts(account: &Account) -> Facts {
    Facts::of(include_str!("../facts.json"), account)
}

/// The limits of one account's posts. The text has two: graphemes and bytes, and both hold.
#[must_use]
pub fn limits(account: &Account, settings: &Settings) -> PostLimits {
    let facts = facts(account);
    PostLimits {
        fields: vec![
            facts.field("text", "text-graphemes", "graphemes", false),
            facts.field("text", "text-bytes", "UTF-8 bytes", false),
            facts.field("tag", "tag-graphemes", "graphemes", false),
            unlimited("alt", false),
        ],
        media: vec![
            facts.media(MediaKind::Image, "image"),
            facts.media(MediaKind::Video, "video"),
        ],
        min_media: 0,
        links: LinkPlace::Text,
        cards: true,
        max_tags: facts.count("tags"),
        max_parts: if settings.thread {
            facts.count("thread-parts").unwrap_or(1)
        } else {
            1
        },
    }
}

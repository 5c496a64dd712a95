//! What a post's text should hold besides its body: which link and tags, which of them are missing from a text, and what
//! is said to people about them. It changes no text.

use staffetta_plugin::{ChangeKind, Post, Severity, Violation, change};

use crate::config::Config;
use crate::layout::{self, Tail};
use crate::rule::{Network, Notes};

/// What the text should hold besides the body.
pub(crate) struct Wanted {
    pub(crate) link: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) most_tags: usize,
}

impl Wanted {
    /// By the configuration and the network's limits; notes what can't be written.
    pub(crate) fn of(
        config: &Config,
        network: Network<'_>,
        post: &Post,
        notes: &mut Notes,
    ) -> Self {
        let places = layout::places(config, network.limits);
        let (link, tags) = layout::wanted(post, places);
        if places.tags {
            for tag in post
                .tags
                .iter()
                .filter(|tag| layout::hashtag(tag).is_none())
            {
                notes.warnings.push(warning(
                    "tag-left-out",
                    format!("{tag:?} can't be written as a tag"),
                ));
            }
        }
        let unclickable = network.limits.links == staffetta_plugin::LinkPlace::Nowhere;
        if unclickable && link.is_none() && post.link.is_some() {
            let message = "a link can't be clicked here, so it is left out of the text".into();
            notes.warnings.push(Violation {
                field: "link".into(),
                ..warning("link-left-out", message)
            });
        }
        let most_tags = network.limits.max_tags.map_or(usize::MAX, |n| n as usize);
        Self {
            link,
            tags,
            most_tags,
        }
    }

    /// What of it is not in `text`, as far as the network's count of tags allows.
    pub(crate) fn missing(&self, text: &str) -> Tail {
        let room = self.most_tags.saturating_sub(layout::count_tags(text));
        let tags = self.tags.iter().filter(|tag| !layout::has_tag(text, tag));
        Tail {
            written: String::new(),
            link: self
                .link
                .clone()
                .filter(|link| !layout::has_link(text, link)),
            tags: tags.take(room).cloned().collect(),
        }
    }

    /// Notes what was added to the text, and the tags that found no room.
    pub(crate) fn say(&self, text: &str, tail: &Tail, notes: &mut Notes) {
        let mut added = |what: &str, reason: &str| {
            notes
                .changes
                .push(change("text", ChangeKind::Added, None, Some(what), reason));
        };
        if let Some(link) = &tail.link {
            added(link, "the link is clickable in the text here");
        }
        if !tail.tags.is_empty() {
            added(&tail.tags.join(" "), "tags are part of the text here");
        }
        let left: Vec<&str> = self
            .tags
            .iter()
            .map(String::as_str)
            .filter(|tag| !layout::has_tag(text, tag))
            .collect();
        if !left.is_empty() {
            let message = format!("no room for {}", left.join(" "));
            notes.warnings.push(Violation {
                field: "tags".into(),
                ..warning("tag-left-out", message)
            });
        }
    }
}

/// A warning about the text.
pub(crate) fn warning(code: &str, message: String) -> Violation {
    Violation {
        code: code.into(),
        field: "text".into(),
        message,
        severity: Severity::Warn,
        actual: None,
        limit: None,
        unit: String::new(),
    }
}

//! How far a variant is from its source, in figures: for people now, and for comparing adapted with copied posts later.

use std::collections::HashMap;

use serde::Serialize;

use crate::contract::types::{Composed, Post};

/// What was kept of the source's text and media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Fidelity {
    /// Characters of the source's text (title and text).
    pub source_characters: usize,
    /// Characters of it that the variant still has, counted by words.
    pub kept: usize,
    /// Characters of it that are gone.
    pub cut: usize,
    /// Characters that the variant has and the source's text has not: links, tags, marks.
    pub added: usize,
    /// Media of the source.
    pub source_media: usize,
    /// Media of the variant.
    pub media: usize,
}

impl Fidelity {
    /// Compares word by word, as multisets: what was moved is kept.
    pub(super) fn between(source: &Post, variant: &Post, composed: Option<&Composed>) -> Self {
        let before = format!(
            "{} {}",
            source.title.as_deref().unwrap_or_default(),
            source.text
        );
        let after = match composed {
            Some(composed) => shown(composed),
            None => format!(
                "{} {}",
                variant.title.as_deref().unwrap_or_default(),
                variant.text
            ),
        };
        let mut left: HashMap<&str, usize> = HashMap::new();
        for word in before.split_whitespace() {
            *left.entry(word).or_default() += 1;
        }
        let (mut kept, mut added) = (0, 0);
        for word in after.split_whitespace() {
            let length = word.chars().count();
            match left.get_mut(word).filter(|n| **n > 0) {
                Some(n) => {
                    *n -= 1;
                    kept += length;
                }
                None => added += length,
            }
        }
        let source_characters: usize = before
            .split_whitespace()
            .map(|word| word.chars().count())
            .sum();
        let media = composed.map_or(variant.media.len(), |c| {
            c.parts.iter().map(|part| part.media.len()).sum()
        });
        Self {
            source_characters,
            kept,
            cut: source_characters - kept,
            added,
            source_media: source.media.len(),
            media,
        }
    }
}

/// All that a reader would see of the composed parts.
fn shown(composed: &Composed) -> String {
    let mut text = String::new();
    for part in &composed.parts {
        let fields = part
            .fields
            .iter()
            .filter(|field| matches!(field.name.as_str(), "title" | "subject"));
        for piece in fields
            .map(|field| field.value.as_str())
            .chain([part.text.as_str()])
        {
            text.push_str(piece);
            text.push(' ');
        }
    }
    text
}

//! How long a text is for the network, and how much of it fits.
//!
//! The rules: NFC first; a link counts a fixed length; an emoji sequence counts like one character outside the light
//! ranges; every other character counts by the range it lies in. Ranges and weights are data (`data/weights.json`, the
//! network's own configuration).

use std::sync::LazyLock;

use serde_json::Value;
use staffetta_plugin::{Span, serde_json};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_segmentation::UnicodeSegmentation;

use crate::{emoji, entities, urls};

struct Weights {
    scale: u64,
    heavy: u64,
    link: u64,
    /// First character, last character, weight.
    ranges: Vec<(u32, u32, u64)>,
}

static WEIGHTS: LazyLock<Weights> = LazyLock::new(|| {
    let json: Value =
        serde_json::from_str(include_str!("../data/weights.json")).unwrap_or(Value::Null);
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    let ranges = json
        .get("ranges")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    Weights {
        scale: number(&json, "scale").max(1),
        heavy: number(&json, "defaultWeight"),
        link: number(&json, "transformedURLLength"),
        ranges: ranges
            .iter()
            .map(|r| {
                (
                    number(r, "start") as u32,
                    number(r, "end") as u32,
                    number(r, "weight"),
                )
            })
            .collect(),
    }
});

/// The length of a text in weighted characters.
pub(crate) fn length(text: &str) -> u32 {
    let normal: String = text.nfc().collect();
    let chars: Vec<char> = normal.chars().collect();
    let units: Vec<u16> = normal.encode_utf16().collect();
    let links = urls::find(&units);
    let mut links = links.iter().peekable();
    let weights = &*WEIGHTS;
    let mut total = 0_u64;
    // `unit` is where `index` stands in UTF-16 units; what lies before `counted` was counted with a link or emoji.
    let (mut unit, mut counted, mut emoji_until) = (0, 0, 0);
    for (index, &c) in chars.iter().enumerate() {
        // Emoji are found from left to right over the whole text, also inside links.
        let sequence = if index >= emoji_until {
            emoji::sequence(&chars[index..])
        } else {
            0
        };
        emoji_until = emoji_until.max(index + sequence);
        while links
            .next_if(|link| link.start < unit.max(counted))
            .is_some()
        {}
        if unit >= counted {
            if let Some(link) = links.next_if(|link| link.start == unit) {
                total += weights.link * weights.scale;
                counted = unit + link.counted;
            } else if sequence > 0 {
                total += weights.heavy;
                counted = unit
                    + chars[index..index + sequence]
                        .iter()
                        .map(|c| c.len_utf16())
                        .sum::<usize>();
            } else {
                total += weigh(c, weights);
            }
        } else if unit + c.len_utf16() > counted {
            // The second half of a character that the network takes for one of its own.
            total += weights.heavy;
        }
        unit += c.len_utf16();
    }
    u32::try_from(total / weights.scale).unwrap_or(u32::MAX)
}

fn weigh(c: char, weights: &Weights) -> u64 {
    let point = c as u32;
    let range = weights
        .ranges
        .iter()
        .find(|(first, last, _)| (*first..=*last).contains(&point));
    range.map_or(weights.heavy, |&(_, _, weight)| weight)
}

/// The byte offset up to which `text` fits into `limit` as `length` counts: between grapheme clusters, and outside of
/// every span in `whole`. All of the text fits, or one more unit does not.
pub(crate) fn fits(
    text: &str,
    whole: &[Span],
    limit: Option<u32>,
    length: impl Fn(&str) -> u32,
) -> usize {
    let Some(limit) = limit else {
        return text.len();
    };
    if length(text) <= limit {
        return text.len();
    }
    let mut spans = whole.iter().peekable();
    let ends = text
        .grapheme_indices(true)
        .map(|(at, grapheme)| at + grapheme.len());
    let cuts: Vec<usize> = ends
        .filter(|&end| {
            while spans.next_if(|span| span.end as usize <= end).is_some() {}
            spans.peek().is_none_or(|span| end <= span.start as usize)
        })
        .collect();
    // The length of a beginning can only be had by counting it: what is cut off can turn a word into a link. Halving
    // ends at a cut that fits, with the next one too long.
    let fit = |cuts_taken: usize| length(&text[..cuts[cuts_taken - 1]]) <= limit;
    // Doubling first, so that only little more than what fits is ever counted.
    let (mut fitting, mut beyond) = (0, 1);
    while beyond < cuts.len() && fit(beyond) {
        fitting = beyond;
        beyond = (beyond * 2).min(cuts.len());
    }
    while beyond - fitting > 1 {
        let middle = (fitting + beyond) / 2;
        if fit(middle) {
            fitting = middle;
        } else {
            beyond = middle;
        }
    }
    if fitting == 0 { 0 } else { cuts[fitting - 1] }
}

/// What the network makes clickable in a text that may not be in NFC, widened to whole grapheme clusters.
pub(crate) fn unbreakable(text: &str) -> Vec<Span> {
    let clusters: Vec<(usize, usize)> = {
        let mut normal = 0;
        text.grapheme_indices(true)
            .map(|(at, grapheme)| {
                let start = normal;
                normal += grapheme.nfc().map(char::len_utf8).sum::<usize>();
                (at, start)
            })
            .collect()
    };
    let mut spans = if is_nfc(text) {
        entities::find(text)
    } else {
        entities::find(&text.nfc().collect::<String>())
    };
    for span in &mut spans {
        // Normalising never joins two clusters, so their order tells where an offset came from.
        let first = clusters.partition_point(|&(_, start)| start <= span.start as usize);
        let behind = clusters.partition_point(|&(_, start)| start < span.end as usize);
        span.start = first.checked_sub(1).map_or(0, |index| clusters[index].0) as u32;
        span.end = clusters.get(behind).map_or(text.len(), |&(at, _)| at) as u32;
    }
    spans
}

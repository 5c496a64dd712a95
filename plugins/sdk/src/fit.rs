//! How much of a text fits, whatever way a network counts.

use crate::types::Span;
use unicode_segmentation::UnicodeSegmentation;

/// The byte offset up to which `text` fits into `limit` as `length` counts: between grapheme clusters, and outside of
/// every span in `whole`. All of the text fits, or one more unit does not.
#[must_use]
pub fn fits(text: &str, whole: &[Span], limit: Option<u32>, length: impl Fn(&str) -> u32) -> usize {
    let Some(limit) = limit else {
        return text.len();
    };
    if length(text) <= limit {
        return text.len();
    }
    let cuts = cuts(text, whole);
    // A beginning is counted by itself: what is cut off can change what the rest means.
    let fit = |taken: usize| length(&text[..cuts[taken - 1]]) <= limit;
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

/// The ends of grapheme clusters that lie inside no span; the text's end is the last.
#[must_use]
pub fn cuts(text: &str, whole: &[Span]) -> Vec<usize> {
    let mut spans = whole.iter().peekable();
    let ends = text
        .grapheme_indices(true)
        .map(|(at, grapheme)| at + grapheme.len());
    ends.filter(|&end| {
        while spans.next_if(|span| span.end as usize <= end).is_some() {}
        spans.peek().is_none_or(|span| end <= span.start as usize)
    })
    .collect()
}

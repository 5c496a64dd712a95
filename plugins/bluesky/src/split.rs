//! Cuts a text that is too long into the parts of a thread: as few as possible, of about the same length, between
//! paragraphs, sentences or words in this order of liking, and never with a last part of a few words. A token is never
//! cut; a run without spaces that is longer than a part (or written in a script without them) is cut between graphemes.

use std::ops::Range;

use staffetta_plugin::Mention;
use unicode_segmentation::UnicodeSegmentation;

use crate::text::{Scale, Size, Unit, units};

/// How much a cut costs, against the squared deviation from the even length times `UNEVEN`.
const PARAGRAPH: f64 = 0.0;
const LINE: f64 = 4.0;
const SENTENCE: f64 = 6.0;
const WORD: f64 = 30.0;
const GRAPHEME: f64 = 90.0;
const UNEVEN: f64 = 100.0;
/// A part of this many words or fewer looks like a mistake.
const ORPHAN_WORDS: usize = 3;
const ORPHAN: f64 = 1_000.0;

/// A place where the text may be cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Where the part before it ends, without white space.
    end: usize,
    /// Where the part behind it begins, without white space.
    start: usize,
    /// The visible size of everything before `end`, and before `start`.
    upto: [Size; 2],
    cost: f64,
}

impl Cut {
    /// The size of the part from this cut to another.
    fn size(&self, to: &Self) -> Size {
        let ([all, _], [_, before]) = (to.upto, self.upto);
        Size {
            graphemes: all.graphemes.saturating_sub(before.graphemes),
            bytes: all.bytes.saturating_sub(before.bytes),
        }
    }

    fn stretch(&self, to: &Self) -> Range<usize> {
        self.start..to.end.max(self.start)
    }
}

/// The parts of a text, as ranges of it without white space at their ends. One part where it all fits; a part that
/// can't be cut small enough stays too long.
#[must_use]
pub fn split(text: &str, mentions: &[Mention], scale: Scale) -> Vec<Range<usize>> {
    let cuts = cuts(text, &units(text, mentions, scale), scale);
    let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
        return Vec::new();
    };
    let whole = first.size(last);
    if scale.holds(whole) {
        return vec![first.stretch(last)];
    }
    // First how many parts it takes at least, then the best way to make that many.
    let least = u32::try_from(arrange(text, &cuts, scale, None).len())
        .unwrap_or(u32::MAX)
        .max(1);
    let even = Size {
        graphemes: whole.graphemes / least,
        bytes: whole.bytes / least,
    };
    arrange(text, &cuts, scale, Some(even))
}

/// The best way to reach each cut, remembered.
#[derive(Clone, Copy)]
struct Best {
    parts: u32,
    cost: f64,
    from: usize,
}

/// Fewest parts first, then least cost; without an even length only the number of parts counts.
fn arrange(text: &str, cuts: &[Cut], scale: Scale, even: Option<Size>) -> Vec<Range<usize>> {
    let mut best: Vec<Best> = vec![Best {
        parts: 0,
        cost: 0.0,
        from: 0,
    }];
    for (to, cut) in cuts.iter().enumerate().skip(1) {
        let mut found: Option<Best> = None;
        for from in (0..to).rev() {
            let size = cuts[from].size(cut);
            // The nearest cut is taken even if the stretch is too long: there is nothing smaller.
            if !scale.holds(size) && from + 1 != to {
                break;
            }
            let cost = even.map_or(0.0, |even| {
                cost(&text[cuts[from].stretch(cut)], size, even, scale) + cut.cost
            });
            let next = Best {
                parts: best[from].parts + 1,
                cost: best[from].cost + cost,
                from,
            };
            if found.is_none_or(|f| (next.parts, next.cost) < (f.parts, f.cost)) {
                found = Some(next);
            }
        }
        best.extend(found);
    }
    let mut parts = Vec::new();
    let mut at = cuts.len() - 1;
    while at > 0 {
        parts.push(cuts[best[at].from].stretch(&cuts[at]));
        at = best[at].from;
    }
    parts.reverse();
    parts.retain(|part| !part.is_empty());
    parts
}

fn cost(part: &str, size: Size, even: Size, scale: Scale) -> f64 {
    // Of the two limits the one that made the text too long is the one to share out.
    let share = |n: u32, limit: Option<u32>| {
        limit.map_or(0.0, |limit| f64::from(n) / f64::from(limit.max(1)))
    };
    let (length, target) =
        if share(even.bytes, scale.bytes) > share(even.graphemes, scale.graphemes) {
            (size.bytes, even.bytes)
        } else {
            (size.graphemes, even.graphemes)
        };
    let deviation = (f64::from(length) - f64::from(target)) / f64::from(target.max(1));
    let orphan = length < target / 2 && part.split_whitespace().nth(ORPHAN_WORDS).is_none();
    deviation * deviation * UNEVEN + if orphan { ORPHAN } else { 0.0 }
}

/// Where the text may be cut, its beginning and end among them.
fn cuts(text: &str, units: &[Unit], scale: Scale) -> Vec<Cut> {
    let sentences: Vec<usize> = text
        .split_sentence_bound_indices()
        .map(|(at, _)| at)
        .collect();
    let sentence = |at: usize| sentences.binary_search(&at).is_ok();
    let mut cuts: Vec<Cut> = Vec::new();
    // The end of the last unit that is not white space, and the sizes up to there and up to here.
    let (mut end, mut upto_end, mut upto, mut start) = (0, Size::default(), Size::default(), 0);
    let mut run = Size::default();
    for unit in units {
        let blank = text[start..unit.end].chars().all(char::is_whitespace);
        if !blank {
            let gap = &text[end..start];
            let cost = if end == 0 {
                // The beginning of the text.
                cuts.is_empty().then_some(0.0)
            } else if gap.is_empty() {
                let cost = if sentence(start) { SENTENCE } else { GRAPHEME };
                long(run, scale).then_some(cost)
            } else {
                Some(match gap.matches('\n').count() {
                    0 if sentence(start) => SENTENCE,
                    0 => WORD,
                    1 => LINE,
                    _ => PARAGRAPH,
                })
            };
            cuts.extend(cost.map(|cost| Cut {
                end,
                start,
                upto: [upto_end, upto],
                cost,
            }));
            run = if gap.is_empty() {
                add(run, unit.size)
            } else {
                unit.size
            };
        }
        upto = add(upto, unit.size);
        start = unit.end;
        if !blank {
            (end, upto_end) = (start, upto);
        }
    }
    if cuts.is_empty() {
        cuts.push(Cut {
            end: 0,
            start: 0,
            upto: [Size::default(); 2],
            cost: 0.0,
        });
    }
    cuts.push(Cut {
        end,
        start: text.len(),
        upto: [upto_end, upto],
        cost: 0.0,
    });
    cuts
}

fn add(one: Size, other: Size) -> Size {
    Size {
        graphemes: one.graphemes.saturating_add(other.graphemes),
        bytes: one.bytes.saturating_add(other.bytes),
    }
}

/// A run without white space that takes a fifth of a part is no word any more.
fn long(run: Size, scale: Scale) -> bool {
    let over = |n: u32, limit: Option<u32>| limit.is_some_and(|limit| n >= limit / 5);
    over(run.graphemes, scale.graphemes) || over(run.bytes, scale.bytes)
}

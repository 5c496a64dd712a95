//! Splits a text into the posts of a thread: as few as fit, about equally long, cut between sentences where that does
//! not make them very unequal, and no post of three words. The tail stays whole, below the last one.

use staffetta_plugin::Result;
use staffetta_plugin::text::graphemes;

use crate::layout::join;
use crate::meter::{Meter, all_fits};
use crate::{sentence, word};

/// A post of so few words looks like a mistake.
const ORPHAN: usize = 3;

/// Where a body can be cut, and what lies between.
struct Unit {
    end: usize,
    length: u64,
    ends_sentence: bool,
}

/// What to split.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// What can be split.
    pub body: &'a str,
    /// What stays whole, below the last part.
    pub tail: &'a str,
    /// A BCP 47 tag.
    pub language: Option<&'a str>,
    /// Each part ends in its number.
    pub numbered: bool,
    /// At most so many parts.
    pub most: usize,
    /// About how many there will be, to begin with.
    pub least: usize,
}

/// The parts' texts; none when `most` parts are too few.
///
/// # Errors
/// As the network's plugin answers.
pub fn split(task: Task<'_>, meter: &dyn Meter) -> Result<Option<Vec<String>>> {
    let units = units(task.body, task.language);
    let tail = u64::from(graphemes(task.tail));
    let most = task.most.min(units.len());
    for parts in task.least.max(2)..=most {
        let Some(ends) = balance(&units, tail, parts) else {
            continue;
        };
        let texts = texts(task, &ends);
        let mut all = true;
        for text in &texts {
            all = all && all_fits(&meter.measure("text", text)?, text);
            if !all {
                break;
            }
        }
        if all {
            return Ok(Some(texts));
        }
    }
    Ok(None)
}

fn units(body: &str, language: Option<&str>) -> Vec<Unit> {
    let sentences = sentence::ends(body, language);
    let mut from = 0;
    word::ends(body)
        .into_iter()
        .map(|end| {
            let length = u64::from(graphemes(&body[from..end]));
            from = end;
            Unit {
                end,
                length,
                ends_sentence: sentences.binary_search(&end).is_ok(),
            }
        })
        .collect()
}

fn texts(task: Task<'_>, ends: &[usize]) -> Vec<String> {
    let mut from = 0;
    let cut = ends.iter().enumerate().map(|(at, &end)| {
        let mut text = task.body[from..end].trim().to_string();
        from = end;
        if task.numbered {
            text = format!("{text} ({}/{})", at + 1, ends.len());
        }
        if at + 1 == ends.len() {
            join(&text, task.tail)
        } else {
            text
        }
    });
    cut.collect()
}

/// The ends of `parts` parts with the least cost: the square of each one's distance from the mean, more for a cut inside
/// a sentence and much more for an orphan. None when there are fewer units than parts.
fn balance(units: &[Unit], tail: u64, parts: usize) -> Option<Vec<usize>> {
    let count = units.len();
    let mut sums = vec![0u64; count + 1];
    for (at, unit) in units.iter().enumerate() {
        sums[at + 1] = sums[at] + unit.length;
    }
    let mean = (sums[count] + tail) / parts as u64;
    let cost = |from: usize, to: usize| -> u64 {
        let last = to == count;
        let length = sums[to] - sums[from] + if last { tail } else { 0 };
        let off = length.abs_diff(mean);
        let broken = if last || units[to - 1].ends_sentence {
            0
        } else {
            mean * mean / 4
        };
        let orphan = if to - from <= ORPHAN {
            mean * mean * 16
        } else {
            0
        };
        off.saturating_mul(off)
            .saturating_add(broken)
            .saturating_add(orphan)
    };
    // `best[n][to]`: the cheapest way to make `n` parts of the first `to` units, and where its last part begins.
    // A part is never longer than twice the mean where a shorter one exists, so the search looks no further back.
    let window = |to: usize| {
        let reach = sums[to].saturating_sub(mean.saturating_mul(2));
        sums.partition_point(|sum| *sum < reach).min(to - 1)
    };
    let mut best: Vec<Vec<(u64, usize)>> = vec![vec![(u64::MAX, 0); count + 1]; parts + 1];
    best[0][0] = (0, 0);
    for n in 1..=parts {
        for to in n..=count {
            let mut least = (u64::MAX, 0);
            let before = &best[n - 1][..to];
            for (from, (spent, _)) in before.iter().enumerate().skip(window(to).max(n - 1)) {
                if *spent == u64::MAX {
                    continue;
                }
                let all = spent.saturating_add(cost(from, to));
                if all < least.0 {
                    least = (all, from);
                }
            }
            best[n][to] = least;
        }
    }
    if best[parts][count].0 == u64::MAX {
        return None;
    }
    let mut ends = Vec::with_capacity(parts);
    let mut to = count;
    for n in (1..=parts).rev() {
        ends.push(units[to - 1].end);
        to = best[n][to].1;
    }
    ends.reverse();
    Some(ends)
}

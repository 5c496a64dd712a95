//! Finds the most of a body that fits above its tail: whole sentences, or whole words and an ellipsis. Three or four
//! questions to the network do for nearly every post; what it answers decides, never a count of our own.

use staffetta_plugin::text::tokens;
use staffetta_plugin::{Measured, Result};

use crate::layout::{PARAGRAPH, join};
use crate::meter::{Meter, all_fits};
use crate::{sentence, word};

/// How a text was cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// Behind that many whole sentences.
    Sentence(usize),
    /// Inside a sentence.
    Word,
}

/// What was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The beginning of the body, closed.
    pub body: String,
    /// How it was cut.
    pub at: At,
    /// The body and the tail together, as the network counts.
    pub measured: Measured,
}

/// What to cut and how.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// The field, as the network calls it.
    pub field: &'a str,
    /// What can be cut.
    pub body: &'a str,
    /// What can't be.
    pub tail: &'a str,
    /// A BCP 47 tag.
    pub language: Option<&'a str>,
    /// Whether whole sentences are tried first.
    pub sentences: bool,
    /// For cuts inside a sentence.
    pub ellipsis: &'a str,
}

/// The longest beginning of the body that fits; none when not even one word does.
///
/// # Errors
/// As the network's plugin answers.
pub fn cut(task: Task<'_>, meter: &dyn Meter) -> Result<Option<Kept>> {
    // With the tail in front, one answer tells how much of the body is left room for.
    let (front, start) = if task.tail.is_empty() {
        (task.body.to_string(), 0)
    } else {
        (
            join(task.tail, task.body),
            task.tail.len() + PARAGRAPH.len(),
        )
    };
    let room = (meter.measure(task.field, &front)?.fits as usize).saturating_sub(start);
    let sentences = sentence::ends(task.body, task.language);
    let behind = |end: usize| sentences.binary_search(&end).map(|at| At::Sentence(at + 1));
    if task.sentences {
        let candidates: Vec<(usize, At)> = sentences
            .iter()
            .take_while(|end| **end <= room)
            .enumerate()
            .map(|(at, end)| (*end, At::Sentence(at + 1)))
            .collect();
        if let Some(kept) = last_that_fits(&candidates, task, meter)? {
            return Ok(Some(kept));
        }
    }
    let spans = tokens(task.body);
    let candidates: Vec<(usize, At)> = word::ends(task.body)
        .into_iter()
        // A cut that leaves whole sentences needs no ellipsis.
        .map(|end| match behind(end) {
            Ok(at) => (end, at),
            Err(_) => (word::tidy(task.body, end, &spans), At::Word),
        })
        .filter(|(end, _)| 0 < *end && *end <= room)
        .collect();
    last_that_fits(&candidates, task, meter)
}

/// The last candidate that fits. Nearly always it is one of the last few, because only the ellipsis and the order make
/// a difference; a network that counts in a stranger way is asked by halves.
fn last_that_fits(
    candidates: &[(usize, At)],
    task: Task<'_>,
    meter: &dyn Meter,
) -> Result<Option<Kept>> {
    const NEAR: usize = 4;
    let ask = |index: usize| -> Result<Option<Kept>> {
        let Some(&(end, at)) = candidates.get(index) else {
            return Ok(None);
        };
        let body = match at {
            At::Sentence(_) => task.body[..end].to_string(),
            At::Word => word::close(task.body, end, task.ellipsis),
        };
        let text = join(&body, task.tail);
        let measured = meter.measure(task.field, &text)?;
        Ok(all_fits(&measured, &text).then_some(Kept { body, at, measured }))
    };
    let far = candidates.len().saturating_sub(NEAR);
    for index in (far..candidates.len()).rev() {
        if let Some(kept) = ask(index)? {
            return Ok(Some(kept));
        }
    }
    let (mut low, mut high, mut best) = (0, far, None);
    while low < high {
        let middle = low + (high - low) / 2;
        match ask(middle)? {
            Some(kept) => {
                best = Some(kept);
                low = middle + 1;
            }
            None => high = middle,
        }
    }
    Ok(best)
}

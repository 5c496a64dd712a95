//! Finds the emoji that are written with several characters and count as one: keycaps, flags, skin tones, families,
//! professions.
//!
//! Which there are is data (`data/emoji.json`). A single emoji needs no entry: it weighs what any other character does.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde_json::Value;
use staffetta_plugin::serde_json;

const JOINER: char = '\u{200D}';
const SELECTOR: char = '\u{FE0F}';
const TEXT_SELECTOR: char = '\u{FE0E}';
const KEYCAP: char = '\u{20E3}';

/// A set of characters as inclusive ranges.
struct Set(Vec<RangeInclusive<u32>>);

impl Set {
    fn has(&self, c: char) -> bool {
        self.0.iter().any(|range| range.contains(&(c as u32)))
    }
}

struct Data {
    selector: Set,
    selector_and_tone: Set,
    tone: Set,
    gestures: Set,
    athletes: Set,
    professions: Set,
    professions_with_selector: Set,
    flags: BTreeSet<[char; 2]>,
    sequences: Vec<Vec<char>>,
}

static DATA: LazyLock<Data> = LazyLock::new(|| {
    let json: Value =
        serde_json::from_str(include_str!("../data/emoji.json")).unwrap_or(Value::Null);
    let words = |key: &str| -> Vec<String> {
        let text = json.get(key).and_then(Value::as_str).unwrap_or_default();
        text.split_whitespace().map(String::from).collect()
    };
    let set = |key: &str| Set(words(key).iter().filter_map(|word| range(word)).collect());
    Data {
        selector: set("with-selector"),
        selector_and_tone: set("with-selector-and-tone"),
        tone: set("with-tone"),
        gestures: set("gestures"),
        athletes: set("athletes"),
        professions: set("professions"),
        professions_with_selector: set("professions-with-selector"),
        flags: words("flags")
            .iter()
            .filter_map(|word| flag(word))
            .collect(),
        sequences: words("sequences")
            .iter()
            .map(|word| word.split('-').filter_map(scalar).collect())
            .collect(),
    }
});

fn scalar(hex: &str) -> Option<char> {
    u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
}

fn range(word: &str) -> Option<RangeInclusive<u32>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    Some(u32::from_str_radix(first, 16).ok()?..=u32::from_str_radix(last, 16).ok()?)
}

fn flag(word: &str) -> Option<[char; 2]> {
    let letter = |c: char| char::from_u32(0x1F1E6 + (c as u32).checked_sub('A' as u32)?);
    let mut letters = word.chars();
    Some([letter(letters.next()?)?, letter(letters.next()?)?])
}

fn is_tone(c: char) -> bool {
    ('\u{1F3FB}'..='\u{1F3FF}').contains(&c)
}

/// How many characters at the beginning of `text` are one emoji: 0 when it does not begin with an emoji of several.
pub(crate) fn sequence(text: &[char]) -> usize {
    let Some(&first) = text.first() else { return 0 };
    // Nearly every character of a text leaves here.
    if first.is_ascii_alphabetic() || first == ' ' {
        return 0;
    }
    let at = |index: usize| text.get(index).copied().unwrap_or('\0');
    let data = &*DATA;
    let keycap = usize::from(at(1) == SELECTOR) + 1;
    if matches!(first, '#' | '*' | '0'..='9') {
        return if at(keycap) == KEYCAP { keycap + 1 } else { 0 };
    }
    let mut longest = 0;
    for sequence in &data.sequences {
        if text.starts_with(sequence) {
            longest = longest.max(sequence.len());
        }
    }
    longest = longest.max(joined(text));
    if data.flags.contains(&[first, at(1)]) {
        longest = longest.max(2);
    }
    if data.selector.has(first) && at(1) == SELECTOR {
        longest = longest.max(2);
    }
    let base = if data.tone.has(first) {
        1
    } else if data.selector_and_tone.has(first) && at(1) != TEXT_SELECTOR {
        1 + usize::from(at(1) == SELECTOR)
    } else {
        0
    };
    if base > 0 {
        longest = longest.max(base + usize::from(is_tone(at(base))));
    }
    if longest > 1 { longest } else { 0 }
}

/// A person with a profession, or a person as a woman or a man.
fn joined(text: &[char]) -> usize {
    let at = |index: usize| text.get(index).copied().unwrap_or('\0');
    let (data, first) = (&*DATA, at(0));
    let toned = 1 + usize::from(is_tone(at(1)));
    if matches!(first, '\u{1F468}' | '\u{1F469}') && at(toned) == JOINER {
        let work = at(toned + 1);
        if data.professions.has(work) {
            return toned + 2;
        }
        if data.professions_with_selector.has(work) && at(toned + 2) == SELECTOR {
            return toned + 3;
        }
    }
    let sign = |joiner: usize| {
        at(joiner) == JOINER
            && matches!(at(joiner + 1), '\u{2640}' | '\u{2642}')
            && at(joiner + 2) == SELECTOR
    };
    if data.gestures.has(first) && sign(toned) {
        return toned + 3;
    }
    if data.athletes.has(first) && (is_tone(at(1)) || at(1) == SELECTOR) && sign(2) {
        return 5;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(text: &str) -> usize {
        sequence(&text.chars().collect::<Vec<_>>())
    }

    #[test]
    fn sequences_are_one() {
        for text in [
            "🇮🇹",
            "1️⃣",
            "#⃣",
            "👨‍👩‍👧‍👦",
            "🙋🏽",
            "👨‍🎤",
            "👩🏽‍⚕️",
            "🏋️‍♀️",
            "🤦🏻‍♂️",
            "❤️",
            "☝🏽",
            "☝️🏽",
            "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        ] {
            assert_eq!(length(text), text.chars().count(), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_sequence_is_none() {
        for text in ["a", "1", "😀", "🇽🇮", "👩‍👩‍👩x", "©", ""] {
            assert_eq!(length(text), 0, "{text}");
        }
    }
}

//! Splits a long text into the posts of a thread: at paragraphs where possible, else at sentences, else at words.

use crate::count;

/// Parts that each fit into `limit`; one part where the text fits, or where there is no limit.
pub(crate) fn split(text: &str, limit: Option<u32>) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let fits = count::fits(rest, &count::unbreakable(rest), limit, count::length);
        if fits == rest.len() || fits == 0 {
            // Nothing left, or a single unit that is longer than a post: `check` will say so.
            if !rest.is_empty() || parts.is_empty() {
                parts.push(rest.to_string());
            }
            return parts;
        }
        let cut = best(rest, fits);
        parts.push(rest[..cut].trim_end().to_string());
        rest = rest[cut..].trim_start();
    }
}

/// The best place to cut at or before `fits`. No part becomes shorter than a third for the sake of a paragraph or
/// sentence.
fn best(text: &str, fits: usize) -> usize {
    let head = &text[..fits];
    let least = fits / 3;
    let behind = |mark: &str| {
        head.rfind(mark)
            .map(|at| at + mark.len())
            .filter(|&at| at > least)
    };
    if text[fits..].starts_with(char::is_whitespace) && text[fits..].starts_with('\n') {
        return fits;
    }
    behind("\n\n")
        .or_else(|| {
            [
                ". ", "! ", "? ", ".\n", "!\n", "?\n", "… ", "。", "！", "？",
            ]
            .into_iter()
            .filter_map(behind)
            .max()
        })
        .or_else(|| {
            text[fits..]
                .starts_with(char::is_whitespace)
                .then_some(fits)
        })
        .or_else(|| head.rfind(char::is_whitespace).filter(|&at| at > 0))
        .unwrap_or(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_paragraphs_then_sentences_then_words() {
        assert_eq!(
            split("One two.\n\nThree four.", Some(12)),
            ["One two.", "Three four."]
        );
        assert_eq!(
            split("One two. Three four five", Some(20)),
            ["One two.", "Three four five"]
        );
        assert_eq!(
            split("uno due tre quattro", Some(9)),
            ["uno due", "tre", "quattro"]
        );
        assert_eq!(split("", Some(9)), [""]);
    }

    #[test]
    fn every_part_fits_and_no_word_is_lost() {
        let text = "Una frase con https://example.com/percorso e #parole. ".repeat(40);
        let parts = split(&text, Some(100));
        assert!(parts.len() > 5 && parts.iter().all(|part| count::length(part) <= 100));
        let words = |text: &str| {
            text.split_whitespace()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&parts.join(" ")), words(&text));
    }
}

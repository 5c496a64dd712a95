//! Where sentences end. Unicode's rules find the candidates (UAX 29: decimals, quotes, full-width stops); here those
//! are taken away that an abbreviation, an initial, an ellipsis or a link made. In doubt there is no end.

use staffetta_plugin::text::tokens;
use unicode_segmentation::UnicodeSegmentation;

use crate::abbreviations::{Stop, stop_after};

/// The byte offsets behind each whole sentence of `text`, in order, without the space that follows; the end of the text
/// is always the last. `language` is a BCP 47 tag.
#[must_use]
pub fn ends(text: &str, language: Option<&str>) -> Vec<usize> {
    let tokens = tokens(text);
    let whole = text.trim_end().len();
    // Unicode sees no end at the one-character ellipsis.
    let ellipses = text.match_indices('…').map(|(at, mark)| {
        let rest = &text[at + mark.len()..];
        text.len() - rest.trim_start_matches(is_closing).len()
    });
    let mut found: Vec<usize> = text
        .split_sentence_bound_indices()
        .map(|(at, piece)| at + piece.trim_end().len())
        .chain(ellipses)
        .filter(|&end| {
            // A piece of blanks has its end where the one before had its own, or inside the blanks.
            let blank = text[..end].trim_end().len() != end;
            let inside = tokens
                .iter()
                .any(|t| (t.start as usize) < end && end < t.end as usize);
            end > 0 && end < whole && !blank && !inside && is_end(text, end, language)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    if whole > 0 {
        found.push(whole);
    }
    found
}

/// Whether a sentence ends at `end`, which Unicode's rules allow.
fn is_end(text: &str, end: usize, language: Option<&str>) -> bool {
    let (before, after) = text.split_at(end);
    let gap = &after[..after.len() - after.trim_start().len()];
    let closed = before.trim_end_matches(is_closing);
    let Some(last) = closed.chars().next_back() else {
        return false;
    };
    if matches!(last, '。' | '！' | '？' | '｡' | '．') {
        return true;
    }
    // In scripts with spaces, what nothing follows was no end: "example.org", "?x=1".
    if gap.is_empty() {
        return false;
    }
    let next = after
        .trim_start()
        .trim_start_matches(is_opening)
        .chars()
        .next();
    let goes_on = next.is_some_and(char::is_lowercase);
    match last {
        '…' => !goes_on,
        '.' if closed.ends_with("..") => !goes_on,
        '.' => !goes_on && full_stop_ends(closed, next, language),
        '!' | '?' | '‽' | '؟' | '।' => true,
        // A heading or a list entry has no mark at its end, but a paragraph of its own.
        ',' | ':' | ';' | '-' | '–' | '—' => false,
        _ => gap.matches('\n').count() > 1,
    }
}

fn full_stop_ends(closed: &str, next: Option<char>, language: Option<&str>) -> bool {
    let stem = closed.trim_end_matches('.');
    let word = stem
        .rsplit(|c: char| {
            c.is_whitespace() || matches!(c, '(' | '«' | '"' | '“' | '‘' | '\'' | '’' | '/')
        })
        .next()
        .unwrap_or_default();
    match stop_after(word, language) {
        Stop::Ends => true,
        Stop::GoesOn => false,
        Stop::BeforeNumber => !next.is_some_and(char::is_numeric),
    }
}

fn is_closing(c: char) -> bool {
    matches!(
        c,
        ')' | ']' | '}' | '"' | '\'' | '”' | '’' | '»' | '›' | '」' | '』' | '）'
    )
}

fn is_opening(c: char) -> bool {
    matches!(
        c,
        '(' | '[' | '{' | '"' | '\'' | '“' | '‘' | '«' | '‹' | '¿' | '¡'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'a>(text: &'a str, language: Option<&str>) -> Vec<&'a str> {
        let mut from = 0;
        ends(text, language)
            .into_iter()
            .map(|end| {
                let piece = text[from..end].trim();
                from = end;
                piece
            })
            .collect()
    }

    #[test]
    fn italian_abbreviations_do_not_end_a_sentence() {
        for whole in [
            "Il sig. Rossi e la dott.ssa Bianchi aprono.",
            "Vedi l'art. 5 e pag. 12 del testo.",
            "Pane, latte, ecc. sono pronti.",
            "Opere di G. Verdi e G. Rossini.",
            "Costa 3.50 euro, p.es. Domenica.",
            "Beh… forse domani.",
            "Beh... forse domani.",
            "Vai su https://a.example/x.y?Z=1.2 e leggi.",
        ] {
            assert_eq!(split(whole, Some("it")), [whole]);
        }
    }

    #[test]
    fn english_abbreviations_do_not_end_a_sentence() {
        for whole in [
            "Mr. Smith met Dr. Jones at St. Mary's.",
            "Fruit, e.g. Apples, i.e. The red ones.",
            "See no. 7 on p. 12 there.",
            "It grew 3.5 percent at example.org today.",
            "By J. R. R. Tolkien himself.",
        ] {
            assert_eq!(split(whole, Some("en")), [whole]);
        }
    }

    #[test]
    fn ordinary_ends_are_found() {
        assert_eq!(
            split(
                "Pane, latte, ecc. Domani apriamo! Davvero? «Sì.» Bene… Ciao.",
                Some("it")
            ),
            [
                "Pane, latte, ecc.",
                "Domani apriamo!",
                "Davvero?",
                "«Sì.»",
                "Bene…",
                "Ciao."
            ]
        );
        assert_eq!(
            split("I said no. Then I left. \"Really?\" Yes.", Some("en")),
            ["I said no.", "Then I left.", "\"Really?\"", "Yes."]
        );
        assert_eq!(
            split("今日は晴れ。明日は雨！そう？", Some("ja")),
            ["今日は晴れ。", "明日は雨！", "そう？"]
        );
    }

    #[test]
    fn a_paragraph_ends_a_heading_but_a_line_does_not() {
        assert_eq!(
            split("News of May\n\nWe open\non Monday", None),
            ["News of May", "We open\non Monday"]
        );
        assert_eq!(
            split("Ciao,\n\napriamo.", Some("it")),
            ["Ciao,\n\napriamo."]
        );
    }

    #[test]
    fn nothing_has_no_sentences() {
        assert!(ends("", None).is_empty());
        assert!(ends(" \n ", None).is_empty());
    }
}

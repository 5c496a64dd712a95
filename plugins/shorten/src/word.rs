//! Where words end, and how a text that was cut there closes. A word is what stands between blanks; only scripts that
//! write without blanks are cut by Unicode's words, so a URL, an address, a price or a hyphenated word stays whole.

use staffetta_plugin::Span;
use staffetta_plugin::text::tokens;
use unicode_segmentation::UnicodeSegmentation;

/// The byte offsets behind each word of `text`, in order: boundaries between graphemes, never inside a link, a mention
/// or a tag.
#[must_use]
pub fn ends(text: &str) -> Vec<usize> {
    let tokens = tokens(text);
    let graphemes: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).collect();
    let is_boundary = |at: usize| at == text.len() || graphemes.binary_search(&at).is_ok();
    let mut inside = tokens.iter().peekable();
    let mut found = Vec::new();
    for (at, piece) in text.split_word_bound_indices() {
        let end = at + piece.len();
        if piece.chars().all(char::is_whitespace) {
            continue;
        }
        while inside.next_if(|t| (t.end as usize) <= at).is_some() {}
        let cuts_token = inside
            .peek()
            .is_some_and(|t| (t.start as usize) < end && end < t.end as usize);
        let rest = &text[end..];
        let ends_here = rest.is_empty() || rest.starts_with(char::is_whitespace);
        let last = piece.chars().next_back();
        let next = rest.chars().next();
        // Between two characters of a script without blanks, but not before a mark that belongs to the left.
        let unspaced = last
            .is_some_and(|c| is_unspaced(c) || matches!(c, '、' | '。' | '，' | '！' | '？'))
            && next.is_some_and(|c| is_unspaced(c) || c.is_alphanumeric());
        if (ends_here || unspaced) && !cuts_token && is_boundary(end) {
            found.push(end);
        }
    }
    found
}

/// Letters of scripts that put no blanks between words: Han, kana, Hangul is not among them, Thai, Lao, Khmer, Burmese.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{323AF}')
}

/// Where a text that was cut inside a sentence at `end` really ends: without loose punctuation, but never inside a link,
/// mention or tag. `spans` are those of the whole text, in order.
#[must_use]
pub fn tidy(text: &str, end: usize, spans: &[Span]) -> usize {
    let kept = &text[..end];
    let before = spans.partition_point(|t| t.end as usize <= end);
    let token = spans[..before].last().map_or(0, |t| t.end as usize);
    let loose = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ';'
                    | ':'
                    | '.'
                    | '…'
                    | '-'
                    | '–'
                    | '—'
                    | '('
                    | '['
                    | '«'
                    | '“'
                    | '‘'
                    | '、'
                    | '，'
            )
    };
    kept.trim_end_matches(loose).len().max(token)
}

/// Puts `ellipsis` behind a text that ends at a `tidy` place. A space keeps it apart from a link, mention or tag, which
/// it would become a part of.
#[must_use]
pub fn close(text: &str, end: usize, ellipsis: &str) -> String {
    let kept = &text[..end];
    let touches = tokens(kept).last().is_some_and(|t| t.end as usize == end);
    let space = if touches && !ellipsis.is_empty() {
        " "
    } else {
        ""
    };
    format!("{kept}{space}{ellipsis}")
}

/// How many words a text has.
#[must_use]
pub fn count(text: &str) -> usize {
    ends(text).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let mut from = 0;
        ends(text)
            .into_iter()
            .map(|end| {
                let word = text[from..end].trim();
                from = end;
                word
            })
            .collect()
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(
            words("L'e-commerce costa 3.50€, vedi a.example/b-c e @anna@ex.social!"),
            [
                "L'e-commerce",
                "costa",
                "3.50€,",
                "vedi",
                "a.example/b-c",
                "e",
                "@anna@ex.social!"
            ]
        );
        assert_eq!(words("#東京タワー 東京。"), ["#東京タワー", "東", "京。"]);
    }

    fn closed(text: &str, end: usize, ellipsis: &str) -> String {
        close(text, tidy(text, end, &tokens(text)), ellipsis)
    }

    #[test]
    fn a_cut_closes_neatly() {
        assert_eq!(closed("Uno, due", 4, "…"), "Uno…");
        assert_eq!(closed("Il sig. Rossi", 7, "…"), "Il sig…");
        assert_eq!(
            closed("Su https://a.example/b- ora", 23, "…"),
            "Su https://a.example/b- …"
        );
        assert_eq!(closed("Con @anna e", 9, ""), "Con @anna");
    }
}

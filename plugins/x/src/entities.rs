//! What the network makes clickable in a text: links, `@names` and lists, `#tags`, `$tickers`.

use staffetta_plugin::{Span, SpanKind};
use unicode_general_category::{GeneralCategory as Category, get_general_category};

use crate::domain::{is_latin_accent, is_punctuation, is_space};
use crate::urls;

/// The spans of a text that is in NFC, in order, none overlapping another.
pub(crate) fn find(text: &str) -> Vec<Span> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let text = Chars { text, chars };
    let mut all = links(text.text);
    all.extend(mentions(&text));
    all.extend(tags(&text));
    all.extend(tickers(&text));
    all.sort_by_key(|span| span.start);
    let mut last = 0;
    all.retain(|span| {
        let free = span.start >= last;
        if free {
            last = span.end;
        }
        free
    });
    all
}

struct Chars<'a> {
    text: &'a str,
    chars: Vec<(usize, char)>,
}

impl Chars<'_> {
    fn at(&self, index: usize) -> Option<char> {
        self.chars.get(index).map(|&(_, c)| c)
    }

    fn before(&self, index: usize) -> Option<char> {
        index.checked_sub(1).and_then(|index| self.at(index))
    }

    fn offset(&self, index: usize) -> usize {
        self.chars
            .get(index)
            .map_or(self.text.len(), |&(offset, _)| offset)
    }

    /// The index behind the run of characters from `index` on that pass `test`, at most `most` of them.
    fn run(&self, index: usize, most: usize, test: impl Fn(char) -> bool) -> usize {
        let rest = self.chars.get(index..).unwrap_or_default();
        index
            + rest
                .iter()
                .take(most)
                .take_while(|&&(_, c)| test(c))
                .count()
    }

    fn span(&self, start: usize, end: usize, kind: SpanKind, skip: usize) -> Span {
        let (from, to) = (self.offset(start), self.offset(end));
        let target = self.text[self.offset(start + skip)..to].to_string();
        Span {
            start: from as u32,
            end: to as u32,
            kind,
            target,
        }
    }

    /// True where `://` follows, so that what stands before it is a protocol.
    fn protocol(&self, index: usize) -> bool {
        self.text[self.offset(index)..].starts_with("://")
    }
}

fn unit(c: char) -> u16 {
    u16::try_from(c as u32).unwrap_or(0xFFFD)
}

/// Links with byte offsets.
fn links(text: &str) -> Vec<Span> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let found = urls::find(&units);
    let mut chars = text.char_indices();
    let mut at = 0;
    // Links begin and end between characters; this walks the text once.
    let mut offset = |target: usize| {
        while at < target {
            let Some((_, c)) = chars.next() else { break };
            at += c.len_utf16();
        }
        chars.offset() as u32
    };
    let mut spans = Vec::new();
    for url in found {
        let (start, end) = (offset(url.start), offset(url.end));
        let shown = &text[start as usize..end as usize];
        let lower = shown.get(..8).unwrap_or(shown).to_ascii_lowercase();
        let full = lower.starts_with("http://") || lower.starts_with("https://");
        let target = if full {
            shown.to_string()
        } else {
            format!("https://{shown}")
        };
        spans.push(Span {
            start,
            end,
            kind: SpanKind::Link,
            target,
        });
    }
    spans
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn mentions(text: &Chars<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    let (mut from, mut taken) = (0, 0);
    while from < text.chars.len() {
        let at = text.run(from, usize::MAX, |c| !is_at(c));
        let name = text.run(at + 1, 20, is_word);
        let open = at == 0 || at > taken && may_mention(text, at);
        if name == at + 1 || !open {
            from = at + 1;
            continue;
        }
        let mut end = name;
        if text.at(name) == Some('/') && text.at(name + 1).is_some_and(|c| c.is_ascii_alphabetic())
        {
            end = text.run(name + 2, 24, |c| is_word(c) || c == '-');
        }
        let after = text.at(end);
        let part_of_more = after.is_some_and(|c| is_at(c) || is_latin_accent(unit(c)));
        if !part_of_more && !text.protocol(end) {
            found.push(text.span(at, end, SpanKind::Mention, 1));
        }
        (from, taken) = (end, end);
    }
    found
}

fn is_at(c: char) -> bool {
    matches!(c, '@' | '＠')
}

fn may_mention(text: &Chars<'_>, at: usize) -> bool {
    let Some(before) = text.before(at) else {
        return true;
    };
    if !(is_word(before) || "!#$%&*@＠".contains(before)) {
        return true;
    }
    // A repost in the old way: `RT@anna`.
    let repost = at >= 2
        && matches!(
            (text.at(at - 2), text.at(at - 1)),
            (Some('r' | 'R'), Some('t' | 'T'))
        );
    repost
        && text
            .before(at - 2)
            .is_none_or(|c| !(is_word(c) || "+~.-".contains(c)))
}

fn is_tag_letter(c: char) -> bool {
    use Category as C;
    matches!(
        get_general_category(c),
        C::UppercaseLetter
            | C::LowercaseLetter
            | C::TitlecaseLetter
            | C::ModifierLetter
            | C::OtherLetter
            | C::NonspacingMark
            | C::SpacingMark
            | C::EnclosingMark
    )
}

fn is_tag(c: char) -> bool {
    is_tag_letter(c)
        || get_general_category(c) == Category::DecimalNumber
        || "_\u{200c}\u{200d}\u{a67e}\u{5be}\u{5f3}\u{5f4}\u{ff5e}\u{301c}\u{309b}\u{309c}\u{30a0}\u{30fb}\u{3003}\u{f0b}\u{f0c}\u{b7}"
            .contains(c)
}

fn is_hash(c: char) -> bool {
    matches!(c, '#' | '＃')
}

fn tags(text: &Chars<'_>) -> Vec<Span> {
    let mut found = Vec::new();
    // `taken` is the end of the last word that was read as a tag: the character before the next one lies behind it.
    let (mut from, mut taken) = (0, 0);
    while from < text.chars.len() {
        let at = text.run(from, usize::MAX, |c| !is_hash(c));
        let end = text.run(at + 1, usize::MAX, is_tag);
        let word = text.chars.get(at + 1..end).unwrap_or_default();
        let keycap = matches!(text.at(at + 1), Some('\u{FE0F}' | '\u{20E3}'));
        if keycap || !may_tag(text, at, taken) || !word.iter().any(|&(_, c)| is_tag_letter(c)) {
            from = at + 1;
            continue;
        }
        if !text.at(end).is_some_and(is_hash) && !text.protocol(end) {
            found.push(text.span(at, end, SpanKind::Tag, 1));
        }
        (from, taken) = (end, end);
    }
    found
}

fn may_tag(text: &Chars<'_>, at: usize, taken: usize) -> bool {
    at == 0
        || at > taken
            && text
                .before(at)
                .is_some_and(|c| matches!(c, '\u{FE0E}' | '\u{FE0F}') || !(is_tag(c) || c == '&'))
}

fn tickers(text: &Chars<'_>) -> Vec<Span> {
    let closes = |index: usize| {
        text.at(index).is_none_or(|c| {
            let unit = unit(c);
            is_space(unit) || is_punctuation(unit) || unit == 0xFEFF
        })
    };
    let mut found = Vec::new();
    for (at, &(_, c)) in text.chars.iter().enumerate() {
        if c != '$' || !text.before(at).is_none_or(|c| is_space(unit(c))) {
            continue;
        }
        let letter = |c: char| c.is_ascii_alphabetic();
        let name = text.run(at + 1, 6, letter);
        if name == at + 1 {
            continue;
        }
        let class = text.run(name + 1, 2, letter);
        if matches!(text.at(name), Some('.' | '_')) && class > name + 1 && closes(class) {
            found.push(text.span(at, class, SpanKind::Tag, 0));
        } else if closes(name) {
            found.push(text.span(at, name, SpanKind::Tag, 0));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        find(text)
            .iter()
            .map(|s| text[s.start as usize..s.end as usize].to_string())
            .collect()
    }

    #[test]
    fn all_kinds() {
        assert_eq!(
            found("@anna e @luca/amici: #Caffè_2 $ACME su example.com/#x"),
            [
                "@anna",
                "@luca/amici",
                "#Caffè_2",
                "$ACME",
                "example.com/#x"
            ]
        );
    }

    #[test]
    fn none() {
        for text in [
            "a@anna", "#1", "a#b", "&#b", "#️⃣", "$1", "x$ACME", "@anna@ex",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }

    #[test]
    fn targets_can_be_opened() {
        assert_eq!(find("example.com")[0].target, "https://example.com");
        assert_eq!(find("#Caffè")[0].target, "Caffè");
    }
}

//! How long a text is for the network: grapheme clusters, after each link was replaced by a fixed number of characters
//! and each `@user@host` by `@user`.

use staffetta_plugin::{SpanKind, text};

use crate::entities;

/// The length of a text where a link counts `link` characters.
pub(crate) fn length(text: &str, link: u32) -> u32 {
    let stand_in = "x".repeat(link as usize);
    let mut counted = String::with_capacity(text.len());
    let mut at = 0;
    for span in entities::find(text) {
        let (start, end) = (span.start as usize, span.end as usize);
        counted.push_str(&text[at..start]);
        match span.kind {
            SpanKind::Link => counted.push_str(&stand_in),
            SpanKind::Mention => {
                counted.push('@');
                counted.push_str(span.target.split('@').next().unwrap_or_default());
            }
            SpanKind::Tag => counted.push_str(&text[start..end]),
        }
        at = end;
    }
    counted.push_str(&text[at..]);
    text::graphemes(&counted)
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn links_and_hosts_have_their_own_length() {
        assert_eq!(
            length("https://example.com/a/very/long/path/indeed", 23),
            23
        );
        assert_eq!(length("http://a.it", 23), 23);
        assert_eq!(length("example.com/x", 23), 13);
        assert_eq!(length("Ciao @anna@mastodon.example!", 23), 11);
        assert_eq!(length("👨‍👩‍👧 e\u{301}\n#Caffè", 23), 10);
        assert_eq!(length("anna@example.com", 23), 16);
    }
}

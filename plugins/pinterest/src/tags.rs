//! Puts a post's tags behind its text where the text does not have them.

use staffetta_plugin::{SpanKind, text};

/// Appends those tags that are not in the text and that have room, and says which were left out.
pub(crate) fn with_tags(
    text: &str,
    tags: &[String],
    has_room: impl Fn(&str) -> bool,
    notes: &mut Vec<String>,
) -> String {
    let mut made = text.to_string();
    let mut first = true;
    for tag in tags {
        let word = hashtag(tag);
        if has_tag(&made, &word) {
            continue;
        }
        let parting = match (made.is_empty(), first) {
            (true, _) => "",
            (false, true) => "\n\n",
            (false, false) => " ",
        };
        let longer = format!("{made}{parting}{word}");
        if !has_tag(&longer, &word) {
            notes.push(format!(
                "The tag {tag} was left out: {word} would not be a tag here."
            ));
        } else if has_room(&longer) {
            made = longer;
            first = false;
        } else {
            notes.push(format!(
                "The tag {word} was left out: there is no room for it."
            ));
        }
    }
    made
}

fn has_tag(text: &str, word: &str) -> bool {
    let target = word.trim_start_matches('#').to_lowercase();
    text::tokens(text)
        .iter()
        .any(|s| s.kind == SpanKind::Tag && s.target.to_lowercase() == target)
}

/// A tag is one word: `social media` becomes `#SocialMedia`.
fn hashtag(tag: &str) -> String {
    let words: Vec<&str> = tag
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    if let [word] = words[..] {
        return format!("#{word}");
    }
    let capital = |word: &&str| {
        let mut chars = word.chars();
        let first: String = chars
            .next()
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default();
        first + chars.as_str()
    };
    format!("#{}", words.iter().map(capital).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_without_room_are_left_out_and_said() {
        let mut notes = Vec::new();
        let tags = [
            "social media".to_string(),
            "Ciao".into(),
            "2026".into(),
            "lunghissimo".into(),
        ];
        assert_eq!(
            with_tags("x #ciao", &tags, |text| text.len() <= 24, &mut notes),
            "x #ciao\n\n#SocialMedia"
        );
        assert_eq!(notes.len(), 2, "{notes:?}");
    }
}

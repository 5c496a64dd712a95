//! Makes the text that the network gets out of a post's fields: names become this network's handles, the link and the
//! tags are put behind the text where they are not in it.

use crate::types::{Media, Mention, Post, Span, SpanKind};

/// How a network finds links, mentions and tags in a text.
pub type Find = fn(&str) -> Vec<Span>;

/// What decides how a post's text is put together.
#[derive(Debug, Clone, Copy)]
pub struct Body<'a> {
    /// The network's name in `mention.network`.
    pub network: &'a str,
    /// How the network finds links, mentions and tags.
    pub find: Find,
    /// The link goes behind a text that does not have it.
    pub link: bool,
    /// So do the tags.
    pub tags: bool,
}

impl Body<'_> {
    /// The texts and media of a post: one, or those of its thread. `has_room` says whether a text with one more tag fits.
    pub fn parts(
        &self,
        post: &Post,
        has_room: impl Fn(&str) -> bool,
        notes: &mut Vec<String>,
    ) -> Vec<(String, Vec<Media>)> {
        let mut parts: Vec<(String, Vec<Media>)> = post
            .thread
            .iter()
            .map(|segment| {
                (
                    name(segment.text.trim(), &post.mentions, self.network),
                    segment.media.clone(),
                )
            })
            .collect();
        if parts.is_empty() {
            parts.push((name(text(post), &post.mentions, self.network), Vec::new()));
        }
        if parts.iter().all(|(_, media)| media.is_empty())
            && let Some((_, media)) = parts.first_mut()
        {
            media.clone_from(&post.media);
        }
        // A link and tags that no part has go behind the last one.
        let whole: String = parts.iter().map(|(text, _)| format!("{text}\n")).collect();
        if let Some((text, _)) = parts.last_mut() {
            if self.link {
                let missing = post
                    .link
                    .as_deref()
                    .filter(|link| !whole.contains(link.trim()));
                *text = with_link(text, missing);
            }
            if self.tags {
                let missing: Vec<String> = post
                    .tags
                    .iter()
                    .filter(|tag| !has_tag(&whole, &hashtag(tag), self.find))
                    .cloned()
                    .collect();
                *text = with_tags(text, &missing, self.find, has_room, notes);
            }
        }
        for label in strangers(&whole, &post.mentions, self) {
            notes.push(format!(
            "{label} is known on other networks only; here the name may belong to somebody else."
        ));
        }
        parts
    }
}

/// The text of a post, or its title where there is no text.
fn text(post: &Post) -> &str {
    let text = post.text.trim();
    if text.is_empty() {
        post.title.as_deref().unwrap_or_default().trim()
    } else {
        text
    }
}

/// The words of the post's mentions become this network's handles.
fn name(text: &str, mentions: &[Mention], network: &str) -> String {
    let here = mentions
        .iter()
        .filter(|m| m.network == network && !m.label.is_empty());
    here.fold(text.to_string(), |text, mention| {
        let handle = format!("@{}", mention.handle.trim_start_matches('@'));
        replace_word(&text, &mention.label, &handle)
    })
}

/// Replaces `word` where it does not stand inside a longer word.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@');
    while let Some(at) = rest.find(word) {
        let (before, behind) = (&rest[..at], &rest[at + word.len()..]);
        let whole = !before
            .chars()
            .next_back()
            .or(made.chars().next_back())
            .is_some_and(part)
            && !behind.chars().next().is_some_and(part);
        made.push_str(before);
        made.push_str(if whole { with } else { word });
        rest = behind;
    }
    made + rest
}

/// Names in the text that are known only on other networks: here they would mean somebody else.
fn strangers(text: &str, mentions: &[Mention], body: &Body<'_>) -> Vec<String> {
    let known = |label: &str, here: bool| {
        mentions
            .iter()
            .any(|m| m.label == label && (m.network == body.network) == here)
    };
    let spans = (body.find)(text);
    let mut labels: Vec<String> = spans
        .iter()
        .map(|span| text[span.start as usize..span.end as usize].to_string())
        .filter(|label| label.starts_with('@') && known(label, false) && !known(label, true))
        .collect();
    labels.dedup();
    labels
}

/// Appends the link unless the text has it.
fn with_link(text: &str, link: Option<&str>) -> String {
    match link
        .map(str::trim)
        .filter(|link| !link.is_empty() && !text.contains(link))
    {
        Some(link) if text.is_empty() => link.into(),
        Some(link) => format!("{text}\n\n{link}"),
        None => text.into(),
    }
}

/// Appends those tags that are not in the text and that have room, and says which were left out.
pub fn with_tags(
    text: &str,
    tags: &[String],
    find: Find,
    has_room: impl Fn(&str) -> bool,
    notes: &mut Vec<String>,
) -> String {
    let mut made = text.to_string();
    let mut first = true;
    for tag in tags {
        let word = hashtag(tag);
        if has_tag(&made, &word, find) {
            continue;
        }
        let parting = match (made.is_empty(), first) {
            (true, _) => "",
            (false, true) => "\n\n",
            (false, false) => " ",
        };
        let longer = format!("{made}{parting}{word}");
        if !has_tag(&longer, &word, find) {
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

fn has_tag(text: &str, word: &str, find: Find) -> bool {
    let target = word.trim_start_matches('#').to_lowercase();
    find(text)
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
    use crate::text::tokens;

    const BODY: Body<'_> = Body {
        network: "here",
        find: tokens,
        link: true,
        tags: true,
    };

    #[test]
    fn only_whole_words_become_handles() {
        let mention = |label: &str, network: &str| Mention {
            label: label.into(),
            network: network.into(),
            handle: "anna_b".into(),
            id: None,
        };
        assert_eq!(
            name("@anna e @annalisa", &[mention("@anna", "here")], "here"),
            "@anna_b e @annalisa"
        );
        assert_eq!(
            strangers("Ciao @anna", &[mention("@anna", "elsewhere")], &BODY),
            ["@anna"]
        );
    }

    #[test]
    fn a_link_is_there_once() {
        assert_eq!(
            with_link("See https://a.example/x", Some("https://a.example/x")),
            "See https://a.example/x"
        );
        assert_eq!(
            with_link("See", Some("https://a.example/x")),
            "See\n\nhttps://a.example/x"
        );
    }

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
            with_tags(
                "x #ciao",
                &tags,
                tokens,
                |text| text.len() <= 24,
                &mut notes
            ),
            "x #ciao\n\n#SocialMedia"
        );
        assert_eq!(notes.len(), 2, "{notes:?}");
    }
}

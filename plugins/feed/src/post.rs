//! From an entry to the contract's post: addresses resolved, HTML converted, dates read, names and tags tidied.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use staffetta_plugin::types::{Instant, MediaKind, Origin, Post};

use crate::absolute::absolute;
use crate::date;
use crate::entry::{Entry, Meta, Words};
use crate::html::{Context, Rendered};
use crate::{link, media};

/// Media of one post that are kept.
const MOST_MEDIA: usize = 100;

/// Where entries come from.
#[derive(Debug)]
pub struct Source<'a> {
    /// The address in the configuration: the origin's name.
    pub feed: &'a str,
    /// Where the document was found in the end.
    pub document: &'a str,
    /// What the feed says of itself.
    pub meta: &'a Meta,
}

/// What was odd, counted, so that a thousand entries make one line.
#[derive(Debug, Default)]
pub struct Notes(BTreeMap<&'static str, (u32, String)>, Vec<String>);

impl Notes {
    /// One more of this kind, such as `entries without a date`.
    pub fn count(&mut self, what: &'static str, example: &str) {
        let (count, _) = self
            .0
            .entry(what)
            .or_insert_with(|| (0, example.chars().take(80).collect()));
        *count += 1;
    }

    /// A sentence of its own, once.
    pub fn say(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if !self.1.contains(&sentence) {
            self.1.push(sentence);
        }
    }

    /// All lines.
    #[must_use]
    pub fn lines(self) -> Vec<String> {
        let counted = self.0.into_iter().map(|(what, (count, example))| {
            if example.is_empty() {
                format!("{what}: {count}")
            } else {
                format!("{what}: {count}, such as “{example}”")
            }
        });
        self.1.into_iter().chain(counted).collect()
    }
}

/// Makes the post; none when the entry has nothing to post.
#[must_use]
pub fn post(entry: Entry, source: &Source<'_>, notes: &mut Notes) -> Option<Post> {
    let id = entry.identity(source.feed)?;
    let base = entry.base.clone().or_else(|| {
        source
            .meta
            .base
            .as_deref()
            .and_then(|base| link::web(base, Some(source.document)))
    });
    let link_base = base.as_deref().unwrap_or(source.document);
    let link = entry
        .link
        .as_deref()
        .and_then(|l| link::web(l, Some(link_base)))
        .or_else(|| entry.permalink.then(|| link::web(&id, None))?);
    // Relative addresses in an article are relative to the article's page.
    let content_base = entry
        .base
        .as_deref()
        .or(link.as_deref())
        .unwrap_or(link_base);
    let context = Context {
        base: Some(content_base),
        own: link.as_deref(),
    };

    let title = entry.title.as_ref().and_then(Words::line);
    let rendered = entry
        .content
        .as_ref()
        .map(|w| w.render(context))
        .unwrap_or_default();
    let short = entry
        .summary
        .as_ref()
        .map(|w| w.render(context))
        .unwrap_or_default();
    let (text, summary) = texts(&rendered, &short);
    let html = entry
        .content
        .as_ref()
        .or(entry.summary.as_ref())
        .filter(|w| w.is_html());
    let html = html.map(|words| absolute(words.raw(), content_base));

    let mut all = Vec::new();
    let from_feed = entry
        .media
        .into_iter()
        .filter_map(|m| resolved(m, content_base));
    for found in from_feed.chain(rendered.media).chain(short.media) {
        media::add(&mut all, found);
    }
    if !all
        .iter()
        .any(|m| matches!(m.kind, MediaKind::Image | MediaKind::Animation))
    {
        let widest = entry
            .thumbnails
            .into_iter()
            .filter_map(|m| resolved(m, content_base));
        all.extend(widest.rev().max_by_key(|m| m.width));
    }
    if all.len() > MOST_MEDIA {
        notes.count(
            "entries with more than 100 media; the first 100 were taken",
            &id,
        );
        all.truncate(MOST_MEDIA);
    }
    if title.is_none() && text.is_empty() && all.is_empty() && link.is_none() {
        return None;
    }

    let published = read_date(entry.published.as_deref(), notes);
    let updated = read_date(entry.updated.as_deref(), notes);
    if published.is_none()
        && updated.is_none()
        && entry.published.is_none()
        && entry.updated.is_none()
    {
        notes.count("entries without a date", &id);
    }
    let mut extra = entry.extra;
    if let Some(title) = &source.meta.title {
        extra.insert("feed".into(), json!({ "title": title }));
    }
    Some(Post {
        title,
        text,
        summary,
        html,
        card: None,
        media: all,
        thread: Vec::new(),
        tags: tags(entry.tags),
        mentions: Vec::new(),
        language: entry
            .language
            .as_deref()
            .or(source.meta.language.as_deref())
            .and_then(language),
        author: author(entry.authors).or_else(|| source.meta.author.clone()),
        origin: Origin {
            source: source.feed.into(),
            item: id.clone(),
            url: link.clone(),
            published,
            updated,
        },
        link,
        reply_to: None,
        overrides: Vec::new(),
        extra: Value::Object(extra).to_string(),
        id,
    })
}

/// The text and, where it differs, the author's shorter one.
fn texts(content: &Rendered, short: &Rendered) -> (String, Option<String>) {
    let text = without_footer(&content.text);
    let summary = without_footer(&short.text);
    if text.is_empty() {
        return (summary.into(), None);
    }
    let differs = !summary.is_empty() && summary != text;
    (text.into(), differs.then(|| summary.into()))
}

/// Without the last line that blog software puts under each entry to name the page, which the post's link does.
fn without_footer(text: &str) -> &str {
    let start = text.rfind("\n\n").map_or(0, |at| at + 2);
    let last = &text[start..];
    let is_footer = last.len() < 600
        && [
            ("The post ", " appeared first on "),
            ("The post ", " first appeared on "),
            ("L’articolo ", " proviene da "),
            ("L'articolo ", " proviene da "),
            ("L’articolo ", " sembra essere il primo su "),
        ]
        .iter()
        .any(|(begin, middle)| last.starts_with(begin) && last.contains(middle));
    if is_footer {
        text[..start].trim_end()
    } else {
        text
    }
}

fn resolved(
    mut found: staffetta_plugin::types::Media,
    base: &str,
) -> Option<staffetta_plugin::types::Media> {
    found.url = Some(link::web(found.url.as_deref()?, Some(base))?);
    Some(found)
}

fn read_date(text: Option<&str>, notes: &mut Notes) -> Option<Instant> {
    let text = text?;
    let Some(read) = date::parse(text) else {
        notes.count("dates that can't be read", text);
        return None;
    };
    if read.unknown_zone {
        notes.count("dates in an unknown time zone, read as UTC", text);
    }
    Some(read.at)
}

/// Without `#` and repeats, and without the category that blog software gives to what has none.
fn tags(found: Vec<String>) -> Vec<String> {
    let mut tidy: Vec<String> = Vec::new();
    for tag in found {
        let tag = tag
            .trim()
            .trim_start_matches(['#', '＃'])
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        let lower = tag.to_lowercase();
        let is_none = matches!(
            lower.as_str(),
            "" | "uncategorized" | "uncategorised" | "senza categoria"
        );
        if !is_none && !tidy.iter().any(|t| t.to_lowercase() == lower) {
            tidy.push(tag);
        }
    }
    tidy
}

fn author(found: Vec<String>) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for name in found {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// `it_IT`, `IT-it`, `it` as BCP 47 writes them; none for what is no tag.
#[must_use]
pub fn language(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(['-', '_']).collect();
    let first = parts
        .first()
        .filter(|p| matches!(p.len(), 2..=3) && p.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let mut tag = first.to_ascii_lowercase();
    for part in &parts[1..] {
        if !(1..=8).contains(&part.len()) || !part.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        tag.push('-');
        match part.len() {
            2 => tag.push_str(&part.to_ascii_uppercase()),
            4 if part.as_bytes()[0].is_ascii_alphabetic() => {
                tag.push_str(&part[..1].to_ascii_uppercase());
                tag.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => tag.push_str(&part.to_ascii_lowercase()),
        }
    }
    Some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages() {
        assert_eq!(language("it_it").as_deref(), Some("it-IT"));
        assert_eq!(language("zh-hant-TW").as_deref(), Some("zh-Hant-TW"));
        assert_eq!(language("Italiano"), None);
        assert_eq!(language(""), None);
    }

    #[test]
    fn footers_go_and_texts_stay() {
        assert_eq!(
            without_footer("Text.\n\nThe post A appeared first on Acme (https://acme.example)."),
            "Text."
        );
        assert_eq!(
            without_footer("Testo.\n\nL'articolo A proviene da Acme."),
            "Testo."
        );
        assert_eq!(
            without_footer("The post office is open.\n\nEnd."),
            "The post office is open.\n\nEnd."
        );
    }
}

//! RSS 0.9x, 1.0 and 2.0: from elements to an entry and to what the feed says of itself.

use serde_json::Value;

use crate::entry::{Entry, Meta, Words};
use crate::xml::{Element, Inherited};
use crate::{link, mediarss};

/// Bytes of one further field that are kept.
const LONGEST_EXTRA: usize = 4096;
/// Further fields that are kept of one entry.
const MOST_EXTRA: usize = 64;

/// The channel. `root` is `rss` or `rdf:RDF`.
#[must_use]
pub fn meta(root: &Element) -> Meta {
    let Some(channel) = root.first("channel") else {
        return Meta::default();
    };
    let text = |name: &str| {
        channel
            .elements()
            .filter(|e| e.name == name)
            .find_map(Element::words)
    };
    Meta {
        title: text("title").and_then(|t| Words::Either(t).line()),
        link: text("link"),
        language: text("language")
            .or_else(|| text("dc:language"))
            .or_else(|| {
                [channel, root]
                    .iter()
                    .find_map(|e| e.attribute("xml:lang").map(String::from))
            }),
        author: text("itunes:author")
            .or_else(|| text("dc:creator"))
            .and_then(|a| name_of(&a)),
        next: next_link(channel),
        // Feeds that a service hosts are relative to the site that they are about.
        base: [channel, root]
            .iter()
            .find_map(|e| e.attribute("xml:base").map(String::from))
            .or_else(|| text("link").filter(|l| link::is_web(l))),
    }
}

/// Where the older entries are: `next` of RFC 5005's paged feeds, `prev-archive` of its archived ones.
#[must_use]
pub fn next_link(element: &Element) -> Option<String> {
    ["next", "prev-archive"].iter().find_map(|rel| {
        let link = element
            .elements()
            .find(|e| e.name == "atom:link" && e.attribute("rel") == Some(rel))?;
        link.attribute("href").map(String::from)
    })
}

/// One item.
#[must_use]
pub fn entry(item: &Element, inherited: &Inherited) -> Entry {
    let mut entry = Entry {
        id: item.attribute("rdf:about").map(String::from),
        base: inherited.base.clone(),
        language: inherited.language.clone(),
        ..Entry::default()
    };
    let mut description = None;
    let mut original = None;
    for element in item.elements() {
        if mediarss::take(element, &mut entry) {
            continue;
        }
        match element.name.as_str() {
            "title" => set(&mut entry.title, element.words().map(Words::Either)),
            "link" => set(
                &mut entry.link,
                element
                    .words()
                    .or_else(|| element.attribute("href").map(String::from)),
            ),
            "atom:link" => {
                if matches!(element.attribute("rel"), None | Some("alternate")) {
                    set(&mut entry.link, element.attribute("href").map(String::from));
                }
            }
            "feedburner:origlink" => original = element.words(),
            "guid" => {
                entry.id = element.words().or(entry.id);
                let says_no = element
                    .attribute("ispermalink")
                    .is_some_and(|v| v.eq_ignore_ascii_case("false"));
                entry.permalink = !says_no && entry.id.as_deref().is_some_and(link::is_web);
            }
            "description" => set(&mut description, markup(element)),
            "content:encoded" | "xhtml:body" | "xhtml:div" => {
                set(&mut entry.content, markup(element).map(as_html))
            }
            "itunes:summary" | "atom:summary" => set(&mut entry.summary, markup(element)),
            "pubdate" | "dcterms:issued" | "atom:published" => {
                set(&mut entry.published, element.words())
            }
            "dc:date" | "dcterms:created" => set(&mut entry.published, element.words()),
            "atom:updated" | "dcterms:modified" => set(&mut entry.updated, element.words()),
            "dc:creator" => entry
                .authors
                .splice(0..0, name_of(&element.text()))
                .for_each(drop),
            "author" | "itunes:author" => entry.authors.extend(name_of(&element.text())),
            "atom:author" => entry
                .authors
                .extend(element.first("atom:name").and_then(|n| name_of(&n.text()))),
            "category" | "dc:subject" => entry.tags.extend(Words::Either(element.text()).line()),
            "dc:language" | "language" => entry.language = element.words().or(entry.language),
            _ => keep(element, &mut entry),
        }
    }
    entry.link = original.or(entry.link);
    // With the full content beside it the description is a summary, else it is the content.
    if entry.content.is_some() {
        entry.summary = description.or(entry.summary);
    } else {
        entry.content = description;
    }
    finish(&mut entry);
    entry
}

/// What can be settled only when all elements are read.
pub(crate) fn finish(entry: &mut Entry) {
    if let Some(ms) = entry
        .extra
        .remove("itunes:duration-ms")
        .and_then(|v| v.as_u64())
        && let Some(sound) = entry
            .media
            .iter_mut()
            .find(|m| m.kind == staffetta_plugin::types::MediaKind::Audio)
    {
        sound.duration_ms = sound.duration_ms.or(Some(ms));
    }
}

/// Keeps what no field of a post holds.
pub(crate) fn keep(element: &Element, entry: &mut Entry) {
    if entry.extra.len() >= MOST_EXTRA || entry.extra.contains_key(&element.name) {
        return;
    }
    let value = element.words().or_else(|| {
        element
            .attribute("url")
            .or(element.attribute("href"))
            .map(String::from)
    });
    if let Some(text) = value.filter(|t| t.len() <= LONGEST_EXTRA) {
        entry
            .extra
            .insert(element.name.clone(), Value::String(text));
    }
}

fn markup(element: &Element) -> Option<Words> {
    let text = element.words()?;
    Some(if element.has_markup() {
        Words::Html(element.inner_html())
    } else {
        Words::Either(text)
    })
}

fn as_html(words: Words) -> Words {
    match words {
        Words::Either(text) => Words::Html(text),
        other => other,
    }
}

pub(crate) fn set<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

/// The name in `anna@acme.example (Anna Rossi)`, `Anna Rossi <anna@acme.example>` or `Anna Rossi`. A mail address alone
/// is none: it must not end up in a post.
#[must_use]
pub fn name_of(text: &str) -> Option<String> {
    let line = Words::Either(text.replace(['<', '>'], " ")).line()?;
    let name = match (line.find('('), line.rfind(')')) {
        (Some(open), Some(close)) if open < close && line[..open].contains('@') => {
            line[open + 1..close].trim().to_string()
        }
        _ => line
            .split_whitespace()
            .filter(|word| !is_mail(word))
            .collect::<Vec<_>>()
            .join(" "),
    };
    (!name.is_empty()).then_some(name)
}

fn is_mail(word: &str) -> bool {
    let word = word.trim_matches(['(', ')', ',']);
    word.split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
}

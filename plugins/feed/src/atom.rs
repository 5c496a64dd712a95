//! Atom 1.0 (and what is left of 0.3): from elements to an entry and to what the feed says of itself.

use crate::entry::{Entry, Meta, Words};
use crate::mediarss;
use crate::rss::{finish, keep, name_of, next_link, set};
use crate::xml::{Element, Inherited};

/// The feed.
#[must_use]
pub fn meta(root: &Element) -> Meta {
    Meta {
        title: root
            .first("atom:title")
            .and_then(words)
            .and_then(|w| w.line()),
        link: page_link(root),
        language: root.attribute("xml:lang").map(String::from),
        author: root.first("atom:author").and_then(author),
        next: next_link(root),
        base: root.attribute("xml:base").map(String::from),
    }
}

/// One entry.
#[must_use]
pub fn entry(element: &Element, inherited: &Inherited) -> Entry {
    let mut entry = Entry {
        base: inherited.base.clone(),
        language: inherited.language.clone(),
        link: page_link(element),
        ..Entry::default()
    };
    for child in element.elements() {
        if mediarss::take(child, &mut entry) {
            continue;
        }
        match child.name.as_str() {
            "atom:id" => set(&mut entry.id, child.words()),
            "atom:title" => set(&mut entry.title, words(child)),
            "atom:content" => content(child, &mut entry),
            "atom:summary" => entry.summary = words(child).or(entry.summary),
            "atom:published" | "atom:issued" | "atom:created" => {
                set(&mut entry.published, child.words())
            }
            "atom:updated" | "atom:modified" => set(&mut entry.updated, child.words()),
            "atom:author" => entry.authors.extend(author(child)),
            "dc:creator" => entry.authors.extend(name_of(&child.text())),
            "atom:category" => {
                let label = child.attribute("label").or(child.attribute("term"));
                entry
                    .tags
                    .extend(label.map(String::from).or_else(|| child.words()));
            }
            "dc:subject" => entry.tags.extend(child.words()),
            "atom:link" if child.attribute("rel") == Some("enclosure") => {
                if let Some(url) = child.attribute("href") {
                    let found =
                        mediarss::linked(url, child.attribute("type"), child.attribute("length"));
                    crate::media::add(&mut entry.media, found);
                }
            }
            "atom:link" | "atom:contributor" | "atom:source" => {}
            "feedburner:origlink" => entry.link = child.words().or(entry.link),
            _ => keep(child, &mut entry),
        }
    }
    finish(&mut entry);
    entry
}

/// The `alternate` link, a web page before anything else.
fn page_link(element: &Element) -> Option<String> {
    let pages = || {
        element.elements().filter(|e| {
            e.name == "atom:link" && matches!(e.attribute("rel"), None | Some("alternate"))
        })
    };
    let is_page = |e: &&Element| {
        matches!(
            e.attribute("type"),
            None | Some("text/html" | "application/xhtml+xml")
        )
    };
    pages()
        .find(is_page)
        .or_else(|| pages().next())?
        .attribute("href")
        .map(String::from)
}

fn author(element: &Element) -> Option<String> {
    name_of(&element.first("atom:name")?.text())
}

fn content(element: &Element, entry: &mut Entry) {
    if let Some(base) = element.attribute("xml:base") {
        entry.base = crate::link::absolute(base, entry.base.as_deref()).or(entry.base.take());
    }
    let Some(source) = element.attribute("src") else {
        set(&mut entry.content, words(element));
        return;
    };
    // The content lies elsewhere: a page or a file.
    match element.attribute("type") {
        Some(media_type) if !media_type.contains("html") => {
            crate::media::add(
                &mut entry.media,
                mediarss::linked(source, Some(media_type), None),
            );
        }
        _ => set(&mut entry.link, Some(source.into())),
    }
}

fn words(element: &Element) -> Option<Words> {
    let kind = element
        .attribute("type")
        .unwrap_or("text")
        .to_ascii_lowercase();
    let found = match kind.as_str() {
        "xhtml" | "application/xhtml+xml" => Words::Html(element.inner_html()),
        _ if element.has_markup() => Words::Html(element.inner_html()),
        _ if kind.contains("html") => Words::Html(element.text()),
        _ => Words::Plain(element.text()),
    };
    (!found.raw().is_empty()).then_some(found)
}

//! When the address of a feed turns out to be a web page: recognises it and finds the feeds that it points to.

use html5gum::Token;

use crate::link;
use crate::markup::{attribute, tokens};

/// The media types of feeds in `<link rel="alternate" type="…">`.
const TYPES: [&str; 5] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "text/xml",
];

/// True when the start of a document is that of a web page.
#[must_use]
pub fn is_page(head: &str) -> bool {
    let head = head.trim_start_matches('\u{FEFF}').to_ascii_lowercase();
    let page = ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .filter_map(|mark| head.find(mark))
        .min();
    let feed = ["<rss", "<feed", "<rdf:rdf"]
        .iter()
        .filter_map(|mark| head.find(mark))
        .min();
    match (page, feed) {
        (Some(page), Some(feed)) => page < feed,
        (page, _) => page.is_some(),
    }
}

/// The feeds that a page names, each once, at most ten.
#[must_use]
pub fn feeds_of(html: &str, page: &str) -> Vec<String> {
    let mut base = page.to_string();
    let mut found = Vec::new();
    for token in tokens(html).flatten() {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let of = |name: &str| attribute(&tag.attributes, name);
        match &**tag.name {
            b"base" => {
                base = of("href")
                    .and_then(|h| link::web(&h, Some(page)))
                    .unwrap_or(base)
            }
            b"link" => {
                let is_alternate = of("rel").is_some_and(|r| {
                    r.split_whitespace()
                        .any(|r| r.eq_ignore_ascii_case("alternate"))
                });
                let is_feed =
                    of("type").is_some_and(|t| TYPES.contains(&t.to_ascii_lowercase().as_str()));
                let url = of("href").and_then(|h| link::web(&h, Some(&base)));
                if let Some(url) = url.filter(|url| is_alternate && is_feed && !found.contains(url))
                {
                    found.push(url);
                }
            }
            _ => {}
        }
        if found.len() == 10 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_feeds_of_a_page() {
        let page = include_str!("../fixtures/pages/home.html");
        assert!(is_page(page));
        assert_eq!(
            feeds_of(page, "https://acme.example/it/"),
            [
                "https://acme.example/feed.xml",
                "https://acme.example/it/commenti.atom",
            ]
        );
        assert!(!is_page(
            "<?xml version='1.0'?><rss><channel><title>&lt;html&gt;</title>"
        ));
    }
}

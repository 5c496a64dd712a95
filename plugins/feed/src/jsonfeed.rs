//! JSON Feed 1.0 and 1.1 as a stream of entries: each item is dropped before the next is read. Lenient about the types
//! that people get wrong (a number as id, one tag as a string).

use std::fmt;
use std::io::Read;
use std::ops::ControlFlow;

use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use staffetta_plugin::types::MediaKind;

use crate::entry::{Entry, Meta, Words};
use crate::{html, media};

/// Why a document is no feed.
#[derive(Debug)]
pub enum Fault {
    /// Not JSON, or it breaks off.
    Malformed {
        line: usize,
        column: usize,
        message: String,
    },
    /// JSON, but no feed, and why.
    NotAFeed(&'static str),
    /// Reading the bytes failed.
    Io(String),
}

struct Feed<'a, F> {
    entry: &'a mut F,
    fields: Map<String, Value>,
    has_items: bool,
    stopped: bool,
}

/// Reads a feed: hands each entry to `entry`, which may stop the reading, and gives what the feed says of itself (as
/// far as it was read).
///
/// # Errors
/// As `Fault` says.
pub fn read(
    input: impl Read,
    mut entry: impl FnMut(Entry) -> ControlFlow<()>,
) -> Result<Meta, Fault> {
    let mut feed = Feed {
        entry: &mut entry,
        fields: Map::new(),
        has_items: false,
        stopped: false,
    };
    let mut reader = serde_json::Deserializer::from_reader(input);
    let outcome = (&mut feed)
        .deserialize(&mut reader)
        .and_then(|()| if feed.stopped { Ok(()) } else { reader.end() });
    if !feed.stopped {
        outcome.map_err(|error| match error.classify() {
            serde_json::error::Category::Io => Fault::Io(error.to_string()),
            serde_json::error::Category::Data => {
                Fault::NotAFeed("it is not an object with a list of items")
            }
            _ => Fault::Malformed {
                line: error.line(),
                column: error.column(),
                message: error.to_string(),
            },
        })?;
    }
    let version = feed
        .fields
        .get("version")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !feed.has_items {
        return Err(Fault::NotAFeed("it has no list of items"));
    }
    if !feed.stopped && !version.contains("jsonfeed.org") {
        return Err(Fault::NotAFeed("its `version` does not name jsonfeed.org"));
    }
    Ok(meta(&feed.fields))
}

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> DeserializeSeed<'de> for &mut Feed<'_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> Visitor<'de> for &mut Feed<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON Feed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "items" => {
                    self.has_items = true;
                    map.next_value_seed(Items(&mut *self))?;
                }
                "version" | "title" | "home_page_url" | "language" | "next_url" | "author"
                | "authors" => {
                    let value = map.next_value()?;
                    self.fields.insert(key, value);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Items<'a, 'b, F>(&'a mut Feed<'b, F>);

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> DeserializeSeed<'de> for Items<'_, '_, F> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, F: FnMut(Entry) -> ControlFlow<()>> Visitor<'de> for Items<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<Value>()? {
            if (self.0.entry)(entry(item)).is_break() {
                self.0.stopped = true;
                // Only an error ends the reading of a list early; `stopped` tells that it is none.
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    let found = match map.get(key)? {
        Value::String(text) => text.trim().to_string(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!found.is_empty()).then_some(found)
}

fn names(map: &Map<String, Value>) -> Vec<String> {
    let several = map
        .get("authors")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default();
    several
        .iter()
        .chain(map.get("author"))
        .filter_map(|a| text(a.as_object()?, "name"))
        .collect()
}

fn meta(fields: &Map<String, Value>) -> Meta {
    Meta {
        title: text(fields, "title"),
        link: text(fields, "home_page_url"),
        language: text(fields, "language"),
        author: names(fields).into_iter().next(),
        next: text(fields, "next_url"),
        base: None,
    }
}

/// A title is plain text here, but generators that escape what they write for pages put entities into it all the same.
fn title(written: String) -> Words {
    Words::Plain(if written.contains('<') {
        written
    } else {
        html::unescaped(&written)
    })
}

fn entry(item: Value) -> Entry {
    let Value::Object(mut map) = item else {
        return Entry::default();
    };
    let mut entry = Entry {
        id: text(&map, "id"),
        permalink: true,
        link: text(&map, "url").or_else(|| text(&map, "external_url")),
        title: text(&map, "title").map(title),
        content: text(&map, "content_html")
            .map(Words::Html)
            .or_else(|| text(&map, "content_text").map(Words::Plain)),
        summary: text(&map, "summary").map(Words::Plain),
        published: text(&map, "date_published"),
        updated: text(&map, "date_modified"),
        language: text(&map, "language"),
        ..Entry::default()
    };
    entry.authors = names(&map);
    entry.authors.dedup();
    match map.get("tags") {
        Some(Value::Array(tags)) => entry
            .tags
            .extend(tags.iter().filter_map(Value::as_str).map(String::from)),
        Some(Value::String(tags)) => entry
            .tags
            .extend(tags.split(',').map(|t| t.trim().to_string())),
        _ => {}
    }
    for attachment in map
        .get("attachments")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        let Some(url) = text(attachment, "url") else {
            continue;
        };
        let mut found = media::of_url(
            url,
            text(attachment, "mime_type").as_deref(),
            MediaKind::Document,
        );
        found.bytes = attachment.get("size_in_bytes").and_then(Value::as_u64);
        let seconds = attachment
            .get("duration_in_seconds")
            .and_then(Value::as_f64)
            .filter(|s| *s > 0.0);
        found.duration_ms = seconds.map(|s| (s * 1000.0) as u64);
        media::add(&mut entry.media, found);
    }
    let pictures: Vec<String> = ["image", "banner_image"]
        .iter()
        .filter_map(|key| text(&map, key))
        .collect();
    for url in pictures {
        media::add(
            &mut entry.thumbnails,
            media::of_url(url, None, MediaKind::Image),
        );
    }
    for known in [
        "id",
        "url",
        "title",
        "content_html",
        "content_text",
        "summary",
        "date_published",
        "date_modified",
        "language",
        "author",
        "authors",
        "tags",
        "attachments",
        "image",
        "banner_image",
    ] {
        map.remove(known);
    }
    entry.extra = map;
    entry
}

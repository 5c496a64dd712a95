//! What front matter says, from its keys to the fields of a post. What it does not know it keeps. Opens nothing.

use serde_json::{Map, Value};
use staffetta_plugin::types::{Instant, Mention};

use crate::date;
use crate::pictures::Wanted;
use crate::values::{author, focus_of, is_true, words};
use crate::yaml::{Node, Pair};

/// Fields of a post that a network's own words can stand for, as `text.x: …`.
const OVERRIDABLE: [&str; 7] = ["text", "title", "summary", "link", "tags", "media", "image"];

/// Mappings that site generators have at the top and that name no network.
const NO_NETWORKS: [&str; 16] = [
    "params",
    "seo",
    "cover",
    "menu",
    "build",
    "cascade",
    "outputs",
    "sitemap",
    "og",
    "opengraph",
    "extra",
    "metadata",
    "header",
    "taxonomies",
    "defaults",
    "resources",
];

/// Front matter, read.
#[derive(Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Fields {
    pub id: Option<String>,
    pub title: Option<String>,
    pub text: Option<String>,
    pub summary: Option<String>,
    pub link: Option<String>,
    pub published: Option<Instant>,
    pub updated: Option<Instant>,
    pub tags: Vec<String>,
    pub language: Option<String>,
    pub author: Option<String>,
    pub mentions: Vec<Mention>,
    pub media: Vec<Wanted>,
    /// For the first picture of the text, when front matter names none.
    pub alt: Option<String>,
    /// The line that says that the file is not to be posted.
    pub draft: Option<usize>,
    /// Words for one network or account.
    pub overrides: Vec<Own>,
    /// Everything else.
    pub extra: Map<String, Value>,
    /// What was odd: line and sentence.
    pub notes: Vec<(usize, String)>,
}

/// One network's or account's own value of a field.
#[derive(Debug, PartialEq)]
pub struct Own {
    /// The network or account.
    pub target: String,
    /// The field.
    pub field: String,
    /// The value; for media the pictures in `media` count.
    pub value: Value,
    /// Media that the value names.
    pub media: Vec<Wanted>,
    /// Line in the file, from 1.
    pub line: usize,
}

/// Reads the keys. `before` is the number of lines above the YAML.
#[must_use]
pub fn read(pairs: &[Pair], before: usize) -> Fields {
    let mut fields = Fields::default();
    for pair in pairs {
        let line = pair.line + before;
        match pair.key.to_lowercase().as_str() {
            "id" | "guid" => fields.id = pair.value.text(),
            "title" => fields.title = pair.value.text(),
            "text" | "body" => fields.text = pair.value.text(),
            "summary" | "description" | "excerpt" => {
                fields.summary = fields.summary.take().or(pair.value.text())
            }
            "link" | "url" | "canonical" | "canonical_url" | "permalink" => {
                fields.link(&pair.value, line)
            }
            "date" | "published" | "publishdate" | "pubdate" => {
                fields.published = fields.date(&pair.value, line)
            }
            "updated" | "modified" | "lastmod" | "last_modified_at" => {
                fields.updated = fields.date(&pair.value, line)
            }
            "tags" | "tag" | "keywords" | "categories" | "category" | "hashtags" => {
                words(&pair.value)
                    .into_iter()
                    .for_each(|tag| fields.tag(&tag));
            }
            "language" | "lang" | "locale" => fields.language(&pair.value, line),
            "author" | "authors" => fields.author = author(&pair.value),
            "image" | "images" | "media" | "picture" | "video" | "thumbnail" | "featured_image" => {
                let found = fields.media(&pair.value, line);
                fields.media.extend(found);
            }
            "alt" | "image_alt" => fields.alt = pair.value.text(),
            "draft" => fields.draft = is_true(&pair.value).then_some(line),
            "mentions" => fields.mentions(&pair.value, line),
            "overrides" | "networks" | "accounts" => fields.overrides_of(&pair.value, line, before),
            key => fields.other(pair, key, line, before),
        }
    }
    if let Some(first) = fields.media.first_mut() {
        first.alt = first.alt.take().or(fields.alt.take());
    }
    fields
}

impl Fields {
    fn note(&mut self, line: usize, sentence: impl Into<String>) {
        self.notes.push((line, sentence.into()));
    }

    fn link(&mut self, value: &Node, line: usize) {
        let Some(text) = value.text() else { return };
        let lower = text.to_ascii_lowercase();
        let is_web = lower.starts_with("https://") || lower.starts_with("http://");
        if !is_web || text.contains(char::is_whitespace) {
            self.note(
                line,
                format!("`{text}` is no whole web address, so the post gets no link from it"),
            );
        } else if self.link.is_none() {
            self.link = Some(text);
        }
    }

    fn date(&mut self, value: &Node, line: usize) -> Option<Instant> {
        let text = value.text()?;
        let read = date::parse(&text);
        if read.is_none() {
            self.note(
                line,
                format!("`{text}` is no date such as 2026-05-01 or 2026-05-01T10:00:00+02:00"),
            );
        }
        read
    }

    fn language(&mut self, value: &Node, line: usize) {
        let Some(text) = value.text() else { return };
        let tag = text.replace('_', "-");
        let parts: Vec<&str> = tag.split('-').collect();
        let fits = |part: &&str| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        if (2..=3).contains(&parts[0].len()) && parts.iter().all(fits) {
            let mut tidy = parts[0].to_ascii_lowercase();
            for part in &parts[1..] {
                tidy.push('-');
                tidy.push_str(&if part.len() == 2 {
                    part.to_ascii_uppercase()
                } else {
                    (*part).to_string()
                });
            }
            self.language = Some(tidy);
        } else {
            self.note(line, format!("`{text}` is no language such as it or en-GB"));
        }
    }

    fn tag(&mut self, tag: &str) {
        let tag = tag.trim().trim_start_matches('#').trim().to_string();
        if !tag.is_empty()
            && !self
                .tags
                .iter()
                .any(|known| known.to_lowercase() == tag.to_lowercase())
        {
            self.tags.push(tag);
        }
    }

    fn mentions(&mut self, value: &Node, line: usize) {
        let wrong = "a mention is `{label, network, handle}`, or `\"@anna\": {network: handle}`";
        match value {
            Node::List(list) => {
                for item in list {
                    let of = |key: &str| item.get(key).and_then(Node::text);
                    match (of("label"), of("network"), of("handle")) {
                        (label, Some(network), Some(handle)) => {
                            let label = label
                                .unwrap_or_else(|| format!("@{}", handle.trim_start_matches('@')));
                            self.mentions.push(Mention {
                                label,
                                network,
                                handle,
                                id: of("id"),
                            });
                        }
                        _ => self.note(line, wrong),
                    }
                }
            }
            Node::Map(people) => {
                for person in people {
                    let Node::Map(networks) = &person.value else {
                        self.note(line, wrong);
                        continue;
                    };
                    for network in networks {
                        if let Some(handle) = network.value.text() {
                            let (label, network) = (person.key.clone(), network.key.clone());
                            self.mentions.push(Mention {
                                label,
                                network,
                                handle,
                                id: None,
                            });
                        }
                    }
                }
            }
            Node::Null => {}
            _ => self.note(line, wrong),
        }
    }

    /// A path, an address, a mapping of both with words and focus, or a list of these.
    fn media(&mut self, value: &Node, line: usize) -> Vec<Wanted> {
        match value {
            Node::List(list) => list
                .iter()
                .flat_map(|item| self.media(item, line))
                .collect(),
            Node::Map(_) => {
                let target = ["file", "path", "src", "url", "image"]
                    .iter()
                    .find_map(|key| value.get(key)?.text());
                let Some(target) = target else {
                    self.note(line, "a picture needs `file` or `url`");
                    return Vec::new();
                };
                let focus = value.get("focus").and_then(|focus| {
                    let read = focus_of(focus);
                    if read.is_none() {
                        self.note(
                            line,
                            "`focus` is two numbers from 0 to 1, such as [0.5, 0.2]",
                        );
                    }
                    read
                });
                vec![Wanted {
                    target,
                    alt: value.get("alt").and_then(Node::text),
                    focus,
                    line,
                }]
            }
            other => other
                .text()
                .map(|target| Wanted {
                    target,
                    line,
                    ..Wanted::default()
                })
                .into_iter()
                .collect(),
        }
    }

    /// `overrides: { x: { text: … } }`.
    fn overrides_of(&mut self, value: &Node, line: usize, before: usize) {
        let Node::Map(targets) = value else {
            self.note(line, "overrides are a mapping of networks or accounts");
            return;
        };
        for target in targets {
            match &target.value {
                Node::Map(own) => self.own_words(&target.key, own, before),
                _ => self.note(
                    target.line + before,
                    format!("`{}` is no mapping of fields", target.key),
                ),
            }
        }
    }

    fn own_words(&mut self, target: &str, own: &[Pair], before: usize) {
        for pair in own {
            self.own(
                target,
                &pair.key.to_lowercase(),
                &pair.value,
                pair.line + before,
            );
        }
    }

    fn own(&mut self, target: &str, field: &str, value: &Node, line: usize) {
        let field = match field {
            "image" | "images" | "picture" | "video" => "media",
            "url" | "canonical" => "link",
            "description" | "excerpt" => "summary",
            "lang" => "language",
            other => other,
        };
        let media = if field == "media" {
            self.media(value, line)
        } else {
            Vec::new()
        };
        let value = match field {
            "tags" => words(value)
                .into_iter()
                .map(|t| Value::String(t.trim().trim_start_matches('#').into()))
                .collect(),
            // Block texts end with a line end that nobody means.
            "text" | "title" | "summary" | "link" => {
                value.text().map_or(Value::Null, Value::String)
            }
            _ => value.json(),
        };
        self.overrides.push(Own {
            target: target.into(),
            field: field.into(),
            value,
            media,
            line,
        });
    }

    fn other(&mut self, pair: &Pair, key: &str, line: usize, before: usize) {
        // `text.x: …`
        if let Some((field, _)) = key
            .split_once('.')
            .filter(|(field, target)| OVERRIDABLE.contains(field) && !target.is_empty())
        {
            let target = pair.key.split_once('.').map_or("", |(_, target)| target);
            self.own(target, field, &pair.value, line);
            return;
        }
        match &pair.value {
            Node::Map(own) if !own.is_empty() && !NO_NETWORKS.contains(&key) => {
                self.own_words(&pair.key, own, before)
            }
            value => {
                self.extra.insert(pair.key.clone(), value.json());
            }
        }
    }
}

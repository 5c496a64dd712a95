//! The maps of the tree: keys are text and stand once, and `<<` takes in the keys of other maps.

use std::collections::HashMap;

use super::Builder;
use crate::diagnostic::{Diagnostic, Span, code};
use crate::yaml::{Entry, Key, Node, Style, Value};

impl Builder<'_> {
    pub(super) fn map(&mut self, items: Vec<(Node, bool)>) -> Value {
        let mut entries: Vec<Entry> = Vec::with_capacity(items.len() / 2);
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut merged = Vec::new();
        let mut items = items.into_iter();
        while let (Some((key, _)), Some((mut value, _))) = (items.next(), items.next()) {
            if key.as_str() == Some("<<") && key.style == Style::Plain {
                merged.extend(self.merge(&key.span, value));
                continue;
            }
            let Some(key) = self.key(key) else { continue };
            if value.value == Value::Null && value.span.text().is_empty() {
                // Nothing is written, so there is nothing to point at but the key.
                value.span = key.span.clone();
            }
            if let Some(&first) = places.get(&key.name) {
                if let Some(first) = entries.get(first) {
                    self.problems.push(
                        Diagnostic::error(
                            code::DUPLICATE_KEY,
                            format!("the key `{}` stands twice", key.name),
                        )
                        .at(&key.span)
                        .related(&first.key.span, "it stands here first")
                        .help("keep one of them; a list takes several values under one key"),
                    );
                }
                continue;
            }
            places.insert(key.name.clone(), entries.len());
            entries.push(Entry { key, value });
        }
        // A key of the map itself wins over a merged one, an earlier merge over a later one.
        for entry in merged {
            if !places.contains_key(&entry.key.name) {
                places.insert(entry.key.name.clone(), entries.len());
                entries.push(entry);
            }
        }
        Value::Map(entries)
    }

    fn key(&mut self, node: Node) -> Option<Key> {
        let name = match node.value {
            Value::Str(text) => text,
            Value::Bool(_) | Value::Int(_) | Value::Float(_) => node.span.text().to_owned(),
            Value::Null | Value::Seq(_) | Value::Map(_) => {
                self.problems.push(
                    Diagnostic::error(
                        code::UNUSABLE_KEY,
                        format!("{} can't be a key", node.value.kind()),
                    )
                    .at(&node.span)
                    .expected("text before the colon")
                    .help("put the key into quotes if the text is meant as written"),
                );
                return None;
            }
        };
        Some(Key {
            name,
            span: node.span,
        })
    }

    fn merge(&mut self, key: &Span, value: Node) -> Vec<Entry> {
        let span = value.span.clone();
        match value.value {
            Value::Map(entries) => return entries,
            Value::Seq(items) if items.iter().all(|item| item.as_map().is_some()) => {
                return items
                    .into_iter()
                    .flat_map(|item| match item.value {
                        Value::Map(entries) => entries,
                        _ => Vec::new(),
                    })
                    .collect();
            }
            _ => {}
        }
        self.problems.push(
            Diagnostic::error(code::BAD_MERGE, "`<<` can't take this in")
                .at(if span.text().is_empty() { key } else { &span })
                .expected(
                    "an alias of keys with values (`<<: *common`), or a list of such aliases",
                ),
        );
        Vec::new()
    }
}

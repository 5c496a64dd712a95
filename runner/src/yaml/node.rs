//! The tree: values with their places.

use serde_json::{Map, Number, Value as Json};

use super::locate::locate;
use crate::diagnostic::Span;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes, or no scalar at all.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes, with escapes.
    Double,
    /// After `|` or `>`.
    Block,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is written; for an alias, where its anchor is.
    pub span: Span,
    /// What it is.
    pub value: Value,
    /// How it is written.
    pub style: Style,
}

/// The value itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number of at most 64 bits.
    Int(i64),
    /// Another finite number.
    Float(f64),
    /// Text.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// Keys and values in the order of the file; no key stands twice.
    Map(Vec<Entry>),
}

/// A key with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Its text; numbers and the like as written.
    pub name: String,
    /// Where it is.
    pub span: Span,
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

impl Value {
    /// For messages: `text`, `a number`, `a list`, …
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Float(_) => "a number",
            Self::Str(_) => "text",
            Self::Seq(_) => "a list",
            Self::Map(_) => "keys with values",
        }
    }
}

impl Node {
    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list.
    #[must_use]
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// A map's entry.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.as_map()?.iter().find(|entry| entry.key.name == name)
    }

    /// A map's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    /// The node that a JSON pointer names (RFC 6901: `/a/0/b`, `~1` for `/`, `~0` for `~`).
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<&Node> {
        self.walk(pointer).1.then_some(self.walk(pointer).0)
    }

    /// The place that a JSON pointer names, or of its nearest ancestor that exists: where to show an error about
    /// something that is not written.
    #[must_use]
    pub fn nearest(&self, pointer: &str) -> &Node {
        self.walk(pointer).0
    }

    fn walk(&self, pointer: &str) -> (&Node, bool) {
        let mut node = self;
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            let next = match &node.value {
                Value::Seq(items) => part
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index)),
                _ => node.get(&part),
            };
            match next {
                Some(next) => node = next,
                None => return (node, false),
            }
        }
        (node, pointer.is_empty() || pointer.starts_with('/'))
    }

    /// The value as JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Int(value) => Json::Number((*value).into()),
            Value::Float(value) => Number::from_f64(*value).map_or(Json::Null, Json::Number),
            Value::Str(text) => Json::String(text.clone()),
            Value::Seq(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Value::Map(entries) => Json::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.name.clone(), entry.value.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The place in the file of a range of bytes of this string, through quotes, escapes and folded lines. The whole
    /// node where that can't be told.
    #[must_use]
    pub fn locate(&self, start: usize, end: usize) -> Span {
        let text = self.as_str().unwrap_or_default();
        locate(&self.span, self.style, text, start, end).unwrap_or_else(|| self.span.clone())
    }
}

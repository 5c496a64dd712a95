//! YAML as a tree in which every key and value knows its line. Depth, size and aliases are bounded.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;

use crate::front::Trouble;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys in the order of the file.
    Map(Vec<Pair>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// As written.
    pub key: String,
    /// Line of the key inside the YAML, from 1.
    pub line: usize,
    /// The value.
    pub value: Node,
}

impl Node {
    /// As text, where it is a text, number or truth value. Trimmed; none when empty.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let text = match self {
            Self::Text(text) => text.trim().to_string(),
            Self::Number(number) => number.to_string(),
            Self::Bool(value) => value.to_string(),
            Self::Null | Self::List(_) | Self::Map(_) => return None,
        };
        (!text.is_empty()).then_some(text)
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|pair| pair.key == key)
                .map(|pair| &pair.value),
            _ => None,
        }
    }

    /// As JSON, without the lines.
    #[must_use]
    pub fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => Value::Number(number.clone()),
            Self::Text(text) => Value::String(text.clone()),
            Self::List(list) => list.iter().map(Self::json).collect(),
            Self::Map(pairs) => Value::Object(
                pairs
                    .iter()
                    .map(|p| (p.key.clone(), p.value.json()))
                    .collect(),
            ),
        }
    }
}

/// Reads front matter: a mapping, or nothing.
///
/// # Errors
/// With the line inside the YAML.
pub fn read(yaml: &str) -> Result<Vec<Pair>, Trouble> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_depth: 32,
            max_nodes: 20_000,
            max_events: 50_000,
            max_aliases: 200,
            max_anchors: 200,
            max_documents: 1,
        },
    };
    let tree: Option<Node> =
        serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
            let location = error.location();
            let line = location.map_or(1, |location| usize::try_from(location.line()).unwrap_or(1));
            // The place inside the YAML would contradict the line of the file, which the caller puts in front.
            let place = location
                .map(|at| format!(" at line {}, column {}", at.line(), at.column()))
                .unwrap_or_default();
            let message = error.to_string();
            let message = message.strip_suffix(&place).unwrap_or(&message);
            Trouble {
                line: line.max(1),
                message: format!("the front matter is not valid YAML: {message}"),
            }
        })?;
    match tree {
        None | Some(Node::Null) => Ok(Vec::new()),
        Some(Node::Map(pairs)) => Ok(pairs),
        Some(_) => Err(Trouble {
            line: 1,
            message: "the front matter is not a list of `key: value`".into(),
        }),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Tree)
    }
}

struct Tree;

impl<'de> Visitor<'de> for Tree {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(serde_json::Number::from_f64(value)
            .map_or_else(|| Node::Text(value.to_string()), Node::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut all = Vec::new();
        while let Some(value) = list.next_element()? {
            all.push(value);
        }
        Ok(Node::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut pairs = Vec::new();
        while let Some((key, value)) = map.next_entry::<Spanned<String>, Node>()? {
            let line = usize::try_from(key.referenced.line()).unwrap_or(1);
            pairs.push(Pair {
                key: key.value,
                line,
                value,
            });
        }
        Ok(Node::Map(pairs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_know_their_lines() {
        let pairs = read("a: 1\n\nb:\n  c: [x, ~, true, 1.5]\n  d: |\n    two\n    lines\ne: ''\n")
            .unwrap();
        let lines: Vec<_> = pairs.iter().map(|p| (p.key.as_str(), p.line)).collect();
        assert_eq!(lines, [("a", 1), ("b", 3), ("e", 8)]);
        let Node::Map(inside) = &pairs[1].value else {
            panic!()
        };
        assert_eq!((inside[0].line, inside[1].line), (4, 5));
        assert_eq!(
            pairs[1].value.json(),
            serde_json::json!({"c": ["x", null, true, 1.5], "d": "two\nlines\n"})
        );
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("# nothing\n").unwrap(), []);
    }

    #[test]
    fn wrong_yaml_names_its_line() {
        for (yaml, line) in [
            ("title: A\ntags: [a, b\n", 2..=3),
            ("a: 1\nb: 2\na: 3\n", 3..=3),
            ("title: \"A\nb: 2", 1..=2),
            ("- a\n- b\n", 1..=1),
            ("title: A: B\n", 1..=1),
            ("a: 1\n\tb: 2\n", 1..=2),
        ] {
            let trouble = read(yaml).unwrap_err();
            assert!(line.contains(&trouble.line), "{yaml:?}: {trouble:?}");
        }
    }

    #[test]
    fn hostile_yaml_is_refused() {
        assert!(read(&format!("a: {}{}", "[".repeat(1_000), "]".repeat(1_000))).is_err());
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            let all = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{all}]\n"));
        }
        assert!(read(&bomb).is_err());
    }
}

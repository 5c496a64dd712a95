//! What people write as a value of front matter: lists, names, switches, points. Knows no keys.

use staffetta_plugin::types::Focus;

use crate::yaml::Node;

/// A list, or words parted by commas.
pub(crate) fn words(value: &Node) -> Vec<String> {
    match value {
        Node::List(list) => list.iter().filter_map(Node::text).collect(),
        other => other
            .text()
            .map(|t| t.split(',').map(|w| w.trim().to_string()).collect())
            .unwrap_or_default(),
    }
}

pub(crate) fn author(value: &Node) -> Option<String> {
    match value {
        Node::List(list) => {
            let names: Vec<String> = list.iter().filter_map(author).collect();
            (!names.is_empty()).then(|| names.join(", "))
        }
        Node::Map(_) => value.get("name").and_then(Node::text),
        other => other.text(),
    }
}

pub(crate) fn is_true(value: &Node) -> bool {
    match value {
        Node::Bool(value) => *value,
        other => other
            .text()
            .is_some_and(|t| matches!(t.to_lowercase().as_str(), "true" | "yes" | "on" | "1")),
    }
}

pub(crate) fn focus_of(value: &Node) -> Option<Focus> {
    let number = |node: &Node| match node {
        Node::Number(number) => number
            .as_f64()
            .map(|n| n as f32)
            .filter(|n| (0.0..=1.0).contains(n)),
        _ => None,
    };
    match value {
        Node::List(list) => match list.as_slice() {
            [x, y] => Some(Focus {
                x: number(x)?,
                y: number(y)?,
            }),
            _ => None,
        },
        Node::Map(_) => Some(Focus {
            x: number(value.get("x")?)?,
            y: number(value.get("y")?)?,
        }),
        _ => None,
    }
}

//! Readers for the kinds of values that tables name. Each takes a node, says in a message what is wrong with it, and
//! gives the value otherwise.

use std::time::Duration;

use super::{Node, Value, quantity};
use crate::diagnostic::{Diagnostic, Span, code, did_you_mean, one_of};

/// A value that remembers where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    #[must_use]
    pub fn new(value: T, span: &Span) -> Self {
        Self {
            value,
            span: span.clone(),
        }
    }
}

/// The longest name of a client, an account or a step.
pub const MAX_NAME: usize = 64;

/// The message for a value of the wrong type.
#[must_use]
pub fn wrong_type(node: &Node, what: &str, expected: &str) -> Diagnostic {
    let found = match &node.value {
        Value::Null => Diagnostic::error(code::WRONG_TYPE, format!("{what} has no value")),
        other => Diagnostic::error(
            code::WRONG_TYPE,
            format!("{what} can't be {}", other.kind()),
        ),
    };
    found.at(&node.span).expected(expected)
}

/// Text. Numbers, `true` and `null` are told to be quoted.
pub fn text(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Option<Spanned<String>> {
    match &node.value {
        Value::Str(text) if text.trim().is_empty() => {
            problems.push(
                Diagnostic::error(code::BAD_VALUE, format!("{what} is empty")).at(&node.span),
            );
            None
        }
        Value::Str(text) => Some(Spanned::new(text.clone(), &node.span)),
        other => {
            let scalar = matches!(other, Value::Bool(_) | Value::Int(_) | Value::Float(_));
            let quoted = scalar.then(|| format!("put it into quotes: \"{}\"", node.span.text()));
            problems.push(wrong_type(node, what, "text").maybe_help(quoted));
            None
        }
    }
}

/// One text or a list of texts, at least one.
pub fn texts(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Vec<Spanned<String>> {
    match &node.value {
        Value::Seq(items) if items.is_empty() => {
            problems.push(
                Diagnostic::error(code::BAD_VALUE, format!("{what} is an empty list"))
                    .at(&node.span),
            );
            Vec::new()
        }
        Value::Seq(items) => items
            .iter()
            .filter_map(|item| text(item, &format!("an item of {what}"), problems))
            .collect(),
        Value::Str(_) => text(node, what, problems).into_iter().collect(),
        _ => {
            problems.push(wrong_type(node, what, "text, or a list of texts"));
            Vec::new()
        }
    }
}

/// `true` or `false`.
pub fn boolean(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Option<bool> {
    if let Value::Bool(value) = node.value {
        return Some(value);
    }
    let meant = match node.as_str().map(str::to_ascii_lowercase).as_deref() {
        Some("yes" | "on" | "y") => Some("write `true`"),
        Some("no" | "off" | "n") => Some("write `false`"),
        _ => None,
    };
    problems.push(wrong_type(node, what, "`true` or `false`").maybe_help(meant.map(Into::into)));
    None
}

/// A whole number within a range.
pub fn count(
    node: &Node,
    what: &str,
    range: (u32, u32),
    problems: &mut Vec<Diagnostic>,
) -> Option<u32> {
    let expected = format!("a whole number from {} to {}", range.0, range.1);
    let Value::Int(value) = node.value else {
        problems.push(wrong_type(node, what, &expected));
        return None;
    };
    let found = u32::try_from(value)
        .ok()
        .filter(|n| (range.0..=range.1).contains(n));
    if found.is_none() {
        problems.push(
            Diagnostic::error(code::BAD_VALUE, format!("{what} can't be {value}"))
                .at(&node.span)
                .expected(expected),
        );
    }
    found
}

/// A duration above zero.
pub fn duration(
    node: &Node,
    what: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<Duration>> {
    let found = node
        .as_str()
        .and_then(quantity::duration)
        .filter(|found| !found.is_zero());
    if let Some(found) = found {
        return Some(Spanned::new(found, &node.span));
    }
    let help = match node.value {
        Value::Int(n) => format!("say the unit: `{n}s` or `{n}m`"),
        _ => {
            "write a number and a unit (`ms`, `s`, `m`, `h`, `d`), such as `30s` or `1h 30m`".into()
        }
    };
    problems.push(
        Diagnostic::error(code::BAD_QUANTITY, format!("{what} is no duration"))
            .at(&node.span)
            .expected("a duration above zero and of at most 366 days")
            .help(help),
    );
    None
}

/// A size in bytes above zero.
pub fn size(node: &Node, what: &str, problems: &mut Vec<Diagnostic>) -> Option<u64> {
    let found = node
        .as_str()
        .and_then(quantity::size)
        .filter(|&found| found > 0);
    if found.is_none() {
        problems.push(
            Diagnostic::error(code::BAD_QUANTITY, format!("{what} is no size"))
                .at(&node.span)
                .expected("a whole number above zero with `kB`, `MB`, `GB`, `KiB`, `MiB` or `GiB`")
                .help("for example `256MB`"),
        );
    }
    found
}

/// One of some words.
pub fn word(
    node: &Node,
    what: &str,
    words: &'static [&'static str],
    problems: &mut Vec<Diagnostic>,
) -> Option<&'static str> {
    let text = text(node, what, problems)?.value;
    let found = words.iter().find(|word| **word == text).copied();
    if found.is_none() {
        problems.push(
            Diagnostic::error(code::BAD_VALUE, format!("{what} can't be `{text}`"))
                .at(&node.span)
                .expected(one_of(words.iter().copied()))
                .maybe_help(did_you_mean(&text, words.iter().copied())),
        );
    }
    found
}

/// True for names of clients, accounts, plugins and operations: lower-case ASCII letters, digits and single `-` between
/// them, at most [`MAX_NAME`] characters.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
}

/// Checks a name and suggests one that fits.
pub fn check_name(text: &str, what: &str, span: &Span, problems: &mut Vec<Diagnostic>) -> bool {
    if is_name(text) {
        return true;
    }
    let fitting: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect::<String>()
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    problems.push(
        Diagnostic::error(
            code::BAD_NAME,
            format!("`{text}` can't be the name of {what}"),
        )
        .at(span)
        .expected(format!(
            "lower-case letters, digits and `-`, at most {MAX_NAME} characters"
        ))
        .maybe_help(is_name(&fitting).then(|| format!("write `{fitting}`"))),
    );
    false
}

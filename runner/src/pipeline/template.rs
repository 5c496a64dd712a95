//! Values with expressions in them. A text that is one expression keeps that expression's type; in a longer text the
//! values become text.

use serde_json::{Map, Value as Json};

use super::expr::{Context, Expr, OPEN};
use super::lexer::end_of_expression;
use super::scope::Scope;
use crate::diagnostic::{Diagnostic, code};
use crate::yaml::{Node, Value};

/// A value, perhaps not known before the run.
#[derive(Debug, Clone, PartialEq)]
pub enum Template {
    /// Known.
    Literal(Json),
    /// One expression.
    Expr(Expr),
    /// Text with expressions.
    Text(Vec<Part>),
    /// A list with expressions somewhere inside.
    List(Vec<Template>),
    /// Keys and values with expressions somewhere inside.
    Map(Vec<(String, Template)>),
}

/// A stretch of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// As written.
    Text(String),
    /// Computed.
    Expr(Expr),
}

impl Template {
    /// Reads a node; what is wrong with its expressions is reported.
    pub(super) fn read(node: &Node, scope: Scope<'_>, problems: &mut Vec<Diagnostic>) -> Self {
        match &node.value {
            Value::Str(text) if text.contains(OPEN) => Self::text(node, text, scope, problems),
            Value::Seq(items) => {
                let items: Vec<Self> = items
                    .iter()
                    .map(|item| Self::read(item, scope, problems))
                    .collect();
                if items.iter().all(Self::is_literal) {
                    return Self::Literal(node.to_json());
                }
                Self::List(items)
            }
            Value::Map(entries) => {
                let mut all = Vec::with_capacity(entries.len());
                for entry in entries {
                    if entry.key.name.contains(OPEN) {
                        problems.push(not_here(&entry.key.span, "keys are taken as written"));
                    }
                    all.push((
                        entry.key.name.clone(),
                        Self::read(&entry.value, scope, problems),
                    ));
                }
                if all.iter().all(|(_, value)| value.is_literal()) {
                    return Self::Literal(node.to_json());
                }
                Self::Map(all)
            }
            _ => Self::Literal(node.to_json()),
        }
    }

    fn text(node: &Node, text: &str, scope: Scope<'_>, problems: &mut Vec<Diagnostic>) -> Self {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(open) = text.get(at..).and_then(|rest| rest.find(OPEN)) {
            let open = at + open;
            if open > at {
                parts.push(Part::Text(
                    text.get(at..open).unwrap_or_default().to_owned(),
                ));
            }
            let inner = open + OPEN.len();
            let Some(length) = end_of_expression(text.get(inner..).unwrap_or_default()) else {
                problems.push(
                    Diagnostic::error(code::EXPR_SYNTAX, "this expression is not closed")
                        .at(&node.locate(open, inner))
                        .expected("`}}` behind it")
                        .help("if a `#` follows a blank inside it, YAML took the rest for a comment: put the value into quotes"),
                );
                return Self::Literal(Json::String(text.to_owned()));
            };
            if let Some(expr) = Expr::read(node, inner, inner + length, scope, problems) {
                parts.push(Part::Expr(expr));
            }
            at = inner + length + "}}".len();
        }
        if let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            parts.push(Part::Text(rest.to_owned()));
        }
        match parts.as_slice() {
            [Part::Expr(expr)] => Self::Expr(expr.clone()),
            _ => Self::Text(parts),
        }
    }

    /// True when nothing has to be computed.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    /// The value, if nothing has to be computed.
    #[must_use]
    pub fn literal(&self) -> Option<&Json> {
        match self {
            Self::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Computes the value.
    ///
    /// # Errors
    /// S0311 at the first expression that fails.
    pub fn eval(&self, context: &Context) -> Result<Json, Diagnostic> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Expr(expr) => expr.eval(context)?,
            Self::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(part) => text.push_str(part),
                        Part::Expr(expr) => text.push_str(&as_text(&expr.eval(context)?)),
                    }
                }
                Json::String(text)
            }
            Self::List(items) => Json::Array(
                items
                    .iter()
                    .map(|item| item.eval(context))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Map(entries) => {
                let mut map = Map::new();
                for (key, value) in entries {
                    map.insert(key.clone(), value.eval(context)?);
                }
                Json::Object(map)
            }
        })
    }

    /// The value with its expressions as they are written: for display and digests.
    #[must_use]
    pub fn written(&self) -> Json {
        let source = |expr: &Expr| format!("{OPEN} {} }}}}", expr.text());
        match self {
            Self::Literal(value) => value.clone(),
            Self::Expr(expr) => Json::String(source(expr)),
            Self::Text(parts) => Json::String(
                parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => text.clone(),
                        Part::Expr(expr) => source(expr),
                    })
                    .collect(),
            ),
            Self::List(items) => Json::Array(items.iter().map(Self::written).collect()),
            Self::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.clone(), value.written()))
                .collect(),
        }
    }

    /// The part that a JSON pointer names.
    #[must_use]
    pub fn pointer(&self, pointer: &str) -> Option<Template> {
        let mut found = self.clone();
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            found = match found {
                Self::Literal(value) => {
                    let inner = match &value {
                        Json::Array(items) => part
                            .parse::<usize>()
                            .ok()
                            .and_then(|index| items.get(index)),
                        other => other.get(&part),
                    };
                    Self::Literal(inner?.clone())
                }
                Self::List(items) => part
                    .parse::<usize>()
                    .ok()
                    .and_then(|index| items.get(index))?
                    .clone(),
                Self::Map(entries) => entries.into_iter().find(|(key, _)| *key == part)?.1,
                // What an expression holds is not known yet; the expression stands for all of it.
                Self::Expr(_) | Self::Text(_) => return Some(found),
            };
        }
        Some(found)
    }
}

fn as_text(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The message for an expression where none is evaluated.
pub(super) fn not_here(span: &crate::diagnostic::Span, why: &str) -> Diagnostic {
    Diagnostic::error(code::EXPR_NOT_HERE, "no expression is evaluated here")
        .at(span)
        .expected(format!("plain text: {why}"))
        .help("expressions are evaluated in the values of `with` and in `if`")
}

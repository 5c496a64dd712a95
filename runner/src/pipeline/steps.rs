//! `steps`: what is done, in order.

mod ids;

use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::decode::fixed;
use super::expr::{Expr, OPEN};
use super::keys::{MAX_RETRIES, PUBLISH, RETRY, STEP};
use super::lexer::end_of_expression;
use super::scope::Scope;
use super::template::not_here;
use super::{Action, Publish, Retry, Step, Template, Use};
use crate::diagnostic::{Diagnostic, Span, code};
use crate::yaml::readers::{self, Spanned};
use crate::yaml::table::Fields;
use crate::yaml::{Entry, Node, Value};

/// The longest timeout of a call.
const MAX_TIMEOUT: Duration = Duration::from_secs(60 * 60);

pub(super) fn read(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Vec<Step> {
    let items = match &entry.value.value {
        Value::Seq(items) if !items.is_empty() => items,
        Value::Seq(_) | Value::Null => {
            problems.push(
                Diagnostic::error(code::NO_STEPS, "this pipeline has no steps")
                    .at(&entry.key.span)
                    .help("add one, for example:\nsteps:\n  - uses: feed/fetch\n    with: { url: \"https://blog.acme.example/feed.xml\" }"),
            );
            return Vec::new();
        }
        _ => {
            problems.push(
                readers::wrong_type(
                    &entry.value,
                    "`steps`",
                    "a list, each item with a `-` before it",
                )
                .help("for example:\nsteps:\n  - uses: feed/fetch"),
            );
            return Vec::new();
        }
    };
    let ids = ids::read(items, problems);
    items
        .iter()
        .enumerate()
        .filter_map(|(index, node)| {
            let names: Vec<String> = ids.iter().map(|id| id.value.clone()).collect();
            let (earlier, later) = names.split_at(index);
            step(
                node,
                ids.get(index)?.clone(),
                Scope { earlier, later },
                problems,
            )
        })
        .collect()
}

fn step(
    node: &Node,
    id: Spanned<String>,
    scope: Scope<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Step> {
    let place = first_line(node);
    let fields = Fields::open(node, &STEP, &place, problems)?;
    let action = action(&fields, &place, scope, problems);
    let from = match fields.get("from") {
        Some(node) if node.as_seq().is_some() => node
            .as_seq()
            .into_iter()
            .flatten()
            .filter_map(|node| fixed(node, "`from`", problems))
            .collect(),
        Some(node) => fixed(node, "`from`", problems).into_iter().collect(),
        None => Vec::new(),
    };
    let condition = fields
        .get("if")
        .and_then(|node| condition(node, scope, problems));
    let timeout = fields
        .get("timeout")
        .and_then(|node| readers::duration(node, "`timeout`", problems))
        .filter(|timeout| {
            let fits = timeout.value <= MAX_TIMEOUT;
            if !fits {
                problems.push(
                    Diagnostic::error(code::BAD_QUANTITY, "this timeout is too long")
                        .at(&timeout.span)
                        .expected("at most `1h` for one call"),
                );
            }
            fits
        });
    let retry = fields
        .entry("retry")
        .and_then(|entry| retry(entry, problems))
        .unwrap_or_default();
    let continue_on_error = fields
        .get("continue-on-error")
        .and_then(|node| readers::boolean(node, "`continue-on-error`", problems))
        .unwrap_or(false);
    Some(Step {
        span: node.span.clone(),
        id,
        action: action?,
        from,
        condition,
        timeout,
        retry,
        continue_on_error,
    })
}

/// The first line of a step: the place of what it lacks.
fn first_line(node: &Node) -> Span {
    let start = node.span.start as usize;
    let length = node.span.text().lines().next().unwrap_or_default().len();
    Span::new(&node.span.source, start, start + length)
}

fn action(
    fields: &Fields<'_>,
    place: &Span,
    scope: Scope<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Action> {
    match (fields.entry("uses"), fields.entry("publish")) {
        (Some(uses), None) => {
            let config = match fields.entry("with") {
                None => Template::Literal(Json::Object(Map::new())),
                Some(entry) if entry.value.as_map().is_some() => {
                    Template::read(&entry.value, scope, problems)
                }
                Some(entry) => {
                    problems.push(readers::wrong_type(
                        &entry.value,
                        "`with`",
                        "keys with values",
                    ));
                    return None;
                }
            };
            let (plugin, operation) = uses_parts(&uses.value, problems)?;
            Some(Action::Use(Use {
                plugin,
                operation,
                with: fields.get("with").cloned(),
                config,
            }))
        }
        (None, Some(publish)) => {
            if let Some(with) = fields.entry("with") {
                problems.push(
                    Diagnostic::error(code::KEY_NOT_HERE, "`publish` takes no `with`")
                        .at(&with.key.span)
                        .help("what an account needs stands under its own `with`, in the project file"),
                );
            }
            read_publish(publish, problems).map(Action::Publish)
        }
        (Some(_), Some(publish)) => {
            problems.push(
                Diagnostic::error(code::STEP_SHAPE, "this step has both `uses` and `publish`")
                    .at(&publish.key.span)
                    .help("make two steps of it"),
            );
            None
        }
        (None, None) => {
            // A misspelt key was reported already; then this would be the same trouble twice.
            let misspelt = fields.node().as_map().is_some_and(|entries| {
                entries.iter().any(|entry| {
                    !STEP.names().any(|name| name == entry.key.name)
                        && crate::diagnostic::nearest(&entry.key.name, ["uses", "publish"])
                            .is_some()
                })
            });
            if !misspelt {
                problems.push(
                    Diagnostic::error(code::STEP_SHAPE, "this step does nothing")
                        .at(place)
                        .expected("`uses` or `publish`")
                        .help("for example:\n- uses: shorten/fit\n- publish: [acme-bluesky]"),
                );
            }
            None
        }
    }
}

fn uses_parts(
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Spanned<String>, Spanned<String>)> {
    let text = fixed(node, "`uses`", problems)?;
    let parts = text.value.split_once('/');
    if let Some((plugin, operation)) = parts
        && readers::is_name(plugin)
        && readers::is_name(operation)
    {
        return Some((
            Spanned::new(plugin.to_owned(), &node.locate(0, plugin.len())),
            Spanned::new(
                operation.to_owned(),
                &node.locate(plugin.len() + 1, text.value.len()),
            ),
        ));
    }
    let help = if text.value.contains('@') {
        "leave the version out: the project pins plugins by their digest"
    } else {
        "write the plugin's name, a `/` and the operation's name, such as `shorten/fit`; `staffetta plugin list` shows them"
    };
    problems.push(
        Diagnostic::error(
            code::BAD_USES,
            format!("`{}` names no operation", text.value),
        )
        .at(&text.span)
        .expected("`plugin/operation`, in lower-case letters, digits and `-`")
        .help(help),
    );
    None
}

fn read_publish(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Publish> {
    let mut approval = false;
    let names = if entry.value.as_map().is_some() {
        let fields = Fields::open(&entry.value, &PUBLISH, &entry.key.span, problems)?;
        if let Some(node) = fields.get("require") {
            approval = readers::word(node, "`require`", &["approval"], problems).is_some();
        }
        readers::texts(fields.get("to")?, "`to`", problems)
    } else {
        readers::texts(&entry.value, "`publish`", problems)
    };
    let mut accounts: Vec<Spanned<String>> = Vec::new();
    for name in names {
        if name.value.contains(OPEN) {
            problems.push(not_here(
                &name.span,
                "accounts must be known before the run",
            ));
        } else if let Some(first) = accounts.iter().find(|other| other.value == name.value) {
            problems.push(
                Diagnostic::error(
                    code::DUPLICATE_ACCOUNT,
                    format!("the account `{}` stands twice", name.value),
                )
                .at(&name.span)
                .related(&first.span, "it stands here first")
                .help("remove one: an account gets each post once"),
            );
        } else {
            accounts.push(name);
        }
    }
    (!accounts.is_empty()).then(|| Publish {
        span: entry.key.span.clone(),
        accounts,
        approval,
    })
}

/// `if`: an expression in its delimiters or without them, since nothing else can stand there.
fn condition(node: &Node, scope: Scope<'_>, problems: &mut Vec<Diagnostic>) -> Option<Expr> {
    let Some(text) = node.as_str() else {
        if matches!(node.value, Value::Bool(_)) {
            // Read as text, so that there is one way to evaluate.
            let text = Node {
                value: Value::Str(node.span.text().to_ascii_lowercase()),
                ..node.clone()
            };
            return Expr::read(&text, 0, node.span.text().len(), scope, problems);
        }
        problems.push(readers::wrong_type(
            node,
            "`if`",
            "an expression such as `${{ article.count > 0 }}`",
        ));
        return None;
    };
    let Some(open) = text.find(OPEN) else {
        return Expr::read(node, 0, text.len(), scope, problems);
    };
    let inner = open + OPEN.len();
    match end_of_expression(text.get(inner..).unwrap_or_default()) {
        Some(length)
            if open == text.len() - text.trim_start().len()
                && text.trim_end().len() == inner + length + 2 =>
        {
            Expr::read(node, inner, inner + length, scope, problems)
        }
        found => {
            let (message, help) = match found {
                None => (
                    "this expression is not closed",
                    "if a `#` follows a blank inside it, put the value into quotes",
                ),
                // Text around an expression is always true, which nobody means.
                Some(_) => (
                    "`if` must be one expression",
                    "put all of it between `${{` and `}}`",
                ),
            };
            problems.push(
                Diagnostic::error(code::EXPR_SYNTAX, message)
                    .at(&node.span)
                    .help(help),
            );
            None
        }
    }
}

fn retry(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Retry> {
    if entry.value.as_map().is_none() {
        let times = readers::count(&entry.value, "`retry`", (0, MAX_RETRIES), problems)?;
        return Some(Retry {
            times,
            ..Retry::default()
        });
    }
    let fields = Fields::open(&entry.value, &RETRY, &entry.key.span, problems)?;
    let times = fields
        .get("times")
        .and_then(|node| readers::count(node, "`times`", (0, MAX_RETRIES), problems));
    let wait = match fields.get("wait") {
        None => Retry::default().wait,
        Some(node) => readers::duration(node, "`wait`", problems)?.value,
    };
    Some(Retry {
        times: times?,
        wait,
    })
}

//! Ids of steps: written ones are checked, the others are made from what the step does.

use crate::diagnostic::{Diagnostic, code};
use crate::pipeline::decode::fixed;
use crate::pipeline::scope::{GLOBALS, variable};
use crate::yaml::Node;
use crate::yaml::readers::{self, Spanned};

/// Every step's id. Those that people wrote come first, so that a made one never takes a written one's place.
pub(super) fn read(items: &[Node], problems: &mut Vec<Diagnostic>) -> Vec<Spanned<String>> {
    let mut taken: Vec<Spanned<String>> = Vec::new();
    let mut written: Vec<Option<Spanned<String>>> = Vec::new();
    for item in items {
        let id = item
            .get("id")
            .and_then(|node| fixed(node, "`id`", problems))
            .filter(|id| id_fits(id, &taken, problems));
        taken.extend(id.clone());
        written.push(id);
    }
    let mut names: Vec<String> = taken.iter().map(|id| variable(&id.value)).collect();
    written
        .into_iter()
        .zip(items)
        .enumerate()
        .map(|(index, (id, item))| {
            id.unwrap_or_else(|| {
                let operation = item
                    .get("uses")
                    .and_then(Node::as_str)
                    .and_then(|uses| uses.split_once('/'));
                let wish = match operation {
                    Some((_, operation)) => operation,
                    None if item.get("publish").is_some() => "publish",
                    None => "",
                };
                let free = |name: &str| !names.contains(&variable(name)) && !reserved(name);
                let id = if readers::is_name(wish) && free(wish) {
                    wish.to_owned()
                } else {
                    (index + 1..)
                        .map(|n| format!("step-{n}"))
                        .find(|name| free(name))
                        .unwrap_or_default()
                };
                names.push(variable(&id));
                Spanned::new(id, &item.span)
            })
        })
        .collect()
}

fn reserved(id: &str) -> bool {
    GLOBALS.iter().any(|(name, ..)| *name == variable(id))
        || matches!(
            id,
            "and"
                | "or"
                | "not"
                | "in"
                | "is"
                | "if"
                | "else"
                | "true"
                | "false"
                | "none"
                | "range"
                | "dict"
        )
}

fn id_fits(
    id: &Spanned<String>,
    taken: &[Spanned<String>],
    problems: &mut Vec<Diagnostic>,
) -> bool {
    // `_` reads well in expressions, so it is allowed in ids besides `-`.
    let name = &id.value;
    if !readers::check_name(&name.replace('_', "-"), "a step", &id.span, problems) {
        return false;
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        problems.push(
            Diagnostic::error(
                code::BAD_NAME,
                format!("`{name}` can't be the id of a step"),
            )
            .at(&id.span)
            .expected("a name that begins with a letter: expressions would take it for a number")
            .help(format!("write `step-{name}`")),
        );
        return false;
    }
    if reserved(name) {
        problems.push(
            Diagnostic::error(
                code::BAD_NAME,
                format!("`{name}` can't be the id of a step: expressions use it"),
            )
            .at(&id.span)
            .help(format!("write `the-{name}`")),
        );
        return false;
    }
    if let Some(first) = taken
        .iter()
        .find(|other| variable(&other.value) == variable(name))
    {
        problems.push(
            Diagnostic::error(
                code::DUPLICATE_STEP,
                format!("two steps have the id `{name}`"),
            )
            .at(&id.span)
            .related(&first.span, "the first one")
            .help("give each step an id of its own (`-` and `_` count as the same)"),
        );
        return false;
    }
    true
}

//! The reference of both files, in Markdown: made from the tables that drive the decoders, so that it can't be out of
//! date.

use std::fmt::Write as _;

use super::PIPELINE;
use super::scope::{FILTERS, FUNCTIONS, GLOBALS, STEP_FIELDS, TESTS};
use crate::diagnostic::join_names;
use crate::project::PROJECT;
use crate::yaml::table::{KeySpec, Kind, Table};

/// The whole page.
#[must_use]
pub fn markdown() -> String {
    let mut page = String::from(
        "# Pipeline reference\n\n\
         Every key of a pipeline's file and of `staffetta.yaml`. Made by `staffetta man --reference`; do not edit.\n\n\
         Files are YAML 1.2 in UTF-8: `on`, `yes` and `no` are text, numbers and `true` are not, and an unknown key is an \
         error.\n",
    );
    section(&mut page, &PIPELINE, "The pipeline's file", "##");
    expressions(&mut page);
    section(&mut page, &PROJECT, "The project's file", "##");
    page
}

fn section(page: &mut String, table: &'static Table, title: &str, level: &str) {
    let _ = write!(page, "\n{level} {title}\n\n{}\n", table.doc);
    let _ = write!(page, "\n| key | value | |\n| --- | --- | --- |\n");
    for key in table.keys {
        let needed = if key.required { " Required." } else { "" };
        let _ = writeln!(
            page,
            "| `{}` | {} | {}{needed} |",
            key.name,
            words(&key.kind),
            key.doc
        );
    }
    let _ = write!(page, "\n```yaml fragment\n");
    for key in table.keys {
        example(page, key);
    }
    let _ = writeln!(page, "```");
    for key in table.keys {
        for (table, suffix) in inner(&key.kind) {
            let path = match title.strip_prefix('`') {
                Some(path) => format!("{}.{}{suffix}", path.trim_end_matches('`'), key.name),
                None => format!("{}{suffix}", key.name),
            };
            section(page, table, &format!("`{path}`"), "###");
        }
    }
}

fn example(page: &mut String, key: &KeySpec) {
    let _ = match key.example {
        block if block.starts_with(' ') => writeln!(page, "{}:\n{block}", key.name),
        block if block.starts_with('\n') => writeln!(page, "{}:{block}", key.name),
        line => writeln!(page, "{}: {line}", key.name),
    };
}

/// The tables inside a kind, each with what follows the key in its title.
fn inner(kind: &'static Kind) -> Vec<(&'static Table, &'static str)> {
    match kind {
        Kind::Keys(table) => vec![(table, "")],
        Kind::Named(table) => vec![(table, ".<name>")],
        Kind::List(table) => vec![(table, "[]")],
        Kind::Either(kinds) => {
            let mut all: Vec<(&'static Table, &'static str)> = Vec::new();
            for (table, suffix) in kinds.iter().flat_map(inner) {
                // A map or a list of the same maps is one section.
                if !all.iter().any(|(other, _)| std::ptr::eq(*other, table)) {
                    all.push((table, suffix));
                }
            }
            all
        }
        _ => Vec::new(),
    }
}

fn words(kind: &Kind) -> String {
    match kind {
        Kind::Text => "text".into(),
        Kind::Name => "a name".into(),
        Kind::Bool => "`true` or `false`".into(),
        Kind::Count(low, high) if low == high => format!("`{low}`"),
        Kind::Count(low, high) => format!("a whole number, {low} to {high}"),
        Kind::Duration => "a duration (`30s`, `1h 30m`)".into(),
        Kind::Size => "a size (`256MB`)".into(),
        Kind::Expression => "an expression".into(),
        Kind::Texts => "a text or a list".into(),
        Kind::Free => "keys with values".into(),
        Kind::Word(all) => join_names(all.iter().copied()),
        Kind::Keys(_) => "keys".into(),
        Kind::Named(_) => "names with keys".into(),
        Kind::NamedTexts => "names with lists".into(),
        Kind::List(_) => "a list".into(),
        Kind::Either(kinds) => kinds.iter().map(words).collect::<Vec<_>>().join(", or "),
        Kind::Nothing => "nothing".into(),
    }
}

fn expressions(page: &mut String) {
    page.push_str(
        "\n## Expressions\n\n\
         `${{ … }}` in a value of `with` or in `if`. A value that is one expression keeps its type; in a longer text it \
         becomes text. Operators: `+ - * / // % **`, `~` (joins texts), `== != < <= > >=`, `and or not`, `in`, `is`, \
         `a if b else c`, `a.b`, `a[0]`. Put an expression that holds `: `, ` #`, or that stands inside `[ ]` or `{ }`, \
         into quotes. A `-` in a step's id becomes `_`.\n\n",
    );
    let _ = writeln!(page, "| name | |\n| --- | --- |");
    for (name, meaning) in STEP_FIELDS {
        let _ = writeln!(page, "| `<step>.{name}` | {meaning} |");
    }
    for (name, meaning, fields) in GLOBALS {
        let _ = writeln!(page, "| `{name}` | {meaning} |");
        for (field, meaning) in *fields {
            let _ = writeln!(page, "| `{name}.{field}` | {meaning} |");
        }
    }
    let list = |all: &[&str]| {
        all.iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let _ = write!(
        page,
        "\nFilters: {}.\n\nTests: {}.\n\nFunctions: {}.\n\nExpressions see neither the environment nor files nor secrets.\n",
        list(FILTERS),
        list(TESTS),
        list(FUNCTIONS)
    );
}

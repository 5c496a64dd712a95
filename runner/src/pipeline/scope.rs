//! What expressions may name: earlier steps and a few facts about the run. The environment is not among them, so that a
//! pipeline says by itself what it depends on.

use super::lexer::{Token, tokens};
use crate::diagnostic::{Diagnostic, code, did_you_mean, nearest, one_of};

/// A name with its meaning.
pub type Named = (&'static str, &'static str);

/// What every step has after it ran.
pub const STEP_FIELDS: &[Named] = &[
    ("ok", "true when it ended without an error"),
    ("count", "how many records it put out"),
    ("failed", "how many records or accounts failed"),
    ("skipped", "true when its `if` was not true"),
    ("error", "the error's message, or none"),
    ("first", "its first record, or none"),
    ("last", "its last record, or none"),
];

/// The other names, each with its fields.
pub const GLOBALS: &[(&str, &str, &[Named])] = &[
    (
        "trigger",
        "what started the run",
        &[
            ("kind", "`watch`, `schedule`, `webhook` or `manual`"),
            (
                "time",
                "when, in RFC 3339; for a schedule the time that was due",
            ),
            ("files", "the paths of the files that appeared or changed"),
            ("payload", "the webhook's body, when it is JSON"),
        ],
    ),
    (
        "run",
        "this run",
        &[
            ("id", "its identifier"),
            ("started", "when, in RFC 3339"),
            ("pipeline", "the pipeline's name"),
        ],
    ),
    (
        "client",
        "whose pipeline it is",
        &[
            ("name", "the key in the project file"),
            ("title", "the name for people"),
            ("time_zone", "the IANA name"),
            ("language", "the preferred language, or none"),
        ],
    ),
];

/// Filters that expressions may use.
pub const FILTERS: &[&str] = &[
    "abs",
    "attr",
    "batch",
    "bool",
    "capitalize",
    "chain",
    "count",
    "d",
    "default",
    "dictsort",
    "first",
    "float",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "slice",
    "sort",
    "split",
    "string",
    "sum",
    "title",
    "tojson",
    "trim",
    "unique",
    "upper",
    "zip",
];

/// Tests that may follow `is`.
pub const TESTS: &[&str] = &[
    "boolean",
    "defined",
    "divisibleby",
    "endingwith",
    "eq",
    "equalto",
    "even",
    "false",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "int",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "number",
    "odd",
    "sequence",
    "startingwith",
    "string",
    "true",
    "undefined",
    "upper",
];

/// Functions.
pub const FUNCTIONS: &[&str] = &["range", "dict"];

const KEYWORDS: &[&str] = &[
    "and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None",
];

/// A step's name in expressions, where `-` would be a minus.
#[must_use]
pub fn variable(id: &str) -> String {
    id.replace('-', "_")
}

/// The steps around an expression.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Ids of the steps before, as written.
    pub earlier: &'a [String],
    /// Ids of this step and the later ones, as written, where there are any.
    pub later: &'a [String],
}

/// A trouble at a byte offset of the expression.
pub(super) struct Unknown {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) problem: Diagnostic,
}

/// Checks every name of an expression.
pub(super) fn check(text: &str, scope: Scope<'_>) -> Vec<Unknown> {
    let tokens = tokens(text);
    let token = |index: usize| tokens.get(index).map(|(_, token)| *token);
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(&(at, current)) = tokens.get(index) {
        index += 1;
        let Token::Word(word) = current else { continue };
        let before = index.checked_sub(2).and_then(token);
        let mut report = |at: usize, word: &str, problem: Option<Diagnostic>| {
            found.extend(problem.map(|problem| Unknown {
                at,
                length: word.len(),
                problem,
            }));
        };
        match before {
            Some(Token::Sign('|')) => report(at, word, unlisted(word, "filter", FILTERS)),
            Some(Token::Sign('.')) => {}
            Some(Token::Word("is")) if word == "not" => {
                if let (Some(&(at, _)), Some(Token::Word(test))) = (tokens.get(index), token(index))
                {
                    report(at, test, unlisted(test, "test", TESTS));
                    index += 1;
                }
            }
            Some(Token::Word("is")) => report(at, word, unlisted(word, "test", TESTS)),
            _ if KEYWORDS.contains(&word) => {}
            _ if token(index) == Some(Token::Sign('(')) => {
                report(at, word, unlisted(word, "function", FUNCTIONS))
            }
            // A named argument: `default(value="x")`.
            _ if token(index) == Some(Token::Sign('='))
                && token(index + 1) != Some(Token::Sign('=')) => {}
            _ => {
                let minus = matches!(
                    (token(index), token(index + 1)),
                    (Some(Token::Sign('-')), Some(Token::Word(_)))
                );
                match fields(word, scope) {
                    Err(()) => {
                        let rest = text.get(at..).unwrap_or_default();
                        let hyphened = scope
                            .earlier
                            .iter()
                            .filter(|id| minus && rest.starts_with(id.as_str()));
                        let meant = hyphened.max_by_key(|id| id.len());
                        report(at, word, Some(unknown(word, meant, scope)));
                        // The rest of the id is part of the same trouble.
                        let end = at + meant.map_or(0, String::len);
                        while tokens.get(index).is_some_and(|(at, _)| *at < end) {
                            index += 1;
                        }
                    }
                    Ok(fields) => {
                        if let (Some(Token::Sign('.')), Some(&(at, Token::Word(field)))) =
                            (token(index), tokens.get(index + 1))
                        {
                            report(at, field, unknown_field(word, field, fields));
                        }
                    }
                }
            }
        }
    }
    found
}

fn fields(word: &str, scope: Scope<'_>) -> Result<&'static [Named], ()> {
    if scope.earlier.iter().any(|id| variable(id) == word) {
        return Ok(STEP_FIELDS);
    }
    GLOBALS
        .iter()
        .find(|(name, ..)| *name == word)
        .map(|(_, _, fields)| *fields)
        .ok_or(())
}

fn unlisted(word: &str, what: &str, known: &'static [&'static str]) -> Option<Diagnostic> {
    (!known.contains(&word)).then(|| {
        Diagnostic::error(code::EXPR_FUNCTION, format!("there is no {what} `{word}`"))
            .maybe_help(did_you_mean(word, known.iter().copied()))
    })
}

fn unknown_field(word: &str, field: &str, fields: &'static [Named]) -> Option<Diagnostic> {
    let names = || fields.iter().map(|(name, _)| *name);
    (!names().any(|name| name == field)).then(|| {
        Diagnostic::error(code::EXPR_VARIABLE, format!("`{word}` has no `{field}`"))
            .expected(one_of(names()))
            .maybe_help(did_you_mean(field, names()))
    })
}

fn unknown(word: &str, hyphened: Option<&String>, scope: Scope<'_>) -> Diagnostic {
    let steps: Vec<String> = scope.earlier.iter().map(|id| variable(id)).collect();
    let known = || {
        steps
            .iter()
            .map(String::as_str)
            .chain(GLOBALS.iter().map(|(name, ..)| *name))
    };
    let found = Diagnostic::error(
        code::EXPR_VARIABLE,
        format!("nothing here is called `{word}`"),
    )
    .expected(one_of(known()));
    if let Some(id) = hyphened {
        return found.help(format!(
            "a `-` is a minus in expressions: write `{}`",
            variable(id)
        ));
    }
    if scope.later.iter().any(|id| variable(id) == word) {
        return found.help(format!(
            "the step `{word}` has not run yet: expressions see earlier steps only"
        ));
    }
    match word {
        "env" | "secrets" => found.help(
            "expressions don't see the environment; secrets belong to accounts, in the project file under `secrets`",
        ),
        "steps" | "github" | "needs" => found.help(format!(
            "name a step directly: `{}.count`",
            steps.last().map_or("article", String::as_str)
        )),
        _ => found.maybe_help(nearest(word, known()).map(|name| format!("did you mean `{name}`?"))),
    }
}

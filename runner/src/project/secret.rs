//! References to secrets. A secret in plain sight is refused, and hidden from the message that refuses it.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostic, Span, code};
use crate::yaml::table::{Fields, KeySpec, Kind, Table};
use crate::yaml::{Node, Value, readers};

/// Where one secret is.
pub static SECRET: Table = Table {
    name: "a secret",
    doc: "Where a secret is: exactly one of these keys.",
    keys: &[
        KeySpec {
            name: "env",
            kind: Kind::Text,
            required: false,
            doc: "The name of an environment variable of the host.",
            example: "ACME_BSKY",
        },
        KeySpec {
            name: "file",
            kind: Kind::Text,
            required: false,
            doc: "A file that holds the secret and nothing else, relative to the project unless absolute. One line end at \
                  its end is dropped.",
            example: "/run/secrets/acme-bsky",
        },
    ],
};

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretPlace {
    /// An environment variable's name.
    Env(String),
    /// A file, relative to the project unless absolute.
    File(PathBuf),
}

/// A reference to a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRef {
    /// The reference's place.
    pub span: Span,
    /// Where the secret is.
    pub place: SecretPlace,
}

/// Reads a reference; `name` is the secret's name, for messages.
pub fn read_secret(
    name: &str,
    node: &Node,
    key: &Span,
    problems: &mut Vec<Diagnostic>,
) -> Option<SecretRef> {
    if matches!(
        node.value,
        Value::Str(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_)
    ) {
        literal(name, node, key, problems);
        return None;
    }
    if let Some(entry) = node.entry("keyring") {
        problems.push(
            Diagnostic::error(code::SECRET_KIND, "secrets can't be read from a keyring")
                .at(&entry.key.span)
                .expected("`env` or `file`")
                .help(format!("write `{name}: {{ env: {} }}`", variable(name))),
        );
        return None;
    }
    let fields = Fields::open(node, &SECRET, key, problems)?;
    let place = match (fields.get("env"), fields.get("file")) {
        (Some(env), None) => {
            let text = readers::text(env, "`env`", problems)?;
            if !is_variable(&text.value) {
                // What is no variable's name may well be the secret itself.
                env.span.source.hide(&env.span);
                problems.push(
                    Diagnostic::error(code::LITERAL_SECRET, "this is not the name of an environment variable")
                        .at(&env.span)
                        .expected("letters, digits and `_`, not beginning with a digit")
                        .help(format!("if it is the secret itself, put it into a variable and name that: {{ env: {} }}", variable(name))),
                );
                return None;
            }
            SecretPlace::Env(text.value)
        }
        (None, Some(file)) => {
            SecretPlace::File(readers::text(file, "`file`", problems)?.value.into())
        }
        (Some(_), Some(file)) => {
            problems.push(
                Diagnostic::error(
                    code::SECRET_KIND,
                    format!("the secret `{name}` has two places"),
                )
                .at(&file.span)
                .expected("either `env` or `file`"),
            );
            return None;
        }
        (None, None) => {
            problems.push(
                Diagnostic::error(
                    code::SECRET_KIND,
                    format!("the secret `{name}` has no place"),
                )
                .at(key)
                .expected("`env` or `file`")
                .help(format!("write `{name}: {{ env: {} }}`", variable(name))),
            );
            return None;
        }
    };
    Some(SecretRef {
        span: node.span.clone(),
        place,
    })
}

/// Reports a secret in plain sight.
pub(super) fn literal(name: &str, node: &Node, key: &Span, problems: &mut Vec<Diagnostic>) {
    node.span.source.hide(&node.span);
    let variable = variable(name);
    problems.push(
        Diagnostic::error(code::LITERAL_SECRET, format!("the secret `{name}` stands in plain sight"))
            .at(key)
            .expected("where the secret is, not the secret")
            .help(format!(
                "put it into an environment variable or a file, and name that under the account's `secrets`:\n\
                 secrets:\n  {name}: {{ env: {variable} }}"
            ))
            .note("if this file was ever shared or committed, change the secret"),
    );
}

/// True for names that promise a secret: `app-password`, `token`, `client_secret`.
pub(super) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('_', "-");
    [
        "password",
        "passwd",
        "secret",
        "token",
        "api-key",
        "apikey",
        "private-key",
    ]
    .iter()
    .any(|end| name.ends_with(end))
}

fn is_variable(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn variable(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

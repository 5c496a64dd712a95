//! Expressions: `${{ … }}`. The language is that of the template engine's expressions; names are checked when the file
//! is read, values when a step is about to run.

use std::fmt;
use std::sync::{Arc, OnceLock};

use minijinja::{Environment, Expression, UndefinedBehavior};
use serde_json::{Map, Value as Json};

use super::scope::{Scope, check, variable};
use crate::diagnostic::{Diagnostic, Span, code};
use crate::yaml::Node;

/// What opens an expression.
pub const OPEN: &str = "${{";

/// The engine: no templates, no loader, nothing from outside.
fn engine() -> &'static Environment<'static> {
    static ENGINE: OnceLock<Environment<'static>> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut engine = Environment::new();
        // A misspelt field must not quietly mean "no".
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_debug(true);
        engine
    })
}

/// The values that expressions name.
#[derive(Debug, Clone, Default)]
pub struct Context {
    values: Map<String, Json>,
}

impl Context {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets `trigger`, `run` or `client`.
    pub fn set(&mut self, name: &str, value: Json) {
        self.values.insert(name.to_owned(), value);
    }

    /// Sets what a step is known by: an object with the fields of [`super::scope::STEP_FIELDS`].
    pub fn set_step(&mut self, id: &str, value: Json) {
        self.values.insert(variable(id), value);
    }

    /// All values.
    #[must_use]
    pub fn values(&self) -> &Map<String, Json> {
        &self.values
    }
}

/// One expression.
#[derive(Clone)]
pub struct Expr {
    text: Arc<str>,
    span: Span,
    compiled: Arc<Expression<'static, 'static>>,
}

impl Expr {
    /// Reads the expression that stands at `start..end` of a string node, without its delimiters. Syntax errors and
    /// unknown names are reported where they stand in the file.
    pub(super) fn read(
        node: &Node,
        start: usize,
        end: usize,
        scope: Scope<'_>,
        problems: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let whole = node
            .as_str()
            .unwrap_or_default()
            .get(start..end)
            .unwrap_or_default();
        let text = whole.trim();
        let start = start + whole.len() - whole.trim_start().len();
        if text.is_empty() {
            problems.push(
                Diagnostic::error(code::EXPR_SYNTAX, "this expression is empty")
                    .at(&node.span)
                    .help("write what it should compute, such as `${{ article.count > 0 }}`"),
            );
            return None;
        }
        let compiled = match engine().compile_expression_owned(text.to_owned()) {
            Ok(compiled) => compiled,
            Err(error) => {
                problems.push(syntax(node, start, text, &error));
                return None;
            }
        };
        let unknown = check(text, scope);
        let fits = unknown.is_empty();
        for unknown in unknown {
            let at = start + unknown.at;
            problems.push(unknown.problem.at(&node.locate(at, at + unknown.length)));
        }
        fits.then(|| Self {
            text: text.into(),
            span: node.locate(start, start + text.len()),
            compiled: Arc::new(compiled),
        })
    }

    /// As written, without the delimiters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Its value, with its type.
    ///
    /// # Errors
    /// S0311 when it can't be computed or has no value.
    pub fn eval(&self, context: &Context) -> Result<Json, Diagnostic> {
        let value = self.value(context)?;
        if value.is_undefined() {
            return Err(self.failed("it has no value").help(
                "the field is not there; `| default(\"…\")` gives it a value, `is defined` asks for it",
            ));
        }
        serde_json::to_value(&value).map_err(|error| self.failed(&error.to_string()))
    }

    /// True unless it is false, none, zero or empty.
    ///
    /// # Errors
    /// S0311 when it can't be computed or has no value.
    pub fn truthy(&self, context: &Context) -> Result<bool, Diagnostic> {
        let value = self.value(context)?;
        if value.is_undefined() {
            return Err(self
                .failed("it has no value")
                .help("the field is not there; `is defined` asks for it"));
        }
        Ok(value.is_true())
    }

    fn value(&self, context: &Context) -> Result<minijinja::Value, Diagnostic> {
        self.compiled
            .eval(minijinja::Value::from(minijinja::value::Serde(
                &context.values,
            )))
            .map_err(|error| self.failed(&words(&error)))
    }

    fn failed(&self, why: &str) -> Diagnostic {
        Diagnostic::error(
            code::EXPR_FAILED,
            format!("the expression `{}` failed: {why}", self.text),
        )
        .at(&self.span)
    }
}

fn words(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

fn syntax(node: &Node, start: usize, text: &str, error: &minijinja::Error) -> Diagnostic {
    let range = error.range().unwrap_or(0..text.len());
    let from = range.start.min(text.len());
    let to = range.end.clamp(from, text.len());
    // At the end of the text the last character is what people can see.
    let (from, to) = if from >= text.len() {
        (text.trim_end().len().saturating_sub(1), text.len())
    } else {
        (from, to.max(from + 1))
    };
    let help = if text.contains("&&") || text.contains("||") {
        Some("write `and`, `or`, `not`".to_owned())
    } else if text.starts_with('!') || text.contains(" !") && !text.contains("!=") {
        Some("write `not` for the opposite".to_owned())
    } else if text.contains('=')
        && !text.contains("==")
        && !text.contains("!=")
        && !text.contains(['<', '>', '('])
    {
        Some("write `==` to compare".to_owned())
    } else {
        None
    };
    Diagnostic::error(
        code::EXPR_SYNTAX,
        format!(
            "this expression can't be read: {}",
            error.detail().unwrap_or("syntax error")
        ),
    )
    .at(&node.locate(start + from, start + to))
    .maybe_help(help)
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN} {} }}}}", self.text)
    }
}

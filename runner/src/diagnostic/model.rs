//! What one message consists of.

use std::fmt;

use super::{Code, Colour, Span, render};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing runs before it is mended.
    Error,
    /// It runs, and somebody should look.
    Warning,
}

impl Severity {
    /// The word as shown.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A further remark, with or without a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where, if it is about another place.
    pub span: Option<Span>,
    /// One line.
    pub text: String,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its code, for `staffetta explain`.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where; none for what has no place in a file.
    pub span: Option<Span>,
    /// What is wrong, in one line.
    pub message: String,
    /// What would have been right.
    pub expected: Option<Box<str>>,
    /// How to mend it; several lines when there is YAML to paste.
    pub help: Vec<String>,
    /// Further remarks and places.
    pub notes: Vec<Note>,
}

impl Diagnostic {
    /// An error without a place yet.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: Severity::Error,
            span: None,
            message: message.into(),
            expected: None,
            help: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A warning without a place yet.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// At this place.
    #[must_use]
    pub fn at(mut self, span: &Span) -> Self {
        self.span = Some(span.clone());
        self
    }

    /// What would have been right.
    #[must_use]
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(text.into().into_boxed_str());
        self
    }

    /// How to mend it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// How to mend it, where there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Self {
        self.help.extend(text);
        self
    }

    /// A remark.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            span: None,
            text: text.into(),
        });
        self
    }

    /// A remark about another place.
    #[must_use]
    pub fn related(mut self, span: &Span, text: impl Into<String>) -> Self {
        self.notes.push(Note {
            span: Some(span.clone()),
            text: text.into(),
        });
        self
    }

    /// True for errors.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render(self, Colour::Never))
    }
}

impl std::error::Error for Diagnostic {}

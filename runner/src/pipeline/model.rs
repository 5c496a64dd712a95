//! What a pipeline says, with the places of what later checks may have to point at.

use std::sync::Arc;
use std::time::Duration;

use globset::GlobSet;

use super::{Cron, Expr, Template};
use crate::diagnostic::{Source, Span};
use crate::project::SecretRef;
use crate::yaml::Node;
use crate::yaml::readers::Spanned;

/// A pipeline.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Its file.
    pub source: Arc<Source>,
    /// For people.
    pub name: Spanned<String>,
    /// Whose it is; may be absent where the project has one client.
    pub client: Option<Spanned<String>>,
    /// What starts it, besides a person, who always can.
    pub triggers: Triggers,
    /// At least one.
    pub steps: Vec<Step>,
}

/// What starts a run.
#[derive(Debug, Clone, Default)]
pub struct Triggers {
    /// Files.
    pub watch: Option<Watch>,
    /// Times.
    pub schedules: Vec<Schedule>,
    /// HTTP.
    pub webhook: Option<Webhook>,
}

/// Files that appear or change.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The key.
    pub span: Span,
    /// Patterns relative to the project.
    pub files: Vec<Spanned<String>>,
    /// Patterns of what is left out.
    pub ignore: Vec<Spanned<String>>,
    pub(super) wanted: GlobSet,
    pub(super) unwanted: GlobSet,
}

impl Watch {
    /// True for a path, relative to the project and parted by `/`, that starts a run.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.wanted.is_match(path) && !self.unwanted.is_match(path)
    }

    /// The folders to watch, each with all below: what stands before the first special character of each pattern. `.`
    /// for the project itself.
    #[must_use]
    pub fn folders(&self) -> Vec<String> {
        let mut folders: Vec<String> = self
            .files
            .iter()
            .map(|pattern| {
                let fixed: Vec<&str> = pattern
                    .value
                    .split('/')
                    .take_while(|part| !part.contains(['*', '?', '[', '{']))
                    .collect();
                // The last part of a pattern without special characters is a file.
                let whole = fixed.len() == pattern.value.split('/').count();
                let folders = fixed
                    .get(..fixed.len() - usize::from(whole))
                    .unwrap_or_default();
                if folders.is_empty() {
                    ".".into()
                } else {
                    folders.join("/")
                }
            })
            .collect();
        folders.sort();
        folders.dedup();
        folders
    }
}

/// Times, in the client's time zone.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The key.
    pub span: Span,
    /// When.
    pub cron: Cron,
    /// Names of the client's calendars: not on their days.
    pub except: Vec<Spanned<String>>,
    /// What happens to times that were missed.
    pub missed: Missed,
}

/// What happens when a time passed while nothing could run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Missed {
    /// Nothing; it is listed as missed.
    Skip,
    /// One run for all of them, at once.
    #[default]
    Once,
    /// A person decides.
    Ask,
    /// All of them, one after the other, spread over time.
    Drip,
}

impl Missed {
    /// The words, as written.
    pub const WORDS: &'static [&'static str] = &["skip", "once", "ask", "drip"];

    /// As written.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Once => "once",
            Self::Ask => "ask",
            Self::Drip => "drip",
        }
    }
}

/// An HTTP request with a signature.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// The key.
    pub span: Span,
    /// The last part of its address; unique in the project.
    pub path: Spanned<String>,
    /// What requests are signed with.
    pub secret: SecretRef,
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// The step's whole text.
    pub span: Span,
    /// Unique. Its place is the step's where none was written.
    pub id: Spanned<String>,
    /// What it does.
    pub action: Action,
    /// The steps whose output it reads, one after the other; empty: the one before.
    pub from: Vec<Spanned<String>>,
    /// It runs only when this is true.
    pub condition: Option<Expr>,
    /// For each call.
    pub timeout: Option<Spanned<Duration>>,
    /// Further tries.
    pub retry: Retry,
    /// Later steps run even when this one fails.
    pub continue_on_error: bool,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Calls a plugin's operation.
    Use(Use),
    /// Puts posts out.
    Publish(Publish),
}

/// A call of an operation.
#[derive(Debug, Clone)]
pub struct Use {
    /// The part before the `/`.
    pub plugin: Spanned<String>,
    /// The part behind it.
    pub operation: Spanned<String>,
    /// `with` as written, for messages.
    pub with: Option<Node>,
    /// `with`, its expressions parsed; an empty map when absent.
    pub config: Template,
}

/// A publication.
#[derive(Debug, Clone)]
pub struct Publish {
    /// The key.
    pub span: Span,
    /// Names of accounts, at least one.
    pub accounts: Vec<Spanned<String>>,
    /// A person must agree to what exactly goes out.
    pub approval: bool,
}

/// Further tries after errors that left nothing changed outside. What is in doubt is never tried again by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How many after the first.
    pub times: u32,
    /// The pause before the first of them; it doubles each time.
    pub wait: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            times: 0,
            wait: Duration::from_secs(10),
        }
    }
}

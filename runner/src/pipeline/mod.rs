//! Pipelines: from YAML to a typed model with places, its expressions parsed and its names checked. Whether the plugins
//! and accounts that it names exist is for the plan to say.

pub mod cron;
mod decode;
pub mod expr;
mod keys;
mod lexer;
mod model;
pub mod reference;
pub mod schema;
pub mod scope;
mod steps;
mod template;
mod triggers;

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source, load};
use crate::yaml;

pub use cron::Cron;
pub use expr::{Context, Expr};
pub use keys::PIPELINE;
pub use model::{
    Action, Missed, Pipeline, Publish, Retry, Schedule, Step, Triggers, Use, Watch, Webhook,
};
pub use scope::variable;
pub use template::Template;

impl Pipeline {
    /// Reads a pipeline's file; `shown` is its name in messages, such as `pipelines/a.yaml`.
    ///
    /// # Errors
    /// Everything that is wrong with the file.
    pub fn load(path: &Path, shown: impl Into<String>) -> Result<Self, Vec<Diagnostic>> {
        let (pipeline, problems) = Self::read(path, shown);
        pipeline.filter(|_| problems.is_empty()).ok_or(problems)
    }

    /// Reads as much of a pipeline's file as can be understood, and everything that is wrong with it: what is right can
    /// then be checked further, so that all mistakes are told in one go. Steps that can't be understood are left out.
    pub fn read(path: &Path, shown: impl Into<String>) -> (Option<Self>, Vec<Diagnostic>) {
        match load(path, shown) {
            Ok(source) => Self::understand(&source),
            Err(problem) => (None, vec![problem]),
        }
    }

    /// Reads a pipeline's text.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let (pipeline, problems) = Self::understand(source);
        pipeline.filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn understand(source: &Arc<Source>) -> (Option<Self>, Vec<Diagnostic>) {
        let parsed = yaml::parse(source);
        let mut problems = parsed.problems;
        let pipeline = parsed
            .root
            .and_then(|node| decode::pipeline(source, &node, &mut problems));
        (pipeline, problems)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

/// True for a pipeline's file: YAML by its ending, not hidden, and not the project's own.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    let yaml = path
        .extension()
        .is_some_and(|ending| ending == "yaml" || ending == "yml");
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    yaml && name != crate::project::FILE_NAME && !name.starts_with('.') && path.is_file()
}

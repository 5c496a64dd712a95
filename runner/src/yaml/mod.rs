//! YAML 1.2 into nodes that know where they stand. The syntax is the work of saphyr-parser; this module resolves
//! scalars by the core schema, expands aliases within a budget, and turns every trouble into a located message. What a
//! key means is decided elsewhere.

mod build;
mod locate;
mod node;
pub mod quantity;
pub mod readers;
mod scalar;
mod syntax;
pub mod table;

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source, load};

pub use build::{MAX_DEPTH, MAX_NODES, MAX_SCALAR_BYTES};
pub use node::{Entry, Key, Node, Style, Value};

/// What came out of a text: the tree as far as it could be read, and everything that was wrong with it.
#[derive(Debug, Default)]
pub struct Parsed {
    /// None when the text is empty or its syntax is broken.
    pub root: Option<Node>,
    /// Errors with a tree mean that decoding can go on to find more; the file must not be used all the same.
    pub problems: Vec<Diagnostic>,
}

impl Parsed {
    /// The tree if nothing was wrong.
    ///
    /// # Errors
    /// Everything that was wrong.
    pub fn into_result(self) -> Result<Node, Vec<Diagnostic>> {
        match self.root {
            Some(root) if self.problems.is_empty() => Ok(root),
            _ => Err(self.problems),
        }
    }
}

/// Reads one YAML document.
#[must_use]
pub fn parse(source: &Arc<Source>) -> Parsed {
    build::build(source)
}

/// Loads and parses a file; `shown` is its name in messages.
///
/// # Errors
/// What [`load`] finds and everything that is wrong with the YAML.
pub fn read(path: &Path, shown: impl Into<String>) -> Result<Node, Vec<Diagnostic>> {
    let source = load(path, shown).map_err(|problem| vec![problem])?;
    parse(&source).into_result()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

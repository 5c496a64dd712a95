//! What a plan has to know of plugins, and nothing more: so that checking needs no files and no engine.

use std::collections::BTreeSet;

use crate::plugin::catalog::{Catalog, Origin};
use crate::plugin::manifest::{Interface, Manifest};

/// One plugin.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// `sha256:` and 64 hex digits.
    pub digest: &'a str,
    /// What it says of itself.
    pub manifest: &'a Manifest,
    /// What it offers.
    pub exports: &'a BTreeSet<Interface>,
    /// Where it comes from.
    pub origin: Origin,
}

/// The plugins that there are.
pub trait Plugins {
    /// One by its name.
    fn find(&self, name: &str) -> Option<Known<'_>>;
    /// All names.
    fn names(&self) -> Vec<&str>;
}

impl Plugins for Catalog {
    fn find(&self, name: &str) -> Option<Known<'_>> {
        self.get(name).map(|plugin| Known {
            digest: &plugin.digest,
            manifest: &plugin.manifest,
            exports: &plugin.exports,
            origin: plugin.origin,
        })
    }

    fn names(&self) -> Vec<&str> {
        Self::names(self).collect()
    }
}

//! What a project file says, with the places of what later checks may have to point at.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Calendar, Grant, SecretRef};
use crate::diagnostic::{Source, Span};
use crate::yaml::Node;
use crate::yaml::readers::Spanned;

/// A project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its folder.
    pub root: PathBuf,
    /// Its file.
    pub source: Arc<Source>,
    /// By name.
    pub clients: BTreeMap<String, Client>,
    /// By name.
    pub accounts: BTreeMap<String, Account>,
    /// By the plugin's name.
    pub grants: BTreeMap<String, Grant>,
    /// The key `grants`, if it is there: where a missing grant would be written.
    pub grants_span: Option<Span>,
    /// The built-in calendars and the project's own, by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// The journal's folder, relative to the project unless absolute.
    pub store: PathBuf,
    /// What each call of a plugin may use.
    pub limits: Limits,
}

/// Limits of one call; None leaves the host's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Time.
    pub time: Option<Duration>,
}

/// Whose accounts, posts and people these are.
#[derive(Debug, Clone)]
pub struct Client {
    /// The key.
    pub name: String,
    /// Where the key is.
    pub span: Span,
    /// For people.
    pub title: String,
    /// The IANA name, such as `Europe/Rome`.
    pub time_zone: String,
    /// The zone of that name.
    pub zone: TimeZone,
    /// BCP 47 tags, the preferred one first.
    pub languages: Vec<String>,
    /// Names of calendars with days on which this client rests.
    pub calendars: Vec<Spanned<String>>,
}

/// One identity on one network.
#[derive(Debug, Clone)]
pub struct Account {
    /// The key.
    pub name: String,
    /// Where the key is.
    pub span: Span,
    /// The client that it belongs to; it exists.
    pub client: Spanned<String>,
    /// The plugin that knows the network.
    pub network: Spanned<String>,
    /// The plugin that publishes in the network's place, such as `handoff`.
    pub via: Option<Spanned<String>>,
    /// As the network shows it.
    pub handle: Option<String>,
    /// A BCP 47 tag; without it, the client's first language.
    pub language: Option<String>,
    /// Settings as written, for messages.
    pub with: Option<Node>,
    /// Settings as JSON, without the plugin's defaults.
    pub settings: Value,
    /// By the names that the network's plugin uses.
    pub secrets: BTreeMap<String, SecretRef>,
    /// Corrections of the network's figures.
    pub facts: Value,
}

impl Project {
    /// The journal's folder.
    #[must_use]
    pub fn store_folder(&self) -> PathBuf {
        self.root.join(&self.store)
    }
}

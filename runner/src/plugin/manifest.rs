//! What a plugin says of itself: the JSON that travels in the component's custom section and can be read without
//! running anything. Authors write it as `plugin.yaml`. Nothing here trusts it: the catalog compares it with what the
//! component really exports and imports.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The custom section that holds the manifest as JSON.
pub const SECTION: &str = "staffetta:manifest";

/// The package and version of the contract that this host speaks.
pub const CONTRACT: &str = "staffetta:plugin@0.1.0";

/// The interfaces that a plugin can export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Interface {
    Source,
    Rule,
    Network,
    Publisher,
    Insights,
    Inbox,
    Directory,
    Metric,
}

/// The imports of the contract that a plugin can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Capability {
    Http,
    Websocket,
    Mail,
    Sign,
    Blob,
    Files,
    Target,
    Store,
    Clock,
    Random,
    Log,
}

impl Interface {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 8] = [
        Self::Source,
        Self::Rule,
        Self::Network,
        Self::Publisher,
        Self::Insights,
        Self::Inbox,
        Self::Directory,
        Self::Metric,
    ];

    /// The name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Rule => "rule",
            Self::Network => "network",
            Self::Publisher => "publisher",
            Self::Insights => "insights",
            Self::Inbox => "inbox",
            Self::Directory => "directory",
            Self::Metric => "metric",
        }
    }
}

impl Capability {
    /// All of them, in the contract's order.
    pub const ALL: [Self; 11] = [
        Self::Http,
        Self::Websocket,
        Self::Mail,
        Self::Sign,
        Self::Blob,
        Self::Files,
        Self::Target,
        Self::Store,
        Self::Clock,
        Self::Random,
        Self::Log,
    ];

    /// The name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Websocket => "websocket",
            Self::Mail => "mail",
            Self::Sign => "sign",
            Self::Blob => "blob",
            Self::Files => "files",
            Self::Target => "target",
            Self::Store => "store",
            Self::Clock => "clock",
            Self::Random => "random",
            Self::Log => "log",
        }
    }

    /// True for what gives power over something outside the step, so that the manifest must ask for it and the
    /// operator must grant it. `blob`, `clock`, `random` and `log` are harmless; `target` and `store` reach only the
    /// step's own accounts and the plugin's own state, so the manifest must ask but nobody need grant.
    #[must_use]
    pub fn needs_grant(self) -> bool {
        matches!(
            self,
            Self::Http | Self::Websocket | Self::Mail | Self::Sign | Self::Files
        )
    }
}

/// For rules: what one subject is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// The post itself, for all accounts.
    #[default]
    Post,
    /// The post as each account gets it.
    Account,
}

/// One operation that pipelines name in `uses`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Operation {
    /// The interface whose functions serve it: source, rule, metric (an account's `inbox` and `insights` too).
    pub interface: Interface,
    /// One sentence for lists and editors.
    pub description: String,
    /// For rules only.
    #[serde(default)]
    pub per: Per,
    /// JSON Schema of `with`. Absent: the operation takes none.
    #[serde(default = "no_config")]
    pub config: Value,
}

fn no_config() -> Value {
    serde_json::json!({"type": "object", "additionalProperties": false})
}

/// What a plugin asks to be allowed, and why.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Request {
    /// For the operator, in plain words.
    pub why: String,
    /// `http`, `websocket`, `mail`: host names, `*.example.org` for all below.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// `files`: folders to read, relative to the project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<String>,
    /// `files`: folders to write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write: Vec<String>,
    /// JSON pointers into the step's `with` or the account's `with`: the host of the URL (`http`) or the folder or
    /// file (`files`, to read) that the operator wrote there is asked for. What the operator wrote is granted by it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from_config: Vec<String>,
    /// Like `from-config`, for folders to write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_from_config: Vec<String>,
}

/// How a preview draws a network's posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Layout {
    Microblog,
    Pin,
    Photo,
    Professional,
    Email,
    Article,
    Chat,
    Video,
    Folder,
}

/// A secret that an account of this network owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SecretSlot {
    /// The name that the plugin uses.
    pub name: String,
    /// Where a person gets it.
    pub description: String,
}

/// What a network plugin says of its network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Network {
    /// As people write it: `Bluesky`.
    pub name: String,
    /// A CSS colour for previews.
    pub colour: String,
    /// How previews draw a post.
    pub layout: Layout,
    /// JSON Schema of an account's `with`.
    #[serde(default = "no_config")]
    pub settings: Value,
    /// The secrets that an account needs in order to publish.
    #[serde(default)]
    pub secrets: Vec<SecretSlot>,
}

/// A plugin's manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Manifest {
    /// Lower-case words joined by `-`; the first part of `uses`, or a network's name in `accounts`.
    pub name: String,
    /// Semantic version.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// An SPDX expression.
    pub license: String,
    /// The contract it was built for; `plugin build` fills it in.
    #[serde(default)]
    pub contract: String,
    /// By name.
    #[serde(default)]
    pub operations: BTreeMap<String, Operation>,
    /// By capability.
    #[serde(default)]
    pub capabilities: BTreeMap<Capability, Request>,
    /// For plugins that export `network` or `publisher`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<Network>,
}

//! A plan: what will be run, with every name resolved.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;

use super::config;
use crate::diagnostic::{Diagnostic, Span};
use crate::pipeline::{Context, Expr, Retry, Template, Triggers};
use crate::plugin::manifest::{Interface, Per};
use crate::yaml::Node;

/// A pipeline after every check passed.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The pipeline's name.
    pub name: String,
    /// Its file, as shown.
    pub file: String,
    /// Whose it is.
    pub client: String,
    /// What starts it.
    pub triggers: Triggers,
    /// In order.
    pub steps: Vec<PlannedStep>,
    /// Every account that some step works for, by name.
    pub accounts: BTreeMap<String, PlannedAccount>,
    /// The digests of all plugins in use, by name.
    pub plugins: BTreeMap<String, String>,
    /// What does not stop it and should be seen.
    pub warnings: Vec<Diagnostic>,
}

/// What a step does.
#[derive(Debug, Clone)]
pub enum StepKind {
    /// Brings records in.
    Source {
        /// The plugin.
        plugin: String,
        /// Its operation.
        operation: String,
    },
    /// Adapts or judges posts.
    Rule {
        /// The plugin.
        plugin: String,
        /// Its operation.
        operation: String,
        /// What one subject is.
        per: Per,
        /// The accounts of all publications behind it, in their order, each once.
        accounts: Vec<String>,
    },
    /// Computes figures.
    Metric {
        /// The plugin.
        plugin: String,
        /// Its operation.
        operation: String,
    },
    /// Asks the network of accounts: `inbox`, `insights` or `directory`.
    Account {
        /// The plugin: the accounts' network, or what they publish through.
        plugin: String,
        /// Its operation.
        operation: String,
        /// Which interface.
        interface: Interface,
        /// The client's accounts of that plugin.
        accounts: Vec<String>,
    },
    /// Puts posts out.
    Publish {
        /// Where to, in order.
        accounts: Vec<PlannedAccount>,
        /// A person must agree first.
        approval: bool,
    },
}

impl StepKind {
    /// The plugin of `uses`; none for `publish`.
    #[must_use]
    pub fn plugin(&self) -> Option<&str> {
        match self {
            Self::Source { plugin, .. }
            | Self::Rule { plugin, .. }
            | Self::Metric { plugin, .. }
            | Self::Account { plugin, .. } => Some(plugin),
            Self::Publish { .. } => None,
        }
    }
}

/// One step.
#[derive(Debug, Clone)]
pub struct PlannedStep {
    /// Its place in the pipeline, from 0.
    pub index: usize,
    /// Its id.
    pub id: String,
    /// Where it is written.
    pub span: Span,
    /// The steps that it reads, one after the other; empty where it brings records in.
    pub inputs: Vec<usize>,
    /// What it does.
    pub kind: StepKind,
    /// Its configuration with the plugin's defaults; see [`PlannedStep::config`].
    pub template: Template,
    /// It runs only when this is true.
    pub condition: Option<Expr>,
    /// For each call.
    pub timeout: Option<Duration>,
    /// Further tries.
    pub retry: Retry,
    /// Later steps run even when this one fails.
    pub continue_on_error: bool,
    /// What the step's plugin may do in this step.
    pub grants: Grants,
    pub(super) schema: Option<Arc<Json>>,
    pub(super) with: Option<Node>,
}

impl PlannedStep {
    /// The configuration for one run.
    ///
    /// # Errors
    /// S0311 when an expression fails, S0404 when what it gave does not fit the plugin's schema.
    pub fn config(&self, context: &Context) -> Result<Json, Vec<Diagnostic>> {
        let value = self
            .template
            .eval(context)
            .map_err(|problem| vec![problem])?;
        if self.template.is_literal() {
            return Ok(value);
        }
        let mut problems = Vec::new();
        if let Some(schema) = &self.schema {
            let place = config::Place {
                node: self.with.as_ref(),
                key: &self.span,
                what: &format!("`with` of the step `{}`", self.id),
            };
            config::validate(
                schema,
                &Template::Literal(value.clone()),
                &place,
                &mut problems,
            );
        }
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(problems)
        }
    }
}

/// An account that posts go to.
#[derive(Debug, Clone)]
pub struct PlannedAccount {
    /// Its name.
    pub account: String,
    /// The plugin that counts, composes and checks.
    pub network_plugin: String,
    /// The account's settings for it, with its defaults.
    pub network_settings: Json,
    /// What it may do for this account.
    pub network_grants: Grants,
    /// The plugin that publishes: the network's own, or the one named by `via`. None when the account can't publish,
    /// which only steps other than `publish` accept.
    pub publisher_plugin: Option<String>,
    /// The account's settings for it, with its defaults.
    pub publisher_settings: Json,
    /// What it may do for this account.
    pub publisher_grants: Grants,
}

/// What a plugin may do: asked for by its manifest and allowed by the operator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grants {
    /// Hosts for HTTP: a name, a name with a port, or `*.` and a name.
    pub http_hosts: Vec<String>,
    /// Hosts for web sockets.
    pub websocket_hosts: Vec<String>,
    /// SMTP servers.
    pub mail_hosts: Vec<String>,
    /// Files and folders to read, relative to the project.
    pub read: Vec<String>,
    /// Files and folders to write.
    pub write: Vec<String>,
    /// Signing with the account's keys.
    pub sign: bool,
}

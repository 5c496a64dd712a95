//! An account at work: its network's plugin, which knows what a post there is, and its publisher, which puts it out.

use std::sync::Arc;

use crate::contract::types::{Account, Composed, Post, Severity, Violation};
use crate::engine::{CallError, Engine, Instance, Loaded};
use crate::host::{Context, HostState, Services};

/// One plugin with the account as it may know it.
pub struct Side {
    /// The account, with the settings that are this plugin's.
    pub account: Account,
    /// The plugin.
    pub plugin: Arc<Loaded>,
    /// What it may do.
    pub context: Context,
}

/// An account of a `publish` step.
pub struct Outlet {
    /// Client, network and handle (or name): what the account is, whatever the project calls it.
    pub identity: String,
    /// Composes and checks.
    pub network: Side,
    /// Publishes: the network's own plugin, or another one that hands over in its place.
    pub publisher: Side,
}

/// A post as it would go out, or why it would not.
#[derive(Debug, Clone, PartialEq)]
pub struct Composition {
    /// What would be sent; none where the network's plugin could not even compose it.
    pub composed: Option<Composed>,
    /// All that speaks against it, warnings included.
    pub violations: Vec<Violation>,
}

impl Composition {
    /// True when something refuses it.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.composed.is_none()
            || self
                .violations
                .iter()
                .any(|v| v.severity == Severity::Refuse)
    }
}

impl Side {
    /// A fresh instance of the plugin.
    ///
    /// # Errors
    /// When it breaks off while it starts.
    pub async fn instance(
        &self,
        engine: &Engine,
        services: &Arc<Services>,
    ) -> Result<Instance, CallError> {
        let state = HostState::new(Arc::clone(services), self.context.clone(), engine.limits());
        Instance::new(engine, &self.plugin, state).await
    }
}

/// Composes and checks a post in an instance of the account's network.
///
/// # Errors
/// When the plugin breaks off. What the plugin says of the content is a violation, not an error.
pub(super) async fn compose(
    instance: &mut Instance,
    account: &Account,
    post: &Post,
    warnings: &[Violation],
) -> Result<Composition, CallError> {
    instance.state().show_post(post);
    let mut violations = warnings.to_vec();
    let composed = match instance.compose(account, post).await {
        Ok(composed) => composed,
        Err(CallError::Plugin(crate::contract::types::Error::InvalidContent(found))) => {
            violations.extend(found);
            return Ok(Composition {
                composed: None,
                violations,
            });
        }
        Err(error) => return Err(error),
    };
    violations.extend(instance.check(account, &composed).await?);
    Ok(Composition {
        composed: Some(composed),
        violations,
    })
}

//! What a network's server tells of its own limits: asked once a day, kept in the store, handed to the plugin with the
//! account. A server that does not answer costs nothing but what was known before.

use std::sync::Arc;

use super::runtime::{Base, Runtime};
use crate::engine::Instance;
use crate::host::HostState;
use crate::journal::{Facts, Store, StoreError};
use crate::plan::PlannedAccount;
use crate::plugin::Interface;

/// How long an answer is used before the server is asked again, in milliseconds.
const FRESH: i64 = 24 * 60 * 60 * 1000;

/// How long a server that did not answer is left alone, in milliseconds.
const REST: i64 = 10 * 60 * 1000;

/// The figures for an account as JSON, if there are any.
pub(super) async fn learned(
    runtime: &Runtime,
    known: Option<&Arc<dyn Store>>,
    store: &Arc<dyn Store>,
    account: &PlannedAccount,
    base: &Base<'_>,
) -> Result<Option<String>, StoreError> {
    let offers = runtime
        .catalog
        .get(&account.network_plugin)
        .is_some_and(|p| p.exports.contains(&Interface::Network));
    if !offers || account.network_grants.http_hosts.is_empty() {
        // Without HTTP there is nobody to ask.
        return Ok(None);
    }
    let now = runtime.services.clock.now();
    let mut before = store.facts(&account.account).await?;
    if let (None, Some(known)) = (&before, known) {
        before = known.facts(&account.account).await?;
    }
    if let Some(facts) = before
        .as_ref()
        .filter(|facts| now.saturating_sub(facts.at) < FRESH)
    {
        return Ok(Some(facts.facts.clone()).filter(|facts| !facts.is_empty()));
    }
    let answer = ask(runtime, account, base).await;
    match answer {
        Ok(facts) => {
            // Nothing told is remembered too, so that it is not asked again at every run.
            let text = facts.clone().unwrap_or_default();
            store
                .put_facts(Facts {
                    account: account.account.clone(),
                    facts: text,
                    at: now,
                })
                .await?;
            Ok(facts)
        }
        Err(why) => {
            tracing::info!(account = %account.account, %why, "the server's own limits could not be asked for");
            // A server that does not answer is left alone for a while.
            let kept = before.map(|facts| facts.facts).unwrap_or_default();
            let facts = Facts {
                account: account.account.clone(),
                facts: kept.clone(),
                at: now.saturating_sub(FRESH).saturating_add(REST),
            };
            store.put_facts(facts).await?;
            Ok(Some(kept).filter(|facts| !facts.is_empty()))
        }
    }
}

async fn ask(
    runtime: &Runtime,
    account: &PlannedAccount,
    base: &Base<'_>,
) -> Result<Option<String>, String> {
    let words = |error: &dyn std::fmt::Display| error.to_string();
    let outlet = runtime
        .outlet(account, base, None)
        .map_err(|error| words(&error))?;
    let _slot = runtime.engine.reserve(1).await;
    let side = &outlet.network;
    let state = HostState::new(
        Arc::clone(&runtime.services),
        side.context.clone(),
        runtime.engine.limits(),
    );
    let mut instance = Instance::new(&runtime.engine, &side.plugin, state)
        .await
        .map_err(|error| words(&error))?;
    instance
        .learn(&side.account)
        .await
        .map_err(|error| words(&error))
}

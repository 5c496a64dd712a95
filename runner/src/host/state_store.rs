//! The plugin's small keyed state for one client. Changes are staged and kept only when the step succeeds.

use std::collections::BTreeMap;
use std::pin::Pin;

use super::HostState;
use crate::contract::imports::store::{Failure, Host};

/// Longest key in bytes.
const MOST_KEY: usize = 256;
/// Largest value in bytes.
const MOST_VALUE: usize = 64 << 10;
/// Keys that one step may change.
const MOST_CHANGES: usize = 10_000;

/// What a plugin changed: a new value, or none where the key was deleted.
pub type StateChanges = BTreeMap<String, Option<String>>;

/// An answer of the state, or in words why there is none.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// Reads what earlier steps kept, for one plugin and one client.
pub trait PluginState: Send + Sync {
    /// A key's value.
    ///
    /// # Errors
    /// In words, when the store can't be read.
    fn get<'a>(&'a self, key: &'a str) -> Answer<'a, Option<String>>;

    /// At most `limit` keys with that beginning, sorted, behind `after`.
    ///
    /// # Errors
    /// In words, when the store can't be read.
    fn keys<'a>(
        &'a self,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Vec<String>>;
}

/// State that is empty: for previews and single calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoState;

impl PluginState for NoState {
    fn get<'a>(&'a self, _key: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    fn keys<'a>(
        &'a self,
        _prefix: &'a str,
        _after: Option<&'a str>,
        _limit: u32,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

impl HostState {
    fn stage(&mut self, key: String, value: Option<String>) -> Result<(), Failure> {
        let large = key.len() > MOST_KEY || value.as_ref().is_some_and(|v| v.len() > MOST_VALUE);
        if large || (self.changes.len() >= MOST_CHANGES && !self.changes.contains_key(&key)) {
            return Err(Failure::TooLarge);
        }
        self.changes.insert(key, value);
        Ok(())
    }

    fn impure_state(&self) -> Option<Failure> {
        self.pure("store").map(Failure::Io)
    }
}

impl Host for HostState {
    async fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, Failure>> {
        self.enter()?;
        if let Some(failure) = self.impure_state() {
            return Ok(Err(failure));
        }
        if let Some(staged) = self.changes.get(&key) {
            return Ok(Ok(staged.clone()));
        }
        Ok(self.context.state.get(&key).await.map_err(Failure::Io))
    }

    async fn set(&mut self, key: String, value: String) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        if let Some(failure) = self.impure_state() {
            return Ok(Err(failure));
        }
        Ok(self.stage(key, Some(value)))
    }

    async fn delete(&mut self, key: String) -> wasmtime::Result<Result<(), Failure>> {
        self.enter()?;
        if let Some(failure) = self.impure_state() {
            return Ok(Err(failure));
        }
        Ok(self.stage(key, None))
    }

    async fn keys(
        &mut self,
        prefix: String,
        after: Option<String>,
        limit: u32,
    ) -> wasmtime::Result<Result<Vec<String>, Failure>> {
        self.enter()?;
        if let Some(failure) = self.impure_state() {
            return Ok(Err(failure));
        }
        let limit = limit.clamp(1, 10_000);
        // Deleted ones among the first `limit` must not hide later ones: ask for that many more.
        let gone = self
            .changes
            .values()
            .filter(|value| value.is_none())
            .count();
        let asked = limit.saturating_add(u32::try_from(gone).unwrap_or(u32::MAX));
        let mut keys = match self
            .context
            .state
            .keys(&prefix, after.as_deref(), asked)
            .await
        {
            Ok(keys) => keys,
            Err(why) => return Ok(Err(Failure::Io(why))),
        };
        keys.retain(|key| !matches!(self.changes.get(key), Some(None)));
        for (key, value) in &self.changes {
            let behind = after.as_ref().is_none_or(|after| key > after);
            if value.is_some() && behind && key.starts_with(&prefix) && !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys.sort();
        keys.truncate(limit as usize);
        Ok(Ok(keys))
    }
}

//! Clock, randomness and log: what every plugin may have.

use super::HostState;
use crate::contract::imports::{clock, log, random};

/// Largest random answer in bytes.
const MOST_RANDOM: u32 = 4096;
/// Longest logged line in bytes.
const MOST_LINE: usize = 2000;

impl clock::Host for HostState {
    async fn now(&mut self) -> wasmtime::Result<i64> {
        self.enter()?;
        if self.pure("clock").is_some() {
            return Err(wasmtime::Error::msg("a pure call asked for the time"));
        }
        Ok(self.services.clock.now())
    }
}

impl random::Host for HostState {
    async fn bytes(&mut self, length: u32) -> wasmtime::Result<Vec<u8>> {
        self.enter()?;
        if self.pure("random").is_some() {
            return Err(wasmtime::Error::msg("a pure call asked for randomness"));
        }
        let mut bytes = vec![0; length.min(MOST_RANDOM) as usize];
        getrandom::fill(&mut bytes)
            .map_err(|error| wasmtime::Error::msg(format!("no randomness: {error}")))?;
        Ok(bytes)
    }
}

impl log::Host for HostState {
    async fn log(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        self.enter()?;
        self.log_lines = self.log_lines.saturating_add(1);
        if self.log_lines > self.limits.log_lines {
            if self.log_lines == self.limits.log_lines + 1 {
                tracing::warn!(plugin = %self.context.plugin, "the plugin logs too much; the rest is left out");
            }
            return Ok(());
        }
        let line = self.secrets.scrub(&visible(&message));
        let plugin = self.context.plugin.as_str();
        match level {
            log::Level::Debug => tracing::debug!(plugin, "{line}"),
            log::Level::Info => tracing::info!(plugin, "{line}"),
            log::Level::Warn => tracing::warn!(plugin, "{line}"),
            log::Level::Error => tracing::error!(plugin, "{line}"),
        }
        Ok(())
    }
}

/// One line without control characters, so that no terminal obeys it.
pub(crate) fn visible(text: &str) -> String {
    let mut line = String::new();
    for c in text.chars() {
        if line.len() > MOST_LINE {
            line.push('…');
            break;
        }
        match c {
            '\n' => line.push_str("\\n"),
            '\t' => line.push(' '),
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                line.extend(c.escape_unicode());
            }
            c => line.push(c),
        }
    }
    line
}

//! What an account of this network is set to: servers, login name, threads, languages. Read from the account's `with`;
//! secrets are not in it.

use serde::Deserialize;
use staffetta_plugin::serde;
use staffetta_plugin::{Account, ConfigError, Error, Result, config};

/// An account's `with`.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    deny_unknown_fields,
    default,
    crate = "staffetta_plugin::serde"
)]
pub struct Settings {
    /// The server that holds the account, without a final `/`.
    pub service: String,
    /// The server that answers for posts and profiles of everybody.
    pub appview: String,
    /// To which of them the account's server passes notifications on; empty: the server's own choice.
    pub appview_proxy: String,
    /// The login name where it is not the account's handle.
    pub identifier: Option<String>,
    /// The account's DID, where it should not be asked for.
    pub did: Option<String>,
    /// Split texts that are too long.
    pub thread: bool,
    /// BCP 47 tags for posts that don't say their language.
    pub languages: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            service: "https://bsky.social".into(),
            appview: "https://public.api.bsky.app".into(),
            appview_proxy: "did:web:api.bsky.app#bsky_appview".into(),
            identifier: None,
            did: None,
            thread: true,
            languages: Vec::new(),
        }
    }
}

impl Settings {
    /// Reads an account's settings.
    ///
    /// # Errors
    /// `invalid-config` for what the manifest's schema does not allow either, and for servers that are no URL.
    pub fn of(account: &Account) -> Result<Self> {
        let mut settings: Self = config(&account.settings)?;
        for (pointer, url) in [
            ("/service", &mut settings.service),
            ("/appview", &mut settings.appview),
        ] {
            *url = url.trim_end_matches('/').into();
            let host = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@'])) {
                return Err(Error::InvalidConfig(ConfigError {
                    pointer: pointer.into(),
                    message: format!("`{url}` is not a server: write https:// and its host name"),
                }));
            }
        }
        Ok(settings)
    }

    /// The name to log in with.
    ///
    /// # Errors
    /// `invalid-config` when the account has neither a handle nor an `identifier`.
    pub fn login<'a>(&'a self, account: &'a Account) -> Result<&'a str> {
        let name = self
            .identifier
            .as_deref()
            .or(account.handle.as_deref())
            .unwrap_or_default();
        let name = name.trim().trim_start_matches('@');
        if name.is_empty() {
            return Err(Error::InvalidConfig(ConfigError {
                pointer: "/identifier".into(),
                message: format!(
                    "the account {} has no handle: set its `handle` or `identifier`",
                    account.name
                ),
            }));
        }
        Ok(name)
    }
}

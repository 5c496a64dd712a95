//! Secrets at the boundary: a plugin holds placeholders, the host fills them in on the way out and takes secrets out of
//! what comes back. A placeholder is random, so text from outside can never be mistaken for one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

use crate::contract::imports::http::Encoding;
use crate::hex::hex;

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file; a line end at its end is not part of the secret.
    File(PathBuf),
}

/// Why a secret can't be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The account has none of that name.
    #[error("the account {account} has no secret called {name}")]
    Unknown {
        /// The account.
        account: String,
        /// The secret.
        name: String,
    },
    /// It is declared but can't be read.
    #[error("the secret {name} of {account} can't be read: {why}")]
    Unreadable {
        /// The account.
        account: String,
        /// The secret.
        name: String,
        /// What is wrong.
        why: String,
    },
}

type Key = (String, String);

/// The secrets of all accounts of a project: declared ones, read when needed, and those captured from logins, kept in
/// memory only.
#[derive(Clone, Default)]
pub struct Vault {
    declared: Arc<HashMap<Key, SecretSource>>,
    captured: Arc<Mutex<HashMap<Key, String>>>,
}

impl Vault {
    /// A vault with declared secrets by account and name.
    #[must_use]
    pub fn new(declared: HashMap<Key, SecretSource>) -> Self {
        Self {
            declared: Arc::new(declared),
            captured: Arc::default(),
        }
    }

    /// The secret's text.
    ///
    /// # Errors
    /// When the account has no such secret, or it can't be read now.
    pub fn get(&self, account: &str, name: &str) -> Result<String, SecretError> {
        let key = (account.to_string(), name.to_string());
        if let Some(captured) = self
            .captured
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
        {
            return Ok(captured.clone());
        }
        let source = self
            .declared
            .get(&key)
            .ok_or_else(|| SecretError::Unknown {
                account: account.into(),
                name: name.into(),
            })?;
        let read = match source {
            SecretSource::Env(variable) => std::env::var(variable)
                .map_err(|_| format!("the environment variable {variable} is not set")),
            SecretSource::File(path) => std::fs::read_to_string(path)
                .map(|text| text.trim_end_matches(['\n', '\r']).to_string())
                .map_err(|error| format!("{}: {error}", path.display())),
        };
        match read {
            Ok(value) if !value.is_empty() => Ok(value),
            Ok(_) => Err(SecretError::Unreadable {
                account: account.into(),
                name: name.into(),
                why: "it is empty".into(),
            }),
            Err(why) => Err(SecretError::Unreadable {
                account: account.into(),
                name: name.into(),
                why,
            }),
        }
    }

    fn capture(&self, account: &str, name: &str, value: String) {
        let key = (account.to_string(), name.to_string());
        self.captured
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, value);
    }
}

/// The placeholders that one instance holds.
#[derive(Default)]
pub(super) struct Placeholders {
    nonce: Option<String>,
    /// Placeholder, what it stands for, and the secret itself.
    given: Vec<(String, String, String)>,
    /// Secrets that answers are scrubbed of, beyond those given.
    captured: Vec<String>,
}

impl Placeholders {
    /// A placeholder for a secret, encoded for its place.
    pub(super) fn give(
        &mut self,
        vault: &Vault,
        account: &str,
        name: &str,
        before: &str,
        encoding: Encoding,
    ) -> Result<String, SecretError> {
        let secret = vault.get(account, name)?;
        let value = encode(before, &secret, encoding);
        if let Some((placeholder, ..)) = self.given.iter().find(|(_, known, _)| *known == value) {
            return Ok(placeholder.clone());
        }
        let nonce = match &self.nonce {
            Some(nonce) => nonce.clone(),
            None => {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes).map_err(|error| SecretError::Unreadable {
                    account: account.into(),
                    name: name.into(),
                    why: format!("no randomness: {error}"),
                })?;
                let nonce = hex(&bytes);
                self.nonce.insert(nonce).clone()
            }
        };
        let placeholder = format!("staffetta-secret-{nonce}-{}-", self.given.len());
        self.given.push((placeholder.clone(), value, secret));
        Ok(placeholder)
    }

    /// True when nothing has to be filled in or scrubbed.
    pub(super) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.captured.is_empty()
    }

    /// Fills placeholders in.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut text = text.to_string();
        for (placeholder, value, _) in &self.given {
            if text.contains(placeholder.as_str()) {
                text = text.replace(placeholder, value);
            }
        }
        text
    }

    /// Takes every secret that this instance used out of a text.
    pub(super) fn scrub(&self, text: &str) -> String {
        let mut text = text.to_string();
        let known = self
            .given
            .iter()
            .flat_map(|(_, value, secret)| [value, secret])
            .chain(&self.captured);
        for secret in known {
            // Shorter ones would turn ordinary words into holes.
            if secret.len() >= 6 && text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[secret]");
            }
        }
        text
    }

    /// Takes a value out of a JSON answer, keeps it for the account, and leaves a mark in its place. False when there
    /// is no text at that pointer.
    pub(super) fn capture(
        &mut self,
        vault: &Vault,
        account: &str,
        answer: &mut serde_json::Value,
        pointer: &str,
        name: &str,
    ) -> bool {
        let Some(place) = answer.pointer_mut(pointer) else {
            return false;
        };
        let serde_json::Value::String(secret) = place else {
            return false;
        };
        let secret = std::mem::replace(secret, format!("[captured as {name}]"));
        vault.capture(account, name, secret.clone());
        self.captured.push(secret);
        true
    }
}

fn encode(before: &str, secret: &str, encoding: Encoding) -> String {
    let whole = format!("{before}{secret}");
    match encoding {
        Encoding::Raw => whole,
        Encoding::Json => {
            let quoted = serde_json::Value::String(whole).to_string();
            quoted[1..quoted.len() - 1].to_string()
        }
        Encoding::Form => percent_encoding::utf8_percent_encode(&whole, RESERVED).to_string(),
        Encoding::Base64 => base64::engine::general_purpose::STANDARD.encode(whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(
            encode("user:", "pä\"ss", Encoding::Base64),
            "dXNlcjpww6Qic3M="
        );
        assert_eq!(encode("", "a\"b\\", Encoding::Json), "a\\\"b\\\\");
        assert_eq!(encode("", "a b&c", Encoding::Form), "a%20b%26c");
    }
}

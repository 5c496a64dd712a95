//! What is read back: the record that this plugin wrote, and the answer of the person in `done.json`. What can't be read
//! is as if it were not there; it is never taken for something else.

use std::collections::BTreeMap;

use staffetta_plugin::serde::Deserialize;
use staffetta_plugin::serde_json::{from_slice, json};
use staffetta_plugin::{Account, Receipt};

/// Of `post.json`, what says whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case")]
pub struct Record {
    /// The effect's key.
    pub key: String,
    /// When it was handed over.
    pub handed_over: i64,
}

/// `done.json`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", rename_all = "kebab-case", default)]
pub struct Done {
    /// Where the post is.
    pub link: Option<String>,
    /// When the person said so.
    pub at: Option<i64>,
    /// Who said so.
    pub by: Option<String>,
    /// What the person read off the network, such as `{"likes": 12}`.
    pub figures: BTreeMap<String, f64>,
}

/// Reads either file.
#[must_use]
pub fn parse<T: staffetta_plugin::serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    from_slice(bytes).ok()
}

/// The receipt of a folder. Its time is that of the person's answer, where there is one.
#[must_use]
pub fn receipt(account: &Account, folder: &str, record: &Record, done: Option<&Done>) -> Receipt {
    let state = if done.is_some() {
        "done"
    } else {
        "handed-over"
    };
    let by = done.and_then(|d| d.by.as_deref());
    Receipt {
        account: account.name.clone(),
        network: account.network.clone(),
        id: id(&record.key).into(),
        url: done.and_then(|d| d.link.clone()),
        at: done.and_then(|d| d.at).unwrap_or(record.handed_over),
        parts: Vec::new(),
        extra: json!({"state": state, "folder": folder, "by": by}).to_string(),
    }
}

/// A receipt's id: enough of the key to be one of a kind.
#[must_use]
pub fn id(key: &str) -> &str {
    key.get(..16).unwrap_or(key)
}

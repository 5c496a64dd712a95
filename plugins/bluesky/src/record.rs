//! Records on their way: composed payloads completed with what only sending knows, their keys and addresses, and the
//! receipt of what was written. Pure; who sends them is in `publish` and `change`.

use jiff::Timestamp;
use staffetta_plugin::serde::{Deserialize, Serialize};
use staffetta_plugin::serde_json::{self, Value, json};
use staffetta_plugin::{Account, Composed, Error, PartReceipt, Receipt, Result};

use crate::compose::REPLY_TO;
use crate::{COLLECTION, NETWORK};

/// A record's address together with the exact version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "staffetta_plugin::serde")]
pub struct Reference {
    /// `at://…`.
    pub uri: String,
    /// The content's identifier.
    pub cid: String,
}

/// What a post answers: the post above it and the first one of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "staffetta_plugin::serde")]
pub struct Reply {
    /// The first post.
    pub root: Reference,
    /// The answered post.
    pub parent: Reference,
}

/// A blob that a payload refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// The content's identifier.
    pub cid: String,
    /// The media type that the payload names.
    pub media_type: String,
    /// The size that the payload names, in bytes.
    pub bytes: u64,
}

/// What is to be sent, read from composed parts.
#[derive(Debug, Clone)]
pub struct Work {
    /// The payloads in order.
    pub payloads: Vec<Value>,
    /// Their blobs, each once, in order of appearance.
    pub blobs: Vec<Blob>,
    /// The post that the first part answers.
    pub reply_to: Option<String>,
}

impl Work {
    /// Reads composed parts.
    ///
    /// # Errors
    /// `permanent` where they are not what `compose` makes.
    pub fn of(composed: &Composed) -> Result<Self> {
        let mut work = Self {
            payloads: Vec::new(),
            blobs: Vec::new(),
            reply_to: None,
        };
        for part in &composed.parts {
            let payload: Value = serde_json::from_str(&part.payload).map_err(|error| {
                Error::Permanent(format!("a composed part is no record: {error}"))
            })?;
            collect(&payload, &mut work.blobs);
            work.payloads.push(payload);
        }
        let first = composed
            .parts
            .first()
            .ok_or_else(|| Error::Permanent("there is no part to publish".into()))?;
        work.reply_to = first
            .fields
            .iter()
            .find(|f| f.name == REPLY_TO)
            .map(|f| f.value.clone());
        Ok(work)
    }

    /// The blobs of one part.
    #[must_use]
    pub fn blobs_of(&self, part: usize) -> Vec<Blob> {
        let mut blobs = Vec::new();
        if let Some(payload) = self.payloads.get(part) {
            collect(payload, &mut blobs);
        }
        blobs
    }

    /// The whole record of a part.
    #[must_use]
    pub fn record(&self, part: usize, created: &str, reply: Option<&Reply>) -> Value {
        let mut record = self.payloads.get(part).cloned().unwrap_or(Value::Null);
        if let Some(fields) = record.as_object_mut() {
            fields.insert("createdAt".into(), created.into());
            if let Some(reply) = reply {
                fields.insert("reply".into(), json!(reply));
            }
        }
        record
    }
}

/// What a part answers: in a thread the part before it, under the first one's root.
#[must_use]
pub fn reply_of(done: &[Reference], above: Option<&Reply>) -> Option<Reply> {
    match (done.first(), done.last()) {
        (Some(first), Some(last)) => {
            let root = above.map_or_else(|| first.clone(), |above| above.root.clone());
            Some(Reply {
                root,
                parent: last.clone(),
            })
        }
        _ => above.cloned(),
    }
}

fn collect(value: &Value, found: &mut Vec<Blob>) {
    match value {
        Value::Object(fields) => {
            let blob = fields.get("$type").and_then(Value::as_str) == Some("blob");
            let cid = value.pointer("/ref/$link").and_then(Value::as_str);
            if let (true, Some(cid)) = (blob, cid) {
                if found.iter().all(|b| b.cid != cid) {
                    found.push(Blob {
                        cid: cid.into(),
                        media_type: value["mimeType"].as_str().unwrap_or_default().into(),
                        bytes: value["size"].as_u64().unwrap_or_default(),
                    });
                }
            } else {
                fields.values().for_each(|value| collect(value, found));
            }
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// `at://did/collection/key`, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address<'a> {
    /// Whose repository.
    pub did: &'a str,
    /// The kind of record.
    pub collection: &'a str,
    /// The record's key.
    pub key: &'a str,
}

impl<'a> Address<'a> {
    /// Reads an address; none when it is of another shape.
    #[must_use]
    pub fn of(uri: &'a str) -> Option<Self> {
        let mut parts = uri.strip_prefix("at://")?.split('/');
        let address = Self {
            did: parts.next()?,
            collection: parts.next()?,
            key: parts.next()?,
        };
        let whole =
            parts.next().is_none() && ![address.did, address.collection, address.key].contains(&"");
        whole.then_some(address)
    }

    /// Where people see the post; none for other records.
    #[must_use]
    pub fn page(&self) -> Option<String> {
        (self.collection == COLLECTION)
            .then(|| format!("https://bsky.app/profile/{}/post/{}", self.did, self.key))
    }
}

/// The page of the post with that address.
#[must_use]
pub fn page(uri: &str) -> Option<String> {
    Address::of(uri)?.page()
}

/// An instant as the network writes it.
///
/// # Errors
/// `permanent` for a time outside the years −9999 to 9999.
pub fn rfc3339(ms: i64) -> Result<String> {
    Timestamp::from_millisecond(ms)
        .map(|at| format!("{at:.3}"))
        .map_err(|_| Error::Permanent(format!("{ms} is no time that a record can hold")))
}

/// A date as the network writes it, in milliseconds since 1970; none for other text.
#[must_use]
pub fn instant(text: &str) -> Option<i64> {
    text.parse::<Timestamp>()
        .ok()
        .map(Timestamp::as_millisecond)
}

/// The receipt of written parts; `at` is their `createdAt`.
///
/// # Errors
/// `permanent` without a part.
pub fn receipt(account: &Account, at: i64, did: &str, done: &[Reference]) -> Result<Receipt> {
    let first = done
        .first()
        .ok_or_else(|| Error::Permanent("nothing was published".into()))?;
    let parts = if done.len() > 1 {
        done.iter()
            .map(|d| PartReceipt {
                id: d.uri.clone(),
                url: page(&d.uri),
            })
            .collect()
    } else {
        Vec::new()
    };
    let cids: Vec<&str> = done.iter().map(|d| d.cid.as_str()).collect();
    Ok(Receipt {
        account: account.name.clone(),
        network: NETWORK.into(),
        id: first.uri.clone(),
        url: page(&first.uri),
        at,
        parts,
        extra: json!({"version": 1, "did": did, "cids": cids}).to_string(),
    })
}

/// The addresses of a receipt's parts, in order.
#[must_use]
pub fn addresses(receipt: &Receipt) -> Vec<&str> {
    if receipt.parts.is_empty() {
        vec![receipt.id.as_str()]
    } else {
        receipt.parts.iter().map(|p| p.id.as_str()).collect()
    }
}

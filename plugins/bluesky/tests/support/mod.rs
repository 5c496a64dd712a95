//! Makers that the tests share: accounts, posts, media.

#![allow(dead_code, clippy::unwrap_used)]

pub mod model;
pub mod wire;

use sha2::{Digest, Sha256};
use staffetta_plugin::exports::publisher::{Advance, Effect};
use staffetta_plugin::serde_json::{self, Value};
use staffetta_plugin::{Account, Composed, Error, Media, MediaKind, Post, Receipt, empty_post};

use plugin_bluesky::publish::publish;
use plugin_bluesky::transport::Transport;

/// 2026-11-24T11:00:00.123Z
pub const INTENDED: i64 = 1_795_518_000_123;

pub fn account(settings: Value) -> Account {
    Account {
        name: "acme-bluesky".into(),
        client: "acme".into(),
        network: "bluesky".into(),
        handle: Some("acme.test".into()),
        settings: settings.to_string(),
        facts: "{}".into(),
        language: Some("it".into()),
        time_zone: "Europe/Rome".into(),
    }
}

pub fn post(text: &str) -> Post {
    empty_post("feed", "item-1", text)
}

pub fn effect() -> Effect {
    Effect {
        key: "0123456789abcdef".repeat(4),
        intended: INTENDED,
        attempt: 1,
    }
}

pub fn blob_id(bytes: &[u8]) -> String {
    let digest: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("sha256:{digest}")
}

pub fn picture(bytes: &[u8], alt: Option<&str>) -> Media {
    Media {
        kind: MediaKind::Image,
        blob: Some(blob_id(bytes)),
        url: None,
        media_type: "image/png".into(),
        bytes: Some(bytes.len() as u64),
        width: Some(16),
        height: Some(9),
        duration_ms: None,
        alt: alt.map(String::from),
        focus: None,
    }
}

pub fn compose(account: &Account, post: &Post) -> Composed {
    plugin_bluesky::compose::compose(account, post, &|_| None).unwrap()
}

pub fn payload(composed: &Composed, part: usize) -> Value {
    serde_json::from_str(&composed.parts[part].payload).unwrap()
}

/// Calls `publish` until it is done, as the host does; the receipt and the number of calls.
pub fn publish_all(
    transport: &impl Transport,
    account: &Account,
    effect: &Effect,
    composed: &Composed,
) -> Result<(Receipt, usize), Error> {
    let mut progress: Option<String> = None;
    for call in 1..100 {
        match publish(transport, account, effect, composed, progress.as_deref())? {
            Advance::Done(receipt) => return Ok((receipt, call)),
            Advance::Again(next) => progress = Some(next.progress),
        }
    }
    panic!("publishing never ends");
}

//! Replaces or takes away what was published. Every request here can be repeated without harm, so a call that was cut
//! off is simply made again. Works only on posts of the account's own identity.

use staffetta_plugin::serde_json::json;
use staffetta_plugin::{Account, Composed, Error, Receipt, Result};

use crate::publish::{answered, upload};
use crate::record::{Address, Reference, Work, addresses, receipt, reply_of, rfc3339};
use crate::session::Client;
use crate::tid::Tid;
use crate::transport::Transport;
use crate::xrpc::{Call, Effect};
use crate::{COLLECTION, NETWORK};

/// Replaces the content: each part under its old key and with its old time; further parts are added, parts that are
/// too many are taken away.
///
/// # Errors
/// See the contract; `permanent` when the receipt is not this account's.
pub fn edit<T: Transport>(
    transport: &T,
    account: &Account,
    old: &Receipt,
    composed: &Composed,
) -> Result<Receipt> {
    let client = Client::new(transport, account)?;
    let did = client.did()?;
    let old_keys = keys(&did, old)?;
    let work = Work::of(composed)?;
    let above = work
        .reply_to
        .as_deref()
        .map(|uri| answered(&client, uri))
        .transpose()?;
    let created = rfc3339(old.at)?;
    let mut done: Vec<Reference> = Vec::new();
    for part in 0..work.payloads.len() {
        let key = match old_keys.get(part) {
            Some(key) => (*key).to_string(),
            None => further(&old_keys, part)?,
        };
        // Just before its record: a server throws a blob away as soon as the last record that named it is replaced.
        for blob in work.blobs_of(part) {
            upload(&client, &blob)?;
        }
        let reply = reply_of(&done, above.as_ref());
        let body = json!({
            "repo": did,
            "collection": COLLECTION,
            "rkey": key,
            "record": work.record(part, &created, reply.as_ref()),
        });
        let call = Call::post(
            "editing the post",
            "com.atproto.repo.putRecord",
            Effect::Change,
            &body,
        );
        let answer = client.authorised(&call)?;
        let answer = client.expect(&call, answer)?;
        done.push(Reference {
            uri: answer.text(&call, "/uri")?,
            cid: answer.text(&call, "/cid")?,
        });
    }
    for key in old_keys.iter().skip(done.len()).rev() {
        delete(&client, &did, key)?;
    }
    receipt(account, old.at, &did, &done)
}

/// Takes all parts away, the last first, so that no answer ever stands without the post above it.
///
/// # Errors
/// See the contract; `permanent` when the receipt is not this account's.
pub fn remove<T: Transport>(transport: &T, account: &Account, receipt: &Receipt) -> Result<()> {
    let client = Client::new(transport, account)?;
    let did = client.did()?;
    for key in keys(&did, receipt)?.iter().rev() {
        delete(&client, &did, key)?;
    }
    Ok(())
}

fn delete<T: Transport>(client: &Client<'_, T>, did: &str, key: &str) -> Result<()> {
    let body = json!({"repo": did, "collection": COLLECTION, "rkey": key});
    let call = Call::post(
        "removing the post",
        "com.atproto.repo.deleteRecord",
        Effect::Change,
        &body,
    );
    let answer = client.authorised(&call)?;
    client.expect(&call, answer).map(drop)
}

/// The record keys of a receipt that belongs to the account.
fn keys<'r>(did: &str, receipt: &'r Receipt) -> Result<Vec<&'r str>> {
    if receipt.network != NETWORK {
        return Err(Error::Permanent(format!(
            "the receipt is of the network {}",
            receipt.network
        )));
    }
    addresses(receipt)
        .into_iter()
        .map(|uri| match Address::of(uri) {
            Some(address) if address.did == did && address.collection == COLLECTION => {
                Ok(address.key)
            }
            Some(address) => Err(Error::Permanent(format!(
                "{uri} belongs to {}, not to {did}",
                address.did
            ))),
            None => Err(Error::Permanent(format!("{uri} is no post's address"))),
        })
        .collect()
}

/// A key for a part that the first publication did not have: behind the last one, the same at every try.
fn further(keys: &[&str], part: usize) -> Result<String> {
    let last = keys.last().and_then(|key| Tid::parse(key));
    let last =
        last.ok_or_else(|| Error::Permanent("the receipt's record key is of another kind".into()))?;
    Ok(last.after(part + 1 - keys.len()).to_string())
}

//! What people did: notifications, newest first on the server, brought in since a remembered time. A sweep may take
//! several pages; only when it is over does the remembered time move, so that a sweep that was cut off loses nothing.

use staffetta_plugin::serde::{Deserialize, Serialize};
use staffetta_plugin::serde_json::{self, Value, json};
use staffetta_plugin::{Account, Error, Interaction, InteractionKind, Page, Record, Result};

use crate::profile::actor;
use crate::record::{instant, page as page_of};
use crate::session::Client;
use crate::transport::Transport;
use crate::xrpc::{Call, header};

/// The version of `Cursor`.
const VERSION: u32 = 1;
/// Notifications in one request [`lexicons/app/bsky/notification/listNotifications.json`, 2026-08].
const MOST: u32 = 100;
/// The server sorts by times that others wrote, so a late one may appear below the newest: look back so far, in
/// milliseconds, and remember which ones of that time were given out.
const OVERLAP: i64 = 10 * 60_000;
/// How many of those are remembered.
const REMEMBERED: usize = 2_000;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(crate = "staffetta_plugin::serde", deny_unknown_fields, default)]
struct Cursor {
    version: u32,
    /// Everything up to this time was given out, in milliseconds since 1970.
    since: Option<i64>,
    /// Identities given out near `since`, with their times.
    seen: Vec<(i64, String)>,
    /// The newest time of the sweep under way.
    newest: Option<i64>,
    /// The server's own cursor within it.
    next: Option<String>,
}

/// One page of interactions behind `cursor`.
///
/// # Errors
/// As any call; `permanent` for a cursor that is none.
pub fn fetch<T: Transport>(
    transport: &T,
    account: &Account,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page> {
    let client = Client::new(transport, account)?;
    let mut cursor = match cursor {
        Some(text) => serde_json::from_str::<Cursor>(text)
            .ok()
            .filter(|c| c.version == VERSION)
            .ok_or_else(|| {
                Error::Permanent("the cursor is of another version of this plugin".into())
            })?,
        None => Cursor {
            version: VERSION,
            ..Cursor::default()
        },
    };
    let mut call = Call::get(
        "reading the notifications",
        "app.bsky.notification.listNotifications",
    )
    .with("limit", limit.clamp(1, MOST).to_string());
    call.keep = true;
    if let Some(next) = &cursor.next {
        call = call.with("cursor", next);
    }
    if !client.settings.appview_proxy.is_empty() {
        call.headers.push(header(
            "atproto-proxy",
            client.settings.appview_proxy.as_str(),
        ));
    }
    let answer = client.authorised(&call)?;
    let answer = client.expect(&call, answer)?;
    let items = answer.json["notifications"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let edge = cursor.since.map(|since| since.saturating_sub(OVERLAP));
    let (mut records, mut notes, mut odd, mut reached) = (Vec::new(), Vec::new(), 0, false);
    for item in &items {
        let Some(found) = interaction(account, item, answer.raw.as_deref()) else {
            odd += 1;
            continue;
        };
        cursor.newest = Some(
            cursor
                .newest
                .map_or(found.at, |newest| newest.max(found.at)),
        );
        if edge.is_some_and(|edge| found.at < edge) {
            reached = true;
            break;
        }
        if cursor.seen.iter().any(|(_, id)| *id == found.id) {
            continue;
        }
        cursor.seen.push((found.at, found.id.clone()));
        records.push(Record::Interaction(found));
    }
    if odd > 0 {
        notes.push(format!(
            "{odd} notifications without an author, a time or a known meaning"
        ));
    }
    cursor.next = answer.json["cursor"]
        .as_str()
        .filter(|_| !reached && !items.is_empty())
        .map(String::from);
    let more = cursor.next.is_some();
    if !more {
        cursor.since = cursor.newest.take().max(cursor.since);
        let edge = cursor
            .since
            .map_or(i64::MIN, |since| since.saturating_sub(OVERLAP));
        cursor.seen.retain(|(at, _)| *at >= edge);
    }
    // The newest are the ones that the next sweep meets again.
    cursor.seen.sort();
    let forgotten = cursor.seen.len().saturating_sub(REMEMBERED);
    cursor.seen.drain(..forgotten);
    Ok(Page {
        records,
        cursor: Some(json!(cursor).to_string()),
        more,
        notes,
    })
}

fn interaction(account: &Account, item: &Value, raw: Option<&str>) -> Option<Interaction> {
    let reason = item["reason"].as_str()?;
    let kind = kind(reason)?;
    let uri = item["uri"].as_str()?.to_string();
    let record = &item["record"];
    let text = |value: &Value| value.as_str().filter(|t| !t.is_empty()).map(String::from);
    let about = text(&item["reasonSubject"]).or_else(|| text(&record["reply"]["parent"]["uri"]));
    Some(Interaction {
        account: account.name.clone(),
        kind,
        actor: actor(&item["author"], item["author"]["did"].as_str()?.into()),
        about,
        text: text(&record["text"]),
        language: text(&record["langs"][0]),
        url: page_of(&uri),
        at: item["indexedAt"].as_str().and_then(instant)?,
        value: None,
        raw: raw.map(String::from),
        extra: json!({"reason": reason, "cid": item["cid"], "createdAt": record["createdAt"]})
            .to_string(),
        id: uri,
    })
}

/// None for what nobody did to the account: somebody else's post that it subscribed to, an address book match.
fn kind(reason: &str) -> Option<InteractionKind> {
    Some(match reason {
        "like" | "like-via-repost" => InteractionKind::Like,
        "repost" | "repost-via-repost" => InteractionKind::Repost,
        "follow" => InteractionKind::Follow,
        "mention" => InteractionKind::Mention,
        "reply" => InteractionKind::Reply,
        "quote" => InteractionKind::Quote,
        "starterpack-joined" | "verified" | "unverified" => InteractionKind::Other,
        _ => return None,
    })
}

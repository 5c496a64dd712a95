//! Who somebody is, as the network tells it. An absent figure stays absent.

use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Account, Actor, Profile, Result};

use crate::NETWORK;
use crate::facets::is_handle;
use crate::record::instant;
use crate::session::Client;
use crate::transport::Transport;
use crate::xrpc::Call;

/// Handles under this name are given to anybody; any other handle is a domain that its owner has proved.
const GIVEN: &str = ".bsky.social";

/// The call that asks for a profile.
#[must_use]
pub fn get_profile(actor: &str) -> Call {
    let mut call =
        Call::get("reading the profile", "app.bsky.actor.getProfile").with("actor", actor);
    call.keep = true;
    call
}

/// Who is this handle or DID? A profile's page address works too. None: nobody.
///
/// # Errors
/// As any call.
pub fn lookup<T: Transport>(
    transport: &T,
    account: &Account,
    handle: &str,
) -> Result<Option<Profile>> {
    let client = Client::new(transport, account)?;
    let name = handle
        .trim()
        .trim_start_matches("https://bsky.app/profile/")
        .trim_start_matches("at://");
    let name = name.trim_start_matches('@').trim_end_matches('/');
    // Anything else is refused by the server with the same answer as an unknown handle.
    if !is_handle(name) && !is_did(name) {
        return Ok(None);
    }
    let call = get_profile(name);
    let answer = client.appview(&call)?;
    if answer.status == 404 || (answer.status == 400 && !answer.login_refused()) {
        return Ok(None);
    }
    let answer = client.expect(&call, answer)?;
    Ok(Some(profile(
        &answer.json,
        answer.text(&call, "/did")?,
        transport.now(),
    )))
}

fn profile(json: &Value, did: String, fetched: i64) -> Profile {
    let text = |name: &str| {
        json[name]
            .as_str()
            .filter(|t| !t.is_empty())
            .map(String::from)
    };
    let mut verified = Vec::new();
    if let Some(domain) = json["handle"].as_str().filter(|h| proved(h)) {
        verified.push(format!("{domain} (domain handle)"));
    }
    if json["verification"]["verifiedStatus"] == "valid" {
        verified.push("verified (by the network or a verifier that it trusts)".into());
    }
    Profile {
        actor: actor(json, did),
        bio: text("description"),
        followers: json["followersCount"].as_u64(),
        following: json["followsCount"].as_u64(),
        posts: json["postsCount"].as_u64(),
        created: json["createdAt"].as_str().and_then(instant),
        verified,
        fetched,
        extra: json!({"avatar": json["avatar"], "labels": json["labels"]}).to_string(),
    }
}

/// The person of a profile, a notification or a post.
#[must_use]
pub fn actor(json: &Value, did: String) -> Actor {
    let text = |name: &str| {
        json[name]
            .as_str()
            .filter(|t| !t.is_empty())
            .map(String::from)
    };
    Actor {
        network: NETWORK.into(),
        // A handle that no longer leads to its owner is no handle.
        handle: text("handle").filter(|h| h != "handle.invalid"),
        name: text("displayName"),
        url: Some(format!("https://bsky.app/profile/{did}")),
        id: did,
    }
}

fn proved(handle: &str) -> bool {
    is_handle(handle) && handle != "handle.invalid" && !handle.ends_with(GIVEN)
}

fn is_did(name: &str) -> bool {
    let mut parts = name.splitn(3, ':');
    let fine = |part: Option<&str>| {
        part.is_some_and(|p| {
            !p.is_empty()
                && p.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"._:%-".contains(&b))
        })
    };
    parts.next() == Some("did") && fine(parts.next()) && fine(parts.next())
}

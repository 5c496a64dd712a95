//! The figures that the network supplies for posts and for the account, each with its provenance. What it does not
//! supply is unavailable, with the reason; nothing is ever 0 for want of an answer.

use std::collections::HashMap;

use staffetta_plugin::serde_json::Value;
use staffetta_plugin::{
    Account, Class, Figure, Measurement, Receipt, Result, Subject, SubjectKind, Traffic,
};

use crate::profile::get_profile;
use crate::record::addresses;
use crate::session::Client;
use crate::transport::Transport;
use crate::xrpc::Call;

/// The version of these definitions: the network's own counts, taken as they are.
const DEFINITION: &str = "1";
/// Posts in one request [`lexicons/app/bsky/feed/getPosts.json`, 2026-08].
const BATCH: usize = 25;
const POSTS: &str = "app.bsky.feed.getPosts";
/// Our name and the network's.
const COUNTS: [(&str, &str); 5] = [
    ("likes", "likeCount"),
    ("reposts", "repostCount"),
    ("replies", "replyCount"),
    ("quotes", "quoteCount"),
    ("bookmarks", "bookmarkCount"),
];
/// What people ask for and this network counts for nobody.
const NEVER: [&str; 3] = ["impressions", "reach", "link-clicks"];

/// Where the figures of one answer come from.
struct Source<'a> {
    account: &'a str,
    name: &'a str,
    raw: Option<&'a str>,
    fetched: i64,
}

impl Source<'_> {
    fn figure(&self, kind: SubjectKind, id: &str, what: &str, value: Figure) -> Measurement {
        Measurement {
            what: what.into(),
            definition: DEFINITION.into(),
            about: Subject {
                kind,
                id: id.into(),
                account: Some(self.account.into()),
            },
            period: None,
            value,
            unit: "count".into(),
            class: Class::Supplied,
            source: self.name.into(),
            fetched: self.fetched,
            traffic: Traffic::Organic,
            raw: self.raw.map(String::from),
            notes: Vec::new(),
        }
    }
}

fn count(object: &Value, name: &str) -> Figure {
    object[name].as_u64().map_or_else(
        || Figure::Unavailable(format!("the server does not tell {name}")),
        |n| Figure::Number(n as f64),
    )
}

/// The figures of each part of each publication.
///
/// # Errors
/// As any call; `rate-limited` with the end of the server's window.
pub fn of_posts<T: Transport>(
    transport: &T,
    account: &Account,
    receipts: &[Receipt],
) -> Result<Vec<Measurement>> {
    let client = Client::new(transport, account)?;
    let mut uris: Vec<&str> = Vec::new();
    for uri in receipts.iter().flat_map(addresses) {
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    let mut measured = Vec::new();
    for batch in uris.chunks(BATCH) {
        let mut call = Call::get("reading the posts' figures", POSTS);
        call.keep = true;
        for uri in batch {
            call = call.with("uris", *uri);
        }
        let answer = client.appview(&call)?;
        let answer = client.expect(&call, answer)?;
        let posts: HashMap<&str, &Value> = answer.json["posts"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|post| Some((post["uri"].as_str()?, post)))
            .collect();
        let source = Source {
            account: &account.name,
            name: POSTS,
            raw: answer.raw.as_deref(),
            fetched: transport.now(),
        };
        for uri in batch {
            for (what, name) in COUNTS {
                let value = posts.get(uri).map_or_else(
                    || {
                        Figure::Unavailable(
                            "the network does not show this post: it is gone or not known yet"
                                .into(),
                        )
                    },
                    |post| count(post, name),
                );
                measured.push(source.figure(SubjectKind::Post, uri, what, value));
            }
            for what in NEVER {
                let value = Figure::Unavailable(format!("Bluesky counts no {what}"));
                measured.push(source.figure(SubjectKind::Post, uri, what, value));
            }
        }
    }
    Ok(measured)
}

/// The account's own figures.
///
/// # Errors
/// As any call.
pub fn of_account<T: Transport>(transport: &T, account: &Account) -> Result<Vec<Measurement>> {
    let client = Client::new(transport, account)?;
    let actor = match (&client.settings.did, &account.handle) {
        (Some(did), _) => did.clone(),
        (None, Some(handle)) => handle.trim_start_matches('@').into(),
        (None, None) => client.did()?,
    };
    let call = get_profile(&actor);
    let answer = client.appview(&call)?;
    let answer = client.expect(&call, answer)?;
    let id = answer.text(&call, "/did")?;
    let source = Source {
        account: &account.name,
        name: call.name,
        raw: answer.raw.as_deref(),
        fetched: transport.now(),
    };
    let counts = [
        ("followers", "followersCount"),
        ("following", "followsCount"),
        ("posts", "postsCount"),
    ];
    Ok(counts
        .iter()
        .map(|(what, name)| {
            source.figure(SubjectKind::Account, &id, what, count(&answer.json, name))
        })
        .collect())
}

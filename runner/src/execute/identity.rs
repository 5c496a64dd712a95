//! What makes two publications the same one: the account and the content's origin, never the run, the pipeline or the
//! plugin's version.
//!
//! An effect has a key and further names. A post is known when any of its names is known for that account, so a feed
//! may change its guids or its links, and the same article may come through two feeds.

use sha2::{Digest, Sha256};
use url::Url;

use crate::contract::types::Post;
use crate::hex::hex;

/// An effect's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// 64 lower-case hex digits.
    pub key: String,
    /// Further names, likewise.
    pub aliases: Vec<String>,
}

/// The names of a post's publication by an account. `account` is the account's lasting identity: client, network and
/// handle, so that renaming it in the project changes nothing.
#[must_use]
pub fn names(account: &str, post: &Post) -> Names {
    let item = digest(&["item", account, &post.origin.source, &post.origin.item]);
    match post.origin.url.as_deref().map(canonical) {
        Some(url) => {
            let link = digest(&["link", account, &url]);
            Names {
                key: link.clone(),
                aliases: vec![link, item],
            }
        }
        None => Names {
            key: item.clone(),
            aliases: vec![item],
        },
    }
}

/// Hex of SHA-256 over the parts, each with its length before it.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Parameters that say how somebody came, not where: ending or beginning as the sharing and advertising tools write
/// them.
const TRACKERS: [&str; 12] = [
    "fbclid", "gclid", "dclid", "msclkid", "yclid", "mc_cid", "mc_eid", "igshid", "igsh", "_hsenc",
    "_hsmi", "ref_src",
];

/// A link without what changes while the page stays the same: scheme, `www.`, default port, fragment, closing slash,
/// trackers, the order of parameters. Text that is no URL stays as it is.
#[must_use]
pub fn canonical(link: &str) -> String {
    let Ok(url) = Url::parse(link.trim()) else {
        return link.trim().to_string();
    };
    let Some(host) = url.host_str() else {
        return link.trim().to_string();
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let mut query: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !name.starts_with("utm_") && !TRACKERS.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    query.sort();
    let port = url
        .port()
        .filter(|port| !matches!(port, 80 | 443))
        .map(|port| format!(":{port}"))
        .unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    let query: Vec<String> = query
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{host}{port}{path}{mark}{}", query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_one_name() {
        let one = canonical("https://www.acme.example/a/?b=2&utm_source=x&a=1#top");
        for same in [
            "http://acme.example/a?a=1&b=2",
            "https://acme.example:443/a/?a=1&b=2&fbclid=zz",
            " https://ACME.example/a?b=2&a=1 ",
        ] {
            assert_eq!(canonical(same), one, "{same}");
        }
        assert_ne!(canonical("https://acme.example/A?a=1&b=2"), one);
        assert_ne!(canonical("https://acme.example/a?a=1"), one);
    }
}

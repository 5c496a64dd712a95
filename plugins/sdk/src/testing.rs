//! For the tests of network plugins: an account, a post, and texts put together by chance that show whether what a
//! plugin says of a text's length holds. Only with the feature `testing`; no plugin carries it.

#![allow(clippy::unwrap_used)]

use crate::types::{Account, Composed, Media, MediaKind, Post, Severity, Span};
use crate::{Network, empty_post, fit};

/// An account of that network with those settings.
#[must_use]
pub fn account(network: &str, settings: &str) -> Account {
    Account {
        name: format!("acme-{network}"),
        client: "acme".into(),
        network: network.into(),
        handle: None,
        settings: settings.into(),
        facts: "{}".into(),
        language: Some("it".into()),
        time_zone: "Europe/Rome".into(),
    }
}

/// A post with that text.
#[must_use]
pub fn post(text: &str) -> Post {
    empty_post("https://a.example/feed", "1", text)
}

/// A file of that kind of which nothing is known but its address and alt text.
#[must_use]
pub fn media(kind: MediaKind) -> Media {
    Media {
        kind,
        blob: None,
        url: Some("https://a.example/p".into()),
        media_type: String::new(),
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: Some("A picture".into()),
        focus: None,
    }
}

/// The codes of what the network would refuse.
///
/// # Panics
/// When the plugin can't check it.
#[must_use]
pub fn refusals<N: Network>(account: Account, composed: &Composed) -> Vec<String> {
    let found = N::check(account, composed.clone()).unwrap();
    found
        .into_iter()
        .filter(|violation| violation.severity == Severity::Refuse)
        .map(|violation| violation.code)
        .collect()
}

/// The JSON that one part would be sent as.
///
/// # Panics
/// When it is no JSON.
#[must_use]
pub fn payload(composed: &Composed, part: usize) -> serde_json::Value {
    serde_json::from_str(&composed.parts[part].payload).unwrap()
}

/// What networks count in special ways.
pub const PIECES: &[&str] = &[
    "a",
    "parola",
    " ",
    ". ",
    "\n\n",
    "è",
    "e\u{301}",
    "日本",
    "👨‍👩‍👧",
    "🇮🇹",
    "👍🏽",
    "1️⃣",
    "https://example.com/x",
    "http://a.co",
    "#(",
    "mm",
    "@anna",
    "@luca@host.example",
    "#Caffè",
    "\u{20E3}",
    "\u{301}",
    "한",
    "_*~",
    "\u{FE0F}",
];

/// So many texts put together by chance from these pieces; the same at every run.
pub fn texts<'a>(pieces: &'a [&'a str], many: usize) -> impl Iterator<Item = String> + 'a {
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..many).map(move |_| (0..next(40)).map(|_| pieces[next(pieces.len())]).collect())
}

/// What fits is measured as short enough, ends where a text may be cut, and one more unit is too much.
///
/// # Panics
/// When that does not hold for one of the texts.
pub fn fits_is_a_boundary<N: Network>(
    base: &Account,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<Span>,
) {
    let mut too_long = 0;
    for text in texts(PIECES, 300) {
        for limit in [1_u32, 5, 23, 40] {
            let mut account = base.clone();
            account.facts = format!("{{\"{fact}\":{limit}}}");
            let measure =
                |text: &str| N::measure(account.clone(), field.into(), text.into()).unwrap();
            let whole = measure(&text);
            let fits = whole.fits as usize;
            assert_eq!(whole.limit, Some(limit));
            assert!(measure(&text[..fits]).length <= limit, "{text:?} {limit}");
            if fits == text.len() {
                continue;
            }
            too_long += 1;
            let cuts = fit::cuts(&text, &unbreakable(&text));
            assert!(
                fits == 0 || cuts.contains(&fits),
                "{text:?} is cut inside at {fits}"
            );
            let next = cuts.into_iter().find(|&at| at > fits).unwrap();
            assert!(
                measure(&text[..next]).length > limit,
                "{text:?}: up to {next} fits into {limit} too"
            );
        }
    }
    assert!(too_long > 200, "only {too_long} texts were too long");
}

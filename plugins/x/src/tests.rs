//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use staffetta_plugin::testing::{self, media, post};
use staffetta_plugin::{
    Account, Composed, Media, MediaKind, Network, Post, Segment, Severity, serde_json,
};
use unicode_segmentation::UnicodeSegmentation;

use crate::X;

fn account(settings: &str) -> Account {
    let mut account = testing::account("x", settings);
    account.language = None;
    account
}

fn compose(settings: &str, post: Post) -> Composed {
    X::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: Composed) -> Vec<String> {
    testing::refusals::<X>(account(settings), &composed)
}

/// Texts put together by chance from what is counted in special ways; the same at every run.
fn texts() -> impl Iterator<Item = String> {
    const PIECES: &[&str] = &[
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
        "a.co",
        "example.it",
        "mm",
        "@anna",
        "#Caffè",
        "$ACME",
        "\u{20E3}",
        "\u{301}",
        "한",
    ];
    testing::texts(PIECES, 400)
}

#[test]
fn what_fits_is_as_much_as_fits() {
    let mut cut = 0;
    for text in texts() {
        for limit in [1_u32, 5, 23, 40] {
            let settings = format!("{{\"limit\":{limit}}}");
            let measure =
                |text: &str| X::measure(account(&settings), "text".into(), text.into()).unwrap();
            let whole = measure(&text);
            let fits = whole.fits as usize;
            assert!(measure(&text[..fits]).length <= limit, "{text:?} {limit}");
            if fits == text.len() {
                assert!(whole.length <= limit);
                continue;
            }
            cut += 1;
            let spans = crate::count::unbreakable(&text);
            let inside = |at: usize| {
                spans
                    .iter()
                    .any(|s| (s.start as usize) < at && at < s.end as usize)
            };
            let cuts: Vec<usize> = text
                .grapheme_indices(true)
                .map(|(at, _)| at)
                .chain([text.len()])
                .filter(|&at| !inside(at))
                .collect();
            assert!(cuts.contains(&fits), "{text:?} is cut inside at {fits}");
            let next = cuts.into_iter().find(|&at| at > fits).unwrap();
            assert!(
                measure(&text[..next]).length > limit,
                "{text:?}: up to {next} fits into {limit} too"
            );
        }
    }
    assert!(cut > 200, "only {cut} texts were too long");
}

#[test]
fn a_link_goes_behind_the_text_and_counts_as_one() {
    let mut post = post("Novità #Caffè");
    post.link = Some("https://example.com/very/long/path/that/would/not/count".into());
    post.tags = vec!["caffè".into(), "Bar".into()];
    let composed = compose("{}", post);
    let part = &composed.parts[0];
    assert_eq!(
        part.text,
        "Novità #Caffè\n\nhttps://example.com/very/long/path/that/would/not/count\n\n#Bar"
    );
    assert_eq!(
        (part.lengths[0].length, part.lengths[0].limit),
        (13 + 2 + 23 + 2 + 4, Some(280))
    );
    assert_eq!(part.spans.len(), 3);
    assert!(
        composed.notes[0].contains("$0.200") && composed.notes[0].contains("$0.015"),
        "{:?}",
        composed.notes
    );
    let payload: Value = serde_json::from_str(&part.payload).unwrap();
    assert_eq!(payload, serde_json::json!({"text": part.text}));
    assert!(codes("{}", composed).is_empty());
}

#[test]
fn a_long_text_is_refused_or_split() {
    let long = "Una frase di prova che si ripete. ".repeat(12);
    assert_eq!(codes("{}", compose("{}", post(&long))), ["too-long"]);
    let composed = compose(r#"{"thread":true}"#, post(&long));
    assert_eq!(composed.parts.len(), 2);
    let second: Value = serde_json::from_str(&composed.parts[1].payload).unwrap();
    assert_eq!(second["reply"]["in_reply_to_tweet_id"], "{part:0}");
    assert!(codes(r#"{"thread":true}"#, composed).is_empty());
    assert!(
        codes(
            r#"{"limit":4000}"#,
            compose(r#"{"limit":4000}"#, post(&long))
        )
        .is_empty()
    );
}

#[test]
fn facts_of_the_account_win() {
    let mut long = account("{}");
    long.facts = r#"{"text":25000}"#.into();
    let limits = X::limits(long).unwrap();
    assert_eq!(limits.fields[0].limit, Some(25_000));
}

#[test]
fn a_made_thread_is_kept() {
    let mut post = post("whole");
    post.thread = ["uno", "due"]
        .map(|text| Segment {
            text: text.into(),
            media: vec![],
        })
        .into();
    post.link = Some("https://a.example/".into());
    post.media = vec![media(MediaKind::Image)];
    let composed = compose("{}", post);
    let texts: Vec<&str> = composed.parts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(texts, ["uno", "due\n\nhttps://a.example/"]);
    assert_eq!(
        (composed.parts[0].media.len(), composed.parts[1].media.len()),
        (1, 0)
    );
    assert!(composed.parts[0].payload.contains("{media:0}"));
}

#[test]
fn media_have_their_rules() {
    let with = |media: Vec<Media>| {
        let mut post = post("x");
        post.media = media;
        codes("{}", compose("{}", post))
    };
    let many = |kind, count| vec![media(kind); count];
    assert!(with(many(MediaKind::Image, 4)).is_empty());
    assert_eq!(with(many(MediaKind::Image, 5)), ["too-many-media"]);
    assert_eq!(
        with(vec![media(MediaKind::Image), media(MediaKind::Video)]),
        ["media-mixed"]
    );
    assert_eq!(with(many(MediaKind::Document, 1)), ["media-kind"]);
    assert_eq!(
        with(vec![Media {
            bytes: Some(6_000_000),
            ..media(MediaKind::Image)
        }]),
        ["media-bytes"]
    );
    assert_eq!(
        with(vec![Media {
            alt: Some("x".repeat(1001)),
            ..media(MediaKind::Image)
        }]),
        ["too-long"]
    );
    let silent = compose(
        "{}",
        Post {
            media: vec![Media {
                alt: None,
                ..media(MediaKind::Image)
            }],
            ..post("x")
        },
    );
    let found = X::check(account("{}"), silent).unwrap();
    assert_eq!(
        (found[0].code.as_str(), found[0].severity),
        ("alt-missing", Severity::Warn)
    );
}

#[test]
fn nothing_and_forbidden_characters_are_refused() {
    assert_eq!(codes("{}", compose("{}", post(" "))), ["empty"]);
    assert_eq!(
        codes("{}", compose("{}", post("a\u{FEFF}b"))),
        ["character"]
    );
}

#[test]
fn a_link_that_will_not_be_one_is_told() {
    let composed = compose(
        "{}",
        post("See https://blog.invalidend/x and https://example.com"),
    );
    let found = X::check(account("{}"), composed).unwrap();
    let told: Vec<_> = found
        .iter()
        .map(|v| (v.code.as_str(), v.severity))
        .collect();
    assert_eq!(told, [("link-dead", Severity::Warn)]);
    assert!(found[0].message.contains("https://blog.invalidend/x"));
}

#[test]
fn a_huge_text_takes_no_huge_time() {
    let started = std::time::Instant::now();
    for piece in ["é.", "a.co.", "((", "#a", "日", "@", "http://", "a.b/("] {
        let text = piece.repeat(20_000);
        assert!(
            X::measure(account("{}"), "text".into(), text)
                .unwrap()
                .length
                > 280
        );
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

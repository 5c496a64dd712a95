//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use staffetta_plugin::{
    Account, Composed, Media, MediaKind, Network, Post, Severity, empty_post, serde_json,
};

use crate::{Newsletter, fit};

fn account(settings: &str) -> Account {
    Account {
        name: "acme-newsletter".into(),
        client: "acme".into(),
        network: "newsletter".into(),
        handle: None,
        settings: settings.into(),
        facts: "{}".into(),
        language: Some("it".into()),
        time_zone: "Europe/Rome".into(),
    }
}

fn post(text: &str) -> Post {
    empty_post("https://a.example/feed", "1", text)
}

fn media(kind: MediaKind) -> Media {
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

fn compose(settings: &str, post: Post) -> Composed {
    Newsletter::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    let found = Newsletter::check(account(settings), composed.clone()).unwrap();
    found
        .into_iter()
        .filter(|v| v.severity == Severity::Refuse)
        .map(|v| v.code)
        .collect()
}

fn payload(composed: &Composed, part: usize) -> Value {
    serde_json::from_str(&composed.parts[part].payload).unwrap()
}

/// Texts put together by chance from what is counted in special ways; the same at every run.
fn texts() -> impl Iterator<Item = String> {
    let pieces = [
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
    let mut state = 7_u64;
    let mut next = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..300).map(move |_| (0..next(40)).map(|_| pieces[next(pieces.len())]).collect())
}

/// What fits is measured as short enough, ends where a text may be cut, and one more unit is too much.
fn fits_is_a_boundary(
    settings: &str,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<staffetta_plugin::Span>,
) {
    let mut too_long = 0;
    for text in texts() {
        for limit in [1_u32, 5, 23, 40] {
            let mut account = account(settings);
            account.facts = format!("{{\"{fact}\":{limit}}}");
            let measure = |text: &str| {
                Newsletter::measure(account.clone(), field.into(), text.into()).unwrap()
            };
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

fn mail() -> Post {
    let mut post = post("Una novità.\n\nVedi https://example.com/x.");
    post.title = Some("Titolo & \"altro\"".into());
    post.summary = Some("In breve".into());
    post.link = Some("https://example.com/post?a=1&b=2".into());
    post
}

#[test]
fn what_fits_is_as_much_as_fits() {
    fits_is_a_boundary("{}", "subject", "subject", staffetta_plugin::text::tokens);
    fits_is_a_boundary(
        "{}",
        "preheader",
        "preheader",
        staffetta_plugin::text::tokens,
    );
}

#[test]
fn a_post_becomes_a_mail() {
    let settings = r##"{"read-more":"Leggi","unsubscribe":"Annulla","footer":"Acme\nTorino","colour":"#aa0000"}"##;
    let composed = compose(settings, mail());
    let sent = payload(&composed, 0);
    assert_eq!(
        (&sent["subject"], &sent["preheader"]),
        (&"Titolo & \"altro\"".into(), &"In breve".into())
    );
    let html = sent["html"].as_str().unwrap();
    for part in [
        "<html lang=\"it\" dir=\"ltr\">",
        "<title>Titolo &amp; &quot;altro&quot;</title>",
        "In breve</div>",
        "<a href=\"https://example.com/post?a=1&amp;b=2\"",
        "Acme<br>\nTorino<br>",
        "<a href=\"{unsubscribe}\" style=\"color:#666666\">Annulla</a>",
    ] {
        assert!(html.contains(part), "{part} is missing in {html}");
    }
    let text = "Titolo & \"altro\"\n\nUna novità.\n\nVedi https://example.com/x.\n\nLeggi: https://example.com/post?a=1&b=2\n\n-- \nAcme\nTorino\nAnnulla: {unsubscribe}\n";
    assert_eq!(
        (
            sent["text"].as_str().unwrap(),
            composed.parts[0].text.as_str()
        ),
        (text, text)
    );
    assert!(
        Newsletter::check(account(settings), composed)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn html_of_a_source_is_never_trusted() {
    let mut dirty = mail();
    dirty.html = Some("<p>Ciao<script>x()</script><img src=x onerror=y></p>{media:0}".into());
    dirty.title = Some("</title><script>z()</script>".into());
    let html = payload(&compose("{}", dirty), 0)["html"]
        .as_str()
        .unwrap()
        .to_string();
    assert!(
        html.contains("Ciao") && !html.contains("<script") && !html.contains("onerror"),
        "{html}"
    );
    assert!(!html.contains("{media:0}"));
}

#[test]
fn a_subject_is_one_line() {
    let mut own = mail();
    own.extra = r#"{"subject":"Uno\r\nBcc: x@example.com","preheader":"P"}"#.into();
    let sent = payload(&compose("{}", own), 0);
    assert_eq!(
        (&sent["subject"], &sent["preheader"]),
        (&"Uno Bcc: x@example.com".into(), &"P".into())
    );
}

#[test]
fn what_is_long_is_warned_of_and_what_is_missing_is_refused() {
    let mut long = mail();
    long.title = Some("è".repeat(61));
    long.text = "x".repeat(110_000);
    let composed = compose("{}", long);
    assert!(codes("{}", &composed).is_empty());
    let found = Newsletter::check(account("{}"), composed).unwrap();
    let fields: Vec<&str> = found.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["subject", "html"]);
    assert_eq!(
        codes(
            "{}",
            &compose(
                "{}",
                Post {
                    title: None,
                    ..mail()
                }
            )
        ),
        ["subject-missing"]
    );
    let empty = Post {
        text: String::new(),
        link: None,
        ..mail()
    };
    assert_eq!(codes("{}", &compose("{}", empty)), ["empty"]);
}

#[test]
fn pictures_stand_above_the_text() {
    let mut with = mail();
    with.media = vec![
        media(MediaKind::Image),
        Media {
            blob: Some("sha256:00".into()),
            ..media(MediaKind::Image)
        },
    ];
    let html = payload(&compose("{}", with.clone()), 0)["html"]
        .as_str()
        .unwrap()
        .to_string();
    assert!(
        html.contains("<img src=\"https://a.example/p\" alt=\"A picture\"")
            && html.contains("<img src=\"{media:1}\"")
    );
    with.media = vec![media(MediaKind::Video)];
    assert_eq!(codes("{}", &compose("{}", with)), ["media-kind"]);
}

//! The plugin as the host sees it. Only tests.
#![allow(clippy::unwrap_used)]

use staffetta_plugin::testing::{self, media, payload, post};
use staffetta_plugin::{Account, Composed, Media, MediaKind, Network, Post};

use crate::Newsletter;

fn account(settings: &str) -> Account {
    testing::account("newsletter", settings)
}

fn compose(settings: &str, post: Post) -> Composed {
    Newsletter::compose(account(settings), post).unwrap()
}

fn codes(settings: &str, composed: &Composed) -> Vec<String> {
    testing::refusals::<Newsletter>(account(settings), composed)
}

fn fits_is_a_boundary(
    settings: &str,
    field: &str,
    fact: &str,
    unbreakable: impl Fn(&str) -> Vec<staffetta_plugin::Span>,
) {
    testing::fits_is_a_boundary::<Newsletter>(&account(settings), field, fact, unbreakable);
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

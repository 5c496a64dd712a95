//! What a folder holds and in which order, without writing one.

use staffetta_plugin::exports::publisher::Effect;
use staffetta_plugin::files::Content;
use staffetta_plugin::serde_json::{Value, from_str};
use staffetta_plugin::{Account, Error, Figure, Media, MediaKind, Post, Segment, empty_post};

use crate::bundle::{self, RECORD};
use crate::done::{self, Done, Record};
use crate::{content, place, reading};

fn account(settings: &str) -> Account {
    Account {
        name: "acme-board".into(),
        client: "acme".into(),
        network: "handoff".into(),
        handle: None,
        settings: settings.into(),
        facts: "{}".into(),
        language: None,
        time_zone: "Europe/Rome".into(),
    }
}

fn effect() -> Effect {
    Effect {
        key: "0123456789abcdef".repeat(4),
        intended: 1_709_210_099_999,
        attempt: 1,
    }
}

fn picture(blob: bool, alt: Option<&str>) -> Media {
    Media {
        kind: MediaKind::Image,
        blob: blob.then(|| format!("sha256:{}", "a".repeat(64))),
        url: Some("https://a.example/\"><script>.jpg".into()),
        media_type: "image/jpeg".into(),
        bytes: None,
        width: None,
        height: None,
        duration_ms: None,
        alt: alt.map(String::from),
        focus: None,
    }
}

fn post() -> Post {
    let mut post = empty_post(
        "blog",
        "1",
        "Perché <b>no</b>?\n\n</textarea><script>alert(1)</script>",
    );
    post.title = Some("Caffè & pane".into());
    post.link = Some("https://a.example/?a=1&b=2".into());
    post.tags = vec!["Caffè".into(), "#Pane".into()];
    post.media = vec![picture(true, Some("Un \"bar\"")), picture(false, None)];
    post
}

fn text<'a>(files: &'a [(String, Content)], name: &str) -> &'a str {
    match files.iter().find(|(n, _)| n == name) {
        Some((_, Content::Text(text))) => text,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn a_folder_holds_everything_and_its_record_is_last() {
    let composed = content::compose(post());
    let files = bundle::files(&account("{}"), &effect(), &composed, 7);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["1.jpg", "text.txt", "alt.txt", "index.html", "post.json"]
    );
    assert!(matches!(&files[0].1, Content::Blob(id) if id.starts_with("sha256:aaaa")));
    assert_eq!(text(&files, "text.txt"), post().text);
    assert_eq!(text(&files, "alt.txt"), "1.jpg\nUn \"bar\"\n");
    let record: Value = from_str(text(&files, RECORD)).expect("JSON");
    assert_eq!(record["key"], effect().key);
    assert_eq!(record["account"], "acme-board");
    assert_eq!(record["intended"], effect().intended);
    assert_eq!(record["parts"][0]["text"], post().text);
    assert_eq!(record["parts"][0]["media"][0]["file"], "1.jpg");
    assert_eq!(record["parts"][0]["media"][1]["file"], Value::Null);
    let fields = record["parts"][0]["fields"].as_array().expect("fields");
    assert_eq!(fields[2]["value"], "#Caffè #Pane");
}

#[test]
fn the_page_shows_what_came_from_outside_and_runs_none_of_it() {
    let composed = content::compose(post());
    let files = bundle::files(&account("{}"), &effect(), &composed, 7);
    let page = text(&files, "index.html");
    assert_eq!(page.matches("<script>").count(), 1, "only its own script");
    assert_eq!(page.matches("</script>").count(), 1);
    assert_eq!(
        page.matches("<textarea").count(),
        page.matches("</textarea>").count()
    );
    assert!(page.contains("&lt;/textarea&gt;&lt;script&gt;alert(1)"));
    assert!(page.contains("<img src=\"1.jpg\" alt=\"Un &quot;bar&quot;\">"));
    assert!(page.contains("To be fetched from https://a.example/&quot;&gt;&lt;script&gt;.jpg"));
    assert!(page.contains("staffetta handoff done 01234567 --link URL"));
    assert!(
        !page.contains("src=\"http"),
        "nothing is loaded from elsewhere"
    );
}

#[test]
fn a_thread_has_one_text_a_part_and_media_are_numbered_through() {
    let mut post = post();
    post.thread = ["Uno", "Due"]
        .map(|t| Segment {
            text: t.into(),
            media: vec![picture(true, None)],
        })
        .into();
    let files = bundle::files(&account("{}"), &effect(), &content::compose(post), 7);
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "1.jpg",
            "2.jpg",
            "text-1.txt",
            "text-2.txt",
            "index.html",
            "post.json"
        ]
    );
    assert_eq!(text(&files, "text-2.txt"), "Due");
}

#[test]
fn a_folder_has_the_same_name_at_every_try() {
    let composed = content::compose(post());
    let again = Effect {
        attempt: 9,
        ..effect()
    };
    assert_eq!(
        place::name(&effect(), &composed),
        "2024-02-29-caffe-pane-01234567"
    );
    assert_eq!(
        place::name(&effect(), &composed),
        place::name(&again, &composed)
    );
}

#[test]
fn the_folder_stays_inside_the_project() {
    assert_eq!(
        place::root(&account("{}")).ok().as_deref(),
        Some("outbox/acme-board")
    );
    assert_eq!(
        place::root(&account(r#"{"folder": "a/b/", "board": 1}"#))
            .ok()
            .as_deref(),
        Some("a/b/acme-board")
    );
    for folder in ["../x", "/tmp", "a/../../b", ""] {
        let result = place::root(&account(&format!(r#"{{"folder": "{folder}"}}"#)));
        assert!(
            matches!(result, Err(Error::InvalidConfig(e)) if e.pointer == "/folder"),
            "{folder}"
        );
    }
    let mut odd = account("{}");
    odd.name = "../evil/x".into();
    assert_eq!(place::root(&odd).ok().as_deref(), Some("outbox/---evil-x"));
}

#[test]
fn a_receipt_says_who_posted_and_where() {
    let record = Record {
        key: effect().key,
        handed_over: 7,
    };
    let waiting = done::receipt(&account("{}"), "outbox/x", &record, None);
    assert_eq!(
        (waiting.id.as_str(), waiting.url, waiting.at),
        ("0123456789abcdef", None, 7)
    );
    assert!(waiting.extra.contains("\"state\":\"handed-over\""));
    let said: Done =
        done::parse(br#"{"link": "https://n.example/1", "at": 9, "by": "anna"}"#).expect("done");
    let posted = done::receipt(&account("{}"), "outbox/x", &record, Some(&said));
    assert_eq!(
        (posted.url.as_deref(), posted.at),
        (Some("https://n.example/1"), 9)
    );
    assert!(posted.extra.contains("\"state\":\"done\"") && posted.extra.contains("anna"));
    assert_eq!(
        done::parse::<Record>(b"{\"key\": "),
        None,
        "half a record is none"
    );
}

#[test]
fn what_nobody_reported_is_unavailable_and_not_0() {
    for done in [None, Some(Done::default())] {
        let none = reading::figures("acme", "p", done.as_ref(), 5);
        assert_eq!(none.len(), 1);
        assert_eq!(
            none[0].value,
            Figure::Unavailable("nobody has reported figures yet".into())
        );
    }
    let done = Done {
        figures: [("likes".into(), 12.0), ("shares".into(), f64::NAN)].into(),
        ..Done::default()
    };
    let some = reading::figures("acme", "p", Some(&done), 5);
    assert_eq!(
        some.iter()
            .map(|m| (m.what.as_str(), &m.value))
            .collect::<Vec<_>>(),
        [("likes", &Figure::Number(12.0))]
    );
}

#[test]
fn nothing_is_not_handed_over() {
    assert_eq!(
        content::check(&content::compose(empty_post("a", "1", " "))).len(),
        1
    );
    assert!(content::check(&content::compose(post())).is_empty());
}

//! Whole documents as real software writes them, against texts that a person has read.
#![allow(clippy::unwrap_used)]

mod common;

use common::{dump, error_of, fixture, golden, posts_of, show};
use plugin_feed::html::{Context, to_text};
use staffetta_plugin::types::Error;

#[test]
fn feeds_become_posts() {
    for (name, content_type) in [
        ("wordpress.xml", Some("application/rss+xml; charset=UTF-8")),
        ("site.atom", Some("application/atom+xml")),
        ("podcast.xml", Some("text/xml; charset=iso-8859-1")),
        ("novita.rdf", Some("application/xml; charset=utf-8")),
        ("old.rss", None),
        ("videos.atom", Some("text/xml")),
        ("toots.rss", Some("application/rss+xml")),
        ("feed.json", Some("application/feed+json")),
    ] {
        let run = posts_of(&fixture(&format!("feeds/{name}")), content_type);
        golden(&format!("feeds/{name}.txt"), &dump(&run));
    }
}

#[test]
fn html_becomes_text() {
    let context = Context {
        base: Some("https://acme.example/blog/post"),
        own: Some("http://acme.example/post/"),
    };
    for name in ["article", "lists", "links", "media"] {
        let html = String::from_utf8(fixture(&format!("html/{name}.html"))).unwrap();
        let rendered = to_text(&html, context);
        let media: String = rendered
            .media
            .iter()
            .map(|m| format!("[{}]\n", show(m)))
            .collect();
        golden(
            &format!("html/{name}.txt"),
            &format!("{}\n{media}", rendered.text),
        );
    }
}

fn permanent(bytes: &[u8]) -> String {
    match error_of(bytes) {
        Error::Permanent(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_feed_says_so() {
    for (name, words) in [
        (
            "broken/cut.xml",
            vec!["line 4, column", "breaks off inside <title>", "nothing"],
        ),
        ("broken/mismatch.xml", vec!["line 2, column", "nothing"]),
        ("broken/sitemap.xml", vec!["no feed", "<urlset>"]),
        ("broken/api.json", vec!["no JSON Feed", "items"]),
        ("broken/cut.json", vec!["line 1, column", "nothing"]),
        (
            "pages/home.html",
            vec![
                "a web page",
                "https://acme.example/feed.xml, https://acme.example/commenti.atom",
            ],
        ),
    ] {
        let message = permanent(&fixture(name));
        for word in words {
            assert!(message.contains(word), "{name}: {message}");
        }
    }
    assert!(permanent(b"").contains("empty"));
    assert!(permanent(b" \n\n ").contains("empty"));
    assert!(permanent(b"Not found").contains("neither XML nor JSON"));
    assert!(permanent(b"[1, 2]").contains("no JSON Feed"));
    assert!(permanent(b"<html><body>Hello</body></html>").contains("names no feed"));
}

#[test]
fn entities_of_a_document_are_never_expanded() {
    let run = posts_of(&fixture("broken/bomb.xml"), None);
    assert_eq!(run.posts[0].title.as_deref(), Some("Bomb &c;"));
    assert_eq!(run.posts[0].text, "&secret; end");
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = format!(
        "<rss><channel><item>{}{}</item></channel></rss>",
        "<a>".repeat(100_000),
        "</a>".repeat(100_000)
    );
    assert!(permanent(deep.as_bytes()).contains("nested deeper"));
    let large = format!(
        "<rss><channel><item><title>{}</title></item></channel></rss>",
        "x".repeat(17 << 20)
    );
    assert!(permanent(large.as_bytes()).contains("larger than 16 MiB"));
    let json = format!(
        "{{\"version\": \"https://jsonfeed.org/version/1\", \"items\": [{}",
        "[".repeat(100_000)
    );
    assert!(permanent(json.as_bytes()).contains("recursion"));
    // Markup that nests costs nothing, and neither does what is never closed.
    let html = to_text(&"<blockquote><ul><li>".repeat(50_000), Context::default());
    assert!(html.text.len() < 100);
    let text = to_text(
        &format!("{}x", "<blockquote><ul><li>".repeat(50_000)),
        Context::default(),
    )
    .text;
    assert!(text.ends_with('x') && text.len() < 100, "{}", text.len());
}

/// Cut and damaged documents give posts or an error, and never anything else.
#[test]
fn damage_anywhere_is_survived() {
    let mut good = 0;
    for name in [
        "wordpress.xml",
        "site.atom",
        "novita.rdf",
        "toots.rss",
        "feed.json",
        "old.rss",
    ] {
        let whole = fixture(&format!("feeds/{name}"));
        for at in (0..whole.len()).step_by(23) {
            good += u32::from(common::try_fetch(&whole[..at]).is_ok());
            let mut damaged = whole.clone();
            damaged[at] = [0, 0xFF, b'<', b'&', b'"', 0xC3][at % 6];
            good += u32::from(common::try_fetch(&damaged).is_ok());
        }
    }
    assert!(good > 100, "{good}");
    for text in [
        "+1é2",
        "Fri, 1 May 2026 10:00 +1é2",
        "１ May ２０２６",
        "1-é-2",
        "º º º",
        "99999999999999999999",
    ] {
        assert_eq!(
            plugin_feed::date::parse(text).map(|d| d.unknown_zone),
            None,
            "{text}"
        );
    }
}

#[test]
fn an_identity_needs_no_guid_and_survives_corrections() {
    let of = |item: &str| {
        let feed = format!(
            "<rss><channel><link>https://acme.example/</link><item>{item}</item></channel></rss>"
        );
        posts_of(feed.as_bytes(), None).items().pop().unwrap()
    };
    assert_eq!(of("<guid> g1 </guid><link>/a</link>"), "g1");
    assert_eq!(
        of("<link>/a</link><title>x</title>"),
        "https://acme.example/a"
    );
    let dated = "<title>Una nota</title><pubDate>1 May 2026</pubDate>";
    let hash = of(&format!("{dated}<description>errore</description>"));
    assert!(hash.starts_with("hash:"));
    assert_eq!(
        hash,
        of(&format!("{dated}<description>corretto</description>"))
    );
    assert_ne!(
        hash,
        of("<title>Una nota</title><pubDate>2 May 2026</pubDate>")
    );
    assert_ne!(
        of("<description>a</description>"),
        of("<description>b</description>")
    );
}

//! Feeds that are not what they should be: an error of that step that says so, and the next run is none the worse.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use staffetta_tests::{Output, Reply, Server};

use crate::common::{Network, network};

const GOOD: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title><link>https://acme.example</link>\
<description>d</description><item><guid>g-1</guid><link>https://acme.example/p/1</link><title>One article</title></item></channel></rss>";

/// Runs a pipeline whose feed is bad at first and good then: the first run fails with the message in good time, the
/// second one posts the article.
#[track_caller]
fn recovers(bad: Reply, message: &str) -> Output {
    let good = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&good);
    let feed = Server::start(move |_| {
        if switch.load(Ordering::SeqCst) {
            Reply::ok("application/rss+xml", GOOD)
        } else {
            bad.clone()
        }
    });
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]).pipeline(
        "feed",
        &format!(
            "name: Feed\nclient: acme\nsteps:\n  - id: articles\n    uses: feed/fetch\n    with: {{ url: \"{}\" }}\n    timeout: 3s\n  - publish: [one]\n",
            feed.url("/feed.xml")
        ),
    );
    let began = Instant::now();
    let output = project
        .run(&["run", "feed"])
        .code(1)
        .err("failed: step articles (feed/fetch)")
        .err(message)
        .nowhere("panicked");
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "it took {:?}",
        began.elapsed()
    );
    assert!(server.changes().is_empty());
    good.store(true, Ordering::SeqCst);
    let _ = project.run(&["run", "feed"]).ok();
    assert_eq!(
        server.changes().len(),
        1,
        "the article that came at last went out"
    );
    output
}

#[test]
fn a_page_in_place_of_a_feed() {
    let _ = recovers(
        Reply::ok(
            "text/html",
            "<!doctype html><html><head><title>Blog</title></head><body>Hi</body></html>",
        ),
        "feed",
    );
}

#[test]
fn an_error_of_the_server() {
    let _ = recovers(Reply::status(500), "500");
}

#[test]
fn a_feed_without_end() {
    let _ = recovers(
        Reply::Endless("application/rss+xml"),
        "the answer is larger than",
    );
}

#[test]
fn a_slow_feed_is_given_up_at_the_steps_timeout() {
    let slow = Reply::Slow(
        Duration::from_secs(60),
        Box::new(Reply::ok("application/rss+xml", GOOD)),
    );
    let _ = recovers(slow, "longer than 3 s");
}

#[test]
fn a_gzip_bomb() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![b' '; 1 << 20];
    // A little more than a feed may have.
    for _ in 0..80 {
        packed.write_all(&zeros).unwrap();
    }
    let body = packed.finish().unwrap();
    assert!(body.len() < 1 << 20, "it is small on the way");
    let headers = vec![
        ("content-type".into(), "application/rss+xml".into()),
        ("content-encoding".into(), "gzip".into()),
    ];
    let _ = recovers(
        Reply::Answer(200, headers, body),
        "the answer is larger than",
    );
}

#[test]
fn a_body_that_is_not_the_gzip_it_says() {
    let headers = vec![
        ("content-type".into(), "application/rss+xml".into()),
        ("content-encoding".into(), "gzip".into()),
    ];
    let _ = recovers(Reply::Answer(200, headers, GOOD.into()), "failed");
}

#[test]
fn a_truncated_answer() {
    let raw = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\ncontent-length: 5000\r\n\r\n{}",
        &GOOD[..150]
    );
    let _ = recovers(Reply::Raw(raw.into_bytes()), "failed");
}

#[test]
fn a_server_that_hangs_up() {
    let _ = recovers(Reply::Hangup, "failed");
}

#[test]
fn an_answer_that_is_not_http() {
    let _ = recovers(Reply::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()), "failed");
}

#[test]
fn an_empty_answer() {
    let _ = recovers(Reply::ok("application/rss+xml", ""), "feed");
}

#[test]
fn xml_that_grows_by_its_own_entities() {
    let mut bomb = String::from("<?xml version=\"1.0\"?><!DOCTYPE rss [<!ENTITY a0 \"ha\">");
    for n in 1..30 {
        bomb.push_str(&format!(
            "<!ENTITY a{n} \"{}\">",
            format!("&a{};", n - 1).repeat(10)
        ));
    }
    bomb.push_str("]><rss version=\"2.0\"><channel><title>T</title><item><guid>b</guid><title>&a29;</title></item></channel></rss>");
    let feed = Server::start(move |_| Reply::ok("application/rss+xml", bomb.clone()));
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]).pipeline(
        "feed",
        &format!(
            "name: Feed\nclient: acme\nsteps:\n  - uses: feed/fetch\n    with: {{ url: \"{}\" }}\n    timeout: 5s\n  - publish: [one]\n",
            feed.url("/feed.xml")
        ),
    );
    let began = Instant::now();
    let output = project.run(&["run", "feed"]);
    assert!(began.elapsed() < Duration::from_secs(10));
    assert!(matches!(output.code, Some(0 | 1)), "{}", output.describe());
    assert!(
        server
            .changes()
            .iter()
            .all(|change| change["texts"].to_string().len() < 10_000),
        "nothing grew"
    );
}

#[test]
fn one_bad_feed_does_not_hold_up_the_other_when_the_pipeline_says_so() {
    let feed = Server::start(|request| {
        if request.path == "/bad" {
            Reply::status(500)
        } else {
            Reply::ok("application/rss+xml", GOOD)
        }
    });
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]).pipeline(
        "feed",
        &format!(
            "name: Feed\nclient: acme\nsteps:\n  - id: bad\n    uses: feed/fetch\n    with: {{ url: \"{}\" }}\n    continue-on-error: true\n  - id: good\n    \
             uses: feed/fetch\n    with: {{ url: \"{}\" }}\n  - publish: [one]\n    from: [bad, good]\n",
            feed.url("/bad"),
            feed.url("/good")
        ),
    );
    let _ = project.run(&["run", "feed"]).err("500");
    assert_eq!(server.changes().len(), 1);
}

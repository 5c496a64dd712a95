//! Runs over time: what is new, what is asked of the server, where the reading goes on.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::HashSet;

use common::{NOW, Run, Server, config, run};
use plugin_feed::fetch::Fetcher;

const FEED: &str = "https://acme.example/feed";
const DAY: i64 = 86_400_000;

/// An item number `n` was published on day `n` counted from 2026-01-01.
fn item(n: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(1_767_225_600_000 + n * DAY + 3_600_000).unwrap();
    format!(
        "<item><guid>{n}</guid><title>Number {n}</title><link>/p/{n}</link><pubDate>{at}</pubDate></item>"
    )
}

fn rss(items: impl Iterator<Item = String>, next: Option<&str>) -> String {
    let next = next
        .map(|n| format!("<atom:link rel=\"next\" href=\"{n}\"/>"))
        .unwrap_or_default();
    let items: String = items.collect();
    format!(
        "<rss xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>Acme</title>{next}{items}</channel></rss>"
    )
}

fn newest_first(from: i64, to: i64) -> impl Iterator<Item = String> {
    (from..=to).rev().map(item)
}

fn numbers(from: i64, to: i64) -> Vec<String> {
    (from..=to).map(|n| n.to_string()).collect()
}

fn again(server: &Server, more: &str, before: &Run) -> Run {
    run(
        server,
        &config(FEED, more),
        before.cursor.clone(),
        100,
        false,
    )
}

#[test]
fn each_entry_once_and_the_oldest_first() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(1, 10), None));
    let first = run(&server, &config(FEED, ""), None, 3, false);
    assert_eq!(first.items(), numbers(1, 10));
    assert_eq!(
        server.asked().len(),
        1,
        "one document is fetched once a run"
    );
    assert!(again(&server, "", &first).posts.is_empty());
    server.put(FEED, rss(newest_first(5, 12), None));
    let second = again(&server, "", &first);
    assert_eq!(second.items(), numbers(11, 12));
    assert!(again(&server, "", &second).posts.is_empty());
}

#[test]
fn a_run_goes_on_after_a_crash_and_a_change_in_between() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(1, 10), None));
    let whole = run(&server, &config(FEED, ""), None, 3, true);
    assert_eq!(whole.items(), numbers(1, 10));

    let mut fetcher = Fetcher::new(server.clone());
    let page = fetcher.fetch(&config(FEED, ""), None, 4).unwrap();
    assert!(page.more);
    server.put(FEED, rss(newest_first(3, 12), None));
    let rest = run(&server, &config(FEED, ""), page.cursor, 4, true);
    assert_eq!(rest.items(), numbers(5, 12));
}

#[test]
fn nothing_new_costs_one_question() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(1, 3), None));
    server.pages.borrow_mut().get_mut(FEED).unwrap().etag = Some("\"v1\"".into());
    let first = run(&server, &config(FEED, ""), None, 10, false);
    let page = Fetcher::new(server.clone())
        .fetch(&config(FEED, ""), first.cursor.as_deref(), 10)
        .unwrap();
    assert!(page.records.is_empty() && !page.more && page.notes.is_empty());
    assert_eq!(server.asked(), [FEED, FEED]);
    // What is broken now is not even looked at while the server says that nothing changed.
    server.pages.borrow_mut().get_mut(FEED).unwrap().bytes = b"<rss>".to_vec();
    assert!(again(&server, "", &first).posts.is_empty());
}

#[test]
fn an_entry_under_a_new_id_is_not_new() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(1, 3), None));
    let first = run(&server, &config(FEED, ""), None, 10, false);
    let moved = newest_first(1, 4).map(|i| i.replace("<guid>", "<guid>https://new.acme.example/"));
    server.put(FEED, rss(moved, None));
    let second = again(&server, "", &first);
    assert_eq!(second.items(), ["https://new.acme.example/4"]);
    assert!(
        second
            .notes
            .iter()
            .any(|n| n.contains("another id") && n.ends_with("3")),
        "{:?}",
        second.notes
    );
    assert!(again(&server, "", &second).posts.is_empty());
}

#[test]
fn entries_that_come_back_after_a_deletion_are_not_new() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(8, 10), None));
    let first = run(&server, &config(FEED, ""), None, 10, false);
    // Number 9 is deleted, so the feed shows number 7, which was never fetched.
    server.put(FEED, rss([10, 8, 7].into_iter().map(item), None));
    let second = again(&server, "", &first);
    assert!(second.posts.is_empty());
    assert!(
        second
            .notes
            .iter()
            .any(|n| n.contains("older than what was fetched first"))
    );
}

#[test]
fn a_feed_that_moves_does_not_come_in_again() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(1, 3), None));
    let first = run(&server, &config(FEED, ""), None, 10, false);
    server.put("https://acme.example/new", rss(newest_first(1, 4), None));
    let second = run(
        &server,
        &config("https://acme.example/new", ""),
        first.cursor,
        10,
        false,
    );
    assert_eq!(second.items(), ["4"]);
}

#[test]
fn limit_spreads_the_entries_over_runs() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(1, 2), None));
    let more = ", \"limit\": 2";
    // The first run is what was there before: it is not cut.
    let first = run(&server, &config(FEED, more), None, 1, false);
    assert_eq!(first.items(), numbers(1, 2));
    server.put(FEED, rss(newest_first(1, 7), None));
    let second = again(&server, more, &first);
    assert_eq!(second.items(), numbers(3, 4));
    server.put(FEED, rss(newest_first(1, 8), None));
    let third = again(&server, more, &second);
    assert_eq!(third.items(), numbers(5, 6));
    let fourth = again(&server, more, &third);
    assert_eq!(fourth.items(), numbers(7, 8));
    assert!(again(&server, more, &fourth).posts.is_empty());
}

#[test]
fn what_is_too_old_is_passed_over_for_good() {
    let server = Server::default();
    // NOW is day 129.
    server.put(FEED, rss(newest_first(119, 128), Some("/feed?page=2")));
    server.put(
        "https://acme.example/feed?page=2",
        rss(newest_first(109, 118), Some("/feed?page=3")),
    );
    let first = run(
        &server,
        &config(FEED, ", \"max-age\": \"3d\""),
        None,
        10,
        false,
    );
    assert_eq!(first.items(), numbers(126, 128));
    assert_eq!(
        server.asked().len(),
        2,
        "pages behind a page that is too old are not read"
    );
    assert!(again(&server, "", &first).posts.is_empty());
    assert_eq!(NOW / DAY - 1_767_225_600_000 / DAY, 129);
}

fn archive(server: &Server, pages: i64, size: i64, top: i64) {
    let url = |page: i64| {
        if page == 0 {
            FEED.into()
        } else {
            format!("https://acme.example/feed?paged={page}")
        }
    };
    for page in 0..pages {
        let to = top - page * size;
        let next = (page + 1 < pages).then(|| url(page + 1));
        server.put(
            &url(page),
            rss(newest_first((to - size + 1).max(1), to), next.as_deref()),
        );
    }
}

#[test]
fn an_archive_is_read_to_its_end_in_little_memory() {
    let server = Server::default();
    archive(&server, 300, 20, 6_000);
    let mut seen = HashSet::new();
    let mut cursor = None;
    let mut longest = 0;
    let mut fetcher = Fetcher::new(server.clone());
    loop {
        let page = fetcher
            .fetch(&config(FEED, ""), cursor.as_deref(), 15)
            .unwrap();
        for record in page.records {
            let staffetta_plugin::types::Record::Post(post) = record else {
                panic!()
            };
            assert!(seen.insert(post.id));
        }
        cursor = page.cursor;
        longest = longest.max(cursor.as_deref().map_or(0, str::len));
        if !page.more {
            break;
        }
    }
    assert_eq!(seen.len(), 6_000);
    assert!(longest < 120_000, "{longest}");
    // The next run reads the first page and no more of the archive.
    server.asked();
    archive(&server, 300, 20, 6_003);
    let second = run(&server, &config(FEED, ""), cursor, 100, false);
    assert_eq!(second.items(), numbers(6_001, 6_003));
    assert_eq!(server.asked(), [FEED]);
}

#[test]
fn a_gap_between_two_runs_is_closed() {
    let server = Server::default();
    archive(&server, 10, 10, 100);
    let first = run(&server, &config(FEED, ""), None, 100, false);
    assert_eq!(first.posts.len(), 100);
    archive(&server, 13, 10, 127);
    server.asked();
    let second = again(&server, "", &first);
    let found: HashSet<String> = second.items().into_iter().collect();
    assert_eq!(found, numbers(101, 127).into_iter().collect());
    assert_eq!(second.posts.len(), 27, "none twice");
    assert_eq!(server.asked().len(), 3);
    // And the next gap is closed up to there, again without repeats.
    archive(&server, 15, 10, 150);
    assert_eq!(again(&server, "", &second).posts.len(), 23);
}

#[test]
fn an_entry_that_slides_to_the_next_page_is_not_repeated() {
    let server = Server::default();
    archive(&server, 3, 10, 30);
    let mut fetcher = Fetcher::new(server.clone());
    let page = fetcher.fetch(&config(FEED, ""), None, 100).unwrap();
    assert_eq!(page.records.len(), 10);
    archive(&server, 4, 10, 31);
    let rest = run(&server, &config(FEED, ""), page.cursor, 100, false);
    let found: HashSet<String> = rest.items().into_iter().collect();
    assert_eq!(
        (rest.posts.len(), found),
        (20, numbers(1, 20).into_iter().collect())
    );
    assert_eq!(again(&server, "", &rest).items(), ["31"]);
}

#[test]
fn circles_and_strangers_end_the_archive() {
    let server = Server::default();
    let two = "https://acme.example/feed?page=2";
    server.put(FEED, rss(newest_first(11, 20), Some(two)));
    server.put(two, rss(newest_first(1, 10), Some(FEED)));
    let circle = run(&server, &config(FEED, ""), None, 100, false);
    assert_eq!(circle.posts.len(), 20);
    assert!(circle.notes.iter().any(|n| n.contains("circle")));

    server.put(FEED, rss(newest_first(1, 3), Some(FEED)));
    assert_eq!(
        run(&server, &config(FEED, ""), None, 100, false)
            .posts
            .len(),
        3
    );

    // A server that gives the same page under ever new addresses.
    server.put(FEED, rss(newest_first(1, 3), Some("/feed?page=2")));
    server.put(two, rss(newest_first(1, 3), Some("/feed?page=3")));
    let same = run(&server, &config(FEED, ""), None, 100, false);
    assert_eq!(same.posts.len(), 3);
    assert!(same.notes.iter().any(|n| n.contains("repeats")));

    server.asked();
    server.put(
        FEED,
        rss(newest_first(1, 3), Some("https://evil.example/feed")),
    );
    let stranger = run(&server, &config(FEED, ""), None, 100, false);
    assert!(stranger.notes.iter().any(|n| n.contains("another host")));
    assert_eq!(server.asked(), [FEED]);
}

#[test]
fn a_broken_archive_does_not_stop_the_feed() {
    let server = Server::default();
    server.put(FEED, rss(newest_first(4, 6), Some("/feed?page=2")));
    server.put("https://acme.example/feed?page=2", "<rss><channel><item>");
    let first = run(&server, &config(FEED, ""), None, 100, false);
    assert_eq!(first.items(), numbers(4, 6));
    assert!(
        first
            .notes
            .iter()
            .any(|n| n.contains("the archive ends here"))
    );
    server.put(FEED, rss(newest_first(5, 7), None));
    assert_eq!(again(&server, "", &first).items(), ["7"]);
}

#[test]
fn json_feeds_are_paged_too() {
    let server = Server::default();
    let feed = |items: &str, next: &str| {
        format!("{{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": [{items}]{next}}}")
    };
    let note = |n: i64| {
        format!(
            "{{\"id\": {n}, \"content_text\": \"n {n}\", \"date_published\": \"2026-01-0{n}T10:00:00Z\"}}"
        )
    };
    server.put(
        FEED,
        feed(&[note(4), note(3)].join(","), ", \"next_url\": \"/feed/2\""),
    );
    server.put(
        "https://acme.example/feed/2",
        feed(&[note(2), note(1)].join(","), ""),
    );
    let all = run(&server, &config(FEED, ""), None, 1, true);
    assert_eq!(all.items(), ["3", "4", "1", "2"]);
    assert!(again(&server, "", &all).posts.is_empty());
}

#[test]
fn a_document_of_many_thousand_entries_is_given_once() {
    let server = Server::default();
    let plain = |n: i64| {
        let at = 1_500_000_000_000 + n * 60_000;
        format!(
            "<item><guid>{n}</guid><title>t</title><pubDate>{}</pubDate></item>",
            jiff::Timestamp::from_millisecond(at).unwrap()
        )
    };
    let feed = |to: i64| rss((1..=to).rev().map(plain), None);
    server.put(FEED, feed(12_000));
    let first = run(&server, &config(FEED, ""), None, 4_000, false);
    assert_eq!(first.items(), numbers(1, 12_000));
    server.put(FEED, feed(12_002));
    assert_eq!(again(&server, "", &first).items(), numbers(12_001, 12_002));
}

#[test]
fn the_same_id_twice_in_a_document_counts_once_and_is_told() {
    let server = Server::default();
    server.put(FEED, rss([item(2), item(1), item(1)].into_iter(), None));
    let first = run(&server, &config(FEED, ""), None, 100, false);
    assert_eq!(first.items(), numbers(1, 2));
    assert!(first.notes.iter().any(|n| n.contains("id of another")));
}

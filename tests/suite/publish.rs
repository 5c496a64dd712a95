//! Publishing: once, whatever happens. The server counts what really arrived.

use serde_json::json;

use crate::common::{
    Network, markdown, network, numbers, outcomes, outcomes_of, set_accounts, text,
};
use staffetta_tests::{Project, Reply, Server};

const POST: &str = "---\nlink: https://acme.example/news\n---\nThe news\n";

/// A project with one post in a file for these accounts.
fn one_post(server: &str, accounts: &[(&str, &str)], more: &str) -> Project {
    let names: Vec<&str> = accounts.iter().map(|(name, _)| *name).collect();
    network(server, accounts)
        .file("posts/news.md", POST)
        .pipeline("files", &markdown(&names.join(", "), more))
}

#[test]
fn each_post_goes_once_to_each_account() {
    let network_server = Network::start();
    let project = network(
        &network_server.url(),
        &[("one", "publish: done"), ("two", "publish: done")],
    )
    .pipeline("numbers", &numbers(3, "one, two", ""));
    let report = project.run(&["run", "numbers", "--json"]).ok().json();
    assert_eq!(report["outcome"], "done");
    assert_eq!(
        outcomes(&report)
            .iter()
            .filter(|(_, outcome)| outcome == "posted")
            .count(),
        6
    );
    let mut keys: Vec<String> = network_server
        .changes()
        .iter()
        .map(|change| text(&change["key"]))
        .collect();
    assert_eq!(keys.len(), 6);
    keys.sort();
    keys.dedup();
    assert_eq!(
        keys.len(),
        6,
        "every post of every account has a key of its own"
    );
}

#[test]
fn an_account_gets_its_posts_in_order() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")])
        .pipeline("numbers", &numbers(12, "one", ""));
    let _ = project.run(&["run", "numbers"]).ok();
    let texts: Vec<String> = server
        .changes()
        .iter()
        .map(|change| text(&change["texts"][0]))
        .collect();
    let wanted: Vec<String> = (0..12).map(|n| format!("Post {n}.")).collect();
    assert_eq!(texts.len(), wanted.len());
    for (got, wanted) in texts.iter().zip(&wanted) {
        assert!(got.starts_with(wanted.as_str()), "{texts:?}");
    }
}

#[test]
fn a_second_run_posts_nothing_and_says_so() {
    let server = Network::start();
    let project = one_post(&server.url(), &[("one", "publish: done")], "");
    let _ = project.run(&["run", "files"]).ok();
    let _ = project
        .run(&["run", "files"])
        .ok()
        .out("nothing new: 1 posts went out before and were not posted again");
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_publication_in_several_calls_keeps_its_progress() {
    let server = Network::start();
    let project = one_post(&server.url(), &[("one", "publish: \"again:3\"")], "");
    let _ = project.run(&["run", "files"]).ok();
    let steps: Vec<_> = server
        .changes()
        .iter()
        .map(|change| change["step"].clone())
        .collect();
    assert_eq!(
        steps,
        [json!(0), json!(1), json!(2), json!(3)],
        "each call makes one change and goes on from the last"
    );
    let _ = project.run(&["run", "files"]).ok();
    assert_eq!(server.changes().len(), 4);
    let shown = project.run(&["runs", "--json"]).ok().json();
    assert_eq!(shown["runs"][1]["effects"]["done"], 1);
}

#[test]
fn a_lost_answer_is_settled_by_looking_and_not_by_posting_again() {
    let server = Network::start();
    let project = one_post(
        &server.url(),
        &[("one", "publish: \"sent-in-doubt:1\", find: ask")],
        "",
    );
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes(&report), [("one".to_owned(), "posted".to_owned())]);
    assert_eq!(server.changes().len(), 1);
    assert_eq!(server.questions(), 1);
}

#[test]
fn what_is_certainly_not_there_is_tried_once_more() {
    let server = Network::start();
    // The first try fails before anything is sent; the server has nothing when it is asked.
    let project = one_post(
        &server.url(),
        &[("one", "publish: \"in-doubt:1\", find: ask")],
        "",
    );
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "one"), ["posted"]);
    let changes = server.changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["attempt"], 2);
    assert_eq!(server.questions(), 1);
}

#[test]
fn what_nobody_can_tell_is_left_to_a_person() {
    let server = Network::start();
    let project = one_post(
        &server.url(),
        &[("one", "publish: sent-in-doubt, find: unknown")],
        "",
    );
    let report = project.run(&["run", "files", "--json"]).code(1).json();
    assert_eq!(outcomes_of(&report, "one"), ["in-doubt"]);
    let report = project.run(&["run", "files", "--json"]).code(1).json();
    assert_eq!(outcomes_of(&report, "one"), ["in-doubt"]);
    assert_eq!(
        server.changes().len(),
        1,
        "without a person's word there is no second try"
    );
    let _ = project.run(&["run", "files"]).code(1).err("in doubt one");
}

#[test]
fn a_trap_after_the_change_does_not_post_twice() {
    let server = Network::start();
    let project = one_post(
        &server.url(),
        &[("one", "publish: \"sent-trap:1\", find: ask")],
        "",
    );
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "one"), ["posted"]);
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_busy_server_is_tried_again_as_the_pipeline_says() {
    let server = Network::start();
    let retry = "    retry: { times: 2, wait: 10ms }\n";
    let project = one_post(&server.url(), &[("one", "publish: \"temporary:2\"")], retry);
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "one"), ["posted"]);
    let changes = server.changes();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0]["attempt"], 3);
}

#[test]
fn a_busy_server_is_not_tried_more_often_than_the_pipeline_says() {
    let server = Network::start();
    let retry = "    retry: { times: 1, wait: 10ms }\n";
    let project = one_post(&server.url(), &[("one", "publish: \"temporary:2\"")], retry);
    let report = project.run(&["run", "files", "--json"]).code(1).json();
    assert_eq!(outcomes_of(&report, "one"), ["failed"]);
    assert_eq!(server.changes().len(), 0);
}

#[test]
fn one_accounts_expired_login_does_not_hold_up_the_others() {
    let server = Network::start();
    let project = one_post(
        &server.url(),
        &[("bad", "publish: auth"), ("good", "publish: done")],
        "",
    );
    let report = project.run(&["run", "files", "--json"]).code(1).json();
    assert_eq!(outcomes_of(&report, "bad"), ["failed"]);
    assert_eq!(outcomes_of(&report, "good"), ["posted"]);
    assert_eq!(report["outcome"], "partial");
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_post_that_failed_goes_out_when_the_login_works_again() {
    let server = Network::start();
    let project = network(
        &server.url(),
        &[("bad", "publish: auth"), ("good", "publish: done")],
    )
    .pipeline("numbers", &numbers(1, "bad, good", ""));
    let _ = project.run(&["run", "numbers"]).code(1);
    set_accounts(
        &project,
        &server.url(),
        &[("bad", "publish: done"), ("good", "publish: done")],
    );
    let report = project.run(&["run", "numbers", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "bad"), ["posted"]);
    assert_eq!(server.changes().len(), 2, "once for each account");
}

/// Postiz #1321: an error after the publication made the whole job run again, and the post went out again.
#[test]
fn an_error_after_the_publication_does_not_post_again() {
    let server = Network::start();
    let more = "  - uses: guest-count/compute\n    with: { trap-after: 0 }\n    from: posted\n";
    let project = one_post(&server.url(), &[("one", "publish: done")], more).guest("guest-count");
    for _ in 0..3 {
        let _ = project.run(&["run", "files"]).code(1).err("failed");
    }
    assert_eq!(server.changes().len(), 1);
}

fn rss(items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(guid, link, title)| {
            format!("<item><guid isPermaLink=\"false\">{guid}</guid><link>{link}</link><title>{title}</title></item>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>T</title><link>https://acme.example</link><description>d</description>{items}</channel></rss>"
    )
}

fn feeds(project: &Project, steps: &[&str]) {
    let ids: Vec<String> = (0..steps.len()).map(|n| format!("f{n}")).collect();
    let sources: String = steps
        .iter()
        .zip(&ids)
        .map(|(url, id)| {
            format!("  - id: {id}\n    uses: feed/fetch\n    with: {{ url: \"{url}\" }}\n")
        })
        .collect();
    let yaml = format!(
        "name: Feeds\nclient: acme\nsteps:\n{sources}  - id: posted\n    publish: [one]\n    from: [{}]\n",
        ids.join(", ")
    );
    project.write("pipelines/feeds.yaml", yaml);
}

/// Bridgy #996: an article that came by two ways was posted twice.
#[test]
fn the_same_article_from_two_feeds_goes_out_once() {
    let feed = Server::start(|request| {
        let guid = if request.path == "/a.xml" {
            "a-1"
        } else {
            "tag:other,2026:1"
        };
        let link = if request.path == "/a.xml" {
            "https://www.acme.example/p/1"
        } else {
            "http://acme.example/p/1/?utm_source=b"
        };
        Reply::ok("application/rss+xml", rss(&[(guid, link, "One article")]))
    });
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]);
    feeds(&project, &[&feed.url("/a.xml"), &feed.url("/b.xml")]);
    let report = project.run(&["run", "feeds", "--json"]).ok().json();
    let mut told = outcomes_of(&report, "one");
    told.sort();
    assert_eq!(told, ["already-posted", "posted"]);
    assert_eq!(server.changes().len(), 1);
}

/// Changes what a feed says of its one article between two runs, and gives how often it was posted.
fn posted_after(
    first: (&'static str, &'static str),
    second: (&'static str, &'static str),
) -> usize {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let feed = Server::start(move |_| {
        let (guid, link) = if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            first
        } else {
            second
        };
        Reply::ok("application/rss+xml", rss(&[(guid, link, "One article")]))
    });
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")]);
    feeds(&project, &[&feed.url("/a.xml")]);
    let _ = project.run(&["run", "feeds"]).ok();
    let _ = project.run(&["run", "feeds"]).ok();
    assert_eq!(feed.requests().len(), 2, "the feed was asked twice");
    server.changes().len()
}

#[test]
fn an_article_with_a_new_guid_goes_out_once() {
    assert_eq!(
        posted_after(
            ("g-1", "https://acme.example/p/1"),
            ("g-2", "https://acme.example/p/1")
        ),
        1
    );
}

#[test]
fn an_article_that_moved_goes_out_once() {
    assert_eq!(
        posted_after(
            ("g-1", "https://acme.example/p/1"),
            ("g-1", "https://acme.example/posts/1")
        ),
        1
    );
}

#[test]
fn another_article_does_go_out() {
    assert_eq!(
        posted_after(
            ("g-1", "https://acme.example/p/1"),
            ("g-2", "https://acme.example/p/2")
        ),
        2
    );
}

#[test]
fn renaming_an_account_posts_nothing_again() {
    let server = Network::start();
    let project = one_post(&server.url(), &[("one", "publish: done")], "");
    let _ = project.run(&["run", "files"]).ok();
    let file = project
        .read("staffetta.yaml")
        .replace("  one: {", "  renamed: {");
    project.write("staffetta.yaml", file);
    project.write("pipelines/files.yaml", markdown("renamed", ""));
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "renamed"), ["already-posted"]);
    assert_eq!(server.changes().len(), 1);
}

//! A preview shows exactly what a run sends, and sends nothing itself.

use serde_json::{Value, json};

use crate::common::{Network, markdown, network, outcomes_of, text};
use staffetta_tests::Project;

const LONG: &str = "Una frase con parole lunghe e un'emoji 👩‍👩‍👧‍👦 alla fine, due volte. ";

fn steps(accounts: &str) -> String {
    format!(
        "name: Files\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: {{ folder: posts }}\n  - uses: shorten/fit\n  - publish: [{accounts}]\n"
    )
}

fn variant<'a>(preview: &'a Value, account: &str) -> &'a Value {
    let variants = preview["posts"][0]["variants"]
        .as_array()
        .unwrap_or_else(|| panic!("{preview}"));
    variants
        .iter()
        .find(|variant| variant["account"] == account)
        .unwrap_or_else(|| panic!("{account} in {preview}"))
}

fn texts(variant: &Value) -> Vec<String> {
    variant["composed"]["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| text(&part["text"]))
        .collect()
}

#[test]
fn what_was_shown_is_byte_for_byte_what_is_sent() {
    let server = Network::start();
    let post = format!(
        "---\ntitle: Più 👍🏽\nlink: https://acme.example/p?a=1&b=2\ntags: [caffè, Zürich]\n---\n{}\n",
        LONG.repeat(12)
    );
    let project = network(
        &server.url(),
        &[
            ("short", "publish: done, limit: 100"),
            ("thread", "publish: done, limit: 120, max-parts: 9"),
            ("long", "publish: done, limit: 9000"),
        ],
    )
    .file("posts/a.md", post)
    .pipeline("files", &steps("short, thread, long"));
    let preview = project.run(&["preview", "files", "--json"]).ok().json();
    assert!(
        server.server.requests().is_empty(),
        "a preview sends nothing"
    );
    let _ = project.run(&["run", "files"]).ok();
    let changes = server.changes();
    assert_eq!(changes.len(), 3);
    for change in changes {
        let account = text(&change["account"]);
        assert_eq!(
            json!(texts(variant(&preview, &account))),
            change["texts"],
            "{account}"
        );
    }
    assert!(
        !variant(&preview, "short")["changes"]
            .as_array()
            .unwrap()
            .is_empty(),
        "what was shortened is shown as changed"
    );
    let after = project.run(&["preview", "files", "--json"]).ok().json();
    assert_eq!(variant(&after, "short")["known"]["state"], "posted");
}

#[test]
fn a_preview_leaves_no_trace() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")])
        .file("posts/a.md", "A\n")
        .pipeline("files", &steps("one"));
    let before = project.files(".");
    let _ = project
        .run(&["preview", "files"])
        .ok()
        .out("Nothing was sent");
    let left: Vec<String> = project
        .files(".")
        .into_iter()
        .filter(|file| !before.contains(file) && !file.contains("/blobs/"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(server.server.requests().is_empty());
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(
        outcomes_of(&report, "one"),
        ["posted"],
        "the preview did not use the post up"
    );
}

#[test]
fn words_written_by_hand_win_and_are_shown_as_such() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done"), ("two", "publish: done")])
        .file("posts/a.md", "---\ntext.one: Words for one.\nguest-network:\n  text: Words for the network.\n---\nThe usual words.\n")
        .pipeline("files", &markdown("one, two", ""));
    let preview = project.run(&["preview", "files", "--json"]).ok().json();
    assert_eq!(
        texts(variant(&preview, "one")),
        ["Words for one."],
        "the account's own words win over the network's"
    );
    assert_eq!(texts(variant(&preview, "two")), ["Words for the network."]);
    let change = variant(&preview, "one")["changes"]
        .as_array()
        .unwrap()
        .iter()
        .rev()
        .find(|change| change["field"] == "text")
        .unwrap();
    assert_eq!(change["rule"], "by hand");
    assert!(text(&change["reason"]).contains("posts/a.md:2"), "{change}");
    let _ = project
        .run(&["preview", "files"])
        .ok()
        .out("written for one at posts/a.md:2");
    let _ = project.run(&["run", "files"]).ok();
    let mut sent: Vec<Value> = server
        .changes()
        .iter()
        .map(|change| change["texts"].clone())
        .collect();
    sent.sort_by_key(ToString::to_string);
    assert_eq!(
        sent,
        [json!(["Words for one."]), json!(["Words for the network."])]
    );
}

fn too_long_for_one() -> (Network, Project) {
    let server = Network::start();
    let project = network(
        &server.url(),
        &[
            ("small", "publish: done, limit: 10"),
            ("large", "publish: done"),
        ],
    )
    .file("posts/a.md", "A text of more than ten graphemes.\n")
    .pipeline("files", &markdown("small, large", ""));
    (server, project)
}

#[test]
fn one_accounts_refusal_does_not_stop_the_others() {
    let (server, project) = too_long_for_one();
    let preview = project.run(&["preview", "files", "--json"]).ok().json();
    assert_eq!(variant(&preview, "small")["refused"], true);
    assert_eq!(variant(&preview, "large")["refused"], false);
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "small"), ["refused"]);
    assert_eq!(outcomes_of(&report, "large"), ["posted"]);
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_refusal_says_how_much_and_how_much_is_allowed() {
    let (_server, project) = too_long_for_one();
    let preview = project.run(&["preview", "files", "--json"]).ok().json();
    let violation = &variant(&preview, "small")["violations"][0];
    assert_eq!(
        (
            &violation["actual"],
            &violation["limit"],
            &violation["unit"]
        ),
        (&json!(34), &json!(10), &json!("graphemes"))
    );
}

#[test]
fn what_was_refused_goes_out_when_it_was_mended() {
    let (server, project) = too_long_for_one();
    let _ = project.run(&["run", "files"]).ok();
    project.write(
        "posts/a.md",
        "---\ntext.small: Short.\n---\nA text of more than ten graphemes.\n",
    );
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "small"), ["posted"]);
    assert_eq!(outcomes_of(&report, "large"), ["already-posted"]);
    assert_eq!(server.changes().len(), 2);
}

#[test]
fn a_rule_that_refuses_is_heard() {
    let server = Network::start();
    let yaml = "name: Files\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: { folder: posts }\n  - uses: guest-echo/each\n    with: { do: refuse, text: Not today }\n  - publish: [one]\n";
    let project = network(&server.url(), &[("one", "publish: done")])
        .file("posts/a.md", "A\n")
        .pipeline("files", yaml);
    let _ = project.run(&["preview", "files"]).ok().out("Not today");
    let report = project.run(&["run", "files", "--json"]).ok().json();
    assert_eq!(outcomes_of(&report, "one"), ["refused"]);
    assert!(server.changes().is_empty());
}

#[test]
fn a_rule_that_splits_a_post_posts_each_part_once() {
    let server = Network::start();
    let yaml = "name: Files\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: { folder: posts }\n  - uses: guest-echo/apply\n    with: { do: split }\n  - publish: [one]\n";
    let project = network(&server.url(), &[("one", "publish: done")])
        .file(
            "posts/a.md",
            "---\nlink: https://acme.example/a\n---\nWords\n",
        )
        .pipeline("files", yaml);
    for _ in 0..2 {
        let _ = project.run(&["run", "files"]).ok();
    }
    let sent: Vec<Value> = server
        .changes()
        .iter()
        .map(|change| change["texts"][0].clone())
        .collect();
    assert_eq!(sent, [json!("a: Words"), json!("b: Words")]);
}

#[test]
fn the_page_is_one_file_and_runs_nothing_of_the_posts() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")])
        .file("posts/a.md", "---\ntitle: \"</title><script>alert(1)</script>\"\n---\nWords <script>alert(2)</script> and \"quotes\" & more\n")
        .pipeline("files", &steps("one"));
    let _ = project
        .run(&["preview", "files", "--html", "page.html"])
        .ok()
        .out("open page.html");
    let page = project.read("page.html");
    assert!(page.contains("one"), "the account is there");
    assert!(!page.contains("<script>alert("), "nothing of a post is run");
    for outside in ["src=\"http", "href=\"http://127", "@import", "url(http"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn only_so_many_posts_are_shown() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")])
        .pipeline("numbers", &crate::common::numbers(50, "one", ""));
    let preview = project
        .run(&["preview", "numbers", "--limit", "3", "--json"])
        .ok()
        .json();
    assert_eq!(preview["posts"].as_array().unwrap().len(), 3);
}

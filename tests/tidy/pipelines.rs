//! The pipelines that people copy: each passes `check` without a word, and can be previewed without a network.

use std::fs;
use std::path::Path;

use staffetta_tests::{Output, Project, Reply, Server, repository};

/// The only address that the pipelines fetch; nobody lives there.
const FEED: &str = "https://blog.example.com/feed.xml";

/// A copy of `pipelines/` as a project, its feed on a server of the test's own.
fn copy(feed: Option<&Server>) -> Project {
    let project = Project::empty();
    let mut ahead = vec![repository().join("pipelines")];
    let top = ahead[0].clone();
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let inside = path
                .strip_prefix(&top)
                .unwrap()
                .to_str()
                .unwrap()
                .to_string();
            if ["outbox", ".staffetta"].contains(&inside.as_str()) {
                continue;
            }
            if path.is_dir() {
                ahead.push(path);
                continue;
            }
            let mut bytes = fs::read(&path).unwrap();
            if let (Some(server), "yaml") = (feed, ending(&path)) {
                let text = String::from_utf8(bytes).unwrap();
                bytes = text.replace(FEED, &server.url("/feed.xml")).into_bytes();
            }
            project.write(&inside, bytes);
        }
    }
    project
}

fn ending(path: &Path) -> &str {
    path.extension()
        .and_then(|end| end.to_str())
        .unwrap_or_default()
}

fn names() -> Vec<String> {
    let files = fs::read_dir(repository().join("pipelines"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let yaml = files.filter(|path| ending(path) == "yaml");
    let names = yaml.map(|path| path.file_stem().unwrap().to_str().unwrap().to_string());
    let mut names: Vec<_> = names.filter(|name| name != "staffetta").collect();
    names.sort();
    names
}

#[test]
fn pipelines_pass_check_without_a_word() {
    let output: Output = copy(None).run(&["check"]).ok();
    assert_eq!(output.stderr, "", "{}", output.describe());
    for name in names() {
        assert!(
            output.stdout.contains(&format!("ok {name}.yaml")),
            "{name}: {}",
            output.describe()
        );
    }
}

#[test]
fn pipelines_preview_without_a_network() {
    let feed = fs::read(repository().join("pipelines/demo/feed.xml")).unwrap();
    let server = Server::start(move |_| Reply::ok("application/rss+xml", feed.clone()));
    let fetching = fs::read_to_string(repository().join("pipelines/new-article.yaml")).unwrap();
    assert!(
        fetching.contains(FEED),
        "another address is fetched: put it into FEED"
    );
    let project = copy(Some(&server));
    for name in names() {
        let output = project.run(&["preview", &name, "--json"]).ok();
        let preview = output.json();
        let posts = preview["posts"].as_array().unwrap();
        // What is new in a feed depends on the day.
        assert!(
            !posts.is_empty() || name == "new-article",
            "{name}: {}",
            output.describe()
        );
        for variant in posts
            .iter()
            .flat_map(|post| post["variants"].as_array().unwrap())
        {
            // The demo shows a refusal as well.
            if name == "demo" {
                continue;
            }
            assert_eq!(
                variant["refused"], false,
                "{name}, {}: {}",
                variant["account"], variant["violations"]
            );
        }
    }
    assert!(!server.requests().is_empty(), "the feed was never fetched");
    assert_eq!(
        project.files("outbox"),
        Vec::<String>::new(),
        "a preview left something"
    );
}

/// What the demo promises: six networks, and posts of both sources on each.
#[test]
fn the_demo_shows_six_networks() {
    let preview = copy(None).run(&["preview", "demo", "--json"]).ok().json();
    let posts = preview["posts"].as_array().unwrap();
    let sources: std::collections::BTreeSet<_> = posts
        .iter()
        .map(|post| post["source"]["origin"]["source"].to_string())
        .collect();
    assert_eq!(sources.len(), 2, "{sources:?}");
    for post in posts {
        let networks: std::collections::BTreeSet<_> = post["variants"]
            .as_array()
            .unwrap()
            .iter()
            .map(|variant| variant["network"].to_string())
            .collect();
        assert_eq!(networks.len(), 6, "{}: {networks:?}", post["title"]);
    }
}

//! Feeds as Eleventy and its RSS plugin write them: the same blog as RSS, Atom and JSON Feed.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use staffetta_tests::{Project, Reply, Request, Server};
use tempfile::TempDir;

use crate::pds::Pds;
use crate::{desk, installed, pictures};

/// A blog, built and served.
struct Blog {
    sources: TempDir,
    public: TempDir,
    server: Server,
}

impl Blog {
    fn start() -> Option<Self> {
        let installed = installed::folder("feeds")?;
        let (sources, public) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        for entry in fs::read_dir(&installed).unwrap().flatten() {
            let (from, to) = (entry.path(), sources.path().join(entry.file_name()));
            match entry.file_name().to_str() {
                Some("node_modules") => symlink(from, to).unwrap(),
                Some("posts") => {
                    fs::create_dir(&to).unwrap();
                    for post in fs::read_dir(from).unwrap().flatten() {
                        fs::copy(post.path(), to.join(post.file_name())).unwrap();
                    }
                }
                _ => drop(fs::copy(from, to).unwrap()),
            }
        }
        let root = public.path().to_path_buf();
        let server = Server::start(move |request| answer(&root, request));
        let blog = Self {
            sources,
            public,
            server,
        };
        blog.build();
        Some(blog)
    }

    /// Writes a post; `build` publishes it.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.sources.path().join("posts").join(name), content).unwrap();
    }

    fn build(&self) {
        let output = Command::new("bash")
            .arg(self.sources.path().join("build.sh"))
            .arg(self.public.path())
            .arg(self.server.url("/"))
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// A project that reads one of its feeds.
    fn project(&self, feed: &str) -> Project {
        Project::empty()
            .file(
                "staffetta.yaml",
                "version: 1\nclients:\n  acme: { name: Acme, time-zone: Europe/Rome, languages: [it] }\naccounts:\n  \
                 acme-linkedin: { client: acme, network: linkedin, via: handoff, handle: Acme, \
                 with: { author: \"urn:li:organization:2414183\" } }\n",
            )
            .pipeline("posts", &self.pipeline(feed, "acme-linkedin"))
    }

    fn pipeline(&self, feed: &str, account: &str) -> String {
        format!(
            "name: Posts\nclient: acme\nsteps:\n  - uses: feed/fetch\n    with: {{ url: \"{}\" }}\n  - publish: [{account}]\n",
            self.server.url(feed)
        )
    }

    /// The requests for one address, so far.
    fn asked(&self, path: &str) -> Vec<Request> {
        self.server
            .requests()
            .into_iter()
            .filter(|request| request.path == path)
            .collect()
    }
}

/// Serves files as a web server does: with a validator, and 304 to who has the file already.
fn answer(root: &Path, request: &Request) -> Reply {
    let Ok(bytes) = fs::read(root.join(request.path.trim_start_matches('/'))) else {
        return Reply::status(404);
    };
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:x}\"", hasher.finish());
    if request.headers.get("if-none-match") == Some(&tag) {
        return Reply::status(304);
    }
    let media_type = match request.path.rsplit('.').next() {
        Some("xml") => "application/rss+xml; charset=utf-8",
        Some("atom") => "application/atom+xml; charset=utf-8",
        Some("json") => "application/feed+json; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        _ => "text/html; charset=utf-8",
    };
    Reply::Answer(
        200,
        vec![
            ("content-type".into(), media_type.into()),
            ("etag".into(), tag),
        ],
        bytes,
    )
}

/// What three formats can all say of a post.
fn common(preview: &Value) -> Vec<Value> {
    let posts = preview["posts"].as_array().unwrap().iter();
    posts
        .map(|post| {
            let source = &post["source"];
            // Eleventy writes when an entry was published in two formats, and that it was updated then in Atom.
            let dates = ["published", "updated"].map(|name| &source["origin"][name]);
            let date = dates.into_iter().find(|date| !date.is_null());
            let media = source["media"].as_array().into_iter().flatten();
            let media: Vec<Value> = media.map(|media| json!([media["url"], media["alt"]])).collect();
            json!({
                "id": source["id"], "title": source["title"], "text": source["text"], "link": source["link"],
                "language": source["language"], "date": date, "media": media,
            })
        })
        .collect()
}

#[test]
fn rss_atom_and_json_feed_of_one_blog_give_the_same_posts() {
    let Some(blog) = Blog::start() else { return };
    let read = |feed: &str| {
        common(
            &blog
                .project(feed)
                .run(&["preview", "posts", "--json"])
                .ok()
                .json(),
        )
    };
    let rss = read("/feed.xml");
    let titles: Vec<&str> = rss
        .iter()
        .map(|post| post["title"].as_str().unwrap())
        .collect();
    let [first, second, third] = titles.as_slice() else {
        panic!("three posts: {titles:?}")
    };
    assert_eq!(*first, "Perché cuociamo due volte: biscotto & smalto");
    assert_eq!(*second, "We open in Bologna on 14 November");
    assert!(
        third.starts_with("Quanto dura davvero una ciotola?"),
        "oldest first: {titles:?}"
    );
    let text = |post: &Value| post["text"].as_str().unwrap().to_string();
    for part in [
        "La prima cottura, il biscotto, porta l'argilla a 980 °C",
        "- la prima dura nove ore",
        "😀 👩‍🎨 e <nessun tag>",
    ] {
        assert!(text(&rss[0]).contains(part), "{part}: {}", text(&rss[0]));
    }
    assert!(
        !text(&rss[1]).contains("not for readers"),
        "a script is no text: {}",
        text(&rss[1])
    );
    assert_eq!(
        rss[1]["media"],
        json!([[
            blog.server.url("/posts/tazze.svg"),
            "Two grey cups on a bench"
        ]])
    );
    assert_eq!(rss[0]["language"], "it");
    assert_eq!(
        rss[0]["date"], 1_791_185_400_000_u64,
        "2026-10-05T07:30:00Z"
    );
    for feed in ["/feed.atom", "/feed.json"] {
        let other = read(feed);
        assert_eq!(other.len(), 3, "{feed}");
        for (other, rss) in other.iter().zip(&rss) {
            assert_eq!(other, rss, "{feed}");
        }
    }
}

#[test]
fn an_unchanged_feed_is_asked_for_by_its_validator_and_not_sent_again() {
    let Some(blog) = Blog::start() else { return };
    for feed in ["/feed.xml", "/feed.atom", "/feed.json"] {
        let project = blog.project(feed);
        let first = desk::last(&project.finish(&mut desk::run(&project)).ok());
        assert_eq!(desk::outcomes(&first).len(), 3, "{feed}");
        let second = desk::last(&project.finish(&mut desk::run(&project)).ok());
        assert_eq!(second["steps"][0]["count"], 0, "{feed}: {second}");
        let asked = blog.asked(feed);
        let validators: Vec<bool> = asked
            .iter()
            .map(|request| request.headers.contains_key("if-none-match"))
            .collect();
        assert_eq!(validators, [false, true], "{feed}");
        assert!(
            matches!(
                answer(blog.public.path(), &asked[1]),
                Reply::Answer(304, ..)
            ),
            "{feed}: the right validator"
        );
    }
}

#[test]
fn only_the_new_item_goes_out_and_its_picture_comes_along() {
    let Some(blog) = Blog::start() else { return };
    let project = blog.project("/feed.xml");
    project.run(&["run", "posts"]).ok();
    let before = project.files("outbox");
    assert!(!before.is_empty());

    let picture = pictures::png(640, 400);
    blog.write("forno.png", &picture);
    blog.write(
        "forno.md",
        "---\ntitle: Il forno nuovo\ndate: 2026-11-20T08:00:00Z\n---\nÈ arrivato.\n\n![Il forno nuovo](/posts/forno.png)\n",
    );
    blog.build();
    let report = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(desk::outcomes(&report), [("acme-linkedin", "posted")]);
    assert_eq!(report["posts"][0]["title"], "Il forno nuovo");
    let new: Vec<String> = project
        .files("outbox")
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    let handed = new
        .iter()
        .any(|file| fs::read(project.path(file)).unwrap() == picture);
    assert!(handed, "the picture is there, byte for byte: {new:?}");

    let third = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(desk::outcomes(&third), []);
}

/// An article whose post failed must not be gone only because the feed was read.
#[test]
fn a_post_that_failed_goes_out_later_though_the_feed_has_nothing_new() {
    let (Some(blog), Some(pds)) = (Blog::start(), Pds::start()) else {
        return;
    };
    let account = pds.account("anna");
    let project = desk::project(pds.url(), &account)
        .pipeline("posts", &blog.pipeline("/feed.xml", "acme-bluesky"));
    let mut refused = desk::run(&project);
    refused.env(desk::PASSWORD, "aaaa-bbbb-cccc-dddd");
    let first = desk::last(&project.finish(&mut refused).code(1));
    assert_eq!(desk::outcomes(&first), [("acme-bluesky", "failed"); 3]);

    let second = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(desk::outcomes(&second), [("acme-bluesky", "posted"); 3]);
    let third = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(
        third["steps"][0]["count"], 0,
        "and then the feed has nothing new"
    );
    let repo = pds.read(&account);
    let mut there: Vec<String> = repo
        .versions()
        .iter()
        .map(|(uri, _)| (*uri).to_string())
        .collect();
    there.sort();
    assert_eq!(desk::receipts(&second), there);
    assert_eq!(repo.threads().len(), 3);
}

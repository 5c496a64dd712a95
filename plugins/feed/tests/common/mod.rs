//! A server made of strings, and posts written out for people to read.
#![allow(dead_code, clippy::unwrap_used)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;

use plugin_feed::Config;
use plugin_feed::document::Bytes;
use plugin_feed::fetch::{Answer, Fetcher, Outside};
use staffetta_plugin::types::{Error, Media, Page, Post, Record};

pub struct Body {
    name: String,
    bytes: Rc<[u8]>,
}

impl Bytes for Body {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        Ok(rest[..rest.len().min(length as usize)].to_vec())
    }
}

#[derive(Clone, Default)]
pub struct Resource {
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
    pub etag: Option<String>,
}

/// Clones share one state.
#[derive(Clone, Default)]
pub struct Server {
    pub pages: Rc<RefCell<BTreeMap<String, Resource>>>,
    pub asked: Rc<RefCell<Vec<String>>>,
}

/// 2026-05-10T00:00:00Z.
pub const NOW: i64 = 1_778_371_200_000;

impl Server {
    pub fn put(&self, url: &str, bytes: impl Into<Vec<u8>>) {
        let resource = Resource {
            bytes: bytes.into(),
            ..Resource::default()
        };
        self.pages.borrow_mut().insert(url.into(), resource);
    }

    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.borrow_mut())
    }
}

impl Outside for Server {
    type Body = Body;

    fn get(
        &self,
        url: &str,
        etag: Option<&str>,
        _modified: Option<&str>,
    ) -> Result<Answer<Body>, Error> {
        self.asked.borrow_mut().push(url.into());
        let pages = self.pages.borrow();
        let page = pages
            .get(url)
            .ok_or_else(|| Error::Permanent(format!("{url}: the server answered 404")))?;
        let unchanged = etag.is_some() && etag == page.etag.as_deref();
        let name = format!("{:?}", {
            use std::hash::{DefaultHasher, Hash, Hasher};
            let mut hasher = DefaultHasher::new();
            page.bytes.hash(&mut hasher);
            hasher.finish()
        });
        Ok(Answer {
            url: url.into(),
            etag: page.etag.clone(),
            modified: None,
            content_type: page.content_type.clone(),
            body: (!unchanged).then(|| Body {
                name,
                bytes: page.bytes.clone().into(),
            }),
        })
    }

    fn now(&self) -> i64 {
        NOW
    }
}

pub fn config(url: &str, more: &str) -> Config {
    serde_json::from_str(&format!("{{\"url\": \"{url}\"{more}}}")).unwrap()
}

/// What a run gave.
#[derive(Default)]
pub struct Run {
    pub posts: Vec<Post>,
    pub notes: Vec<String>,
    pub cursor: Option<String>,
    pub pages: usize,
}

impl Run {
    pub fn items(&self) -> Vec<String> {
        self.posts.iter().map(|p| p.origin.item.clone()).collect()
    }
}

/// Runs until nothing more is to be had; each page by a fresh instance when `fresh` is set, as after a crash.
pub fn run(
    server: &Server,
    config: &Config,
    cursor: Option<String>,
    limit: u32,
    fresh: bool,
) -> Run {
    let mut run = Run {
        cursor,
        ..Run::default()
    };
    let mut fetcher = Fetcher::new(server.clone());
    loop {
        if fresh {
            fetcher = Fetcher::new(server.clone());
        }
        let Page {
            records,
            cursor,
            more,
            notes,
        } = fetcher.fetch(config, run.cursor.as_deref(), limit).unwrap();
        assert!(records.len() <= limit as usize);
        run.posts
            .extend(records.into_iter().map(|record| match record {
                Record::Post(post) => post,
                other => panic!("{other:?}"),
            }));
        run.notes.extend(notes);
        run.cursor = cursor;
        run.pages += 1;
        assert!(run.pages < 20_000, "no end");
        if !more {
            return run;
        }
    }
}

/// One document, fetched once.
pub fn posts_of(bytes: &[u8], content_type: Option<&str>) -> Run {
    let url = "https://acme.example/feed";
    let server = Server::default();
    server.put(url, bytes);
    server.pages.borrow_mut().get_mut(url).unwrap().content_type = content_type.map(String::from);
    run(&server, &config(url, ""), None, 100, false)
}

pub fn try_fetch(bytes: &[u8]) -> Result<Page, Error> {
    let url = "https://acme.example/feed";
    let server = Server::default();
    server.put(url, bytes);
    Fetcher::new(server).fetch(&config(url, ""), None, 100)
}

pub fn error_of(bytes: &[u8]) -> Error {
    try_fetch(bytes).unwrap_err()
}

/// Everything in a post that is not empty.
pub fn dump(run: &Run) -> String {
    let mut out = String::new();
    for post in &run.posts {
        let _ = writeln!(out, "== {}", post.id);
        let mut line = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                let _ = writeln!(out, "{name}: {value}");
            }
        };
        line("title", post.title.as_deref());
        line("link", post.link.as_deref());
        line(
            "item",
            (post.origin.item != post.id).then_some(&post.origin.item),
        );
        line("source", Some(&post.origin.source));
        line("published", post.origin.published.map(time).as_deref());
        line("updated", post.origin.updated.map(time).as_deref());
        line("author", post.author.as_deref());
        line("language", post.language.as_deref());
        line(
            "tags",
            Some(post.tags.join(" | ").as_str()).filter(|t| !t.is_empty()),
        );
        line("summary", post.summary.as_deref());
        line(
            "html",
            post.html
                .as_ref()
                .map(|h| format!("{} bytes", h.len()))
                .as_deref(),
        );
        line(
            "extra",
            Some(&post.extra).filter(|e| *e != "{}").map(String::as_str),
        );
        for media in &post.media {
            line("media", Some(&show(media)));
        }
        let _ = writeln!(out, "--\n{}", post.text);
    }
    for note in &run.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

pub fn show(media: &Media) -> String {
    let mut all = format!("{:?} {}", media.kind, media.url.as_deref().unwrap_or("-"));
    if !media.media_type.is_empty() {
        let _ = write!(all, " {}", media.media_type);
    }
    if let (Some(width), height) = (media.width, media.height) {
        let _ = write!(
            all,
            " {width}x{}",
            height.map_or("?".into(), |h| h.to_string())
        );
    }
    if let Some(bytes) = media.bytes {
        let _ = write!(all, " {bytes} bytes");
    }
    if let Some(duration) = media.duration_ms {
        let _ = write!(all, " {duration} ms");
    }
    if let Some(alt) = &media.alt {
        let _ = write!(all, " “{alt}”");
    }
    all
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at).unwrap().to_string()
}

/// Compares with the file beside the fixture; `BLESS=1` writes it, for a person to read before it is kept.
pub fn golden(path: &str, actual: &str) {
    let path = format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{path}");
}

pub fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

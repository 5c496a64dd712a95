//! The folder `fixtures`, read as the host would hand it over.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use plugin_markdown::Config;
use plugin_markdown::read::{Outside, page};
use staffetta_plugin::exports::source::{File, Trigger};
use staffetta_plugin::files::Failure;
use staffetta_plugin::types::{Error, Media, Page, Post, Record};

/// Files in memory; a blob is named by its path.
#[derive(Default)]
struct Disk {
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    opened: RefCell<Vec<String>>,
    lists: Cell<usize>,
}

impl Disk {
    fn fixtures() -> Self {
        let disk = Self::default();
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        for folder in ["inbox", "inbox/img"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path
                        .strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_string();
                    disk.files
                        .borrow_mut()
                        .insert(name, std::fs::read(path).unwrap());
                }
            }
        }
        disk
    }

    fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        self.files.borrow_mut().insert(path.into(), bytes.into());
    }
}

impl Outside for Disk {
    fn list(
        &self,
        folder: &str,
        glob: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<String>, Error> {
        self.lists.set(self.lists.get() + 1);
        let matches = |path: &String| {
            let inside = path
                .strip_prefix(folder)
                .and_then(|rest| rest.strip_prefix('/'));
            inside.is_some_and(|inside| fast_glob::glob_match(glob, inside))
        };
        let behind = |path: &&String| after.is_none_or(|after| path.as_str() > after);
        Ok(self
            .files
            .borrow()
            .keys()
            .filter(|p| matches(p))
            .filter(behind)
            .take(limit as usize)
            .cloned()
            .collect())
    }

    fn open(&self, path: &str) -> Result<String, Failure> {
        self.opened.borrow_mut().push(path.into());
        if !path.starts_with("inbox/") {
            return Err(Failure::Denied(format!("{path} is not granted")));
        }
        if self.files.borrow().contains_key(path) {
            Ok(path.into())
        } else {
            Err(Failure::Io("not found".into()))
        }
    }

    fn size(&self, blob: &str) -> Result<u64, Error> {
        Ok(self.files.borrow()[blob].len() as u64)
    }

    fn read(&self, blob: &str, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let files = self.files.borrow();
        let rest = files[blob].get(offset as usize..).unwrap_or_default();
        Ok(rest[..rest.len().min(length as usize)].to_vec())
    }
}

fn config(json: &str) -> Config {
    serde_json::from_str(json).unwrap()
}

fn nothing() -> Trigger {
    Trigger {
        files: Vec::new(),
        payload: None,
    }
}

fn brought(disk: &Disk, paths: &[&str]) -> Trigger {
    let files = paths.iter().map(|path| File {
        path: (*path).into(),
        blob: (*path).into(),
        bytes: disk.files.borrow()[*path].len() as u64,
        modified: 0,
    });
    Trigger {
        files: files.collect(),
        payload: None,
    }
}

fn posts(page: &Page) -> Vec<&Post> {
    page.records
        .iter()
        .map(|record| match record {
            Record::Post(post) => post,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// All pages of a run.
fn run(
    disk: &Disk,
    config: &Config,
    trigger: &Trigger,
    mut cursor: Option<String>,
    limit: u32,
) -> (Vec<String>, Option<String>, usize) {
    let (mut items, mut pages) = (Vec::new(), 0);
    loop {
        let found = page(disk, config, trigger, cursor.as_deref(), limit).unwrap();
        items.extend(posts(&found).iter().map(|p| p.origin.item.clone()));
        assert!(found.cursor.as_ref().is_some_and(|c| c.len() < 300));
        cursor = found.cursor;
        pages += 1;
        if !found.more {
            return (items, cursor, pages);
        }
    }
}

fn show(media: &Media) -> String {
    let place = media
        .blob
        .as_deref()
        .or(media.url.as_deref())
        .unwrap_or("-");
    let mut all = format!("{:?} {place} {}", media.kind, media.media_type);
    if let (Some(width), Some(height)) = (media.width, media.height) {
        let _ = write!(all, " {width}x{height}");
    }
    if let Some(focus) = media.focus {
        let _ = write!(all, " at {},{}", focus.x, focus.y);
    }
    if let Some(alt) = &media.alt {
        let _ = write!(all, " “{alt}”");
    }
    all
}

fn dump(page: &Page) -> String {
    let mut out = String::new();
    for post in posts(page) {
        let _ = writeln!(out, "== {} from {}", post.id, post.origin.source);
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value.filter(|v| !v.is_empty()) {
                let _ = writeln!(out, "{name}: {value}");
            }
        };
        let time = |at: i64| jiff::Timestamp::from_millisecond(at).unwrap().to_string();
        line("title", post.title.clone());
        line("summary", post.summary.clone());
        line("link", post.link.clone());
        line("published", post.origin.published.map(time));
        line("updated", post.origin.updated.map(time));
        line("author", post.author.clone());
        line("language", post.language.clone());
        line("tags", Some(post.tags.join(" | ")));
        line("extra", Some(post.extra.clone()).filter(|e| e != "{}"));
        for mention in &post.mentions {
            line(
                "mention",
                Some(format!(
                    "{} {} {}",
                    mention.label, mention.network, mention.handle
                )),
            );
        }
        for media in &post.media {
            line("media", Some(show(media)));
        }
        for own in &post.overrides {
            line(
                "override",
                Some(format!(
                    "{} {} = {} ({})",
                    own.target, own.field, own.value, own.place
                )),
            );
        }
        let _ = writeln!(
            out,
            "--\n{}\n-- html\n{}",
            post.text,
            post.html.as_deref().unwrap_or("none")
        );
    }
    for note in &page.notes {
        let _ = writeln!(out, "note: {note}");
    }
    out
}

#[test]
fn a_folder_becomes_posts_and_notes() {
    let disk = Disk::fixtures();
    let found = page(
        &disk,
        &config(r#"{"folder": "inbox"}"#),
        &nothing(),
        None,
        100,
    )
    .unwrap();
    assert!(!found.more);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/inbox.txt");
    // `BLESS=1` writes the file, for a person to read before it is kept.
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, dump(&found)).unwrap();
    }
    assert_eq!(dump(&found), std::fs::read_to_string(path).unwrap());
    assert!(
        disk.opened.borrow().iter().all(|p| !p.starts_with("..")),
        "nothing outside is even asked for"
    );
}

#[test]
fn every_file_once_a_run_in_pages_of_any_size() {
    let disk = Disk::default();
    for n in 0..250 {
        disk.put(
            &format!("inbox/{:02}/{n:03}.md", n % 7),
            format!("Post {n}"),
        );
    }
    let config = config(r#"{"folder": "./inbox/", "files": "*/*.md"}"#);
    let (all, cursor, _) = run(&disk, &config, &nothing(), None, 1_000);
    assert_eq!(all.len(), 250);
    for limit in [1, 7, 250] {
        let (again, _, pages) = run(&disk, &config, &nothing(), cursor.clone(), limit);
        assert_eq!(again, all, "{limit}");
        assert!(pages <= 250 / limit as usize + 1);
    }
}

#[test]
fn a_file_is_the_same_by_watch_and_by_schedule() {
    let disk = Disk::fixtures();
    let folder = page(
        &disk,
        &config(r#"{"folder": "inbox", "files": "plain.md"}"#),
        &nothing(),
        None,
        9,
    )
    .unwrap();
    let watch = page(
        &disk,
        &config("{}"),
        &brought(&disk, &["inbox/plain.md"]),
        None,
        9,
    )
    .unwrap();
    assert_eq!(posts(&folder)[0].origin, posts(&watch)[0].origin);
    assert_eq!(posts(&watch)[0].origin.item, "inbox/plain.md");
    // An id of its own keeps a file that is moved or renamed the same.
    disk.put("inbox/a.md", "---\nid: 7\n---\nx");
    disk.put("inbox/b.md", "---\nid: 7\n---\nx");
    let moved = run(
        &disk,
        &config("{}"),
        &brought(&disk, &["inbox/a.md", "inbox/b.md"]),
        None,
        9,
    )
    .0;
    assert_eq!(moved, ["7", "7"]);
}

#[test]
fn only_wanted_files_of_the_trigger() {
    let disk = Disk::fixtures();
    disk.put("other/x.md", "x");
    let trigger = brought(
        &disk,
        &[
            "inbox/plain.md",
            "inbox/img/tazza.png",
            "other/x.md",
            "inbox/windows.md",
        ],
    );
    let of = |json: &str| run(&disk, &config(json), &trigger, None, 1).0;
    assert_eq!(
        of("{}"),
        ["inbox/plain.md", "inbox/windows.md", "other/x.md"]
    );
    assert_eq!(
        of(r#"{"folder": "inbox"}"#),
        ["inbox/plain.md", "inbox/windows.md"]
    );
    assert_eq!(
        of(r#"{"folder": "inbox", "files": "{win*,x}.md"}"#),
        ["inbox/windows.md"]
    );
    assert_eq!(
        disk.lists.get(),
        0,
        "the folder is not read when files are brought"
    );
}

#[test]
fn a_cursor_belongs_to_what_was_read() {
    let disk = Disk::fixtures();
    let config = config("{}");
    let first = brought(&disk, &["inbox/plain.md", "inbox/windows.md"]);
    let cut = page(&disk, &config, &first, None, 1).unwrap();
    assert!(cut.more);
    // A new trigger with a file that sorts before the old place is not passed over.
    let second = brought(&disk, &["inbox/completo.md"]);
    assert_eq!(
        run(&disk, &config, &second, cut.cursor.clone(), 9).0,
        ["quaderno-2026"]
    );
    assert_eq!(
        run(&disk, &config, &first, cut.cursor, 9).0,
        ["inbox/windows.md"]
    );
    assert!(matches!(
        page(&disk, &config, &first, Some("x"), 9),
        Err(Error::Permanent(_))
    ));
}

#[test]
fn what_cannot_be_read_never_stops_the_others() {
    let disk = Disk::default();
    disk.put("inbox/1.md", vec![b'x'; 5 << 20]);
    disk.put("inbox/2.md", "Good.");
    disk.put(
        "inbox/3.md",
        "![a](/etc/hosts) ![b](data:image/png;base64,AA) Good.",
    );
    let found = page(
        &disk,
        &config(r#"{"folder": "inbox"}"#),
        &nothing(),
        None,
        9,
    )
    .unwrap();
    assert_eq!(posts(&found).len(), 2);
    for start in [
        "inbox/1.md:1: has 5242880 bytes",
        "inbox/3.md:1: the picture `inbox/etc/hosts`",
        "inbox/3.md:1: `data:",
    ] {
        assert!(
            found.notes.iter().any(|note| note.starts_with(start)),
            "{start}: {:?}",
            found.notes
        );
    }
    let error = page(&disk, &config("{}"), &nothing(), None, 9).unwrap_err();
    assert!(matches!(error, Error::InvalidConfig(e) if e.pointer == "/folder"));
}

/// Cut and damaged files give a post or a note, and never anything else.
#[test]
fn damage_anywhere_is_survived() {
    let disk = Disk::fixtures();
    let whole = disk.files.borrow()["inbox/completo.md"].clone();
    let only = config(r#"{"folder": "inbox", "files": "completo.md"}"#);
    let mut good = 0;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] = [0, 0xFF, b'[', b'&', b':', b'\n'][at % 6];
        for bytes in [damaged, whole[..at].to_vec()] {
            disk.put("inbox/completo.md", bytes);
            let found = page(&disk, &only, &nothing(), None, 9).unwrap();
            assert!(found.records.len() == 1 || found.notes.len() == 1);
            good += found.records.len();
        }
    }
    assert!(good > 500, "{good}");
    disk.put(
        "inbox/completo.md",
        "---\nlin\u{212A}.x: https://acme.example\n---\nx",
    );
    assert_eq!(
        page(&disk, &only, &nothing(), None, 9)
            .unwrap()
            .records
            .len(),
        1
    );
}

#[test]
fn hostile_text_stays_small() {
    let disk = Disk::default();
    disk.put("inbox/1.md", format!("{}x", "> ".repeat(20_000)));
    disk.put(
        "inbox/2.md",
        format!("{}x{}", "[".repeat(20_000), "](y)".repeat(20_000)),
    );
    disk.put("inbox/3.md", format!("{}x", "*a **b ".repeat(20_000)));
    let found = page(
        &disk,
        &config(r#"{"folder": "inbox"}"#),
        &nothing(),
        None,
        9,
    )
    .unwrap();
    let posts = posts(&found);
    assert_eq!(posts.len(), 3);
    assert!(
        posts[0].text.len() < 100 && posts[0].text.ends_with('x'),
        "{}",
        posts[0].text.len()
    );
    assert!(posts.iter().all(|post| post.text.len() < 400_000));
}

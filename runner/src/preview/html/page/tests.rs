//! The page as its reader has it: words as they are sent, nothing loaded, nothing from outside that could act.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::sample;
use crate::host::BlobStore;
use crate::plugin::manifest::Layout;
use crate::preview::html::page;
use crate::preview::{JSON_VERSION, Preview, Shown, Variant};

/// Blobs in a folder that goes away.
struct Store(BlobStore, std::path::PathBuf);

impl Store {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("staffetta-page-{name}-{}", std::process::id()));
        Self(BlobStore::at(&folder), folder)
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.1);
    }
}

fn alone(shown: Shown) -> Preview {
    Preview {
        version: JSON_VERSION,
        pipeline: "p".into(),
        client: "c".into(),
        posts: vec![shown],
        notes: Vec::new(),
    }
}

fn of(variant: Variant) -> Preview {
    let source = sample::post("1", "Title", "Text", Vec::new());
    alone(Shown {
        title: "Title".into(),
        source,
        variants: vec![variant],
    })
}

/// What stands between two marks, every time.
fn between<'a>(page: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    page.split(open)
        .skip(1)
        .filter_map(|rest| rest.split(close).next())
        .collect()
}

/// What a reader sees of HTML that has no elements which hide.
fn read(html: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    let entities = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ];
    entities
        .iter()
        .fold(out, |text, (entity, c)| text.replace(entity, c))
}

#[tokio::test]
async fn the_whole_page_loads_nothing_and_runs_only_its_own_script() {
    let store = Store::new("whole");
    let preview = sample::preview(&store.0).await;
    let page = page(&preview, &store.0).unwrap();
    if let Ok(path) = std::env::var("STAFFETTA_SHOW_PAGE") {
        std::fs::write(path, &page).unwrap();
    }
    for loading in [
        "<link",
        "<img",
        "<object",
        "<embed",
        "@import",
        "url(http",
        " src=\"",
        "url(\"http",
        "<base",
    ] {
        assert!(!page.contains(loading), "{loading} is in the page");
    }
    let policy = read(between(&page, "Content-Security-Policy\" content=\"", "\"")[0]);
    assert!(
        policy.starts_with("default-src 'none'; img-src data:; "),
        "{policy}"
    );
    let scripts = between(&page, "<script>", "</script>");
    assert_eq!(scripts.len(), 1);
    for own in scripts
        .into_iter()
        .chain(between(&page, "<style>", "</style>"))
    {
        let hash = STANDARD.encode(Sha256::digest(own));
        assert!(
            policy.contains(&format!("'sha256-{hash}'")),
            "not named in the policy: {}",
            &own[..own.len().min(80)]
        );
    }
    assert!(!policy.contains("script-src 'unsafe") && !policy.contains("elem 'unsafe"));
}

#[tokio::test]
async fn what_comes_from_outside_can_not_act() {
    let store = Store::new("harm");
    let page = page(&sample::preview(&store.0).await, &store.0).unwrap();
    assert!(
        page.contains("&lt;script&gt;alert(1)"),
        "the words themselves are shown"
    );
    assert!(
        !page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("\0")
    );
    for address in between(&page, "href=\"", "\"") {
        let address = read(address);
        assert!(
            address.starts_with("http") || address.starts_with('#'),
            "{address}"
        );
    }
    let frames = between(&page, "<iframe ", ">");
    assert!(
        !frames.is_empty()
            && frames
                .iter()
                .all(|frame| frame.starts_with("sandbox=\"\" "))
    );
    assert!(
        between(&page, "style=\"", "\"")
            .iter()
            .all(|style| !style.contains(['<', '}', '(']))
    );
    assert!(
        page.contains("U+202E × 1"),
        "what turns the reading direction is named"
    );
    assert!(page.contains("more characters are not drawn here"));
    assert!(
        page.len() < 400_000,
        "a text of 100,000 characters is not drawn whole: {}",
        page.len()
    );
    let langs = between(&page, " lang=\"", "\"");
    assert!(
        langs.iter().all(|lang| matches!(*lang, "it" | "en")),
        "{langs:?}"
    );
}

#[tokio::test]
async fn every_layout_shows_the_text_as_it_is_sent() {
    let store = Store::new("layouts");
    let source = sample::post("1", "Title", "Text", Vec::new());
    let text = "Due  spazi, a capo\n\nè \"qui\" <b>no</b> #tag https://acme.example/a?b=1&c=2";
    for layout in [
        Layout::Microblog,
        Layout::Pin,
        Layout::Photo,
        Layout::Professional,
        Layout::Email,
        Layout::Article,
        Layout::Chat,
        Layout::Video,
        Layout::Folder,
    ] {
        let parts = vec![sample::part(text, Vec::new(), 300)];
        let page = page(
            &of(sample::variant(&source, "N", "#123456", layout, parts)),
            &store.0,
        )
        .unwrap();
        let stage = between(&page, "<div class=\"stage\"", "<div class=\"facts\"")[0];
        let drawn: Vec<String> = between(stage, "<div class=\"words\" dir=\"auto\">", "</div>")
            .into_iter()
            .map(read)
            .collect();
        assert_eq!(drawn, [text], "{layout:?}");
        assert!(
            stage.contains("class=\"tag\"") && stage.contains("class=\"link\""),
            "{layout:?}"
        );
    }
}

#[tokio::test]
async fn a_picture_is_in_the_page_once_and_says_its_alt_text() {
    let store = Store::new("pictures");
    let media = sample::picture(
        &store.0,
        (800, 1000),
        ["#111111", "#222222", "#333333"],
        Some("A cup \"at\" dawn"),
    )
    .await;
    let mut parts = vec![
        sample::part("one", vec![media.clone()], 300),
        sample::part("two", vec![media.clone()], 300),
    ];
    let mut gone = media.clone();
    gone.blob = Some(format!("sha256:{}", "0".repeat(64)));
    gone.alt = None;
    let mut huge = media.clone();
    huge.blob = Some(store.0.put(&vec![7; 7 << 20]).await.unwrap());
    let mut odd = media.clone();
    (odd.blob, odd.media_type) = (
        Some(store.0.put(b"PK not a picture").await.unwrap()),
        "image/png".into(),
    );
    parts.push(sample::part("three", vec![gone, huge, odd], 300));
    let source = sample::post("1", "Title", "Text", vec![media]);
    let page = page(
        &of(sample::variant(
            &source,
            "N",
            "#123456",
            Layout::Microblog,
            parts,
        )),
        &store.0,
    )
    .unwrap();
    assert_eq!(page.matches("data:image/svg+xml;base64,").count(), 1);
    assert_eq!(
        page.matches("aria-label=\"A cup &quot;at&quot; dawn\"")
            .count(),
        2
    );
    assert_eq!(page.matches("aspect-ratio:0.800").count(), 2);
    for why in [
        "Not stored here.",
        "Too large for this page (7.3 MB)",
        "A browser can&#x27;t draw this type.",
        "no alt text",
    ] {
        assert!(page.contains(why), "{why}");
    }
}

#[tokio::test]
async fn a_mail_is_framed_with_its_pictures_and_its_styles_named() {
    let store = Store::new("mail");
    let page = page(&sample::preview(&store.0).await, &store.0).unwrap();
    let frame = read(&read(between(&page, "srcdoc=\"", "\"")[0]));
    assert!(
        frame.contains("Alba è qui") && frame.contains("Leggi tutto"),
        "{frame}"
    );
    let framed = between(&page, "srcdoc=\"", "\"")[0];
    assert!(framed.contains("img src=&quot;data:image&#x2f;svg+xml;base64,"));
    assert!(!framed.contains("{media:0}"));
    let hash = STANDARD
        .encode(Sha256::digest(".b{padding:12px 24px}"))
        .replace('/', "&#x2f;");
    assert!(
        page.contains(&hash),
        "the policy names the mail's own style"
    );
}

#[tokio::test]
async fn states_figures_and_reasons_are_told_in_words() {
    let store = Store::new("words");
    let page = read(&page(&sample::preview(&store.0).await, &store.0).unwrap());
    for words in [
        "New, would go out",
        "Posted already, will not go out again · 25 Sep 2026, 11:02 UTC · see it there",
        "Refused, would not go out",
        "In doubt, nobody knows yet whether it went out: the server closed the connection",
        "338 of 280 graphemes",
        "Refused: Board",
        "the link belongs in the text there",
        "cut 190 characters, added 51 (link, tag)",
        "3 of 3 pictures",
        "nothing to draw",
        "1 entry without a date",
        "4 accounts, 2 refused, 1 not settled",
        "blog.acme.example/alba… leads to https://blog.acme.example/alba?utm_source=social",
    ] {
        let spaced = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(spaced.contains(words), "{words} is missing");
    }
}

#[tokio::test]
async fn without_its_script_all_is_there() {
    let store = Store::new("script");
    let preview = sample::preview(&store.0).await;
    let page = page(&preview, &store.0).unwrap();
    assert_eq!(page.matches("<article class=\"variant").count(), 16);
    assert!(
        between(&page, "<article class=\"variant", ">")
            .iter()
            .all(|tag| !tag.contains("hidden"))
    );
    assert!(
        between(&page, "<section class=\"filter\"", ">")[0].ends_with(" hidden"),
        "buttons that would do nothing"
    );
    assert_eq!(page.matches("<nav class=\"contents\"").count(), 1);
    let few = Preview {
        posts: preview.posts[..3].to_vec(),
        ..preview
    };
    assert!(
        !super::super::page(&few, &store.0)
            .unwrap()
            .contains("<nav class=\"contents\"")
    );
}

#[test]
fn nothing_to_show_is_said() {
    let store = Store::new("none");
    let none = Preview {
        posts: Vec::new(),
        ..alone(Shown {
            title: String::new(),
            source: sample::post("1", "", "", Vec::new()),
            variants: Vec::new(),
        })
    };
    assert!(
        page(&none, &store.0)
            .unwrap()
            .contains("no post would go out")
    );
}

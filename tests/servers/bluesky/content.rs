//! What a post is when it has arrived, and that nothing arrives twice.

use serde_json::{Value, json};

use crate::pds::Pds;
use crate::{desk, pictures};

/// Text in which bytes, characters and UTF-16 units all differ, before and between everything that becomes clickable.
const PICTURES: &str = "\
---
tags: [ceramica, bottega]
lang: it
images:
  - { file: img/lago.jpg, alt: \"Una ciotola blu – «lago»\" }
  - { file: img/smalti.png, alt: Otto prove di smalto 🎨 }
---
Perché cuociamo due volte 👩‍🎨? Leggi https://acme.example/laboratori?da=blog&mese=11 con @qualcuno.test e #forno, poi #però.
";

const CARD: &str = "\
---
title: Il corso d'inverno
summary: Due sabati di dicembre, sei torni.
link: https://acme.example/corsi/inverno
lang: en-GB
---
Two Saturdays in December.
";

/// Three times the length of a post, with a link in the middle.
fn long() -> String {
    let paragraph = |from: usize| {
        let words: Vec<String> = (from..from + 45).map(|n| format!("parola{n}")).collect();
        format!("{}.", words.join(" "))
    };
    format!(
        "---\nlang: it\n---\n{}\n\n{} https://acme.example/a/very/long/way/to/a/page {}\n\n{}\n",
        paragraph(100),
        paragraph(200),
        paragraph(300),
        paragraph(400)
    )
}

#[test]
fn text_links_tags_pictures_and_languages_arrive_as_they_were_written() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let (photo, drawing) = (pictures::jpeg(400, 300), pictures::png(20, 50));
    let project = desk::project(pds.url(), &account)
        .file("inbox/a.md", PICTURES)
        .file("inbox/img/lago.jpg", &photo)
        .file("inbox/img/smalti.png", &drawing);
    project.run(&["run", "posts"]).ok();

    let repo = pds.read(&account);
    let [post] = repo.posts() else {
        panic!("one post: {}", repo.0)
    };
    assert_eq!(
        post["valid"], true,
        "the network's own schema takes it: {post}"
    );
    let text = post["text"].as_str().unwrap();
    assert_eq!(
        text,
        "Perché cuociamo due volte 👩‍🎨? Leggi acme.example/laboratori?da… con @qualcuno.test e #forno, poi #però."
    );
    // Both our reading of the byte ranges and the network's library cut out the same words, and the whole link is behind.
    let cut: Vec<&str> = post["facets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|facet| {
            let at = |end: &str| usize::try_from(facet["index"][end].as_u64().unwrap()).unwrap();
            &text[at("byteStart")..at("byteEnd")]
        })
        .collect();
    assert_eq!(cut, ["acme.example/laboratori?da…", "#forno", "#però"]);
    let segments: Vec<Value> = post["segments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|segment| {
            ["link", "tag", "mention"]
                .iter()
                .any(|kind| !segment[kind].is_null())
        })
        .cloned()
        .collect();
    assert_eq!(
        Value::from(segments),
        json!([
            {"text": "acme.example/laboratori?da…", "link": "https://acme.example/laboratori?da=blog&mese=11"},
            {"text": "#forno", "tag": "forno"},
            {"text": "#però", "tag": "però"},
        ]),
        "a name whose owner is not known stays text"
    );
    assert_eq!(post["langs"], json!(["it"]));
    assert_eq!(post["tags"], json!(["ceramica", "bottega"]));

    let images = post["images"].as_array().unwrap();
    let told: Vec<Value> = images
        .iter()
        .map(|image| json!([image["alt"], image["aspectRatio"], image["servedAs"]]))
        .collect();
    assert_eq!(
        told,
        [
            json!(["Una ciotola blu – «lago»", {"width": 400, "height": 300}, "image/jpeg"]),
            json!(["Otto prove di smalto 🎨", {"width": 20, "height": 50}, "image/png"]),
        ]
    );
    for (image, file) in images.iter().zip([photo, drawing]) {
        let hex: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            image["hex"].as_str(),
            Some(hex.as_str()),
            "the server has the very bytes of the file"
        );
        assert_eq!(image["declaredSize"], file.len());
    }
}

#[test]
fn a_long_text_is_a_thread_in_order_with_nothing_lost() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let project = desk::project(pds.url(), &account).file("inbox/a.md", long());
    let run = desk::last(&project.finish(&mut desk::run(&project)).ok());

    let repo = pds.read(&account);
    let threads = repo.threads();
    let [thread] = threads.as_slice() else {
        panic!("one thread: {}", repo.0)
    };
    assert!(
        thread.len() >= 3,
        "as many parts as it needs: {}",
        thread.len()
    );
    assert_eq!(
        thread.len(),
        repo.posts().len(),
        "no part outside of the thread"
    );
    let reference = |post: &Value| json!({"uri": post["uri"], "cid": post["cid"]});
    assert_eq!(thread[0]["reply"], Value::Null);
    for (before, part) in thread.iter().zip(&thread[1..]) {
        assert_eq!(part["reply"]["root"], reference(thread[0]));
        assert_eq!(part["reply"]["parent"], reference(before));
        assert!(
            part["rkey"].as_str() > before["rkey"].as_str(),
            "keys sort in the thread's order"
        );
    }
    let texts: Vec<&str> = thread
        .iter()
        .map(|part| part["text"].as_str().unwrap())
        .collect();
    for (part, text) in thread.iter().zip(&texts) {
        assert!(text.chars().count() <= 300, "{text}");
        assert_eq!(part["valid"], true);
        assert_eq!(part["langs"], json!(["it"]));
    }
    let source = long();
    let written: Vec<&str> = source
        .split("---\n")
        .last()
        .unwrap()
        .split_whitespace()
        .collect();
    let read: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split_whitespace())
        .collect();
    let shown = |words: Vec<&str>| {
        words
            .into_iter()
            .filter(|word| !word.contains("acme.example"))
            .count()
    };
    assert_eq!(read.len(), written.len(), "every word once: {texts:?}");
    assert_eq!(shown(read), shown(written));
    let links: Vec<&Value> = thread
        .iter()
        .flat_map(|part| part["segments"].as_array().unwrap())
        .map(|segment| &segment["link"])
        .filter(|link| !link.is_null())
        .collect();
    assert_eq!(links, ["https://acme.example/a/very/long/way/to/a/page"]);
    let sorted: Vec<String> = repo
        .versions()
        .iter()
        .map(|(uri, _)| (*uri).to_string())
        .collect();
    assert_eq!(desk::receipts(&run), sorted, "the receipt names every part");
}

#[test]
fn a_link_without_a_picture_is_a_card() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let project = desk::project(pds.url(), &account).file("inbox/a.md", CARD);
    project.run(&["run", "posts"]).ok();

    let repo = pds.read(&account);
    let [post] = repo.posts() else {
        panic!("one post: {}", repo.0)
    };
    assert_eq!(post["kind"], "app.bsky.embed.external");
    assert_eq!(
        post["external"],
        json!({
            "uri": "https://acme.example/corsi/inverno",
            "title": "Il corso d'inverno",
            "description": "Due sabati di dicembre, sei torni.",
        })
    );
    assert_eq!(post["text"], "Two Saturdays in December.");
    assert_eq!(post["langs"], json!(["en-GB"]));
}

/// People see one thing in a preview and find another one online: here the preview is the record.
#[test]
fn what_the_preview_showed_is_what_the_server_has() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let project = desk::project(pds.url(), &account)
        .file("inbox/a.md", PICTURES)
        .file("inbox/b.md", CARD)
        .file("inbox/c.md", long())
        .file("inbox/img/lago.jpg", pictures::jpeg(400, 300))
        .file("inbox/img/smalti.png", pictures::png(20, 50));
    let preview = project.run(&["preview", "posts", "--json"]).ok().json();
    assert_eq!(
        pds.read(&account).posts().len(),
        0,
        "a preview sends nothing"
    );
    project.run(&["run", "posts"]).ok();

    let shown: Vec<Value> = preview["posts"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|post| post["variants"][0]["composed"]["parts"].as_array().unwrap())
        .map(|part| serde_json::from_str(part["payload"].as_str().unwrap()).unwrap())
        .collect();
    let repo = pds.read(&account);
    let mut there: Vec<Value> = repo
        .posts()
        .iter()
        .map(|post| post["record"].clone())
        .collect();
    for record in &mut there {
        // Only sending knows them.
        record
            .as_object_mut()
            .unwrap()
            .retain(|field, _| field != "createdAt" && field != "reply");
    }
    assert!(there.len() >= 5, "two posts and a thread: {}", there.len());
    assert_eq!(there, shown);
}

#[test]
fn running_again_posts_nothing_again_and_only_what_is_new() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let project = desk::project(pds.url(), &account)
        .file("inbox/a.md", CARD)
        .file("inbox/c.md", long());
    let first = desk::last(&project.finish(&mut desk::run(&project)).ok());
    let before = pds.read(&account);

    let second = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(
        desk::outcomes(&second),
        [("acme-bluesky", "already-posted"); 2]
    );
    assert_eq!(
        desk::receipts(&second),
        desk::receipts(&first),
        "the same proofs"
    );
    // What was published and then touched stays as it is; what is new goes out.
    project.write("inbox/a.md", CARD.replace("December", "January"));
    project.write("inbox/b.md", "Ciao");
    let third = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(
        desk::outcomes(&third),
        [
            ("acme-bluesky", "already-posted"),
            ("acme-bluesky", "posted"),
            ("acme-bluesky", "already-posted")
        ]
    );
    let after = pds.read(&account);
    let versions = after.versions();
    let (old, new) = versions.split_at(before.posts().len());
    assert_eq!(old, before.versions());
    assert_eq!(new.len(), 1);
    assert_eq!(after.texts().last(), Some(&"Ciao"));
}

//! Texts that are too long: as few parts as possible, balanced, cut where a reader would, nothing lost.

#![allow(clippy::unwrap_used)]

mod support;

use plugin_bluesky::check::check;
use plugin_bluesky::settings::Settings;
use plugin_bluesky::text::Size;
use staffetta_plugin::serde_json::{Value, json};
use staffetta_plugin::{Account, Composed, Post, Segment, Severity};
use support::{account, compose, payload, picture, post};

const LINK: &str = "https://blog.acme.example/2026/11/un-articolo-lungo?utm_source=bluesky";

fn codes(account: &Account, composed: &Composed) -> Vec<(String, String, Severity)> {
    let settings = Settings::of(account).unwrap();
    check(account, &settings, composed)
        .into_iter()
        .map(|v| (v.code, v.field, v.severity))
        .collect()
}

fn article() -> Post {
    let mut article = post("Perché sì: 🎉 leggi");
    article.title = Some("Un articolo".into());
    article.summary = Some("In breve".into());
    article.link = Some(LINK.into());
    article
}

fn long_text() -> String {
    (1..=40)
        .map(|n| format!("Questa è la frase numero {n} di un testo lungo. "))
        .collect()
}

#[test]
fn too_long_a_text_becomes_a_balanced_thread() {
    let account = account(json!({}));
    let text = long_text();
    let composed = compose(&account, &post(&text));
    let sizes: Vec<u32> = composed.parts.iter().map(|p| p.lengths[0].length).collect();
    assert_eq!(
        sizes.len() as u32,
        Size::of(text.trim()).graphemes.div_ceil(300),
        "as few as possible: {sizes:?}"
    );
    assert!(
        sizes.iter().all(|s| *s <= 300)
            && sizes.iter().max().unwrap() - sizes.iter().min().unwrap() < 100
    );
    assert!(
        composed
            .parts
            .iter()
            .all(|p| p.text.starts_with("Questa") && p.text.ends_with("lungo.")),
        "{sizes:?}"
    );
    let joined: Vec<&str> = composed.parts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(joined.join(" "), text.trim(), "nothing is lost");
    assert!(codes(&account, &composed).is_empty() && composed.notes.len() == 1);
    // Without threads it is refused and stays whole.
    let single = support::account(json!({"thread": false}));
    let composed = compose(&single, &post(&text));
    assert_eq!(composed.parts.len(), 1);
    assert!(
        codes(&single, &composed)
            .iter()
            .any(|(code, ..)| code == "too-long")
    );
}

#[test]
fn no_part_of_a_few_words() {
    let account = account(json!({}));
    let padded = compose(&account, &post(&format!("\n{}\n\n\n", "a".repeat(298))));
    assert_eq!(
        (
            padded.parts.len(),
            padded.parts[0].text.len(),
            padded.notes.len()
        ),
        (1, 298, 1)
    );
    let text = format!("{}fine di tutto", "parola ".repeat(42));
    let composed = compose(&account, &post(&text));
    assert_eq!(composed.parts.len(), 2);
    assert!(
        composed
            .parts
            .iter()
            .all(|p| p.text.split(' ').count() > 15)
    );
    // Paragraphs are liked better than an even cut.
    let text = format!(
        "{}\n\n{}",
        "uno ".repeat(45).trim(),
        "due ".repeat(60).trim()
    );
    let parts = compose(&account, &post(&text)).parts;
    assert!(!parts[0].text.contains("due") && !parts[1].text.contains("uno"));
}

#[test]
fn tokens_and_clusters_survive_every_cut() {
    let account = account(json!({}));
    let link = "https://a.example/percorso/molto/lungo";
    let runs = [
        "👨‍👩‍👧‍👦".repeat(400),
        "漢字仮名".repeat(200),
        "x".repeat(1000),
        format!("{link} #etichetta @anna.example ").repeat(40),
        format!("{}#fine {link}", "a ".repeat(149)),
    ];
    for text in runs {
        let composed = compose(&account, &post(&text));
        assert!(
            codes(&account, &composed).is_empty(),
            "{:?}",
            codes(&account, &composed)
        );
        let targets: usize = composed
            .parts
            .iter()
            .map(|p| p.spans.iter().filter(|s| s.target == link).count())
            .sum();
        assert_eq!(targets, text.matches(link).count());
        let clusters: u32 = composed
            .parts
            .iter()
            .map(|p| Size::of(&p.text.replace(' ', "")).graphemes)
            .sum();
        let shown = compose(&support::account(json!({"thread": false})), &post(&text)).parts[0]
            .text
            .replace(' ', "");
        assert_eq!(clusters, Size::of(&shown).graphemes);
        for part in &composed.parts {
            assert!(
                part.text
                    .split('@')
                    .skip(1)
                    .all(|rest| rest.starts_with("anna.example"))
            );
        }
    }
}

#[test]
fn the_link_of_a_thread_with_pictures_is_carded_in_its_last_part() {
    let mut long = article();
    long.text = long_text();
    long.media = vec![picture(b"a", Some("alt"))];
    let composed = compose(&account(json!({})), &long);
    let last = composed.parts.len() - 1;
    assert!(last > 0);
    assert_eq!(
        payload(&composed, 0)["embed"]["$type"],
        "app.bsky.embed.images"
    );
    assert_eq!(payload(&composed, last)["embed"]["external"]["uri"], LINK);
    assert!((1..last).all(|part| payload(&composed, part)["embed"] == Value::Null));
}

#[test]
fn a_rules_own_thread_is_taken_as_it_is() {
    let mut split = post("uno due");
    let segment = |text: &str, media| Segment {
        text: text.into(),
        media,
    };
    split.thread = vec![
        segment("uno", vec![]),
        segment("due", vec![picture(b"a", Some("alt"))]),
    ];
    split.tags = vec!["t".into()];
    let composed = compose(&account(json!({"thread": false})), &split);
    assert_eq!(
        composed
            .parts
            .iter()
            .map(|p| p.text.as_str())
            .collect::<Vec<_>>(),
        ["uno", "due"]
    );
    assert_eq!(
        payload(&composed, 1)["embed"]["$type"],
        "app.bsky.embed.images"
    );
    assert_eq!(
        (
            payload(&composed, 0)["tags"].clone(),
            payload(&composed, 1)["tags"].clone()
        ),
        (json!(["t"]), Value::Null)
    );
    let parts = codes(&account(json!({"thread": false})), &composed);
    assert_eq!(parts[0].0, "too-many-parts");
    assert!(codes(&account(json!({})), &composed).is_empty());
}

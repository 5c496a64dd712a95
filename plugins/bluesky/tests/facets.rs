//! Links, mentions and tags against what the network's own library finds in the same texts (`fixtures/facets.json`), and
//! lengths against what it counts.

#![allow(clippy::unwrap_used)]

use plugin_bluesky::facets::{short_link, tokens};
use plugin_bluesky::text::Size;
use staffetta_plugin::serde_json::{self, Value, json};
use staffetta_plugin::{Mention, SpanKind};

fn read(text: &str) -> Vec<Value> {
    serde_json::from_str::<Value>(text)
        .unwrap()
        .as_array()
        .unwrap()
        .clone()
}

fn found(text: &str, mentions: &[Mention]) -> Vec<Value> {
    tokens(text, mentions)
        .iter()
        .map(|token| {
            let kind = match token.kind {
                SpanKind::Link => "link",
                SpanKind::Mention => "mention",
                SpanKind::Tag => "tag",
            };
            json!({"start": token.start, "end": token.end, "kind": kind, "target": token.target})
        })
        .collect()
}

#[test]
fn the_same_as_the_networks_own_library() {
    let theirs = read(include_str!("../fixtures/facets.json"));
    let texts = read(include_str!("../fixtures/texts.json"));
    assert_eq!(theirs.len(), texts.len(), "run fixtures/facets.mjs again");
    let mut differ = Vec::new();
    for (theirs, case) in theirs.iter().zip(&texts) {
        let text = case["text"].as_str().unwrap();
        assert_eq!(theirs["text"], text, "run fixtures/facets.mjs again");
        let ours = found(text, &[]);
        if case["ours"].is_null() {
            if json!(ours) != theirs["facets"] {
                differ.push(format!(
                    "{text}\n  ours   {}\n  theirs {}",
                    json!(ours),
                    theirs["facets"]
                ));
            }
        } else {
            // A stated difference must still be one.
            assert_eq!(json!(ours), case["ours"], "{text}");
            assert_ne!(json!(ours), theirs["facets"], "{text}");
        }
        assert_eq!(
            json!(Size::of(text).graphemes),
            theirs["graphemes"],
            "{text}"
        );
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

fn person(label: &str, network: &str, id: Option<&str>) -> Mention {
    Mention {
        label: label.into(),
        network: network.into(),
        handle: "anna.example".into(),
        id: id.map(String::from),
    }
}

#[test]
fn named_people_are_found_as_whole_words() {
    let people = [
        person("@anna", "bluesky", Some("did:plc:anna")),
        person("@anna", "x", None),
    ];
    let text = "@annabella, @anna.other.example e @anna. Ciao (@anna)";
    let linked: Vec<_> = tokens(text, &people)
        .into_iter()
        .filter(|t| t.did.is_some())
        .collect();
    assert_eq!(
        linked.iter().map(|t| (t.start, t.end)).collect::<Vec<_>>(),
        [(34, 39), (47, 52)]
    );
    assert!(
        linked
            .iter()
            .all(|t| t.did.as_deref() == Some("did:plc:anna") && t.target == "anna.example")
    );
}

#[test]
fn only_a_did_of_this_network_makes_a_mention() {
    for people in [
        [person("Anna Rossi", "x", Some("did:plc:a"))],
        [person("Anna Rossi", "bluesky", Some("12345"))],
    ] {
        assert!(
            tokens("Ciao Anna Rossi", &people)
                .iter()
                .all(|t| t.did.is_none())
        );
    }
}

#[test]
fn links_are_shown_short() {
    assert_eq!(
        short_link("https://www.acme.example/", 15),
        "www.acme.example"
    );
    assert_eq!(
        short_link("https://acme.example/123456789abcde", 15),
        "acme.example/123456789abcde"
    );
    assert_eq!(
        short_link("https://acme.example/123456789abcdef", 15),
        "acme.example/123456789abcd…"
    );
    assert_eq!(
        short_link("http://acme.example?utm_source=a_long_name", 15),
        "acme.example?utm_source=a_…"
    );
    // Never inside a cluster.
    assert_eq!(short_link("https://a.example/👨‍👩‍👧👨‍👩‍👧👨‍👩‍👧", 3), "a.example/👨‍👩‍👧…");
}

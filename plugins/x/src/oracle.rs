//! Compares counting and linking with what the network's own library answered (`fixtures/oracle.mjs`). Only a test.
#![allow(clippy::unwrap_used)]

use serde_json::Value;
use staffetta_plugin::{SpanKind, serde_json};
use unicode_normalization::UnicodeNormalization;

use crate::{count, entities};

/// The answers for more texts can be given by their path in `X_ORACLE`.
fn cases() -> Vec<Value> {
    let own = include_str!("../fixtures/oracle.jsonl").to_string();
    let text = std::env::var("X_ORACLE").map_or(own, |path| std::fs::read_to_string(path).unwrap());
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn counts_and_links_as_the_networks_own_library() {
    let cases = cases();
    assert!(cases.len() >= 1000, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let text = case["text"].as_str().unwrap();
        let length = count::length(text);
        if u64::from(length) != case["length"].as_u64().unwrap() {
            wrong.push(format!("{text:?}: {length}, not {}", case["length"]));
        }
        let normal: String = text.nfc().collect();
        let spans: Vec<Value> = entities::find(&normal)
            .iter()
            .map(|span| {
                let kind = match span.kind {
                    SpanKind::Link => "link",
                    SpanKind::Mention => "mention",
                    SpanKind::Tag => "tag",
                };
                serde_json::json!([span.start, span.end, kind])
            })
            .collect();
        if Value::Array(spans.clone()) != case["spans"] {
            wrong.push(format!("{text:?}: {spans:?}, not {}", case["spans"]));
        }
    }
    let some = wrong
        .iter()
        .take(12)
        .cloned()
        .collect::<Vec<_>>()
        .join("\n");
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{some}",
        wrong.len(),
        cases.len()
    );
}

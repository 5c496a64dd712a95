//! What a record says about itself beside its text: hidden tags and languages, within the lexicon's limits. What has to be
//! left out is noted.

use staffetta_plugin::{Account, Facts, Post, SpanKind};

use crate::facets::tokens;
use crate::settings::Settings;
use crate::text::Size;

/// The tags that the text does not show itself, within the network's limits.
#[must_use]
pub fn tags(post: &Post, facts: &Facts, notes: &mut Vec<String>) -> Vec<String> {
    let most = facts.count("tags").map_or(usize::MAX, |n| n as usize);
    let (graphemes, bytes) = (facts.count("tag-graphemes"), facts.count("tag-bytes"));
    let mut seen: Vec<String> = tokens(&post.text, &[])
        .into_iter()
        .filter(|t| t.kind == SpanKind::Tag)
        .map(|t| t.target.to_lowercase())
        .collect();
    let mut tags = Vec::new();
    for tag in &post.tags {
        let tag = tag.trim().trim_start_matches(['#', '＃']);
        let size = Size::of(tag);
        if tag.is_empty() || seen.contains(&tag.to_lowercase()) {
            continue;
        }
        seen.push(tag.to_lowercase());
        let long = graphemes.is_some_and(|most| size.graphemes > most)
            || bytes.is_some_and(|most| size.bytes > most);
        if long {
            notes.push(format!("the tag {tag} is left out: it is too long"));
        } else if tags.len() == most {
            notes.push(format!(
                "the tag {tag} is left out: a post has at most {most}"
            ));
        } else {
            tags.push(tag.to_string());
        }
    }
    tags
}

/// The post's own language, else those of the account's settings, else the account's.
#[must_use]
pub fn languages(
    account: &Account,
    settings: &Settings,
    post: &Post,
    facts: &Facts,
    notes: &mut Vec<String>,
) -> Vec<String> {
    let most = facts.count("languages").map_or(usize::MAX, |n| n as usize);
    let wanted: Vec<String> = match (
        &post.language,
        settings.languages.as_slice(),
        &account.language,
    ) {
        (Some(own), ..) => vec![own.clone()],
        (None, [], of_account) => of_account.iter().cloned().collect(),
        (None, settings, _) => settings.to_vec(),
    };
    let (good, bad): (Vec<String>, Vec<String>) =
        wanted.into_iter().partition(|tag| is_language(tag));
    for tag in bad.iter().chain(good.iter().skip(most)) {
        notes.push(format!(
            "the language {tag} is left out: not a language tag, or more than {most}"
        ));
    }
    good.into_iter().take(most).collect()
}

/// The outline of a BCP 47 tag: what the server's own check lets through.
fn is_language(tag: &str) -> bool {
    let mut subtags = tag.split('-');
    let first = subtags.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && subtags
            .all(|s| (1..=8).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric()))
}

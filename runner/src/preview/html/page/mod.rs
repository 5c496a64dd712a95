//! What the page's templates are given: words, figures and pictures made ready to be drawn, in the order of the page.
//! No markup is made here, and nothing is decided about a post that the preview does not say.

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod brand;
mod colour;
mod mail;
mod part;
mod pictures;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod sample;
mod source;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod text;
mod variant;
mod words;

use serde::Serialize;

use super::super::{Preview, Shown};
use crate::host::{BlobError, visible};
use colour::Colours;
pub(super) use pictures::Album;
use source::Source;
use variant::Variant;

/// Posts from which on a page has a table of contents.
const MANY: usize = 4;

/// The whole page.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pipeline: String,
    client: String,
    counts: Vec<Count>,
    notes: Vec<String>,
    accounts: Vec<Choice>,
    /// Networks that have several accounts here.
    networks: Vec<Choice>,
    /// There is something that a person should look at.
    trouble: bool,
    contents: bool,
    posts: Vec<Post>,
}

/// A figure of the header.
#[derive(Debug, Serialize)]
struct Count {
    number: String,
    what: &'static str,
    /// A class of the style sheet.
    kind: &'static str,
}

/// A button of the filter.
#[derive(Debug, Serialize)]
struct Choice {
    name: String,
    network: String,
    colour: Colours,
}

/// One post with what becomes of it.
#[derive(Debug, Serialize)]
struct Post {
    anchor: String,
    title: String,
    /// For the table of contents.
    brief: String,
    language: Option<String>,
    source: Source,
    variants: Vec<Variant>,
}

impl View {
    /// What the style elements of the framed mails hold.
    pub(super) fn mail_styles(&self) -> impl Iterator<Item = &str> {
        let parts = self
            .posts
            .iter()
            .flat_map(|post| &post.variants)
            .flat_map(|variant| &variant.parts);
        parts
            .filter_map(|part| part.mail.as_ref())
            .flat_map(|mail| &mail.styles)
            .map(String::as_str)
    }
}

/// Makes a preview ready.
///
/// # Errors
/// When the disk does not give a stored picture.
pub(super) fn view(preview: &Preview, album: &mut Album<'_>) -> Result<View, BlobError> {
    let mut posts = Vec::new();
    for (index, shown) in preview.posts.iter().enumerate() {
        posts.push(post(index + 1, shown, album)?);
    }
    let variants: Vec<&Variant> = posts.iter().flat_map(|post| &post.variants).collect();
    let (accounts, networks) = choices(&variants);
    Ok(View {
        pipeline: visible(&preview.pipeline),
        client: visible(&preview.client),
        counts: counts(preview.posts.len(), &variants),
        notes: preview.notes.iter().map(|note| visible(note)).collect(),
        accounts,
        networks,
        trouble: variants.iter().any(|variant| variant.trouble),
        contents: posts.len() >= MANY,
        posts,
    })
}

fn post(number: usize, shown: &Shown, album: &mut Album<'_>) -> Result<Post, BlobError> {
    let mut variants = Vec::new();
    for (index, previewed) in shown.variants.iter().enumerate() {
        let anchor = format!("post-{number}-{}", index + 1);
        variants.push(variant::variant(anchor, &shown.source, previewed, album)?);
    }
    let mut brief = vec![words::count(variants.len(), "account", "accounts")];
    for (state, says) in [
        ("refused", "refused"),
        ("open", "not settled"),
        ("posted", "posted already"),
    ] {
        let found = variants
            .iter()
            .filter(|variant| variant.state.word == state)
            .count();
        if found > 0 {
            brief.push(format!("{found} {says}"));
        }
    }
    Ok(Post {
        anchor: format!("post-{number}"),
        title: visible(&shown.title),
        brief: brief.join(", "),
        language: source::language(&shown.source),
        source: source::source(&shown.source, album)?,
        variants,
    })
}

fn counts(posts: usize, variants: &[&Variant]) -> Vec<Count> {
    let of = |state: &str| {
        variants
            .iter()
            .filter(|variant| variant.state.word == state)
            .count()
    };
    let warnings = variants
        .iter()
        .flat_map(|variant| &variant.problems)
        .filter(|problem| !problem.refuses)
        .count();
    let words = |n: usize, one: &'static str, many: &'static str| if n == 1 { one } else { many };
    let all = [
        (posts, words(posts, "post", "posts"), "plain"),
        (
            variants.len(),
            words(variants.len(), "variant", "variants"),
            "plain",
        ),
        (of("new"), "would go out", "new"),
        (of("refused"), "refused", "refused"),
        (warnings, words(warnings, "warning", "warnings"), "open"),
        (of("posted"), "posted already", "posted"),
        (of("open"), "not settled", "open"),
    ];
    // The first five are always told; "0 refused" is news too.
    let told = all
        .into_iter()
        .enumerate()
        .filter(|(index, (n, ..))| *index < 5 || *n > 0);
    told.map(|(_, (n, what, kind))| Count {
        number: words::number(n as u64),
        what,
        kind: if n == 0 { "plain" } else { kind },
    })
    .collect()
}

/// The filter's buttons: every account, and the networks that have more than one.
fn choices(variants: &[&Variant]) -> (Vec<Choice>, Vec<Choice>) {
    let mut accounts: Vec<Choice> = Vec::new();
    let mut networks: Vec<(Choice, usize)> = Vec::new();
    for variant in variants {
        if accounts.iter().any(|known| known.name == variant.account) {
            continue;
        }
        let choice = |name: &str| Choice {
            name: name.into(),
            network: variant.network.clone(),
            colour: variant.colours.clone(),
        };
        accounts.push(choice(&variant.account));
        match networks
            .iter_mut()
            .find(|(known, _)| known.name == variant.network)
        {
            Some((_, number)) => *number += 1,
            None => networks.push((choice(&variant.network), 1)),
        }
    }
    let networks = networks
        .into_iter()
        .filter(|(_, number)| *number > 1)
        .map(|(choice, _)| choice);
    (accounts, networks.collect())
}

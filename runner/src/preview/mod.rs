//! What would go out, as people look at it: on the terminal, as one page, as JSON. Everything here is made from what
//! the run itself composed; nothing is laid out a second time.

mod fidelity;
pub mod html;
pub mod terminal;

use serde::Serialize;

use crate::contract::types::{Change, Composed, Media, Post, Severity, Violation};
use crate::execute::{Previewed, title};
use crate::journal::EffectStatus;
use crate::plugin::manifest::Layout;

pub use fidelity::Fidelity;

/// The version of the JSON form. A change that breaks a reader raises it.
pub const JSON_VERSION: u32 = 1;

/// A preview of one pipeline.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Preview {
    /// The version of this form.
    pub version: u32,
    /// The pipeline.
    pub pipeline: String,
    /// Whose posts these are.
    pub client: String,
    /// In the order in which they would go out.
    pub posts: Vec<Shown>,
    /// What the steps had to say.
    pub notes: Vec<String>,
}

/// One post and what becomes of it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Shown {
    /// What people call it.
    pub title: String,
    /// As it came from its source.
    pub source: Post,
    /// By account.
    pub variants: Vec<Variant>,
}

/// How a network shows itself.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Look {
    /// As people write it.
    pub name: String,
    /// A CSS colour.
    pub colour: String,
    /// How a post is drawn.
    pub layout: Layout,
    /// The account's handle there.
    pub handle: String,
}

/// What is known of it from earlier runs.
#[derive(Debug, Clone, Serialize)]
#[serde(
    rename_all = "kebab-case",
    tag = "state",
    rename_all_fields = "kebab-case"
)]
pub enum Known {
    /// It has not gone out.
    New,
    /// It went out already and will not go out again.
    Posted {
        /// Where it can be seen.
        url: Option<String>,
        /// When, in milliseconds since 1970.
        at: i64,
    },
    /// An earlier try was not settled.
    Open {
        /// Where it stands.
        status: EffectStatus,
        /// Why.
        why: String,
    },
}

/// A post as one account would get it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Variant {
    /// The account.
    pub account: String,
    /// Its network's plugin.
    pub network: String,
    /// How the network shows itself.
    pub look: Look,
    /// Exactly what would be sent; none where it could not be composed.
    pub composed: Option<Composed>,
    /// The title of the post there, where it has one.
    pub title: Option<String>,
    /// Pictures and other files.
    pub media: Vec<Media>,
    /// What was changed and why.
    pub changes: Vec<Change>,
    /// What speaks against it.
    pub violations: Vec<Violation>,
    /// It would not go out.
    pub refused: bool,
    /// What is known of it.
    pub known: Known,
    /// How far it is from the source.
    pub fidelity: Fidelity,
}

/// Puts a preview together.
#[must_use]
pub fn assemble(
    pipeline: &str,
    client: &str,
    sources: Vec<Post>,
    previewed: Vec<Previewed>,
    looks: impl Fn(&str) -> Look,
    notes: Vec<String>,
) -> Preview {
    let mut posts: Vec<Shown> = sources
        .into_iter()
        .map(|source| Shown {
            title: title(&source),
            source,
            variants: Vec::new(),
        })
        .collect();
    for one in previewed {
        let same = |shown: &&mut Shown| {
            shown.source.origin == one.post.origin && shown.source.id == one.post.id
        };
        let at = match posts.iter_mut().find(same) {
            Some(found) => found,
            None => {
                posts.push(Shown {
                    title: title(&one.post),
                    source: one.post.clone(),
                    variants: Vec::new(),
                });
                match posts.last_mut() {
                    Some(last) => last,
                    None => continue,
                }
            }
        };
        let variant = variant(&at.source, one, &looks);
        at.variants.push(variant);
    }
    posts.retain(|shown| !shown.variants.is_empty());
    Preview {
        version: JSON_VERSION,
        pipeline: pipeline.into(),
        client: client.into(),
        posts,
        notes,
    }
}

fn variant(source: &Post, one: Previewed, looks: &impl Fn(&str) -> Look) -> Variant {
    let refused = one.composition.refused();
    let known = match &one.known {
        None => Known::New,
        Some(state) if state.status == EffectStatus::Done => Known::Posted {
            url: state
                .receipt
                .as_ref()
                .and_then(|r| r.get("url"))
                .and_then(|u| u.as_str())
                .map(str::to_string),
            at: state.changed,
        },
        Some(state) => Known::Open {
            status: state.status,
            why: state
                .why
                .clone()
                .or_else(|| state.failure.as_ref().map(|f| f.message.clone()))
                .unwrap_or_default(),
        },
    };
    Variant {
        look: looks(&one.account),
        fidelity: Fidelity::between(source, &one.post, one.composition.composed.as_ref()),
        account: one.account,
        network: one.network,
        composed: one.composition.composed,
        title: one.post.title,
        media: one.post.media,
        changes: one.changes,
        violations: one.composition.violations,
        refused,
        known,
    }
}

impl Preview {
    /// Violations that refuse something: account, post, violation.
    pub fn refusals(&self) -> impl Iterator<Item = (&Variant, &Shown, &Violation)> {
        self.posts.iter().flat_map(|shown| {
            shown.variants.iter().flat_map(move |variant| {
                let refusing = variant
                    .violations
                    .iter()
                    .filter(|v| v.severity == Severity::Refuse);
                refusing.map(move |violation| (variant, shown, violation))
            })
        })
    }
}

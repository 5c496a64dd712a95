//! The text as readers will see it, and its length: links shortened, each piece mapped back to the text as written.
//! `measure`, `compose` and the splitter all go through here, so that they can't disagree. Decides nothing about posts.

use staffetta_plugin::{Account, Facts, Measured, Mention, Span, SpanKind};
use unicode_segmentation::UnicodeSegmentation;

use crate::facets::{Token, short_link, tokens};
use crate::limits::facts;

/// The two limits of a text, and how much of a link is shown.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// In graphemes.
    pub graphemes: Option<u32>,
    /// In bytes of UTF-8.
    pub bytes: Option<u32>,
    /// Graphemes of a link's path.
    pub path: usize,
}

impl Scale {
    /// As `facts.json` and the account's own figures say.
    #[must_use]
    pub fn of(facts: &Facts) -> Self {
        Self {
            graphemes: facts.count("text-graphemes"),
            bytes: facts.count("text-bytes"),
            path: facts.count("link-path").map_or(15, |n| n as usize),
        }
    }

    /// True when both limits hold.
    #[must_use]
    pub fn holds(&self, size: Size) -> bool {
        self.graphemes.is_none_or(|most| size.graphemes <= most)
            && self.bytes.is_none_or(|most| size.bytes <= most)
    }
}

/// How long a visible text is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Grapheme clusters.
    pub graphemes: u32,
    /// Bytes of UTF-8.
    pub bytes: u32,
}

impl Size {
    /// The size of a text as it stands.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            graphemes: count(text.graphemes(true).count()),
            bytes: count(text.len()),
        }
    }
}

/// The smallest stretch that is never split: a grapheme, or a whole token.
#[derive(Debug, Clone, Copy)]
pub struct Unit {
    /// Where it ends in the text as written, exclusive; it begins where the one before ends.
    pub end: usize,
    /// Its visible size.
    pub size: Size,
}

/// A text as it will be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What readers see.
    pub text: String,
    /// Its tokens, in bytes of the visible text.
    pub tokens: Vec<Token>,
}

impl Shown {
    /// Shortens the links of a text and finds its tokens.
    #[must_use]
    pub fn of(written: &str, mentions: &[Mention], scale: Scale) -> Self {
        let mut shown = Self {
            text: String::with_capacity(written.len()),
            tokens: Vec::new(),
        };
        let mut at = 0;
        for token in tokens(written, mentions) {
            shown.text.push_str(&written[at..token.start]);
            let start = shown.text.len();
            shown
                .text
                .push_str(&visible(&written[token.start..token.end], &token, scale));
            at = token.end;
            shown.tokens.push(Token {
                start,
                end: shown.text.len(),
                ..token
            });
        }
        shown.text.push_str(&written[at..]);
        shown
    }

    /// What is clickable, as the contract tells it. Mentions without a DID are not.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.clickable()
            .map(|t| Span {
                start: t.start as u32,
                end: t.end as u32,
                kind: t.kind,
                target: t.target.clone(),
            })
            .collect()
    }

    /// The tokens that become facets.
    pub fn clickable(&self) -> impl Iterator<Item = &Token> {
        self.tokens
            .iter()
            .filter(|t| t.kind != SpanKind::Mention || t.did.is_some())
    }
}

fn visible(written: &str, token: &Token, scale: Scale) -> String {
    match token.kind {
        SpanKind::Link => short_link(&token.target, scale.path),
        SpanKind::Mention | SpanKind::Tag => written.into(),
    }
}

/// A text cut into its units, in order.
#[must_use]
pub fn units(written: &str, mentions: &[Mention], scale: Scale) -> Vec<Unit> {
    let mut units = Vec::new();
    let plain = |from: usize, to: usize, units: &mut Vec<Unit>| {
        for (at, cluster) in written[from..to].grapheme_indices(true) {
            let size = Size {
                graphemes: 1,
                bytes: u32::try_from(cluster.len()).unwrap_or(u32::MAX),
            };
            units.push(Unit {
                end: from + at + cluster.len(),
                size,
            });
        }
    };
    let mut at = 0;
    for token in tokens(written, mentions) {
        plain(at, token.start, &mut units);
        let size = Size::of(&visible(&written[token.start..token.end], &token, scale));
        units.push(Unit {
            end: token.end,
            size,
        });
        at = token.end;
    }
    plain(at, written.len(), &mut units);
    units
}

/// Measures a field. The text is told in the unit whose limit it meets first: graphemes, or bytes for text whose
/// clusters are many bytes long. Other fields have no limit here and are told in graphemes.
#[must_use]
pub fn measure(account: &Account, field: &str, written: &str) -> Measured {
    if field != "text" {
        let facts = facts(account);
        let limit = if field == "tag" {
            facts.count("tag-graphemes")
        } else {
            None
        };
        return staffetta_plugin::text::measure(written, &[], limit, "graphemes", |_| 1);
    }
    let scale = Scale::of(&facts(account));
    let size = Size::of(&Shown::of(written, &[], scale).text);
    let (mut sum, mut by_graphemes, mut by_bytes) = (Size::default(), 0, 0);
    for unit in units(written, &[], scale) {
        sum.graphemes = sum.graphemes.saturating_add(unit.size.graphemes);
        sum.bytes = sum.bytes.saturating_add(unit.size.bytes);
        if scale.graphemes.is_none_or(|most| sum.graphemes <= most) {
            by_graphemes = unit.end;
        }
        if scale.bytes.is_none_or(|most| sum.bytes <= most) {
            by_bytes = unit.end;
        }
    }
    let fits = if scale.holds(size) {
        written.len()
    } else {
        by_graphemes.min(by_bytes)
    };
    let (length, limit, unit) = if by_bytes < by_graphemes {
        (size.bytes, scale.bytes, "UTF-8 bytes")
    } else {
        (size.graphemes, scale.graphemes, "graphemes")
    };
    Measured {
        length,
        limit,
        unit: unit.into(),
        fits: fits as u32,
    }
}

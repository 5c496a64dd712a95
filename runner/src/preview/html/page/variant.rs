//! A post as one account would get it: where it stands, what speaks against it, what was changed and why.

use serde::Serialize;

use super::colour::Colours;
use super::part::{self, Part};
use super::pictures::Album;
use super::text::{self, Apart};
use super::words::{self, Moment};
use crate::contract::types::{Change, ChangeKind, MediaKind, Post, Severity, Violation};
use crate::host::{BlobError, visible};
use crate::journal::EffectStatus;
use crate::plugin::manifest::Layout;
use crate::preview::{Fidelity, Known, Variant as Previewed};

/// A variant, ready for the templates.
#[derive(Debug, Serialize)]
pub(super) struct Variant {
    anchor: String,
    pub(super) account: String,
    /// The network as people write it.
    pub(super) network: String,
    handle: String,
    initial: String,
    pub(super) colours: Colours,
    /// The template that draws it.
    layout: &'static str,
    language: Option<String>,
    /// The source's title, for layouts that show one where the network has no field for it.
    title: Option<String>,
    pub(super) state: State,
    pub(super) problems: Vec<Problem>,
    /// A person should look at it.
    pub(super) trouble: bool,
    pub(super) parts: Vec<Part>,
    notes: Vec<String>,
    changes: Vec<Changed>,
    fidelity: Kept,
}

/// Where it stands.
#[derive(Debug, Serialize)]
pub(super) struct State {
    /// `new`, `posted`, `refused`, `open`: a class of the style sheet too.
    pub(super) word: &'static str,
    says: String,
    at: Option<Moment>,
    url: Option<String>,
}

/// A violation.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    pub(super) refuses: bool,
    field: String,
    message: String,
    code: String,
    /// `412 of 300 graphemes`.
    figures: Option<String>,
}

/// A change.
#[derive(Debug, Serialize)]
struct Changed {
    field: String,
    kind: &'static str,
    rule: String,
    reason: String,
    both: Option<Apart>,
    before: Option<String>,
    after: Option<String>,
}

/// How far it is from its source.
#[derive(Debug, Serialize)]
struct Kept {
    words: String,
    /// Whole percent of the source's characters.
    percent: Option<usize>,
}

/// Makes a variant ready.
///
/// # Errors
/// When the disk does not give a stored picture.
pub(super) fn variant(
    anchor: String,
    source: &Post,
    previewed: &Previewed,
    album: &mut Album<'_>,
) -> Result<Variant, BlobError> {
    let state = state(previewed);
    let problems: Vec<Problem> = previewed.violations.iter().map(problem).collect();
    let look = &previewed.look;
    let composed = previewed.composed.as_ref();
    let parts = composed.map_or(&[][..], |composed| &composed.parts);
    Ok(Variant {
        anchor,
        account: visible(&previewed.account),
        network: visible(&look.name),
        handle: visible(&look.handle),
        initial: words::initial(&look.handle),
        colours: Colours::of(&look.colour),
        layout: template(look.layout),
        language: super::source::language(source),
        title: previewed.title.as_deref().map(visible),
        trouble: !problems.is_empty() || matches!(state.word, "refused" | "open"),
        state,
        problems,
        parts: parts
            .iter()
            .enumerate()
            .map(|(index, part)| part::part(index, part, look.layout, album))
            .collect::<Result<_, _>>()?,
        notes: composed
            .iter()
            .flat_map(|composed| &composed.notes)
            .map(|note| visible(note))
            .collect(),
        changes: previewed.changes.iter().map(changed).collect(),
        fidelity: kept(source, previewed),
    })
}

fn template(layout: Layout) -> &'static str {
    match layout {
        Layout::Microblog => "microblog",
        Layout::Pin => "pin",
        Layout::Photo => "photo",
        Layout::Professional => "professional",
        Layout::Email => "email",
        Layout::Article => "article",
        Layout::Chat => "chat",
        Layout::Video => "video",
        Layout::Folder => "folder",
    }
}

fn state(previewed: &Previewed) -> State {
    let simple = |word, says: String| State {
        word,
        says,
        at: None,
        url: None,
    };
    let open = match &previewed.known {
        Known::Posted { url, at } => {
            let says = "Posted already, will not go out again".into();
            let url = url.as_deref().and_then(words::web);
            return State {
                word: "posted",
                says,
                at: words::moment(*at),
                url,
            };
        }
        Known::Open { status, why } if why.is_empty() => Some(standing(*status).to_string()),
        Known::Open { status, why } => Some(format!("{}: {}", standing(*status), visible(why))),
        Known::New => None,
    };
    match (previewed.refused, open) {
        (true, None) => simple("refused", "Refused, would not go out".into()),
        (true, Some(open)) => simple("refused", format!("Refused, would not go out. {open}")),
        (false, Some(open)) => simple("open", open),
        (false, None) => simple("new", "New, would go out".into()),
    }
}

fn standing(status: EffectStatus) -> &'static str {
    match status {
        EffectStatus::Intended => "Not settled, a run intends to send it",
        EffectStatus::Calling | EffectStatus::InProgress => {
            "Not settled, a run is sending it or was cut off"
        }
        EffectStatus::Done => "Done",
        EffectStatus::Failed => "Not settled, an earlier try failed",
        EffectStatus::InDoubt => "In doubt, nobody knows yet whether it went out",
        EffectStatus::Held => "Held, waits for a person",
        EffectStatus::Refused => "Not settled, an earlier run refused it",
    }
}

fn problem(violation: &Violation) -> Problem {
    let figures = match (violation.actual, violation.limit) {
        (Some(actual), Some(limit)) => Some(format!(
            "{} of {}",
            words::number(actual),
            words::number(limit)
        )),
        (Some(only), None) => Some(words::number(only)),
        (None, Some(limit)) => Some(format!("at most {}", words::number(limit))),
        (None, None) => None,
    };
    Problem {
        refuses: violation.severity == Severity::Refuse,
        field: words::field(&violation.field),
        message: visible(&violation.message),
        code: visible(&violation.code),
        figures: figures.map(|figures| {
            format!("{figures} {}", visible(&violation.unit))
                .trim_end()
                .to_string()
        }),
    }
}

fn changed(change: &Change) -> Changed {
    let both = change.before.as_deref().zip(change.after.as_deref());
    let alone = |side: &Option<String>| {
        let side = side.as_deref().filter(|_| both.is_none());
        side.map(|text| text::seen(text::cut(text, text::MOST_TEXT).0).into_owned())
    };
    Changed {
        field: words::field(&change.field),
        kind: match change.kind {
            ChangeKind::Shortened => "shortened",
            ChangeKind::Removed => "removed",
            ChangeKind::Added => "added",
            ChangeKind::Replaced => "replaced",
            ChangeKind::Moved => "moved",
            ChangeKind::Split => "split",
            ChangeKind::Converted => "converted",
        },
        rule: visible(&change.rule),
        reason: visible(&change.reason),
        both: both.map(|(before, after)| text::apart(before, after)),
        before: alone(&change.before),
        after: alone(&change.after),
    }
}

fn kept(source: &Post, previewed: &Previewed) -> Kept {
    let Fidelity {
        source_characters,
        kept,
        cut,
        added,
        source_media,
        media,
    } = previewed.fidelity;
    let percent = (kept * 100).checked_div(source_characters);
    let number = |n: usize| words::number(n as u64);
    let mut pieces = Vec::new();
    match percent {
        Some(percent) => pieces.push(format!("Kept {percent} % of the source’s text")),
        None => pieces.push("The source has no text".into()),
    }
    if cut > 0 {
        pieces.push(format!("cut {} characters", number(cut)));
    }
    if added > 0 {
        let what = additions(source, previewed);
        let what = if what.is_empty() {
            String::new()
        } else {
            format!(" ({})", what.join(", "))
        };
        pieces.push(format!("added {}{what}", number(added)));
    }
    if source_media > 0 || media > 0 {
        let pictures = source
            .media
            .iter()
            .chain(&previewed.media)
            .all(|m| m.kind == MediaKind::Image);
        let (one, many) = if pictures {
            ("picture", "pictures")
        } else {
            ("file", "files")
        };
        pieces.push(format!(
            "{} of {}",
            number(media),
            words::count(source_media, one, many)
        ));
    }
    Kept {
        words: pieces.join(", "),
        percent,
    }
}

/// What kinds of clickable text the variant has that the source's text has not.
fn additions(source: &Post, previewed: &Previewed) -> Vec<&'static str> {
    let mut found = Vec::new();
    for part in previewed
        .composed
        .iter()
        .flat_map(|composed| &composed.parts)
    {
        for span in &part.spans {
            let kind = text::kind(span.kind);
            let written = part.text.get(span.start as usize..span.end as usize);
            if written.is_some_and(|words| !source.text.contains(words)) && !found.contains(&kind) {
                found.push(kind);
            }
        }
    }
    found
}

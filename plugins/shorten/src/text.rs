//! The text of a post: writes the link and the tags into it where the network wants them there, and shortens or splits
//! it where it does not fit. The link outlives the tags, and both outlive the body's end.

use staffetta_plugin::text::tokens;
use staffetta_plugin::{
    ChangeKind, Error, Measured, Post, Result, Segment, Severity, Violation, change,
};

use crate::config::{Config, Strategy};
use crate::cut::{At, Kept, Task, cut};
use crate::layout::{self, Tail};
use crate::meter::all_fits;
use crate::numbers::{shortened, thousands};
use crate::rule::{Network, Notes};
use crate::wanted::{Wanted, warning};
use crate::{thread, word};

/// Makes the text fit, with its link and tags.
///
/// # Errors
/// `invalid-content` when it can't fit; else as the network answers.
pub fn fit(
    config: &Config,
    network: Network<'_>,
    post: &mut Post,
    notes: &mut Notes,
) -> Result<()> {
    let most = network.limits.max_parts.max(1) as usize;
    if !post.thread.is_empty() {
        if most > 1 && post.thread.len() <= most {
            // Split already, with each part's link and tags where they belong.
            return Ok(());
        }
        let parts = format!("{} posts", post.thread.len());
        let reason = format!("this network has threads of at most {most}");
        notes.changes.push(change(
            "thread",
            ChangeKind::Removed,
            Some(&parts),
            None,
            &reason,
        ));
        post.thread.clear();
    }
    let wanted = Wanted::of(config, network, post, notes);
    let original = std::mem::take(&mut post.text);
    let (body, written) = layout::split(&original);
    let mut tail = Tail {
        written: written.into(),
        ..wanted.missing(&original)
    };
    let whole = if tail.link.is_none() && tail.tags.is_empty() {
        original.clone()
    } else {
        tail.below(body)
    };
    let full = network.meter.measure("text", &whole)?;
    if all_fits(&full, &whole) {
        wanted.say(&whole, &tail, notes);
        post.text = whole;
        return Ok(());
    }
    if config.strategy == Strategy::Thread && most > 1 {
        // Nobody wants a second post for a few tags.
        let bare = Tail {
            tags: Vec::new(),
            ..tail.clone()
        };
        let alone = if bare.link.is_none() {
            original.clone()
        } else {
            bare.below(body)
        };
        if !tail.tags.is_empty() && all_fits(&network.meter.measure("text", &alone)?, &alone) {
            wanted.say(&alone, &bare, notes);
            post.text = alone;
            return Ok(());
        }
        if let Some(texts) = split(config, post, body, &tail, &full, most, network)? {
            let reason = format!("{}: {} posts", numbers(&full), texts.len());
            notes.changes.push(change(
                "thread",
                ChangeKind::Split,
                None,
                Some(&texts.join("\n⁂\n")),
                &reason,
            ));
            wanted.say(&whole, &tail, notes);
            post.thread = segments(texts, post);
            post.text = whole;
            return Ok(());
        }
        notes.warnings.push(warning(
            "too-long",
            format!("too long for a thread of {most}: shortened instead"),
        ));
    }
    let kept = shorten(
        config,
        network,
        post.language.as_deref(),
        &wanted,
        &original,
        &mut tail,
    )?;
    let Some(kept) = kept else {
        return Err(Error::InvalidContent(vec![cannot_fit(
            config, network, body, &tail,
        )?]));
    };
    let text = tail.below(&kept.body);
    let after = if text == layout::join(&kept.body, &kept.measured_tail) {
        kept.measured
    } else {
        network.meter.measure("text", &text)?
    };
    // Where leaving out tags was enough, the text itself is as it was.
    let added = tail.link.is_some() || !tail.tags.is_empty();
    let cut_off = kept.body != body || tail.written != written || !(added || text == original);
    let figures = shortened(full.length, after.length, after.limit, &after.unit);
    let how = match kept.at {
        At::Sentence(1) => "cut behind the first sentence".into(),
        At::Sentence(n) => format!("cut behind sentence {n}"),
        At::Word if config.strategy == Strategy::Word => "cut between words".into(),
        At::Word => "cut between words, because the first sentence alone is too long".into(),
    };
    let reason = format!("{figures}; {how}");
    if cut_off {
        notes.changes.push(change(
            "text",
            ChangeKind::Shortened,
            Some(&original),
            Some(&kept.body),
            &reason,
        ));
    }
    wanted.say(&text, &tail, notes);
    post.text = text;
    Ok(())
}

/// A cut, and the tail that stood below it when it was measured.
struct Fitted {
    body: String,
    at: At,
    measured: Measured,
    measured_tail: String,
}

/// Cuts the body until it fits above the tail, which gives up its tags where not even one word fits, and gets back
/// what was cut off with the body's end.
fn shorten(
    config: &Config,
    network: Network<'_>,
    language: Option<&str>,
    wanted: &Wanted,
    original: &str,
    tail: &mut Tail,
) -> Result<Option<Fitted>> {
    let mut body = layout::split(original).0;
    let mut again = true;
    loop {
        let below = tail.text();
        let task = Task {
            field: "text",
            body,
            tail: &below,
            language,
            sentences: config.strategy != Strategy::Word,
            ellipsis: &config.ellipsis,
        };
        let kept = if body.is_empty() {
            let measured = network.meter.measure("text", &below)?;
            all_fits(&measured, &below).then(|| Kept {
                body: String::new(),
                at: At::Word,
                measured,
            })
        } else {
            cut(task, network.meter)?
        };
        match kept {
            Some(kept) => {
                let now = layout::join(&kept.body, &below);
                let lost = wanted.missing(&now);
                if again
                    && (lost.link.is_some()
                        || (!lost.tags.is_empty() && tail.tags.len() < wanted.tags.len()))
                {
                    // Once, with all of it below: the shorter body keeps no more than this one.
                    again = false;
                    let all = wanted.missing(&tail.written);
                    *tail = Tail {
                        written: std::mem::take(&mut tail.written),
                        ..all
                    };
                    continue;
                }
                // What the kept body says itself is not said again.
                let mut room = wanted
                    .most_tags
                    .saturating_sub(layout::count_tags(&layout::join(&kept.body, &tail.written)));
                tail.link = tail
                    .link
                    .take()
                    .filter(|link| !layout::has_link(&kept.body, link));
                tail.tags.retain(|tag| {
                    let keep = room > 0 && !layout::has_tag(&kept.body, tag);
                    room = room.saturating_sub(usize::from(keep));
                    keep
                });
                let Kept { body, at, measured } = kept;
                return Ok(Some(Fitted {
                    body,
                    at,
                    measured,
                    measured_tail: below,
                }));
            }
            None if !tail.tags.is_empty() => {
                again = false;
                tail.tags.pop();
            }
            None if !tail.written.is_empty() && body.len() < original.trim_end().len() => {
                // The author's own last lines are too long to be kept whole.
                body = original.trim_end();
                *tail = wanted.missing("");
                again = false;
            }
            None => return Ok(None),
        }
    }
}

fn split(
    config: &Config,
    post: &Post,
    body: &str,
    tail: &Tail,
    full: &Measured,
    most: usize,
    network: Network<'_>,
) -> Result<Option<Vec<String>>> {
    let limit = full.limit.unwrap_or(full.length).max(1);
    let task = thread::Task {
        body,
        tail: &tail.text(),
        language: post.language.as_deref(),
        numbered: config.numbered,
        most,
        least: full.length.div_ceil(limit) as usize,
    };
    thread::split(task, network.meter)
}

/// The pictures stay with the first post.
fn segments(texts: Vec<String>, post: &Post) -> Vec<Segment> {
    texts
        .into_iter()
        .enumerate()
        .map(|(at, text)| Segment {
            text,
            media: if at == 0 {
                post.media.clone()
            } else {
                Vec::new()
            },
        })
        .collect()
}

fn numbers(measured: &Measured) -> String {
    let limit = measured.limit.map_or_else(|| "no limit".into(), thousands);
    format!(
        "{} {}, {limit} a post",
        thousands(measured.length),
        measured.unit
    )
}

/// Why nothing can be done, with the length of the least that would have to go out.
fn cannot_fit(config: &Config, network: Network<'_>, body: &str, tail: &Tail) -> Result<Violation> {
    let spans = tokens(body);
    let first = word::ends(body)
        .into_iter()
        .map(|end| word::tidy(body, end, &spans))
        .find(|end| *end > 0)
        .map_or_else(String::new, |end| word::close(body, end, &config.ellipsis));
    let least = layout::join(&first, tail.link.as_deref().unwrap_or_default());
    let measured = network.meter.measure("text", &least)?;
    let what = if tail.link.is_some() {
        "the first word and the link"
    } else {
        "the first word and its ellipsis"
    };
    let allowed = measured.limit.filter(|limit| *limit < measured.length);
    let message = match allowed {
        Some(limit) => format!(
            "{what} need {} {}, and {} allows {}",
            thousands(measured.length),
            measured.unit,
            network.account,
            thousands(limit)
        ),
        // The network has a second limit, such as bytes beside graphemes, and answers in the unit of the first.
        None => format!("{what} are larger than {} allows", network.account),
    };
    Ok(Violation {
        code: "cannot-fit".into(),
        field: "text".into(),
        message,
        severity: Severity::Refuse,
        actual: allowed.map(|_| measured.length.into()),
        limit: allowed.map(Into::into),
        unit: if allowed.is_some() {
            measured.unit
        } else {
            String::new()
        },
    })
}

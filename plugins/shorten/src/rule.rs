//! One post for one account: its text, then its title, summary and alt texts where the network limits them. What can't
//! be made to fit is refused with the numbers; nothing is changed without a line that says why.

use staffetta_plugin::exports::rule::{Adapted, Outcome};
use staffetta_plugin::{
    Change, ChangeKind, Error, Post, PostLimits, Result, Severity, Violation, change,
};

use crate::config::Config;
use crate::cut::{Task, cut};
use crate::meter::{Meter, all_fits};
use crate::numbers::shortened;
use crate::text;

/// What was done and what should be seen.
#[derive(Debug, Default)]
pub struct Notes {
    /// Goes into the outcome's changes.
    pub changes: Vec<Change>,
    /// Goes into the outcome's warnings.
    pub warnings: Vec<Violation>,
}

/// The account's network and its limits.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// The account's name, for messages.
    pub account: &'a str,
    /// What a post there may be.
    pub limits: &'a PostLimits,
    /// Who counts.
    pub meter: &'a dyn Meter,
}

/// The post as it came.
#[must_use]
pub fn unchanged(post: Post) -> Outcome {
    Outcome::Posts(vec![Adapted {
        post,
        changes: Vec::new(),
        warnings: Vec::new(),
    }])
}

/// Makes one post fit one account.
///
/// # Errors
/// When the network can't be asked. Content that the network itself refuses to measure is a refusal and no error, so
/// that one post does not fail the others.
pub fn fit(
    config: &Config,
    limits: &PostLimits,
    account: &str,
    meter: &dyn Meter,
    mut post: Post,
) -> Result<Outcome> {
    let network = Network {
        account,
        limits,
        meter,
    };
    let mut notes = Notes::default();
    let done = text::fit(config, network, &mut post, &mut notes)
        .and_then(|()| fields(config, network, &mut post, &mut notes));
    match done {
        Ok(()) => Ok(Outcome::Posts(vec![Adapted {
            post,
            changes: notes.changes,
            warnings: notes.warnings,
        }])),
        Err(Error::InvalidContent(violations)) => Ok(Outcome::Refused(violations)),
        Err(error) => Err(error),
    }
}

fn fields(config: &Config, network: Network<'_>, post: &mut Post, notes: &mut Notes) -> Result<()> {
    let limited = |name: &str| {
        network
            .limits
            .fields
            .iter()
            .any(|f| f.name == name && f.limit.is_some())
    };
    let language = post.language.as_deref();
    let task = |field, sentences| Task {
        field,
        body: "",
        tail: "",
        language,
        sentences,
        ellipsis: &config.ellipsis,
    };
    if limited("title")
        && let Some(title) = &mut post.title
    {
        shorten(task("title", false), "title", network, title, notes)?;
    }
    if limited("summary")
        && let Some(summary) = &mut post.summary
    {
        shorten(task("summary", true), "summary", network, summary, notes)?;
    }
    if limited("alt") {
        for (index, media) in post.media.iter_mut().enumerate() {
            if let Some(alt) = &mut media.alt {
                shorten(
                    task("alt", true),
                    &format!("media[{index}].alt"),
                    network,
                    alt,
                    notes,
                )?;
            }
        }
    }
    // A subject is what people decide by: a person should shorten it.
    if limited("subject")
        && let Some(title) = &post.title
    {
        let measured = network.meter.measure("subject", title)?;
        if !all_fits(&measured, title) {
            notes.warnings.push(Violation {
                code: "too-long".into(),
                field: "title".into(),
                message: "the title is too long for a subject line; shorten it by hand".into(),
                severity: Severity::Warn,
                actual: Some(measured.length.into()),
                limit: measured.limit.map(Into::into),
                unit: measured.unit,
            });
        }
    }
    Ok(())
}

/// Shortens one field in place. `name` is the field's name in the post.
fn shorten(
    task: Task<'_>,
    name: &str,
    network: Network<'_>,
    value: &mut String,
    notes: &mut Notes,
) -> Result<()> {
    let before = network.meter.measure(task.field, value)?;
    if all_fits(&before, value) {
        return Ok(());
    }
    let Some(kept) = cut(
        Task {
            body: value,
            ..task
        },
        network.meter,
    )?
    else {
        return Err(Error::InvalidContent(vec![Violation {
            code: "cannot-fit".into(),
            field: name.into(),
            message: format!("not even the first word fits on {}", network.account),
            severity: Severity::Refuse,
            actual: Some(before.length.into()),
            limit: before.limit.map(Into::into),
            unit: before.unit,
        }]));
    };
    let reason = shortened(
        before.length,
        kept.measured.length,
        kept.measured.limit,
        &kept.measured.unit,
    );
    notes.changes.push(change(
        name,
        ChangeKind::Shortened,
        Some(value),
        Some(&kept.body),
        &reason,
    ));
    *value = kept.body;
    Ok(())
}

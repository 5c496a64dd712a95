//! From the tree to the pipeline, all errors in one go.

use std::sync::Arc;

use super::expr::OPEN;
use super::keys::PIPELINE;
use super::template::not_here;
use super::{Pipeline, Triggers, steps, triggers};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::yaml::Node;
use crate::yaml::readers::{self, Spanned};
use crate::yaml::table::Fields;

pub(super) fn pipeline(
    source: &Arc<Source>,
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> Option<Pipeline> {
    let fields = Fields::open(node, &PIPELINE, &Span::beginning(source), problems)?;
    let name = fields
        .get("name")
        .and_then(|node| fixed(node, "`name`", problems));
    let client = fields
        .get("client")
        .and_then(|node| fixed(node, "`client`", problems));
    let triggers = fields
        .entry("on")
        .map_or_else(Triggers::default, |entry| triggers::read(entry, problems));
    let steps = fields
        .entry("steps")
        .map(|entry| steps::read(entry, problems))
        .unwrap_or_default();
    Some(Pipeline {
        source: Arc::clone(source),
        name: name?,
        client,
        triggers,
        steps,
    })
}

/// Text that no expression may be part of.
pub(super) fn fixed(
    node: &Node,
    what: &str,
    problems: &mut Vec<Diagnostic>,
) -> Option<Spanned<String>> {
    let text = readers::text(node, what, problems)?;
    if text.value.contains(OPEN) {
        problems.push(not_here(
            &text.span,
            &format!("{what} must be known before the run"),
        ));
        return None;
    }
    Some(text)
}

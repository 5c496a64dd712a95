//! A preview on the terminal: one block an account, its text as it would be sent, its length, its changes.

use super::{Known, Preview, Variant};
use crate::cli::output::{Output, Tone};
use crate::contract::types::Severity;
use crate::host::visible;

/// The lines of a preview.
#[must_use]
pub fn lines(preview: &Preview, output: &Output) -> Vec<String> {
    let mut out = Vec::new();
    for shown in &preview.posts {
        out.push(String::new());
        out.push(output.paint(Tone::Bold, &visible(&shown.title)));
        let origin = shown
            .source
            .origin
            .url
            .as_ref()
            .unwrap_or(&shown.source.origin.item);
        out.push(output.paint(Tone::Dim, &format!("from {}", visible(origin))));
        for variant in &shown.variants {
            block(variant, output, &mut out);
        }
    }
    out
}

fn block(variant: &Variant, output: &Output, out: &mut Vec<String>) {
    let state = match &variant.known {
        _ if variant.refused => output.paint(Tone::Bad, "refused"),
        Known::New => output.paint(Tone::Good, "new"),
        Known::Posted { .. } => output.paint(Tone::Dim, "posted already, will not go out again"),
        Known::Open { why, .. } => {
            output.paint(Tone::Warn, &format!("not settled: {}", visible(why)))
        }
    };
    out.push(String::new());
    out.push(format!(
        "  {} · {} · {state}",
        output.paint(Tone::Bold, &variant.account),
        variant.look.name
    ));
    for part in variant.composed.iter().flat_map(|composed| &composed.parts) {
        for field in &part.fields {
            out.push(format!(
                "  │ {} {}",
                output.paint(Tone::Dim, &format!("{}:", field.name)),
                visible(&field.value)
            ));
        }
        for line in part.text.lines() {
            out.push(format!("  │ {}", visible(line)));
        }
        for media in &part.media {
            let alt = media.alt.as_deref().unwrap_or("no alt text");
            out.push(format!(
                "  │ {}",
                output.paint(
                    Tone::Dim,
                    &format!("[{}: {}]", media.media_type, visible(alt))
                )
            ));
        }
        if let Some(card) = &part.card {
            out.push(format!(
                "  │ {}",
                output.paint(
                    Tone::Dim,
                    &format!("[card: {} · {}]", visible(&card.title), visible(&card.url))
                )
            ));
        }
        let lengths: Vec<String> = part
            .lengths
            .iter()
            .map(|length| {
                let limit = length
                    .limit
                    .map(|limit| format!(" of {limit}"))
                    .unwrap_or_default();
                format!("{} {}{limit} {}", length.field, length.length, length.unit)
            })
            .collect();
        out.push(format!(
            "  └ {}",
            output.paint(Tone::Dim, &lengths.join(" · "))
        ));
    }
    for note in variant.composed.iter().flat_map(|composed| &composed.notes) {
        out.push(format!("    {}", output.paint(Tone::Dim, &visible(note))));
    }
    for change in &variant.changes {
        out.push(format!(
            "    {} {}: {}",
            output.paint(Tone::Code, "changed"),
            change.field,
            visible(&change.reason)
        ));
    }
    for violation in &variant.violations {
        let (tone, word) = match violation.severity {
            Severity::Refuse => (Tone::Bad, "refused"),
            Severity::Warn => (Tone::Warn, "look at"),
        };
        out.push(format!(
            "    {} {}: {}",
            output.paint(tone, word),
            violation.field,
            visible(&violation.message)
        ));
    }
}

//! Messages about grants, with the YAML to paste and what the plugin says it needs each thing for.

use std::fmt::Write as _;

use super::{ListOf, SOME_FOLDER, SOME_HOST};
use crate::diagnostic::{Diagnostic, Span, code, join_names};
use crate::plan::{Checker, Known};
use crate::plugin::catalog::Origin;
use crate::plugin::manifest::{Capability, Request};
use crate::project::Grant;
use crate::yaml::readers::Spanned;

impl Checker<'_> {
    pub(super) fn digest_changed(
        &mut self,
        name: &str,
        plugin: Known<'_>,
        pinned: &Spanned<String>,
    ) {
        if !self.refused.insert(name.to_owned()) {
            return;
        }
        let mut found = Diagnostic::error(
            code::DIGEST_CHANGED,
            format!("the plugin `{name}` is not the one that was granted"),
        )
        .at(&pinned.span)
        .note(format!("granted: {}", pinned.value))
        .note(format!("found:   {}", plugin.digest))
        .help(format!(
            "if you know why it changed and trust it, grant the new one:\ndigest: \"{}\"",
            plugin.digest
        ));
        for (capability, request) in asked(plugin) {
            found = found.note(format!(
                "it asks for `{}`{}: {}",
                capability.name(),
                targets(request),
                request.why
            ));
        }
        self.problems.push(found);
    }

    pub(super) fn not_granted(
        &mut self,
        name: &str,
        plugin: Known<'_>,
        grant: Option<&Grant>,
        lacks: &[(Capability, String)],
        place: &Span,
    ) {
        let mut names: Vec<&str> = lacks
            .iter()
            .map(|(capability, _)| capability.name())
            .collect();
        names.dedup();
        let message = if names.is_empty() {
            format!("the grant of the plugin `{name}` does not say for which file it is")
        } else {
            format!("the plugin `{name}` is not granted {}", join_names(names))
        };
        let file = self.project.source.path();
        let (place_of_entry, head) = match (grant, &self.project.grants_span) {
            (Some(_), _) => (format!("make its grant in `{file}`"), ""),
            (None, Some(_)) => (format!("write under `grants` in `{file}`"), ""),
            (None, None) => (format!("write into `{file}`"), "grants:\n"),
        };
        let mut found = Diagnostic::error(code::NOT_GRANTED, message)
            .at(place)
            .help(format!(
                "if you trust it, {place_of_entry}:\n{head}{}",
                entry(name, plugin, grant, lacks)
            ));
        if lacks
            .iter()
            .any(|(_, yaml)| yaml.contains(SOME_HOST) || yaml.contains(SOME_FOLDER))
        {
            found = found.note(
                "an expression names the host or the folder: what it may name must be granted, since it isn't known before \
                 the run",
            );
        }
        for (capability, request) in asked(plugin) {
            found = found.note(format!(
                "it asks for `{}`{}: {}",
                capability.name(),
                targets(request),
                request.why
            ));
        }
        if let Some(span) = grant
            .map(|grant| &grant.span)
            .or(self.project.grants_span.as_ref())
        {
            found = found.related(
                span,
                if grant.is_some() {
                    "its grant so far"
                } else {
                    "other grants are here"
                },
            );
        }
        self.problems.push(found);
    }
}

fn asked<'a>(plugin: Known<'a>) -> impl Iterator<Item = (Capability, &'a Request)> {
    plugin
        .manifest
        .capabilities
        .iter()
        .filter(|(capability, _)| capability.needs_grant())
        .map(|(capability, request)| (*capability, request))
}

fn targets(request: &Request) -> String {
    let all: Vec<&str> = request
        .hosts
        .iter()
        .chain(&request.read)
        .chain(&request.write)
        .map(String::as_str)
        .collect();
    if all.is_empty() {
        String::new()
    } else {
        format!(" ({})", all.join(", "))
    }
}

/// The whole entry of a plugin: what is granted so far and what is missing.
fn entry(
    name: &str,
    plugin: Known<'_>,
    grant: Option<&Grant>,
    lacks: &[(Capability, String)],
) -> String {
    let mut yaml = format!("  {name}:\n");
    // What comes with Staffetta changes with it; its grants needn't be pinned.
    if plugin.origin == Origin::Project || grant.is_some_and(|grant| grant.digest.is_some()) {
        let _ = writeln!(yaml, "    digest: \"{}\"", plugin.digest);
    }
    let mut files = String::new();
    let so_far = |of: ListOf| -> Vec<String> {
        grant
            .map(of)
            .into_iter()
            .flatten()
            .map(|text| quote(&text.value))
            .collect()
    };
    let lists: [(&str, &str, Vec<String>); 5] = [
        ("http", "http: ", so_far(|g| &g.http)),
        ("websocket", "websocket: ", so_far(|g| &g.websocket)),
        ("mail", "mail: ", so_far(|g| &g.mail)),
        ("files", "read: ", so_far(|g| &g.read)),
        ("files", "write: ", so_far(|g| &g.write)),
    ];
    for (key, prefix, mut texts) in lists {
        for (_, lack) in lacks
            .iter()
            .filter(|(capability, _)| capability.name() == key)
        {
            if let Some(list) = lack.strip_prefix(prefix) {
                texts.push(list.trim_matches(['[', ']']).to_owned());
            }
        }
        if texts.is_empty() {
            continue;
        }
        let list = format!("{prefix}[{}]", texts.join(", "));
        if key == "files" {
            let comma = if files.is_empty() { "" } else { ", " };
            let _ = write!(files, "{comma}{list}");
        } else {
            let _ = writeln!(yaml, "    {list}");
        }
    }
    if !files.is_empty() {
        let _ = writeln!(yaml, "    files: {{ {files} }}");
    }
    let sign = grant.is_some_and(|grant| grant.sign)
        || lacks
            .iter()
            .any(|(capability, _)| *capability == Capability::Sign);
    if sign {
        yaml.push_str("    sign: true\n");
    }
    yaml
}

/// Quotes what YAML would take for something else.
pub(super) fn quote(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/'));
    if plain {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

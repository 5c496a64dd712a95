//! `on`: what starts a run.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::decode::fixed;
use super::keys::{SCHEDULE, TRIGGERS, WATCH, WEBHOOK};
use super::{Cron, Missed, Schedule, Triggers, Watch, Webhook};
use crate::diagnostic::{Diagnostic, code};
use crate::project::{is_inside, read_secret};
use crate::yaml::readers::{self, Spanned};
use crate::yaml::table::Fields;
use crate::yaml::{Entry, Node, Value};

pub(super) fn read(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Triggers {
    let mut triggers = Triggers::default();
    if let Some(word) = entry.value.as_str() {
        if word != "manual" {
            problems.push(
                Diagnostic::error(code::BAD_VALUE, format!("`on` can't be `{word}`"))
                    .at(&entry.value.span)
                    .expected("`manual`, or keys such as `watch` and `schedule`")
                    .help("for example:\non:\n  watch: inbox/*.md"),
            );
        }
        return triggers;
    }
    let Some(fields) = Fields::open(&entry.value, &TRIGGERS, &entry.key.span, problems) else {
        return triggers;
    };
    triggers.watch = fields
        .entry("watch")
        .and_then(|entry| watch(entry, problems));
    if let Some(entry) = fields.entry("schedule") {
        let nodes = match &entry.value.value {
            Value::Seq(items) => items.iter().collect(),
            _ => vec![&entry.value],
        };
        triggers.schedules = nodes
            .into_iter()
            .filter_map(|node| schedule(entry, node, problems))
            .collect();
    }
    triggers.webhook = fields
        .entry("webhook")
        .and_then(|entry| webhook(entry, problems));
    if let Some(node) = fields.get("manual")
        && node.value != Value::Null
    {
        readers::boolean(node, "`manual`", problems);
    }
    triggers
}

fn watch(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Watch> {
    let (files, ignore) = if entry.value.as_map().is_some() {
        let fields = Fields::open(&entry.value, &WATCH, &entry.key.span, problems)?;
        let mut texts = |key: &str| {
            fields
                .get(key)
                .map(|node| readers::texts(node, &format!("`{key}`"), problems))
                .unwrap_or_default()
        };
        (texts("files"), texts("ignore"))
    } else {
        (
            readers::texts(&entry.value, "`watch`", problems),
            Vec::new(),
        )
    };
    Some(Watch {
        span: entry.key.span.clone(),
        wanted: globs(&files, problems)?,
        unwanted: globs(&ignore, problems)?,
        files,
        ignore,
    })
}

fn globs(patterns: &[Spanned<String>], problems: &mut Vec<Diagnostic>) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let text = &pattern.value;
        if !is_inside(text) {
            problems.push(
                Diagnostic::error(
                    code::BAD_PATH,
                    format!("`{text}` is not inside the project"),
                )
                .at(&pattern.span)
                .expected("a pattern relative to the project, without `..`, parted by `/`"),
            );
            continue;
        }
        match GlobBuilder::new(text.trim_start_matches("./"))
            .literal_separator(true)
            .build()
        {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => problems.push(
                Diagnostic::error(
                    code::BAD_GLOB,
                    format!("the pattern `{text}` can't be read: {}", error.kind()),
                )
                .at(&pattern.span)
                .expected(
                    "`*` for a part of a name, `**` for any folders, `?`, `[abc]` or `{a,b}`",
                ),
            ),
        }
    }
    match set.build() {
        Ok(set) => Some(set),
        Err(error) => {
            let found = Diagnostic::error(
                code::BAD_GLOB,
                format!("these patterns can't be used: {}", error.kind()),
            );
            problems.push(match patterns.first() {
                Some(first) => found.at(&first.span),
                None => found,
            });
            None
        }
    }
}

fn schedule(entry: &Entry, node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Schedule> {
    if let Some(text) = node.as_str() {
        problems.push(
            readers::wrong_type(node, "`schedule`", "keys with values")
                .help(format!("write `schedule: {{ cron: \"{text}\" }}`")),
        );
        return None;
    }
    let fields = Fields::open(node, &SCHEDULE, &entry.key.span, problems)?;
    let cron = fields
        .get("cron")
        .and_then(|node| fixed(node, "`cron`", problems))
        .and_then(|text| {
            text.value
                .parse::<Cron>()
                .map_err(|error| {
                    problems.push(
                        Diagnostic::error(code::BAD_CRON, format!("`{}` is no schedule: {error}", text.value))
                            .at(&text.span)
                            .help("minute, hour, day of the month, month, day of the week: `0 9 * * mon-fri` is 9:00 on working days"),
                    );
                })
                .ok()
        });
    let except = fields
        .get("except")
        .map(|node| readers::texts(node, "`except`", problems))
        .unwrap_or_default();
    let missed = match fields.get("missed") {
        None => Missed::default(),
        Some(node) => match readers::word(node, "`missed`", Missed::WORDS, problems)? {
            "skip" => Missed::Skip,
            "ask" => Missed::Ask,
            "drip" => Missed::Drip,
            _ => Missed::Once,
        },
    };
    Some(Schedule {
        span: entry.key.span.clone(),
        cron: cron?,
        except,
        missed,
    })
}

fn webhook(entry: &Entry, problems: &mut Vec<Diagnostic>) -> Option<Webhook> {
    let fields = Fields::open(&entry.value, &WEBHOOK, &entry.key.span, problems)?;
    let path = fields
        .get("path")
        .and_then(|node| fixed(node, "`path`", problems))
        .filter(|path| readers::check_name(&path.value, "a webhook", &path.span, problems));
    let secret = fields
        .entry("secret")
        .and_then(|entry| read_secret("secret", &entry.value, &entry.key.span, problems));
    Some(Webhook {
        span: entry.key.span.clone(),
        path: path?,
        secret: secret?,
    })
}

//! From the tree to the project. Every part is read even when another is wrong, so that all errors come in one go.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::keys::{ACCOUNT, CLIENT, LIMITS, PROJECT};
use super::secret::{literal, read_secret, sounds_secret};
use super::{Account, Calendar, Client, Limits, Project, grant};
use crate::diagnostic::{Diagnostic, Source, code, did_you_mean, one_of};
use crate::yaml::readers::{self, Spanned};
use crate::yaml::table::Fields;
use crate::yaml::{Entry, Node, Value};

/// The largest memory that a call can be allowed: what 32-bit WebAssembly can address.
const MAX_MEMORY: u64 = 4 << 30;
/// The longest time that a call can be allowed.
const MAX_TIME: std::time::Duration = std::time::Duration::from_secs(60 * 60);

pub(super) fn project(
    root: &Path,
    source: &Arc<Source>,
    node: &Node,
    problems: &mut Vec<Diagnostic>,
) -> Option<Project> {
    let beginning = crate::diagnostic::Span::beginning(source);
    let fields = Fields::open(node, &PROJECT, &beginning, problems)?;
    if let Some(node) = fields.get("version")
        && node.value != Value::Int(1)
    {
        problems.push(
            Diagnostic::error(
                code::PROJECT_VERSION,
                "this project file is of another version",
            )
            .at(&node.span)
            .expected("`version: 1`")
            .help(
                "write `version: 1`, or use the release of staffetta that the file was written for",
            ),
        );
    }
    let calendars = calendars(&fields, problems);
    let clients = named(
        &fields,
        "clients",
        "a client",
        problems,
        |entry, problems| client(entry, &calendars, problems),
    );
    let accounts = named(
        &fields,
        "accounts",
        "an account",
        problems,
        |entry, problems| account(entry, fields.get("clients"), problems),
    );
    let grants = named(&fields, "grants", "a plugin", problems, grant::grant);
    let store = fields
        .get("store")
        .and_then(|node| readers::text(node, "`store`", problems))
        .map_or_else(|| ".staffetta".into(), |text| text.value);
    Some(Project {
        root: root.to_path_buf(),
        source: Arc::clone(source),
        clients,
        accounts,
        grants,
        grants_span: fields.entry("grants").map(|entry| entry.key.span.clone()),
        calendars,
        store: store.into(),
        limits: limits(&fields, problems),
    })
}

/// Reads a map of names of people's own choice.
fn named<T>(
    fields: &Fields<'_>,
    key: &str,
    what: &str,
    problems: &mut Vec<Diagnostic>,
    mut one: impl FnMut(&Entry, &mut Vec<Diagnostic>) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    let Some(node) = fields.get(key) else {
        return all;
    };
    let Some(entries) = node.as_map() else {
        problems.push(readers::wrong_type(
            node,
            &format!("`{key}`"),
            &format!("names, each with the keys of {what}"),
        ));
        return all;
    };
    for entry in entries {
        readers::check_name(&entry.key.name, what, &entry.key.span, problems);
        if let Some(found) = one(entry, problems) {
            all.insert(entry.key.name.clone(), found);
        }
    }
    all
}

fn calendars(fields: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> BTreeMap<String, Calendar> {
    let mut all = Calendar::built_in();
    let own = named(
        fields,
        "calendars",
        "a calendar",
        problems,
        |entry, problems| {
            let mut calendar = Calendar::default();
            for day in readers::texts(
                &entry.value,
                &format!("the calendar `{}`", entry.key.name),
                problems,
            ) {
                if !calendar.add(&day.value) {
                    problems.push(
                    Diagnostic::error(code::BAD_VALUE, format!("`{}` is no day", day.value))
                        .at(&day.span)
                        .expected("`MM-DD`, `YYYY-MM-DD`, `easter`, or `easter` with days before or after it")
                        .help("for example `12-24`, `2026-12-24` or `easter+1`"),
                );
                }
            }
            Some(calendar)
        },
    );
    all.extend(own);
    all
}

fn client(
    entry: &Entry,
    calendars: &BTreeMap<String, Calendar>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Client> {
    let fields = Fields::open(&entry.value, &CLIENT, &entry.key.span, problems)?;
    let title = fields
        .get("name")
        .and_then(|node| readers::text(node, "`name`", problems));
    let zone = fields
        .get("time-zone")
        .and_then(|node| readers::text(node, "`time-zone`", problems))
        .and_then(|text| time_zone(&text, problems));
    let languages = fields
        .get("languages")
        .map(|node| readers::texts(node, "`languages`", problems))
        .unwrap_or_default();
    for language in &languages {
        language_fits(language, problems);
    }
    let named = fields
        .get("calendars")
        .map(|node| readers::texts(node, "`calendars`", problems))
        .unwrap_or_default();
    for calendar in &named {
        if !calendars.contains_key(&calendar.value) {
            let names = || calendars.keys().map(String::as_str);
            problems.push(
                Diagnostic::error(code::UNKNOWN_CALENDAR, format!("there is no calendar `{}`", calendar.value))
                    .at(&calendar.span)
                    .expected(one_of(names()))
                    .maybe_help(did_you_mean(&calendar.value, names()))
                    .help(format!(
                        "or list its days at the top of this file:\ncalendars:\n  {}: [01-01, 12-25, easter+1]",
                        calendar.value
                    )),
            );
        }
    }
    let (time_zone, zone) = zone?;
    Some(Client {
        name: entry.key.name.clone(),
        span: entry.key.span.clone(),
        title: title.map_or_else(|| entry.key.name.clone(), |text| text.value),
        time_zone,
        zone,
        languages: languages.into_iter().map(|text| text.value).collect(),
        calendars: named,
    })
}

fn time_zone(text: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> Option<(String, TimeZone)> {
    // The name as the database writes it: `europe/rome` would be found, but stands differently in every report.
    if let Ok(zone) = TimeZone::get(&text.value)
        && zone.iana_name().is_some()
    {
        let name = zone.iana_name().unwrap_or(&text.value).to_owned();
        return Some((name, zone));
    }
    let known: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    let city = known
        .iter()
        .find(|name| {
            let city = name
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .replace('_', " ");
            city.eq_ignore_ascii_case(text.value.trim())
        })
        .map(|name| format!("did you mean `{name}`?"));
    problems.push(
        Diagnostic::error(
            code::BAD_TIME_ZONE,
            format!("there is no time zone `{}`", text.value),
        )
        .at(&text.span)
        .expected("an IANA name such as `Europe/Rome`")
        .maybe_help(city.or_else(|| did_you_mean(&text.value, known.iter().map(String::as_str)))),
    );
    None
}

fn language_fits(text: &Spanned<String>, problems: &mut Vec<Diagnostic>) -> bool {
    let mut parts = text.value.split('-');
    let first = parts.next().unwrap_or_default();
    let alphanumeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let fits = (2..=3).contains(&first.len())
        && first.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && alphanumeric(part));
    if !fits {
        problems.push(
            Diagnostic::error(
                code::BAD_VALUE,
                format!("`{}` is no language tag", text.value),
            )
            .at(&text.span)
            .expected("a BCP 47 tag such as `it` or `pt-BR`"),
        );
    }
    fits
}

fn account(
    entry: &Entry,
    clients: Option<&Node>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Account> {
    for inner in entry.value.as_map().unwrap_or_default() {
        // A password right under the account: the message about the unknown key must not show it.
        if sounds_secret(&inner.key.name) {
            literal(&inner.key.name, &inner.value, &inner.key.span, problems);
        }
    }
    let fields = Fields::open(&entry.value, &ACCOUNT, &entry.key.span, problems)?;
    let mut text = |key: &str| {
        fields
            .get(key)
            .and_then(|node| readers::text(node, &format!("`{key}`"), problems))
    };
    let (client, network, via) = (text("client"), text("network"), text("via"));
    let (handle, language) = (text("handle"), text("language"));
    if let Some(client) = &client {
        let known = || {
            clients
                .and_then(Node::as_map)
                .unwrap_or_default()
                .iter()
                .map(|entry| entry.key.name.as_str())
        };
        if !known().any(|name| name == client.value) {
            problems.push(
                Diagnostic::error(
                    code::UNKNOWN_CLIENT,
                    format!("there is no client `{}`", client.value),
                )
                .at(&client.span)
                .expected(one_of(known()))
                .maybe_help(did_you_mean(&client.value, known())),
            );
        }
    }
    if let Some(language) = &language {
        language_fits(language, problems);
    }
    let mut secrets = BTreeMap::new();
    if let Some(node) = fields.get("secrets") {
        match node.as_map() {
            Some(entries) => {
                for entry in entries {
                    let name = &entry.key.name;
                    if let Some(found) = read_secret(name, &entry.value, &entry.key.span, problems)
                    {
                        secrets.insert(name.clone(), found);
                    }
                }
            }
            None => {
                node.span.source.hide(&node.span);
                problems.push(readers::wrong_type(
                    node,
                    "`secrets`",
                    "names, each with `{ env: NAME }` or `{ file: path }`",
                ));
            }
        }
    }
    let mut object = |key: &str| -> Json {
        let Some(node) = fields.get(key) else {
            return Json::Object(Map::new());
        };
        if node.as_map().is_none() {
            problems.push(readers::wrong_type(
                node,
                &format!("`{key}`"),
                "keys with values",
            ));
            return Json::Object(Map::new());
        }
        for entry in node.as_map().unwrap_or_default() {
            // A setting may say which of the account's secrets to use.
            let named = entry.value.as_str().zip(fields.get("secrets"));
            let named = named.is_some_and(|(name, secrets)| secrets.get(name).is_some());
            if sounds_secret(&entry.key.name) && !named {
                literal(&entry.key.name, &entry.value, &entry.key.span, problems);
            }
        }
        node.to_json()
    };
    let (settings, facts) = (object("with"), object("facts"));
    Some(Account {
        name: entry.key.name.clone(),
        span: entry.key.span.clone(),
        client: client?,
        network: network?,
        via,
        handle: handle.map(|text| text.value),
        language: language.map(|text| text.value),
        with: fields.get("with").cloned(),
        settings,
        secrets,
        facts,
    })
}

fn limits(fields: &Fields<'_>, problems: &mut Vec<Diagnostic>) -> Limits {
    let Some(entry) = fields.entry("limits") else {
        return Limits::default();
    };
    let Some(fields) = Fields::open(&entry.value, &LIMITS, &entry.key.span, problems) else {
        return Limits::default();
    };
    let memory = fields.get("memory").and_then(|node| {
        let found = readers::size(node, "`memory`", problems)?;
        within(node, found <= MAX_MEMORY, "at most `4GiB`", problems).then_some(found)
    });
    let time = fields.get("time").and_then(|node| {
        let found = readers::duration(node, "`time`", problems)?.value;
        within(node, found <= MAX_TIME, "at most `1h`", problems).then_some(found)
    });
    Limits { memory, time }
}

fn within(node: &Node, fits: bool, expected: &str, problems: &mut Vec<Diagnostic>) -> bool {
    if !fits {
        problems.push(
            Diagnostic::error(code::BAD_QUANTITY, "this limit is too high")
                .at(&node.span)
                .expected(expected),
        );
    }
    fits
}

//! `docs/networks.md`: what each network takes, asked of the plugins themselves, with the source of each figure.

use std::fmt::Write as _;
use std::fs;

use serde_json::{Map, Value, json};
use staffetta::project::Project as Definition;
use staffetta_tests::{Project, repository};

use crate::generated::same;

const HEAD: &str = "\
# What each network takes

Made from the plugins by a test (`BLESS=1 cargo nextest run --release -p staffetta-tests --test tidy networks`); do not edit.
Limits come from `network.limits` of each plugin, figures from its `facts.json`. A figure marked *doubtful* comes from a third
party or was not verified; any of them can be corrected in an account's `facts`. A server that tells its own limits wins over
what stands here.
";

/// One plugin that is a network.
struct Network {
    name: String,
    title: String,
    publishes: bool,
    limits: Value,
}

fn networks() -> Vec<Network> {
    let project = Project::new();
    let list = project.run(&["plugin", "list", "--json"]).ok().json();
    let examples = Definition::load(&repository().join("pipelines")).unwrap();
    let mut found = Vec::new();
    for plugin in list["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|plugin| plugin["network"].is_object())
    {
        let name = plugin["name"].as_str().unwrap();
        let known = examples
            .accounts
            .values()
            .find(|account| account.network.value == name);
        let settings = known.map_or_else(|| json!({}), |account| account.settings.clone());
        let account = json!({
            "name": "a", "client": "acme", "network": name, "settings": settings.to_string(), "facts": "{}", "time-zone": "UTC",
        });
        let input = json!({ "account": account }).to_string();
        let output = project
            .run_with(&["plugin", "call", name, "network.limits"], &input)
            .ok();
        let limits = output.json()["ok"].clone();
        assert!(limits.is_object(), "{}", output.describe());
        let publishes = plugin["exports"]
            .as_array()
            .unwrap()
            .iter()
            .any(|export| export == "publisher");
        let title = plugin["network"]["name"].as_str().unwrap().to_string();
        found.push(Network {
            name: name.into(),
            title,
            publishes,
            limits,
        });
    }
    assert!(found.len() >= 7, "only {} networks were found", found.len());
    found
}

fn page() -> String {
    let all = networks();
    let mut page = HEAD.to_string();
    page.push_str(
        "\n| network | text | needs | pictures | videos | a link | a thread | posts by itself |\n",
    );
    page.push_str("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for network in &all {
        let limits = &network.limits;
        let _ = writeln!(
            page,
            "| [{}](#{}) | {} | {} | {} | {} | {} | {} | {} |",
            network.title,
            network.title.to_lowercase().replace(' ', "-"),
            texts(limits),
            needs(limits),
            files(limits, "image"),
            files(limits, "video"),
            link(limits),
            match limits["max-parts"].as_u64() {
                Some(0 | 1) | None => "no".into(),
                Some(parts) => format!("up to {parts} posts"),
            },
            if network.publishes {
                "yes"
            } else {
                "not yet: by hand, through `handoff`"
            },
        );
    }
    for network in &all {
        let _ = write!(page, "\n## {}\n\n", network.title);
        match facts(&network.name) {
            Some(facts) => figures(&mut page, &facts, &network.limits),
            None => page.push_str("No figures: it takes what the others compose.\n"),
        }
    }
    page
}

fn facts(plugin: &str) -> Option<Map<String, Value>> {
    let text =
        fs::read_to_string(repository().join(format!("plugins/{plugin}/facts.json"))).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

fn figures(page: &mut String, facts: &Map<String, Value>, limits: &Value) {
    page.push_str(
        "| figure | value | unit | source | read | |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for (name, fact) in facts {
        let part = |part: &str| fact[part].as_str().unwrap_or_default().replace('|', "\\|");
        let (source, date) = (part("source"), part("date"));
        assert!(
            !source.is_empty() && date.len() >= 7,
            "{name}: a figure needs its source and date"
        );
        let doubtful = if fact["doubtful"] == true {
            "*doubtful*"
        } else {
            ""
        };
        let unit = match fact["unit"].as_str() {
            Some(unit) => unit.into(),
            None => unit(name, &fact["value"], limits),
        };
        let _ = writeln!(
            page,
            "| `{name}` | {} | {unit} | {source} | {date} | {doubtful} |",
            value(&fact["value"])
        );
    }
}

/// A figure's unit: that of the field that the plugin names, else by the last word of its name.
fn unit(name: &str, value: &Value, limits: &Value) -> String {
    let fields = limits["fields"].as_array().unwrap();
    if let Some(field) = fields
        .iter()
        .find(|field| field["name"] == *name && field["limit"] == *value)
    {
        return field["unit"].as_str().unwrap_or_default().into();
    }
    let last = name.rsplit('-').next().unwrap_or_default();
    match last {
        "bytes" => "bytes",
        "count" => "files",
        "types" => "media types",
        "width" | "height" | "pixels" => "pixels",
        "ratio" => "width ÷ height",
        "ms" => "milliseconds",
        "parts" => "posts",
        _ => "",
    }
    .into()
}

fn value(value: &Value) -> String {
    match value {
        Value::Array(list) if list.is_empty() => "not said".into(),
        Value::Array(list) => list
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(", "),
        Value::Number(number) => number
            .as_u64()
            .map_or_else(|| number.to_string(), thousands),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn texts(limits: &Value) -> String {
    let fields = limits["fields"].as_array().unwrap().iter();
    let texts: Vec<String> = fields
        .filter(|field| field["name"] == "text")
        .map(|field| match field["limit"].as_u64() {
            Some(limit) => format!(
                "{} {}",
                thousands(limit),
                field["unit"].as_str().unwrap_or_default()
            ),
            None => "any length".into(),
        })
        .collect();
    texts.join(" and ")
}

fn needs(limits: &Value) -> String {
    let fields = limits["fields"].as_array().unwrap().iter();
    let mut needs: Vec<String> = fields
        .filter(|field| field["required"] == true)
        .map(|field| field["name"].as_str().unwrap().into())
        .collect();
    if limits["min-media"].as_u64().is_some_and(|least| least > 0) {
        needs.push("a picture or video".into());
    }
    if needs.is_empty() {
        "nothing".into()
    } else {
        needs.join(", ")
    }
}

fn files(limits: &Value, kind: &str) -> String {
    let media = limits["media"].as_array().unwrap();
    match media
        .iter()
        .find(|media| media["kind"] == kind)
        .and_then(|media| media["max-count"].as_u64())
    {
        None | Some(0) => "none".into(),
        Some(count) if count == u64::from(u32::MAX) => "any number".into(),
        Some(count) => thousands(count),
    }
}

fn link(limits: &Value) -> &'static str {
    match (limits["links"].as_str(), limits["cards"] == true) {
        (Some("text"), true) => "in the text, and a card",
        (Some("text"), false) => "in the text",
        (Some("field"), _) => "in a field of its own",
        _ => "not clickable",
    }
}

#[test]
fn the_page_on_networks_is_what_the_plugins_say() {
    same("docs/networks.md", &page());
}

#[test]
fn figures_are_written_with_commas() {
    assert_eq!(
        [5, 280, 1000, 5_000_000].map(thousands),
        ["5", "280", "1,000", "5,000,000"]
    );
}

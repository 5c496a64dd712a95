use serde_json::json;

use super::*;
use crate::diagnostic::{Colour, render_all};

fn parse(text: &str) -> Result<Project, Vec<Diagnostic>> {
    Project::parse(Path::new("/p"), &Source::new(FILE_NAME, text))
}

const GOOD: &str = r#"
version: 1
clients:
  acme: { name: Acme, time-zone: Europe/Rome, languages: [it, en], calendars: [it-holidays, rest] }
accounts:
  acme-x: { client: acme, network: x, via: handoff, handle: "@acme" }
  acme-bluesky:
    client: acme
    network: bluesky
    with: { service: https://bsky.social }
    secrets: { app-password: { env: ACME_BSKY }, other: { file: /run/secrets/x } }
    facts: { max: 5 }
grants:
  my-plugin: { digest: "sha256:0000000000000000000000000000000000000000000000000000000000000000", http: ["*.example.org"], files: { read: [posts], write: [out] }, sign: true }
calendars:
  rest: [08-14]
limits: { memory: 256MB, time: 30s }
"#;

#[test]
fn reads_everything() {
    let project = parse(GOOD)
        .map_err(|all| render_all(&all, Colour::Never))
        .unwrap();
    assert_eq!(project.store_folder(), Path::new("/p/.staffetta"));
    let acme = &project.clients["acme"];
    assert_eq!((acme.title.as_str(), acme.languages.len()), ("Acme", 2));
    assert_eq!(acme.zone.iana_name(), Some("Europe/Rome"));
    let bluesky = &project.accounts["acme-bluesky"];
    assert_eq!(bluesky.settings, json!({"service": "https://bsky.social"}));
    assert_eq!(
        bluesky.secrets["app-password"].place,
        SecretPlace::Env("ACME_BSKY".into())
    );
    assert_eq!(
        project.accounts["acme-x"]
            .via
            .as_ref()
            .map(|v| v.value.as_str()),
        Some("handoff")
    );
    let grant = &project.grants["my-plugin"];
    assert_eq!((grant.read.len(), grant.sign), (1, true));
    assert_eq!(project.limits.memory, Some(256_000_000));
    assert!(project.calendars["rest"].contains("2030-08-14".parse().unwrap()));
}

#[test]
fn all_errors_in_one_go() {
    let broken = GOOD
        .replace("version: 1", "version: 2\nclient: x")
        .replace("Europe/Rome", "Rome")
        .replace("network: x,", "netwrk: x,")
        .replace("client: acme\n", "client: acne\n")
        .replace("\"*.example.org\"", "\"https://api.example.org/v1\", \"*\"")
        .replace("write: [out]", "write: [../out]")
        .replace("time: 30s", "time: 30");
    let all = parse(&broken).unwrap_err();
    let codes: Vec<_> = all.iter().map(|d| d.code.id()).collect();
    assert_eq!(
        codes,
        [
            "S0104", "S0205", "S0202", "S0104", "S0113", "S0201", "S0206", "S0206", "S0208",
            "S0116"
        ],
        "{}",
        render_all(&all, Colour::Never)
    );
    let text = render_all(&all, Colour::Never);
    for hint in [
        "`clients`?",
        "`Europe/Rome`?",
        "`network`?",
        "`acme`?",
        "only the host: `api.example.org`",
        "`30s`",
    ] {
        assert!(text.contains(hint), "{hint} in\n{text}");
    }
}

#[test]
fn secrets_in_plain_sight_are_refused_and_not_shown() {
    for place in [
        "secrets: { app-password: hunter2-abcd }",
        "secrets: { app-password: { env: hunter2-abcd } }",
        "with: { app-password: hunter2-abcd }",
        "app-password: hunter2-abcd",
        "secrets: hunter2-abcd",
    ] {
        let text = format!(
            "version: 1\nclients: {{ a: {{ time-zone: UTC }} }}\naccounts:\n  b:\n    client: a\n    network: n\n    {place}\n"
        );
        let all = parse(&text).unwrap_err();
        let shown = render_all(&all, Colour::Never) + &serde_json::to_string(&all).unwrap();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(
            shown.contains("S0203") || shown.contains("S0112"),
            "{shown}"
        );
    }
}

#[test]
fn hosts_and_paths() {
    assert!(
        covers_host("*.example.org", "api.example.org")
            && covers_host("*.example.org", "a.b.example.org")
    );
    assert!(
        !covers_host("*.example.org", "example.org")
            && !covers_host("*.example.org", "badexample.org")
    );
    assert!(
        !covers_host("example.org", "api.example.org")
            && !covers_host("a:443", "a:444")
            && covers_host("a", "a:8080")
    );
    assert!(
        covers_host("*.example.org", "*.api.example.org")
            && !covers_host("*.api.example.org", "*.example.org")
    );
    assert!(!covers_host("a:443", "a"));
    assert!(
        is_host("localhost:8080")
            && is_host("127.0.0.1")
            && is_host("[::1]:80")
            && is_host("[::1]")
    );
    assert!(
        !is_host("*")
            && !is_host("")
            && !is_host("*.")
            && !is_host("a b")
            && !is_host("Example.org")
            && !is_host("a:x")
    );
    assert!(
        covers_path("posts", "posts/2026/a.md")
            && covers_path("./posts/", "posts")
            && covers_path(".", "x")
    );
    assert!(!covers_path("posts", "posts2") && !covers_path("posts/a", "posts"));
    assert!(
        !is_inside("/etc") && !is_inside("a/../../b") && !is_inside("C:/x") && is_inside("a/b")
    );
}

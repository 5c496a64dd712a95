//! A project whose Markdown files go to one account on a real server.

use std::process::Command;

use serde_json::Value;
use staffetta_tests::{Output, Project};

use crate::pds::Account;

/// The environment variable with the account's password.
pub(crate) const PASSWORD: &str = "ACME_BLUESKY";

/// The pipeline's and the account's file, with the server's address.
pub(crate) fn project(service: &str, account: &Account) -> Project {
    let yaml = format!(
        "version: 1\n\
         clients:\n  acme: {{ name: Acme, time-zone: Europe/Rome, languages: [it] }}\n\
         accounts:\n  acme-bluesky:\n    client: acme\n    network: bluesky\n    handle: {}\n    \
         secrets: {{ app-password: {{ env: {PASSWORD} }} }}\n    with: {{ service: \"{service}\" }}\n",
        account.handle
    );
    Project::empty()
        .file("staffetta.yaml", yaml)
        .pipeline("posts", &pipeline("acme-bluesky"))
        .env(PASSWORD, &account.app_password)
}

/// A pipeline from the folder `inbox` to these accounts.
pub(crate) fn pipeline(accounts: &str) -> String {
    format!(
        "name: Posts\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: {{ folder: inbox }}\n  - publish: [{accounts}]\n"
    )
}

/// The last JSON document on standard output: a run that goes on with an interrupted one tells of both.
#[track_caller]
pub(crate) fn last(output: &Output) -> Value {
    let documents = serde_json::Deserializer::from_str(&output.stdout).into_iter::<Value>();
    documents
        .map(|document| document.unwrap())
        .last()
        .unwrap_or_else(|| panic!("no JSON\n{}", output.describe()))
}

/// Account and outcome of every post of a report, in order.
pub(crate) fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let posts = report["posts"].as_array().unwrap().iter();
    posts
        .map(|post| {
            (
                post["account"].as_str().unwrap(),
                post["outcome"].as_str().unwrap(),
            )
        })
        .collect()
}

/// The addresses in the receipts of a report, parts of threads included, sorted.
#[track_caller]
pub(crate) fn receipts(report: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for post in report["posts"].as_array().unwrap() {
        let receipt = &post["receipt"];
        assert!(receipt["id"].is_string(), "a receipt: {post}");
        let parts = receipt["parts"]
            .as_array()
            .filter(|parts| !parts.is_empty());
        match parts {
            Some(parts) => found.extend(
                parts
                    .iter()
                    .map(|part| part["id"].as_str().unwrap().to_string()),
            ),
            None => found.push(receipt["id"].as_str().unwrap().to_string()),
        }
    }
    found.sort();
    found
}

/// `staffetta run posts --json`.
pub(crate) fn run(project: &Project) -> Command {
    project.command(&["run", "posts", "--json"])
}

//! Neither a password nor what a login returned is ever written down or told.

use std::fs;

use serde_json::Value;
use staffetta_tests::Output;

use crate::gate::Gate;
use crate::pds::Pds;
use crate::{desk, pictures};

#[test]
fn passwords_and_tokens_are_in_no_file_and_in_no_log() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let gate = Gate::before(pds.url());
    let project = desk::project(&gate.url(), &account)
        .file(
            "inbox/a.md",
            "---\nimage: { file: p.png, alt: Grigio }\n---\nCiao",
        )
        .file("inbox/p.png", pictures::png(8, 8));
    const WRONG: &str = "wxyz-wrong-canary-wxyz";
    let mut refused = desk::run(&project);
    refused.arg("-vv").env(desk::PASSWORD, WRONG);
    let outputs: Vec<Output> = vec![
        project.run(&["check", "-vv"]),
        project.run(&["preview", "posts", "-vv", "--html", "preview.html"]),
        project.finish(&mut refused).code(1),
        project.run(&["run", "posts", "-vv"]).ok(),
        project
            .run(&["run", "posts", "-vv", "--log", "json", "--json"])
            .ok(),
        project.run(&["runs", "show", "last", "-vv"]).ok(),
        project.run(&["runs", "show", "last", "--json"]).ok(),
    ];

    let mut canaries = vec![account.app_password.clone(), WRONG.to_string()];
    let mut sent = 0;
    for exchange in gate.exchanges() {
        let body = String::from_utf8_lossy(&exchange.request.body).into_owned();
        sent += usize::from(body.contains(&account.app_password));
        let answer = String::from_utf8_lossy(&exchange.answer).into_owned();
        let json = answer
            .split_once("\r\n\r\n")
            .and_then(|(_, json)| serde_json::from_str::<Value>(json).ok());
        for token in ["accessJwt", "refreshJwt"] {
            canaries.extend(
                json.iter()
                    .filter_map(|json| json[token].as_str())
                    .map(str::to_string),
            );
        }
    }
    assert!(
        sent >= 1,
        "the password went to the server, so it is the right thing to look for"
    );
    assert!(canaries.len() >= 4, "a login returned two tokens");

    let files: Vec<(String, Vec<u8>)> = project
        .files(".")
        .into_iter()
        .map(|path| (path.clone(), fs::read(project.path(&path)).unwrap()))
        .collect();
    let holds = |bytes: &[u8], text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    let store = files
        .iter()
        .filter(|(path, _)| path.starts_with(".staffetta"));
    assert!(
        store
            .into_iter()
            .any(|(_, bytes)| holds(bytes, &account.did)),
        "the search finds what is there"
    );
    for canary in &canaries {
        for (path, bytes) in &files {
            assert!(!holds(bytes, canary), "{canary} is in {path}");
        }
        for output in &outputs {
            let told = format!("{}{}", output.stdout, output.stderr);
            assert!(
                !told.contains(canary.as_str()),
                "{canary} was told\n{}",
                output.describe()
            );
        }
    }
    let logged = |output: &Output| output.stderr.contains("createSession");
    assert!(
        outputs.iter().any(logged),
        "the log tells of the login at all: {}",
        outputs[3].describe()
    );
}

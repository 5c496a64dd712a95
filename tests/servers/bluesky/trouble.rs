//! Wrong passwords, servers that are away, requests and answers that get lost: told, and made up for once.

use std::fs;

use serde_json::Value;
use staffetta_tests::Project;
use tempfile::TempDir;

use crate::gate::{Gate, Turn};
use crate::pds::{Account, Pds};
use crate::{desk, pictures};

/// The kinds of failure that the journal keeps of a run's posts, by account.
fn failures(project: &Project) -> Vec<(String, String)> {
    let shown = project.run(&["runs", "show", "last", "--json"]).ok().json();
    let effects = shown["effects"].as_array().unwrap().iter();
    let failed = effects.filter(|effect| effect["status"] == "failed");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    failed
        .map(|effect| (text(&effect["account"]), text(&effect["failure"]["kind"])))
        .collect()
}

/// A login that went bad stops its account and no other, says so, and what waited goes out when it is mended.
#[test]
fn a_wrong_password_fails_its_account_alone_and_the_post_goes_out_later() {
    let Some(pds) = Pds::start() else { return };
    let (anna, bruno) = (pds.account("anna"), pds.account("bruno"));
    let secrets = TempDir::new().unwrap();
    let secret = |account: &Account, password: &str| {
        let file = secrets.path().join(&account.handle);
        fs::write(&file, format!("{password}\n")).unwrap();
        file
    };
    secret(&bruno, &bruno.app_password);
    let wrong = secret(&anna, "aaaa-bbbb-cccc-dddd");
    let account = |name: &str, account: &Account| {
        let file = secrets.path().join(&account.handle);
        format!(
            "  {name}:\n    client: acme\n    network: bluesky\n    handle: {}\n    \
             secrets: {{ app-password: {{ file: \"{}\" }} }}\n    with: {{ service: \"{}\" }}\n",
            account.handle,
            file.display(),
            pds.url()
        )
    };
    let yaml = format!(
        "version: 1\nclients:\n  acme: {{ name: Acme, time-zone: Europe/Rome, languages: [it] }}\naccounts:\n{}{}  \
         acme-x: {{ client: acme, network: x, via: handoff, handle: \"@acme\" }}\n",
        account("acme-anna", &anna),
        account("acme-bruno", &bruno),
    );
    let project = Project::empty()
        .file("staffetta.yaml", yaml)
        .pipeline("posts", &desk::pipeline("acme-anna, acme-bruno, acme-x"))
        .file("inbox/a.md", "Apriamo il 14 novembre");

    let first = desk::last(&project.finish(&mut desk::run(&project)).code(1));
    assert_eq!(
        desk::outcomes(&first),
        [
            ("acme-anna", "failed"),
            ("acme-bruno", "posted"),
            ("acme-x", "posted")
        ]
    );
    assert_eq!(
        failures(&project),
        [("acme-anna".to_string(), "auth".to_string())]
    );

    fs::write(wrong, &anna.app_password).unwrap();
    let second = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(
        desk::outcomes(&second),
        [
            ("acme-anna", "posted"),
            ("acme-bruno", "already-posted"),
            ("acme-x", "already-posted")
        ]
    );
    for account in [&anna, &bruno] {
        assert_eq!(pds.read(account).texts(), ["Apriamo il 14 novembre"]);
    }
}

#[test]
fn a_server_that_is_down_or_killed_gets_each_post_once_when_it_is_back() {
    let Some(mut pds) = Pds::lasting() else {
        return;
    };
    pds.up();
    let account = pds.account("anna");
    pds.kill();
    let project = desk::project(pds.url(), &account).file("inbox/a.md", "uno");
    let down = desk::last(&project.finish(&mut desk::run(&project)).code(1));
    assert_eq!(desk::outcomes(&down), [("acme-bluesky", "failed")]);

    pds.up();
    let up = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(desk::outcomes(&up), [("acme-bluesky", "posted")]);

    pds.kill();
    let nothing_new = desk::last(&project.finish(&mut desk::run(&project)).ok());
    assert_eq!(
        desk::outcomes(&nothing_new),
        [("acme-bluesky", "already-posted")],
        "known without asking anybody"
    );
    project.write("inbox/b.md", "due");
    let down = desk::last(&project.finish(&mut desk::run(&project)).code(1));
    assert_eq!(
        desk::outcomes(&down),
        [
            ("acme-bluesky", "already-posted"),
            ("acme-bluesky", "failed")
        ]
    );

    pds.up();
    project.run(&["run", "posts"]).ok();
    assert_eq!(pds.read(&account).texts(), ["uno", "due"]);
}

/// Takes away one request, or one answer, of a run, for every request that there is; then everything works again.
///
/// "Timed out", posted all the same, and posted again by hand or by the retry: the best-known complaint about such tools.
#[test]
fn no_lost_request_or_answer_makes_a_post_twice_or_loses_it() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let gate = Gate::before(pds.url());
    let mut receipts = Vec::new();
    let mut told = Vec::new();
    for lost in [Turn::LoseRequest, Turn::LoseAnswer] {
        for at in 0.. {
            let project = three(&gate, &account, &format!("{lost:?} {at}"));
            gate.rule(move |count, _| if count == at { lost } else { Turn::Pass });
            let first = project.finish(&mut desk::run(&project));
            let came = gate.count();
            gate.open();
            let mut report = desk::last(&first);
            if first.code != Some(0) {
                // Whatever was told of it, the next run makes up for it.
                told.push(format!("{lost:?} {at}: {:?}", desk::outcomes(&report)));
                report = desk::last(&project.finish(&mut desk::run(&project)).ok());
            }
            assert_eq!(report["posts"].as_array().unwrap().len(), 3);
            receipts.extend(desk::receipts(&report));
            if came <= at {
                assert!(
                    at >= 6,
                    "a run has a login, an upload and four records, and here were {came} requests"
                );
                break;
            }
        }
    }
    let repo = pds.read(&account);
    let there: Vec<&str> = repo.versions().iter().map(|(uri, _)| *uri).collect();
    receipts.sort();
    assert_eq!(
        receipts, there,
        "each record has its receipt, and nothing else is there. Told: {told:#?}"
    );
    eprintln!("what the first runs told: {told:#?}");
}

/// A picture, a line and a thread of two parts.
pub(crate) fn three(gate: &Gate, account: &Account, what: &str) -> Project {
    // No part of it is like a part of another one.
    let mark = what.replace(' ', "");
    let long: String = (0..60).map(|word| format!("{mark}{word} ")).collect();
    desk::project(&gate.url(), account)
        .file(
            "inbox/a.md",
            format!("---\nimage: {{ file: p.png, alt: Grigio }}\n---\n{what}: con figura"),
        )
        .file("inbox/p.png", pictures::png(8, 8))
        .file("inbox/b.md", format!("{what}: una riga"))
        .file("inbox/c.md", format!("{what}: {long}"))
}

/// Every part of a long thread goes out, and no answer ever comes back: looking is enough to go on.
#[test]
fn a_thread_goes_out_whole_and_once_though_no_answer_ever_arrives() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let gate = Gate::before(pds.url());
    let long: String = (0..150).map(|word| format!("parola{word} ")).collect();
    let project = desk::project(&gate.url(), &account).file("inbox/a.md", long);
    gate.rule(|_, request| {
        if request.path.ends_with("putRecord") {
            Turn::LoseAnswer
        } else {
            Turn::Pass
        }
    });
    let report = desk::last(&project.finish(&mut desk::run(&project)).ok());
    let repo = pds.read(&account);
    let threads = repo.threads();
    assert_eq!(threads.len(), 1);
    assert!(threads[0].len() >= 4, "a long thread: {}", threads[0].len());
    let there: Vec<&str> = repo.versions().iter().map(|(uri, _)| *uri).collect();
    assert_eq!(desk::receipts(&report), there);
}

/// The answer is lost and then the server is away as well: nobody can know, so nothing is sent again until somebody can.
#[test]
fn in_doubt_is_told_and_settled_by_looking_when_the_server_is_back() {
    let Some(pds) = Pds::start() else { return };
    let account = pds.account("anna");
    let gate = Gate::before(pds.url());
    let project = desk::project(&gate.url(), &account).file("inbox/a.md", "una volta sola");
    let published = std::sync::atomic::AtomicBool::new(false);
    gate.rule(move |_, request| {
        use std::sync::atomic::Ordering::SeqCst;
        match request.path.ends_with("putRecord") {
            true if !published.swap(true, SeqCst) => Turn::LoseAnswer,
            _ if published.load(SeqCst) => Turn::LoseRequest,
            _ => Turn::Pass,
        }
    });
    for _ in 0..2 {
        let doubtful = desk::last(&project.finish(&mut desk::run(&project)).code(1));
        assert_eq!(desk::outcomes(&doubtful), [("acme-bluesky", "in-doubt")]);
    }
    gate.open();
    let settled = desk::last(&project.finish(&mut desk::run(&project)).ok());
    let repo = pds.read(&account);
    assert_eq!(repo.texts(), ["una volta sola"]);
    assert_eq!(desk::receipts(&settled), [repo.versions()[0].0]);
    let sent = gate
        .exchanges()
        .into_iter()
        .filter(|exchange| exchange.request.path.ends_with("putRecord"))
        .count();
    assert_eq!(sent, 1, "it was looked for, not sent again");
}

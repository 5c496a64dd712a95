//! Secrets stay with the host: a plugin holds a placeholder, and nothing that comes back, is logged or is stored has them.

use std::fs;

use serde_json::json;
use staffetta_tests::{Output, Project, Reply, Request, Server};

use crate::common::{Network, digest, network, numbers, project_file, text};
use crate::sandbox::settings;

const CANARY: &str = "canary-6f1d2c9a-secret";

/// An account of the probe that tries `named` with its secret, and a pipeline that asks its inbox.
fn project(server: &Server, named: &serde_json::Value) -> Project {
    let host = format!("127.0.0.1:{}", server.port());
    let mut with = named.clone();
    with["granted-url"] = json!(server.url("/"));
    with["url"] = json!(server.url("/echo"));
    let account = |name: &str, variable: &str, with: &serde_json::Value| {
        format!(
            "  {name}: {{ client: acme, network: guest-probe, with: {with}, secrets: {{ token: {{ env: {variable} }} }} }}\n"
        )
    };
    let accounts = account("one", "TOKEN", &with);
    let grants = format!(
        "  guest-probe: {{ digest: \"{}\", http: [asked.test, \"{host}\"], mail: [asked.test], files: {{ read: [asked], write: [asked-write] }}, sign: true }}\n",
        digest("guest-probe")
    );
    Project::empty()
        .guest("guest-probe")
        .guest("guest-count")
        .env("TOKEN", CANARY)
        .file("staffetta.yaml", project_file("", &accounts, &grants))
        .pipeline("inbox", "name: Inbox\nclient: acme\nsteps:\n  - id: asked\n    uses: guest-probe/inbox\n  - uses: guest-count/compute\n")
}

/// Sends back all that it got: in the body, in a header, and in a redirect's place.
fn echo() -> Server {
    Server::start(|request: &Request| {
        let login = request
            .headers
            .get("authorization")
            .cloned()
            .unwrap_or_default();
        let body = format!(
            "{{\"you\": \"{login}\", \"body\": \"{}\"}}",
            String::from_utf8_lossy(&request.body)
        );
        let headers = vec![
            ("content-type".into(), "application/json".into()),
            ("x-echo".into(), login),
        ];
        Reply::Answer(200, headers, body.into_bytes())
    })
}

/// Every file of the project, the journal and blobs included, and what was printed.
#[track_caller]
fn nowhere(project: &Project, output: &Output, secret: &str) {
    assert!(
        !output.stdout.contains(secret) && !output.stderr.contains(secret),
        "printed:\n{}",
        output.describe()
    );
    let files = project.files(".");
    assert!(
        files.iter().any(|file| file.contains("journal.db")),
        "{files:?}"
    );
    for file in files {
        let bytes = fs::read(project.path(&file)).unwrap();
        assert!(
            !bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes()),
            "the secret is in {file}"
        );
    }
}

#[track_caller]
fn somewhere(project: &Project, text: &str) {
    let found = project.files(".staffetta").iter().any(|file| {
        let bytes = fs::read(project.path(file)).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    });
    assert!(found, "`{text}` was not stored, so the test shows nothing");
}

#[test]
fn a_server_that_echoes_the_secret_gives_it_to_nobody() {
    let server = echo();
    let project = project(&server, &json!({"probe": "http-secret"}));
    let output = project.run(&["run", "inbox", "-vvv", "--log", "json"]).ok();
    let sent = server.requests();
    assert_eq!(
        sent[0].headers["authorization"],
        format!("Bearer {CANARY}"),
        "the server did get it"
    );
    somewhere(&project, "Bearer [secret]");
    nowhere(&project, &output, CANARY);
}

#[test]
fn a_token_out_of_a_login_is_captured_and_replaced() {
    let server = Server::start(|_| {
        Reply::ok(
            "application/json",
            "{\"token\": \"login-token-77aa55\", \"name\": \"Anna\"}",
        )
    });
    let project = project(&server, &json!({"probe": "http-capture"}));
    let output = project.run(&["run", "inbox", "-vvv"]).ok();
    somewhere(&project, "Anna");
    nowhere(&project, &output, "login-token-77aa55");
}

/// Calls the inbox by hand as the account does it.
fn inbox(project: &Project, named: &serde_json::Value) -> Output {
    let account = json!({
        "name": "one", "client": "acme", "network": "guest-probe", "settings": settings(named).to_string(), "facts": "{}", "time-zone": "UTC",
    });
    project.run_with(
        &[
            "plugin",
            "call",
            "guest-probe",
            "inbox.fetch",
            "--account",
            "one",
        ],
        &json!([account, null, 10]).to_string(),
    )
}

fn told(output: &Output) -> serde_json::Value {
    serde_json::from_str(&text(&output.json()["ok"]["records"][0]["json"])).unwrap()
}

#[test]
fn a_placeholder_is_not_the_secret_and_never_the_same() {
    let server = echo();
    let project = project(&server, &json!({"probe": "secret"}));
    let first = text(&told(&inbox(&project, &json!({"probe": "secret"})).ok())["ok"]);
    let second = text(&told(&inbox(&project, &json!({"probe": "secret"})).ok())["ok"]);
    assert!(first.starts_with("staffetta-secret-"), "{first}");
    assert!(!first.contains(CANARY));
    assert_ne!(first, second, "nobody can guess it");
}

#[test]
fn a_guessed_placeholder_is_not_filled_in() {
    let server = echo();
    let project = project(&server, &json!({"probe": "http"}));
    let guess = format!("staffetta-secret-{}-0-", "0".repeat(32));
    let named = json!({"probe": "http", "method": "POST", "text": guess, "url": server.url("/")});
    let output = inbox(&project, &named).ok();
    assert_eq!(String::from_utf8_lossy(&server.requests()[0].body), guess);
    assert!(
        told(&output)["ok"]["body"]
            .as_str()
            .unwrap()
            .contains(&guess)
    );
}

#[test]
fn another_accounts_secret_is_refused() {
    let server = echo();
    let project = project(&server, &json!({"probe": "secret"}));
    for name in [
        "two/token",
        "two.token",
        "../two/token",
        "TOKEN",
        "env:TOKEN",
        "password",
    ] {
        let told = told(&inbox(&project, &json!({"probe": "secret", "secret": name})).ok());
        assert_eq!(told["failed"], "invalid", "{name}: {told}");
        assert!(
            text(&told["message"]).contains("has no secret called"),
            "{told}"
        );
    }
}

#[test]
fn a_step_without_an_account_has_no_secrets() {
    let server = echo();
    let project = project(&server, &json!({"probe": "secret"}));
    let input = json!(["probe", settings(&json!({"probe": "secret"})).to_string(), {"files": []}, null, 10]).to_string();
    let output = project
        .run_with(&["plugin", "call", "guest-probe", "source.fetch"], &input)
        .ok();
    assert!(text(&told(&output)["message"]).contains("works for no account"));
}

#[test]
fn a_secret_does_not_follow_a_redirect_to_another_host() {
    let other = echo();
    let away = other.url("/");
    let server = Server::start(move |_| {
        Reply::Answer(307, vec![("location".into(), away.clone())], Vec::new())
    });
    let project = project(&server, &json!({"probe": "http-secret"}));
    let file = project.read("staffetta.yaml").replace(
        "asked.test,",
        &format!("asked.test, \"127.0.0.1:{}\",", other.port()),
    );
    project.write("staffetta.yaml", file);
    let output = project.run(&["run", "inbox"]).ok();
    assert_eq!(server.requests().len(), 1);
    assert!(other.requests().is_empty());
    nowhere(&project, &output, CANARY);
}

#[test]
fn a_missing_secret_is_named_and_nothing_is_sent() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done, secret: token")])
        .pipeline("numbers", &numbers(1, "one", ""));
    let output = project.finish(project.command(&["run", "numbers"]).env_remove("TOKEN"));
    let _ = output.code(1).err("TOKEN").nowhere("panicked");
    assert!(server.server.requests().is_empty());
    let _ = project.run(&["run", "numbers"]).ok();
    assert_eq!(
        server.server.requests()[0].headers["authorization"],
        "Bearer a-test-token"
    );
}

#[test]
fn a_secret_written_into_the_project_file_is_an_error_that_does_not_show_it() {
    let server = echo();
    let project = project(&server, &json!({"probe": "secret"}));
    let file = project
        .read("staffetta.yaml")
        .replace("{ env: TOKEN }", CANARY);
    project.write("staffetta.yaml", file);
    let output = project.run(&["check"]).code(2).nowhere(CANARY);
    assert!(
        output.stderr.contains("staffetta.yaml:"),
        "{}",
        output.describe()
    );
}

/// The wall between clients: an account of one is not usable from another's pipeline.
#[test]
fn an_account_of_another_client_is_an_error_of_the_check() {
    let project = Project::empty()
        .file(
            "staffetta.yaml",
            "version: 1\nclients:\n  acme: { name: Acme, time-zone: Europe/Rome, languages: [en] }\n  rival: { name: Rival, time-zone: Europe/Rome, \
             languages: [en] }\naccounts:\n  rival-x: { client: rival, network: x, via: handoff, handle: \"@rival\" }\n",
        )
        .file("posts/a.md", "A")
        .pipeline(
            "a",
            "name: A\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: { folder: posts }\n  - publish: [rival-x]\n",
        );
    for command in [&["check"][..], &["preview", "a"], &["run", "a"]] {
        let _ = project
            .run(command)
            .code(2)
            .err("pipelines/a.yaml:6:15")
            .err("rival");
    }
    assert!(project.files("outbox").is_empty());
}

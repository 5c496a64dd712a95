//! What several modules set up alike: projects with test guests and their grants, and a network's server that counts.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::process::Command;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::Value;
use staffetta_tests::{Project, Reply, Request, Server, binary, repository};

/// Longest wait for something that another process does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A guest's digest, as the program itself tells it.
pub(crate) fn digest(guest: &str) -> String {
    static KNOWN: OnceLock<Mutex<HashMap<String, String>>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap();
    known
        .entry(guest.to_owned())
        .or_insert_with(|| {
            let file = repository().join(format!("plugins/target/guests/{guest}.wasm"));
            let output = Command::new(binary())
                .args(["plugin", "inspect", "--json"])
                .arg(&file)
                .output()
                .unwrap();
            let told: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            told["digest"].as_str().unwrap().to_owned()
        })
        .clone()
}

/// A project file with one client, `accounts` and `grants` as they are given (indented by two), and more on top.
pub(crate) fn project_file(top: &str, accounts: &str, grants: &str) -> String {
    let mut file = String::from("version: 1\n");
    file.push_str(top);
    file.push_str("clients:\n  acme: { name: Acme, time-zone: Europe/Rome, languages: [en] }\n");
    if !accounts.is_empty() {
        let _ = write!(file, "accounts:\n{accounts}");
    }
    if !grants.is_empty() {
        let _ = write!(file, "grants:\n{grants}");
    }
    file
}

/// The grant that lets the guest network speak to a server.
pub(crate) fn network_grant(server: &str) -> String {
    let host = server.trim_start_matches("http://");
    format!(
        "  guest-network: {{ digest: \"{}\", http: [\"{host}\"] }}\n",
        digest("guest-network")
    )
}

/// A project with accounts on the guest network, each with its settings (such as `publish: done`), that send to
/// `server`; a source of numbered posts and a rule are there as well.
pub(crate) fn network(server: &str, accounts: &[(&str, &str)]) -> Project {
    let project = Project::empty()
        .env("TOKEN", "a-test-token")
        .guest("guest-network")
        .guest("guest-source")
        .guest("guest-echo");
    set_accounts(&project, server, accounts);
    project
}

/// Writes the project file of [`network`] again with other accounts.
pub(crate) fn set_accounts(project: &Project, server: &str, accounts: &[(&str, &str)]) {
    let mut lines = String::new();
    for (name, settings) in accounts {
        let _ = writeln!(
            lines,
            "  {name}: {{ client: acme, network: guest-network, handle: \"@{name}\", with: {{ server: \"{server}\", {settings} }}, \
             secrets: {{ token: {{ env: TOKEN }} }} }}"
        );
    }
    project.write(
        "staffetta.yaml",
        project_file("", &lines, &network_grant(server)),
    );
}

/// A pipeline that brings `count` numbered posts to accounts; `more` goes into the publish step (`, retry: …`).
pub(crate) fn numbers(count: u32, accounts: &str, more: &str) -> String {
    format!(
        "name: Numbers\nclient: acme\nsteps:\n  - id: posts\n    uses: guest-source/posts\n    with: {{ count: {count} }}\n  \
         - id: posted\n    publish: [{accounts}]\n{more}"
    )
}

/// A pipeline that brings the Markdown files of `posts` to accounts. Unlike a feed it reads all of them every time.
pub(crate) fn markdown(accounts: &str, more: &str) -> String {
    format!(
        "name: Files\nclient: acme\nsteps:\n  - id: posts\n    uses: markdown/read\n    with: {{ folder: posts }}\n  - id: posted\n    \
         publish: [{accounts}]\n{more}"
    )
}

/// The guest network's server: takes changes and remembers them, so that it can be asked for them.
pub(crate) struct Network {
    pub(crate) server: Server,
}

impl Network {
    /// Takes every change.
    pub(crate) fn start() -> Self {
        Self::with(|_, _| {})
    }

    /// `before` is called with each change's number (from 0) and the change, before it is taken; it may wait.
    pub(crate) fn with(before: impl Fn(usize, &Value) + Send + Sync + 'static) -> Self {
        let taken: Arc<Mutex<HashSet<String>>> = Arc::default();
        let count = Mutex::new(0);
        let server = Server::start(move |request| match request.method.as_str() {
            "POST" => {
                let change = body(request);
                let number = {
                    let mut count = count.lock().unwrap();
                    *count += 1;
                    *count - 1
                };
                taken.lock().unwrap().insert(path(&change));
                before(number, &change);
                Reply::ok("application/json", "{}")
            }
            "GET" if taken.lock().unwrap().contains(&request.path) => {
                Reply::ok("application/json", "{}")
            }
            "GET" => Reply::status(404),
            _ => Reply::ok("application/json", "{}"),
        });
        Self { server }
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.server.url("")
    }

    /// The changes that were answered, in order.
    pub(crate) fn changes(&self) -> Vec<Value> {
        self.server
            .requests()
            .iter()
            .filter(|r| r.method == "POST")
            .map(body)
            .collect()
    }

    /// How often it was asked whether a change is there.
    pub(crate) fn questions(&self) -> usize {
        self.server
            .requests()
            .iter()
            .filter(|r| r.method == "GET")
            .count()
    }
}

/// A request's body as JSON.
pub(crate) fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_else(|error| panic!("{error}: {request:?}"))
}

fn path(change: &Value) -> String {
    format!(
        "/changes/{}/{}",
        change["key"].as_str().unwrap(),
        change["step"]
    )
}

/// What a run did with each post: account and outcome, in the order of the report.
pub(crate) fn outcomes(report: &Value) -> Vec<(String, String)> {
    let posts = report["posts"]
        .as_array()
        .unwrap_or_else(|| panic!("no posts in {report}"));
    posts
        .iter()
        .map(|post| (text(&post["account"]), text(&post["outcome"])))
        .collect()
}

/// The outcomes of one account.
pub(crate) fn outcomes_of(report: &Value, account: &str) -> Vec<String> {
    outcomes(report)
        .into_iter()
        .filter(|(of, _)| of == account)
        .map(|(_, outcome)| outcome)
        .collect()
}

/// A JSON string's text.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}

/// Sends a signal by its name.
pub(crate) fn signal(name: &str, process: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &process.to_string()])
        .status()
        .unwrap();
    assert!(sent.success(), "the signal {name} was not sent");
}

/// Waits for a message of another thread, and fails where none comes.
#[track_caller]
pub(crate) fn arrived<T>(messages: &Receiver<T>, what: &str) -> T {
    messages
        .recv_timeout(PATIENCE)
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Says on standard error that a test could not be made here, and why.
pub(crate) fn skipped(test: &str, why: &str) {
    eprintln!("SKIPPED {test}: {why}");
}

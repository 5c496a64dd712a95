//! What a plugin can't reach: hosts, addresses and files outside its grants, and anything at all where it must be pure.

use std::process::Command;

use serde_json::{Value, json};
use staffetta_tests::{Project, Reply, Server};

use crate::common::{digest, project_file, skipped, text};

/// A project that grants the probe these hosts (quoted, parted by commas) and the folders `notes` and `out`.
pub(crate) fn project(hosts: &str) -> Project {
    let grants = format!(
        "  guest-probe: {{ digest: \"{}\", http: [asked.test, {hosts}], mail: [asked.test], files: {{ read: [asked, notes], write: [asked-write, out] }}, sign: true }}\n",
        digest("guest-probe")
    );
    Project::empty()
        .guest("guest-probe")
        .file("staffetta.yaml", project_file("", "", &grants))
}

/// A full configuration: what is not named has its default.
pub(crate) fn settings(named: &Value) -> Value {
    let mut all = json!({
        "probe": "http", "url": "", "method": "GET", "secret": "token", "algorithm": "hmac-sha256", "pointer": "/token",
        "path": "", "glob": "**/*", "text": "", "account": "", "bytes": 1_048_576, "count": 1,
    });
    for (name, value) in named.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

fn arguments(named: &Value) -> String {
    json!(["probe", settings(named).to_string(), {"files": []}, null, 10]).to_string()
}

/// What the probe tells of what it tried.
#[track_caller]
pub(crate) fn probe(project: &Project, named: &Value) -> Value {
    told(
        &project
            .run_with(
                &["plugin", "call", "guest-probe", "source.fetch"],
                &arguments(named),
            )
            .ok()
            .json(),
    )
}

#[track_caller]
fn told(answer: &Value) -> Value {
    serde_json::from_str(&text(&answer["ok"]["records"][0]["json"])).unwrap()
}

#[track_caller]
pub(crate) fn refused(told: &Value, kind: &str, message: &str) {
    assert_eq!(told["failed"], kind, "{told}");
    assert!(text(&told["message"]).contains(message), "{told}");
}

fn page() -> Server {
    Server::start(|_| Reply::ok("text/plain", "hello"))
}

fn host(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

#[test]
fn a_granted_host_answers() {
    let server = page();
    let project = project(&format!("\"{}\"", host(&server)));
    let told = probe(
        &project,
        &json!({"granted-url": server.url("/"), "url": server.url("/a")}),
    );
    assert_eq!(told["ok"]["body"], "hello", "{told}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_host_outside_the_grant_is_denied_with_the_line_that_would_allow_it() {
    let server = page();
    let told = probe(&project("other.example"), &json!({"url": server.url("/")}));
    refused(
        &told,
        "denied",
        "staffetta.yaml, `grants: guest-probe:` http: [127.0.0.1]",
    );
    assert!(server.requests().is_empty());
}

#[test]
fn another_port_of_a_granted_host_is_denied() {
    let (granted, other) = (page(), page());
    let project = project(&format!("\"{}\"", host(&granted)));
    let told = probe(
        &project,
        &json!({"granted-url": granted.url("/"), "url": other.url("/")}),
    );
    refused(&told, "denied", "not granted");
    assert!(other.requests().is_empty());
}

#[test]
fn the_operator_alone_does_not_widen_what_a_plugin_asks_for() {
    let server = page();
    // Granted, but the manifest asks for no such host: neither side widens the other.
    let project = project(&format!("\"{}\"", host(&server)));
    let told = probe(&project, &json!({"url": server.url("/")}));
    refused(&told, "denied", "not granted");
    assert!(server.requests().is_empty());
}

#[test]
fn a_redirect_to_a_host_outside_the_grant_is_not_followed() {
    let inside = page();
    let away = inside.url("/secret");
    let server = Server::start(move |_| {
        Reply::Answer(302, vec![("location".into(), away.clone())], Vec::new())
    });
    let project = project(&format!("\"{}\"", host(&server)));
    let told = probe(
        &project,
        &json!({"granted-url": server.url("/"), "url": server.url("/")}),
    );
    refused(&told, "denied", "not granted");
    assert_eq!(server.requests().len(), 1);
    assert!(inside.requests().is_empty());
}

#[test]
fn a_redirect_to_a_file_or_another_scheme_is_not_followed() {
    for away in ["file:///etc/passwd", "gopher://127.0.0.1:1/"] {
        let server = Server::start(move |_| {
            Reply::Answer(302, vec![("location".into(), away.into())], Vec::new())
        });
        let project = project(&format!("\"{}\"", host(&server)));
        let told = probe(
            &project,
            &json!({"granted-url": server.url("/"), "url": server.url("/")}),
        );
        refused(&told, "invalid", "not http or https");
    }
}

#[test]
fn a_redirect_without_end_ends() {
    let server = Server::start(|_| {
        Reply::Answer(302, vec![("location".into(), "/again".into())], Vec::new())
    });
    let project = project(&format!("\"{}\"", host(&server)));
    let told = probe(
        &project,
        &json!({"granted-url": server.url("/"), "url": server.url("/")}),
    );
    refused(&told, "invalid", "more than 8 redirects");
}

#[test]
fn other_ways_to_write_a_loopback_address_are_denied() {
    let server = page();
    let port = server.port();
    let project = project("\"*.example\", other.example");
    for address in [
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "0.0.0.0",
        "localhost",
        "LOCALHOST.",
    ] {
        let url = format!("http://{address}:{port}/");
        let told = probe(
            &project,
            &json!({"granted-url": "http://a.example/", "url": url}),
        );
        refused(&told, "denied", "not granted");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_user_name_in_a_url_disguises_no_host() {
    let server = page();
    let project = project("a.example");
    let url = format!("http://a.example@{}/", host(&server));
    let told = probe(
        &project,
        &json!({"granted-url": "http://a.example/", "url": url}),
    );
    refused(&told, "invalid", "user name");
    assert!(server.requests().is_empty());
}

#[test]
fn a_plugin_does_not_set_the_host_header() {
    let server = page();
    let project = project(&format!("\"{}\"", host(&server)));
    for name in ["Host", "content-length", "Transfer-Encoding"] {
        let told = probe(
            &project,
            &json!({"probe": "http-header", "granted-url": server.url("/"), "url": server.url("/"), "path": name, "text": "evil.example"}),
        );
        refused(&told, "invalid", "is the host's");
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_line_break_in_a_header_sends_nothing() {
    let server = page();
    let project = project(&format!("\"{}\"", host(&server)));
    let told = probe(
        &project,
        &json!({"probe": "http-header", "granted-url": server.url("/"), "url": server.url("/"), "path": "x-a", "text": "1\r\nx-b: 2"}),
    );
    refused(&told, "invalid", "can't be sent");
    assert!(server.requests().is_empty());
}

/// A public name whose DNS answers with an address of the inside: what is checked is what is connected to. The name is
/// made up by a hosts file of this process's own.
#[test]
fn a_granted_name_that_leads_inside_is_denied() {
    let server = page();
    let project = project("\"*.example\"").file("hosts", "127.0.0.1 inside.example localhost\n");
    let url = format!("http://inside.example:{}/", server.port());
    let call = project.command(&["plugin", "call", "guest-probe", "source.fetch"]);
    let mut command = Command::new("unshare");
    command
        .args([
            "--mount",
            "sh",
            "-c",
            "mount --bind hosts /etc/hosts && exec \"$0\" \"$@\" < input",
        ])
        .arg(call.get_program());
    command.args(call.get_args()).current_dir(project.path(""));
    for (name, value) in call.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    project.write("input", arguments(&json!({"granted-url": url, "url": url})));
    let may = Command::new("unshare").args(["--mount", "true"]).output();
    if !may.is_ok_and(|may| may.status.success()) {
        return skipped(
            "a_granted_name_that_leads_inside_is_denied",
            "this user may not make mounts",
        );
    }
    let output = project.finish(&mut command);
    let told = told(&output.ok().json());
    refused(&told, "denied", "no public address");
    assert!(server.requests().is_empty());
}

/// `compose` must give the same parts at every time, so it has no clock, no web and no state.
#[test]
fn a_pure_call_reaches_nothing() {
    let server = page();
    let project = project(&format!("\"{}\"", host(&server)));
    let compose = |named: Value| {
        let account = json!({
            "name": "p", "client": "acme", "network": "guest-probe", "settings": settings(&named).to_string(), "facts": "{}",
            "time-zone": "UTC",
        });
        let post = json!({
            "id": "1", "text": "t", "media": [], "thread": [], "tags": [], "mentions": [], "overrides": [], "extra": "{}",
            "origin": {"source": "s", "item": "1"},
        });
        project.run_with(
            &["plugin", "call", "guest-probe", "network.compose"],
            &json!([account, post]).to_string(),
        )
    };
    for kind in ["clock", "random"] {
        let _ = compose(json!({"probe": kind}))
            .code(2)
            .err("a pure call asked for");
    }
    for kind in [
        "http",
        "files-open",
        "files-write",
        "store-get",
        "store-set",
        "mail",
        "websocket",
        "sign",
    ] {
        let output = compose(json!({"probe": kind, "url": server.url("/"), "path": "notes/a.md"}));
        let refused =
            output.code == Some(2) || text(&output.json()["ok"]["notes"][0]).contains("failed");
        assert!(refused, "{kind}: {}", output.describe());
    }
    assert!(server.requests().is_empty());
}

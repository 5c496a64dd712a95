//! The plugin author's way: new, build, list, inspect, call, and a pipeline that uses it.

use std::process::Command;

use serde_json::json;
use staffetta_tests::{Project, repository};

use crate::calls::post;
use crate::common::{Network, digest, network, numbers, skipped};

#[test]
fn a_new_rule_is_built_listed_called_and_used() {
    let wasm = Command::new("rustc")
        .args([
            "--print",
            "target-libdir",
            "--target",
            "wasm32-unknown-unknown",
        ])
        .output();
    let there = wasm.is_ok_and(|output| {
        std::path::Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir()
    });
    if !there {
        return skipped(
            "a_new_rule_is_built_listed_called_and_used",
            "the wasm32 target is not installed: `make setup`",
        );
    }
    let project = Project::new();
    let _ = project
        .run(&["plugin", "new", "shout", "--kind", "rule"])
        .ok()
        .out("plugin.yaml")
        .err("plugin build shout");
    // What the SDK is compiled to stays for the next time.
    let mut build = project.command(&["plugin", "build", "shout"]);
    build
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_TARGET_DIR", repository().join("target/test-plugins"));
    let output = project.finish(&mut build);
    let _ = output.ok().out("shout").out("rule");
    let _ = project
        .run(&["plugin", "list"])
        .ok()
        .out("shout")
        .out("this project");
    let inspected = project
        .run(&["plugin", "inspect", "shout", "--json"])
        .ok()
        .json();
    assert_eq!(inspected["exports"], json!(["rule"]));
    assert_eq!(inspected["problems"], json!([]));
    let operations: Vec<String> = inspected["manifest"]["operations"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let operation = &operations[0];
    let arguments = json!([operation, "{}", [{"post": post(), "account": null}]]).to_string();
    let answer = project
        .run_with(&["plugin", "call", "shout", "rule.apply"], &arguments)
        .ok()
        .json();
    assert!(
        answer.to_string().contains("posts") || answer.to_string().contains("err"),
        "{answer}"
    );
    project.write("posts/a.md", "Ciao a tutti\n");
    project.write(
        "pipelines/shouted.yaml",
        format!("name: Shouted\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: {{ folder: posts }}\n  - uses: shout/{operation}\n  - publish: [acme-x]\n"),
    );
    let _ = project.run(&["check"]).ok();
    let _ = project.run(&["run", "shouted"]).ok().err("posted acme-x");
}

/// What `new` writes is a manifest that the program accepts, and a whole crate, for each kind.
#[test]
fn each_kind_of_plugin_is_written_whole() {
    for kind in ["source", "rule", "network", "metric"] {
        let project = Project::new();
        let name = format!("my-{kind}");
        let _ = project.run(&["plugin", "new", &name, "--kind", kind]).ok();
        let files = project.files("plugins");
        for file in [
            "Cargo.toml",
            "plugin.yaml",
            "src/lib.rs",
            "tests/plugin.rs",
            "README.md",
        ] {
            assert!(
                files.contains(&format!("plugins/{name}/{file}")),
                "{kind}: {files:?}"
            );
        }
        for file in &files {
            let written = project.read(file);
            assert!(
                !written.contains("@NAME@") && !written.contains("TODO"),
                "{file}:\n{written}"
            );
        }
        let metadata = Command::new("cargo")
            .args([
                "metadata",
                "--offline",
                "--no-deps",
                "--format-version",
                "1",
                "--manifest-path",
            ])
            .arg(project.path(&format!("plugins/{name}/Cargo.toml")))
            .output()
            .unwrap();
        assert!(
            metadata.status.success(),
            "{kind}: {}",
            String::from_utf8_lossy(&metadata.stderr)
        );
        let _ = project
            .run(&["plugin", "new", &name, "--kind", kind])
            .code(2)
            .err(&name);
    }
}

#[test]
fn names_that_no_plugin_can_have() {
    for name in ["", "Shout", "../out", "a b", "-a", "shout/it", "é"] {
        let project = Project::new();
        let output = project.run(&["plugin", "new", "--kind", "rule", "--", name]);
        assert_eq!(output.code, Some(2), "{}", output.describe());
        assert!(project.files("plugins").is_empty());
    }
    let _ = Project::new()
        .run(&["plugin", "new", "shout", "--kind", "poem"])
        .code(2)
        .err("network");
}

#[test]
fn a_component_that_is_dropped_into_the_folder_is_installed() {
    let project = Project::new();
    let _ = project.run(&["plugin", "list"]).ok().nowhere("guest-echo");
    let project = project.guest("guest-echo");
    let _ = project
        .run(&["plugin", "list"])
        .ok()
        .out("guest-echo/apply")
        .out("this project");
    std::fs::remove_file(project.path("plugins/guest-echo.wasm")).unwrap();
    let _ = project.run(&["plugin", "list"]).ok().nowhere("guest-echo");
}

#[test]
fn another_file_than_the_one_that_was_granted_is_not_run() {
    let server = Network::start();
    let project = network(&server.url(), &[("one", "publish: done")])
        .pipeline("numbers", &numbers(1, "one", ""));
    let _ = project.run(&["check"]).ok();
    // A custom section at the end: the same plugin in all but its bytes.
    let mut bytes = std::fs::read(project.path("plugins/guest-network.wasm")).unwrap();
    bytes.extend([0, 5, 1, b'x', b'e', b'v', b'l']);
    project.write("plugins/guest-network.wasm", bytes);
    let old = digest("guest-network");
    let _ = project
        .run(&["run", "numbers"])
        .code(2)
        .err("error[S0")
        .err("is not the one that was granted")
        .err(&old)
        .err("staffetta.yaml:");
    assert!(server.changes().is_empty());
}

#[test]
fn what_a_plugin_asks_for_must_be_granted() {
    let project = Project::new().guest("guest-probe").pipeline(
        "probe",
        "name: Probe\nclient: acme\nsteps:\n  - uses: guest-probe/probe\n    with: { probe: clock }\n  - publish: [acme-x]\n",
    );
    let output = project
        .run(&["check"])
        .code(2)
        .err("S0412")
        .err("pipelines/probe.yaml:4:11");
    let pin = format!("digest: \"{}\"", digest("guest-probe"));
    for line in [
        "grants:",
        "guest-probe:",
        pin.as_str(),
        "http: [asked.test]",
        "files: { read: [asked], write: [asked-write] }",
        "sign: true",
    ] {
        assert!(
            output.stderr.contains(line),
            "the YAML to paste has `{line}`\n{}",
            output.describe()
        );
    }
    // Pasted as it stands, it is enough.
    let pasted = output
        .stderr
        .split("grants:\n")
        .nth(1)
        .unwrap()
        .split("note:")
        .next()
        .unwrap();
    let grants: String = pasted
        .lines()
        .map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line)))
        .collect();
    let file = format!("{}grants:\n{grants}", project.read("staffetta.yaml"));
    project.write("staffetta.yaml", file);
    let _ = project.run(&["check"]).ok();
}

#[test]
fn a_grant_of_less_than_is_asked_for_is_not_enough() {
    let project = Project::new().guest("guest-probe").pipeline(
        "probe",
        "name: Probe\nclient: acme\nsteps:\n  - uses: guest-probe/probe\n    with: { probe: clock }\n  - publish: [acme-x]\n",
    );
    let grant = format!(
        "grants:\n  guest-probe: {{ digest: \"{}\", http: [other.test] }}\n",
        digest("guest-probe")
    );
    let file = format!("{}{grant}", project.read("staffetta.yaml"));
    project.write("staffetta.yaml", file);
    let _ = project
        .run(&["check"])
        .code(2)
        .err("S0412")
        .err("asked.test");
}

#[test]
fn a_plugin_of_the_project_does_not_take_a_shipped_ones_place_unseen() {
    let bytes = std::fs::read(repository().join("plugins/target/guests/guest-echo.wasm")).unwrap();
    let project = Project::new().file("plugins/shorten.wasm", bytes);
    let listed = project.run(&["plugin", "list", "--json"]).ok();
    let plugins = listed.json();
    let shorten = plugins["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .find(|plugin| plugin["name"] == "shorten")
        .unwrap()
        .clone();
    assert_eq!(
        shorten["from"],
        "built-in",
        "the file's name is not the plugin's: {}",
        listed.describe()
    );
}

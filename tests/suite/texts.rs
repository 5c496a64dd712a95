//! What the program tells of itself: help, completions, manual, error pages and schemas.

use std::process::Command;

use serde_json::Value;
use staffetta_tests::{Project, repository};

#[test]
fn each_help_that_promises_an_example_has_one() {
    let project = Project::empty();
    for command in [
        &["init"][..],
        &["check"],
        &["preview"],
        &["run"],
        &["serve"],
        &["plugin", "new"],
        &["plugin", "call"],
        &["handoff", "done"],
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let line = format!("staffetta {}", command.join(" "));
        let output = project.run(&arguments).ok().out("Example");
        assert!(
            output.stdout.contains(&line),
            "{line}\n{}",
            output.describe()
        );
    }
    let _ = project
        .run(&["schema", "--help"])
        .ok()
        .out("yaml-language-server");
}

#[test]
fn completions_and_manual() {
    let project = Project::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let _ = project.run(&["completions", shell]).ok().out("handoff");
    }
    let script = project.run(&["completions", "bash"]).ok();
    project.write("completions.bash", &script.stdout);
    let read = Command::new("bash")
        .args(["-n", "completions.bash"])
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let _ = project.run(&["man"]).ok().out(".TH staffetta");
    let _ = project.run(&["--version"]).ok().out("staffetta 0.1.0");
}

#[test]
fn every_code_is_explained() {
    let project = Project::empty();
    let list = project.run(&["explain"]).ok();
    let codes: Vec<&str> = list
        .stdout
        .split_whitespace()
        .filter(|word| word.len() == 5 && word.starts_with("S0"))
        .collect();
    assert!(codes.len() > 40, "{}", list.describe());
    for code in codes {
        let _ = project
            .run(&["explain", code])
            .ok()
            .out(&format!("# {code}: "))
            .out("## What to do")
            .out("## Example");
    }
    let _ = project.run(&["explain", "s0104"]).ok().out("# S0104: ");
    let _ = project.run(&["explain", "S9999"]).code(2);
}

fn schema(of: &str) -> jsonschema::Validator {
    let schema = Project::empty().run(&["schema", of]).ok().json();
    assert!(
        jsonschema::meta::is_valid(&schema),
        "{of}: not a valid JSON Schema"
    );
    jsonschema::validator_for(&schema).unwrap()
}

fn yaml(path: &str) -> Value {
    staffetta::yaml::read(&repository().join(path), path)
        .unwrap_or_else(|problems| panic!("{path}: {problems:?}"))
        .to_json()
}

#[test]
fn the_schemas_accept_what_is_shipped() {
    let pipelines = schema("pipeline");
    let mut seen = 0;
    for entry in std::fs::read_dir(repository().join("pipelines")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".yaml") && name != "staffetta.yaml" {
            let found: Vec<String> = pipelines
                .iter_errors(&yaml(&format!("pipelines/{name}")))
                .map(|error| error.to_string())
                .collect();
            assert!(found.is_empty(), "{name}: {found:?}");
            seen += 1;
        }
    }
    assert!(seen > 2);
    let project = schema("project");
    assert!(project.is_valid(&yaml("pipelines/staffetta.yaml")));
    assert!(project.is_valid(&yaml("runner/src/cli/init/staffetta.yaml")));
    assert!(pipelines.is_valid(&yaml("runner/src/cli/init/hello.yaml")));
}

#[test]
fn the_schemas_refuse_what_the_check_refuses() {
    let pipelines = schema("pipeline");
    let good = serde_json::json!({"name": "A", "client": "a", "steps": [{"uses": "feed/fetch", "with": {}}]});
    assert!(pipelines.is_valid(&good));
    for (key, value) in [
        ("nmae", Value::from("A")),
        ("steps", Value::from("none")),
        ("steps", serde_json::json!([])),
        ("name", Value::from(7)),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(!pipelines.is_valid(&bad), "{bad}");
    }
}

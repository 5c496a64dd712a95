//! The command line: the way of a new user, exit codes, JSON for scripts, colours, pipes and what the program tells of
//! itself.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;
use staffetta_tests::{Project, binary};

use crate::common::text;

fn fresh() -> Project {
    let project = Project::empty();
    let _ = project
        .run(&["init"])
        .ok()
        .out("made ./staffetta.yaml")
        .err("staffetta preview hello");
    project
}

#[test]
fn from_nothing_to_a_post_and_its_link() {
    let project = fresh();
    let _ = project.run(&["check"]).ok().out("ok pipelines/hello.yaml");
    let _ = project
        .run(&["preview", "hello"])
        .ok()
        .out("Nothing was sent")
        .out("acme-bluesky");
    assert!(
        !project.path("outbox").exists(),
        "a preview hands nothing over"
    );
    let _ = project
        .run(&["run", "hello"])
        .ok()
        .out("posted")
        .err("posted acme-x");
    let _ = project
        .run(&["run", "hello"])
        .ok()
        .out("nothing new: 2 posts went out before and were not posted again");
    let runs = project.run(&["runs", "--json"]).ok().json();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 2);
    let id = text(&runs["runs"][1]["run"]);
    let _ = project.run(&["runs"]).ok().out(&id);
    let _ = project
        .run(&["runs", "show", &id])
        .ok()
        .out("acme-x")
        .out("posts/hello.md");
    let _ = project.run(&["runs", "show", "last"]).ok().out("done");

    let waiting = project.run(&["handoff", "list", "--json"]).ok().json();
    let folder = text(&waiting["waiting"][0]["folder"]);
    let account = text(&waiting["waiting"][0]["account"]);
    assert!(project.path(&folder).is_dir());
    let link = "https://x.com/acme/status/1";
    let _ = project
        .run(&["handoff", "done", &folder, "--link", link])
        .ok()
        .out("posted");
    let _ = project.run(&["handoff", "list"]).ok().nowhere(&folder);
    let shown = project.run(&["runs", "show", &id, "--json"]).ok().json();
    let effects = shown["effects"].as_array().unwrap();
    let effect = effects
        .iter()
        .find(|effect| effect["account"] == account.as_str())
        .unwrap();
    assert_eq!(effect["receipt"]["url"], link);
    let _ = project
        .run(&["handoff", "done", "nothing-like-it"])
        .code(2)
        .err("handoff list");
    let _ = project
        .run(&["handoff", "done", &folder, "--link", "not a link"])
        .code(2);
}

#[test]
fn init_keeps_what_is_there() {
    let project = Project::empty().file("posts/hello.md", "mine");
    let _ = project
        .run(&["init"])
        .ok()
        .err("posts/hello.md is kept as it is");
    assert_eq!(project.read("posts/hello.md"), "mine");
    let _ = project.run(&["init"]).code(2).err("is there already");
    let _ = project.run(&["init", "inner/one"]).ok();
    assert!(project.path("inner/one/staffetta.yaml").is_file());
    let _ = project.run(&["-C", "inner/one", "check"]).ok();
}

#[test]
fn exit_codes_mean_what_the_help_says() {
    let help = Project::empty().run(&["--help"]).ok();
    for line in [
        "0  done",
        "1  a run failed",
        "2  something to mend",
        "3  a fault of the program",
    ] {
        assert!(help.stdout.contains(line), "{line}\n{}", help.describe());
    }
    let _ = fresh().run(&["check"]).code(0);
    let _ = Project::empty().run(&["check"]).code(2);
    let _ = Project::empty().run(&["no-such-command"]).code(2);
    let _ = Project::empty().run(&["run"]).code(2);
    let _ = fresh().run(&["run", "helo"]).code(2).err("hello");
    let _ = fresh()
        .run(&["runs", "show", "20200101-000000-aaaa"])
        .code(2);
    let failing = Project::new().guest("guest-source").pipeline(
        "fails",
        "name: Fails\nclient: acme\nsteps:\n  - uses: guest-source/posts\n    with: { trap-at: 0 }\n  - publish: [acme-x]\n",
    );
    let _ = failing.run(&["run", "fails"]).code(1);
}

#[test]
fn a_project_is_found_from_below() {
    let project = fresh();
    let below = project.path("posts");
    let output = project.finish(project.command(&["check"]).current_dir(below));
    let _ = output.ok().out("ok pipelines/hello.yaml");
}

#[test]
fn json_is_versioned_and_alone_on_standard_output() {
    let project = fresh();
    for command in [
        &["check", "--json"][..],
        &["preview", "hello", "--json"],
        &["run", "hello", "--json"],
        &["runs", "--json"],
        &["runs", "show", "last", "--json"],
        &["handoff", "list", "--json"],
        &["plugin", "list", "--json"],
    ] {
        let output = project.run(command).ok();
        assert_eq!(output.json()["version"], 1, "{}", output.describe());
    }
}

#[test]
fn the_json_of_an_inspection_says_its_version() {
    let output = Project::empty()
        .run(&["plugin", "inspect", "shorten", "--json"])
        .ok();
    let told = output.json();
    assert_eq!(told["name"], "shorten");
    assert!(text(&told["digest"]).starts_with("sha256:"));
    assert!(
        told["exports"]
            .as_array()
            .unwrap()
            .contains(&Value::from("rule"))
    );
    assert_eq!(told["contract"], "0.1.0");
}

#[test]
fn mistakes_are_json_too() {
    let project = fresh().file("pipelines/bad.yaml", "name: Bad\nclient: acme\nstep: []\n");
    let told = project.run(&["check", "--json"]).code(2).json();
    assert_eq!(
        (&told["version"], &told["ok"]),
        (&Value::from(1), &Value::from(false))
    );
    let first = &told["diagnostics"][0];
    assert!(text(&first["code"]).starts_with("S0"), "{first}");
    assert!(first.to_string().contains("pipelines/bad.yaml"), "{first}");
    let told = project.run(&["run", "bad", "--json"]).code(2).json();
    assert_eq!(told["version"], 1);
    assert!(!told["diagnostics"].as_array().unwrap().is_empty());
    let told = project
        .run(&["runs", "show", "nope", "--json"])
        .code(2)
        .json();
    assert_eq!(told["version"], 1);
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    let project = fresh();
    for command in [
        &["check"][..],
        &["preview", "hello"],
        &["run", "hello"],
        &["runs"],
        &["run", "none"],
        &["plugin", "list"],
        &["--help"],
    ] {
        let output = project.finish(project.command(command).env_remove("NO_COLOR"));
        assert!(
            !output.stdout.contains('\u{1b}') && !output.stderr.contains('\u{1b}'),
            "{}",
            output.describe()
        );
    }
    let output = project.run(&["check", "--color", "always"]).ok();
    assert!(
        output.stdout.contains("\u{1b}["),
        "asked for, they are there\n{}",
        output.describe()
    );
}

/// Runs a command on a terminal made by `script`, and gives all that the terminal got.
fn on_a_terminal(project: &Project, no_color: &str) -> String {
    let inner = project.command(&["run", "none"]);
    let line = format!(
        "NO_COLOR={no_color} {} run none",
        inner.get_program().display()
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .current_dir(project.path(""))
        .env("TERM", "xterm-256color")
        .stdin(Stdio::null());
    let output = project.finish(&mut command);
    format!("{}{}", output.stdout, output.stderr)
}

#[test]
fn no_color_is_obeyed_on_a_terminal() {
    let project = fresh();
    if Command::new("script").arg("--version").output().is_err() {
        return crate::common::skipped(
            "no_color_is_obeyed_on_a_terminal",
            "`script` is not installed",
        );
    }
    assert!(
        on_a_terminal(&project, "").contains("\u{1b}["),
        "a terminal gets colours"
    );
    assert!(!on_a_terminal(&project, "1").contains("\u{1b}["));
}

#[test]
fn a_reader_that_had_enough_is_no_error() {
    let project = fresh();
    for command in [
        &["preview", "hello", "--json"][..],
        &["plugin", "list"],
        &["explain"],
        &["schema", "pipeline"],
        &["--help"],
        &["completions", "bash"],
        &["run", "hello"],
    ] {
        let mut child = project
            .command(command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut stderr)
            .unwrap();
        let code = child.wait().unwrap().code();
        assert_eq!(code, Some(0), "{command:?}: {stderr}");
        for noise in ["panicked", "roken pipe", "rror:"] {
            assert!(!stderr.contains(noise), "{command:?}: {stderr}");
        }
    }
}

#[test]
fn the_binary_says_what_it_does_not_know() {
    let output = Command::new(binary())
        .args(["rnu", "hello"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("run"),
        "the nearest command is named"
    );
}

//! Files that are not what they should be: located, refused quickly, and nothing is run.

use std::fs::File;
use std::time::{Duration, Instant};

use staffetta_tests::{Output, Project, repository};

/// The usual project with one sound pipeline beside the bad one.
fn project() -> Project {
    Project::new().file("posts/a.md", "---\nlink: https://acme.example/a\n---\nA post\n").pipeline(
        "good",
        "name: Good\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: { folder: posts }\n  - uses: shorten/fit\n  - publish: [acme-x]\n",
    )
}

/// Every command refuses the pipeline at that place, and the sound one runs afterwards.
#[track_caller]
fn refused(bad: &[u8], place: &str, message: &str) -> Output {
    let project = project().file("pipelines/bad.yaml", bad);
    for command in ["preview", "run"] {
        let _ = project
            .run(&[command, "bad"])
            .code(2)
            .err(place)
            .err(message)
            .nowhere("panicked");
    }
    assert!(!project.path("outbox").exists(), "nothing was done");
    let output = project
        .run(&["check"])
        .code(2)
        .out("ok pipelines/good.yaml")
        .err(place);
    let _ = project.run(&["run", "good"]).ok().err("posted acme-x");
    output
}

#[test]
fn an_empty_pipeline() {
    let _ = refused(b"", "pipelines/bad.yaml:1:1", "holds nothing");
}

#[test]
fn a_pipeline_of_comments_only() {
    let _ = refused(b"# nothing\n\n# here\n", "pipelines/bad.yaml", "error[S0");
}

#[test]
fn no_yaml() {
    let _ = refused(
        b"name: [Bad\nsteps: }\n",
        "pipelines/bad.yaml:2:6",
        "error[S0101]",
    );
}

#[test]
fn no_text() {
    let _ = refused(b"\xff\xfe\x00\x01name", "pipelines/bad.yaml", "UTF-8");
}

#[test]
fn wrong_types() {
    let yaml = b"name: 7\nclient: acme\nsteps: { uses: markdown/read }\n";
    let _ = refused(yaml, "pipelines/bad.yaml:3:8", "error[S0");
}

#[test]
fn an_alias_bomb() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let of = format!("*a{}, ", n - 1).repeat(10);
        yaml.push_str(&format!("a{n}: &a{n} [{}]\n", of.trim_end_matches(", ")));
    }
    let began = Instant::now();
    let _ = refused(yaml.as_bytes(), "pipelines/bad.yaml", "alias");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_hundred_megabytes_are_refused_unread() {
    for name in ["pipelines/bad.yaml", "staffetta.yaml"] {
        let project = project();
        let file = File::create(project.path(name)).unwrap();
        file.set_len(100 << 20).unwrap();
        let call = project.command(&["check"]);
        // Less memory than the file has bytes: who reads it whole is stopped by the system.
        let mut limited = std::process::Command::new("sh");
        limited
            .args(["-c", "ulimit -d 81920 && exec \"$0\" \"$@\""])
            .arg(call.get_program())
            .args(call.get_args());
        limited.current_dir(project.path("")).env("NO_COLOR", "1");
        let began = Instant::now();
        let _ = project
            .finish(&mut limited)
            .code(2)
            .err(name)
            .err("104857600 bytes");
        assert!(
            began.elapsed() < Duration::from_secs(5),
            "{name}: {:?}",
            began.elapsed()
        );
    }
}

#[test]
fn a_pipe_in_place_of_a_file_does_not_hang() {
    let project = project();
    let made = std::process::Command::new("mkfifo")
        .arg(project.path("pipelines/bad.yaml"))
        .status()
        .unwrap();
    assert!(made.success());
    let _ = project.run(&["check", "pipelines/bad.yaml"]).code(2);
}

#[test]
fn an_unknown_plugin_with_the_nearest_one_named() {
    let yaml = b"name: Bad\nclient: acme\nsteps:\n  - uses: markdwon/read\n    with: { folder: posts }\n  - publish: [acme-x]\n";
    let _ = refused(yaml, "pipelines/bad.yaml:4:11", "markdown");
}

#[test]
fn all_mistakes_of_meaning_are_told_in_one_go() {
    let yaml = b"name: Bad\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: { foldr: posts }\n  - uses: shorten/fit\n    with: { strategy: guess }\n  - publish: [acme-y]\n";
    let output = refused(yaml, "pipelines/bad.yaml:5:13", "foldr");
    for place in ["pipelines/bad.yaml:7:23", "pipelines/bad.yaml:8:15"] {
        assert!(
            output.stderr.contains(place),
            "{place}\n{}",
            output.describe()
        );
    }
}

#[test]
fn all_mistakes_of_form_are_told_in_one_go() {
    let yaml = b"name: Bad\nclinet: acme\nsteps:\n  - uses: markdown/read\n    form: read\n  - publish: [acme-x]\n    timeout: soon\n";
    let output = refused(yaml, "pipelines/bad.yaml:2:1", "did you mean `client`?");
    for place in ["pipelines/bad.yaml:5:5", "pipelines/bad.yaml:7:14"] {
        assert!(
            output.stderr.contains(place),
            "{place}\n{}",
            output.describe()
        );
    }
}

/// A component that can't be used is told, by its file, and nothing else is touched by it.
#[track_caller]
fn refused_component(bytes: &[u8], message: &str) {
    let project = project().file("plugins/guest-echo.wasm", bytes).pipeline(
        "bad",
        "name: Bad\nclient: acme\nsteps:\n  - uses: markdown/read\n    with: { folder: posts }\n  - uses: guest-echo/each\n  - publish: [acme-x]\n",
    );
    let _ = project
        .run(&["plugin", "list"])
        .ok()
        .err("guest-echo.wasm")
        .err(message)
        .nowhere("panicked");
    let _ = project
        .run(&["plugin", "inspect", "plugins/guest-echo.wasm"])
        .code(2)
        .out(message)
        .nowhere("panicked");
    let _ = project
        .run(&["run", "bad"])
        .code(2)
        .err("pipelines/bad.yaml:6:11")
        .err("guest-echo");
    let _ = project.run(&["run", "good"]).ok().err("posted acme-x");
}

fn echo() -> Vec<u8> {
    std::fs::read(repository().join("plugins/target/guests/guest-echo.wasm")).unwrap()
}

#[test]
fn a_component_of_another_contract_version() {
    let mut bytes = echo();
    let (old, new) = (b"staffetta:plugin/", b"@0.1.0");
    let mut patched = 0;
    for at in 0..bytes.len() - old.len() - 40 {
        if bytes[at..].starts_with(old) {
            let end = at + 40 + old.len();
            if let Some(found) = bytes[at..end]
                .windows(new.len())
                .position(|window| window == new)
            {
                bytes[at + found..at + found + new.len()].copy_from_slice(b"@0.9.0");
                patched += 1;
            }
        }
    }
    assert!(patched > 0, "no version was found to change");
    refused_component(&bytes, "0.9.0");
}

#[test]
fn a_truncated_component() {
    let bytes = echo();
    for part in [4, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        refused_component(&bytes[..part], "guest-echo");
    }
}

#[test]
fn a_component_of_random_bytes() {
    // A linear congruential generator: the same bytes at every run.
    let mut state = 1u32;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(100_000)
    .collect();
    refused_component(&bytes, "guest-echo");
    let mut headed = b"\0asm\x0d\0\x01\0".to_vec();
    headed.extend(&bytes);
    refused_component(&headed, "guest-echo");
}

#[test]
fn an_empty_component() {
    refused_component(b"", "guest-echo");
}

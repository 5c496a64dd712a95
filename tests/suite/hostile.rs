//! Plugins that do harm: each harm is a clear error of its step, the host lives, and other steps and accounts go on.

use std::time::{Duration, Instant};

use staffetta_tests::{Output, Project};

use crate::common::{Network, network_grant, numbers, outcomes_of, project_file, skipped};

/// A project where a hostile step stands beside a publication that must go on.
fn project(harm: &str, server: &str) -> Project {
    let accounts = format!(
        "  good: {{ client: acme, network: guest-network, with: {{ server: \"{server}\" }}, secrets: {{ token: {{ env: TOKEN }} }} }}\n"
    );
    let yaml = format!(
        "name: Hostile\nclient: acme\nsteps:\n  - id: posts\n    uses: guest-source/posts\n    with: {{ count: 2 }}\n  - id: harm\n    \
         uses: guest-hostile/apply\n    with: {{ {harm} }}\n    from: posts\n    continue-on-error: true\n  - id: hurt\n    \
         publish: [good]\n    from: harm\n  - id: other\n    publish: [good]\n    from: posts\n"
    );
    Project::empty()
        .env("TOKEN", "a-test-token")
        .guest("guest-network")
        .guest("guest-source")
        .guest("guest-hostile")
        .file(
            "staffetta.yaml",
            project_file(
                "limits: { time: 200ms, memory: 64MB }\n",
                &accounts,
                &network_grant(server),
            ),
        )
        .pipeline("hostile", &yaml)
}

/// The harm fails with this message, and the posts go out all the same.
#[track_caller]
fn fails(harm: &str, message: &str) -> Output {
    let server = Network::start();
    let project = project(harm, &server.url());
    let began = Instant::now();
    let output = project.run(&["run", "hostile", "--json"]);
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "it took {:?}",
        began.elapsed()
    );
    let output = output.ok().nowhere("panicked at").nowhere("RUST_BACKTRACE");
    let report = output.json();
    let step = &report["steps"][1];
    assert_eq!(step["status"], "failed", "{}", output.describe());
    let why = step["why"].as_str().unwrap();
    assert!(why.contains(message), "expected `{message}` in: {why}");
    assert_eq!(
        outcomes_of(&report, "good"),
        ["posted", "posted"],
        "{}",
        output.describe()
    );
    assert_eq!(server.changes().len(), 2);
    output
}

#[test]
fn a_trap_fails_its_step_only() {
    let _ = fails("do: trap", "broke off: it panicked");
}

#[test]
fn a_loop_is_stopped_at_the_time_limit() {
    let _ = fails("do: loop", "more than 0.2 s of computing");
}

#[test]
fn recursion_is_stopped_at_the_stack_limit() {
    let _ = fails("do: recurse", "stack");
}

#[test]
fn four_gigabytes_are_not_given() {
    // The guest tells how much it got before it was refused: less than the 64 MB of this project.
    let output = fails("do: grow, bytes: 4294967295", "got ");
    let why = output.json()["steps"][1]["why"]
        .as_str()
        .unwrap()
        .to_owned();
    let got: u64 = why
        .split_whitespace()
        .find_map(|word| word.parse().ok())
        .unwrap();
    assert!(got > 0 && got < 64_000_000, "{why}");
}

#[test]
fn a_gigabyte_is_not_returned() {
    let _ = fails("do: huge, bytes: 1073741824", "more than 61 MiB of memory");
}

#[test]
fn strings_that_share_their_memory_are_counted_as_they_are_copied() {
    let _ = fails("do: alias, bytes: 1048576, count: 4096", "too much data");
}

#[test]
fn a_text_that_is_not_utf8_is_refused() {
    let _ = fails("do: bad-utf8", "utf-8");
}

#[test]
fn a_table_does_not_grow_beyond_its_limit() {
    let output = fails("do: tables, count: 50000000", "grew from -");
    if output.stdout.contains("grew from -2") {
        return skipped(
            "a_table_does_not_grow_beyond_its_limit",
            "the guest was built by a compiler that can't grow tables",
        );
    }
    assert!(
        output.stdout.contains("grew from -1"),
        "{}",
        output.describe()
    );
}

#[test]
fn handles_are_counted() {
    let _ = fails("do: writers, count: 3000000", "handle");
}

#[test]
fn host_calls_are_counted() {
    let _ = fails("do: host-calls, count: 100000000", "more than ");
}

#[test]
fn too_few_outcomes_are_an_error() {
    let _ = fails("do: missing", "0 outcomes for 2 posts");
}

#[test]
fn too_many_outcomes_are_an_error() {
    let _ = fails("do: more", "4 outcomes for 2 posts");
}

#[test]
fn a_rule_may_not_ask_about_accounts_that_are_not_its_own() {
    let _ = fails(
        "do: other-account, account: somebody",
        "does not work for an account called `somebody`",
    );
}

#[test]
fn a_flood_of_log_lines_is_cut_and_made_harmless() {
    let server = Network::start();
    let output = project("do: log-flood, count: 5000, bytes: 100", &server.url())
        .run(&["run", "hostile"])
        .ok();
    let output = output.err("the plugin logs too much; the rest is left out");
    assert!(
        !output.stderr.contains('\u{1b}'),
        "no terminal obeys a plugin"
    );
    assert!(
        !output.stderr.contains("\nERROR forged line"),
        "no line is forged"
    );
    let lines = output
        .stderr
        .lines()
        .filter(|line| line.contains("forged line"))
        .count();
    assert!((1..=1000).contains(&lines), "{lines} lines");
}

#[test]
fn terminal_escapes_in_a_post_reach_no_terminal() {
    let server = Network::start();
    let project = project("do: control", &server.url());
    for command in [
        &["preview", "hostile"][..],
        &["run", "hostile"],
        &["runs", "show", "last"],
    ] {
        let output = project.run(command).ok();
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(
            !all.contains('\u{1b}') && !all.contains('\u{202e}'),
            "{}",
            output.describe()
        );
    }
    assert!(
        server
            .changes()
            .iter()
            .any(|change| change["texts"][0].as_str().unwrap().contains('\u{1b}')),
        "the harm was done"
    );
}

#[test]
fn a_rule_that_changes_a_posts_identity_does_not_post_it_twice() {
    let server = Network::start();
    let project = project("do: other-origin", &server.url());
    let _ = project.run(&["run", "hostile"]).ok();
    let _ = project.run(&["run", "hostile"]).ok();
    let mut texts: Vec<String> = server
        .changes()
        .iter()
        .map(|change| change["texts"][0].to_string())
        .collect();
    texts.sort();
    let before = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), before, "a post went out twice");
}

/// A digest is no key: it may be a guess, or the name of another client's picture.
#[test]
fn a_rule_may_not_name_bytes_that_it_was_never_given() {
    let _ = fails("do: foreign-blob", "which it was not given");
}

#[test]
fn no_instance_is_used_by_two_runs() {
    let server = Network::start();
    let project = project("do: remember", &server.url());
    for _ in 0..2 {
        let preview = project.run(&["preview", "hostile", "--json"]).ok();
        assert!(
            preview.stdout.contains("call 1 of this instance"),
            "{}",
            preview.describe()
        );
        assert!(
            !preview.stdout.contains("call 2 of this instance"),
            "{}",
            preview.describe()
        );
    }
}

#[test]
fn without_continue_on_error_the_run_fails() {
    let server = Network::start();
    let project = project("do: trap", &server.url());
    let yaml = project
        .read("pipelines/hostile.yaml")
        .replace("    continue-on-error: true\n", "");
    project.write("pipelines/hostile.yaml", yaml);
    let _ = project
        .run(&["run", "hostile"])
        .code(1)
        .err("failed: step harm (guest-hostile/apply)");
    assert_eq!(server.changes().len(), 0);
}

/// A publisher's plugin that never comes back holds up its own account only.
#[test]
fn an_account_whose_plugin_loops_does_not_hold_up_the_others() {
    let server = Network::start();
    let account = |name: &str, publish: &str| {
        format!(
            "  {name}: {{ client: acme, network: guest-network, with: {{ server: \"{}\", publish: {publish}, find: absent }}, secrets: {{ token: {{ env: TOKEN }} }} }}\n",
            server.url()
        )
    };
    let accounts = format!("{}{}", account("bad", "loop"), account("good", "done"));
    let project = Project::empty()
        .env("TOKEN", "a-test-token")
        .guest("guest-network")
        .guest("guest-source")
        .file(
            "staffetta.yaml",
            project_file(
                "limits: { time: 200ms }\n",
                &accounts,
                &network_grant(&server.url()),
            ),
        )
        .pipeline("numbers", &numbers(2, "bad, good", ""));
    let report = project.run(&["run", "numbers", "--json"]).code(1).json();
    assert_eq!(outcomes_of(&report, "good"), ["posted", "posted"]);
    assert_eq!(outcomes_of(&report, "bad"), ["failed", "failed"]);
    assert!(
        report["posts"].to_string().contains("computing")
            || report["posts"].to_string().contains("never there")
    );
}

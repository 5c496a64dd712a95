//! Rules that every file of the repository keeps.

use std::fs;
use std::path::Path;

use staffetta_tests::repository;

use crate::blocks::read;

/// Lines that a Rust file may have.
const MOST_LINES: usize = 400;

/// Larger ones, each for its reason; nobody may have more than [`MOST_LINES_AT_ALL`].
const LARGE: &[(&str, &str)] = &[
    (
        "runner/src/contract/types.rs",
        "the contract's records one by one, as in types.wit",
    ),
    ("plugins/bluesky/tests/compose.rs", "one case after another"),
    ("plugins/bluesky/tests/publish.rs", "one case after another"),
    ("plugins/markdown/tests/read.rs", "one case after another"),
    ("runner/src/execute/mod.rs", "the loop over steps"),
    (
        "runner/src/execute/deliver.rs",
        "the life of one publication, which is read as a whole",
    ),
    ("runner/src/host/http.rs", "one request through every check"),
    ("runner/src/cli/run.rs", "a command and its tables"),
    (
        "runner/src/execute/runtime.rs",
        "what instances are made from",
    ),
    ("runner/src/serve/mod.rs", "the loop over what happens"),
];

/// For those above.
const MOST_LINES_AT_ALL: usize = 950;

/// Lines of the page on architecture.
const MOST_ARCHITECTURE: usize = 200;

/// Every file that belongs to the repository and is text: path relative to it, and what is in it.
fn texts() -> Vec<(String, String)> {
    let root = repository();
    let mut found = Vec::new();
    let mut ahead = vec![root.clone()];
    while let Some(folder) = ahead.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let made = ["target", "node_modules", ".git", ".staffetta", "outbox"];
                if !made.contains(&name.as_str()) && !path.is_symlink() {
                    ahead.push(path);
                }
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.push((
                    path.strip_prefix(&root)
                        .unwrap()
                        .to_string_lossy()
                        .into_owned(),
                    text,
                ));
            }
        }
    }
    found.sort();
    assert!(found.len() > 300, "only {} files were found", found.len());
    found
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "rs")
}

/// `path:line: line` for every line that is not as it should be.
fn hits(files: &[(String, String)], wrong: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let lines = files.iter().flat_map(|(path, text)| {
        text.lines()
            .enumerate()
            .map(move |(at, line)| (path, at + 1, line))
    });
    lines
        .filter(|(path, _, line)| wrong(path, line))
        .map(|(path, at, line)| format!("{path}:{at}: {}", line.trim()))
        .collect()
}

#[test]
fn rust_files_are_small() {
    let mut wrong = Vec::new();
    for (path, text) in texts().into_iter().filter(|(path, _)| is_rust(path)) {
        let lines = text.lines().count();
        let large = LARGE.iter().any(|(known, _)| *known == path);
        match lines {
            _ if lines > MOST_LINES_AT_ALL => wrong.push(format!("{path}: {lines} lines")),
            _ if lines > MOST_LINES && !large => wrong.push(format!(
                "{path}: {lines} lines: split it, or say why in LARGE"
            )),
            _ if lines <= MOST_LINES * 3 / 4 && large => {
                wrong.push(format!("{path}: small again: take it out of LARGE"))
            }
            _ => {}
        }
    }
    for (path, _) in LARGE {
        if !repository().join(path).is_file() {
            wrong.push(format!("{path} is gone: take it out of LARGE"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rust_files_say_what_they_are_for() {
    let all = texts();
    let sources = all.iter().filter(|(path, _)| {
        is_rust(path) && path.starts_with("runner/src/") && !path.contains("tests")
    });
    let silent: Vec<_> = sources
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "no `//!` on top: {silent:?}");
}

#[test]
fn no_test_is_switched_off() {
    let attribute = concat!("#[", "ignore");
    let found = hits(&texts(), |path, line| {
        is_rust(path) && line.trim_start().starts_with(attribute)
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("XX", "X:"),
    ];
    let found = hits(&texts(), |path, line| {
        // In quotes it is somebody else's check for the same.
        let quoted = |mark: &str| line.contains(&format!("\"{mark}\""));
        !path.ends_with("package-lock.json")
            && marks
                .iter()
                .any(|mark| words(line).any(|word| word == *mark) && !quoted(mark))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != ':')
}

/// Paths of the machine where something was written work nowhere else.
#[test]
fn no_file_names_a_machine() {
    let everywhere = ["work", "root", "home"].map(|name| format!("/{name}/"));
    let temporary = format!("/{}/", "tmp");
    let found = hits(&texts(), |path, line| {
        let test = path
            .split('/')
            .any(|part| part == "tests" || part == "tests.rs" || part == "fixtures");
        let starts = |folder: &String| {
            line.match_indices(folder.as_str()).any(|(at, _)| {
                let before = line[..at].chars().next_back();
                // Inside a longer path or an address it is no folder of the machine.
                before.is_none_or(|c| " \"'`(=:<".contains(c)) && !line[..at].ends_with("://")
            })
        };
        everywhere.iter().any(starts) || (!test && starts(&temporary))
    });
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_error_code_is_used_and_has_a_page() {
    let table = read("runner/src/diagnostic/code.rs");
    let (_, table) = table.split_once("codes! {").unwrap();
    let (table, _) = table.split_once("\n}").unwrap();
    let sources: Vec<_> = texts()
        .into_iter()
        .filter(|(path, _)| {
            is_rust(path)
                && path.starts_with("runner/src/")
                && !path.ends_with("diagnostic/code.rs")
        })
        .collect();
    let mut codes = Vec::new();
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, rest) = line.split_once(' ').unwrap();
        codes.push(rest[1..6].to_string());
        let used = sources.iter().any(|(_, text)| {
            text.split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == name)
        });
        assert!(used, "{name} is in the table and nothing says it");
    }
    assert!(codes.len() > 40, "only {} codes were found", codes.len());
    let mut pages: Vec<String> = fs::read_dir(repository().join("docs/errors"))
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    pages.sort();
    assert_eq!(pages, codes, "docs/errors and the table differ");
}

#[test]
fn the_page_on_architecture_is_short_and_true() {
    let page = read("docs/architecture.md");
    let lines = page.lines().count();
    assert!(lines <= MOST_ARCHITECTURE, "{lines} lines");
    let mut seen = 0;
    for (_, word) in page
        .match_indices('`')
        .zip(page.split('`').skip(1))
        .step_by(2)
    {
        let path = word
            .split([':', ' ', '*', '<', '{'])
            .next()
            .unwrap_or_default();
        if !["runner/", "plugins/", "tests/", "docs/", "pipelines/"]
            .iter()
            .any(|top| path.starts_with(top))
        {
            continue;
        }
        // `plugins/<name>/` names no folder but the kind.
        let path = path.trim_end_matches('/');
        seen += 1;
        assert!(
            repository().join(path).exists(),
            "docs/architecture.md names `{word}`, which is not there"
        );
    }
    assert!(seen > 20, "only {seen} paths were found");
}

/// Every folder of the host is on the page that explains them.
#[test]
fn the_page_on_architecture_names_every_module() {
    let page = read("docs/architecture.md");
    for entry in fs::read_dir(repository().join("runner/src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if ["lib", "main"].contains(&name.as_str()) {
            continue;
        }
        assert!(
            page.contains(&format!("`{name}/`")) || page.contains(&format!("`{name}.rs`")),
            "{name} is missing"
        );
    }
}

/// "No SQL outside journal/sqlite", "only journal/ writes run state": what the page says is absent, is.
#[test]
fn what_the_architecture_excludes_is_absent() {
    let mut all = texts();
    for (_, text) in &mut all {
        // What tests use is not what the program is made of.
        if let Some(at) = text.find("\nmod tests {") {
            text.truncate(at);
        }
    }
    let host = |path: &str| {
        is_rust(path)
            && path.starts_with("runner/src/")
            && !path.contains("tests")
            && !path.ends_with("sample.rs")
    };
    let names: Vec<String> = fs::read_dir(repository().join("plugins"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("plugin.yaml").is_file())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let sql = hits(&all, |path, line| {
        host(path)
            && !path.starts_with("runner/src/journal/sqlite/")
            && ["rusqlite", "SELECT ", "INSERT INTO"]
                .iter()
                .any(|word| line.contains(word))
    });
    assert!(
        sql.is_empty(),
        "SQL outside journal/sqlite:\n{}",
        sql.join("\n")
    );
    let io = [
        "std::fs",
        "tokio::fs",
        "std::net",
        "reqwest",
        "SystemClock",
        "std::env",
    ];
    let plans = hits(&all, |path, line| {
        host(path)
            && ["runner/src/plan/", "runner/src/pipeline/"]
                .iter()
                .any(|f| path.starts_with(f))
            && io.iter().any(|word| line.contains(word))
    });
    assert!(plans.is_empty(), "IO in a pure part:\n{}", plans.join("\n"));
    let clock = hits(&all, |path, line| {
        let pure = path.starts_with("runner/src/journal/state/");
        host(path)
            && pure
            && ["SystemTime", "Clock", "rusqlite", "async fn"]
                .iter()
                .any(|word| line.contains(word))
    });
    assert!(
        clock.is_empty(),
        "the journal's state is not pure:\n{}",
        clock.join("\n")
    );
    let named = hits(&all, |path, line| {
        let code = host(path)
            && !line.trim_start().starts_with("//")
            && !line.contains("example")
            && !path.contains("/keys.rs");
        code && names
            .iter()
            .any(|name| line.contains(&format!("\"{name}\"")))
    });
    assert!(
        named.is_empty(),
        "the host knows a plugin by name:\n{}",
        named.join("\n")
    );
}

use serde_json::json;

use super::*;
use crate::diagnostic::{Colour, render_all};

fn parsed(text: &str) -> Parsed {
    parse(&Source::new("t.yaml", text))
}

fn good(text: &str) -> Node {
    parsed(text)
        .into_result()
        .map_err(|all| render_all(&all, Colour::Never))
        .unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    parsed(text)
        .problems
        .iter()
        .map(|problem| problem.code.id())
        .collect()
}

#[test]
fn core_schema() {
    let node = good(
        "a: [null, ~, true, FALSE, 12, -3, +4, 012, 0o17, 0xff, 1.5, .5, 1e3, 1., no, on, 1_000, 0b1, 1:30]\nb:\n",
    );
    assert_eq!(
        node.to_json(),
        json!({"a": [null, null, true, false, 12, -3, 4, 12, 15, 255, 1.5, 0.5, 1000.0, 1.0, "no", "on", "1_000", "0b1", "1:30"], "b": null})
    );
    assert_eq!(
        good("'12': !!str 12\n\"on\": ! 12\n").to_json(),
        json!({"12": "12", "on": "12"})
    );
    assert_eq!(
        codes("a: 99999999999999999999\nb: .inf\nc: .nan\nd: 1e999"),
        ["S0109"; 4]
    );
    assert_eq!(
        good("a: 9223372036854775807").to_json(),
        json!({"a": i64::MAX})
    );
}

#[test]
fn spans_count_bytes_and_survive_crlf_and_bom() {
    let node = good("\u{feff}é: ü\r\nb:\r\n  - \"x y\"\r\n");
    let text = |pointer: &str| node.pointer(pointer).map(|n| n.span.text().to_owned());
    assert_eq!(text("/é"), Some("ü".into()));
    assert_eq!(text("/b/0"), Some("\"x y\"".into()));
    assert_eq!(node.entry("b").map(|e| e.key.span.position().line), Some(2));
    assert_eq!(node.pointer("/b/1"), None);
    assert_eq!(node.nearest("/b/1").span.position().line, 3);
    assert_eq!(
        good("a/b: {~c: 1}").pointer("/a~1b/~0c").map(Node::to_json),
        Some(json!(1))
    );
    // A null that is not written is shown at its key.
    assert_eq!(
        good("a:\nb: 1\n")
            .get("a")
            .map(|n| n.span.text().to_owned()),
        Some("a".into())
    );
}

#[test]
fn anchors_and_merge_keys() {
    let node = good(
        "base: &b {x: 1, y: 2}\nother: &o {x: 5, z: 9}\na:\n  <<: *b\n  y: 3\nc: {<<: [*b, *o]}\n",
    );
    assert_eq!(
        node.pointer("/a").map(Node::to_json),
        Some(json!({"y": 3, "x": 1}))
    );
    assert_eq!(
        node.pointer("/c").map(Node::to_json),
        Some(json!({"x": 1, "y": 2, "z": 9}))
    );
    assert_eq!(codes("a: {<<: 1}"), ["S0111"]);
    assert_eq!(codes("a: &a [*a]"), ["S0107"]);
    assert_eq!(codes("a: *nowhere"), ["S0101"]);
}

#[test]
fn bombs_are_refused_quickly() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let before = vec![format!("*a{}", n - 1); 10].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{before}]\n"));
    }
    assert_eq!(codes(&bomb), ["S0107"]);
    let long = format!(
        "a: &a \"{}\"\nb: [{}]",
        "x".repeat(1 << 20),
        vec!["*a"; 100].join(", ")
    );
    assert_eq!(codes(&long), ["S0107"]);
    assert_eq!(codes(&"[".repeat(100_000)).len(), 1);
    assert_eq!(codes(&"- ".repeat(100_000)).len(), 1);
    assert_eq!(
        codes(&format!("[{}]", "1,".repeat(MAX_NODES + 1))),
        ["S0107"]
    );
    let deep = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
    assert_eq!(codes(&deep(MAX_DEPTH)), [""; 0]);
    assert_eq!(codes(&deep(MAX_DEPTH + 1)), ["S0107"]);
    // Depth through aliases counts as well.
    assert_eq!(
        codes(&format!(
            "a: &a {}\nb: {}*a{}",
            deep(40),
            "[".repeat(40),
            "]".repeat(40)
        )),
        ["S0107"]
    );
}

#[test]
fn several_problems_in_one_go() {
    let found = parsed("a: 1\nb: !foo x\na: 2\n? [x]\n: y\n");
    let codes: Vec<_> = found.problems.iter().map(|p| p.code.id()).collect();
    assert_eq!(codes, ["S0110", "S0105", "S0108"]);
    assert!(found.root.is_some());
    let twice = found
        .problems
        .iter()
        .find(|p| p.code.id() == "S0105")
        .unwrap();
    assert_eq!(twice.span.as_ref().unwrap().position().line, 3);
    assert_eq!(twice.notes[0].span.as_ref().unwrap().position().line, 1);
}

#[test]
fn whole_file_troubles() {
    assert_eq!(codes(""), ["S0103"]);
    assert_eq!(codes("# only a comment\n"), ["S0103"]);
    assert_eq!(codes("---\n...\n"), ["S0103"]);
    assert_eq!(codes("a: 1\n---\nb: 1\n"), ["S0106"]);
    assert_eq!(codes("---\na: 1\n"), [""; 0]);
    assert_eq!(codes("a:\n\tb: c\n\td: e\n"), ["S0102"]);
    for broken in [
        "a: b: c",
        "a: 'x\n",
        "a: [1\nb: 2\n",
        "h: @acme\n",
        "a: 1\n b: 2\n",
    ] {
        assert_eq!(codes(broken), ["S0101"], "{broken}");
    }
}

#[test]
fn places_inside_strings() {
    let check = |text: &str, needle: &str, raw: &str, line: usize, column: usize| {
        let node = good(text);
        let value = node.get("a").unwrap();
        let at = value.as_str().unwrap().find(needle).unwrap();
        let span = value.locate(at, at + needle.len());
        assert_eq!(
            (span.text(), span.position().line, span.position().column),
            (raw, line, column),
            "{text}"
        );
    };
    check("a: one two", "two", "two", 1, 8);
    check("a: !!str one two", "two", "two", 1, 14);
    check("a: 'it''s two'", "two", "two", 1, 11);
    check(r#"a: "é\t\u00e9 \"two\" three""#, "three", "three", 1, 23);
    check(r#"a: "x \"two\"""#, "\"two\"", r#"\"two\""#, 1, 7);
    check("a: |\n  one\n    two\n\n  three\n", "three", "three", 5, 3);
    check("a: >-\n  one\n  two\n\n\n  three\n", "three", "three", 6, 3);
    check("a: one\n  two\n  three\n", "three", "three", 3, 3);
    check("a: \"one \\\n   two\n   three\"\n", "three", "three", 3, 4);
    let node = good("a: abc");
    assert_eq!(node.get("a").unwrap().locate(3, 3).position().column, 7);
}

#[test]
fn large_and_binary_files_are_refused() {
    let folder = std::env::temp_dir().join(format!("staffetta-yaml-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let code = |name: &str| read(&folder.join(name), name).unwrap_err()[0].code.id();
    let file = std::fs::File::create(folder.join("large.yaml")).unwrap();
    // A hole in the file: large by its metadata, and nothing of it is read.
    file.set_len(100 << 20).unwrap();
    assert_eq!(code("large.yaml"), "S0002");
    std::fs::write(folder.join("binary.yaml"), [0x89, b'P', b'N', b'G', 0xff]).unwrap();
    assert_eq!(code("binary.yaml"), "S0003");
    std::fs::write(folder.join("zero.yaml"), "a: b\0c").unwrap();
    assert_eq!(code("zero.yaml"), "S0003");
    assert_eq!(code("missing.yaml"), "S0001");
    assert_eq!(code("."), "S0001");
    std::fs::remove_dir_all(&folder).unwrap();
}

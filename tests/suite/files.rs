//! Files and stored bytes outside a plugin's grants, however their paths are written.

use serde_json::{Value, json};
use staffetta_tests::Project;

use crate::common::text;
use crate::sandbox::{probe, project, refused};

fn with_notes(hosts: &str) -> Project {
    project(hosts)
        .file("notes/a.md", "inside")
        .file("secret.txt", "CANARY-outside")
        .file("asked/x", "")
        .file("out/x", "")
}

#[test]
fn a_file_of_a_granted_folder_is_read() {
    let told = probe(
        &with_notes("a.example"),
        &json!({"probe": "files-open", "granted-folder": "notes", "path": "notes/a.md"}),
    );
    assert_eq!(told["ok"]["text"], "inside", "{told}");
}

#[test]
fn files_outside_the_granted_folder_are_denied() {
    let project = with_notes("a.example");
    let absolute = project.path("secret.txt").display().to_string();
    for path in [
        "secret.txt",
        "notes/../secret.txt",
        "../secret.txt",
        "./secret.txt",
        absolute.as_str(),
        "/etc/passwd",
        "staffetta.yaml",
        "notes/\0",
    ] {
        let told = probe(
            &project,
            &json!({"probe": "files-open", "granted-folder": "notes", "path": path}),
        );
        assert_eq!(told["failed"], "denied", "{path:?}: {told}");
        assert!(!told.to_string().contains("CANARY"), "{told}");
    }
}

#[test]
fn a_link_out_of_the_granted_folder_is_not_followed() {
    let project = with_notes("a.example");
    std::os::unix::fs::symlink(project.path("secret.txt"), project.path("notes/link.md")).unwrap();
    std::os::unix::fs::symlink(project.path(""), project.path("notes/all")).unwrap();
    for path in ["notes/link.md", "notes/all/secret.txt"] {
        let told = probe(
            &project,
            &json!({"probe": "files-open", "granted-folder": "notes", "path": path}),
        );
        assert_eq!(told["failed"], "denied", "{path}: {told}");
    }
    let told = probe(
        &project,
        &json!({"probe": "files-list", "granted-folder": "notes", "path": "notes", "count": 100}),
    );
    assert_eq!(told["ok"].as_array().map(Vec::len), Some(1), "{told}");
}

#[test]
fn a_folder_to_read_is_not_written() {
    let project = with_notes("a.example");
    let told = probe(
        &project,
        &json!({"probe": "files-write", "granted-folder": "notes", "path": "notes/b.md", "text": "x"}),
    );
    refused(&told, "denied", "write");
    assert!(!project.path("notes/b.md").exists());
}

#[test]
fn a_granted_folder_is_written_and_nothing_beside_it() {
    let project = with_notes("a.example");
    let write = |path: &str| {
        probe(
            &project,
            &json!({"probe": "files-write", "granted-write": "out", "path": path, "text": "x"}),
        )
    };
    assert_eq!(write("out/deep/b.md")["failed"], Value::Null);
    assert_eq!(project.read("out/deep/b.md"), "x");
    for path in [
        "b.md",
        "out/../b.md",
        "staffetta.yaml",
        "plugins/evil.wasm",
        ".staffetta/journal.db",
        "outside/b.md",
    ] {
        refused(&write(path), "denied", "");
    }
    assert!(!project.path("b.md").exists() && !project.path("plugins/evil.wasm").exists());
}

#[test]
fn a_dangling_link_is_not_written_through() {
    let project = with_notes("a.example");
    let outside = project.path("made-by-a-plugin");
    std::os::unix::fs::symlink(&outside, project.path("out/link")).unwrap();
    let told = probe(
        &project,
        &json!({"probe": "files-write", "granted-write": "out", "path": "out/link", "text": "x"}),
    );
    assert_ne!(told["failed"], Value::Null, "{told}");
    assert!(!outside.exists());
}

#[test]
fn a_guessed_blob_is_not_given() {
    let project = with_notes("a.example");
    let told = probe(
        &project,
        &json!({"probe": "files-open", "granted-folder": "notes", "path": "notes/a.md"}),
    );
    let blob = text(&told["ok"]["blob"]);
    let stored = project.path(&format!(".staffetta/blobs/{}/{}", &blob[7..9], &blob[9..]));
    assert!(stored.is_file(), "it is stored: {}", stored.display());
    // Its name inside a longer text: the call is not given it, though it is there.
    let named = json!({"probe": "blob-read", "text": blob});
    refused(&probe(&project, &named), "unknown", "");
}

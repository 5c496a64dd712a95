//! Pages and parts of pages that are made from the program itself. `BLESS=1` writes them anew.

use std::fs;

use staffetta::journal::mermaid;
use staffetta::pipeline::reference::markdown;
use staffetta_tests::repository;

use crate::blocks::read;

/// Compares a page with what it should be, or writes it.
pub(crate) fn same(page: &str, wanted: &str) {
    let path = repository().join(page);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, wanted).unwrap();
        return;
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    let different = found
        .lines()
        .zip(wanted.lines())
        .position(|(found, wanted)| found != wanted);
    let at = different.unwrap_or_else(|| found.lines().count().min(wanted.lines().count()));
    assert!(
        found == wanted,
        "{page}:{} differs from what the program says; `BLESS=1` writes it anew\nfound:  {}\nwanted: {}",
        at + 1,
        found.lines().nth(at).unwrap_or("(the end)"),
        wanted.lines().nth(at).unwrap_or("(the end)"),
    );
}

#[test]
fn the_reference_is_what_the_decoders_accept() {
    same("docs/pipeline-reference.md", &markdown());
}

#[test]
fn the_diagrams_are_the_journals_own_table() {
    let mut page = read("docs/reliability.md");
    for (title, diagram) in mermaid() {
        let (begin, end) = (format!("<!-- {title} -->\n"), "<!-- end -->");
        let (before, rest) = page
            .split_once(&begin)
            .unwrap_or_else(|| panic!("docs/reliability.md lacks `{}`", begin.trim()));
        let (_, after) = rest.split_once(end).unwrap();
        page = format!("{before}{begin}\n```mermaid\n{diagram}```\n\n{end}{after}");
    }
    same("docs/reliability.md", &page);
}

/// Each crate of the host has its line in the table of reasons, and no line is left of one that is gone.
#[test]
fn every_dependency_has_its_reason() {
    let manifest = read("runner/Cargo.toml");
    let (_, list) = manifest.split_once("[dependencies]\n").unwrap();
    let list = list.split("\n[").next().unwrap();
    let mut crates: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    crates.retain(|name| !name.starts_with('#'));
    let page = read("docs/decisions/dependencies.md");
    let mut told: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|line| line.split('|').nth(1))
        .flat_map(|names| names.split('`').skip(1).step_by(2))
        .collect();
    crates.sort_unstable();
    told.sort_unstable();
    assert_eq!(told, crates);
}

/// In the plugins the reason stands above the line.
#[test]
fn every_dependency_of_a_plugin_has_its_reason() {
    for entry in fs::read_dir(repository().join("plugins")).unwrap() {
        let path = entry.unwrap().path().join("Cargo.toml");
        let Ok(manifest) = fs::read_to_string(&path) else {
            continue;
        };
        let mut inside = false;
        // A reason counts for the lines below it, up to the next one.
        let mut reason = false;
        for line in manifest.lines() {
            if line.starts_with('[') {
                inside = line.contains("dependencies");
                reason = false;
            }
            reason |= line.starts_with('#');
            let ours = line.contains("path = ");
            assert!(
                !inside || !line.contains(" = ") || ours || reason,
                "{}: no reason above `{line}`",
                path.display()
            );
        }
    }
}

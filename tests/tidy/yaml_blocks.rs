//! Every YAML block of the documentation. A whole pipeline or project file goes through `staffetta check`; a block
//! marked `yaml fragment` is a part and must be YAML; wrong examples on the errors' pages must be wrong.

use std::fs;

use staffetta::diagnostic::{Colour, Source, render_all};
use staffetta::yaml;
use staffetta_tests::{Project, repository};

use crate::blocks::{Block, blocks, pages};

/// On an error's page the first example is wrong and those behind `Right:` are not.
fn is_wrong_example(block: &Block) -> bool {
    block.page.starts_with("docs/errors/") && block.before != "Right:"
}

fn yaml_blocks() -> Vec<Block> {
    let all = pages().into_iter().flat_map(|page| blocks(&page));
    all.filter(|block| block.language() == "yaml").collect()
}

fn parsed(block: &Block) -> yaml::Parsed {
    yaml::parse(&Source::new(block.place(), block.text.clone()))
}

#[test]
fn whole_files_in_the_documentation_pass_check() {
    let accounts = fs::read_to_string(repository().join("pipelines/staffetta.yaml")).unwrap();
    let mut seen = (0, 0);
    for block in yaml_blocks() {
        if block.is("fragment") {
            continue;
        }
        let root = parsed(&block).into_result();
        let root = root.unwrap_or_else(|found| panic!("{}", render_all(&found, Colour::Never)));
        let project = if root.get("clients").is_some() {
            seen.0 += 1;
            Project::empty()
                .file("staffetta.yaml", &block.text)
                .file("pipelines/.keep", "")
        } else if root.get("steps").is_some() {
            assert!(begins_with_name(&block.text), "{}", block.place());
            seen.1 += 1;
            Project::empty()
                .file("staffetta.yaml", &accounts)
                .pipeline("block", &block.text)
        } else {
            panic!(
                "{}: neither a pipeline nor a project: mark it `yaml fragment`",
                block.place()
            );
        };
        let output = project.run(&["check"]);
        let clean = output.code == Some(0) && !output.stderr.contains("warning");
        assert!(
            clean,
            "{}\n{}\n{}",
            block.place(),
            block.text,
            output.describe()
        );
    }
    assert!(
        seen.0 >= 4 && seen.1 >= 4,
        "only {seen:?} whole files were found"
    );
}

/// A pipeline begins with its name, behind comments at most.
fn begins_with_name(text: &str) -> bool {
    let mut lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.next().is_some_and(|line| line.starts_with("name:"))
}

#[test]
fn fragments_are_yaml() {
    let fragments = yaml_blocks()
        .into_iter()
        .filter(|block| block.is("fragment") && !is_wrong_example(block));
    let mut seen = 0;
    for block in fragments {
        seen += 1;
        if let Err(found) = parsed(&block).into_result() {
            panic!("{}\n{}", block.place(), render_all(&found, Colour::Never));
        }
    }
    assert!(seen > 50, "only {seen} fragments were found");
}

/// A page about YAML itself shows something that really gets that message.
#[test]
fn wrong_examples_of_yaml_get_the_message_of_their_page() {
    let mut seen = 0;
    for block in yaml_blocks().into_iter().filter(is_wrong_example) {
        let code = block
            .page
            .trim_start_matches("docs/errors/")
            .trim_end_matches(".md")
            .to_string();
        // Above S0111 the keys and their meaning decide, not the syntax. S0107 needs more lines than a page has.
        if code.as_str() > "S0111"
            || ["S0103", "S0104", "S0107"].contains(&code.as_str())
            || !code.starts_with("S01")
        {
            continue;
        }
        seen += 1;
        // A tab would not be seen on the page.
        let text = block.text.replace('→', "\t");
        let problems = yaml::parse(&Source::new(block.place(), text)).problems;
        let hit = problems.iter().any(|problem| problem.code.id() == code);
        assert!(
            hit,
            "{}: {}",
            block.place(),
            render_all(&problems, Colour::Never)
        );
    }
    assert!(seen >= 6, "only {seen} wrong examples were found");
}

//! The pages of the documentation and the fenced blocks in them.

use std::fs;
use std::path::Path;

use staffetta_tests::repository;

/// A fenced block.
pub(crate) struct Block {
    /// The page, relative to the repository.
    pub(crate) page: String,
    /// The line of its fence, from 1.
    pub(crate) line: usize,
    /// The line of the fence that closes it.
    pub(crate) end: usize,
    /// The words behind the fence, the language first.
    pub(crate) info: Vec<String>,
    /// The last line of text before it, which often says what it is.
    pub(crate) before: String,
    /// What is in it, without the fence's own indentation.
    pub(crate) text: String,
}

impl Block {
    /// Its language.
    pub(crate) fn language(&self) -> &str {
        self.info.first().map_or("", String::as_str)
    }

    /// True when the word stands behind the language.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.info.iter().skip(1).any(|known| known == word)
    }

    /// `file=PATH`: the reader is told to put it into that file.
    pub(crate) fn file(&self) -> Option<&str> {
        self.info.iter().find_map(|word| word.strip_prefix("file="))
    }

    /// Where it is, for messages.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

/// Every page: at the top, in `docs`, beside plugins and guests; sorted.
pub(crate) fn pages() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs", "docs/errors", "docs/decisions", "tests/guests"] {
        markdown_in(folder, &mut found);
    }
    for entry in fs::read_dir(repository().join("plugins")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        markdown_in(&format!("plugins/{name}"), &mut found);
    }
    found.sort();
    found
}

fn markdown_in(folder: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(repository().join(folder)) else {
        return;
    };
    for entry in entries {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if Path::new(&name).extension().is_some_and(|end| end == "md") {
            found.push(if folder.is_empty() {
                name
            } else {
                format!("{folder}/{name}")
            });
        }
    }
}

/// A page's text.
pub(crate) fn read(page: &str) -> String {
    let path = repository().join(page);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// All blocks of a page, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    parse(page, &read(page))
}

fn parse(page: &str, text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let inner = line.trim_start();
        let Some(info) = inner.strip_prefix("```") else {
            if !inner.is_empty() {
                before = inner.into();
            }
            continue;
        };
        let indent = line.len() - inner.len();
        let mut block = Block {
            page: page.into(),
            line: number + 1,
            end: 0,
            info: info.split_whitespace().map(str::to_string).collect(),
            before: before.clone(),
            text: String::new(),
        };
        let mut closed = false;
        for (number, line) in lines.by_ref() {
            if line.trim() == "```" {
                closed = true;
                block.end = number + 1;
                break;
            }
            let blank = line.len() - line.trim_start().len();
            block.text.push_str(&line[indent.min(blank)..]);
            block.text.push('\n');
        }
        assert!(closed, "{}: the block is not closed", block.place());
        found.push(block);
    }
    found
}

#[test]
fn blocks_are_found_with_their_words_and_without_their_indentation() {
    let page = "Say:\n\n  ```sh norun it builds\n  make\n    twice\n  ```\n\n```yaml file=a.yaml\nx: 1\n```\n";
    let found = parse("p.md", page);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, found[0].before.as_str()), (3, "Say:"));
    assert_eq!(found[0].text, "make\n  twice\n");
    assert!(found[0].is("norun") && !found[0].is("sh"));
    assert_eq!(found[1].file(), Some("a.yaml"));
}

#[test]
fn there_are_pages() {
    let pages = pages();
    for page in [
        "README.md",
        "docs/guide.md",
        "docs/errors/S0101.md",
        "plugins/x/README.md",
    ] {
        assert!(pages.iter().any(|known| known == page), "{page}");
    }
}

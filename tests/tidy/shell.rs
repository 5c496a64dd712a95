//! Every shell block of the documentation is run by bash, in order, page by page, in a folder that goes away: so each
//! page is a walk that a reader can take.
//!
//! - `sh`: must end well. `sh fails`: must not.
//! - `sh serve`: `staffetta serve` stays in the background; the next block makes it run something, which is waited for.
//! - `sh norun WHY`: is not run.
//! - any block with `file=PATH`: is put there, as the page asks.
//! - `text` right behind a shell block: its lines stand in what that block said, in this order; `…` stands for anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use staffetta_tests::{binary, repository};
use tempfile::TempDir;

use crate::blocks::{Block, blocks, pages};

/// How long something that another process does is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most blocks that are shown and not run.
const MOST_NOT_RUN: usize = 12;

/// One page on its way.
struct Walk {
    home: TempDir,
    /// Where the reader's shell stands.
    here: PathBuf,
    /// What the last block said.
    said: String,
    service: Option<Service>,
}

struct Service {
    child: Child,
    log: PathBuf,
}

impl Walk {
    fn begin() -> Self {
        let home = TempDir::new().unwrap();
        let here = home.path().join("here");
        // What plugins are compiled from is the same each time.
        let shared = repository().join("target/test-docs");
        fs::create_dir_all(&shared).unwrap();
        fs::create_dir_all(here.join(".staffetta")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&shared, here.join(".staffetta/target")).unwrap();
        Self {
            home,
            here,
            said: String::new(),
            service: None,
        }
    }

    fn bash(&self, script: &str) -> Command {
        let path = std::env::var("PATH").unwrap();
        let own = binary().parent().unwrap().display().to_string();
        let after = self.home.path().join("cwd");
        let mut command = Command::new("bash");
        command
            .args(["-euo", "pipefail", "-c"])
            .arg(format!("trap 'pwd >{}' EXIT\n{script}", after.display()))
            .current_dir(&self.here)
            .env("PATH", format!("{own}:{path}"))
            .env("STAFFETTA_CACHE", repository().join("target/test-cache"))
            .env(
                "CARGO_TARGET_DIR",
                repository().join("target/test-docs/native"),
            )
            .env("NO_COLOR", "1")
            .env_remove("STAFFETTA_PROJECT")
            .stdin(Stdio::null());
        command
    }

    fn run(&mut self, block: &Block) {
        let told = self
            .service
            .as_ref()
            .map_or(0, |service| service.text().len());
        let output = self.bash(&block.text).output().unwrap();
        self.said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let well = output.status.success() != block.is("fails");
        assert!(
            well,
            "{} ended with {}\n{}\n{}",
            block.place(),
            output.status,
            block.text,
            self.said
        );
        let after = fs::read_to_string(self.home.path().join("cwd")).unwrap();
        self.here = after.trim_end().into();
        if let Some(service) = &self.service {
            service.wait_for("(run ", told, block);
            self.said.push_str(&service.text()[told..]);
        }
    }

    fn serve(&mut self, block: &Block) {
        let log = self.home.path().join("serve.log");
        let words: Vec<&str> = block.text.split_whitespace().collect();
        let Some((&"staffetta", arguments)) = words.split_first() else {
            panic!(
                "{}: only `staffetta serve` stays in the background",
                block.place()
            );
        };
        let child = Command::new(binary())
            .args(arguments)
            .current_dir(&self.here)
            .env("STAFFETTA_CACHE", repository().join("target/test-cache"))
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let service = Service { child, log };
        service.wait_for("ready\n", 0, block);
        self.said = service.text();
        self.service = Some(service);
    }

    fn compare(&self, block: &Block) {
        let mut rest = self.said.as_str();
        for line in block
            .text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            for piece in line
                .split('…')
                .map(str::trim)
                .filter(|piece| !piece.is_empty())
            {
                match rest.split_once(piece) {
                    Some((_, behind)) => rest = behind,
                    None => panic!(
                        "{}: `{piece}` is not said (any more, or not here):\n{}",
                        block.place(),
                        self.said
                    ),
                }
            }
        }
    }
}

impl Service {
    fn text(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn wait_for(&self, words: &str, behind: usize, block: &Block) {
        let until = Instant::now() + PATIENCE;
        while !self.text()[behind..].contains(words) {
            assert!(
                Instant::now() < until,
                "{}: serve never said `{words}`:\n{}",
                block.place(),
                self.text()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn walk(page: &str) -> usize {
    let mut walk = Walk::begin();
    // Where the last shell block ended; what it said is right behind it.
    let mut said_at = None;
    let mut ran = 0;
    for block in blocks(page) {
        if let Some(file) = block.file() {
            let path = walk.here.join(file);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).unwrap();
            fs::write(path, &block.text).unwrap();
        }
        match block.language() {
            "sh" if block.is("norun") => said_at = None,
            "sh" => {
                ran += 1;
                said_at = Some(block.end);
                if block.is("serve") {
                    walk.serve(&block)
                } else {
                    walk.run(&block)
                }
            }
            "text" if said_at.is_some_and(|end| block.line == end + 2) => walk.compare(&block),
            _ => {}
        }
    }
    ran
}

#[test]
fn the_readme_can_be_walked() {
    assert!(walk("README.md") >= 8);
}

#[test]
fn the_guide_can_be_walked() {
    assert!(walk("docs/guide.md") >= 5);
}

/// Compiles a plugin, so the first time takes minutes.
#[test]
fn the_plugin_authors_guide_can_be_walked() {
    assert!(walk("docs/plugin-authors.md") >= 5);
}

#[test]
fn every_other_page_can_be_walked() {
    for page in pages() {
        if !["README.md", "docs/guide.md", "docs/plugin-authors.md"].contains(&page.as_str()) {
            walk(&page);
        }
    }
}

#[test]
fn blocks_that_are_not_run_are_few_and_say_why() {
    let all = pages().into_iter().flat_map(|page| blocks(&page));
    let mut count = 0;
    for block in all.filter(|block| block.language() == "sh" && block.is("norun")) {
        count += 1;
        assert!(
            block.info.len() > 4,
            "{}: `sh norun` and then why, in a few words",
            block.place()
        );
    }
    assert!(count <= MOST_NOT_RUN, "{count} shell blocks are not run");
}

/// A shell block under another name would not be run.
#[test]
fn shell_blocks_are_called_sh() {
    for block in pages().into_iter().flat_map(|page| blocks(&page)) {
        let other = ["bash", "shell", "console", "zsh", ""].contains(&block.language());
        assert!(
            !other,
            "{}: call it `sh`, or `text` where it is none",
            block.place()
        );
    }
}

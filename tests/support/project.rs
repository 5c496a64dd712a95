//! A project in a temporary folder, and the real binary in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::redact;

/// The repository's folder.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// The binary that `cargo build --release` made.
#[must_use]
pub fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| repository().join("target"), PathBuf::from);
    let path = target.join("release/staffetta");
    assert!(
        path.is_file(),
        "{} is missing: `make build plugins` makes it",
        path.display()
    );
    path
}

/// A project in a folder that goes away.
pub struct Project {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// The usual project file: one client, accounts that hand over.
const PROJECT: &str = "\
version: 1
clients:
  acme: { name: Acme, time-zone: Europe/Rome, languages: [en] }
accounts:
  acme-x: { client: acme, network: x, via: handoff, handle: \"@acme\" }
  acme-mastodon: { client: acme, network: mastodon, via: handoff, with: { server: \"https://social.example\" } }
";

impl Project {
    /// An empty folder.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            environment: Vec::new(),
        }
    }

    /// A folder with the usual project file.
    #[must_use]
    pub fn new() -> Self {
        Self::empty().file("staffetta.yaml", PROJECT)
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    /// Writes a file later on.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let full = self.path(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, content).unwrap();
    }

    /// Adds `pipelines/<name>.yaml`.
    #[must_use]
    pub fn pipeline(self, name: &str, yaml: &str) -> Self {
        self.file(&format!("pipelines/{name}.yaml"), yaml)
    }

    /// Installs a test guest by dropping its component into `plugins/`.
    #[must_use]
    pub fn guest(self, name: &str) -> Self {
        let from = repository().join(format!("plugins/target/guests/{name}.wasm"));
        let bytes = fs::read(&from)
            .unwrap_or_else(|error| panic!("{}: {error}: `make plugins` makes it", from.display()));
        self.file(&format!("plugins/{name}.wasm"), bytes)
    }

    /// Sets an environment variable for every command.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// A path inside.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// A file's text.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Every file below a folder, sorted, relative to the project.
    #[must_use]
    pub fn files(&self, folder: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut ahead = vec![self.path(folder)];
        while let Some(at) = ahead.pop() {
            let Ok(entries) = fs::read_dir(&at) else {
                continue;
            };
            for entry in entries.flatten() {
                let path = entry.path();
                if path.is_dir() {
                    ahead.push(path);
                } else {
                    found.push(
                        path.strip_prefix(self.folder.path())
                            .unwrap()
                            .display()
                            .to_string(),
                    );
                }
            }
        }
        found.sort();
        found
    }

    /// The command, ready to be changed or spawned. The code cache is shared by all tests and private to them.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("STAFFETTA_CACHE", repository().join("target/test-cache"))
            .env("NO_COLOR", "1")
            .env_remove("STAFFETTA_PROJECT")
            .stdin(Stdio::null())
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to its end.
    #[must_use]
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.finish(&mut self.command(arguments))
    }

    /// Runs it with something on standard input.
    #[must_use]
    #[track_caller]
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let shown = format!("{command:?}");
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), input.as_bytes()).unwrap();
        self.output(shown, child)
    }

    /// Runs a command that was changed.
    #[must_use]
    #[track_caller]
    pub fn finish(&self, command: &mut Command) -> Output {
        let shown = format!("{command:?}");
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        self.output(shown, child)
    }

    fn output(&self, command: String, child: Child) -> Output {
        let output = child.wait_with_output().unwrap();
        Output {
            command,
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            folder: self.folder.path().to_path_buf(),
            files: self.files("."),
        }
    }
}

impl Default for Project {
    fn default() -> Self {
        Self::new()
    }
}

/// What a command did.
pub struct Output {
    pub command: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    folder: PathBuf,
    files: Vec<String>,
}

impl Output {
    /// Fails unless the exit code is this one.
    #[track_caller]
    pub fn code(self, wanted: i32) -> Self {
        assert!(
            self.code == Some(wanted),
            "expected exit code {wanted}\n{}",
            self.describe()
        );
        self
    }

    /// Exit code 0.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.code(0)
    }

    /// Fails unless standard output contains the text.
    #[track_caller]
    pub fn out(self, text: &str) -> Self {
        assert!(
            self.stdout.contains(text),
            "expected on standard output: {text}\n{}",
            self.describe()
        );
        self
    }

    /// Fails unless standard error contains the text.
    #[track_caller]
    pub fn err(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "expected on standard error: {text}\n{}",
            self.describe()
        );
        self
    }

    /// Fails if either contains the text.
    #[track_caller]
    pub fn nowhere(self, text: &str) -> Self {
        assert!(
            !self.stdout.contains(text) && !self.stderr.contains(text),
            "not expected: {text}\n{}",
            self.describe()
        );
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON: {error}\n{}", self.describe()))
    }

    /// Both streams with run ids, times, ports and folders replaced.
    #[must_use]
    pub fn redacted(&self) -> String {
        redact(&format!("{}{}", self.stdout, self.stderr), &self.folder)
    }

    /// Everything that helps to see why.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "command: {}\nexit code: {:?}\nfiles: {:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.command, self.code, self.files, self.stdout, self.stderr
        )
    }
}

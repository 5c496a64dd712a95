//! A Bluesky PDS as a child process, accounts on it, and what the network's own library reads from it.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::installed;

/// Longest start of a server, on a machine that does other things as well.
const START: Duration = Duration::from_secs(120);

/// A server that runs until the test ends.
pub(crate) struct Pds {
    scripts: PathBuf,
    /// The server and, where it must outlive the server, the directory of identities.
    running: Vec<Child>,
    url: String,
    /// Temporary files of the servers go with it.
    folder: TempDir,
    directory: Option<String>,
}

/// An account with an app password.
pub(crate) struct Account {
    pub(crate) did: String,
    pub(crate) handle: String,
    pub(crate) app_password: String,
}

impl Pds {
    /// Starts one with nothing in it; none where it is not installed.
    #[track_caller]
    pub(crate) fn start() -> Option<Self> {
        let mut pds = Self::prepare()?;
        pds.url = pds.launch(&[], &[]);
        Some(pds)
    }

    /// One that keeps its data and its address when it is killed: it is down at first, and `up` starts it.
    #[track_caller]
    pub(crate) fn lasting() -> Option<Self> {
        let mut pds = Self::prepare()?;
        pds.directory = Some(pds.launch(&["--directory"], &[]));
        // Chosen now, so that the address is known while nobody answers there.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        pds.url = format!("http://localhost:{port}");
        Some(pds)
    }

    /// Starts the server of `lasting`, again with the data that it had.
    #[track_caller]
    pub(crate) fn up(&mut self) {
        let directory = self.directory.clone().expect("only for lasting servers");
        let data = self.folder.path().join("data").display().to_string();
        let port = self.url.rsplit(':').next().unwrap().to_string();
        let url = self.launch(
            &[],
            &[
                ("PLC_URL", &directory),
                ("PDS_DATA", &data),
                ("PDS_PORT", &port),
            ],
        );
        assert_eq!(url, self.url);
    }

    /// Kills the server of `lasting` in whatever it is doing.
    pub(crate) fn kill(&mut self) {
        let mut server = self.running.pop().unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Makes an account; `name` becomes `name.test`.
    #[track_caller]
    pub(crate) fn account(&self, name: &str) -> Account {
        let made = self.node("account.mjs", &format!("{name}.test"));
        let text = |field: &str| made[field].as_str().unwrap().to_string();
        Account {
            did: text("did"),
            handle: text("handle"),
            app_password: text("appPassword"),
        }
    }

    /// All posts of an account, as the network's own library reads them (see read.mjs).
    #[track_caller]
    pub(crate) fn read(&self, account: &Account) -> Repo {
        Repo(self.node("read.mjs", &account.did))
    }

    fn prepare() -> Option<Self> {
        let scripts = installed::folder("pds")?;
        let folder = TempDir::new().unwrap();
        Some(Self {
            scripts,
            running: Vec::new(),
            url: String::new(),
            folder,
            directory: None,
        })
    }

    #[track_caller]
    fn launch(&mut self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let mut child = Command::new("node")
            .args(["serve.mjs", "--until-eof"])
            .args(arguments)
            .envs(environment.iter().copied())
            .env("TMPDIR", self.folder.path())
            .current_dir(&self.scripts)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("node starts");
        let (told, ready) = mpsc::channel();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        self.running.push(child);
        std::thread::spawn(move || {
            // Read to the end, so that the server never waits for somebody to listen.
            for line in lines.map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("ready ") {
                    let _ = told.send(url.to_string());
                }
            }
        });
        ready
            .recv_timeout(START)
            .expect("the server says that it is ready")
    }

    #[track_caller]
    fn node(&self, script: &str, argument: &str) -> Value {
        let output = Command::new("node")
            .args([script, &self.url, argument])
            .current_dir(&self.scripts)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script} {argument}: {error}");
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|e| panic!("{script} {argument}: {e}: {error}"))
    }
}

impl Drop for Pds {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The posts of an account.
pub(crate) struct Repo(pub(crate) Value);

impl Repo {
    /// The posts, oldest first.
    pub(crate) fn posts(&self) -> &[Value] {
        self.0["posts"].as_array().unwrap()
    }

    /// Their texts, oldest first.
    pub(crate) fn texts(&self) -> Vec<&str> {
        self.posts()
            .iter()
            .map(|post| post["text"].as_str().unwrap())
            .collect()
    }

    /// Address and version of every post: equal when nothing was added, taken away or changed.
    pub(crate) fn versions(&self) -> Vec<(&str, &str)> {
        self.posts()
            .iter()
            .map(|post| (post["uri"].as_str().unwrap(), post["cid"].as_str().unwrap()))
            .collect()
    }

    /// The threads as lists of posts, single posts included.
    pub(crate) fn threads(&self) -> Vec<Vec<&Value>> {
        let by_key = |key: &Value| {
            self.posts()
                .iter()
                .find(|post| post["rkey"] == *key)
                .unwrap()
        };
        let threads = self.0["threads"].as_array().unwrap().iter();
        threads
            .map(|keys| keys.as_array().unwrap().iter().map(by_key).collect())
            .collect()
    }
}

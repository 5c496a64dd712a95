//! Where the servers are that `tests/setup/servers.sh` installs, and what happens where they are not.

use std::fs;
use std::path::{Path, PathBuf};

use staffetta_tests::repository;

/// The folder of an installed server, with the scripts of this checkout in it; none, with a line that says so, where it
/// is not installed.
#[track_caller]
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let all = std::env::var_os("STAFFETTA_SERVERS")
        .map_or_else(|| repository().join("target/servers"), PathBuf::from);
    let folder = all.join(name);
    if !folder.join(".installed").is_file() {
        let how = format!("the real server `{name}` is not installed: `make servers` does it");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{how}");
        eprintln!("SKIPPED: {how}");
        return None;
    }
    for script in scripts(&repository().join("tests/servers").join(name)) {
        let copy = folder.join(script.file_name().unwrap());
        let same = fs::read(&copy).ok() == fs::read(&script).ok();
        assert!(
            same,
            "{} is not as it is in the sources: `make servers` brings it up to date",
            copy.display()
        );
    }
    Some(folder)
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    entries
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "mjs" || ending == "sh")
        })
        .collect()
}

/// Its output is shown even when it passes, so that nobody takes tests that were passed over for tests that passed.
#[test]
fn the_real_servers_are_installed() {
    let here: Vec<&str> = ["pds", "feeds"]
        .into_iter()
        .filter(|name| folder(name).is_some())
        .collect();
    eprintln!(
        "real servers here: {}",
        if here.is_empty() {
            "none".into()
        } else {
            here.join(", ")
        }
    );
}

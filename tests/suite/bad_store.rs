//! A store that can't be written: locked, read-only, full, damaged. Nothing is lost, and nothing goes out unrecorded.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use staffetta_tests::Project;

use crate::common::{Network, markdown, network, skipped};

const POST: &str = "---\nlink: https://acme.example/news\n---\nThe news\n";

fn project(server: &Network) -> Project {
    network(&server.url(), &[("one", "publish: done")])
        .file("posts/news.md", POST)
        .pipeline("files", &markdown("one", ""))
}

#[test]
fn a_store_that_another_process_has_is_left_alone() {
    let server = Network::start();
    let project = project(&server);
    fs::create_dir_all(project.path(".staffetta")).unwrap();
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(project.path(".staffetta/lock"))
        .unwrap();
    lock.lock().unwrap();
    let _ = project
        .run(&["run", "files"])
        .code(2)
        .err("in use by another process")
        .err("--wait");
    assert!(server.changes().is_empty());
    // What only reads goes on.
    let _ = project.run(&["check"]).ok();
    let _ = project.run(&["preview", "files"]).ok();
    drop(lock);
    let _ = project.run(&["run", "files"]).ok();
    assert_eq!(server.changes().len(), 1);
}

/// A small file system of its own, mounted on a project's `.staffetta` for as long as this lives. None where this user
/// may not mount, which is said aloud.
struct Small(PathBuf);

impl Small {
    fn mount(test: &str, at: &Path, size: &str) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "tmpfs"])
            .arg(at)
            .output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at.to_owned()));
        }
        skipped(test, "this user may not make mounts");
        None
    }

    fn again(&self, options: &str) {
        let done = Command::new("mount")
            .args(["-o", options])
            .arg(&self.0)
            .status()
            .unwrap();
        assert!(done.success(), "{options}");
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Fills what is left of a file system.
fn fill(folder: &Path) -> PathBuf {
    let path = folder.join("filler");
    let mut file = File::create(&path).unwrap();
    let mut block = vec![b'x'; 64 << 10];
    while !block.is_empty() {
        if file.write_all(&block).is_err() {
            block.truncate(block.len() / 2);
        }
    }
    path
}

#[test]
fn a_full_disk_loses_nothing_and_posts_nothing_unrecorded() {
    let server = Network::start();
    let project = project(&server);
    let folder = project.path(".staffetta");
    let Some(_disk) = Small::mount(
        "a_full_disk_loses_nothing_and_posts_nothing_unrecorded",
        &folder,
        "size=2m",
    ) else {
        return;
    };
    let _ = project.run(&["run", "files"]).ok();
    project.write(
        "posts/more.md",
        "---\nlink: https://acme.example/more\n---\nMore news\n",
    );
    let filler = fill(&folder);
    let output = project
        .run(&["run", "files"])
        .code(3)
        .err("no space")
        .nowhere("panicked");
    assert_eq!(
        server.changes().len(),
        1,
        "nothing goes out that can't be recorded\n{}",
        output.describe()
    );
    fs::remove_file(filler).unwrap();
    let _ = project.run(&["run", "files"]).ok();
    let _ = project.run(&["run", "files"]).ok().out("nothing new");
    assert_eq!(server.changes().len(), 2);
}

#[test]
fn a_disk_that_is_full_from_the_beginning() {
    let server = Network::start();
    let project = project(&server);
    let folder = project.path(".staffetta");
    let Some(_disk) = Small::mount("a_disk_that_is_full_from_the_beginning", &folder, "size=1m")
    else {
        return;
    };
    let filler = fill(&folder);
    let _ = project
        .run(&["run", "files"])
        .code(3)
        .err("no space")
        .nowhere("panicked");
    assert!(server.changes().is_empty());
    fs::remove_file(filler).unwrap();
    let _ = project.run(&["run", "files"]).ok();
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_read_only_folder_is_told() {
    let server = Network::start();
    let project = project(&server);
    let folder = project.path(".staffetta");
    let Some(disk) = Small::mount("a_read_only_folder_is_told", &folder, "size=4m") else {
        return;
    };
    let _ = project.run(&["run", "files"]).ok();
    disk.again("remount,ro");
    let _ = project
        .run(&["run", "files"])
        .code(2)
        .err("can't be written")
        .nowhere("panicked");
    let _ = project.run(&["check"]).ok();
    disk.again("remount,rw");
    let _ = project.run(&["run", "files"]).ok().out("nothing new");
    assert_eq!(server.changes().len(), 1);
}

/// The same without mounts, where the user is not the one whom no permission stops.
#[test]
fn a_folder_without_the_permission_to_write_is_told() {
    let server = Network::start();
    let project = project(&server);
    let folder = project.path(".staffetta");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if File::create(folder.join("probe")).is_ok() {
        return skipped(
            "a_folder_without_the_permission_to_write_is_told",
            "no permission stops this user",
        );
    }
    let _ = project
        .run(&["run", "files"])
        .code(2)
        .err("can't be written");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let _ = project.run(&["run", "files"]).ok();
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_damaged_journal_is_told_and_nothing_goes_out() {
    let server = Network::start();
    let project = project(&server);
    let _ = project.run(&["run", "files"]).ok();
    let journal = OpenOptions::new()
        .write(true)
        .open(project.path(".staffetta/journal.db"))
        .unwrap();
    let size = journal.metadata().unwrap().len();
    // Every page but the first.
    let noise: Vec<u8> = (4096..size).map(|n| (n % 251) as u8).collect();
    journal.write_all_at(&noise, 4096).unwrap();
    drop(journal);
    for command in [
        &["run", "files"][..],
        &["runs"],
        &["runs", "show", "last"],
        &["preview", "files"],
    ] {
        let output = project.run(command).nowhere("panicked");
        assert!(matches!(output.code, Some(2 | 3)), "{}", output.describe());
        let _ = output.err("damaged");
    }
    assert_eq!(
        server.changes().len(),
        1,
        "without the journal nobody knows what went out"
    );
}

#[test]
fn a_journal_that_is_no_database_is_told() {
    let server = Network::start();
    let project = project(&server).file(
        ".staffetta/journal.db",
        "this is no database, and it is long enough to be looked at\n".repeat(100),
    );
    let _ = project
        .run(&["run", "files"])
        .code(2)
        .err("journal.db")
        .err("damaged")
        .nowhere("panicked");
    assert!(server.changes().is_empty());
    assert!(
        project
            .read(".staffetta/journal.db")
            .starts_with("this is no database"),
        "it was not overwritten"
    );
}

#[test]
fn a_store_of_a_later_format_is_left_alone() {
    let server = Network::start();
    let project = project(&server);
    let _ = project.run(&["run", "files"]).ok();
    let journal = OpenOptions::new()
        .write(true)
        .open(project.path(".staffetta/journal.db"))
        .unwrap();
    // The header's user version, four bytes from 60 on, is the format.
    journal.write_all_at(&99u32.to_be_bytes(), 60).unwrap();
    drop(journal);
    let _ = project.run(&["run", "files"]).code(2).err("format 99");
    assert_eq!(server.changes().len(), 1);
}

#[test]
fn a_broken_code_cache_is_made_anew() {
    let cache = tempfile::TempDir::new().unwrap();
    let project = Project::new()
        .guest("guest-echo")
        .env("STAFFETTA_CACHE", &cache.path().display().to_string());
    let call = || {
        project.run_with(
            &["plugin", "call", "guest-echo", "rule.apply"],
            r#"["apply", "{\"do\":\"same\",\"text\":\"\"}", []]"#,
        )
    };
    let _ = call().ok();
    let mut spoiled = 0;
    let mut ahead = vec![cache.path().to_path_buf()];
    while let Some(at) = ahead.pop() {
        for entry in fs::read_dir(&at).unwrap().flatten() {
            if entry.path().is_dir() {
                ahead.push(entry.path());
            } else {
                fs::write(entry.path(), b"spoiled").unwrap();
                spoiled += 1;
            }
        }
    }
    assert!(spoiled > 0, "there was a cache");
    let _ = call().ok().nowhere("panicked");
}

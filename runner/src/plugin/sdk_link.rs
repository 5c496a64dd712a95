//! Tells cargo where the guest SDK lies, for the plugins of a project.
//!
//! Their `Cargo.toml` asks for `staffetta-plugin = "0.1"` as if it came from a registry, so that it means the same on
//! every machine. Which folder that is on this machine goes to cargo by a setting, and for people who run `cargo test`
//! themselves into `plugins/.cargo/config.toml`, which is kept out of version control.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use super::locate::{Locations, SHARE_VARIABLE};

/// The SDK's crate.
pub const CRATE: &str = "staffetta-plugin";

/// The first line of the settings file that may be replaced.
const MARK: &str = "# Written by `staffetta plugin`, for this machine only. Remove this line to keep your own changes.";

/// The SDK can't be found or linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// It is not where it should be.
    #[error(
        "the plugin SDK is not installed: it should be in `share/staffetta/sdk` beside the binary's folder, or in the \
         folder that {SHARE_VARIABLE} names"
    )]
    NoSdk,
    /// The settings file can't be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// A project that cargo can build.
#[derive(Debug, Clone)]
pub struct Link {
    sdk: PathBuf,
    target: PathBuf,
    /// What the author must do by hand, when the settings file is their own.
    pub note: Option<String>,
}

/// Finds the SDK and writes or refreshes the project's settings for cargo.
///
/// # Errors
/// When there is no SDK, or the settings can't be written.
pub fn link(root: &Path, locations: &Locations) -> Result<Link, LinkError> {
    let absolute = |path: &Path| {
        path.canonicalize().map_err(|error| LinkError::Io {
            path: path.into(),
            error,
        })
    };
    let sdk = absolute(&locations.sdk().ok_or(LinkError::NoSdk)?)?;
    let target = absolute(root)?.join(".staffetta").join("target");
    let mut link = Link {
        sdk,
        target,
        note: None,
    };
    let folder = root.join("plugins").join(".cargo");
    link.note = link.write(&folder).map_err(|error| LinkError::Io {
        path: folder,
        error,
    })?;
    Ok(link)
}

impl Link {
    /// Makes a cargo command use the SDK, and the project's own folder for what it compiles unless the operator chose
    /// another one.
    pub fn apply(&self, command: &mut Command) {
        let patch = format!("patch.crates-io.{CRATE}.path={}", quoted(&self.sdk));
        command.arg("--config").arg(patch);
        if env::var_os("CARGO_TARGET_DIR").is_none() {
            command.env("CARGO_TARGET_DIR", &self.target);
        }
    }

    fn settings(&self) -> String {
        format!(
            "[build]\ntarget-dir = {}\n\n[patch.crates-io]\n{CRATE} = {{ path = {} }}\n",
            quoted(&self.target),
            quoted(&self.sdk)
        )
    }

    /// Writes the settings file; answers what to do by hand when there is one that somebody else wrote.
    fn write(&self, folder: &Path) -> io::Result<Option<String>> {
        let path = folder.join("config.toml");
        let settings = self.settings();
        match fs::read_to_string(&path) {
            Ok(text) if text == format!("{MARK}\n{settings}") => return Ok(None),
            Ok(text) if !text.starts_with(MARK) => {
                let linked = text.contains(&quoted(&self.sdk));
                return Ok((!linked).then(|| {
                    format!(
                        "{} is your own, so it was left as it is; for `cargo test` to find the SDK it needs:\n{settings}",
                        path.display()
                    )
                }));
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        fs::create_dir_all(folder)?;
        fs::write(&path, format!("{MARK}\n{settings}"))?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(ignore, "# Paths of one machine.\n*\n")?;
        }
        Ok(None)
    }
}

/// A path as a TOML string. JSON's escapes are TOML's too.
fn quoted(path: &Path) -> String {
    serde_json::Value::String(path.display().to_string()).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plugin::testing::Scratch;

    fn places(scratch: &Scratch) -> (PathBuf, Locations) {
        let share = scratch.0.join("share/staffetta/sdk");
        fs::create_dir_all(&share).unwrap();
        fs::write(share.join("Cargo.toml"), "").unwrap();
        let root = scratch.0.join("project");
        fs::create_dir_all(root.join("plugins")).unwrap();
        let exe = scratch.0.join("bin/staffetta");
        (root, Locations::of(&exe, Path::new("/")))
    }

    #[test]
    fn settings_are_written_and_refreshed() {
        let scratch = Scratch::new("link");
        let (root, locations) = places(&scratch);
        let file = root.join("plugins/.cargo/config.toml");
        assert!(link(&root, &locations).unwrap().note.is_none());
        let first = fs::read_to_string(&file).unwrap();
        assert!(first.contains("share/staffetta/sdk"), "{first}");
        fs::write(&file, format!("{MARK}\nold")).unwrap();
        link(&root, &locations).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), first);
        assert!(root.join("plugins/.cargo/.gitignore").is_file());
    }

    #[test]
    fn somebody_elses_settings_are_left_alone() {
        let scratch = Scratch::new("link-own");
        let (root, locations) = places(&scratch);
        let file = root.join("plugins/.cargo/config.toml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "[build]\njobs = 1\n").unwrap();
        let note = link(&root, &locations).unwrap().note.unwrap();
        assert!(note.contains("[patch.crates-io]"), "{note}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "[build]\njobs = 1\n");
    }

    #[test]
    fn without_an_sdk_it_says_where_it_should_be() {
        let scratch = Scratch::new("link-none");
        let error = link(&scratch.0, &Locations::default()).unwrap_err();
        assert!(matches!(error, LinkError::NoSdk));
    }
}

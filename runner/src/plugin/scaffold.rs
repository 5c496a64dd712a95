//! `staffetta plugin new`: a folder with a plugin that works, its manifest, its tests and its page.
//!
//! It writes files and nothing else; building them is another command.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::{fs, io};

use super::folders::Layout;
use super::locate::Locations;
use super::manifest_check::{LONGEST_NAME, good_name};
use super::sdk_link;

/// What the new plugin does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Brings posts in.
    Source,
    /// Changes posts.
    Rule,
    /// Publishes posts.
    Network,
    /// Computes figures.
    Metric,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Source, Self::Rule, Self::Network, Self::Metric];

    /// As on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Rule => "rule",
            Self::Network => "network",
            Self::Metric => "metric",
        }
    }

    /// Files and their texts; `@NAME@` and the like stand for what differs.
    fn files(self) -> Vec<(&'static str, &'static str)> {
        macro_rules! files {
            ($kind:literal) => {
                vec![
                    ("Cargo.toml", include_str!("scaffold/Cargo.toml.txt")),
                    (
                        "plugin.yaml",
                        include_str!(concat!("scaffold/", $kind, "/plugin.yaml.txt")),
                    ),
                    (
                        "src/lib.rs",
                        include_str!(concat!("scaffold/", $kind, "/lib.rs.txt")),
                    ),
                    (
                        "tests/plugin.rs",
                        include_str!(concat!("scaffold/", $kind, "/test.rs.txt")),
                    ),
                    (
                        "README.md",
                        include_str!(concat!("scaffold/", $kind, "/README.md.txt")),
                    ),
                ]
            };
        }
        match self {
            Self::Source => files!("source"),
            Self::Rule => files!("rule"),
            Self::Metric => files!("metric"),
            Self::Network => {
                let mut files = files!("network");
                files.push(("src/post.rs", include_str!("scaffold/network/post.rs.txt")));
                files
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not a kind of plugin.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no kind of plugin: source, rule, network or metric")]
pub struct UnknownKind(String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
            .ok_or_else(|| UnknownKind(text.into()))
    }
}

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The plugin's folder.
    pub folder: PathBuf,
    /// The files in it.
    pub files: Vec<PathBuf>,
    /// What the author must know.
    pub notes: Vec<String>,
}

/// Nothing was made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The name can't be a plugin's.
    #[error(
        "`{0}` can't be a plugin's name: lower-case words of letters and digits joined by `-`, at most {LONGEST_NAME} \
         characters, such as `shop-feed`"
    )]
    BadName(String),
    /// The name is one of a crate that the plugin needs, or a word that Rust keeps for itself.
    #[error("`{0}` can't be a crate's name: choose another one")]
    Reserved(String),
    /// There is something of that name.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A checkout of Staffetta has a workspace of its own.
    #[error("this is a checkout of Staffetta itself: copy a folder of `plugins/` instead")]
    Repository,
    /// The SDK can't be found or linked.
    #[error(transparent)]
    Sdk(#[from] sdk_link::LinkError),
    /// A file could not be written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// Crates that the plugin's own would collide with: what it depends on, and the standard library's.
const TAKEN: [&str; 9] = [
    "staffetta-plugin",
    "serde",
    "serde-json",
    "wit-bindgen",
    "unicode-segmentation",
    "std",
    "core",
    "alloc",
    "test",
];

/// Rust's keywords that look like names.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// Makes `plugins/<name>` in a project.
///
/// # Errors
/// When the name is not allowed, the folder exists, the SDK is not there or a file can't be written.
pub fn create(
    root: &Path,
    name: &str,
    kind: Kind,
    locations: &Locations,
) -> Result<Created, ScaffoldError> {
    if !good_name(name) {
        return Err(ScaffoldError::BadName(name.into()));
    }
    if TAKEN.contains(&name) || KEYWORDS.contains(&name) {
        return Err(ScaffoldError::Reserved(name.into()));
    }
    if matches!(Layout::of(root), Layout::Repository(_)) {
        return Err(ScaffoldError::Repository);
    }
    let folder = root.join("plugins").join(name);
    for taken in [folder.clone(), folder.with_extension("wasm")] {
        if taken.symlink_metadata().is_ok() {
            return Err(ScaffoldError::Exists(taken));
        }
    }
    let link = sdk_link::link(root, locations)?;
    let mut files = Vec::new();
    for (file, text) in kind.files() {
        let path = folder.join(file);
        write_new(&path, &filled(text, name)).map_err(|error| ScaffoldError::Io {
            path: path.clone(),
            error,
        })?;
        files.push(path);
    }
    Ok(Created {
        folder,
        files,
        notes: link.note.into_iter().collect(),
    })
}

fn filled(text: &str, name: &str) -> String {
    let title: Vec<String> = name
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        })
        .collect();
    text.replace("@NAME@", name)
        .replace("@CRATE@", &name.replace('-', "_"))
        .replace("@TITLE@", &title.join(" "))
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    use io::Write as _;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = fs::File::create_new(path)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plugin::manifest_file;
    use crate::plugin::testing::{Scratch, share};

    #[test]
    fn every_kind_has_a_manifest_that_is_accepted() {
        for kind in Kind::ALL {
            let scratch = Scratch::new("scaffold");
            let made = create(&scratch.0, "shop-feed", kind, &share(&scratch)).unwrap();
            assert_eq!(made.folder, scratch.0.join("plugins/shop-feed"));
            let manifest = manifest_file::read(&made.folder.join("plugin.yaml"), "plugin.yaml");
            assert_eq!(manifest.unwrap().name, "shop-feed", "{kind}");
            for file in &made.files {
                let text = fs::read_to_string(file).unwrap();
                for mark in ["@NAME@", "@CRATE@", "@TITLE@"] {
                    assert!(!text.contains(mark), "{}", file.display());
                }
            }
            assert_eq!(kind.name().parse::<Kind>().unwrap(), kind);
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let scratch = Scratch::new("scaffold-twice");
        let locations = share(&scratch);
        create(&scratch.0, "a", Kind::Rule, &locations).unwrap();
        let again = create(&scratch.0, "a", Kind::Rule, &locations);
        assert!(matches!(again, Err(ScaffoldError::Exists(_))));
        fs::write(scratch.0.join("plugins/b.wasm"), "").unwrap();
        let installed = create(&scratch.0, "b", Kind::Rule, &locations);
        assert!(matches!(installed, Err(ScaffoldError::Exists(_))));
        assert!(!scratch.0.join("plugins/b").exists());
    }

    #[test]
    fn bad_names_make_nothing() {
        let scratch = Scratch::new("scaffold-names");
        let locations = share(&scratch);
        for name in ["", "../x", "a/b", "Shop", "a_b", "-a"] {
            let result = create(&scratch.0, name, Kind::Rule, &locations);
            assert!(matches!(result, Err(ScaffoldError::BadName(_))), "{name}");
        }
        for name in ["serde", "match", "staffetta-plugin", "test"] {
            let result = create(&scratch.0, name, Kind::Rule, &locations);
            assert!(matches!(result, Err(ScaffoldError::Reserved(_))), "{name}");
        }
        assert!(!scratch.0.join("plugins").exists());
    }
}

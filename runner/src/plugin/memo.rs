//! Remembers what inspections of faultless plugins found, keyed by digest, so that finding all plugins again takes
//! little more than hashing them.
//!
//! The digest is always computed from the bytes; what is remembered is only what equal bytes would show again. A memo
//! that is missing, damaged or of another program is as good as none, and one that can't be written only costs time.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use super::inspect::Inspection;
use super::manifest::{CONTRACT, Capability, Interface, Manifest};
use super::problem::Problem;
use super::wit::Version;

/// Most memos that are kept; beyond that the folder is emptied. A memo has a few kB.
const MOST: usize = 1000;

/// A folder of memos, or none.
#[derive(Debug, Clone, Default)]
pub struct Memo {
    folder: Option<PathBuf>,
    /// Which program wrote it: another one may judge otherwise.
    program: u64,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    bytes: u64,
    digest: String,
    contract: String,
    exports: BTreeSet<Interface>,
    imports: BTreeSet<Capability>,
    foreign: Vec<String>,
    manifest: Manifest,
}

impl Memo {
    /// In the user's cache folder: `STAFFETTA_CACHE` or the system's usual place.
    #[must_use]
    pub fn user() -> Self {
        let base = env::var_os("STAFFETTA_CACHE")
            .map(PathBuf::from)
            .or_else(|| dirs::cache_dir().map(|folder| folder.join("staffetta")));
        base.map(|base| Self::at(&base.join("plugins")))
            .unwrap_or_default()
    }

    /// In this folder, unless others may write to it.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: private(folder).then(|| folder.into()),
            program: program(),
        }
    }

    /// Remembers nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// What was found in these bytes before.
    pub(super) fn recall(&self, digest: &str) -> Option<Inspection> {
        let text = fs::read(self.path(digest)?).ok()?;
        let entry: Entry = serde_json::from_slice(&text).ok()?;
        (entry.digest == digest).then_some(())?;
        Some(Inspection {
            bytes: entry.bytes,
            digest: entry.digest,
            contract: Some(Version::parse(&entry.contract).ok()?),
            exports: entry.exports,
            imports: entry.imports,
            problems: entry
                .foreign
                .iter()
                .cloned()
                .map(Problem::Foreign)
                .collect(),
            foreign: entry.foreign,
            manifest: Some(entry.manifest),
        })
    }

    /// Keeps what was found, when it is all that there is to say.
    pub(super) fn keep(&self, found: &Inspection) {
        let plain = found
            .problems
            .iter()
            .all(|problem| matches!(problem, Problem::Foreign(_)));
        let (true, Some(path), Some(contract), Some(manifest)) = (
            plain,
            self.path(&found.digest),
            &found.contract,
            &found.manifest,
        ) else {
            return;
        };
        let entry = Entry {
            bytes: found.bytes,
            digest: found.digest.clone(),
            contract: contract.to_string(),
            exports: found.exports.clone(),
            imports: found.imports.clone(),
            foreign: found.foreign.clone(),
            manifest: manifest.clone(),
        };
        // Without a memo the next inspection just takes its milliseconds.
        let _ = serde_json::to_vec(&entry)
            .map_err(io::Error::from)
            .and_then(|text| write(&path, &text));
    }

    fn path(&self, digest: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        let name = format!("{hex}-{:016x}.json", self.program);
        self.folder.as_ref().map(|folder| folder.join(name))
    }
}

/// This program's own file and contract, as a number.
fn program() -> u64 {
    let mut hasher = DefaultHasher::new();
    (env!("CARGO_PKG_VERSION"), CONTRACT).hash(&mut hasher);
    if let Ok(about) = env::current_exe().and_then(fs::metadata) {
        (about.len(), about.modified().ok()).hash(&mut hasher);
    }
    hasher.finish()
}

/// Makes the folder; true when nobody but its owner can write to it.
fn private(folder: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
        let mut builder = fs::DirBuilder::new();
        let made = builder.recursive(true).mode(0o700).create(folder);
        made.is_ok()
            && fs::metadata(folder).is_ok_and(|about| about.permissions().mode() & 0o022 == 0)
    }
    #[cfg(not(unix))]
    {
        fs::create_dir_all(folder).is_ok()
    }
}

/// Writes beside and renames, so that nobody reads half a memo.
fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    if fs::read_dir(folder)?.count() > MOST {
        for entry in fs::read_dir(folder)?.flatten() {
            let _ = fs::remove_file(entry.path());
        }
    }
    crate::whole::place(path, |file| io::Write::write_all(file, text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::plugin::inspect::inspect;
    use crate::plugin::testing::{Scratch, component, manifest, rule};
    use serde_json::json;

    fn equal(a: &Inspection, b: &Inspection) -> bool {
        format!("{a:?}") == format!("{b:?}")
    }

    #[test]
    fn what_is_recalled_is_what_was_found() {
        let scratch = Scratch::new("memo");
        let memo = Memo::at(&scratch.0.join("memos"));
        let config = json!({"type": "object", "properties": {"b": {}, "a": {"default": 1}}});
        let operation =
            json!({"interface": "rule", "description": "d", "per": "account", "config": config});
        let asks = json!({
            "operations": {"apply": operation},
            "capabilities": {"http": {"why": "w", "hosts": ["a.example"], "from-config": ["/u"]}},
            "network": {"name": "N", "colour": "#123456", "layout": "chat", "secrets": [
                {"name": "token", "description": "d"}
            ]},
        });
        let bytes = component(&["http"], &["rule"], &manifest("a", asks));
        let found = inspect(&bytes);
        assert_eq!(found.problems, []);
        assert!(memo.recall(&found.digest).is_none());
        memo.keep(&found);
        assert!(equal(&memo.recall(&found.digest).unwrap(), &found));
        // Another program's memo is none.
        let other = Memo {
            program: memo.program ^ 1,
            ..memo.clone()
        };
        assert!(other.recall(&found.digest).is_none());
        assert!(Memo::none().recall(&found.digest).is_none());
    }

    #[test]
    fn what_has_problems_or_is_damaged_is_not_recalled() {
        let scratch = Scratch::new("memo-damaged");
        let memo = Memo::at(&scratch.0.join("memos"));
        let faulty = inspect(&component(&["http"], &["rule"], &rule("a")));
        assert!(!faulty.usable());
        memo.keep(&faulty);
        assert!(memo.recall(&faulty.digest).is_none());

        let good = inspect(&component(&[], &["rule"], &rule("a")));
        memo.keep(&good);
        let path = memo.path(&good.digest).unwrap();
        let text = fs::read(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        assert!(memo.recall(&good.digest).is_none());
        // A memo of one plugin under another's name is not believed.
        let other = inspect(&component(&["log"], &["rule"], &rule("a")));
        fs::write(memo.path(&other.digest).unwrap(), &text).unwrap();
        assert!(memo.recall(&other.digest).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_others_may_write_to_is_not_used() {
        use std::os::unix::fs::PermissionsExt as _;
        let scratch = Scratch::new("memo-open");
        let folder = scratch.0.join("memos");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(Memo::at(&folder).folder.is_none());
    }
}

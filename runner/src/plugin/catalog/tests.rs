//! Discovery with real files: what is used, what is not, and why.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::plugin::testing::{Scratch, component, manifest, rule};
use serde_json::json;

/// An installed Staffetta with some plugins, and a project beside it.
struct Place {
    scratch: Scratch,
    locations: Locations,
}

impl Place {
    fn new() -> Self {
        let scratch = Scratch::new("catalog");
        fs::create_dir_all(scratch.0.join("bin")).unwrap();
        fs::create_dir_all(scratch.0.join("share/staffetta/plugins")).unwrap();
        fs::create_dir_all(scratch.0.join("project/plugins")).unwrap();
        let locations = Locations::of(&scratch.0.join("bin/staffetta"), Path::new("/"));
        Self { scratch, locations }
    }

    fn built_in(&self, name: &str, bytes: &[u8]) {
        fs::write(
            self.scratch.0.join("share/staffetta/plugins").join(name),
            bytes,
        )
        .unwrap();
    }

    fn dropped(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.scratch.0.join("project/plugins").join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn discover(&self) -> Catalog {
        Catalog::discover_with(
            &self.locations,
            Some(&self.scratch.0.join("project")),
            &Memo::none(),
        )
    }
}

fn shout(name: &str) -> Vec<u8> {
    component(&[], &["rule"], &rule(name))
}

#[test]
fn dropping_a_file_installs_it() {
    let place = Place::new();
    place.built_in("feed.wasm", &shout("feed"));
    let path = place.dropped("shout.wasm", &shout("shout"));
    let catalog = place.discover();
    assert_eq!(catalog.names().collect::<Vec<_>>(), ["feed", "shout"]);
    assert_eq!(catalog.get("feed").unwrap().origin, Origin::BuiltIn);
    let plugin = catalog.get("shout").unwrap();
    assert_eq!(plugin.origin, Origin::Project);
    assert_eq!(plugin.path, path);
    assert_eq!(plugin.read().unwrap(), shout("shout"));
    assert_eq!(catalog.problems(), []);
}

#[test]
fn one_broken_file_harms_no_other() {
    let place = Place::new();
    let good = shout("shout");
    place.dropped("shout.wasm", &good);
    place.dropped("half.wasm", &good[..good.len() / 2]);
    place.dropped("text.wasm", b"hello");
    place.dropped("renamed.wasm", &shout("other"));
    place.dropped("notes.txt", b"no plugin");
    place.dropped(".shout.wasm", b"hidden");
    fs::create_dir(place.scratch.0.join("project/plugins/folder.wasm")).unwrap();
    let catalog = place.discover();
    assert_eq!(catalog.names().collect::<Vec<_>>(), ["shout"]);
    let found: Vec<_> = catalog
        .problems()
        .iter()
        .map(|problem| {
            let file = problem.path.file_name().unwrap().to_str().unwrap();
            (file, problem.problem.code())
        })
        .collect();
    assert_eq!(
        found,
        [
            ("half.wasm", "plugin-malformed"),
            ("renamed.wasm", "plugin-name"),
            ("text.wasm", "plugin-not-wasm"),
        ]
    );
}

#[test]
fn a_file_of_a_built_in_name_is_used_only_when_it_is_pinned() {
    let place = Place::new();
    let built_in = shout("bluesky");
    let other = component(&["log"], &["rule"], &rule("bluesky"));
    place.built_in("bluesky.wasm", &built_in);
    let path = place.dropped("bluesky.wasm", &other);
    let (ours, theirs) = (inspect::digest(&built_in), inspect::digest(&other));

    let mut catalog = place.discover();
    assert!(catalog.get("bluesky").is_none());
    let [problem] = catalog.problems() else {
        unreachable!("{:?}", catalog.problems());
    };
    assert_eq!(problem.path, path);
    assert_eq!(problem.severity(), Severity::Error);
    assert!(problem.problem.to_string().contains(&theirs));

    assert!(!catalog.settle("bluesky", "sha256:0"));
    assert!(catalog.get("bluesky").is_none());
    assert!(catalog.settle("bluesky", &theirs));
    assert_eq!(catalog.get("bluesky").unwrap().origin, Origin::Project);
    assert_eq!(catalog.problems()[0].severity(), Severity::Warning);

    let mut catalog = place.discover();
    assert!(catalog.settle("bluesky", &ours));
    assert_eq!(catalog.get("bluesky").unwrap().origin, Origin::BuiltIn);
    assert_eq!(catalog.problems()[0].severity(), Severity::Warning);
    assert!(!catalog.settle("bluesky", &ours));
}

#[test]
fn a_copy_of_a_built_in_plugin_changes_nothing() {
    let place = Place::new();
    place.built_in("feed.wasm", &shout("feed"));
    place.dropped("feed.wasm", &shout("feed"));
    let catalog = place.discover();
    assert_eq!(catalog.get("feed").unwrap().origin, Origin::BuiltIn);
    assert_eq!(catalog.problems(), []);
}

#[test]
fn warnings_do_not_stop_a_plugin() {
    let place = Place::new();
    let asks = json!({
        "operations": {"apply": {"interface": "rule", "description": "Does it."}},
        "capabilities": {"store": {"why": "to remember"}},
    });
    place.dropped("a.wasm", &component(&[], &["rule"], &manifest("a", asks)));
    let catalog = place.discover();
    assert!(catalog.get("a").is_some());
    assert_eq!(
        catalog.problems()[0].problem,
        Problem::NotUsed(Capability::Store)
    );
}

#[test]
fn bytes_that_changed_since_are_not_given_out() {
    let place = Place::new();
    let path = place.dropped("shout.wasm", &shout("shout"));
    let catalog = place.discover();
    let plugin = catalog.get("shout").unwrap();
    fs::write(&path, component(&["log"], &["rule"], &rule("shout"))).unwrap();
    assert!(matches!(plugin.read(), Err(ReadError::Changed { .. })));
    fs::remove_file(&path).unwrap();
    assert!(matches!(plugin.read(), Err(ReadError::Io { .. })));
}

#[test]
fn without_folders_there_are_no_plugins_and_no_problems() {
    let scratch = Scratch::new("catalog-none");
    let catalog = Catalog::discover_with(&Locations::default(), Some(&scratch.0), &Memo::none());
    assert_eq!(catalog.iter().count(), 0);
    assert_eq!(catalog.problems(), []);
}

#[test]
fn a_memo_changes_nothing_but_the_time() {
    let place = Place::new();
    let memo = Memo::at(&place.scratch.0.join("memos"));
    let project = place.scratch.0.join("project");
    let path = place.dropped("a.wasm", &shout("a"));
    place.dropped("b.wasm", b"broken");
    let discover = || {
        let catalog = Catalog::discover_with(&place.locations, Some(&project), &memo);
        format!("{catalog:?}")
    };
    let first = discover();
    assert_eq!(discover(), first);
    assert_eq!(
        fs::read_dir(place.scratch.0.join("memos")).unwrap().count(),
        1
    );
    // Other bytes of the same length and time are other bytes.
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let mut bytes = shout("a");
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(time).unwrap();
    assert_ne!(discover(), first);
}

//! What is found and refused before any compiler runs. The whole way from `plugin new` to a plugin in the catalogue
//! compiles for minutes and is in `tests/tidy/new_plugins.rs`.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::plugin::locate::{components_of, guests_of};
use crate::plugin::output::remove_orphans;
use crate::plugin::testing::{Scratch, component, core, rule};

fn source(folder: &Path, manifest: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("Cargo.toml"), "").unwrap();
    fs::write(folder.join("plugin.yaml"), manifest).unwrap();
}

const MANIFEST: &str = "name: a\nversion: 1.0.0\ndescription: d\nlicense: MIT\n";

fn build_in(root: &Path, names: &[&str]) -> Result<Report, BuildError> {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    build(&Request {
        root,
        names: &names,
        locations: &Locations::default(),
    })
}

#[test]
fn nothing_to_build_says_what_a_plugin_is() {
    let scratch = Scratch::new("build-none");
    fs::create_dir_all(scratch.0.join("plugins/empty")).unwrap();
    assert!(matches!(
        build_in(&scratch.0, &[]),
        Err(BuildError::Nothing(_))
    ));
}

#[test]
fn an_unknown_name_is_told_the_known_ones() {
    let scratch = Scratch::new("build-unknown");
    source(&scratch.0.join("plugins/a"), MANIFEST);
    source(&scratch.0.join("plugins/b"), MANIFEST);
    let Err(BuildError::Unknown { name, known }) = build_in(&scratch.0, &["c"]) else {
        unreachable!();
    };
    assert_eq!((name.as_str(), known), ("c", vec!["a".into(), "b".into()]));
}

#[test]
fn a_wrong_manifest_is_found_before_anything_is_compiled() {
    let scratch = Scratch::new("build-manifest");
    source(
        &scratch.0.join("plugins/a"),
        &MANIFEST.replace("version:", "verson:"),
    );
    source(&scratch.0.join("plugins/b"), MANIFEST);
    let report = build_in(&scratch.0, &[]).unwrap();
    assert!(report.built.is_empty());
    let [first, second] = &report.failed[..] else {
        unreachable!("{:?}", report.failed);
    };
    assert!(matches!(&first.error, BuildError::Manifest(list) if list.len() == 1));
    let text = first.error.to_string();
    assert!(text.contains("plugins/a/plugin.yaml:2:"), "{text}");
    assert!(matches!(&second.error, BuildError::OtherName { .. }));
}

#[test]
fn a_checkout_has_plugins_and_guests_in_their_places() {
    let scratch = Scratch::new("build-layout");
    let root = &scratch.0;
    source(&root.join("plugins/sdk"), "");
    fs::remove_file(root.join("plugins/sdk/plugin.yaml")).unwrap();
    fs::create_dir_all(root.join("plugins/wit")).unwrap();
    fs::write(root.join("plugins/Cargo.toml"), "").unwrap();
    source(&root.join("plugins/a"), MANIFEST);
    source(&root.join("tests/guests/echo"), MANIFEST);
    let layout = Layout::of(root);
    let found = layout.folders().unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|folder| (folder.name.as_str(), folder.output.clone()))
        .collect();
    assert_eq!(
        names,
        [("a", components_of(root)), ("guest-echo", guests_of(root))]
    );

    fs::create_dir_all(components_of(root)).unwrap();
    for name in ["a.wasm", "gone.wasm", "notes.txt"] {
        fs::write(components_of(root).join(name), "").unwrap();
    }
    let gone = components_of(root).join("gone.wasm");
    assert_eq!(
        remove_orphans(&layout).unwrap(),
        std::slice::from_ref(&gone)
    );
    assert!(!gone.exists() && components_of(root).join("notes.txt").exists());
}

#[test]
fn a_module_becomes_a_checked_file_and_an_untrue_manifest_does_not() {
    let scratch = Scratch::new("build-finish");
    let (resolve, _) = crate::plugin::wit::resolve().unwrap();
    let folder = Folder {
        name: "a".into(),
        path: scratch.0.clone(),
        output: scratch.0.join("out"),
    };
    let module = scratch.0.join("a.wasm");
    fs::write(&module, core(&resolve, &["log"], &["rule"])).unwrap();
    let built = finish(&folder, &rule("a"), &module).unwrap();
    assert_eq!(built.path, scratch.0.join("out/a.wasm"));
    let bytes = fs::read(&built.path).unwrap();
    assert_eq!(bytes, component(&["log"], &["rule"], &rule("a")));
    assert_eq!(
        built.inspection.digest,
        crate::plugin::inspect::digest(&bytes)
    );
    // Nothing but the file itself is left in the folder.
    assert_eq!(fs::read_dir(&folder.output).unwrap().count(), 1);

    fs::write(&module, core(&resolve, &["http"], &["rule"])).unwrap();
    let refused = finish(&folder, &rule("a"), &module).unwrap_err();
    let asked =
        matches!(&refused, BuildError::Unusable(list) if list[0].code() == "plugin-not-asked");
    assert!(asked, "{refused}");
    assert_eq!(fs::read(&built.path).unwrap(), bytes);
}

//! What `plugin new` writes: each kind compiles without a warning, passes its own test, and is found.

use std::fs;
use std::process::Command;

use staffetta::plugin::inspect::inspect;
use staffetta_tests::{Project, repository};

/// Compiles four plugins twice, so the first time takes minutes.
#[test]
fn every_kind_of_new_plugin_builds_and_passes_its_test() {
    let project = Project::new();
    let shared = repository().join("target/test-docs");
    fs::create_dir_all(&shared).unwrap();
    fs::create_dir_all(project.path(".staffetta")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(&shared, project.path(".staffetta/target")).unwrap();
    let kinds = ["metric", "network", "rule", "source"];
    for kind in kinds {
        let _ = project
            .run(&["plugin", "new", &format!("my-{kind}"), "--kind", kind])
            .ok();
    }
    let built = project.run(&["plugin", "build", "--json"]).ok().json();
    assert_eq!(
        built["built"].as_array().unwrap().len(),
        kinds.len(),
        "{built}"
    );
    for plugin in built["built"].as_array().unwrap() {
        assert_eq!(plugin["problems"].as_array().unwrap().len(), 0, "{plugin}");
    }
    let list = project.run(&["plugin", "list", "--json"]).ok().json();
    let here = list["plugins"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|plugin| plugin["from"] == "project");
    assert_eq!(
        here.map(|plugin| plugin["name"].as_str().unwrap())
            .collect::<Vec<_>>(),
        kinds.map(|kind| format!("my-{kind}"))
    );
    for kind in kinds {
        let output = Command::new("cargo")
            .args(["test", "--quiet"])
            .env("RUSTFLAGS", "--deny warnings")
            .env("CARGO_TARGET_DIR", shared.join("native"))
            .current_dir(project.path(&format!("plugins/my-{kind}")))
            .output()
            .unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let passed = said.contains("1 passed") || said.contains("2 passed");
        assert!(output.status.success() && passed, "{kind}:\n{said}");
    }
}

#[test]
fn a_real_component_survives_every_cut_and_many_flips() {
    let path = repository().join("plugins/target/guests/guest-echo.wasm");
    let bytes = fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: `make guests` makes it", path.display()));
    assert!(inspect(&bytes).usable());
    for end in (0..bytes.len()).step_by(997) {
        assert!(!inspect(&bytes[..end]).usable(), "cut at {end}");
    }
    for at in (0..bytes.len()).step_by(499) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1 << (at % 8);
        // Whatever it is now, looking at it ends.
        let _ = inspect(&bytes);
    }
}

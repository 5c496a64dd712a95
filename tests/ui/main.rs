//! Every message that a wrong file can cause, as people see it. A case is a pipeline `<case>.yaml`, a project file
//! `<case>.project.yaml`, or both; a pipeline alone belongs to `staffetta.yaml` beside this file. What `check` says is
//! compared with `<case>.err`. `BLESS=1` writes these files anew.

#![allow(clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use staffetta::diagnostic::{Colour, Diagnostic, all_codes, load, render_all, sort_and_dedup};
use staffetta::pipeline::Pipeline;
use staffetta::plan::{Known, Plugins, check, check_accounts};
use staffetta::plugin::catalog::Origin;
use staffetta::plugin::manifest::{Interface, Manifest};
use staffetta::project::Project;
use staffetta::yaml;

/// What only a run can find.
const ELSEWHERE: &[&str] = &["S0311"];

struct Plugin {
    digest: String,
    manifest: Manifest,
    exports: BTreeSet<Interface>,
    origin: Origin,
}

/// Manifests instead of components: checking calls nothing.
struct Shelf(BTreeMap<String, Plugin>);

impl Plugins for Shelf {
    fn find(&self, name: &str) -> Option<Known<'_>> {
        self.0.get(name).map(|plugin| Known {
            digest: &plugin.digest,
            manifest: &plugin.manifest,
            exports: &plugin.exports,
            origin: plugin.origin,
        })
    }

    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }
}

fn folder() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .flat_map(|above| [above.join("ui"), above.join("tests/ui")])
        .find(|folder| folder.join("staffetta.yaml").is_file())
        .expect("the folder of the cases")
}

fn shelf(folder: &Path) -> Shelf {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder.join("plugins")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let node = yaml::read(&path, "plugin")
            .unwrap_or_else(|all| panic!("{}", render_all(&all, Colour::Never)));
        let json = node.to_json();
        let manifest: Manifest =
            serde_json::from_value(json["manifest"].clone()).expect("a manifest");
        let letter = manifest.name.len() % 10;
        let plugin = Plugin {
            digest: format!("sha256:{}", letter.to_string().repeat(64)),
            exports: serde_json::from_value(json["exports"].clone()).expect("interfaces"),
            origin: if json["origin"] == "project" {
                Origin::Project
            } else {
                Origin::BuiltIn
            },
            manifest,
        };
        all.insert(plugin.manifest.name.clone(), plugin);
    }
    Shelf(all)
}

/// What `check` says about a case.
fn messages(folder: &Path, kind: &str, case: &str, shelf: &Shelf) -> Vec<Diagnostic> {
    let pipeline = format!("{kind}/{case}.yaml");
    let own_project = format!("{kind}/{case}.project.yaml");
    let own = folder.join(&own_project).is_file();
    let shown = if own {
        own_project.as_str()
    } else {
        "staffetta.yaml"
    };
    let mut all = Vec::new();
    let project = load(&folder.join(shown), shown)
        .map_err(|problem| vec![problem])
        .and_then(|source| Project::parse(folder, &source))
        .map_err(|problems| all.extend(problems))
        .ok();
    if own && let Some(project) = &project {
        all.extend(check_accounts(project, shelf));
    }
    if folder.join(&pipeline).is_file() {
        match (
            Pipeline::load(&folder.join(&pipeline), pipeline.as_str()),
            &project,
        ) {
            (Err(problems), _) => all.extend(problems),
            (Ok(pipeline), Some(project)) => match check(project, &pipeline, shelf) {
                Err(problems) => all.extend(problems),
                Ok(plan) => all.extend(plan.warnings),
            },
            (Ok(_), None) => {}
        }
    }
    sort_and_dedup(&mut all);
    all
}

fn cases(folder: &Path, kind: &str) -> BTreeSet<String> {
    fs::read_dir(folder.join(kind))
        .expect("a folder")
        .filter_map(|entry| {
            let name = entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a readable name");
            let case = name.strip_suffix(".yaml")?;
            Some(case.strip_suffix(".project").unwrap_or(case).to_owned())
        })
        .collect()
}

#[test]
fn messages_are_as_they_were() {
    let folder = folder();
    let shelf = shelf(&folder);
    let bless = std::env::var_os("BLESS").is_some();
    let mut different = Vec::new();
    let mut seen = BTreeSet::new();
    for kind in ["valid", "invalid"] {
        for case in cases(&folder, kind) {
            let all = messages(&folder, kind, &case, &shelf);
            seen.extend(all.iter().map(|d| d.code.id()));
            let errors = all.iter().filter(|d| d.is_error()).count();
            let text = render_all(&all, Colour::Never);
            assert_eq!(errors > 0, kind == "invalid", "{kind}/{case}:\n{text}");
            let golden = folder.join(kind).join(format!("{case}.err"));
            if bless {
                if text.is_empty() {
                    let _ = fs::remove_file(&golden);
                } else {
                    fs::write(&golden, &text).expect("a writable file");
                }
            } else if fs::read_to_string(&golden).unwrap_or_default() != text {
                different.push(format!("{kind}/{case} says now:\n{text}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n\n"));
    let unseen: Vec<_> = all_codes()
        .iter()
        .map(|code| code.id())
        .filter(|id| {
            ("S0100".."S0500").contains(id) && !ELSEWHERE.contains(id) && !seen.contains(id)
        })
        .collect();
    assert!(unseen.is_empty(), "no case shows {unseen:?}");
}

//! The pipelines in force. Reading them again either replaces one as a whole or leaves the old one as it was: no run
//! ever sees half of a change, and a definition that was replaced starts nothing any more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use notify::RecursiveMode;

use crate::diagnostic::Diagnostic;
use crate::execute::{Runtime, RuntimeError, catalog};
use crate::pipeline::Pipeline;
use crate::plan::{self, Plan};
use crate::project::{FILE_NAME, Project};

/// A pipeline in force.
pub struct Definition {
    /// Its file, relative to the project.
    pub file: String,
    /// What it does.
    pub plan: Plan,
    /// What it works with: the project and the plugins of the time when it was read.
    pub runtime: Arc<Runtime>,
}

/// What reading the definitions came to.
#[derive(Debug, Default)]
pub struct Reload {
    /// Files that are in force for the first time.
    pub added: Vec<String>,
    /// Files whose definition was replaced by another one.
    pub replaced: Vec<String>,
    /// Files that are gone.
    pub removed: Vec<String>,
    /// Files that are faulty: their former definition, if there is one, stays in force.
    pub kept: Vec<String>,
    /// All that is wrong.
    pub problems: Vec<Diagnostic>,
    /// What serves none of the files' triggers yet.
    pub remarks: Vec<String>,
    /// The engine can't be set up.
    pub fault: Option<String>,
}

/// All pipelines of a project.
pub struct Definitions {
    root: PathBuf,
    folder: PathBuf,
    store: PathBuf,
    by_file: BTreeMap<String, Arc<Definition>>,
}

impl Definitions {
    /// The pipelines of a project, in that folder; none is read yet.
    #[must_use]
    pub fn new(project: &Project, folder: PathBuf) -> Self {
        let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
        Self {
            store: project.store_folder(),
            root: real(project.root.clone()),
            folder: real(folder),
            by_file: BTreeMap::new(),
        }
    }

    /// The project's folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The journal's folder.
    #[must_use]
    pub fn store_folder(&self) -> &Path {
        &self.store
    }

    /// The definition of a file.
    #[must_use]
    pub fn get(&self, file: &str) -> Option<Arc<Definition>> {
        self.by_file.get(file).cloned()
    }

    /// The definition of that name and client.
    #[must_use]
    pub fn by_name(&self, name: &str, client: &str) -> Option<Arc<Definition>> {
        self.by_file
            .values()
            .find(|known| known.plan.name == name && known.plan.client == client)
            .cloned()
    }

    /// Those that watch a file, given relative to the project.
    #[must_use]
    pub fn watching(&self, file: &str) -> Vec<Arc<Definition>> {
        let watches = |known: &&Arc<Definition>| {
            known
                .plan
                .triggers
                .watch
                .as_ref()
                .is_some_and(|watch| watch.matches(file))
        };
        self.by_file.values().filter(watches).cloned().collect()
    }

    /// A path relative to the project, parted by `/`.
    #[must_use]
    pub fn inside(&self, path: &Path) -> Option<String> {
        let inside = path.strip_prefix(&self.root).ok()?;
        Some(inside.to_str()?.replace('\\', "/"))
    }

    /// True for the project's file, a pipeline and a plugin.
    #[must_use]
    pub fn concerns(&self, path: &Path) -> bool {
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        let folder = path.parent();
        path == self.root.join(FILE_NAME)
            || (folder == Some(self.folder.as_path()) && matches!(ending, "yaml" | "yml"))
            || (folder == Some(self.root.join("plugins").as_path()) && ending == "wasm")
    }

    /// Folders whose files some pipeline watches, as far as they exist.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let watches = self
            .by_file
            .values()
            .filter_map(|known| known.plan.triggers.watch.as_ref());
        let mut folders: Vec<PathBuf> = watches
            .flat_map(|watch| watch.folders())
            .map(|folder| {
                if folder == "." {
                    self.root.clone()
                } else {
                    self.root.join(folder)
                }
            })
            .collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// What must be watched: the definitions themselves, the folders with all below, and, for a folder that is not
    /// there yet, the nearest one above it.
    #[must_use]
    pub fn watches(&self) -> BTreeMap<PathBuf, RecursiveMode> {
        let mut wanted = BTreeMap::from([(self.root.clone(), RecursiveMode::NonRecursive)]);
        for folder in [self.folder.clone(), self.root.join("plugins")] {
            if folder.is_dir() {
                wanted.insert(folder, RecursiveMode::NonRecursive);
            }
        }
        for folder in self.folders() {
            if folder.is_dir() {
                wanted.insert(folder, RecursiveMode::Recursive);
            } else if let Some(above) = folder.ancestors().skip(1).find(|path| path.is_dir()) {
                wanted
                    .entry(above.to_path_buf())
                    .or_insert(RecursiveMode::NonRecursive);
            }
        }
        wanted
    }

    /// Reads everything again.
    pub fn reload(&mut self) -> Reload {
        let mut reload = Reload::default();
        let project = match Project::load(&self.root) {
            Ok(project) => project,
            Err(problems) => {
                reload.problems = problems;
                reload.kept = self.by_file.keys().cloned().collect();
                return reload;
            }
        };
        let catalog = catalog(&project);
        let runtime = match Runtime::new(Arc::new(project), Arc::new(catalog)) {
            Ok(runtime) => Arc::new(runtime),
            Err(error) => {
                reload.fault = Some(error.to_string());
                return reload;
            }
        };
        let mut next = BTreeMap::new();
        for path in self.pipeline_files() {
            let Some(file) = self.inside(&path) else {
                continue;
            };
            let before = self.by_file.get(&file);
            match self.read(&path, &file, &runtime) {
                Ok(definition) => {
                    let remark = unserved(&definition.plan);
                    reload
                        .remarks
                        .extend(remark.map(|words| format!("{file}: {words}")));
                    reload.problems.extend(definition.plan.warnings.clone());
                    match before {
                        None => reload.added.push(file.clone()),
                        Some(before) if before.plan.digest() != definition.plan.digest() => {
                            reload.replaced.push(file.clone())
                        }
                        Some(_) => {}
                    }
                    next.insert(file, Arc::new(definition));
                }
                Err(problems) => {
                    reload.problems.extend(problems);
                    reload.kept.push(file.clone());
                    if let Some(before) = before {
                        next.insert(file, Arc::clone(before));
                    }
                }
            }
        }
        reload.removed = self
            .by_file
            .keys()
            .filter(|file| !next.contains_key(*file))
            .cloned()
            .collect();
        self.by_file = next;
        reload
    }

    fn read(
        &self,
        path: &Path,
        file: &str,
        runtime: &Arc<Runtime>,
    ) -> Result<Definition, Vec<Diagnostic>> {
        let pipeline = Pipeline::load(path, file)?;
        let plan = plan::check(&runtime.project, &pipeline, runtime.catalog.as_ref())?;
        if let Err(error) = runtime.prepare(&plan) {
            return Err(vec![unusable(file, &error)]);
        }
        Ok(Definition {
            file: file.into(),
            plan,
            runtime: Arc::clone(runtime),
        })
    }

    fn pipeline_files(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let mut files: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| crate::pipeline::is_file(path))
            .collect();
        files.sort();
        files
    }
}

fn unusable(file: &str, error: &RuntimeError) -> Diagnostic {
    Diagnostic::error(
        crate::diagnostic::code::FILE_UNREADABLE,
        format!("{file}: {error}"),
    )
    .help("`staffetta plugin list` shows what is wrong with it")
}

/// Triggers that the file has and this version does not start runs by.
fn unserved(plan: &Plan) -> Option<String> {
    let schedule = (!plan.triggers.schedules.is_empty()).then_some("`schedule`");
    let webhook = plan.triggers.webhook.is_some().then_some("`webhook`");
    let both: Vec<&str> = schedule.into_iter().chain(webhook).collect();
    (!both.is_empty()).then(|| {
        format!(
            "this version does not start runs by {}; `watch` and `staffetta run` do",
            both.join(" or ")
        )
    })
}

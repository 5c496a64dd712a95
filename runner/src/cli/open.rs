//! Finding and opening what a command works on: the project, its plugins, a pipeline, the store.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::args::Global;
use super::{Result, Trouble};
use crate::diagnostic::{Diagnostic, code, did_you_mean};
use crate::execute::{ExecuteError, Runtime, RuntimeError, catalog};
use crate::journal::{Options, SqliteStore, StoreError};
use crate::pipeline::Pipeline;
use crate::plan::{self, Plan};
use crate::plugin::Catalog;
use crate::project::Project;

/// A project with its plugins.
pub(super) struct Workspace {
    pub(super) project: Arc<Project>,
    pub(super) catalog: Arc<Catalog>,
}

/// The project's folder.
pub(super) fn root(global: &Global) -> Result<PathBuf> {
    if let Some(folder) = &global.project {
        return folder
            .canonicalize()
            .map_err(|error| Trouble::Mistake(format!("{}: {error}", folder.display()), None));
    }
    let here =
        std::env::current_dir().map_err(|error| Trouble::Fault(format!("this folder: {error}")))?;
    Ok(Project::find(&here)?)
}

impl Workspace {
    /// Opens the project and looks for plugins.
    pub(super) fn open(global: &Global) -> Result<Self> {
        let root = root(global)?;
        let project = Project::load(&root)?;
        let catalog = catalog(&project);
        Ok(Self {
            project: Arc::new(project),
            catalog: Arc::new(catalog),
        })
    }

    /// Where the project's pipelines are: the folder `pipelines`, or, where there is none, the project's folder.
    pub(super) fn pipelines_folder(&self) -> PathBuf {
        let folder = self.project.root.join("pipelines");
        if folder.is_dir() {
            folder
        } else {
            self.project.root.clone()
        }
    }

    /// All pipeline files of the project, sorted.
    pub(super) fn pipelines(&self) -> Result<Vec<PathBuf>> {
        let folder = self.pipelines_folder();
        let fault = |error: std::io::Error| {
            Trouble::Mistake(format!("{}: {error}", folder.display()), None)
        };
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(fault)? {
            let path = entry.map_err(fault)?.path();
            if crate::pipeline::is_file(&path) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }

    /// A pipeline's file by its path, or by its name in the folder of pipelines.
    pub(super) fn find(&self, wanted: &Path) -> Result<PathBuf> {
        if wanted.is_file() {
            return Ok(wanted.to_path_buf());
        }
        let inside = self.project.root.join(wanted);
        if inside.is_file() {
            return Ok(inside);
        }
        let name = wanted.to_string_lossy();
        for ending in ["yaml", "yml"] {
            let path = self.pipelines_folder().join(format!("{name}.{ending}"));
            if path.is_file() {
                return Ok(path);
            }
        }
        let known = self.pipelines()?;
        let names: Vec<String> = known
            .iter()
            .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
            .collect();
        let near = did_you_mean(&name, names.iter().map(String::as_str));
        let expected = if names.is_empty() {
            "a file: the project has no pipelines yet".into()
        } else {
            let names = crate::diagnostic::join_names(names.iter().map(String::as_str));
            format!("a file, or one of {names}")
        };
        Err(
            Diagnostic::error(code::NO_PIPELINE, format!("there is no pipeline `{name}`"))
                .expected(expected)
                .maybe_help(near)
                .into(),
        )
    }

    /// How a path is shown: relative to the project where it is inside.
    pub(super) fn shown(&self, path: &Path) -> String {
        let full = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let root = self
            .project
            .root
            .canonicalize()
            .unwrap_or_else(|_| self.project.root.clone());
        match full.strip_prefix(&root) {
            Ok(inside) if inside.as_os_str().is_empty() => "this project's folder".into(),
            Ok(inside) => inside.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }

    /// Reads and checks a pipeline.
    pub(super) fn plan(&self, path: &Path) -> Result<Plan> {
        let (pipeline, mut problems) = Pipeline::read(path, self.shown(path));
        let Some(pipeline) = pipeline else {
            return Err(problems.into());
        };
        let plan = plan::check(&self.project, &pipeline, self.catalog.as_ref());
        if problems.is_empty() {
            return Ok(plan?);
        }
        // Steps that could not be understood are missing from the plan: what follows from that is no mistake.
        let follows = [
            code::UNKNOWN_STEP,
            code::STEP_ORDER,
            code::NOTHING_TO_DO,
            code::RULE_UNUSED,
            code::STEP_UNUSED,
        ];
        let further = plan.err().unwrap_or_default();
        problems.extend(
            further
                .into_iter()
                .filter(|one| !follows.contains(&one.code)),
        );
        crate::diagnostic::sort_and_dedup(&mut problems);
        Err(problems.into())
    }

    /// Opens the project that a pipeline belongs to: the usual one, or, where there is none, that of the pipeline's own
    /// folder.
    pub(super) fn of_pipeline(global: &Global, pipeline: &Path) -> Result<Self> {
        let here = std::env::current_dir().unwrap_or_default();
        if global.project.is_none() && pipeline.is_file() && Project::find(&here).is_err() {
            let full = std::path::absolute(pipeline).unwrap_or_else(|_| pipeline.to_path_buf());
            let root = Project::find(full.parent().unwrap_or(&here))?;
            let global = Global {
                project: Some(root),
                ..global.clone()
            };
            return Self::open(&global);
        }
        Self::open(global)
    }

    /// A path that the user typed, relative to the project.
    pub(super) fn inside(&self, path: &Path) -> Result<String> {
        let full = path
            .canonicalize()
            .map_err(|error| Trouble::Mistake(format!("{}: {error}", path.display()), None))?;
        let root = self
            .project
            .root
            .canonicalize()
            .map_err(|error| Trouble::Fault(error.to_string()))?;
        match full.strip_prefix(&root) {
            Ok(inside) => Ok(inside.to_string_lossy().replace('\\', "/")),
            Err(_) => Err(Trouble::Mistake(
                format!("{} is not inside the project", path.display()),
                Some("copy it into the project's folder first".into()),
            )),
        }
    }

    /// Paths that the user typed, relative to the project.
    pub(super) fn all_inside(&self, paths: &[PathBuf]) -> Result<Vec<String>> {
        paths.iter().map(|path| self.inside(path)).collect()
    }

    /// The engine and the services for this project.
    pub(super) fn runtime(&self) -> Result<Runtime> {
        Runtime::new(Arc::clone(&self.project), Arc::clone(&self.catalog)).map_err(runtime_trouble)
    }

    /// Opens the store for writing; waits for another process as long as is wanted.
    pub(super) fn store(&self, wait: Duration) -> Result<Arc<SqliteStore>> {
        let folder = self.project.store_folder();
        let until = Instant::now() + wait;
        loop {
            match SqliteStore::open(&folder, Options::default()) {
                Ok(store) => return Ok(Arc::new(store)),
                Err(StoreError::Locked { .. }) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(100));
                }
                Err(error) => return Err(store_trouble(error)),
            }
        }
    }

    /// Opens the store for reading; none where there is none yet.
    pub(super) fn reader(&self) -> Result<Option<Arc<SqliteStore>>> {
        match SqliteStore::open_to_read(&self.project.store_folder()) {
            Ok(store) => Ok(Some(Arc::new(store))),
            Err(StoreError::Missing { .. }) => Ok(None),
            Err(error) => Err(store_trouble(error)),
        }
    }
}

/// What a store's failure means for the user.
pub(super) fn store_trouble(error: StoreError) -> Trouble {
    match &error {
        StoreError::Locked { .. } => Trouble::Mistake(
            error.to_string(),
            Some("wait for the other run (`--wait SECONDS`), or stop the `staffetta serve` that uses this project".into()),
        ),
        StoreError::ReadOnly { .. } | StoreError::Newer { .. } | StoreError::Corrupt { .. } => {
            Trouble::Mistake(error.to_string(), None)
        }
        StoreError::Full => Trouble::Fault(format!("{error}: nothing is lost; make space and run again")),
        _ => Trouble::Fault(error.to_string()),
    }
}

/// What an execution's failure means for the user.
pub(super) fn execute_trouble(error: ExecuteError) -> Trouble {
    match error {
        ExecuteError::Store(error) => store_trouble(error),
        ExecuteError::File { .. } => Trouble::Mistake(error.to_string(), None),
        ExecuteError::Runtime(error) => runtime_trouble(error),
    }
}

/// What a runtime's failure means for the user.
pub(super) fn runtime_trouble(error: RuntimeError) -> Trouble {
    match error {
        RuntimeError::Plugin { .. } => Trouble::Mistake(
            error.to_string(),
            Some("`staffetta plugin list` shows what is wrong with it".into()),
        ),
        _ => Trouble::Fault(error.to_string()),
    }
}

/// Runs something asynchronous to its end.
pub(super) fn block<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    crate::engine::threads()
        .map_err(|error| Trouble::Fault(format!("no threads: {error}")))?
        .block_on(work)
}

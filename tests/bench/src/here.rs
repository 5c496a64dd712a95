//! What the measurements work with: plugins of this checkout, a runtime for a project, an instance with nothing granted.

use std::path::Path;
use std::sync::Arc;

use staffetta::engine::{Engine, Instance, Loaded};
use staffetta::execute::{Base, Runtime};
use staffetta::host::{Grants, HostState};
use staffetta::pipeline::Pipeline;
use staffetta::plan::{self, Plan};
use staffetta::plugin::Catalog;
use staffetta::plugin::locate::Locations;
use staffetta::plugin::memo::Memo;
use staffetta::project::Project as Parsed;
use staffetta_tests::{Project, binary};

/// A project with the guests that are measured.
pub(crate) fn project() -> Project {
    ["guest-source", "guest-echo", "guest-count", "guest-hostile"]
        .iter()
        .fold(Project::new(), |project, guest| project.guest(guest))
}

/// Engine, services, project and plugins, as a run has them.
pub(crate) fn runtime(project: &Project) -> Runtime {
    let root = project.path("");
    Runtime::new(
        Arc::new(Parsed::load(&root).unwrap()),
        Arc::new(catalog(Some(&root))),
    )
    .unwrap()
}

/// The plugins that the binary finds.
pub(crate) fn catalog(root: Option<&Path>) -> Catalog {
    Catalog::discover_with(
        &Locations::of(&binary(), Path::new("/")),
        root,
        &Memo::none(),
    )
}

/// A pipeline after its check.
pub(crate) fn plan(runtime: &Runtime, project: &Project, name: &str) -> Plan {
    let path = project.path(&format!("pipelines/{name}.yaml"));
    let pipeline = Pipeline::load(&path, "bench.yaml").unwrap();
    plan::check(&runtime.project, &pipeline, runtime.catalog.as_ref()).unwrap()
}

/// A fresh instance for a step.
pub(crate) async fn instance(runtime: &Runtime, engine: &Engine, loaded: &Arc<Loaded>) -> Instance {
    let base = Base {
        run: "bench",
        step: "bench",
        client: "acme",
        store: None,
    };
    let context = base.context(&loaded.name, None, Grants::default(), None);
    let state = HostState::new(Arc::clone(&runtime.services), context, engine.limits());
    Instance::new(engine, loaded, state).await.unwrap()
}

//! `staffetta plugin call`: one plugin, one instance, functions by name. The same sandbox, grants and limits as a run.

use std::io::Read;
use std::sync::Arc;

use serde_json::Value;

use super::args::Global;
use super::open::{self, Workspace, runtime_trouble};
use super::output::print_json;
use super::{Outcome, Result, Trouble};
use crate::engine::{CallError, Instance, NamedCallError};
use crate::execute::{Base, Runtime, granted};
use crate::host::HostState;
use crate::plan::{self, PlannedAccount};
use crate::plugin::Plugin;

/// Most that is read from standard input.
const MOST_INPUT: u64 = 64 << 20;

pub(super) fn call(
    global: &Global,
    name: &str,
    functions: &[String],
    account: Option<&str>,
) -> Result {
    let workspace = Workspace::open(global)?;
    let Some(plugin) = workspace.catalog.get(name) else {
        let near = crate::diagnostic::did_you_mean(name, workspace.catalog.names());
        return Err(Trouble::Mistake(
            format!("there is no plugin `{name}`"),
            near.or(Some("`staffetta plugin list` shows what is there".into())),
        ));
    };
    let input = input()?;
    let lists: Vec<Value> = match (functions.len(), input) {
        (1, one) => vec![one],
        (wanted, Value::Array(list)) if list.len() == wanted => list,
        (wanted, _) => {
            return Err(Trouble::Mistake(
                format!(
                    "standard input must be a list of {wanted}: the arguments of each function"
                ),
                None,
            ));
        }
    };
    let runtime = workspace.runtime()?;
    open::block(async {
        let mut instance = instance(&workspace, &runtime, plugin, account, &lists).await?;
        for (function, arguments) in functions.iter().zip(&lists) {
            match instance.call_by_name(function, arguments).await {
                Ok(answer) => print_json(&answer),
                Err(NamedCallError::Call(error)) => {
                    return Err(Trouble::Mistake(format!("{function}: {error}"), None));
                }
                Err(error) => return Err(Trouble::Mistake(error.to_string(), None)),
            }
        }
        Ok(Outcome::Done)
    })
}

fn input() -> Result<Value> {
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .take(MOST_INPUT)
        .read_to_string(&mut text);
    read.map_err(|error| Trouble::Mistake(format!("standard input: {error}"), None))?;
    if text.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text)
        .map_err(|error| Trouble::Mistake(format!("standard input is no JSON: {error}"), None))
}

async fn instance(
    workspace: &Workspace,
    runtime: &Runtime,
    plugin: &Plugin,
    account: Option<&str>,
    arguments: &[Value],
) -> Result<Instance> {
    let name = plugin.name.as_str();
    let config = config(arguments);
    let grants = plan::grants_for(
        &workspace.project,
        workspace.catalog.as_ref(),
        name,
        &config,
    )?;
    let mut planned: Option<PlannedAccount> = None;
    let mut client = workspace
        .project
        .clients
        .keys()
        .next()
        .cloned()
        .unwrap_or_default();
    if let Some(account) = account {
        let (owner, found) =
            plan::account_for(&workspace.project, workspace.catalog.as_ref(), account)?;
        client = owner;
        planned = Some(found);
    }
    let base = Base {
        run: "call",
        step: "call",
        client: &client,
        store: workspace.reader()?.map(|s| s as _),
    };
    let mut targets = Vec::new();
    for other in workspace
        .project
        .accounts
        .values()
        .filter(|other| other.client.value == client)
    {
        // An account with a mistake in it is no target; `check` tells what is wrong.
        if let Ok((_, found)) =
            plan::account_for(&workspace.project, workspace.catalog.as_ref(), &other.name)
        {
            targets.push(found);
        }
    }
    let target = runtime
        .target(targets.iter().map(|t| (t, None)).collect(), &base)
        .map_err(runtime_trouble)?;
    let grants = match &planned {
        Some(found) if found.publisher_plugin.as_deref() == Some(name) => {
            found.publisher_grants.clone()
        }
        Some(found) => found.network_grants.clone(),
        None => grants,
    };
    let context = base.context(name, account, granted(&grants, name), Some(target));
    let loaded = runtime.load(name).map_err(runtime_trouble)?;
    let mut state = HostState::new(
        Arc::clone(&runtime.services),
        context,
        runtime.engine.limits(),
    );
    // Whoever typed a blob's name may open it.
    for blob in arguments.iter().flat_map(blobs) {
        state.show_blob(&blob, "");
    }
    Instance::new(&runtime.engine, &loaded, state)
        .await
        .map_err(|error: CallError| Trouble::Mistake(error.to_string(), None))
}

/// The configuration among the arguments, for grants that it decides.
fn config(arguments: &[Value]) -> Value {
    let own = arguments.iter().find_map(|one| match one {
        Value::Object(object) => object.get("config").cloned(),
        Value::Array(list) => list.get(1).cloned(),
        _ => None,
    });
    match own {
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or(Value::Null),
        Some(value) => value,
        None => Value::Null,
    }
}

fn blobs(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.starts_with("sha256:") => vec![text.clone()],
        Value::Array(list) => list.iter().flat_map(blobs).collect(),
        Value::Object(object) => object.values().flat_map(blobs).collect(),
        _ => Vec::new(),
    }
}

//! `staffetta plugin …`: write, build, list, inspect and call plugins.

use std::path::Path;

use super::args::{Global, PluginCommand};
use super::open::{self, Workspace};
use super::output::{Output, Table, Tone, note, print, print_json};
use super::{Outcome, Result, Trouble};
use crate::plugin::build::{self, Built};
use crate::plugin::inspect::{Inspection, inspect};
use crate::plugin::locate::Locations;
use crate::plugin::problem::Severity;
use crate::plugin::scaffold::{self, Kind};
use crate::plugin::{Catalog, Origin, Plugin};

pub(super) fn run(global: &Global, command: PluginCommand, output: &Output) -> Result {
    match command {
        PluginCommand::New { name, kind } => new(global, &name, &kind),
        PluginCommand::Build { names } => make(global, &names, output),
        PluginCommand::List => list(global, output),
        PluginCommand::Inspect { file } => look(global, &file, output),
        PluginCommand::Call {
            name,
            functions,
            account,
        } => super::talk::call(global, &name, &functions, account.as_deref()),
    }
}

/// The project's folder, or this one where there is no project.
fn here(global: &Global) -> std::path::PathBuf {
    open::root(global).unwrap_or_else(|_| std::path::PathBuf::from("."))
}

fn new(global: &Global, name: &str, kind: &str) -> Result {
    let kind: Kind = kind
        .parse()
        .map_err(|_| Trouble::Mistake(format!("there is no kind `{kind}`"), None))?;
    let created = scaffold::create(&here(global), name, kind, &Locations::here())
        .map_err(|error| Trouble::Mistake(error.to_string(), None))?;
    for file in &created.files {
        print(&file.display().to_string());
    }
    for remark in &created.notes {
        note(remark);
    }
    note(&format!(
        "next: `staffetta plugin build {name}`, then `staffetta plugin list`"
    ));
    Ok(Outcome::Done)
}

fn make(global: &Global, names: &[String], output: &Output) -> Result {
    let locations = Locations::here();
    let root = here(global);
    let report = build::build(&build::Request {
        root: &root,
        names,
        locations: &locations,
    })
    .map_err(|error| Trouble::Mistake(error.to_string(), None))?;
    for remark in &report.notes {
        note(remark);
    }
    if output.json {
        let built: Vec<_> = report
            .built
            .iter()
            .map(|one| described(&one.name, &one.version, &one.path, &one.inspection))
            .collect();
        let failed: Vec<_> = report
            .failed
            .iter()
            .map(|one| serde_json::json!({"name": one.name, "error": one.error.to_string()}))
            .collect();
        print_json(&serde_json::json!({"version": 1, "built": built, "failed": failed}));
    } else {
        let mut table = Table::default();
        table.head(&[
            "plugin", "version", "size", "exports", "imports", "asks for",
        ]);
        for Built {
            name,
            version,
            inspection,
            ..
        } in &report.built
        {
            let asks = inspection
                .manifest
                .iter()
                .flat_map(|manifest| manifest.capabilities.keys());
            table.row(vec![
                (name.clone(), Some(Tone::Bold)),
                (version.clone(), None),
                (format!("{} kB", inspection.bytes.div_ceil(1000)), None),
                (words(inspection.exports.iter().map(|e| e.name())), None),
                (
                    words(inspection.imports.iter().map(|i| i.name())),
                    Some(Tone::Dim),
                ),
                (words(asks.map(|c| c.name())), Some(Tone::Warn)),
            ]);
        }
        print(&table.lines(output).join("\n"));
    }
    for failed in &report.failed {
        note(&format!(
            "{}: {}: {}",
            output.paint_err(Tone::Bad, "error"),
            failed.name,
            failed.error
        ));
    }
    Ok(if report.failed.is_empty() {
        Outcome::Done
    } else {
        Outcome::UserError
    })
}

fn words<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "-".into()
    } else {
        names.join(" ")
    }
}

fn described(name: &str, version: &str, path: &Path, inspection: &Inspection) -> serde_json::Value {
    serde_json::json!({
        "name": name,
        "version": version,
        "path": path,
        "bytes": inspection.bytes,
        "digest": inspection.digest,
        "contract": inspection.contract.as_ref().map(ToString::to_string),
        "exports": inspection.exports,
        "imports": inspection.imports,
        "foreign": inspection.foreign,
        "manifest": inspection.manifest,
        "problems": inspection.problems.iter().map(|problem| serde_json::json!({
            "code": problem.code(),
            "severity": if problem.severity() == Severity::Error { "error" } else { "warning" },
            "message": problem.to_string(),
        })).collect::<Vec<_>>(),
    })
}

fn list(global: &Global, output: &Output) -> Result {
    let catalog = match Workspace::open(global) {
        Ok(workspace) => workspace.catalog,
        // Outside a project the first-party plugins are still there.
        Err(_) => std::sync::Arc::new(Catalog::discover(open::root(global).ok().as_deref())),
    };
    if output.json {
        let plugins: Vec<_> = catalog.iter().map(summary).collect();
        let problems: Vec<_> = catalog
            .problems()
            .iter()
            .map(|one| serde_json::json!({"path": one.path, "name": one.name, "message": one.problem.to_string()}))
            .collect();
        print_json(&serde_json::json!({"version": 1, "plugins": plugins, "problems": problems}));
    } else {
        let mut table = Table::default();
        table.head(&["plugin", "version", "offers", "from", ""]);
        for plugin in catalog.iter() {
            let mut offers: Vec<String> = plugin
                .manifest
                .operations
                .keys()
                .map(|operation| format!("{}/{operation}", plugin.name))
                .collect();
            if plugin.manifest.network.is_some() {
                offers.push("a network".into());
            }
            let from = if plugin.origin == Origin::BuiltIn {
                "Staffetta"
            } else {
                "this project"
            };
            table.row(vec![
                (plugin.name.clone(), Some(Tone::Bold)),
                (plugin.manifest.version.clone(), None),
                (offers.join(", "), Some(Tone::Code)),
                (from.into(), Some(Tone::Dim)),
                (plugin.manifest.description.clone(), None),
            ]);
        }
        print(&table.lines(output).join("\n"));
    }
    for one in catalog.problems() {
        let error = one.problem.severity() == Severity::Error;
        let word = if error {
            output.paint_err(Tone::Bad, "error")
        } else {
            output.paint_err(Tone::Warn, "warning")
        };
        note(&format!("{word}: {}: {}", one.path.display(), one.problem));
    }
    Ok(Outcome::Done)
}

fn summary(plugin: &Plugin) -> serde_json::Value {
    serde_json::json!({
        "name": plugin.name,
        "version": plugin.manifest.version,
        "description": plugin.manifest.description,
        "digest": plugin.digest,
        "path": plugin.path,
        "bytes": plugin.bytes,
        "from": if plugin.origin == Origin::BuiltIn { "built-in" } else { "project" },
        "exports": plugin.exports,
        "imports": plugin.imports,
        "operations": plugin.manifest.operations,
        "capabilities": plugin.manifest.capabilities,
        "network": plugin.manifest.network,
    })
}

fn look(global: &Global, file: &Path, output: &Output) -> Result {
    let path = if file.exists() {
        file.to_path_buf()
    } else {
        let name = file.to_string_lossy();
        let catalog = Catalog::discover(open::root(global).ok().as_deref());
        match catalog.get(&name) {
            Some(plugin) => plugin.path.clone(),
            None => {
                return Err(Trouble::Mistake(
                    format!("`{name}` is neither a file nor a plugin"),
                    None,
                ));
            }
        }
    };
    let bytes = read(&path)?;
    let inspection = inspect(&bytes);
    let manifest = inspection.manifest.as_ref();
    let name = manifest.map_or_else(|| path.display().to_string(), |m| m.name.clone());
    let version = manifest.map(|m| m.version.clone()).unwrap_or_default();
    if output.json {
        print_json(&described(&name, &version, &path, &inspection));
        return Ok(if inspection.usable() {
            Outcome::Done
        } else {
            Outcome::UserError
        });
    }
    let mut table = Table::default();
    let mut row =
        |what: &str, value: String| table.row(vec![(what.into(), Some(Tone::Dim)), (value, None)]);
    row("name", format!("{name} {version}"));
    if let Some(manifest) = manifest {
        row("is", manifest.description.clone());
        row("licence", manifest.license.clone());
    }
    row("size", format!("{} bytes", inspection.bytes));
    row("digest", inspection.digest.clone());
    row(
        "contract",
        inspection
            .contract
            .as_ref()
            .map_or("none".into(), ToString::to_string),
    );
    row(
        "exports",
        words(inspection.exports.iter().map(|e| e.name())),
    );
    row(
        "imports",
        words(inspection.imports.iter().map(|i| i.name())),
    );
    if !inspection.foreign.is_empty() {
        row("other imports", inspection.foreign.join(" "));
    }
    if let Some(manifest) = manifest {
        for (name, operation) in &manifest.operations {
            row("operation", format!("{name}: {}", operation.description));
        }
        for (capability, request) in &manifest.capabilities {
            row(
                "asks for",
                format!("{}: {}", capability.name(), request.why),
            );
        }
    }
    print(&table.lines(output).join("\n"));
    for problem in &inspection.problems {
        let error = problem.severity() == Severity::Error;
        let word = if error {
            output.paint(Tone::Bad, "error")
        } else {
            output.paint(Tone::Warn, "warning")
        };
        print(&format!("  {word}: {problem}"));
    }
    Ok(if inspection.usable() {
        Outcome::Done
    } else {
        Outcome::UserError
    })
}

/// Reads a component, but no file that is too large to be one.
fn read(path: &Path) -> Result<Vec<u8>> {
    let fault =
        |error: std::io::Error| Trouble::Mistake(format!("{}: {error}", path.display()), None);
    let size = std::fs::metadata(path).map_err(fault)?.len();
    if size > crate::plugin::inspect::LARGEST {
        let most = crate::plugin::inspect::LARGEST >> 20;
        return Err(Trouble::Mistake(
            format!(
                "{}: {size} bytes, and no plugin may have more than {most} MiB",
                path.display()
            ),
            None,
        ));
    }
    std::fs::read(path).map_err(fault)
}

//! Runs cargo for plugins' crates and learns from its messages which module it made of which crate.
//!
//! What cargo says to people goes to the terminal as it is.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};

use serde_json::Value;

use super::build::{BuildError, Report, at};
use super::folders::Folder;
use super::manifest::Manifest;
use super::sdk_link;
use super::toolchain::Toolchain;

/// Modules by the folder of their crate.
pub(super) type Modules = BTreeMap<PathBuf, PathBuf>;

/// One cargo call for all members of a workspace; what does not compile stops only itself.
pub(super) fn compile_workspace(
    toolchain: &Toolchain,
    workspace: &Path,
    ready: &[(Folder, Manifest)],
    report: &mut Report,
) -> Result<Modules, BuildError> {
    let ids = package_ids(workspace)?;
    let mut command = toolchain.build_command(workspace);
    command.arg("--keep-going");
    let mut members = 0;
    for (folder, _) in ready {
        let manifest = canonical(&folder.path.join("Cargo.toml"))?;
        match ids.get(&manifest) {
            Some(id) => {
                command.args(["--package", id]);
                members += 1;
            }
            None => report.fail(folder, BuildError::NoMember),
        }
    }
    if members == 0 {
        return Ok(Modules::new());
    }
    let (success, modules) = run(command)?;
    let modules = by_folder(&modules, ready)?;
    for (folder, _) in ready {
        if !success && !modules.contains_key(&folder.path) && !report.has_failed(folder) {
            report.fail(folder, BuildError::Compile);
        }
    }
    Ok(modules)
}

/// One cargo call for each crate of a project; what does not compile stops only itself.
pub(super) fn compile_each(
    toolchain: &Toolchain,
    link: &sdk_link::Link,
    ready: &[(Folder, Manifest)],
    report: &mut Report,
) -> Result<Modules, BuildError> {
    let mut modules = Vec::new();
    for (folder, _) in ready {
        let mut command = toolchain.build_command(&folder.path);
        link.apply(&mut command);
        let (success, found) = run(command)?;
        if success {
            modules.extend(found);
        } else {
            report.fail(folder, BuildError::Compile);
        }
    }
    by_folder(&modules, ready)
}

fn canonical(path: &Path) -> Result<PathBuf, BuildError> {
    path.canonicalize().map_err(at(path))
}

/// Package ids of the workspace's members by the path of their `Cargo.toml`.
fn package_ids(workspace: &Path) -> Result<BTreeMap<PathBuf, String>, BuildError> {
    let output = process::Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(BuildError::Cargo)?;
    if !output.status.success() {
        return Err(BuildError::Compile);
    }
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| BuildError::Cargo(io::Error::other(error)))?;
    let packages = metadata["packages"].as_array();
    Ok(packages
        .into_iter()
        .flatten()
        .filter_map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str()?);
            let id = package["id"].as_str()?.to_string();
            Some((manifest.canonicalize().ok()?, id))
        })
        .collect())
}

/// Runs cargo; answers whether it succeeded, and each `Cargo.toml` with the module made of it.
fn run(mut command: process::Command) -> Result<(bool, Vec<(PathBuf, PathBuf)>), BuildError> {
    let mut child = command
        .arg("--message-format=json-render-diagnostics")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(BuildError::Cargo)?;
    let mut modules = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(BuildError::Cargo)?;
            // Build scripts may print lines of their own between cargo's.
            if let Ok(message) = serde_json::from_str::<Value>(&line) {
                modules.extend(module(&message));
            }
        }
    }
    let status = child.wait().map_err(BuildError::Cargo)?;
    Ok((status.success(), modules))
}

fn module(message: &Value) -> Option<(PathBuf, PathBuf)> {
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let file = message["filenames"]
        .as_array()?
        .iter()
        .filter_map(Value::as_str)
        .find(|name| name.ends_with(".wasm"))?;
    let manifest = message["manifest_path"].as_str()?;
    Some((manifest.into(), file.into()))
}

fn by_folder(
    modules: &[(PathBuf, PathBuf)],
    ready: &[(Folder, Manifest)],
) -> Result<Modules, BuildError> {
    let mut found = Modules::new();
    for (folder, _) in ready {
        let wanted = canonical(&folder.path.join("Cargo.toml"))?;
        let module = modules
            .iter()
            .find(|(manifest, _)| manifest.canonicalize().is_ok_and(|path| path == wanted));
        if let Some((_, module)) = module {
            found.insert(folder.path.clone(), module.clone());
        }
    }
    Ok(found)
}

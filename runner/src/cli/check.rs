//! `staffetta check`: every mistake of the project and its pipelines, in one go, without running anything.

use std::path::PathBuf;

use super::args::Global;
use super::open::Workspace;
use super::output::{Output, Tone, note, print, print_json};
use super::{Outcome, Result, Trouble, tell_mistakes};
use crate::plan::check_accounts;

pub(super) fn run(global: &Global, wanted: &[PathBuf], output: &Output) -> Result {
    let workspace = Workspace::open(global)?;
    let paths = if wanted.is_empty() {
        workspace.pipelines()?
    } else {
        wanted
            .iter()
            .map(|path| workspace.find(path))
            .collect::<Result<Vec<_>>>()?
    };
    let mut problems = check_accounts(&workspace.project, workspace.catalog.as_ref());
    let mut good = Vec::new();
    for path in &paths {
        match workspace.plan(path) {
            Ok(plan) => {
                problems.extend(plan.warnings.clone());
                good.push((workspace.shown(path), plan));
            }
            Err(Trouble::Mistakes(found)) => problems.extend(found),
            Err(other) => return Err(other),
        }
    }
    crate::diagnostic::sort_and_dedup(&mut problems);
    let failed = problems.iter().any(|problem| problem.is_error());
    if output.json {
        let plans: Vec<_> = good
            .iter()
            .map(|(file, plan)| serde_json::json!({"file": file, "plan": plan.to_json()}))
            .collect();
        print_json(
            &serde_json::json!({"version": 1, "ok": !failed, "pipelines": plans, "diagnostics": problems}),
        );
    } else {
        for (file, plan) in &good {
            let steps = plan.steps.len();
            let line = format!(
                "{} {file}: {} ({steps} {})",
                output.paint(Tone::Good, "ok"),
                plan.name,
                if steps == 1 { "step" } else { "steps" }
            );
            print(&line);
        }
        if paths.is_empty() {
            note(&format!(
                "there are no pipelines in {}",
                workspace.shown(&workspace.pipelines_folder())
            ));
        }
        if !problems.is_empty() {
            tell_mistakes(&problems, output);
        }
    }
    Ok(if failed {
        Outcome::UserError
    } else {
        Outcome::Done
    })
}

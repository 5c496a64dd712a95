//! From a pipeline to a plan: plugins, accounts, configuration and grants are resolved, and everything that can be known
//! to be wrong before a run is reported in one go. Pure: nothing is read, compiled or called.

mod accounts;
mod config;
mod flow;
mod grants;
mod model;
mod plugins;
mod single;
mod steps;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Span, code, did_you_mean, one_of, sort_and_dedup};
use crate::pipeline::Pipeline;
use crate::project::{Client, Project};

pub use accounts::check_accounts;
pub use model::{Grants, Plan, PlannedAccount, PlannedStep, StepKind};
pub use plugins::{Known, Plugins};
pub use single::{account_for, grants_for};

/// What the checks share.
struct Checker<'a> {
    project: &'a Project,
    plugins: &'a dyn Plugins,
    problems: Vec<Diagnostic>,
    /// Accounts that were resolved, or found wrong, already.
    accounts: BTreeMap<String, Option<PlannedAccount>>,
    /// Plugins whose grants were complained of already.
    refused: BTreeSet<String>,
    /// The digests of the plugins in use, by name.
    digests: BTreeMap<String, String>,
}

impl<'a> Checker<'a> {
    fn new(project: &'a Project, plugins: &'a dyn Plugins) -> Self {
        Self {
            project,
            plugins,
            problems: Vec::new(),
            accounts: BTreeMap::new(),
            refused: BTreeSet::new(),
            digests: BTreeMap::new(),
        }
    }

    /// A plugin by name, or a message at the place where it was named.
    fn plugin(&mut self, name: &str, span: &Span) -> Option<Known<'a>> {
        let found = self.plugins.find(name);
        match &found {
            Some(known) => {
                self.digests
                    .insert(name.to_owned(), known.digest.to_owned());
            }
            None => {
                let names = self.plugins.names();
                let guess = did_you_mean(name, names.iter().copied());
                self.problems.push(
                    Diagnostic::error(code::UNKNOWN_PLUGIN, format!("there is no plugin `{name}`"))
                        .at(span)
                        .expected(one_of(names.iter().copied()))
                        .maybe_help(guess)
                        .help(format!(
                            "a plugin of your own lies in the project as `plugins/{name}.wasm`; `staffetta plugin list` shows \
                             what was found and what is wrong with it"
                        )),
                );
            }
        }
        found
    }
}

/// Checks a pipeline against its project and the plugins.
///
/// # Errors
/// Everything that is wrong, warnings included, in the order of the files. Without errors the warnings are in the plan.
pub fn check(
    project: &Project,
    pipeline: &Pipeline,
    plugins: &dyn Plugins,
) -> Result<Plan, Vec<Diagnostic>> {
    let mut checker = Checker::new(project, plugins);
    let client = client(project, pipeline, &mut checker.problems);
    if let Some(client) = client {
        calendars(client, pipeline, &mut checker.problems);
    }
    let steps = steps::resolve(&mut checker, pipeline, client);
    let steps = flow::connect(&mut checker, pipeline, steps);
    let Checker {
        mut problems,
        digests,
        accounts,
        ..
    } = checker;
    sort_and_dedup(&mut problems);
    match client {
        Some(client) if !problems.iter().any(Diagnostic::is_error) => Ok(Plan {
            name: pipeline.name.value.clone(),
            file: pipeline.source.path().to_owned(),
            client: client.name.clone(),
            triggers: pipeline.triggers.clone(),
            steps,
            accounts: accounts
                .into_iter()
                .filter_map(|(name, account)| Some((name, account?)))
                .collect(),
            plugins: digests,
            warnings: problems,
        }),
        _ => Err(problems),
    }
}

fn client<'a>(
    project: &'a Project,
    pipeline: &Pipeline,
    problems: &mut Vec<Diagnostic>,
) -> Option<&'a Client> {
    let names = || project.clients.keys().map(String::as_str);
    let Some(wanted) = &pipeline.client else {
        if project.clients.len() == 1 {
            return project.clients.values().next();
        }
        problems.push(
            Diagnostic::error(code::WHICH_CLIENT, "this pipeline does not say whose it is")
                .at(&pipeline.name.span)
                .expected(format!("`client:` with {}", one_of(names())))
                .help(format!(
                    "write `client: {}`",
                    names().next().unwrap_or("acme")
                )),
        );
        return None;
    };
    let found = project.clients.get(&wanted.value);
    if found.is_none() {
        problems.push(
            Diagnostic::error(
                code::UNKNOWN_CLIENT,
                format!("there is no client `{}`", wanted.value),
            )
            .at(&wanted.span)
            .expected(one_of(names()))
            .maybe_help(did_you_mean(&wanted.value, names())),
        );
    }
    found
}

/// `except` names calendars that the client keeps.
fn calendars(client: &Client, pipeline: &Pipeline, problems: &mut Vec<Diagnostic>) {
    for name in pipeline
        .triggers
        .schedules
        .iter()
        .flat_map(|schedule| &schedule.except)
    {
        let kept = || {
            client
                .calendars
                .iter()
                .map(|calendar| calendar.value.as_str())
        };
        if kept().any(|calendar| calendar == name.value) {
            continue;
        }
        let found = Diagnostic::error(
            code::UNKNOWN_CALENDAR,
            format!(
                "the client `{}` keeps no calendar `{}`",
                client.name, name.value
            ),
        )
        .at(&name.span);
        problems.push(
            if kept().next().is_some() {
                found
                    .expected(one_of(kept()))
                    .maybe_help(did_you_mean(&name.value, kept()))
            } else {
                found
            }
            .related(&client.span, "the client's `calendars` list what it keeps")
            .help(format!(
                "write under the client:\ncalendars: [{}]",
                name.value
            )),
        );
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

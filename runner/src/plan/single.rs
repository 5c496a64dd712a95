//! One account or one plugin by itself, for calls outside a pipeline: the same checks and the same grants.

use serde_json::Value as Json;

use super::grants::Config;
use super::{Checker, Grants, PlannedAccount, Plugins};
use crate::diagnostic::{Diagnostic, Span, code, did_you_mean};
use crate::pipeline::Template;
use crate::project::Project;

/// An account with its plugins, and the client that it belongs to.
///
/// # Errors
/// Everything that is wrong with it.
pub fn account_for(
    project: &Project,
    plugins: &dyn Plugins,
    name: &str,
) -> Result<(String, PlannedAccount), Vec<Diagnostic>> {
    let Some(account) = project.accounts.get(name) else {
        let near = did_you_mean(name, project.accounts.keys().map(String::as_str));
        return Err(vec![
            Diagnostic::error(
                code::UNKNOWN_ACCOUNT,
                format!("there is no account `{name}`"),
            )
            .maybe_help(near),
        ]);
    };
    let mut checker = Checker::new(project, plugins);
    match checker.account(account) {
        Some(planned) if !checker.problems.iter().any(Diagnostic::is_error) => {
            Ok((account.client.value.clone(), planned))
        }
        _ => Err(checker.problems),
    }
}

/// What a plugin may do when it is called with that configuration, which counts as written by the operator.
///
/// # Errors
/// When a grant is missing.
pub fn grants_for(
    project: &Project,
    plugins: &dyn Plugins,
    name: &str,
    config: &Json,
) -> Result<Grants, Vec<Diagnostic>> {
    let mut checker = Checker::new(project, plugins);
    let place = Span::beginning(&project.source);
    let Some(plugin) = checker.plugin(name, &place) else {
        return Err(checker.problems);
    };
    let written = Template::Literal(config.clone());
    let config = Config {
        written: &written,
        filled: &written,
        node: None,
    };
    let grants = checker.grants(name, plugin, &config, &place);
    if checker.problems.iter().any(Diagnostic::is_error) {
        Err(checker.problems)
    } else {
        Ok(grants)
    }
}

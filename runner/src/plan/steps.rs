//! Steps: plugins and operations, configuration, and what each may do.

use std::sync::Arc;

use serde_json::Value as Json;

use super::config::{self, Place};
use super::grants::Config;
use super::{Checker, Grants, Known, PlannedStep, StepKind};
use crate::diagnostic::{Diagnostic, code, did_you_mean, one_of};
use crate::pipeline::{Action, Pipeline, Step, Template, Use};
use crate::plugin::manifest::{Interface, Operation};
use crate::project::Client;

/// Resolves every step by itself; None for one that is wrong. Inputs are connected afterwards.
pub(super) fn resolve(
    checker: &mut Checker<'_>,
    pipeline: &Pipeline,
    client: Option<&Client>,
) -> Vec<Option<PlannedStep>> {
    pipeline
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| match &step.action {
            Action::Use(call) => checker.call(index, step, call, client),
            Action::Publish(publish) => {
                let accounts: Vec<_> = publish
                    .accounts
                    .iter()
                    .map(|name| checker.publish_account(name, client))
                    .collect();
                let accounts: Option<Vec<_>> = accounts.into_iter().collect();
                Some(planned(
                    index,
                    step,
                    StepKind::Publish {
                        accounts: accounts?,
                        approval: publish.approval,
                    },
                ))
            }
        })
        .collect()
}

fn planned(index: usize, step: &Step, kind: StepKind) -> PlannedStep {
    PlannedStep {
        index,
        id: step.id.value.clone(),
        span: step.span.clone(),
        inputs: Vec::new(),
        kind,
        template: Template::Literal(Json::Object(serde_json::Map::new())),
        condition: step.condition.clone(),
        timeout: step.timeout.as_ref().map(|timeout| timeout.value),
        retry: step.retry,
        continue_on_error: step.continue_on_error,
        grants: Grants::default(),
        schema: None,
        with: None,
    }
}

impl Checker<'_> {
    fn call(
        &mut self,
        index: usize,
        step: &Step,
        call: &Use,
        client: Option<&Client>,
    ) -> Option<PlannedStep> {
        let plugin = self.plugin(&call.plugin.value, &call.plugin.span)?;
        let operation = self.operation(call, plugin)?;
        let (name, op) = (call.plugin.value.clone(), call.operation.value.clone());
        let kind = match operation.interface {
            Interface::Source => StepKind::Source {
                plugin: name,
                operation: op,
            },
            Interface::Rule => StepKind::Rule {
                plugin: name,
                operation: op,
                per: operation.per,
                accounts: Vec::new(),
            },
            Interface::Metric => StepKind::Metric {
                plugin: name,
                operation: op,
            },
            Interface::Inbox | Interface::Insights | Interface::Directory => StepKind::Account {
                accounts: self.own_accounts(call, client)?,
                plugin: name,
                operation: op,
                interface: operation.interface,
            },
            Interface::Network | Interface::Publisher => {
                self.problems.push(
                    Diagnostic::error(code::NOT_A_STEP, format!("`{name}/{op}` can't be a step"))
                        .at(&call.operation.span)
                        .expected(
                            "an operation that brings records in, adapts them or computes figures",
                        )
                        .help("to post, write `publish` with the names of accounts"),
                );
                return None;
            }
        };
        let filled = config::with_defaults(&operation.config, &call.config);
        let place = Place {
            node: call.with.as_ref(),
            key: &call.operation.span,
            what: &format!("`with` of `{}/{}`", call.plugin.value, call.operation.value),
        };
        config::validate(&operation.config, &filled, &place, &mut self.problems);
        let grants = self.grants(
            &call.plugin.value,
            plugin,
            &Config {
                written: &call.config,
                filled: &filled,
                node: call.with.as_ref(),
            },
            &call.plugin.span,
        );
        Some(PlannedStep {
            template: filled,
            grants,
            schema: Some(Arc::new(operation.config.clone())),
            with: call.with.clone(),
            ..planned(index, step, kind)
        })
    }

    fn operation<'m>(&mut self, call: &Use, plugin: Known<'m>) -> Option<&'m Operation> {
        let name = &call.operation.value;
        let Some(operation) = plugin.manifest.operations.get(name) else {
            let names = || plugin.manifest.operations.keys().map(String::as_str);
            let found = Diagnostic::error(
                code::UNKNOWN_OPERATION,
                format!(
                    "the plugin `{}` has no operation `{name}`",
                    call.plugin.value
                ),
            )
            .at(&call.operation.span);
            let network = plugin.exports.contains(&Interface::Network);
            self.problems.push(match names().next() {
                Some(_) => found
                    .expected(one_of(names()))
                    .maybe_help(did_you_mean(name, names())),
                None if network => {
                    found.help("it is a network: name its accounts in a step with `publish`")
                }
                None => found.help("it offers no operations at all"),
            });
            return None;
        };
        if !plugin.exports.contains(&operation.interface) {
            self.problems.push(
                Diagnostic::error(
                    code::NOT_EXPORTED,
                    format!(
                        "the plugin `{}` promises `{name}` and does not export `{}`",
                        call.plugin.value,
                        operation.interface.name()
                    ),
                )
                .at(&call.operation.span)
                .help("this is a defect of the plugin: its manifest and its component disagree"),
            );
            return None;
        }
        Some(operation)
    }

    /// The client's accounts whose network is this plugin, or that publish through it.
    fn own_accounts(&mut self, call: &Use, client: Option<&Client>) -> Option<Vec<String>> {
        let client = client?;
        let own: Vec<_> = self
            .project
            .accounts
            .values()
            .filter(|account| {
                let plugin = &call.plugin.value;
                let via = account.via.as_ref().is_some_and(|via| via.value == *plugin);
                account.client.value == client.name && (account.network.value == *plugin || via)
            })
            .cloned()
            .collect();
        if own.is_empty() {
            self.problems.push(
                Diagnostic::error(
                    code::UNKNOWN_ACCOUNT,
                    format!(
                        "`{}` has no account on `{}`",
                        client.name, call.plugin.value
                    ),
                )
                .at(&call.plugin.span)
                .help(format!(
                    "add one to `{}`:\naccounts:\n  {}-{}: {{ client: {}, network: {} }}",
                    self.project.source.path(),
                    client.name,
                    call.plugin.value,
                    client.name,
                    call.plugin.value
                )),
            );
            return None;
        }
        let planned: Vec<_> = own.iter().map(|account| self.account(account)).collect();
        planned
            .into_iter()
            .map(|account| account.map(|account| account.account))
            .collect()
    }
}

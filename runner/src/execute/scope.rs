//! What steps know of each other: outputs for input, values for expressions.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::runtime::Runtime;
use super::trigger::Trigger;
use crate::contract::types::{Json, Record};
use crate::diagnostic::Diagnostic;
use crate::journal::{Failure, FailureKind, RunState};
use crate::pipeline::Context;
use crate::plan::{Plan, PlannedStep};

/// The steps so far.
pub(super) struct Scope<'a> {
    plan: &'a Plan,
    context: Context,
    /// Pages of each step that has output, by index.
    pages: HashMap<usize, u32>,
    /// Steps that gave nothing because they were skipped or failed.
    without: HashMap<usize, String>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        runtime: &Runtime,
        plan: &'a Plan,
        run: &RunState,
        trigger: &Trigger,
    ) -> Self {
        let mut context = Context::new();
        context.set(
            "trigger",
            json!({"kind": trigger.kind, "time": time(trigger.at), "files": trigger.files, "payload": null}),
        );
        context.set(
            "run",
            json!({"id": run.run, "started": time(run.started), "pipeline": plan.name}),
        );
        let client = runtime.project.clients.get(&plan.client);
        context.set(
            "client",
            json!({
                "name": plan.client,
                "title": client.map(|client| client.title.clone()),
                "time_zone": client.map(|client| client.time_zone.clone()),
                "language": client.and_then(|client| client.languages.first().cloned()),
            }),
        );
        Self {
            plan,
            context,
            pages: HashMap::new(),
            without: HashMap::new(),
        }
    }

    pub(super) fn done(
        &mut self,
        step: &PlannedStep,
        count: u64,
        pages: u32,
        bad: u64,
        first: Value,
        last: Value,
    ) {
        self.pages.insert(step.index, pages);
        let value = json!({
            "ok": true, "count": count, "failed": bad, "skipped": false, "error": null, "first": first, "last": last,
        });
        self.context.set_step(&step.id, value);
    }

    pub(super) fn skipped(&mut self, step: &PlannedStep) {
        self.nothing(
            step,
            json!({"ok": true, "skipped": true}),
            "was skipped".into(),
        );
    }

    pub(super) fn failed(&mut self, step: &PlannedStep, why: &str) {
        self.nothing(
            step,
            json!({"ok": false, "skipped": false, "error": why, "failed": 1}),
            "failed".into(),
        );
    }

    fn nothing(&mut self, step: &PlannedStep, mut value: Value, why: String) {
        if let Some(fields) = value.as_object_mut() {
            for (name, usual) in [
                ("count", json!(0)),
                ("failed", json!(0)),
                ("error", Value::Null),
                ("first", Value::Null),
                ("last", Value::Null),
            ] {
                fields.entry(name).or_insert(usual);
            }
        }
        self.context.set_step(&step.id, value);
        self.without.insert(step.index, why);
    }

    /// Why a step is not executed, if it is not.
    pub(super) fn unwanted(&self, step: &PlannedStep) -> Option<String> {
        if let Some(condition) = &step.condition {
            match condition.truthy(&self.context) {
                Ok(true) => {}
                Ok(false) => return Some(format!("`{}` is not true", condition.text())),
                Err(problem) => {
                    return Some(format!("its `if` can't be decided: {}", message(&problem)));
                }
            }
        }
        let inputs = &step.inputs;
        if !inputs.is_empty() && inputs.iter().all(|index| self.without.contains_key(index)) {
            let index = inputs.first()?;
            let before = self.plan.steps.get(*index)?;
            return Some(format!(
                "`{}`, which it reads, {}",
                before.id,
                self.without.get(index)?
            ));
        }
        None
    }

    /// The step's configuration, its expressions computed.
    pub(super) fn config(&self, step: &PlannedStep) -> Result<Json, Failure> {
        let value = step.config(&self.context).map_err(|problems| Failure {
            kind: FailureKind::InvalidConfig,
            message: problems.iter().map(message).collect::<Vec<_>>().join("; "),
        })?;
        Ok(value.to_string())
    }

    /// The steps that it reads, with their pages.
    pub(super) fn input(&self, step: &PlannedStep) -> Vec<(&'a str, u32)> {
        let plan = self.plan;
        let pages =
            |index: &usize| Some((plan.steps.get(*index)?.id.as_str(), *self.pages.get(index)?));
        step.inputs.iter().filter_map(pages).collect()
    }
}

fn message(problem: &Diagnostic) -> String {
    problem
        .to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_string()
}

fn time(at: i64) -> String {
    jiff::Timestamp::from_millisecond(at)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// A record as expressions see it: what is inside, without the name of its kind.
pub(super) fn plain(record: &Record) -> Value {
    match super::deliver::to_json(record) {
        Value::Object(outer) if outer.len() == 1 => outer
            .into_iter()
            .next()
            .map_or(Value::Null, |(_, inner)| inner),
        other => other,
    }
}

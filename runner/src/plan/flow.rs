//! Which step reads which, and what follows from it: a rule works for the accounts of the publications behind it.

use super::{Checker, PlannedStep, StepKind};
use crate::diagnostic::{Diagnostic, Span, code, did_you_mean, one_of};
use crate::pipeline::{Action, Pipeline, Step};
use crate::plugin::manifest::Interface;

/// What a step puts out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Output {
    Posts,
    Receipts,
    Figures,
    Interactions,
    /// The step itself is wrong; nothing is concluded from it.
    Unknown,
}

impl Output {
    fn of(step: Option<&PlannedStep>) -> Self {
        match step.map(|step| &step.kind) {
            None => Self::Unknown,
            Some(StepKind::Source { .. } | StepKind::Rule { .. }) => Self::Posts,
            Some(StepKind::Publish { .. }) => Self::Receipts,
            Some(StepKind::Metric { .. }) => Self::Figures,
            Some(StepKind::Account { interface, .. }) if *interface == Interface::Insights => {
                Self::Figures
            }
            Some(StepKind::Account { .. }) => Self::Interactions,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Posts | Self::Unknown => "posts",
            Self::Receipts => "receipts",
            Self::Figures => "figures",
            Self::Interactions => "interactions",
        }
    }
}

/// Sets every input, and the accounts of every rule. Gives the steps that are right.
pub(super) fn connect(
    checker: &mut Checker<'_>,
    pipeline: &Pipeline,
    mut planned: Vec<Option<PlannedStep>>,
) -> Vec<PlannedStep> {
    let inputs: Vec<Vec<usize>> = pipeline
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| inputs(checker, pipeline, &planned, index, step))
        .collect();
    for (step, input) in planned.iter_mut().zip(&inputs) {
        if let Some(step) = step {
            step.inputs.clone_from(input);
        }
    }
    for index in 0..planned.len() {
        let behind = behind(&inputs, &planned, pipeline, index);
        let Some(step) = planned.get_mut(index).and_then(Option::as_mut) else {
            continue;
        };
        if let StepKind::Rule { accounts, .. } = &mut step.kind {
            *accounts = behind.accounts;
        }
        let place = pipeline
            .steps
            .get(index)
            .map_or_else(|| step.span.clone(), head);
        warn(checker, step, &place, behind.read, behind.published);
    }
    planned.into_iter().flatten().collect()
}

fn head(step: &Step) -> Span {
    match &step.action {
        Action::Use(call) => Span::new(
            &call.plugin.span.source,
            call.plugin.span.start as usize,
            call.operation.span.end as usize,
        ),
        Action::Publish(publish) => publish.span.clone(),
    }
}

/// The steps that a step reads; what is wrong with them is reported.
fn inputs(
    checker: &mut Checker<'_>,
    pipeline: &Pipeline,
    planned: &[Option<PlannedStep>],
    index: usize,
    step: &Step,
) -> Vec<usize> {
    let kind = planned
        .get(index)
        .and_then(Option::as_ref)
        .map(|step| &step.kind);
    let brings_in = match kind {
        Some(StepKind::Source { .. }) => true,
        Some(StepKind::Account { interface, .. }) => *interface == Interface::Inbox,
        _ => false,
    };
    if brings_in {
        if let Some(from) = step.from.first() {
            checker.problems.push(
                Diagnostic::error(
                    code::KEY_NOT_HERE,
                    "a step that brings records in reads no other step",
                )
                .at(&from.span)
                .help("remove `from`"),
            );
        }
        return Vec::new();
    }
    let mut found = Vec::new();
    for from in &step.from {
        match earlier(pipeline, index, &from.value) {
            Ok(at) if found.iter().any(|(known, _)| *known == at) => {}
            Ok(at) => found.push((at, from.span.clone())),
            Err(problem) => checker.problems.push(problem.at(&from.span)),
        }
    }
    if step.from.is_empty() {
        found.extend(index.checked_sub(1).map(|before| (before, head(step))));
        if found.is_empty() {
            // A step that is wrong itself may bring records in once it is mended.
            if !matches!(kind, None | Some(StepKind::Account { .. })) {
                checker.problems.push(
                    Diagnostic::error(code::NOTHING_TO_DO, "the first step has nothing to work on")
                        .at(&head(step))
                        .expected("a step before it that brings records in")
                        .help("for example:\n- uses: feed/fetch\n  with: { url: \"https://blog.acme.example/feed.xml\" }"),
                );
            }
            return Vec::new();
        }
    }
    found.retain(|(at, place)| {
        let output = Output::of(planned.get(*at).and_then(Option::as_ref));
        match kind {
            Some(StepKind::Rule { .. } | StepKind::Publish { .. })
                if !matches!(output, Output::Posts | Output::Unknown) =>
            {
                checker
                    .problems
                    .push(no_posts(pipeline, planned, index, *at, output).at(place));
                false
            }
            // Figures of an account need no receipts.
            Some(StepKind::Account { .. }) => !step.from.is_empty() || output == Output::Receipts,
            _ => true,
        }
    });
    found.into_iter().map(|(at, _)| at).collect()
}

/// A step that needs posts reads one that has none.
fn no_posts(
    pipeline: &Pipeline,
    planned: &[Option<PlannedStep>],
    index: usize,
    found: usize,
    output: Output,
) -> Diagnostic {
    let posts = (0..index)
        .rev()
        .find(|&at| Output::of(planned.get(at).and_then(Option::as_ref)) == Output::Posts)
        .and_then(|at| pipeline.steps.get(at));
    let before = pipeline
        .steps
        .get(found)
        .map_or("", |step| step.id.value.as_str());
    Diagnostic::error(
        code::NOTHING_TO_DO,
        format!(
            "this step needs posts, and the step `{before}` puts out {}",
            output.name()
        ),
    )
    .maybe_help(posts.map(|step| format!("write `from: {}`", step.id.value)))
}

/// The earlier step of that id.
fn earlier(pipeline: &Pipeline, index: usize, id: &str) -> Result<usize, Diagnostic> {
    let ids = || {
        pipeline
            .steps
            .iter()
            .take(index)
            .map(|step| step.id.value.as_str())
    };
    let known = |found: Diagnostic| match ids().next() {
        Some(_) => found
            .expected(one_of(ids()))
            .maybe_help(did_you_mean(id, ids())),
        None => found.expected("no `from`: this is the first step"),
    };
    match pipeline.steps.iter().position(|step| step.id.value == id) {
        Some(found) if found < index => Ok(found),
        Some(found) if found == index => Err(known(Diagnostic::error(
            code::STEP_ORDER,
            "a step can't read its own output",
        ))),
        Some(_) => Err(known(Diagnostic::error(
            code::STEP_ORDER,
            format!(
                "the step `{id}` comes later: data go one way, from the first step to the last"
            ),
        ))),
        None => Err(known(Diagnostic::error(
            code::UNKNOWN_STEP,
            format!("there is no step `{id}`"),
        ))),
    }
}

#[derive(Default)]
struct Behind {
    /// Of all publications that get this step's posts.
    accounts: Vec<String>,
    /// Some step reads it.
    read: bool,
    published: bool,
}

fn behind(
    inputs: &[Vec<usize>],
    planned: &[Option<PlannedStep>],
    pipeline: &Pipeline,
    index: usize,
) -> Behind {
    let mut all = Behind::default();
    // Inputs point backwards only, so one pass reaches everything.
    let mut reached = vec![false; inputs.len()];
    if let Some(first) = reached.get_mut(index) {
        *first = true;
    }
    for (at, read) in inputs.iter().enumerate().skip(index + 1) {
        if !read.iter().any(|from| reached.get(*from) == Some(&true)) {
            continue;
        }
        all.read |= read.contains(&index);
        match planned
            .get(at)
            .and_then(Option::as_ref)
            .map(|step| &step.kind)
        {
            Some(StepKind::Rule { .. }) => {
                if let Some(reached) = reached.get_mut(at) {
                    *reached = true;
                }
            }
            Some(StepKind::Publish { accounts, .. }) => {
                all.published = true;
                for account in accounts {
                    if !all.accounts.contains(&account.account) {
                        all.accounts.push(account.account.clone());
                    }
                }
            }
            // A step that is wrong may well publish once it is mended: no second complaint.
            None => all.published |= pipeline.steps.len() > at,
            _ => {}
        }
    }
    all
}

fn warn(checker: &mut Checker<'_>, step: &PlannedStep, place: &Span, read: bool, published: bool) {
    match &step.kind {
        StepKind::Rule { .. } if !published => checker.problems.push(
            Diagnostic::warning(
                code::RULE_UNUSED,
                format!("no publication follows the rule `{}`", step.id),
            )
            .at(place)
            .note("a rule adapts posts to the accounts that they go to; here there are none")
            .help("add a step with `publish` behind it, or remove it"),
        ),
        StepKind::Source { .. } if !read => checker.problems.push(
            Diagnostic::warning(
                code::STEP_UNUSED,
                format!("nobody uses what the step `{}` brings in", step.id),
            )
            .at(place)
            .help(format!(
                "add a step that reads it (`from: {}`), or remove it",
                step.id
            )),
        ),
        _ => {}
    }
}

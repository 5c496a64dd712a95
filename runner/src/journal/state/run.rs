//! Runs, their steps and the cursors of their sources.

use super::super::event::{Event, Logged, Outcome};
use super::illegal::{IllegalTransition, Machine, Reason};
use super::model::{CursorState, EffectCounts, RunState, State, StepState};
use super::status::{RUN, RunStatus, STEP, StepStatus, next};
use super::{end_of, illegal, name_of, said};

pub(super) fn apply(state: &mut State, logged: &Logged) -> Result<(), IllegalTransition> {
    let refuse = |reason| illegal(Machine::Run, &logged.run, &logged.event, reason);
    let status = state.runs.get(&logged.run).map(|run| run.status);
    match &logged.event {
        Event::RunStarted {
            pipeline,
            client,
            plan,
            trigger,
        } => {
            let status = next(RUN, status, "run-started").ok_or_else(|| refuse(said(status)))?;
            let run = RunState {
                run: logged.run.clone(),
                order: state.begun,
                pipeline: pipeline.clone(),
                client: client.clone(),
                plan: plan.clone(),
                trigger: trigger.clone(),
                status,
                started: logged.at,
                ended: None,
                resumed: 0,
                next_seq: 0,
                effects: EffectCounts::default(),
                steps: Vec::new(),
            };
            state.begun += 1;
            state.runs.insert(logged.run.clone(), run);
            Ok(())
        }
        event => {
            let run = state
                .runs
                .get_mut(&logged.run)
                .ok_or_else(|| refuse(Reason::UnknownRun))?;
            match event {
                Event::RunResumed => resume(run, logged),
                Event::RunDone { outcome } => {
                    end(run, *outcome, logged)?;
                    if outcome.accounts_for_everything() {
                        move_cursors(state, &logged.run);
                    }
                    Ok(())
                }
                _ if run.status != RunStatus::Running => Err(refuse(Reason::RunOver)),
                _ => step(run, logged),
            }
        }
    }
}

fn resume(run: &mut RunState, logged: &Logged) -> Result<(), IllegalTransition> {
    run.status = next(RUN, Some(run.status), "run-resumed").ok_or_else(|| {
        illegal(
            Machine::Run,
            &run.run,
            &logged.event,
            said(Some(run.status)),
        )
    })?;
    run.ended = None;
    run.resumed += 1;
    stop_steps(run, logged, "run-resumed");
    Ok(())
}

fn end(run: &mut RunState, outcome: Outcome, logged: &Logged) -> Result<(), IllegalTransition> {
    let refuse = |reason| illegal(Machine::Run, &logged.run, &logged.event, reason);
    let status = next(RUN, Some(run.status), end_of(outcome))
        .ok_or_else(|| refuse(said(Some(run.status))))?;
    if run.effects.pending > 0 {
        return Err(refuse(Reason::Pending(run.effects.pending)));
    }
    if outcome.accounts_for_everything()
        && let Some(open) = run.steps.iter().find(|step| match step.status {
            StepStatus::Running | StepStatus::Stopped => true,
            StepStatus::Failed => !step.tolerated,
            StepStatus::Done | StepStatus::Skipped => false,
        })
    {
        return Err(refuse(Reason::Unfinished(open.step.clone())));
    }
    let EffectCounts {
        failed, in_doubt, ..
    } = run.effects;
    if outcome == Outcome::Done && failed + in_doubt > 0 {
        return Err(refuse(Reason::Hidden { failed, in_doubt }));
    }
    run.status = status;
    run.ended = Some(logged.at);
    stop_steps(run, logged, "run-done");
    if !outcome.accounts_for_everything() {
        for step in &mut run.steps {
            step.moves = None;
        }
    }
    Ok(())
}

/// Steps that were running when the run ended or was cut off.
fn stop_steps(run: &mut RunState, logged: &Logged, what: &str) {
    for step in &mut run.steps {
        if let Some(status) = next(STEP, Some(step.status), what) {
            step.status = status;
            step.ended = Some(logged.at);
        }
    }
}

/// The one place where a cursor moves.
fn move_cursors(state: &mut State, run: &str) {
    let Some(run) = state.runs.get(run) else {
        return;
    };
    for step in &run.steps {
        let (Some(source), Some(cursor)) = (&step.moves, &step.cursor) else {
            continue;
        };
        let name = (run.pipeline.clone(), source.clone());
        let newer = |known: &CursorState| known.order > run.order;
        if !state.cursors.get(&name).is_some_and(newer) {
            let moved = CursorState {
                cursor: cursor.clone(),
                run: run.run.clone(),
                order: run.order,
            };
            state.cursors.insert(name, moved);
        }
    }
}

fn step(run: &mut RunState, logged: &Logged) -> Result<(), IllegalTransition> {
    let (Event::StepStarted { step: name, .. }
    | Event::PageDone { step: name, .. }
    | Event::StepDone { step: name, .. }
    | Event::StepFailed { step: name, .. }
    | Event::StepSkipped { step: name, .. }
    | Event::CursorMoved { step: name, .. }) = &logged.event
    else {
        let reason = Reason::Shape("it is no event of a step");
        return Err(illegal(Machine::Run, &run.run, &logged.event, reason));
    };
    let refuse = |reason| illegal(Machine::Step, name, &logged.event, reason);
    let index = run.steps.iter().position(|step| step.step == *name);
    let status = index.map(|index| run.steps[index].status);
    let status = next(STEP, status, name_of(&logged.event)).ok_or_else(|| refuse(said(status)))?;
    let index = index.unwrap_or_else(|| {
        run.steps.push(unknown(name, status, logged));
        run.steps.len() - 1
    });
    let step = &mut run.steps[index];
    match &logged.event {
        Event::StepStarted { from, restart, .. } => {
            if *restart {
                step.pages = 0;
                step.count = 0;
                step.cursor = None;
            }
            if step.pages == 0 {
                step.from.clone_from(from);
            }
            step.started = logged.at;
            step.ended = None;
            step.failure = None;
            step.tolerated = false;
            step.skipped = None;
        }
        Event::PageDone {
            page,
            count,
            cursor,
            ..
        } => {
            if *page != step.pages {
                let (expected, found) = (step.pages, *page);
                return Err(refuse(Reason::Page { expected, found }));
            }
            step.pages += 1;
            step.count += count;
            step.cursor.clone_from(cursor);
        }
        Event::StepDone { count, notes, .. } => {
            if *count != step.count {
                let (expected, found) = (step.count, *count);
                return Err(refuse(Reason::Count { expected, found }));
            }
            step.notes.clone_from(notes);
            step.ended = Some(logged.at);
        }
        Event::StepFailed {
            failure, tolerated, ..
        } => {
            step.failure = Some(failure.clone());
            step.tolerated = *tolerated;
            step.ended = Some(logged.at);
        }
        Event::StepSkipped { why, .. } => {
            step.skipped = Some(why.clone());
            step.ended = Some(logged.at);
        }
        Event::CursorMoved { source, cursor, .. } => {
            if step.cursor.as_ref() != Some(cursor) {
                return Err(refuse(Reason::Cursor));
            }
            step.moves = Some(source.clone());
        }
        _ => {}
    }
    step.status = status;
    Ok(())
}

fn unknown(name: &str, status: StepStatus, logged: &Logged) -> StepState {
    StepState {
        step: name.to_owned(),
        status,
        started: logged.at,
        ended: None,
        from: None,
        pages: 0,
        count: 0,
        cursor: None,
        moves: None,
        notes: Vec::new(),
        failure: None,
        tolerated: false,
        skipped: None,
    }
}

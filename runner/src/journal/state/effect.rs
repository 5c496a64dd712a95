//! Effects: one publication each, and the run that owns it.

use super::super::event::{Event, Finding, Instant, Intent, Logged, Progress};
use super::illegal::{IllegalTransition, Machine, Reason};
use super::model::{EffectState, State};
use super::status::{EFFECT, EffectStatus, RunStatus, next};
use super::{illegal, name_of, said};

pub(super) fn apply(state: &mut State, logged: &Logged) -> Result<(), IllegalTransition> {
    let event = &logged.event;
    let Some(key) = event.effect() else {
        return Ok(());
    };
    let refuse = |reason| illegal(Machine::Effect, key, event, reason);
    let run = state
        .runs
        .get(&logged.run)
        .ok_or_else(|| refuse(Reason::UnknownRun))?;
    let open = run.status == RunStatus::Running;
    let known = state.effects.get(key);
    if known.is_none() && !matches!(event, Event::EffectIntended(_)) {
        return Err(refuse(Reason::UnknownEffect));
    }
    if let Event::EffectAliased { aliases, .. } = event {
        return alias(state, key, aliases, event);
    }

    let from = known.map(|effect| effect.status);
    let to = next(EFFECT, from, change_of(known, event)).ok_or_else(|| refuse(said(from)))?;
    if to.is_pending() && !open {
        return Err(refuse(Reason::RunOver));
    }
    let owner = known.map_or(&logged.run, |effect| &effect.run).clone();
    if only_the_owner(event) && owner != logged.run {
        return Err(refuse(Reason::NotOwner(owner)));
    }
    let partly = known.is_some_and(|effect| effect.progress.is_some());
    if let Event::EffectRetried {
        composed: Some(_), ..
    } = event
        && partly
    {
        return Err(refuse(Reason::PartlyPublished));
    }

    if let Event::EffectIntended(intent) = event {
        let taken = |name: &&String| state.names.contains_key(*name);
        if let Some(name) = names(intent).find(taken) {
            return Err(refuse(Reason::Taken(name.clone())));
        }
        for name in names(intent) {
            state.names.insert(name.clone(), key.to_owned());
        }
        let effect = intended(intent, run.client.clone(), logged);
        state.effects.insert(key.to_owned(), effect);
    }
    let Some(effect) = state.effects.get_mut(key) else {
        return Err(refuse(Reason::UnknownEffect));
    };
    change(effect, event);
    effect.status = to;
    effect.changed = logged.at;
    if takes_up(event) {
        effect.run.clone_from(&logged.run);
    }
    let new_owner = effect.run.clone();

    // The counts follow the effect, from the run that owned it to the one that owns it now.
    if let Some(from) = from
        && let Some(run) = state.runs.get_mut(&owner)
    {
        let count = run.effects.of(from);
        *count = count.saturating_sub(1);
    }
    if let Some(run) = state.runs.get_mut(&new_owner) {
        *run.effects.of(to) += 1;
    }
    Ok(())
}

fn names(intent: &Intent) -> impl Iterator<Item = &String> {
    std::iter::once(&intent.key).chain(&intent.aliases)
}

/// The event's name in the table of changes.
fn change_of(known: Option<&EffectState>, event: &Event) -> &'static str {
    let partly = known.is_some_and(|effect| effect.progress.is_some());
    match event {
        Event::EffectSettled { finding, .. } => match finding {
            Finding::Posted { .. } => "effect-settled: posted",
            Finding::Again(_) => "effect-settled: again",
            Finding::Absent => "effect-settled: absent",
        },
        Event::EffectRetried { .. } if partly => "effect-retried with progress",
        Event::EffectReleased { .. } if partly => "effect-released with progress",
        event => name_of(event),
    }
}

/// Events of the executor that makes the effect; another run's executor has no business with it.
fn only_the_owner(event: &Event) -> bool {
    matches!(
        event,
        Event::EffectCalling { .. }
            | Event::EffectProgress { .. }
            | Event::EffectDone { .. }
            | Event::EffectFailed { .. }
            | Event::EffectInDoubt { .. }
    )
}

/// Events by which a run becomes the effect's owner.
fn takes_up(event: &Event) -> bool {
    matches!(
        event,
        Event::EffectRetried { .. } | Event::EffectReleased { .. } | Event::EffectSettled { .. }
    )
}

fn intended(intent: &Intent, client: String, logged: &Logged) -> EffectState {
    EffectState {
        key: intent.key.clone(),
        aliases: intent.aliases.clone(),
        client,
        account: intent.account.clone(),
        step: intent.step.clone(),
        post: intent.post.clone(),
        run: logged.run.clone(),
        status: EffectStatus::Intended,
        intended: logged.at,
        changed: logged.at,
        attempt: 0,
        not_before: intent.not_before,
        progress: None,
        note: None,
        receipt: None,
        failure: None,
        why: None,
        reasons: None,
        by: None,
    }
}

fn change(effect: &mut EffectState, event: &Event) {
    match event {
        Event::EffectCalling { .. } => {
            effect.attempt += 1;
            effect.not_before = None;
        }
        Event::EffectProgress { progress, .. } => go_on(effect, progress),
        Event::EffectDone { receipt, .. } => done(effect, receipt),
        Event::EffectFailed { failure, .. } => effect.failure = Some(failure.clone()),
        Event::EffectRetried { not_before, .. } => wait(effect, *not_before),
        Event::EffectInDoubt { why, .. } => effect.why = Some(why.clone()),
        Event::EffectSettled { finding, by, .. } => {
            effect.why = None;
            effect.by = Some(by.clone());
            match finding {
                Finding::Posted { receipt } => done(effect, receipt),
                Finding::Again(progress) => go_on(effect, progress),
                Finding::Absent => {
                    effect.failure = Some(super::super::event::Failure {
                        kind: super::super::event::FailureKind::NotThere,
                        message: format!("certainly not there: {by}"),
                    });
                }
            }
        }
        Event::EffectHeld { why, .. } => effect.why = Some(why.clone()),
        Event::EffectReleased { by, not_before, .. } => {
            effect.by = Some(by.clone());
            wait(effect, *not_before);
        }
        Event::EffectRefused { reasons, .. } => {
            effect.why = None;
            effect.reasons = Some(reasons.clone());
        }
        Event::ReceiptUpdated { receipt, by, .. } => {
            effect.by = Some(by.clone());
            effect.receipt = Some(receipt.clone());
        }
        _ => {}
    }
}

fn go_on(effect: &mut EffectState, progress: &Progress) {
    effect.progress = Some(progress.progress.clone());
    effect.note = Some(progress.note.clone());
    effect.not_before = progress.not_before;
    effect.attempt = 0;
}

fn done(effect: &mut EffectState, receipt: &serde_json::Value) {
    effect.receipt = Some(receipt.clone());
    effect.failure = None;
    effect.not_before = None;
}

fn wait(effect: &mut EffectState, not_before: Option<Instant>) {
    effect.not_before = not_before;
    effect.failure = None;
    effect.why = None;
    effect.reasons = None;
}

fn alias(
    state: &mut State,
    key: &str,
    aliases: &[String],
    event: &Event,
) -> Result<(), IllegalTransition> {
    if let Some(name) = aliases.iter().find(|name| state.names.contains_key(*name)) {
        let reason = Reason::Taken(name.clone());
        return Err(illegal(Machine::Effect, key, event, reason));
    }
    for name in aliases {
        state.names.insert(name.clone(), key.to_owned());
    }
    if let Some(effect) = state.effects.get_mut(key) {
        effect.aliases.extend(aliases.iter().cloned());
    }
    Ok(())
}

//! `staffetta runs`: what ran, and what became of each post.

use super::args::{Global, RunsCommand};
use super::open::{self, Workspace};
use super::output::{Output, Table, Tone, print, print_json};
use super::{Outcome, Result, Trouble};
use crate::host::visible;
use crate::journal::{
    EffectFilter, EffectState, EffectStatus, RunFilter, RunState, RunStatus, StepStatus, Store,
};

pub(super) fn run(
    global: &Global,
    command: Option<RunsCommand>,
    pipeline: Option<String>,
    limit: u32,
    output: &Output,
) -> Result {
    let workspace = Workspace::open(global)?;
    let Some(store) = workspace.reader()? else {
        if let Some(RunsCommand::Show { .. }) = command {
            return Err(Trouble::Mistake("nothing has run here yet".into(), None));
        }
        if output.json {
            print_json(&serde_json::json!({"version": 1, "runs": []}));
        } else {
            print("nothing has run here yet");
        }
        return Ok(Outcome::Done);
    };
    open::block(async {
        match command {
            None | Some(RunsCommand::List) => list(store.as_ref(), pipeline, limit, output).await,
            Some(RunsCommand::Show { run }) => show(store.as_ref(), &run, output).await,
        }
    })
}

async fn list(store: &dyn Store, pipeline: Option<String>, limit: u32, output: &Output) -> Result {
    let filter = RunFilter {
        pipeline,
        limit,
        ..RunFilter::default()
    };
    let runs = store.runs(filter).await.map_err(open::store_trouble)?;
    if output.json {
        print_json(&serde_json::json!({"version": 1, "runs": runs}));
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    table.head(&[
        "run", "pipeline", "client", "state", "posted", "failed", "in doubt", "refused", "held",
    ]);
    for run in &runs {
        let (tone, word) = status(run.status);
        let counts = &run.effects;
        table.row(vec![
            (run.run.clone(), Some(Tone::Bold)),
            (visible(&run.pipeline), None),
            (run.client.clone(), Some(Tone::Dim)),
            (word.into(), Some(tone)),
            (counts.done.to_string(), None),
            (
                counts.failed.to_string(),
                (counts.failed > 0).then_some(Tone::Bad),
            ),
            (
                counts.in_doubt.to_string(),
                (counts.in_doubt > 0).then_some(Tone::Bad),
            ),
            (counts.refused.to_string(), None),
            (counts.held.to_string(), None),
        ]);
    }
    print(&table.lines(output).join("\n"));
    Ok(Outcome::Done)
}

fn status(status: RunStatus) -> (Tone, &'static str) {
    match status {
        RunStatus::Running => (Tone::Warn, "interrupted or running"),
        RunStatus::Done => (Tone::Good, "done"),
        RunStatus::Partial => (Tone::Bad, "done in part"),
        RunStatus::Failed => (Tone::Bad, "failed"),
        RunStatus::Cancelled => (Tone::Warn, "cancelled"),
    }
}

async fn show(store: &dyn Store, wanted: &str, output: &Output) -> Result {
    let run = find(store, wanted).await?;
    let mut effects = Vec::new();
    loop {
        let after = effects
            .last()
            .map(|effect: &EffectState| effect.key.clone());
        let filter = EffectFilter {
            run: Some(run.run.clone()),
            after,
            ..EffectFilter::default()
        };
        let more = store.effects(filter).await.map_err(open::store_trouble)?;
        if more.is_empty() {
            break;
        }
        effects.extend(more);
    }
    if output.json {
        print_json(&serde_json::json!({"version": 1, "run": run, "effects": effects}));
        return Ok(Outcome::Done);
    }
    let (tone, word) = status(run.status);
    print(&format!(
        "{} {} ({}): {}",
        output.paint(Tone::Bold, &run.run),
        visible(&run.pipeline),
        run.client,
        output.paint(tone, word)
    ));
    print(&format!(
        "  started {} by {}",
        time(run.started),
        run.trigger
            .get("kind")
            .and_then(|k| k.as_str())
            .unwrap_or("somebody")
    ));
    let mut table = Table::default();
    table.head(&["step", "state", "records", ""]);
    for step in &run.steps {
        let (tone, word) = match step.status {
            StepStatus::Running => (Tone::Warn, "running"),
            StepStatus::Done => (Tone::Good, "done"),
            StepStatus::Failed => (Tone::Bad, "failed"),
            StepStatus::Skipped => (Tone::Dim, "skipped"),
            StepStatus::Stopped => (Tone::Warn, "cut off"),
        };
        let why = step
            .failure
            .as_ref()
            .map(|failure| failure.message.clone())
            .or_else(|| step.skipped.clone());
        table.row(vec![
            (step.step.clone(), Some(Tone::Bold)),
            (word.into(), Some(tone)),
            (step.count.to_string(), None),
            (visible(&why.unwrap_or_default()), Some(Tone::Dim)),
        ]);
    }
    print(&table.lines(output).join("\n"));
    if effects.is_empty() {
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    table.head(&["account", "post", "state", "proof or reason"]);
    for effect in &effects {
        let (tone, word) = effect_status(effect.status);
        table.row(vec![
            (effect.account.clone(), Some(Tone::Bold)),
            (short(&visible(&effect.post)), None),
            (word.into(), Some(tone)),
            (visible(&proof(effect)), Some(Tone::Dim)),
        ]);
    }
    print("");
    print(&table.lines(output).join("\n"));
    Ok(Outcome::Done)
}

async fn find(store: &dyn Store, wanted: &str) -> Result<RunState> {
    let runs = store
        .runs(RunFilter {
            limit: 100,
            ..RunFilter::default()
        })
        .await
        .map_err(open::store_trouble)?;
    if wanted == "last" {
        return runs
            .into_iter()
            .next()
            .ok_or_else(|| Trouble::Mistake("nothing has run here yet".into(), None));
    }
    if let Some(run) = store.run(wanted).await.map_err(open::store_trouble)? {
        return Ok(run);
    }
    let near = crate::diagnostic::did_you_mean(wanted, runs.iter().map(|run| run.run.as_str()));
    Err(Trouble::Mistake(
        format!("there is no run `{wanted}`"),
        near.or(Some("`staffetta runs` lists them".into())),
    ))
}

fn effect_status(status: EffectStatus) -> (Tone, &'static str) {
    match status {
        EffectStatus::Intended => (Tone::Warn, "intended"),
        EffectStatus::Calling => (Tone::Warn, "being posted"),
        EffectStatus::InProgress => (Tone::Warn, "in progress"),
        EffectStatus::Done => (Tone::Good, "posted"),
        EffectStatus::Failed => (Tone::Bad, "failed"),
        EffectStatus::InDoubt => (Tone::Bad, "in doubt"),
        EffectStatus::Held => (Tone::Warn, "held"),
        EffectStatus::Refused => (Tone::Warn, "refused"),
    }
}

fn proof(effect: &EffectState) -> String {
    let receipt = |name: &str| {
        effect
            .receipt
            .as_ref()?
            .get(name)?
            .as_str()
            .map(str::to_string)
    };
    let reasons = || {
        let first = effect.reasons.as_ref()?.get(0)?.get("message")?.as_str()?;
        Some(first.to_string())
    };
    receipt("url")
        .or_else(|| receipt("id"))
        .or_else(|| effect.why.clone())
        .or_else(|| {
            effect
                .failure
                .as_ref()
                .map(|failure| failure.message.clone())
        })
        .or_else(reasons)
        .or_else(|| effect.note.clone())
        .unwrap_or_default()
}

fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// A time as people write it, in the machine's zone.
fn time(at: i64) -> String {
    match jiff::Timestamp::from_millisecond(at) {
        Ok(time) => time
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .strftime("%Y-%m-%d %H:%M:%S %Z")
            .to_string(),
        Err(_) => at.to_string(),
    }
}

//! `staffetta run`: one pipeline, now; an interrupted run of it goes on first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::args::Global;
use super::open::{self, Workspace, execute_trouble};
use super::output::{Output, Table, Tone, note, print, print_json};
use super::{Outcome, Result, Trouble};
use crate::contract::types::{Cell, Record, Table as Figures};
use crate::execute::{
    Delivered, Ended, Execution, Observer, PostOutcome, Progress, Report, Stop, Trigger, records,
};
use crate::host::visible;
use crate::journal::{Outcome as RunOutcome, StepStatus, Store};
use crate::plan::{Plan, StepKind};

pub(super) fn run(
    global: &Global,
    pipeline: &Path,
    files: &[PathBuf],
    wait: u64,
    output: &Output,
) -> Result {
    let workspace = Workspace::of_pipeline(global, pipeline)?;
    let path = workspace.find(pipeline)?;
    let plan = workspace.plan(&path)?;
    let files = workspace.all_inside(files)?;
    let store: Arc<dyn Store> = workspace.store(Duration::from_secs(wait))?;
    let runtime = workspace.runtime()?;
    open::block(async {
        let stop = Stop::default();
        stop_on_signal(&stop);
        let watcher = Terminal { output: *output };
        let execution = Execution {
            runtime: &runtime,
            known: Some(Arc::clone(&store)),
            store: Arc::clone(&store),
            plan: &plan,
            observer: &watcher,
            stop: &stop,
            preview: None,
            most: None,
            from_start: false,
        };
        let mut worst = Outcome::Done;
        for run in unfinished(store.as_ref(), &plan).await? {
            note(&format!("goes on with the interrupted run {run}"));
            let report = execution.resume(&run).await.map_err(execute_trouble)?;
            worst = later(
                worst,
                tell(
                    &report,
                    &plan,
                    &tables(store.as_ref(), &plan, &report).await?,
                    output,
                ),
            );
            if report.ended == Ended::Stopped {
                return Ok(worst);
            }
        }
        if worst != Outcome::Done || stop.requested() {
            return Ok(worst);
        }
        let trigger = Trigger::manual(runtime.services.clock.now(), files);
        let report = execution.begin(&trigger).await.map_err(execute_trouble)?;
        let tables = tables(store.as_ref(), &plan, &report).await?;
        Ok(tell(&report, &plan, &tables, output))
    })
}

/// Runs of this pipeline that were cut off, the oldest first.
pub(super) async fn unfinished(store: &dyn Store, plan: &Plan) -> Result<Vec<String>> {
    let runs = store.unfinished().await.map_err(open::store_trouble)?;
    let ours = runs
        .into_iter()
        .filter(|run| run.pipeline == plan.name && run.client == plan.client);
    Ok(ours.map(|run| run.run).collect())
}

fn later(before: Outcome, now: Outcome) -> Outcome {
    if now == Outcome::Done { before } else { now }
}

/// The first Ctrl-C or SIGTERM lets what is in flight finish; the second ends the program at once, and the journal
/// knows what was being done.
pub(super) fn stop_on_signal(stop: &Stop) {
    let stop = stop.clone();
    tokio::spawn(async move {
        signal().await;
        note("stopping: what is in flight finishes first; once more to end at once");
        stop.request();
        signal().await;
        std::process::exit(130);
    });
}

async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without signals the program ends as the system ends it.
    let _ = tokio::signal::ctrl_c().await;
}

/// Shows progress on standard error.
pub(super) struct Terminal {
    pub(super) output: Output,
}

impl Observer for Terminal {
    fn progress(&self, progress: &Progress<'_>) {
        let paint = |tone, text: &str| self.output.paint_err(tone, text);
        match progress {
            Progress::StepStarted { step, what } => note(&format!(
                "{} {step} {}",
                paint(Tone::Code, "▸"),
                paint(Tone::Dim, what)
            )),
            Progress::Records { .. } => {}
            Progress::Post {
                account,
                title,
                delivered,
            } => {
                let (tone, word) = word(delivered);
                note(&format!(
                    "  {} {account}: {}",
                    paint(tone, word),
                    visible(title)
                ));
                if let Some(why) = why(delivered) {
                    note(&format!("    {}", paint(Tone::Dim, &visible(&why))));
                }
            }
            Progress::StepDone { count, notes, .. } => {
                note(&format!("  {}", paint(Tone::Dim, &records(*count))));
                for remark in *notes {
                    note(&format!(
                        "  {} {}",
                        paint(Tone::Warn, "note"),
                        visible(remark)
                    ));
                }
            }
            Progress::StepSkipped { step, why } => note(&format!(
                "{} {step} {}",
                paint(Tone::Dim, "▹"),
                paint(Tone::Dim, &format!("skipped: {why}"))
            )),
            Progress::StepFailed { why, .. } => note(&format!(
                "  {}: {}",
                paint(Tone::Bad, "failed"),
                visible(why)
            )),
        }
    }
}

fn records(count: u64) -> String {
    if count == 1 {
        "1 record".into()
    } else {
        format!("{count} records")
    }
}

/// Every word that `word` has, in the order in which they are told.
pub(super) const WORDS: [&str; 6] = [
    "posted",
    "already posted",
    "refused",
    "held",
    "failed",
    "in doubt",
];

/// One word for what became of a post.
pub(super) fn word(delivered: &Delivered) -> (Tone, &'static str) {
    match delivered {
        Delivered::Posted(_) => (Tone::Good, "posted"),
        Delivered::Already(_) => (Tone::Dim, "already posted"),
        Delivered::Refused(_) => (Tone::Warn, "refused"),
        Delivered::Failed(_) => (Tone::Bad, "failed"),
        Delivered::InDoubt(_) => (Tone::Bad, "in doubt"),
        Delivered::Held(_) => (Tone::Warn, "held"),
    }
}

/// Why it is as it is, where that needs saying.
pub(super) fn why(delivered: &Delivered) -> Option<String> {
    match delivered {
        Delivered::Posted(_) | Delivered::Already(_) => None,
        Delivered::Refused(violations) => Some(
            violations
                .iter()
                .map(|v| v.message.clone())
                .collect::<Vec<_>>()
                .join("; "),
        ),
        Delivered::Failed(failure) => Some(failure.message.clone()),
        Delivered::InDoubt(why) | Delivered::Held(why) => Some(why.clone()),
    }
}

/// The tables that the run's metrics made.
async fn tables(store: &dyn Store, plan: &Plan, report: &Report) -> Result<Vec<Figures>> {
    let mut tables = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| matches!(step.kind, StepKind::Metric { .. }))
    {
        let Some(page) = store
            .page(&report.run, &step.id, 0)
            .await
            .map_err(open::store_trouble)?
        else {
            continue;
        };
        let records =
            records::decode(&page.records).map_err(|error| Trouble::Fault(error.to_string()))?;
        tables.extend(records.into_iter().filter_map(|record| match record {
            Record::Table(table) => Some(table),
            _ => None,
        }));
    }
    Ok(tables)
}

/// A metric's table on the terminal.
fn figures(table: &Figures, output: &Output) {
    print("");
    print(&output.paint(Tone::Bold, &visible(&table.name)));
    let mut drawn = Table::default();
    let heads: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            if column.unit.is_empty() {
                column.name.clone()
            } else {
                format!("{} ({})", column.name, column.unit)
            }
        })
        .collect();
    drawn.head(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    for row in &table.rows {
        drawn.row(row.iter().map(|cell| (cell_text(cell), None)).collect());
    }
    print(&drawn.lines(output).join("\n"));
    for remark in &table.notes {
        print(&format!("  {}", output.paint(Tone::Dim, &visible(remark))));
    }
}

fn cell_text(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".into(),
        Cell::Text(text) => visible(text),
        Cell::Number(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Cell::Number(number) => format!("{number:.4}"),
        Cell::Instant(at) => jiff::Timestamp::from_millisecond(*at)
            .map(|time| time.to_string())
            .unwrap_or_default(),
        Cell::Link((text, _)) => visible(text),
    }
}

/// Prints a report and gives its outcome.
fn tell(report: &Report, plan: &Plan, tables: &[Figures], output: &Output) -> Outcome {
    if output.json {
        print_json(&json(report, plan, tables));
    } else {
        words(report, plan, output);
        for table in tables {
            figures(table, output);
        }
    }
    match report.ended {
        Ended::Over(RunOutcome::Done) => Outcome::Done,
        _ => Outcome::RunFailed,
    }
}

fn json(report: &Report, plan: &Plan, tables: &[Figures]) -> serde_json::Value {
    let post = |post: &PostOutcome| {
        let (_, word) = word(&post.delivered);
        let receipt = match &post.delivered {
            Delivered::Posted(receipt) | Delivered::Already(receipt) => Some(receipt),
            _ => None,
        };
        serde_json::json!({
            "account": post.account, "network": post.network, "post": post.post, "title": post.title,
            "outcome": word.replace(' ', "-"), "why": why(&post.delivered), "receipt": receipt,
        })
    };
    serde_json::json!({
        "version": 1,
        "run": report.run,
        "pipeline": plan.name,
        "client": plan.client,
        "resumed": report.resumed,
        "outcome": match report.ended {
            Ended::Stopped => serde_json::json!("stopped"),
            Ended::Over(outcome) => serde_json::json!(outcome),
        },
        "steps": report.steps.iter().map(|step| serde_json::json!({
            "step": step.step, "does": step.what, "status": step.status, "count": step.count, "why": step.why,
            "notes": step.notes,
        })).collect::<Vec<_>>(),
        "posts": report.posts.iter().map(post).collect::<Vec<_>>(),
        "tables": tables,
    })
}

fn words(report: &Report, plan: &Plan, output: &Output) {
    let mut by_account: BTreeMap<(&str, &str), BTreeMap<&str, usize>> = BTreeMap::new();
    for post in &report.posts {
        let counts = by_account
            .entry((&post.account, &post.network))
            .or_default();
        *counts.entry(word(&post.delivered).1).or_default() += 1;
    }
    if !by_account.is_empty() {
        let shown: Vec<&str> = WORDS
            .into_iter()
            .filter(|kind| by_account.values().any(|counts| counts.contains_key(kind)))
            .collect();
        let mut table = Table::default();
        table.head(&[&["account", "network"], shown.as_slice()].concat());
        for ((account, network), counts) in &by_account {
            let mut row = vec![
                (account.to_string(), Some(Tone::Bold)),
                (network.to_string(), Some(Tone::Dim)),
            ];
            for kind in &shown {
                let count = counts.get(kind).copied().unwrap_or(0);
                let tone = match *kind {
                    _ if count == 0 => Tone::Dim,
                    "posted" => Tone::Good,
                    "failed" | "in doubt" => Tone::Bad,
                    "refused" | "held" => Tone::Warn,
                    _ => Tone::Dim,
                };
                row.push((count.to_string(), Some(tone)));
            }
            table.row(row);
        }
        print("");
        print(&table.lines(output).join("\n"));
    }
    let posted = report
        .posts
        .iter()
        .filter(|post| matches!(post.delivered, Delivered::Posted(_)))
        .count();
    let already = report
        .posts
        .iter()
        .filter(|post| matches!(post.delivered, Delivered::Already(_)))
        .count();
    print("");
    let ended = match report.ended {
        Ended::Over(RunOutcome::Done) => output.paint(Tone::Good, "done"),
        Ended::Over(RunOutcome::Partial) => output.paint(Tone::Bad, "done in part"),
        Ended::Over(RunOutcome::Failed) => output.paint(Tone::Bad, "failed"),
        Ended::Over(RunOutcome::Cancelled) => output.paint(Tone::Warn, "cancelled"),
        Ended::Stopped => output.paint(Tone::Warn, "stopped; the same command goes on with it"),
    };
    print(&format!("{}: {ended} (run {})", plan.name, report.run));
    if posted == 0 && already > 0 {
        print(&format!(
            "nothing new: {already} posts went out before and were not posted again"
        ));
    }
    for step in report
        .steps
        .iter()
        .filter(|step| step.status == StepStatus::Failed)
    {
        let why = step.why.as_deref().unwrap_or("for no stated reason");
        note(&format!(
            "{}: step {} ({}): {}",
            output.paint_err(Tone::Bad, "failed"),
            step.step,
            step.what,
            visible(why)
        ));
    }
}

//! `staffetta serve`: waits for files and runs what they start, until it is told to stop.

use std::sync::Arc;
use std::time::Duration;

use super::args::Global;
use super::open::{self, Workspace, store_trouble};
use super::output::{Output, Tone, note};
use super::run::{Terminal, WORDS, stop_on_signal, word};
use super::{Outcome, Result, Trouble, tell_mistakes};
use crate::execute::{Ended, ExecuteError, Observer, Report, Stop, Trigger};
use crate::host::visible;
use crate::journal::Outcome as RunOutcome;
use crate::serve::{Announcer, Definitions, Reload, ServeError, Service};

pub(super) fn run(global: &Global, quiet: u64, output: &Output) -> Result {
    let workspace = Workspace::open(global)?;
    let store = workspace.store(Duration::ZERO)?;
    let definitions = Definitions::new(&workspace.project, workspace.pipelines_folder());
    let announcer = Arc::new(Terminals { output: *output });
    open::block(async {
        let stop = Stop::default();
        stop_on_signal(&stop);
        let service = Service::new(
            definitions,
            store,
            announcer,
            &stop,
            Duration::from_millis(quiet),
        )
        .map_err(trouble)?;
        service.run().await.map_err(trouble)?;
        note("stopped");
        Ok(Outcome::Done)
    })
}

fn trouble(error: ServeError) -> Trouble {
    match error {
        ServeError::Store(error) => store_trouble(error),
        other => Trouble::Fault(other.to_string()),
    }
}

/// Tells everything on standard error.
struct Terminals {
    output: Output,
}

impl Announcer for Terminals {
    fn loaded(&self, reload: &Reload) {
        let lists = [
            ("in force", &reload.added, Tone::Good),
            ("replaced", &reload.replaced, Tone::Good),
            ("removed", &reload.removed, Tone::Warn),
            (
                "faulty, and what was in force stays",
                &reload.kept,
                Tone::Bad,
            ),
        ];
        for (what, files, tone) in lists {
            for file in files {
                note(&format!("{} {file}", self.output.paint_err(tone, what)));
            }
        }
        if !reload.problems.is_empty() {
            tell_mistakes(&reload.problems, &self.output);
        }
        for remark in &reload.remarks {
            note(&format!(
                "{}: {remark}",
                self.output.paint_err(Tone::Warn, "note")
            ));
        }
        if let Some(fault) = &reload.fault {
            note(&format!(
                "{}: {fault}",
                self.output.paint_err(Tone::Bad, "error")
            ));
        }
        note("ready");
    }

    fn begins(&self, pipeline: &str, trigger: &Trigger) {
        let shown: Vec<_> = trigger
            .files
            .iter()
            .take(3)
            .map(|file| visible(file))
            .collect();
        let more = trigger.files.len().saturating_sub(shown.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        note(&format!(
            "{} begins: {}{more}",
            self.output.paint_err(Tone::Bold, &visible(pipeline)),
            shown.join(", ")
        ));
    }

    fn ended(&self, pipeline: &str, report: &Report) {
        let counts = WORDS.into_iter().filter_map(|kind| {
            let count = report
                .posts
                .iter()
                .filter(|post| word(&post.delivered).1 == kind)
                .count();
            (count > 0).then(|| format!("{count} {kind}"))
        });
        let counts: Vec<String> = counts.collect();
        let counts = if counts.is_empty() {
            "nothing to post".into()
        } else {
            counts.join(", ")
        };
        let (tone, how) = match report.ended {
            Ended::Over(RunOutcome::Done) => (Tone::Good, "done"),
            Ended::Over(RunOutcome::Partial) => (Tone::Bad, "done in part"),
            Ended::Over(RunOutcome::Failed) => (Tone::Bad, "failed"),
            Ended::Over(RunOutcome::Cancelled) => (Tone::Warn, "cancelled"),
            Ended::Stopped => (Tone::Warn, "stopped, goes on at the next start"),
        };
        let name = self.output.paint_err(Tone::Bold, &visible(pipeline));
        note(&format!(
            "{name} {}: {counts} (run {})",
            self.output.paint_err(tone, how),
            report.run
        ));
    }

    fn trouble(&self, pipeline: &str, error: &ExecuteError) {
        note(&format!(
            "{}: {}: {error}",
            self.output.paint_err(Tone::Bad, "error"),
            visible(pipeline)
        ));
    }

    fn observer(&self, _pipeline: &str) -> Box<dyn Observer> {
        Box::new(Terminal {
            output: self.output,
        })
    }
}

//! `staffetta preview`: executes sources and rules in a store of its own that is thrown away, composes every post as a
//! run would, and sends nothing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::args::Global;
use super::open::{self, Workspace, execute_trouble};
use super::output::{Output, Tone, note, print, print_json};
use super::{Outcome, Result, Trouble};
use crate::contract::types::{Post, Record};
use crate::execute::{Execution, Report, Silent, Stop, Trigger, records};
use crate::journal::{Options, SqliteStore, StepStatus, Store};
use crate::plan::{Plan, StepKind};
use crate::plugin::manifest::Layout;
use crate::preview::{self, Look, Preview};

pub(super) fn run(
    global: &Global,
    pipeline: &Path,
    html: Option<&Path>,
    limit: u64,
    all: bool,
    files: &[PathBuf],
    output: &Output,
) -> Result {
    let workspace = Workspace::of_pipeline(global, pipeline)?;
    let path = workspace.find(pipeline)?;
    let plan = workspace.plan(&path)?;
    let files = workspace.all_inside(files)?;
    let known: Option<Arc<dyn Store>> = workspace.reader()?.map(|store| store as Arc<dyn Store>);
    let runtime = workspace.runtime()?;
    let scratch = Scratch::make()?;
    let (preview, failed) = open::block(async {
        let store = SqliteStore::open(
            &scratch.0,
            Options {
                temporary: true,
                ..Options::default()
            },
        )
        .map_err(open::store_trouble)?;
        let store: Arc<dyn Store> = Arc::new(store);
        let shown = Mutex::new(Vec::new());
        let stop = Stop::default();
        super::run::stop_on_signal(&stop);
        let plan = without_effects(&plan);
        let execution = Execution {
            runtime: &runtime,
            store: Arc::clone(&store),
            known,
            plan: &plan,
            observer: &Silent,
            stop: &stop,
            preview: Some(&shown),
            most: Some(limit),
            from_start: all,
        };
        let trigger = Trigger::manual(runtime.services.clock.now(), files);
        let report = execution.begin(&trigger).await.map_err(execute_trouble)?;
        let sources = sources(store.as_ref(), &plan, &report).await?;
        let notes = report
            .steps
            .iter()
            .flat_map(|step| step.notes.iter().cloned())
            .collect();
        let look = |account: &str| look(&workspace, account);
        let mut preview = preview::assemble(
            &plan.name,
            &plan.client,
            sources,
            shown.into_inner(),
            look,
            notes,
        );
        in_order(&mut preview, &plan);
        Ok((preview, failures(&report)))
    })?;
    if let Some(page) = html {
        let made = preview::html::page(&preview, &runtime.services.blobs);
        let made =
            made.map_err(|error| Trouble::Fault(format!("the page can't be made: {error}")))?;
        write(page, &made)?;
    }
    if output.json {
        print_json(&preview);
    } else {
        tell(&preview, html, limit, output);
    }
    for failure in &failed {
        note(&format!(
            "{}: {failure}",
            output.paint_err(Tone::Bad, "failed")
        ));
    }
    Ok(if failed.is_empty() {
        Outcome::Done
    } else {
        Outcome::RunFailed
    })
}

/// Accounts in the order of the pipeline: they work side by side, and whoever is done first came first.
fn in_order(preview: &mut Preview, plan: &Plan) {
    let accounts: Vec<&str> = plan
        .steps
        .iter()
        .flat_map(|step| match &step.kind {
            StepKind::Publish { accounts, .. } => accounts.as_slice(),
            _ => &[],
        })
        .map(|account| account.account.as_str())
        .collect();
    for shown in &mut preview.posts {
        shown.variants.sort_by_key(|variant| {
            accounts
                .iter()
                .position(|account| *account == variant.account)
        });
    }
}

/// The plan up to its last publication: what comes after has nothing to work on yet.
fn without_effects(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    let last = plan
        .steps
        .iter()
        .rposition(|step| matches!(step.kind, StepKind::Publish { .. }));
    if let Some(last) = last {
        plan.steps.truncate(last + 1);
        plan.steps.retain(|step| {
            !matches!(
                step.kind,
                StepKind::Metric { .. } | StepKind::Account { .. }
            )
        });
    }
    plan
}

fn failures(report: &Report) -> Vec<String> {
    let failed = report
        .steps
        .iter()
        .filter(|step| step.status == StepStatus::Failed);
    failed
        .map(|step| {
            format!(
                "step {} ({}): {}",
                step.step,
                step.what,
                step.why.as_deref().unwrap_or_default()
            )
        })
        .collect()
}

/// The posts as they came from their sources.
async fn sources(store: &dyn Store, plan: &Plan, report: &Report) -> Result<Vec<Post>> {
    let mut posts = Vec::new();
    for step in plan
        .steps
        .iter()
        .filter(|step| matches!(step.kind, StepKind::Source { .. }))
    {
        let mut number = 0;
        while let Some(page) = store
            .page(&report.run, &step.id, number)
            .await
            .map_err(open::store_trouble)?
        {
            number += 1;
            let records = records::decode(&page.records)
                .map_err(|error| Trouble::Fault(error.to_string()))?;
            posts.extend(records.into_iter().filter_map(|record| match record {
                Record::Post(post) => Some(post),
                _ => None,
            }));
        }
    }
    Ok(posts)
}

fn look(workspace: &Workspace, account: &str) -> Look {
    let known = workspace.project.accounts.get(account);
    let network = known.and_then(|account| workspace.catalog.get(&account.network.value));
    let drawn = network.and_then(|plugin| plugin.manifest.network.as_ref());
    let client = known.and_then(|account| workspace.project.clients.get(&account.client.value));
    Look {
        name: drawn.map_or_else(|| account.to_string(), |network| network.name.clone()),
        colour: drawn.map_or_else(|| "#666666".into(), |network| network.colour.clone()),
        layout: drawn.map_or(Layout::Microblog, |network| network.layout),
        handle: known
            .and_then(|account| account.handle.clone())
            .or_else(|| client.map(|client| client.title.clone()))
            .unwrap_or_else(|| account.to_string()),
    }
}

fn tell(preview: &Preview, html: Option<&Path>, limit: u64, output: &Output) {
    if html.is_none() {
        for line in preview::terminal::lines(preview, output) {
            print(&line);
        }
        print("");
    }
    let refused = preview.refusals().count();
    let variants: usize = preview.posts.iter().map(|shown| shown.variants.len()).sum();
    let new = preview
        .posts
        .iter()
        .flat_map(|shown| &shown.variants)
        .filter(|variant| !variant.refused && matches!(variant.known, preview::Known::New));
    let count = |count: usize, one: &str| {
        let ending = if count == 1 { "" } else { "s" };
        format!("{count} {one}{ending}")
    };
    print(&format!(
        "{}, {}: {} would go out, {}. Nothing was sent.",
        count(preview.posts.len(), "post"),
        count(variants, "variant"),
        new.count(),
        count(refused, "refusal")
    ));
    if preview.posts.len() as u64 >= limit {
        note(&format!(
            "only the first {limit} posts of each source are shown; `--limit` shows more"
        ));
    }
    for remark in &preview.notes {
        note(&format!(
            "{}: {remark}",
            output.paint_err(Tone::Warn, "note")
        ));
    }
    if let Some(page) = html {
        print(&format!("open {}", page.display()));
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    crate::whole::replace(&full, |file| {
        std::io::Write::write_all(file, text.as_bytes())
    })
    .map_err(|error| Trouble::Mistake(format!("{}: {error}", path.display()), None))
}

/// A folder that goes away.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> Result<Self> {
        let nonce =
            getrandom::u64().map_err(|error| Trouble::Fault(format!("no randomness: {error}")))?;
        let folder = std::env::temp_dir().join(format!("staffetta-preview-{nonce:016x}"));
        std::fs::create_dir_all(&folder)
            .map_err(|error| Trouble::Fault(format!("{}: {error}", folder.display())))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What is left there is the system's to clear.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

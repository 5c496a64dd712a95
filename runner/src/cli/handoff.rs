//! `staffetta handoff`: what people post by hand, and their word that it is posted.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::args::{Global, HandoffCommand};
use super::open::{self, Workspace};
use super::output::{Output, Table, Tone, print, print_json};
use super::{Outcome, Result, Trouble};
use crate::clock::{Clock, SystemClock};
use crate::host::visible;
use crate::journal::{Batch, EffectFilter, EffectState, EffectStatus, Event, Store};

pub(super) fn run(global: &Global, command: &HandoffCommand, output: &Output) -> Result {
    let workspace = Workspace::open(global)?;
    match command {
        HandoffCommand::List => open::block(list(&workspace, output)),
        HandoffCommand::Done { what, link } => {
            open::block(done(&workspace, what, link.as_deref(), output))
        }
    }
}

/// Where a receipt says that something was handed over: the folder, relative to the project.
fn handed_over(effect: &EffectState) -> Option<(String, bool)> {
    let receipt = effect.receipt.as_ref()?;
    let extra: Value = serde_json::from_str(receipt.get("extra")?.as_str()?).ok()?;
    let waits = extra.get("state")?.as_str()? == "handed-over";
    Some((extra.get("folder")?.as_str()?.to_string(), waits))
}

async fn all(store: &dyn Store) -> Result<Vec<(EffectState, String, bool)>> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let filter = EffectFilter {
            status: vec![EffectStatus::Done],
            after: after.clone(),
            ..EffectFilter::default()
        };
        let more = store.effects(filter).await.map_err(open::store_trouble)?;
        let Some(last) = more.last() else {
            return Ok(found);
        };
        after = Some(last.key.clone());
        found.extend(more.into_iter().filter_map(|effect| {
            let (folder, waits) = handed_over(&effect)?;
            Some((effect, folder, waits))
        }));
    }
}

async fn list(workspace: &Workspace, output: &Output) -> Result {
    let waiting: Vec<_> = match workspace.reader()? {
        Some(store) => all(store.as_ref())
            .await?
            .into_iter()
            .filter(|(_, _, waits)| *waits)
            .collect(),
        None => Vec::new(),
    };
    if output.json {
        let list: Vec<_> = waiting
            .iter()
            .map(|(effect, folder, _)| json!({"key": effect.key, "account": effect.account, "post": effect.post, "folder": folder}))
            .collect();
        print_json(&json!({"version": 1, "waiting": list}));
        return Ok(Outcome::Done);
    }
    if waiting.is_empty() {
        print("nothing waits to be posted by hand");
        return Ok(Outcome::Done);
    }
    let mut table = Table::default();
    table.head(&["account", "folder"]);
    for (effect, folder, _) in &waiting {
        table.row(vec![
            (effect.account.clone(), Some(Tone::Bold)),
            (visible(folder), Some(Tone::Code)),
        ]);
    }
    print(&table.lines(output).join("\n"));
    print("");
    print("when one is posted: staffetta handoff done FOLDER --link URL");
    Ok(Outcome::Done)
}

async fn done(workspace: &Workspace, what: &str, link: Option<&str>, output: &Output) -> Result {
    if let Some(link) = link
        && !link.starts_with("https://")
        && !link.starts_with("http://")
    {
        return Err(Trouble::Mistake(
            format!("`{link}` is not a link"),
            Some("write it in full, with https://".into()),
        ));
    }
    let store = workspace.store(Duration::from_secs(5))?;
    let wanted = normal(workspace, what);
    let known = all(store.as_ref()).await?;
    let mut hits = known.into_iter().filter(|(effect, folder, _)| {
        *folder == wanted
            || (what.len() >= 6 && effect.key.starts_with(what))
            || folder.ends_with(&format!("/{wanted}"))
    });
    let (Some((effect, folder, waits)), None) = (hits.next(), hits.next()) else {
        return Err(Trouble::Mistake(
            format!("`{what}` is not one hand-off of this project"),
            Some("`staffetta handoff list` shows what waits".into()),
        ));
    };
    if !waits && link.is_none() {
        print(&format!("{folder} was posted already"));
        return Ok(Outcome::Done);
    }
    let now = SystemClock.now();
    let by = std::env::var("USER")
        .ok()
        .filter(|user| !user.is_empty())
        .unwrap_or_else(|| "somebody".into());
    let mut receipt = effect.receipt.clone().unwrap_or_default();
    let extra = json!({"state": "posted", "folder": folder, "by": by, "at": now}).to_string();
    receipt["extra"] = Value::String(extra);
    if let Some(link) = link {
        receipt["url"] = Value::String(link.into());
    }
    let note = json!({"link": link, "at": now, "by": by}).to_string();
    let path = workspace.project.root.join(&folder).join("done.json");
    crate::whole::replace(&path, |file| {
        std::io::Write::write_all(file, note.as_bytes())
    })
    .map_err(|error| Trouble::Mistake(format!("{}: {error}", path.display()), None))?;
    let event = Event::ReceiptUpdated {
        key: effect.key.clone(),
        receipt: receipt.clone(),
        by,
    };
    store
        .append(Batch::new(&effect.run, now).event(event))
        .await
        .map_err(open::store_trouble)?;
    if output.json {
        print_json(&json!({"version": 1, "key": effect.key, "receipt": receipt}));
    } else {
        print(&format!("{} {folder}", output.paint(Tone::Good, "posted")));
    }
    Ok(Outcome::Done)
}

/// A folder as receipts name it: relative to the project, without a closing slash.
fn normal(workspace: &Workspace, what: &str) -> String {
    let path: PathBuf = Path::new(what)
        .canonicalize()
        .unwrap_or_else(|_| what.into());
    let root = workspace
        .project
        .root
        .canonicalize()
        .unwrap_or_else(|_| workspace.project.root.clone());
    let inside = path.strip_prefix(&root).unwrap_or(&path);
    inside.to_string_lossy().trim_end_matches('/').to_string()
}

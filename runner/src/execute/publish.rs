//! The `publish` step: for each account the adapted variant, overridden by hand where somebody wrote so, composed and
//! checked by the network's plugin, and put out once. Accounts work side by side, one account in order.
//!
//! A preview runs the same code up to the last moment and keeps what would have been sent.

use futures_util::future::join_all;
use tokio::sync::Mutex;

use super::deliver::{Delivered, Delivery};
use super::media::MediaRoom;
use super::observer::Progress;
use super::outlet::{Composition, Outlet, compose};
use super::step::{Input, Outcome, StepEnd, StepError, StepRun};
use super::{identity, overrides};
use crate::contract::types::{Change, Post, Record, Severity, Violation};
use crate::engine::Instance;
use crate::journal::{EffectState, Store, StoreError};

/// One post for one account as a preview shows it.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The step.
    pub step: String,
    /// The account.
    pub account: String,
    /// Its network.
    pub network: String,
    /// The post as that account gets it.
    pub post: Post,
    /// What was changed and why.
    pub changes: Vec<Change>,
    /// What would be sent, or why not.
    pub composition: Composition,
    /// What is known of it from earlier runs.
    pub known: Option<EffectState>,
}

/// Whether posts go out.
pub(super) enum Mode<'a> {
    /// They do.
    Live,
    /// They are kept here; `known` answers what earlier runs did, where there is a store.
    Preview {
        shown: &'a Mutex<Vec<Previewed>>,
        known: Option<&'a dyn Store>,
    },
}

/// A post on its way to one account.
struct Item {
    post: Post,
    changes: Vec<Change>,
    warnings: Vec<Violation>,
}

/// Publishes page after page.
pub(super) async fn run(
    step: &StepRun<'_>,
    outlets: &[Outlet],
    room: &MediaRoom,
    input: &Input<'_>,
    mode: &Mode<'_>,
) -> Result<StepEnd, StepError> {
    let mut end = StepEnd::default();
    for page in 0..input.pages() {
        step.go_on()?;
        let records = step.read(input, page).await?;
        let mut lanes: Vec<Vec<Item>> = outlets.iter().map(|_| Vec::new()).collect();
        for record in records {
            match record {
                Record::Post(post) => {
                    for lane in &mut lanes {
                        lane.push(Item {
                            post: post.clone(),
                            changes: Vec::new(),
                            warnings: Vec::new(),
                        });
                    }
                }
                Record::Adapted(variant) => {
                    let at = outlets
                        .iter()
                        .position(|outlet| outlet.network.account.name == variant.account);
                    if let Some(at) = at {
                        lanes[at].push(Item {
                            post: variant.post,
                            changes: variant.changes,
                            warnings: variant.warnings,
                        });
                    }
                }
                _ => {}
            }
        }
        let working = outlets
            .iter()
            .zip(lanes)
            .map(|(outlet, items)| lane(step, outlet, room, items, mode));
        let mut receipts = Vec::new();
        let mut stopped = false;
        for done in join_all(working).await {
            let (done, cut) = done?;
            stopped |= cut;
            for outcome in done {
                if let Delivered::Posted(receipt) | Delivered::Already(receipt) = &outcome.delivered
                {
                    receipts.push(Record::Receipt(receipt.clone()));
                }
                end.delivered.push(outcome);
            }
        }
        if stopped {
            return Err(StepError::Stopped);
        }
        end.count += receipts.len() as u64;
        step.write(page, &receipts, None).await?;
    }
    Ok(end)
}

/// One account's posts of a page, in order. True when it was asked to stop before the end.
async fn lane(
    step: &StepRun<'_>,
    outlet: &Outlet,
    room: &MediaRoom,
    items: Vec<Item>,
    mode: &Mode<'_>,
) -> Result<(Vec<Outcome>, bool), StoreError> {
    let mut done = Vec::with_capacity(items.len());
    if items.is_empty() {
        return Ok((done, false));
    }
    // One instance to compose, one to publish; taken together, so that no two lanes wait for each other.
    let _slots = step.engine.reserve(2).await;
    let mut network = None;
    for mut item in items {
        if step.stop.requested() {
            return Ok((done, true));
        }
        let composition = prepare(step, outlet, room, &mut item, &mut network).await;
        let title = title(&item.post);
        let delivered = match mode {
            Mode::Live => {
                let delivery = Delivery {
                    engine: step.engine,
                    services: step.services,
                    store: step.store,
                    run: step.run,
                    step: step.step,
                    outlet,
                    retry: step.retry,
                    stop: step.stop,
                };
                let names = identity::names(&outlet.identity, &item.post);
                delivery.deliver(names, &item.post.id, composition).await?
            }
            Mode::Preview { shown, known } => {
                let names = identity::names(&outlet.identity, &item.post);
                let known = match known {
                    Some(store) => known_effect(*store, &names).await?,
                    None => None,
                };
                let refused = composition.refused();
                let violations = composition.violations.clone();
                shown.lock().await.push(Previewed {
                    step: step.step.into(),
                    account: outlet.network.account.name.clone(),
                    network: outlet.network.account.network.clone(),
                    post: item.post.clone(),
                    changes: item.changes.clone(),
                    composition,
                    known,
                });
                if refused {
                    Delivered::Refused(violations)
                } else {
                    Delivered::Held("only previewed".into())
                }
            }
        };
        let account = &outlet.network.account.name;
        if matches!(mode, Mode::Live) {
            step.observer.progress(&Progress::Post {
                account,
                title: &title,
                delivered: &delivered,
            });
        }
        done.push(Outcome {
            account: account.clone(),
            network: outlet.network.account.network.clone(),
            post: item.post.id.clone(),
            title,
            delivered,
        });
    }
    // What was stopped on its way is pending: the run must not end.
    let held = |one: &Outcome| matches!(one.delivered, Delivered::Held(_));
    let cut = step.stop.requested() && matches!(mode, Mode::Live) && done.iter().any(held);
    Ok((done, cut))
}

async fn known_effect(
    store: &dyn Store,
    names: &identity::Names,
) -> Result<Option<EffectState>, StoreError> {
    for name in std::iter::once(&names.key).chain(&names.aliases) {
        if let Some(state) = store.effect(name).await? {
            return Ok(Some(state));
        }
    }
    Ok(None)
}

/// Overrides, media, composition, check.
async fn prepare(
    step: &StepRun<'_>,
    outlet: &Outlet,
    room: &MediaRoom,
    item: &mut Item,
    network: &mut Option<Instance>,
) -> Composition {
    let account = &outlet.network.account;
    item.changes.extend(overrides::apply(
        &mut item.post,
        &account.network,
        &account.name,
    ));
    item.warnings.extend(room.furnish(&mut item.post).await);
    let mut instance = match network.take() {
        Some(instance) => instance,
        None => match outlet.network.instance(step.engine, step.services).await {
            Ok(instance) => instance,
            Err(error) => return broken(outlet, &error.to_string()),
        },
    };
    match compose(&mut instance, account, &item.post, &item.warnings).await {
        Ok(composition) => {
            *network = Some(instance);
            composition
        }
        // The next post gets a fresh instance.
        Err(error) => broken(outlet, &error.to_string()),
    }
}

fn broken(outlet: &Outlet, why: &str) -> Composition {
    let violation = Violation {
        code: "plugin-failed".into(),
        field: String::new(),
        message: format!(
            "the plugin `{}` could not compose it: {why}",
            outlet.network.plugin.name
        ),
        severity: Severity::Refuse,
        actual: None,
        limit: None,
        unit: String::new(),
    };
    Composition {
        composed: None,
        violations: vec![violation],
    }
}

/// What people call a post.
pub(crate) fn title(post: &Post) -> String {
    let title = post.title.clone().filter(|title| !title.trim().is_empty());
    let title = title.unwrap_or_else(|| {
        post.text
            .lines()
            .find(|line| !line.trim().is_empty())
            .unwrap_or("(no text)")
            .into()
    });
    match title.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", title[..end].trim_end()),
        None => title.trim().to_string(),
    }
}

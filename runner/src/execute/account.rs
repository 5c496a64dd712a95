//! A step that asks the networks of accounts: figures of what was published, or what people did since the last time.

use std::collections::BTreeMap;

use super::outlet::Side;
use super::step::{Input, PAGE, StepEnd, StepError, StepRun};
use crate::contract::types::{Receipt, Record};
use crate::journal::{Failure, FailureKind};
use crate::plugin::Interface;

/// Asks every account, one after the other.
pub(super) async fn run(
    step: &StepRun<'_>,
    interface: Interface,
    operation: &str,
    sides: &[Side],
    input: &Input<'_>,
    cursor: Option<String>,
) -> Result<StepEnd, StepError> {
    match interface {
        Interface::Insights => figures(step, sides, input).await,
        Interface::Inbox => interactions(step, sides, cursor).await,
        _ => Err(StepError::Failed(Failure {
            kind: FailureKind::Unsupported,
            message: format!("`{operation}` answers questions and can't be a step"),
        })),
    }
}

/// Passes the input on and adds what the networks say of its receipts.
async fn figures(
    step: &StepRun<'_>,
    sides: &[Side],
    input: &Input<'_>,
) -> Result<StepEnd, StepError> {
    let mut end = StepEnd::default();
    let pages = input.pages().max(1);
    for page in 0..pages {
        step.go_on()?;
        let mut records = step.read(input, page).await?;
        let mut receipts: BTreeMap<&str, Vec<Receipt>> = BTreeMap::new();
        for record in &records {
            if let Record::Receipt(receipt) = record {
                receipts
                    .entry(&receipt.account)
                    .or_default()
                    .push(receipt.clone());
            }
        }
        let mut told = Vec::new();
        for side in sides {
            let own = receipts
                .get(side.account.name.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            let _slot = step.engine.reserve(1).await;
            let mut instance = side.instance(step.engine, step.services).await?;
            if !own.is_empty() {
                told.extend(instance.insights_of_posts(&side.account, own).await?);
            }
            if page == 0 {
                told.extend(instance.insights_of_account(&side.account).await?);
            }
        }
        records.extend(told.into_iter().map(Record::Measurement));
        end.count += records.len() as u64;
        step.write(page, &records, None).await?;
        step.told(end.count);
    }
    Ok(end)
}

/// Fetches interactions. The cursor holds each account's own.
async fn interactions(
    step: &StepRun<'_>,
    sides: &[Side],
    cursor: Option<String>,
) -> Result<StepEnd, StepError> {
    let mut cursors: BTreeMap<String, String> = cursor
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default();
    let mut end = StepEnd::default();
    let mut page = 0;
    for side in sides {
        let _slot = step.engine.reserve(1).await;
        let mut instance = side.instance(step.engine, step.services).await?;
        loop {
            step.go_on()?;
            let before = cursors.get(&side.account.name).cloned();
            let got = instance
                .inbox(&side.account, before.as_deref(), PAGE)
                .await?;
            end.notes
                .extend(got.notes.iter().map(|note| crate::host::visible(note)));
            end.count += got.records.len() as u64;
            let stuck = got.cursor == before && got.records.is_empty();
            if let Some(next) = got.cursor {
                cursors.insert(side.account.name.clone(), next);
            }
            let kept = serde_json::to_string(&cursors).unwrap_or_default();
            step.write(page, &got.records, Some(kept)).await?;
            page += 1;
            step.told(end.count);
            if !got.more || stuck {
                break;
            }
        }
    }
    Ok(end)
}

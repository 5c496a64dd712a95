//! A source step: asks its plugin for page after page and journals each before it asks for the next.

use super::step::{PAGE, StepEnd, StepError, StepRun, own_blobs};
use crate::contract::exports::source::Trigger;
use crate::contract::types::{Json, Record};
use crate::engine::Instance;
use crate::journal::{Failure, FailureKind};

/// Notes of a source that are kept: a folder of a million files can have as many mistakes.
const MOST_NOTES: usize = 1_000;

/// Where a source begins: at its cursor, or behind the pages that an interrupted run left.
pub(super) struct Start {
    pub(super) page: u32,
    pub(super) count: u64,
    pub(super) cursor: Option<String>,
}

/// Fetches everything that is new, at most `most` records where that is set.
pub(super) async fn run(
    step: &StepRun<'_>,
    mut instance: Instance,
    operation: &str,
    config: &Json,
    trigger: &Trigger,
    start: Start,
    most: Option<u64>,
) -> Result<StepEnd, StepError> {
    let Start {
        mut page,
        mut count,
        mut cursor,
    } = start;
    let mut over = false;
    for file in &trigger.files {
        instance.state().show_blob(&file.blob, "");
    }
    let mut end = StepEnd::default();
    let mut untold = 0;
    let mut tried = 0;
    while !over {
        step.go_on()?;
        instance.state().next_page();
        let left = most.map_or(PAGE, |most| {
            u32::try_from(most.saturating_sub(count))
                .unwrap_or(PAGE)
                .min(PAGE)
        });
        let fetched = match instance
            .fetch(operation, config, trigger, cursor.as_deref(), left.max(1))
            .await
        {
            Ok(fetched) => fetched,
            Err(error) => {
                tried += 1;
                step.again(error, tried).await?;
                continue;
            }
        };
        tried = 0;
        if fetched.more && fetched.records.is_empty() && fetched.cursor == cursor {
            return Err(StepError::Failed(Failure {
                kind: FailureKind::Permanent,
                message: "the plugin says that there is more, but does not get on".into(),
            }));
        }
        for record in &fetched.records {
            if let Record::Post(post) = record {
                own_blobs(instance.state(), post)?;
            }
        }
        count += fetched.records.len() as u64;
        over = !fetched.more || most.is_some_and(|most| count >= most);
        cursor = fetched.cursor.or(cursor);
        step.write(page, &fetched.records, cursor.clone()).await?;
        page += 1;
        let room = MOST_NOTES.saturating_sub(end.notes.len());
        let kept = fetched.notes.iter().take(room);
        end.notes
            .extend(kept.map(|note| crate::host::visible(note)));
        untold += fetched.notes.len().saturating_sub(room);
        step.told(count);
    }
    if untold > 0 {
        end.notes
            .push(format!("and {untold} more notes like these"));
    }
    end.count = count;
    let plugin = instance.state().context.plugin.clone();
    end.kv = step.kv(&plugin, instance.state().take_changes());
    Ok(end)
}

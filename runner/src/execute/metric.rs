//! A metric step: streams records through one instance and keeps what it computed.

use super::step::{Input, StepEnd, StepError, StepRun};
use crate::contract::types::Json;
use crate::engine::Instance;

/// Computes over all pages of the input.
pub(super) async fn run(
    step: &StepRun<'_>,
    mut instance: Instance,
    operation: &str,
    config: &Json,
    input: &Input<'_>,
) -> Result<StepEnd, StepError> {
    instance.metric_begin(operation, config).await?;
    for page in 0..input.pages() {
        step.go_on()?;
        let records = step.read(input, page).await?;
        instance.metric_push(&records).await?;
    }
    let results = instance.metric_finish().await?;
    step.write(0, &results, None).await?;
    let plugin = instance.state().context.plugin.clone();
    let kv = step.kv(&plugin, instance.state().take_changes());
    Ok(StepEnd {
        count: results.len() as u64,
        kv,
        ..StepEnd::default()
    })
}

//! Sees for a while whether redriven events come back. A dead letter carries the id of the invocation that failed, and the redrive knows
//! the ids of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;
use webhook_core::ports::PortError;
use webhook_core::ports::ops::DeadLetterQueue;

use super::letter::Summary;
use super::sweep::Sweep;
use crate::console::Progress;
use crate::interrupt::Interrupt;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// Letters are given back at once; should this tool die meanwhile, they come back by themselves soon.
const LOOK: Duration = Duration::from_secs(20);

/// Letters of `ours` (invocation ids) that came back within `patience`; ends earlier when all have.
pub(super) async fn watch<Q: DeadLetterQueue>(
    queue: &Q,
    ours: &BTreeSet<String>,
    patience: Duration,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Vec<Summary>, PortError> {
    let end = Instant::now() + patience;
    let mut back = BTreeMap::new();
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let mut sweep = Sweep::new(queue, LOOK);
        let looked = look(&mut sweep, ours, &mut back).await;
        sweep.give_back().await;
        looked?;
        if left.is_zero() || back.len() >= ours.len() || interrupt.asked() {
            progress.clear();
            return Ok(back.into_values().collect());
        }
        progress.at(|| format!("watching the queue for {} s more: {} came back", left.as_secs(), back.len()));
        interrupt.pause(PAUSE.min(left)).await;
    }
}

async fn look<Q: DeadLetterQueue>(
    sweep: &mut Sweep<'_, Q>,
    ours: &BTreeSet<String>,
    back: &mut BTreeMap<String, Summary>,
) -> Result<(), PortError> {
    while let Some(letters) = sweep.next().await? {
        for letter in letters {
            if let Some(id) = letter.request_id.as_ref().filter(|id| ours.contains(*id)) {
                back.entry(id.clone()).or_insert_with(|| Summary::of(&letter));
            }
        }
    }
    Ok(())
}

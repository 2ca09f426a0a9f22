//! After the last delivery: wait until the target is quiet, then look at its stores and join them with the ledger.

use std::time::{Duration, Instant};

use crate::ledger::Entry;
use crate::reconcile::{Reconciled, reconcile};
use crate::stores::{Observed, observe};
use crate::target::Target;

/// Between two looks at a target that says itself whether it is idle.
const LOOK: Duration = Duration::from_millis(20);
/// Between two looks at stores that must speak for themselves.
const READ: Duration = Duration::from_secs(1);

/// What was found when the target was quiet, or when patience ended.
#[derive(Debug)]
pub struct Drained {
    /// The join.
    pub reconciled: Reconciled,
    /// Why stores could not be read.
    pub trouble: Vec<String>,
    /// The target became quiet in time.
    pub quiet: bool,
    /// How long that took, seconds.
    pub took_s: f64,
}

impl Drained {
    /// Of a run that sent nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self { reconciled: Reconciled::default(), trouble: Vec::new(), quiet: true, took_s: 0.0 }
    }
}

/// Waits, reads, joins.
pub async fn drain(target: &Target, entries: &[Entry], started_ms: i64) -> Drained {
    let began = Instant::now();
    let (quiet_for, at_most) = target.patience();
    if target.idle().is_some() {
        let quiet = wait_until_idle(target, quiet_for, at_most).await;
        let took_s = began.elapsed().as_secs_f64();
        let observed = look(target).await;
        return drained(entries, observed, started_ms, quiet, took_s);
    }
    let mut before: Option<(Reconciled, Instant)> = None;
    loop {
        let observed = look(target).await;
        let now = drained(entries, observed, started_ms, true, began.elapsed().as_secs_f64());
        // Nothing to wait for, or nothing to see.
        if !now.reconciled.observable || settled(&now.reconciled) {
            return now;
        }
        let since = match &before {
            Some((same, since)) if *same == now.reconciled => *since,
            _ => Instant::now(),
        };
        let patience_ended = began.elapsed() >= at_most;
        if patience_ended || (since.elapsed() >= quiet_for && began.elapsed() >= at_most / 4) {
            return Drained { quiet: !patience_ended, ..now };
        }
        before = Some((now.reconciled, since));
        tokio::time::sleep(READ).await;
    }
}

async fn look(target: &Target) -> Observed {
    match &target.clients {
        Some(clients) => observe(clients).await,
        None => Observed::default(),
    }
}

fn drained(entries: &[Entry], observed: Observed, started_ms: i64, quiet: bool, took_s: f64) -> Drained {
    let reconciled = reconcile(entries, &observed, started_ms);
    Drained { reconciled, trouble: observed.trouble, quiet, took_s }
}

/// Every acknowledged event is somewhere, and all poison has arrived.
fn settled(reconciled: &Reconciled) -> bool {
    reconciled.lost.count == 0 && reconciled.poison_missing.count == 0
}

async fn wait_until_idle(target: &Target, quiet_for: Duration, at_most: Duration) -> bool {
    let deadline = Instant::now() + at_most;
    let mut idle_since = None;
    while Instant::now() < deadline {
        if target.idle() == Some(true) {
            let since = *idle_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= quiet_for {
                return true;
            }
        } else {
            idle_since = None;
        }
        tokio::time::sleep(LOOK).await;
    }
    false
}

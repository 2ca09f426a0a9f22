//! After the last delivery: wait until the target is quiet, then look at its stores and join them with the ledger.

use std::time::{Duration, Instant};

use ledger::index::Index;
use ledger::observed::{Foreign, Observed};
use ledger::reconcile::{Reconciled, reconcile};
use reports::record::Redrive;

use crate::redrive::Redriver;
use crate::stores::observe;
use crate::target::{Patience, Target};

/// Between two looks at a target that says itself whether it is idle.
const LOOK: Duration = Duration::from_millis(20);

/// What was found when the target was quiet, or when patience ended.
#[derive(Debug)]
pub struct Drained {
    /// The join.
    pub reconciled: Reconciled,
    /// Why stores could not be read.
    pub trouble: Vec<String>,
    /// What became of the dead letters that were redriven.
    pub redrive: Option<Redrive>,
    /// The target became quiet in time.
    pub quiet: bool,
    /// How long that took, seconds.
    pub took_s: f64,
}

impl Drained {
    /// Of a run that sent nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            reconciled: Reconciled::default(),
            trouble: Vec::new(),
            redrive: None,
            quiet: true,
            took_s: 0.0,
        }
    }
}

/// What the stores are joined with.
#[derive(Clone, Copy)]
pub struct SentLoad<'a> {
    /// The ledger.
    pub index: &'a Index<'a>,
    /// What to do with what belongs to no event of it: another shard's ledger may have the event.
    pub foreign: Foreign,
    /// The run's start, Unix milliseconds.
    pub started_ms: i64,
}

/// Waits, reads, joins; and once more after a redrive, if one is asked for. What was seen last is given back beside the join.
pub async fn drain<'a>(
    target: &Target,
    patience: Patience,
    sent: SentLoad<'a>,
    redriver: &Redriver,
    redrive: bool,
) -> (Drained, Observed<'a>) {
    let (first, observed) = settle(target, patience, sent, redriver).await;
    let Some(clients) = target.clients.as_ref().filter(|_| redrive) else { return (first, observed) };
    // As large as the ledger, and about to be seen anew.
    drop(observed);
    let began = Instant::now();
    redriver.round(clients, false).await;
    let (last, observed) = settle(target, patience, sent, redriver).await;
    let (took_s, quiet) = (first.took_s + began.elapsed().as_secs_f64(), first.quiet && last.quiet);
    (Drained { took_s, quiet, ..last }, observed)
}

async fn settle<'a>(
    target: &Target,
    patience: Patience,
    sent: SentLoad<'a>,
    redriver: &Redriver,
) -> (Drained, Observed<'a>) {
    let began = Instant::now();
    let Patience { quiet, at_least, at_most, look: every } = patience;
    let SentLoad { index, foreign, started_ms } = sent;
    let joined = |observed: &Observed<'_>, quiet, took_s| Drained {
        reconciled: reconcile(observed, started_ms),
        trouble: observed.trouble.clone(),
        redrive: redriver.outcome(observed),
        quiet,
        took_s,
    };
    if target.idle().is_some() {
        let is_quiet = wait_until_idle(target, quiet, at_most).await;
        let took_s = began.elapsed().as_secs_f64();
        let observed = look(target, Observed::new(index, foreign)).await;
        return (joined(&observed, is_quiet, took_s), observed);
    }
    let mut before: Option<(Reconciled, Instant)> = None;
    let mut letters = std::collections::BTreeMap::new();
    loop {
        let mut observed = look(target, Observed::new(index, foreign)).await;
        if foreign == Foreign::Keep {
            // Shards look at one queue at the same time and hide its messages from each other: what was there once counts.
            for (letter, times) in letters {
                observed.join_letter(letter, times);
            }
        }
        letters = observed.letters().clone();
        let now = joined(&observed, true, began.elapsed().as_secs_f64());
        // Nothing to wait for, or nothing to see.
        if !now.reconciled.observable || settled(&now.reconciled) {
            return (now, observed);
        }
        let since = match &before {
            Some((same, since)) if *same == now.reconciled => *since,
            _ => Instant::now(),
        };
        let patience_ended = began.elapsed() >= at_most;
        if patience_ended || (since.elapsed() >= quiet && began.elapsed() >= at_least) {
            return (Drained { quiet: !patience_ended, ..now }, observed);
        }
        before = Some((now.reconciled, since));
        tokio::time::sleep(every).await;
    }
}

async fn look<'a>(target: &Target, observed: Observed<'a>) -> Observed<'a> {
    match &target.clients {
        Some(clients) => observe(clients, observed).await,
        None => observed,
    }
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

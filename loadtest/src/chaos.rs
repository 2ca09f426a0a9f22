//! The faults of a plan, put into the embedded cloud and lifted again while the load runs.
//!
//! Invariant: what was put in force is lifted, at its time or when the load ends before it; and a fault that hit nothing is told, so
//! that no run passes for having survived it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use ledger::entry::Entry;
use ledger::reconcile::Reconciled;
use ledger::recovery::{Window, seen_in};
use localstack::faults::InForce;
use reports::record::FaultOutcome;

use crate::load::{Load, lock};
use crate::plan::{Disturbance, Plan, PlannedFault};
use crate::target::Cloud;

/// Before the first user has set the start of the run.
const LOOK: Duration = Duration::from_millis(20);

/// The faults of one run, as far as they have come.
#[derive(Debug)]
pub struct Chaos<'a> {
    faults: Vec<(&'a PlannedFault, Mutex<State>)>,
}

/// What became of a fault.
#[derive(Debug, Default)]
struct State {
    /// In force now, or until it was lifted.
    in_force: Option<InForce>,
    /// When it really began, and ended.
    began: Option<Instant>,
    ended: Option<Instant>,
    killed: u64,
    cold_before: u64,
    cold_starts: u64,
}

impl<'a> Chaos<'a> {
    /// None has begun.
    #[must_use]
    pub fn new(plan: &'a Plan) -> Self {
        Self { faults: plan.faults.iter().map(|fault| (fault, Mutex::default())).collect() }
    }

    /// Lets everything happen in its time, and then waits for ever: whoever drives the load ends it.
    pub async fn run(&self, load: &Load, cloud: &Cloud) {
        let start = loop {
            match load.started() {
                Some(start) => break start,
                None => tokio::time::sleep(LOOK).await,
            }
        };
        let measured = start.instant + load.warmup();
        let each = self.faults.iter().map(|(fault, state)| async move {
            let at = |seconds: f64| tokio::time::Instant::from(measured + Duration::from_secs_f64(seconds));
            tokio::time::sleep_until(at(fault.at_s)).await;
            begin(fault, &mut lock(state), cloud);
            tokio::time::sleep_until(at(fault.until_s())).await;
            end(&mut lock(state), cloud);
        });
        futures::future::join_all(each).await;
        std::future::pending().await
    }

    /// Lifts what is still in force.
    pub fn lift(&self, cloud: &Cloud) {
        for (_, state) in &self.faults {
            let mut state = lock(state);
            if state.began.is_some() && state.ended.is_none() {
                end(&mut state, cloud);
            }
        }
    }

    /// What was put in and what it hit. What the ledger knows of it is added by [`told`].
    #[must_use]
    pub fn outcomes(&self, load: &Load) -> Vec<FaultOutcome> {
        let Some(start) = load.started() else { return Vec::new() };
        let measured = start.instant + load.warmup();
        let since = |moment: Instant| moment.saturating_duration_since(measured).as_secs_f64();
        let outcome = |(fault, state): &(&PlannedFault, Mutex<State>)| {
            let state = lock(state);
            let hits = state.in_force.as_ref().map_or(state.killed, |rule| u64::from(rule.hits()));
            let (began, ended) = (state.began.map_or(fault.at_s, since), state.ended.map(since));
            FaultOutcome {
                what: fault.disturbance.to_string(),
                at_s: began,
                for_s: (ended.unwrap_or_else(|| fault.until_s()) - began).max(0.0),
                outage: fault.outage,
                hits,
                cold_starts: state.cold_starts,
                ..FaultOutcome::default()
            }
        };
        self.faults.iter().map(outcome).collect()
    }
}

fn begin(fault: &PlannedFault, state: &mut State, cloud: &Cloud) {
    state.cold_before = cloud.cold_starts();
    state.began = Some(Instant::now());
    match &fault.disturbance {
        Disturbance::Fault(rule) => state.in_force = Some(cloud.add_fault(rule.clone())),
        Disturbance::Kill(function) => state.killed = u64::try_from(cloud.kill(function)).unwrap_or(u64::MAX),
    }
}

fn end(state: &mut State, cloud: &Cloud) {
    if let Some(rule) = &state.in_force {
        cloud.lift_fault(rule);
    }
    state.ended = Some(Instant::now());
    state.cold_starts = cloud.cold_starts().saturating_sub(state.cold_before);
}

/// The announced outages of a run, since its start.
#[must_use]
pub fn outages(faults: &[FaultOutcome], warmup: Duration) -> Vec<Window> {
    faults.iter().filter(|fault| fault.outage).map(|fault| window(fault, warmup)).collect()
}

fn window(fault: &FaultOutcome, warmup: Duration) -> Window {
    let from = warmup + Duration::from_secs_f64(fault.at_s);
    Window { from, to: from + Duration::from_secs_f64(fault.for_s) }
}

/// Adds what the ledger knows: what was due meanwhile, and whether it closes.
pub fn told(faults: &mut [FaultOutcome], entries: &[Entry], warmup: Duration, ledger: Option<bool>) {
    for fault in faults {
        seen_in(window(fault, warmup), entries, fault);
        fault.survived = ledger.filter(|_| fault.hits > 0);
    }
}

/// Whether the ledger closes: nothing lost, nothing doubled, the dead-letter queue exact, and where the providers send again,
/// everything acknowledged. `None`: the stores could not be read, or were not quiet.
#[must_use]
pub fn closes(reconciled: &Reconciled, quiet: bool, retried: bool) -> Option<bool> {
    let holes = [
        reconciled.lost.count,
        reconciled.duplicated.count,
        reconciled.dead_letters.unexpected,
        reconciled.dead_letters.missing,
        reconciled.valid_rejected.count,
        if retried { reconciled.unacknowledged.count } else { 0 },
    ];
    match holes.iter().any(|count| *count > 0) {
        true => Some(false),
        false => (reconciled.observable && quiet).then_some(true),
    }
}

/// A sentence for each fault that hit nothing.
pub fn unfelt(faults: &[FaultOutcome]) -> impl Iterator<Item = String> {
    let idle = faults.iter().filter(|fault| fault.hits == 0);
    idle.map(|fault| {
        format!("The fault {} at {:.0} s hit nothing, so that nothing was survived.", fault.what, fault.at_s)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_survived_when_it_hit_something_and_the_ledger_closes() {
        let faults = |hits| {
            vec![FaultOutcome { what: "kill *".to_owned(), hits, for_s: 1.0, ..FaultOutcome::default() }]
        };
        let survived = |hits, ledger| {
            let mut all = faults(hits);
            told(&mut all, &[], Duration::ZERO, ledger);
            all[0].survived
        };
        assert_eq!(survived(3, Some(true)), Some(true));
        assert_eq!(survived(3, Some(false)), Some(false));
        assert_eq!(survived(3, None), None);
        assert_eq!(survived(0, Some(true)), None);
        assert_eq!(unfelt(&faults(3)).count(), 0);
        assert!(unfelt(&faults(0)).next().is_some_and(|text| text.contains("kill * at 0 s hit nothing")));
    }

    #[test]
    fn a_ledger_with_a_hole_does_not_close() {
        let whole = Reconciled { observable: true, ..Reconciled::default() };
        assert_eq!(closes(&whole, true, true), Some(true));
        assert_eq!(closes(&whole, false, true), None);
        assert_eq!(closes(&Reconciled::default(), true, true), None);
        let mut waiting = whole.clone();
        waiting.unacknowledged.count = 1;
        assert_eq!((closes(&waiting, true, true), closes(&waiting, true, false)), (Some(false), Some(true)));
        let mut letters = whole;
        letters.dead_letters.unexpected = 1;
        assert_eq!(closes(&letters, false, false), Some(false));
    }
}

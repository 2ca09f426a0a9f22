//! What a plan disturbed, as the record wants it: the faults and what they hit, the outages and the retries that made them good, the
//! flood of forgeries; and what of the load no outage touched.

use std::time::Duration;

use ledger::entry::Entry;
use ledger::judge::{ACK_P99_MS, Calm};
use ledger::measure::Undisturbed;
use ledger::recovery::{Window, flood, recovery};
use reports::record::{FaultOutcome, Flood, Recovery, Second};

use crate::chaos::{self, Chaos};
use crate::drain::Drained;
use crate::load::Load;
use crate::plan::Plan;

/// All of it; empty for a plan that disturbs nothing.
#[derive(Debug, Clone, Default)]
pub struct Disturbed {
    /// Faults, in the order of the plan.
    pub faults: Vec<FaultOutcome>,
    /// How the system came back.
    pub recovery: Option<Recovery>,
    /// Valid traffic beside forgeries.
    pub flood: Option<Flood>,
    /// What no announced outage touched.
    pub calm: Option<Calm>,
}

impl Disturbed {
    /// Puts it together after the drain.
    #[must_use]
    pub fn of(
        plan: &Plan,
        load: &Load,
        chaos: &Chaos<'_>,
        entries: &[Entry],
        timeline: &[Second],
        drained: &Drained,
    ) -> Self {
        let warmup = load.warmup();
        let mut faults = chaos.outcomes(load);
        let closes = chaos::closes(&drained.reconciled, drained.quiet, plan.retries.is_some());
        chaos::told(&mut faults, entries, warmup, closes);
        let outages = chaos::outages(&faults, warmup);
        let recovery = plan.retries.map(|storm| Recovery {
            time_compression: storm.time_compression,
            ..recovery(entries, &outages, timeline, warmup, ACK_P99_MS)
        });
        let at = |seconds: f64| warmup + Duration::from_secs_f64(seconds);
        let floods: Vec<Window> = plan
            .floods()
            .into_iter()
            .map(|(from_s, to_s)| Window { from: at(from_s), to: at(to_s) })
            .collect();
        let forged = plan.phases.iter().filter_map(|phase| phase.forged).fold(0.0, f64::max);
        let calm = (!outages.is_empty()).then(|| {
            let rest = Undisturbed::of(entries, &outages);
            let Undisturbed { ack, genuine, acknowledged, left_out, attack_errors } = rest;
            Calm { ack: ack.to_latency(), genuine, acknowledged, left_out, attack_errors }
        });
        Self { faults, recovery, flood: flood(&floods, forged, entries, warmup), calm }
    }
}

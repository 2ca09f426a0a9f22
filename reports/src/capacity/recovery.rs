//! How long an outage is felt: what has piled up, and how fast the spare capacity works it off; and, beside
//! what is computed, what runs with an outage measured.

use super::evidence::Found;
use super::forecast::Expected;
use super::record::{Bottleneck, Headroom, MeasuredRecovery, Recovery, RecoveryCase};

/// Square's waits before each redelivery, minutes, as it publishes them. Stripe and PayPal say only that they try for three days.
const SQUARE_WAITS_MIN: [f64; 11] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 120.0, 240.0, 480.0, 480.0];

pub(super) fn recovery(
    expected: &Expected,
    headroom: &Headroom,
    bottlenecks: &[Bottleneck],
    found: &Found,
) -> Recovery {
    let outage_min = expected.forecast.outage_minutes;
    let (limit_per_min, limit_of) = match &headroom.proven {
        Some(proven) => (
            Some(proven.low_per_min),
            format!("proven on {} by run {}, seed {}", proven.target, proven.run, proven.seed),
        ),
        None => match bottlenecks.first() {
            Some(first) => (first.limit_per_min, format!("not measured: {}", first.what)),
            None => (None, "not known".to_owned()),
        },
    };
    let case = |when, rate_per_min: f64| {
        let backlog = rate_per_min * outage_min;
        let spare = limit_per_min.map(|limit| limit - rate_per_min).filter(|spare| *spare > 0.0);
        RecoveryCase { when, rate_per_min, backlog, drained_min: spare.map(|spare| backlog / spare) }
    };
    Recovery {
        outage_min,
        limit_per_min,
        limit_of,
        cases: vec![
            case("the busiest minute lasts", expected.peak_per_min),
            case("ordinary traffic", expected.ordinary_per_min),
        ],
        square_wait_min: longest_wait(outage_min),
        measured: measured(found),
    }
}

/// Outages that runs went through, in the order of the runs.
pub(super) fn measured(found: &Found) -> Vec<MeasuredRecovery> {
    let runs = found.all_runs().filter_map(|run| Some((run, run.recovery.as_ref()?)));
    runs.flat_map(|(run, recovery)| {
        recovery.outages.iter().map(move |outage| MeasuredRecovery {
            outage_s: outage.to_s - outage.from_s,
            backlog: outage.backlog,
            recovered_s: outage.recovered_s,
            time_compression: recovery.time_compression,
            rate_per_min: run.achieved_per_min,
            target: run.target.clone(),
            run: run.id.clone(),
            seed: run.seed,
        })
    })
    .collect()
}

/// Longest time from the end of an outage to the first redelivery after it of a webhook that failed within it.
///
/// A webhook that failed `age` minutes before the end has made the attempts that its schedule has in that time; the next one comes at
/// the schedule's first attempt beyond `age`. Just after an attempt the whole next wait is to come, so the longest wait that can have
/// begun by then is the answer.
pub(super) fn longest_wait(outage_min: f64) -> f64 {
    let mut attempt_at = 0.0;
    let mut longest: f64 = 0.0;
    for wait in SQUARE_WAITS_MIN {
        if attempt_at > outage_min || outage_min <= 0.0 {
            break;
        }
        longest = longest.max(wait);
        attempt_at += wait;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_that_has_begun_last_is_the_longest() {
        let check = |outage: f64, expected: f64| assert_eq!(longest_wait(outage), expected, "{outage}");
        check(0.0, 0.0);
        check(0.5, 1.0);
        check(1.0, 2.0);
        check(6.9, 4.0);
        // Attempts 1, 3, 7 and 15 minutes after the first.
        check(15.0, 16.0);
        check(31.0, 32.0);
        check(1_440.0, 480.0);
    }
}

//! What makes a plan valid as a whole, whichever way it came about.

use localstack::embedded::FUNCTION_NAMES;

use super::{Arrival, Disturbance, Plan, PlanError, PlannedFault};
use crate::rotation::{AFTER, SETTLE};

/// Longest run, seconds: a day.
pub(super) const DURATION_S_MAX: f64 = 86_400.0;
/// Highest rate, webhooks per minute.
pub(super) const RATE_PER_MIN_MAX: f64 = 10_000_000.0;
/// Most webhooks in one run: the ledger keeps 64 bytes for each.
const WEBHOOKS_MAX: f64 = 20_000_000.0;
/// Bounds of the retries' time compression: three days in three hours, and in a quarter of a second.
const COMPRESSION: std::ops::RangeInclusive<f64> = 24.0..=1_000_000.0;

/// Shortest fault, seconds.
const FAULT_S_MIN: f64 = 0.1;

type Checked = Result<(), PlanError>;

fn invalid(reason: String) -> Checked {
    Err(PlanError::Invalid(reason))
}

impl Plan {
    /// The plan itself if it makes sense.
    pub fn checked(self) -> Result<Self, PlanError> {
        self.check_frame()?;
        self.check_shares()?;
        self.check_rotation()?;
        self.check_retries()?;
        for (index, fault) in self.faults.iter().enumerate() {
            self.check_fault(index + 1, fault)?;
        }
        self.check_redrive()?;
        if self.arrival != Arrival::Max {
            self.check_amount()?;
        }
        Ok(self)
    }

    fn check_frame(&self) -> Checked {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(word) {
            return invalid(format!("name `{}` must be 1 to 40 letters, digits, `-` or `_`", self.name));
        }
        if !(0.0..=3600.0).contains(&self.warmup_s) {
            return invalid(format!("warmup_s is {}, but must be between 0 and 3600", self.warmup_s));
        }
        if !(0.1..=DURATION_S_MAX).contains(&self.duration_s()) {
            return invalid(format!(
                "the phases last {} s, but a run lasts 0.1 s to a day",
                self.duration_s()
            ));
        }
        for phase in &self.phases {
            for rate in [phase.from_per_min, phase.to_per_min] {
                if !(0.0..=RATE_PER_MIN_MAX).contains(&rate) {
                    return invalid(format!(
                        "a rate is {rate} per minute, but must be 0 to {RATE_PER_MIN_MAX}"
                    ));
                }
            }
        }
        if !(0.0..=1000.0).contains(&self.queries_per_s) {
            return invalid(format!("queries_per_s is {}, but must be 0 to 1000", self.queries_per_s));
        }
        Ok(())
    }

    fn check_shares(&self) -> Checked {
        let weights = self.mix.weights();
        if weights.iter().any(|w| !(0.0..=1e6).contains(w)) || weights.iter().sum::<f64>() <= 0.0 {
            return invalid("the weights in [mix] must be 0 or more, and not all 0".to_owned());
        }
        let named = [
            ("forged", self.shares.forged),
            ("duplicates", self.shares.duplicates),
            ("malformed", self.shares.malformed),
        ];
        if let Some((name, share)) = named.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return invalid(format!("shares.{name} is {share}, but must be 0 to 1"));
        }
        for (_, shares) in self.shares_over_time() {
            let total = shares.total();
            if total > 0.9 {
                return invalid(format!(
                    "forged, duplicates and malformed make {total:.2} of the webhooks, but may be at most 0.9 together, in each phase"
                ));
            }
        }
        Ok(())
    }

    fn check_amount(&self) -> Checked {
        let webhooks = self.webhooks();
        if webhooks > WEBHOOKS_MAX {
            return invalid(format!(
                "{webhooks:.0} webhooks in one run; at most {WEBHOOKS_MAX:.0} can be reconciled"
            ));
        }
        if webhooks < 1.0 {
            return invalid("not a single webhook is due: raise the rate or the duration".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of poison events is far below 2^52")]
        if self.poison as f64 > webhooks / 2.0 {
            return invalid(format!(
                "{} poison events among {webhooks:.0} webhooks: at most half",
                self.poison
            ));
        }
        if self.valid() < 1.0 {
            return invalid(format!(
                "of {webhooks:.0} webhooks not a single one is valid: nothing could be said of p99; raise the rate or the duration, or \
                 lower the shares"
            ));
        }
        Ok(())
    }

    /// A rotation must be over, and its effect to be seen, before the run ends.
    fn check_rotation(&self) -> Checked {
        let Some(at_s) = self.rotate_secrets_at_s else { return Ok(()) };
        if !(0.0..=DURATION_S_MAX).contains(&at_s) {
            return invalid(format!("rotate_secrets_at_s is {at_s}, but must be 0 s to a day"));
        }
        let needed_s = at_s + SETTLE.as_secs_f64() + AFTER.as_secs_f64();
        if needed_s <= self.duration_s() {
            return Ok(());
        }
        invalid(format!(
            "a rotation at {at_s} s needs {needed_s} s of measured time: {} s until every validator must take the new secrets, \
             and {} s to see that it does; the run has {} s (--duration {}s would do)",
            SETTLE.as_secs(),
            AFTER.as_secs(),
            self.duration_s(),
            needed_s.ceil()
        ))
    }

    fn check_retries(&self) -> Checked {
        match &self.retries {
            Some(storm) if !COMPRESSION.contains(&storm.time_compression) => invalid(format!(
                "retries.time_compression is {}, but must be {} (three days in three hours) to {}",
                storm.time_compression,
                COMPRESSION.start(),
                COMPRESSION.end()
            )),
            _ => Ok(()),
        }
    }

    /// A fault must be over before the run is, or nothing could be said of how it was survived.
    fn check_fault(&self, number: usize, fault: &PlannedFault) -> Checked {
        let place = format!("fault {number} ({})", fault.disturbance);
        let (until_s, duration_s) = (fault.until_s(), self.duration_s());
        // A hair's breadth for what a stretched plan is rounded by.
        if until_s > duration_s + 1e-6 {
            return invalid(format!("{place} ends at {until_s} s, after the measured part ({duration_s} s)"));
        }
        if fault.for_s < FAULT_S_MIN {
            return invalid(format!(
                "{place} lasts {} s, but must last {FAULT_S_MIN} s; --duration shortens faults, too",
                fault.for_s
            ));
        }
        if fault.outage && self.retries.is_none() {
            return invalid(format!(
                "{place} is announced as an outage, and nobody sends again what it costs: add [retries] with time_compression, as the \
                 providers do, or leave out outage"
            ));
        }
        match &fault.disturbance {
            Disturbance::Kill(name) if name != "*" && !FUNCTION_NAMES.contains(&name.as_str()) => {
                invalid(format!(
                    "{place}: there is no such function; there are {} and `*` for all",
                    FUNCTION_NAMES.map(|name| format!("`{name}`")).join(", ")
                ))
            }
            _ => Ok(()),
        }
    }

    fn check_redrive(&self) -> Checked {
        let Some(redrive) = &self.redrive else { return Ok(()) };
        match redrive.at_s {
            Some(at_s) if !(0.0..=self.duration_s()).contains(&at_s) => invalid(format!(
                "redrive.at_s is {at_s}, but must be within the measured part (0 to {} s)",
                self.duration_s()
            )),
            None if !redrive.after_load => invalid(
                "[redrive] needs at_s, or after_load = true: when is the queue to be redriven?".to_owned(),
            ),
            _ => Ok(()),
        }
    }
}

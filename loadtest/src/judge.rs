//! The verdict: service-level objectives over what was measured and reconciled. Nothing is measured here.
//!
//! Every objective is held, broken or open. Broken beats open beats held: one broken objective fails the run, one that
//! could not be judged leaves it open, and only a run in which everything was judged and held passes.

use reports::record::{Finding, Latency, Slo, Verdict};

use crate::exit::NotStarted;
use crate::reconcile::{Evidence, Reconciled};

mod findings;

/// Longest acknowledgement that 99 in 100 valid deliveries may take.
const ACK_P99_MS: f64 = 1_000.0;
/// Part of genuine deliveries that must be acknowledged.
const AVAILABILITY: f64 = 0.999;
/// Part of the asked rate that must be reached.
const RATE_PART: f64 = 0.99;
/// p99 of the generator's own lateness from which its measurements are not to be trusted.
const SEND_LAG_MS: f64 = 100.0;
/// Said of what only the stores can tell.
const UNSEEN: &str = "the stores could not be looked at";

/// Everything the judge looks at.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The ledger joined with the stores.
    pub reconciled: Reconciled,
    /// Acknowledgement of valid deliveries, from the intended send time.
    pub ack: Latency,
    /// The same from the real send time.
    pub service: Latency,
    /// How late the generator was at sending what a user was free to send.
    pub send_lag: Latency,
    /// How late deliveries left for any reason, also because every user waited for an answer.
    pub total_lag: Latency,
    /// Deliveries of the measured part.
    pub sent: u64,
    /// Genuine deliveries of the measured part.
    pub genuine: u64,
    /// Of those, answered 2xx.
    pub acknowledged: u64,
    /// Genuine deliveries without any answer.
    pub unanswered: u64,
    /// Genuine deliveries answered 5xx.
    pub server_errors: u64,
    /// Genuine deliveries answered 429.
    pub throttled: u64,
    /// Genuine deliveries with any other answer that is neither 2xx nor 4xx.
    pub odd_answers: u64,
    /// Forged or malformed deliveries answered 5xx or not at all.
    pub attack_errors: u64,
    /// Webhooks a minute asked for; 0 where none were promised.
    pub offered_per_min: f64,
    /// Webhooks a minute reached.
    pub achieved_per_min: f64,
    /// Due deliveries that were not sent because the run had ended.
    pub unsent: u64,
    /// Queries that failed, of how many.
    pub queries_failed: (u64, u64),
    /// CPU in use by this process and its children, in cores.
    pub cpu_cores: Option<f64>,
    /// Cores there are.
    pub cpus: u32,
    /// goose users.
    pub users: u32,
    /// A person or a signal ended the run.
    pub interrupted: bool,
    /// The stores became quiet in time.
    pub drained: bool,
    /// Why stores could not be read.
    pub trouble: Vec<String>,
    /// Where the functions' logs are.
    pub log_dir: Option<String>,
    /// What went wrong in the generator itself.
    pub generator_errors: Vec<String>,
    /// What was asked for and did not happen, so that the run shows less than it should.
    pub undone: Option<&'static str>,
    /// A function did not start, so that there was no load.
    pub not_started: Option<NotStarted>,
}

/// The judge's word.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Every objective.
    pub slo: Vec<Slo>,
    /// What a person should know, worst first.
    pub findings: Vec<Finding>,
    /// The verdict.
    pub verdict: Verdict,
    /// The generator, not the target, was the limit.
    pub saturated: bool,
}

/// Judges a run.
#[must_use]
pub fn judge(facts: &Facts) -> Judgement {
    let slo = vec![
        ack_p99(facts),
        availability(facts),
        target_rate(facts),
        lost(facts),
        duplicated(facts),
        forged_accepted(facts),
        valid_rejected(facts),
        dead_letters(facts),
        generator(facts),
    ];
    let broken = facts.not_started.is_some() || slo.iter().any(|slo| slo.ok == Some(false));
    let open = facts.interrupted
        || facts.sent == 0
        || facts.undone.is_some()
        || slo.iter().any(|slo| slo.ok.is_none());
    let verdict = match (broken, open) {
        (true, _) => Verdict::Fail,
        (false, true) => Verdict::Unknown,
        (false, false) => Verdict::Pass,
    };
    Judgement { findings: findings::findings(facts, &slo), slo, verdict, saturated: saturated(facts) }
}

/// Whether the generator could not keep its own times, although its users were free.
fn saturated(facts: &Facts) -> bool {
    lag_to_judge(&facts.send_lag).is_some_and(|lag_ms| lag_ms > SEND_LAG_MS)
}

/// p99, or the highest percentile that a smaller sample can tell.
fn lag_to_judge(lag: &Latency) -> Option<f64> {
    lag.p99.or(lag.p90).or(lag.max)
}

/// An objective that is still to be ruled on.
struct Open(Slo);

fn slo(name: &str, title: &str, unit: &str, limit: f64, measured: Option<f64>) -> Open {
    Open(Slo {
        name: name.to_owned(),
        title: title.to_owned(),
        ok: None,
        measured,
        limit,
        unit: unit.to_owned(),
        note: String::new(),
    })
}

impl Open {
    fn ruled(self, ok: Option<bool>, note: impl Into<String>) -> Slo {
        Slo { ok, note: note.into(), ..self.0 }
    }
}

fn ack_p99(facts: &Facts) -> Slo {
    let slo = slo("ack_p99_lt_1s", "p99 acknowledgement below 1 s", "ms", ACK_P99_MS, facts.ack.p99);
    match facts.ack.p99 {
        None => {
            let note = format!("a p99 needs 1,000 valid deliveries, there were {}", facts.ack.samples);
            slo.ruled(None, note)
        }
        Some(p99) if p99 < ACK_P99_MS => slo.ruled(Some(true), ""),
        Some(_) if saturated(facts) && facts.service.p99.is_some_and(|service| service < ACK_P99_MS) => {
            slo.ruled(None, "the generator was late, so that this says nothing about the target")
        }
        Some(_) => slo.ruled(Some(false), ""),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn availability(facts: &Facts) -> Slo {
    let part = (facts.genuine > 0).then(|| facts.acknowledged as f64 / facts.genuine as f64);
    let title = "at least 99.9 % of genuine deliveries acknowledged";
    let slo = slo("availability_ge_999", title, "ratio", AVAILABILITY, part);
    match part {
        None => slo.ruled(None, "no genuine delivery was sent"),
        Some(part) if part >= AVAILABILITY => slo.ruled(Some(true), ""),
        Some(_) => {
            let missing = facts.genuine - facts.acknowledged;
            slo.ruled(Some(false), format!("{missing} of {} were not answered 2xx", facts.genuine))
        }
    }
}

fn target_rate(facts: &Facts) -> Slo {
    let limit = facts.offered_per_min * RATE_PART;
    let title = "at least 99 % of the asked rate reached";
    let slo = slo("target_rate_reached", title, "per_min", limit, Some(facts.achieved_per_min));
    if facts.interrupted {
        return slo.ruled(None, "the run was interrupted");
    }
    if facts.offered_per_min <= 0.0 {
        return slo.ruled(Some(facts.sent > 0), "no rate was promised (--rate max)");
    }
    if facts.achieved_per_min >= limit && facts.unsent == 0 {
        return slo.ruled(Some(true), "");
    }
    if saturated(facts) {
        return slo.ruled(None, "the generator was the limit, not the target");
    }
    let note = match facts.unsent {
        0 => "all were sent, but late".to_owned(),
        unsent => format!("{unsent} due deliveries were never sent"),
    };
    slo.ruled(Some(false), note)
}

/// An objective about a count that must be 0. `blind` says why none seen does not mean none there.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn none_of(name: &str, title: &str, evidence: &Evidence, blind: Option<&str>) -> Slo {
    let measured = (blind.is_none() || evidence.count > 0).then_some(evidence.count as f64);
    let slo = slo(name, title, "count", 0.0, measured);
    let warmup = evidence.warmup;
    match (evidence.count, blind) {
        (0, None) => slo.ruled(Some(true), ""),
        (0, Some(blind)) => slo.ruled(None, blind),
        _ if warmup > 0 => slo.ruled(Some(false), format!("{warmup} of them in the warm-up")),
        _ => slo.ruled(Some(false), ""),
    }
}

/// Why the stores tell nothing, if they do not.
fn blind(facts: &Facts) -> Option<&'static str> {
    (!facts.reconciled.observable).then_some(UNSEEN)
}

fn lost(facts: &Facts) -> Slo {
    none_of("lost_eq_0", "no acknowledged webhook is lost", &facts.reconciled.lost, blind(facts))
}

fn duplicated(facts: &Facts) -> Slo {
    none_of(
        "duplicated_eq_0",
        "no event is stored more than once",
        &facts.reconciled.duplicated,
        blind(facts),
    )
}

fn forged_accepted(facts: &Facts) -> Slo {
    let title = "no forged or malformed webhook is accepted or leaves a trace";
    none_of("forged_accepted_eq_0", title, &facts.reconciled.forged_accepted, blind(facts))
}

fn valid_rejected(facts: &Facts) -> Slo {
    let blind = (facts.genuine == 0).then_some("no genuine delivery was sent");
    none_of("valid_rejected_eq_0", "no genuine webhook is refused", &facts.reconciled.valid_rejected, blind)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn dead_letters(facts: &Facts) -> Slo {
    let letters = &facts.reconciled.dead_letters;
    let measured = facts.reconciled.observable.then_some(letters.found as f64);
    let title = "the dead-letter queue holds exactly the poison";
    let slo = slo("dead_letters_exact", title, "count", letters.expected as f64, measured);
    match (letters.unexpected, letters.missing, facts.reconciled.observable) {
        (0, 0, true) => slo.ruled(Some(true), ""),
        (0, 0, false) => slo.ruled(None, UNSEEN),
        (unexpected, missing, _) => {
            slo.ruled(Some(false), format!("{unexpected} messages too many, {missing} poison events missing"))
        }
    }
}

fn generator(facts: &Facts) -> Slo {
    let measured = lag_to_judge(&facts.send_lag);
    let title = "the generator sent on time";
    let slo = slo("generator_not_saturated", title, "ms", SEND_LAG_MS, measured);
    match measured {
        None => slo.ruled(None, "nothing was sent"),
        Some(lag) if lag <= SEND_LAG_MS => slo.ruled(Some(true), ""),
        Some(_) => slo.ruled(None, "this machine could not offer the load it promised"),
    }
}

#[cfg(test)]
mod tests;

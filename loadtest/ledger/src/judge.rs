//! The verdict: service-level objectives over what was measured and reconciled. Nothing is measured here.
//!
//! Every objective is held, broken or open. Broken beats open beats held: one broken objective fails the run, one that
//! could not be judged leaves it open, and only a run in which everything was judged and held passes.

use run_record::record::{Finding, Latency, Slo, Verdict};

use crate::measure::Measured;
use crate::reconcile::{Evidence, Reconciled};

mod findings;

/// Longest acknowledgement that 99 in 100 valid deliveries may take.
pub const ACK_P99_MS: f64 = 1_000.0;
/// Part of genuine deliveries that must be acknowledged.
const AVAILABILITY: f64 = 0.999;
/// Part of the asked rate that must be reached.
const RATE_PART: f64 = 0.99;
/// p99 of the generator's own lateness from which its measurements are not to be trusted.
const SEND_LAG_MS: f64 = 100.0;
/// Part of the sockets that the generator's process may open from which connections fail for want of one.
const SOCKETS_PART: f64 = 0.95;
/// Part of the machine's cores in use from which there is nothing left of them.
const CPU_PART: f64 = 0.9;
/// Part of the CPU in use that the generator itself uses, from which a full machine is the generator's doing and not the
/// target's.
const OWN_CPU_PART: f64 = 0.5;
/// Part of the machine's cores that others use, from which a full machine is theirs.
const OTHERS_PART: f64 = 0.25;
/// Said of what only the stores can tell.
const UNSEEN: &str = "the stores could not be looked at";

/// A function that the target could not start. Unlike a target that is not there, this is the system's own failure: the
/// run is judged, and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStarted {
    /// The function.
    pub function: String,
    /// Why, as far as it is known.
    pub reason: String,
}

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
    /// Of those, by the generator's own threads.
    pub own_cpu_cores: Option<f64>,
    /// By everything else on the machine meanwhile.
    pub other_cpu_cores: Option<f64>,
    /// How late the scheduler woke a thread that was due.
    pub scheduling_lag: Latency,
    /// Most sockets that the generator's process had open.
    pub open_sockets: Option<u64>,
    /// Files that it may open.
    pub open_files_limit: Option<u64>,
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
    /// What was asked for and did not happen, so that the run shows less than it should; a sentence each.
    pub undone: Vec<String>,
    /// What was due outside of announced outages, if there were any: the latency and availability objectives are about that.
    pub undisturbed: Option<Calm>,
    /// The providers sent again what was not acknowledged.
    pub retried: bool,
    /// p99 of valid deliveries beside a flood of forgeries, and how many there were; absent: there was no flood.
    pub flood: Option<Latency>,
    /// A function did not start, so that there was no load.
    pub not_started: Option<NotStarted>,
    /// These are the facts of one machine of several: what it cannot explain may be another one's.
    pub is_shard: bool,
    /// Machines whose facts these are to be together; 0: there was one.
    pub shards: u32,
    /// Numbers of those whose ledgers are not here.
    pub missing_shards: Vec<u32>,
}

impl Facts {
    /// What the ledger says; everything else is as if all were well, and nothing had been asked for.
    #[must_use]
    pub fn of(measured: &Measured, reconciled: Reconciled) -> Self {
        Self {
            reconciled,
            ack: measured.ack.to_latency(),
            service: measured.service.to_latency(),
            total_lag: measured.lag.to_latency(),
            sent: measured.sent.total,
            genuine: measured.genuine,
            acknowledged: measured.acknowledged,
            unanswered: measured.unanswered,
            server_errors: measured.server_errors,
            throttled: measured.throttled,
            odd_answers: measured.odd_answers,
            attack_errors: measured.attack_errors,
            ..Self::default()
        }
    }
}

/// What was due outside of announced outages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calm {
    /// Acknowledgement of valid deliveries.
    pub ack: Latency,
    /// Genuine deliveries.
    pub genuine: u64,
    /// Of those, answered 2xx.
    pub acknowledged: u64,
    /// Genuine deliveries that an outage touched, and that are left out.
    pub left_out: u64,
    /// Forged or malformed deliveries answered 5xx or not at all.
    pub attack_errors: u64,
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
    let mut slo = vec![
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
    slo.extend(facts.retried.then(|| acknowledged_at_last(facts)));
    slo.extend(facts.flood.as_ref().map(flood_p99));
    let broken = facts.not_started.is_some() || slo.iter().any(|slo| slo.ok == Some(false));
    let open = facts.interrupted
        || facts.sent == 0
        || !facts.undone.is_empty()
        || !facts.missing_shards.is_empty()
        || slo.iter().any(|slo| slo.ok.is_none());
    let verdict = match (broken, open) {
        (true, _) => Verdict::Fail,
        (false, true) => Verdict::Unknown,
        (false, false) => Verdict::Pass,
    };
    Judgement { findings: findings::findings(facts, &slo), slo, verdict, saturated: saturated(facts) }
}

/// Why the generator, not the target, was the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Saturation {
    /// It sent late what a user was free to send: p99, milliseconds.
    SentLate(f64),
    /// Its threads were woken late: p99, milliseconds.
    WokenLate(f64),
    /// It had no socket left: open, and allowed.
    Sockets(u64, u64),
    /// The machine was full, and most of that was the generator: cores of its own, cores in use.
    Cpu(f64, f64),
    /// The machine was full, and a good part of that was neither the generator nor its target: cores of others.
    Crowded(f64),
}

/// Whether the generator could not keep its own times, or had no means left to offer more.
///
/// A full machine alone says nothing: a target on the same machine has its limit there. It is the generator's doing where most of
/// the CPU in use is the generator's own, and nobody's of the two where others use it. Whatever only makes a run look worse than
/// the target is, counts only if something was missed.
fn saturation(facts: &Facts) -> Option<Saturation> {
    let late = |lag: &Latency| lag_to_judge(lag).filter(|lag_ms| *lag_ms > SEND_LAG_MS);
    if missed(facts) {
        let woken_late =
            facts.scheduling_lag.p99.filter(|lag_ms| *lag_ms > SEND_LAG_MS).map(Saturation::WokenLate);
        let out = out_of_sockets(facts).or_else(|| out_of_cpu(facts)).or_else(|| crowded(facts));
        if let Some(found) = out.or(woken_late) {
            return Some(found);
        }
    }
    late(&facts.send_lag).map(Saturation::SentLate)
}

/// Whether an objective about time or rate does not hold.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn missed(facts: &Facts) -> bool {
    facts.ack.p99.is_some_and(|p99| p99 >= ACK_P99_MS)
        || facts.achieved_per_min < facts.offered_per_min * RATE_PART
        || facts.unsent > 0
        || (facts.acknowledged as f64) < facts.genuine as f64 * AVAILABILITY
}

fn crowded(facts: &Facts) -> Option<Saturation> {
    let (others, all) = facts.other_cpu_cores.zip(facts.cpu_cores)?;
    let cpus = f64::from(facts.cpus);
    (all + others >= cpus * CPU_PART && others >= cpus * OTHERS_PART).then_some(Saturation::Crowded(others))
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn out_of_sockets(facts: &Facts) -> Option<Saturation> {
    let (open, limit) = facts.open_sockets.zip(facts.open_files_limit)?;
    (open as f64 >= limit as f64 * SOCKETS_PART).then_some(Saturation::Sockets(open, limit))
}

fn out_of_cpu(facts: &Facts) -> Option<Saturation> {
    let (own, all) = facts.own_cpu_cores.zip(facts.cpu_cores)?;
    // Where no rate was promised, a full machine is as fast as it goes.
    let full = facts.offered_per_min > 0.0 && all >= f64::from(facts.cpus) * CPU_PART;
    (full && own >= all * OWN_CPU_PART).then_some(Saturation::Cpu(own, all))
}

fn saturated(facts: &Facts) -> bool {
    saturation(facts).is_some()
}

/// Whether times that the generator measured from the real send are the target's all the same: a delay of the generator's own
/// lies before that.
fn service_counts(facts: &Facts) -> bool {
    !matches!(saturation(facts), Some(Saturation::Cpu(..) | Saturation::Crowded(_)))
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

/// The latency that the objective is about.
fn judged_ack(facts: &Facts) -> &Latency {
    facts.undisturbed.as_ref().map_or(&facts.ack, |calm| &calm.ack)
}

/// What an objective leaves out, for its note.
fn left_out(facts: &Facts) -> String {
    match &facts.undisturbed {
        Some(calm) => format!("without {} deliveries that were due in an announced outage", calm.left_out),
        None => String::new(),
    }
}

fn ack_p99(facts: &Facts) -> Slo {
    let ack = judged_ack(facts);
    let slo = slo("ack_p99_lt_1s", "p99 acknowledgement below 1 s", "ms", ACK_P99_MS, ack.p99);
    match ack.p99 {
        None => {
            let note = format!("a p99 needs 1,000 valid deliveries, there were {}", ack.samples);
            slo.ruled(None, note)
        }
        Some(p99) if p99 < ACK_P99_MS => slo.ruled(Some(true), left_out(facts)),
        Some(_)
            if saturated(facts)
                && (!service_counts(facts)
                    || facts.service.p99.is_some_and(|service| service < ACK_P99_MS)) =>
        {
            slo.ruled(None, "the generator was late, so that this says nothing about the target")
        }
        Some(_) => slo.ruled(Some(false), left_out(facts)),
    }
}

/// Every event must be acknowledged within its provider's schedule, whatever failed at first.
fn acknowledged_at_last(facts: &Facts) -> Slo {
    let title = "every genuine event is acknowledged in the end, by the providers' retries";
    let evidence = &facts.reconciled.unacknowledged;
    let slo = none_of("unacknowledged_eq_0", title, evidence, None);
    if facts.interrupted && evidence.count > 0 {
        return Slo { ok: None, note: "the run was interrupted while they waited".to_owned(), ..slo };
    }
    slo
}

fn flood_p99(during: &Latency) -> Slo {
    let title = "p99 of valid webhooks beside the flood of forgeries below 1 s";
    let slo = slo("flood_ack_p99_lt_1s", title, "ms", ACK_P99_MS, during.p99);
    match during.p99 {
        None => slo.ruled(None, format!("a p99 needs 1,000 valid deliveries, there were {}", during.samples)),
        Some(p99) => slo.ruled(Some(p99 < ACK_P99_MS), ""),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn availability(facts: &Facts) -> Slo {
    let (genuine, acknowledged) = match &facts.undisturbed {
        Some(calm) => (calm.genuine, calm.acknowledged),
        None => (facts.genuine, facts.acknowledged),
    };
    let part = (genuine > 0).then(|| acknowledged as f64 / genuine as f64);
    let title = "at least 99.9 % of genuine deliveries acknowledged";
    let slo = slo("availability_ge_999", title, "ratio", AVAILABILITY, part);
    match part {
        None => slo.ruled(None, "no genuine delivery was sent"),
        Some(part) if part >= AVAILABILITY => slo.ruled(Some(true), left_out(facts)),
        Some(_) if facts.unanswered > 0 && matches!(saturation(facts), Some(Saturation::Sockets(..))) => {
            slo.ruled(None, "the generator had no socket left to send them by")
        }
        Some(_) => {
            let missing = genuine - acknowledged;
            let rest = left_out(facts);
            let rest = if rest.is_empty() { rest } else { format!(", {rest}") };
            slo.ruled(Some(false), format!("{missing} of {genuine} were not answered 2xx{rest}"))
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
        (0, 0, true) => slo.ruled(Some(true), repeated(letters.repeated)),
        (0, 0, false) => slo.ruled(None, UNSEEN),
        (unexpected, missing, _) => {
            slo.ruled(Some(false), format!("{unexpected} messages too many, {missing} poison events missing"))
        }
    }
}

/// Poison that was delivered again, and therefore lies there again.
fn repeated(letters: u64) -> String {
    match letters {
        0 => String::new(),
        1 => "1 of them again, for an event that was delivered again".to_owned(),
        many => format!("{many} of them again, for events that were delivered again"),
    }
}

fn generator(facts: &Facts) -> Slo {
    let measured = lag_to_judge(&facts.send_lag);
    let title = "the generator sent on time";
    let slo = slo("generator_not_saturated", title, "ms", SEND_LAG_MS, measured);
    match (measured, saturation(facts)) {
        (None, _) => slo.ruled(None, "nothing was sent"),
        (Some(_), None) => slo.ruled(Some(true), ""),
        (Some(_), Some(Saturation::SentLate(_))) => {
            slo.ruled(None, "this machine could not offer the load it promised")
        }
        (Some(_), Some(Saturation::WokenLate(lag))) => {
            slo.ruled(None, format!("threads that were due were woken {lag:.0} ms late (p99)"))
        }
        (Some(_), Some(Saturation::Sockets(open, limit))) => {
            slo.ruled(None, format!("{open} sockets were open, of {limit} that this process may open"))
        }
        (Some(_), Some(Saturation::Crowded(others))) => {
            slo.ruled(None, format!("other programs used {others:.1} of this machine's {} cores", facts.cpus))
        }
        (Some(_), Some(Saturation::Cpu(own, all))) => slo.ruled(
            None,
            format!("all {} cores were in use, {own:.1} of {all:.1} by the generator itself", facts.cpus),
        ),
    }
}

#[cfg(test)]
mod tests;

//! The record of a search, put together from its trials. Nothing is measured here: a trial is what its run's record says, the
//! verdict follows from the trials.

use reports::record::{Finding, Run, Severity, Slo, Verdict};
use reports::search::{Knee, Limit, Objective, ScalabilityLaw, Trial, TrialGenerator};

use super::strategy::{Bracket, Observation};
use super::{knee, law, limit};

/// What the ledger must hold at every rate.
const LEDGER: [&str; 5] =
    ["lost_eq_0", "duplicated_eq_0", "forged_accepted_eq_0", "valid_rejected_eq_0", "dead_letters_exact"];
/// What is searched for.
const OBJECTIVE: [&str; 3] = ["ack_p99_lt_1s", "availability_ge_999", "target_rate_reached"];
/// Different rates below which nothing is said of a limit.
const RATES: usize = 3;
/// Part of the machine's cores in use from which they are what ran out.
const CPU_PART: f64 = 0.9;
/// Backlog from which the processing of events, not their intake, is behind.
const BACKLOG_S: f64 = 3.0;

/// Why a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nothing more would have been learnt.
    Complete,
    /// A person or a signal.
    Interrupted,
    /// The next trial would not have been over in time.
    OutOfTime,
    /// The next trial would have sent more than may be sent in all.
    OutOfBudget,
    /// The generator was the limit, at this rate.
    Saturated(u64),
    /// A trial at this rate said nothing, twice.
    Silent(u64),
    /// The ledger had a hole.
    Hole,
    /// The target did not come to rest.
    Restless,
}

/// What a run's ledger is missing, if anything: where a webhook was lost, doubled, forged in, or genuine and refused. While the
/// target is busy, what is under way is neither lost nor doubled.
fn hole(run: &Run, rested: bool) -> String {
    let holes = [
        ("lost_eq_0", "lost", rested),
        ("duplicated_eq_0", "stored more than once", rested),
        ("forged_accepted_eq_0", "forged or malformed and let in", true),
        ("valid_rejected_eq_0", "genuine and refused", true),
    ];
    let counted = holes.iter().filter(|(_, _, counts)| *counts);
    let named = counted.filter_map(|(name, what, _)| {
        let slo = run.slo.iter().find(|slo| slo.name == *name && slo.ok == Some(false))?;
        Some(format!("{:.0} {what}", slo.measured.unwrap_or_default()))
    });
    named.collect::<Vec<_>>().join(", ")
}

/// The objective, as the judge of a run has it.
#[must_use]
pub const fn objective() -> Objective {
    Objective { ack_p99_ms: 1_000.0, availability: 0.999, rate_share: 0.99 }
}

/// A trial from its run. `rested`: the target came to rest, so that what is missing is lost and not under way.
#[must_use]
pub fn trial(number: u32, run: &Run, rested: bool) -> Trial {
    let (held, why) = judged(run, rested);
    let generator = &run.generator;
    let service_mean_s = run.service_time_ms.mean.unwrap_or_default() / 1_000.0;
    Trial {
        number,
        run: run.id.clone(),
        seed: run.seed,
        offered_per_min: run.offered_per_min,
        achieved_per_min: run.achieved_per_min,
        duration_s: run.duration_s,
        held,
        why,
        hole: hole(run, rested),
        ack_p50_ms: run.ack_latency_ms.p50,
        ack_p99_ms: run.ack_latency_ms.p99,
        service_p50_ms: run.service_time_ms.p50,
        service_p99_ms: run.service_time_ms.p99,
        durable_p99_ms: run.durable_latency_ms.p99,
        drain_s: run.drain_s,
        in_flight: run.achieved_per_min / 60.0 * service_mean_s,
        outcome: run.outcome.clone(),
        generator: TrialGenerator {
            send_lag_p99_ms: generator.send_lag_ms.p99,
            scheduling_lag_p99_ms: generator.scheduling_lag_ms.as_ref().and_then(|lag| lag.p99),
            cpu_cores: generator.cpu_cores,
            own_cpu_cores: generator.own_cpu_cores,
            other_cpu_cores: generator.other_cpu_cores,
            open_sockets: generator.open_sockets,
            open_files_limit: generator.open_files_limit,
            saturated: generator.saturated,
        },
    }
}

/// Whether the objective held, and why not or why it cannot be told.
fn judged(run: &Run, rested: bool) -> (Option<bool>, String) {
    let because = |slo: &Slo| match (slo.ok, slo.note.as_str()) {
        (Some(false), "") => format!("{}: {}", slo.title, reports::figures::measured(slo)),
        (_, note) => format!("{}: {note}", slo.title),
    };
    let of =
        |names: &[&str]| run.slo.iter().filter(|slo| names.contains(&slo.name.as_str())).collect::<Vec<_>>();
    let ledger = of(&LEDGER);
    let objective = of(&OBJECTIVE);
    let broken = |all: &[&Slo]| all.iter().find(|slo| slo.ok == Some(false)).map(|slo| because(slo));
    let open = |all: &[&Slo]| all.iter().find(|slo| slo.ok.is_none()).map(|slo| because(slo));
    if run.interrupted {
        return (None, "interrupted".to_owned());
    }
    if !rested {
        return (Some(false), format!("the target was still busy {:.0} s after the load", run.drain_s));
    }
    // The judge has opened what the generator may have spoilt: what is still broken is the target's.
    if let Some(why) = broken(&ledger).or_else(|| broken(&objective)) {
        return (Some(false), why);
    }
    if run.generator.saturated {
        return (None, open(&of(&["generator_not_saturated"])).unwrap_or_default());
    }
    match open(&objective).or_else(|| open(&ledger)) {
        Some(why) => (None, why),
        None => (Some(true), String::new()),
    }
}

/// The trials that were judged, for the strategy and the estimate.
#[must_use]
pub fn observations(trials: &[Trial]) -> Vec<Observation> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, positive rates")]
    let observation =
        |trial: &Trial| Some(Observation { rate: trial.offered_per_min.round() as u64, held: trial.held? });
    trials.iter().filter_map(observation).collect()
}

/// What the trials show together.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// See [`reports::search::Search`].
    pub limit: Option<Limit>,
    /// Likewise.
    pub law: Option<ScalabilityLaw>,
    /// Likewise.
    pub knee: Option<Knee>,
    /// Likewise.
    pub findings: Vec<Finding>,
    /// Likewise.
    pub verdict: Verdict,
}

/// Draws the conclusions.
#[must_use]
pub fn conclude(trials: &[Trial], bracket: Bracket, end: &End, cpus: u32) -> Found {
    let judged = observations(trials);
    let mut rates: Vec<u64> = judged.iter().map(|one| one.rate).collect();
    rates.sort_unstable();
    rates.dedup();
    let generator_was_it = matches!(end, End::Saturated(_));
    let limit = match bracket {
        Bracket { holds: Some(holds), breaks: Some(breaks) } if !generator_was_it => limit::estimate(&judged)
            .map(|found| Limit {
                rate_per_min: found.rate.round(),
                low_per_min: found.low.round(),
                high_per_min: found.high.round(),
                confidence: limit::CONFIDENCE,
                trials: near(&judged, holds, breaks),
            }),
        _ => None,
    };
    let law = law::fit(&law_points(trials));
    let knee = knee::knee(&knee_points(trials)).map(|point| Knee {
        rate_per_min: point.rate_per_min,
        ack_p99_ms: point.p99_ms,
        cause: cause(trials, cpus),
    });
    let hole = trials.iter().find(|trial| !trial.hole.is_empty());
    let verdict = match (&hole, bracket, end) {
        (Some(_), _, _) => Verdict::Fail,
        (None, Bracket { holds: None, breaks: Some(_) }, End::Complete) => Verdict::Fail,
        (None, _, End::Complete) if limit.is_some() && rates.len() >= RATES => Verdict::Pass,
        _ => Verdict::Unknown,
    };
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(hole.map(hole_finding));
    findings.extend(end_finding(trials, bracket, end));
    if *end == End::Complete && verdict == Verdict::Unknown && limit.is_some() {
        findings.push(too_few_rates(rates.len()));
    }
    findings.extend(shared_machine(trials, bracket, cpus));
    findings.sort_by_key(|finding| finding.severity);
    Found { limit, law, knee, findings, verdict }
}

fn near(judged: &[Observation], holds: u64, breaks: u64) -> u32 {
    let count = judged.iter().filter(|one| one.rate == holds || one.rate == breaks).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn law_points(trials: &[Trial]) -> Vec<law::Point> {
    let told = trials.iter().filter(|trial| trial.held.is_some());
    told.map(|trial| law::Point { in_flight: trial.in_flight, per_s: trial.achieved_per_min / 60.0 })
        .collect()
}

fn knee_points(trials: &[Trial]) -> Vec<knee::Point> {
    let told = trials.iter().filter(|trial| trial.held.is_some());
    told.filter_map(|trial| {
        Some(knee::Point { rate_per_min: trial.offered_per_min, p99_ms: trial.ack_p99_ms? })
    })
    .collect()
}

/// What runs out first: seen at the lowest rate that broke, or at the highest that was tried.
fn cause(trials: &[Trial], cpus: u32) -> String {
    let broken = trials.iter().filter(|trial| trial.held == Some(false));
    let lowest = broken.min_by(|a, b| a.offered_per_min.total_cmp(&b.offered_per_min));
    let highest = trials.iter().max_by(|a, b| a.offered_per_min.total_cmp(&b.offered_per_min));
    let Some(trial) = lowest.or(highest) else { return String::new() };
    let generator = &trial.generator;
    match generator.cpu_cores {
        Some(cores) if cores >= f64::from(cpus) * CPU_PART => match generator.own_cpu_cores {
            Some(own) => format!(
                "the processors: {cores:.1} of {cpus} cores in use, {own:.1} of them by the generator"
            ),
            None => format!("the processors: {cores:.1} of {cpus} cores in use"),
        },
        _ if trial.drain_s >= BACKLOG_S => {
            format!("processing: events were worked off for another {:.0} s after the load", trial.drain_s)
        }
        Some(cores) => {
            format!(
                "not the processors ({cores:.1} of {cpus} cores in use): a wait within the target, or its throttle"
            )
        }
        None => "not shown by the trials".to_owned(),
    }
}

fn finding(severity: Severity, what: String, why: impl Into<String>, next: impl Into<String>) -> Finding {
    Finding { severity, what, why: why.into(), next: next.into(), examples: Vec::new() }
}

fn hole_finding(trial: &Trial) -> Finding {
    let what = format!(
        "The ledger has a hole at {:.0} webhooks a minute (trial {}): {}.",
        trial.offered_per_min, trial.number, trial.hole
    );
    let next = format!("Read the report of {}: its findings name the events.", trial.run);
    finding(Severity::Error, what, "At no rate may a webhook be lost, doubled, forged in, or refused.", next)
}

fn too_few_rates(rates: usize) -> Finding {
    finding(
        Severity::Warning,
        format!("Only {rates} different rates were tried: too few to call it a limit."),
        "The first rates already broke, or the range is too narrow.",
        "Begin lower with --from, or raise --to.",
    )
}

fn end_finding(trials: &[Trial], bracket: Bracket, end: &End) -> Option<Finding> {
    let why_at = |rate: u64| {
        let at =
            |trial: &&Trial| (trial.offered_per_min - rate_of(rate)).abs() < 0.5 && !trial.why.is_empty();
        trials.iter().rev().find(at).map(|trial| trial.why.clone()).unwrap_or_default()
    };
    let warning = |what: String, why: String, next: &str| Some(finding(Severity::Warning, what, why, next));
    match (end, bracket) {
        (End::Hole, _) => None,
        (End::Complete, Bracket { holds: None, breaks: Some(rate) }) => Some(finding(
            Severity::Error,
            format!("The lowest rate, {rate} webhooks a minute, already broke the objective."),
            why_at(rate),
            "Begin lower with --from, or read the report of the first trial.",
        )),
        (End::Complete, Bracket { holds: Some(rate), breaks: None }) => warning(
            format!("{rate} webhooks a minute held, and no higher rate was allowed: the limit lies above."),
            "The search ended at --to.".to_owned(),
            "Raise --to.",
        ),
        (End::Complete, _) => None,
        (End::Interrupted, _) => warning(
            format!("The search was interrupted after {} trials.", trials.len()),
            "Ctrl-C or a signal.".to_owned(),
            "Run it again to the end for a verdict.",
        ),
        (End::OutOfTime, _) => warning(
            format!("The time was over after {} trials.", trials.len()),
            "The next trial would not have been over within --at-most.".to_owned(),
            "Give more time with --at-most, or begin closer to the limit with --from.",
        ),
        (End::OutOfBudget, _) => warning(
            format!("The webhooks that may be sent to AWS were used up after {} trials.", trials.len()),
            "The next trial would have gone beyond --max-total.".to_owned(),
            "Raise --max-total, or begin closer to the limit with --from.",
        ),
        (End::Saturated(rate), _) => warning(
            format!(
                "The generator, or what else ran beside it, was the limit at {rate} webhooks a minute: what the target holds is not known."
            ),
            why_at(*rate),
            "Use a release build on a machine that does nothing else, or one of its own for the generator.",
        ),
        (End::Silent(rate), _) => warning(
            format!("Trials at {rate} webhooks a minute could not be judged."),
            why_at(*rate),
            "Read the report of that trial; a receiver whose stores cannot be read has no verdict.",
        ),
        (End::Restless, _) => warning(
            "The target did not come to rest after a trial.".to_owned(),
            "Events of one trial would have been worked off during the next, and slowed it down.".to_owned(),
            "Look for slow retries or a growing backlog in the processor's log.",
        ),
    }
}

/// On one machine a limit is of generator and system together, and is said to be.
fn shared_machine(trials: &[Trial], bracket: Bracket, cpus: u32) -> Option<Finding> {
    let rate = rate_of(bracket.breaks?);
    let trial = trials.iter().find(|trial| (trial.offered_per_min - rate).abs() < 0.5)?;
    let (all, own) = trial.generator.cpu_cores.zip(trial.generator.own_cpu_cores)?;
    // Where the target runs elsewhere, all of it is the generator's own; and cores that are not full are shared without harm.
    if all < own + 0.05 || all < f64::from(cpus) * CPU_PART {
        return None;
    }
    let what = format!("On this machine, generator and system share {cpus} cores.");
    let why = format!(
        "At {rate:.0} webhooks a minute {all:.1} cores were in use, {own:.1} of them by the generator: the system alone would reach more."
    );
    Some(finding(
        Severity::Info,
        what,
        why,
        "For the system's own limit, run the generator on another machine.",
    ))
}

#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
const fn rate_of(rate: u64) -> f64 {
    rate as f64
}

#[cfg(test)]
mod tests;

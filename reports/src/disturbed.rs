//! What was made to fail, in words and rows: the faults survived, the recovery after an outage, the redrive, the flood of forgeries.
//! The same words stand in every rendering.

use crate::figures::{capital, count, millis, number, share, span};
use crate::record::{FaultOutcome, Flood, OutageRecovery, Run};

/// A row of the table of faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRow {
    /// What was made to fail.
    pub fault: String,
    /// When, and for how long.
    pub when: String,
    /// How often it hit.
    pub hits: String,
    /// What was seen of it from outside.
    pub seen: String,
    /// Whether it was survived; absent: nobody can say.
    pub survived: Option<bool>,
}

/// The faults of a run, in the order of its plan.
#[must_use]
pub fn fault_rows(run: &Run) -> Vec<FaultRow> {
    run.faults.iter().map(row).collect()
}

fn row(fault: &FaultOutcome) -> FaultRow {
    let outage = if fault.outage { ", announced" } else { "" };
    let hit = if fault.what.starts_with("kill ") { ("process", "processes") } else { ("call", "calls") };
    FaultRow {
        fault: fault.what.clone(),
        when: format!("at {} for {}{outage}", span(fault.at_s), span(fault.for_s)),
        hits: counted(fault.hits, hit.0, hit.1),
        seen: seen(fault),
        survived: fault.survived,
    }
}

fn seen(fault: &FaultOutcome) -> String {
    let acknowledged = fault.deliveries.saturating_sub(fault.unacknowledged);
    let mut parts = vec![format!(
        "{} of {} deliveries acknowledged at once",
        count(acknowledged),
        count(fault.deliveries)
    )];
    let ack = &fault.ack_latency_ms;
    let slowest = [("p99", ack.p99), ("p90", ack.p90), ("max", ack.max)];
    parts.extend(
        slowest.iter().find_map(|(name, value)| value.map(|value| format!("{name} {}", millis(value)))),
    );
    if fault.cold_starts > 0 {
        parts.push(counted(fault.cold_starts, "cold start", "cold starts"));
    }
    parts.join(", ")
}

fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

/// How many of the faults were survived: `4 of 5 faults survived`.
#[must_use]
pub fn faults(run: &Run) -> Option<String> {
    let all = run.faults.len();
    let survived = run.faults.iter().filter(|fault| fault.survived == Some(true)).count();
    let idle = run.faults.iter().filter(|fault| fault.hits == 0).count();
    let rest = if idle > 0 { format!("; {idle} hit nothing") } else { String::new() };
    (all > 0).then(|| format!("{survived} of {all} survived{rest}"))
}

/// How what was not acknowledged came in, in a sentence.
#[must_use]
pub fn recovery(run: &Run) -> Option<String> {
    let recovery = run.recovery.as_ref()?;
    if recovery.delayed == 0 {
        return Some("every genuine event was acknowledged at once; nothing had to be sent again".to_owned());
    }
    let left = match recovery.unacknowledged {
        0 => "all were acknowledged in the end".to_owned(),
        some => format!("{} never acknowledged", counted(some, "was", "were")),
    };
    Some(format!(
        "{} not acknowledged at first, {} sent ({} at most for one event), {} waiting at once; {left}",
        counted(recovery.delayed, "event", "events"),
        counted(recovery.retries, "retry", "retries"),
        count(recovery.retries_max),
        count(recovery.backlog_max),
    ))
}

/// Each announced outage and the way back from it, in a sentence.
#[must_use]
pub fn outages(run: &Run) -> Vec<String> {
    run.recovery.iter().flat_map(|recovery| &recovery.outages).map(outage).collect()
}

fn outage(outage: &OutageRecovery) -> String {
    let after = |value: Option<f64>| match value {
        Some(seconds) => format!("after {}", span(seconds)),
        None => "at no time".to_owned(),
    };
    let recovered = match outage.recovered_s {
        Some(seconds) => format!("recovered {} after its end", span(seconds)),
        None => "not recovered by the end of the run".to_owned(),
    };
    format!(
        "from {} to {}: {recovered} (backlog empty {}, p99 below the objective {}); {} waited at its end",
        span(outage.from_s),
        span(outage.to_s),
        after(outage.backlog_empty_s),
        after(outage.p99_back_s),
        counted(outage.backlog, "event", "events"),
    )
}

/// What became of the dead letters that were redriven, in a sentence.
#[must_use]
pub fn redrive(run: &Run) -> Option<String> {
    let redrive = run.redrive.as_ref()?;
    let rounds = redrive.rounds.iter().map(|round| {
        let when = if round.under_load { "under load" } else { "after the load" };
        let refused =
            if round.refused > 0 { format!(", {} not taken", count(round.refused)) } else { String::new() };
        format!("{} of {} letters {when}{refused}", count(round.taken), count(round.letters))
    });
    Some(format!(
        "{}; {} are home, {} came back",
        rounds.collect::<Vec<_>>().join(", "),
        counted(redrive.home, "event", "events"),
        count(redrive.came_back)
    ))
}

/// What a flood of forgeries did to valid traffic, in a sentence.
#[must_use]
pub fn flood(run: &Run) -> Option<String> {
    let Flood { from_s, to_s, forged, before, during, after, p99_ratio } = run.flood.as_ref()?;
    let p99 = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), millis);
    let ratio = p99_ratio
        .map_or_else(String::new, |ratio| format!(" ({} times)", number((ratio * 100.0).round() / 100.0)));
    Some(format!(
        "{} forged from {} to {}: p99 of valid webhooks {} before, {} during{ratio}, {} after",
        share(*forged),
        span(*from_s),
        span(*to_s),
        p99(before.p99),
        p99(during.p99),
        p99(after.p99)
    ))
}

/// Recovery, redrive and flood with their names, as far as the run has them.
#[must_use]
pub fn sentences(run: &Run) -> Vec<(&'static str, String)> {
    let mut all: Vec<(&'static str, String)> = Vec::new();
    all.extend(recovery(run).map(|text| ("Retries", capital(&text))));
    all.extend(outages(run).into_iter().map(|text| ("Outage", capital(&text))));
    all.extend(redrive(run).map(|text| ("Redrive", capital(&text))));
    all.extend(flood(run).map(|text| ("Flood", capital(&text))));
    all
}

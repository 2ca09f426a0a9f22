//! Stretches of a run in which something was made to fail: what was due in them, and how the system came back after them.
//!
//! Non-goal: judging. An event counts as waiting from its first delivery that was not acknowledged until one is.

use std::collections::HashMap;
use std::time::Duration;

use run_record::latency::Recorder;
use run_record::record::{FaultOutcome, Flood, OutageRecovery, Recovery, Second};

use crate::entry::{Entry, EventId, Kind};

/// So many seconds in a row must be below the objective to be called back.
const STEADY_S: usize = 3;

/// A stretch of time, since the start of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: Duration,
    /// Its end.
    pub to: Duration,
}

impl Window {
    /// Whether a delivery was due, under way or being answered within it.
    #[must_use]
    pub fn touches(&self, entry: &Entry) -> bool {
        entry.intended() <= self.to && entry.intended() + entry.acknowledged() >= self.from
    }

    /// Whether a delivery was due within it.
    #[must_use]
    pub fn holds(&self, entry: &Entry) -> bool {
        (self.from..self.to).contains(&entry.intended())
    }
}

/// Fills in what the ledger knows of a fault: what was due meanwhile, and how it was answered.
pub fn seen_in(window: Window, entries: &[Entry], outcome: &mut FaultOutcome) {
    let mut ack = Recorder::new();
    for entry in entries.iter().filter(|entry| entry.measured && window.holds(entry)) {
        if !entry.kind.is_genuine() || entry.kind == Kind::Retry {
            continue;
        }
        outcome.deliveries += 1;
        outcome.unacknowledged += u64::from(!entry.accepted());
        if entry.kind == Kind::Valid {
            ack.record(entry.acknowledged());
        }
    }
    outcome.ack_latency_ms = ack.to_latency();
}

/// p99 of valid deliveries before, during and after stretches with more forgeries.
#[must_use]
pub fn flood(floods: &[Window], forged: f64, entries: &[Entry], warmup: Duration) -> Option<Flood> {
    let (first, last) = (floods.first()?, floods.last()?);
    let mut parts = [Recorder::new(), Recorder::new(), Recorder::new()];
    for entry in entries.iter().filter(|entry| entry.measured && entry.kind == Kind::Valid) {
        let [before, during, after] = &mut parts;
        if floods.iter().any(|window| window.holds(entry)) {
            during.record(entry.acknowledged());
        } else if entry.intended() < first.from {
            before.record(entry.acknowledged());
        } else if entry.intended() >= last.to {
            after.record(entry.acknowledged());
        }
    }
    let [before, during, after] = parts.map(|part| part.to_latency());
    let p99_ratio = before.p99.zip(during.p99).map(|(before, during)| during / before);
    let since = |moment: Duration| moment.saturating_sub(warmup).as_secs_f64();
    Some(Flood { from_s: since(first.from), to_s: since(last.to), forged, before, during, after, p99_ratio })
}

/// An event that waited.
struct Waiting {
    /// When its first delivery was due.
    due: Duration,
    /// When that one was found not to be acknowledged.
    failed: Duration,
    /// When one was.
    acknowledged: Option<Duration>,
    retries: u64,
}

/// How the events that were not acknowledged at first came in. `timeline` is that of the measured part, and `limit_ms` what its p99
/// must be below to be called back.
#[must_use]
pub fn recovery(
    entries: &[Entry],
    outages: &[Window],
    timeline: &[Second],
    warmup: Duration,
    limit_ms: f64,
) -> Recovery {
    let waiting = waiting(entries);
    let mut delayed_ack = Recorder::new();
    for event in &waiting {
        if let Some(acknowledged) = event.acknowledged {
            delayed_ack.record(acknowledged.saturating_sub(event.due));
        }
    }
    let of_outage = |window: &Window| {
        let since = |moment: Duration| moment.saturating_sub(warmup).as_secs_f64();
        let backlog_over = backlog_over(&waiting, window.to);
        let p99_back = p99_back(timeline, since(window.to), limit_ms);
        let backlog_empty_s = backlog_over.map(|moment| moment.saturating_sub(window.to).as_secs_f64());
        OutageRecovery {
            from_s: since(window.from),
            to_s: since(window.to),
            backlog: count(waiting.iter().filter(|event| event.waits_at(window.to)).count()),
            backlog_empty_s,
            p99_back_s: p99_back,
            recovered_s: backlog_empty_s.zip(p99_back).map(|(backlog, p99)| backlog.max(p99)),
        }
    };
    Recovery {
        time_compression: 1.0,
        delayed: count(waiting.len()),
        retries: waiting.iter().map(|event| event.retries).sum(),
        retries_max: waiting.iter().map(|event| event.retries).max().unwrap_or(0),
        backlog_max: backlog_max(&waiting),
        unacknowledged: count(waiting.iter().filter(|event| event.acknowledged.is_none()).count()),
        delayed_ack_ms: delayed_ack.to_latency(),
        outages: outages.iter().map(of_outage).collect(),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Waiting {
    fn waits_at(&self, moment: Duration) -> bool {
        self.failed <= moment && self.acknowledged.is_none_or(|acknowledged| acknowledged > moment)
    }
}

/// Every event with a first delivery that was not acknowledged. A repetition that is none of the provider's retries
/// acknowledges its event as well.
fn waiting(entries: &[Entry]) -> Vec<Waiting> {
    let mut events: HashMap<EventId, Waiting> = HashMap::new();
    let firsts = |entry: &&Entry| matches!(entry.kind, Kind::Valid | Kind::Poison) && !entry.accepted();
    for entry in entries.iter().filter(firsts) {
        let failed = entry.intended() + entry.acknowledged();
        events.insert(entry.event, Waiting { due: entry.intended(), failed, acknowledged: None, retries: 0 });
    }
    for entry in entries.iter().filter(|entry| matches!(entry.kind, Kind::Retry | Kind::Duplicate)) {
        let Some(event) = events.get_mut(&entry.event) else { continue };
        event.retries += u64::from(entry.kind == Kind::Retry);
        if entry.accepted() {
            let at = entry.intended() + entry.acknowledged();
            event.acknowledged = Some(event.acknowledged.map_or(at, |before| before.min(at)));
        }
    }
    events.into_values().collect()
}

/// The first moment from `end` on at which nothing waits; absent if something always does.
fn backlog_over(waiting: &[Waiting], end: Duration) -> Option<Duration> {
    let mut stretches: Vec<_> = waiting.iter().map(|event| (event.failed, event.acknowledged)).collect();
    stretches.sort_unstable();
    let mut moment = end;
    for (failed, acknowledged) in stretches {
        if failed > moment {
            break;
        }
        moment = moment.max(acknowledged?);
    }
    Some(moment)
}

fn backlog_max(waiting: &[Waiting]) -> u64 {
    let begins = waiting.iter().map(|event| (event.failed, 1_i64));
    let ends = waiting.iter().filter_map(|event| event.acknowledged.map(|at| (at, -1)));
    let mut changes: Vec<_> = begins.chain(ends).collect();
    changes.sort_unstable();
    let (mut now, mut most) = (0_i64, 0_i64);
    for (_, change) in changes {
        now += change;
        most = most.max(now);
    }
    u64::try_from(most).unwrap_or(0)
}

/// Seconds from the outage's end to the first second from then on whose p99, and that of the next ones, is below the limit: right
/// after the end a second may look well because the retries have not come yet.
fn p99_back(timeline: &[Second], end_s: f64, limit_ms: f64) -> Option<f64> {
    let first = timeline.iter().position(|second| f64::from(second.t) + 1.0 > end_s)?;
    let later = timeline.get(first..)?;
    let steady = |from: usize| {
        let seconds: Vec<_> = later.iter().skip(from).take(STEADY_S).map(|second| second.p99).collect();
        seconds.first().is_some_and(Option::is_some) && seconds.iter().flatten().all(|p99| *p99 < limit_ms)
    };
    let back = (0..later.len()).find(|from| steady(*from))?;
    Some((f64::from(later.get(back)?.t) - end_s).max(0.0))
}

#[cfg(test)]
mod tests;

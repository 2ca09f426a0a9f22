//! The ledger joined with the stores: where did every delivery end, and which events are not where they should be?
//!
//! Invariant: every entry gets exactly one [`Fate`]. A fate is claimed from evidence only: what no store shows and no
//! answer says is unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use provider_sim::Provider;
use run_record::latency::Recorder;
use run_record::record::{BreakdownRow, DeadLetters, Outcome};

use crate::entry::{Entry, Kind};
use crate::index::Event;
use crate::observed::{Observed, Seen, Store};

/// Where a delivery ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// In the table and both buckets.
    Stored,
    /// A further delivery of a stored event.
    Deduplicated,
    /// Refused.
    Rejected,
    /// In the dead-letter queue.
    DeadLettered,
    /// Answered 2xx, and missing somewhere.
    Lost,
    /// No answer, an answer that promises nothing, or nothing to look at.
    Unknown,
}

impl Fate {
    /// The name in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Deduplicated => "deduplicated",
            Self::Rejected => "rejected",
            Self::DeadLettered => "dead_lettered",
            Self::Lost => "lost",
            Self::Unknown => "unknown",
        }
    }
}

/// Examples kept for each finding.
pub const EXAMPLES: usize = 10;

/// Event ids that show a problem, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Events (or deliveries) with the problem, warm-up included.
    pub count: u64,
    /// Those of the warm-up.
    pub warmup: u64,
    /// A few of them.
    pub examples: Vec<String>,
}

impl Evidence {
    fn add(&mut self, measured: bool, example: impl FnOnce() -> String) {
        self.count += 1;
        self.warmup += u64::from(!measured);
        if self.examples.len() < EXAMPLES {
            self.examples.push(example());
        }
    }
}

/// What the join found out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reconciled {
    /// Counts of the measured part.
    pub outcome: Outcome,
    /// The same by provider, kind and way.
    pub breakdown: Vec<BreakdownRow>,
    /// The queue.
    pub dead_letters: DeadLetters,
    /// From the intended send time to the record, of measured, stored deliveries.
    pub durable: Recorder,
    /// Acknowledged, and in no complete place.
    pub lost: Evidence,
    /// Of the lost events: without a record, without a raw object, without a processed object.
    pub lost_lacks: [u64; 3],
    /// More than one record or object.
    pub duplicated: Evidence,
    /// Forged or malformed, and accepted or traceable.
    pub forged_accepted: Evidence,
    /// Of those, without a 2xx but with a trace in a store.
    pub forged_traces: u64,
    /// Genuine, and refused.
    pub valid_rejected: Evidence,
    /// Poison that is not in the queue.
    pub poison_missing: Evidence,
    /// Dead letters that are no poison, or poison more often than it was delivered.
    pub letters_unexpected: Evidence,
    /// Genuine events that no delivery was acknowledged of.
    pub unacknowledged: Evidence,
    /// Records, objects and messages of no event of this run.
    pub foreign: u64,
    /// All four stores were read.
    pub observable: bool,
}

/// What is known of one event.
#[derive(Debug, Clone, Copy)]
struct Group {
    event: Event,
    seen: Seen,
    letters: u32,
    /// A delivery has been called stored.
    claimed: bool,
}

impl Group {
    const fn complete(&self) -> bool {
        self.seen.complete()
    }

    const fn traces(&self) -> bool {
        !self.seen.is_nothing() || self.letters > 0
    }
}

/// Joins a ledger with what the stores hold. `started_ms` is the run's start, Unix milliseconds.
#[must_use]
pub fn reconcile(observed: &Observed<'_>, started_ms: i64) -> Reconciled {
    let index = observed.index();
    let mut result =
        Reconciled { observable: observed.complete(), foreign: observed.foreign(), ..Reconciled::default() };
    let letters = count_letters(observed, &mut result);
    let mut claimed = vec![false; index.len()];
    let mut rows: BTreeMap<(Provider, Kind, &'static str), BreakdownRow> = BTreeMap::new();
    for (number, entry) in index.numbered() {
        let mut group = Group {
            event: index.events()[number],
            seen: observed.seen()[number],
            letters: letters.get(&number).copied().unwrap_or(0),
            claimed: claimed[number],
        };
        let fate = fate(entry, &mut group, result.observable);
        claimed[number] = group.claimed;
        note_problems(entry, &group, fate, &mut result);
        if entry.measured {
            add_outcome(&mut result.outcome, fate);
            add_row(&mut rows, entry, fate, let_in(entry, &group));
            if fate == Fate::Stored
                && entry.kind.is_genuine()
                && let Some(took) = durable(entry, &group, started_ms)
            {
                result.durable.record(took);
            }
        }
    }
    note_events(observed, &mut result);
    let outcome = &mut result.outcome;
    outcome.duplicated = result.duplicated.count - result.duplicated.warmup;
    outcome.forged_accepted = result.forged_accepted.count - result.forged_accepted.warmup;
    outcome.valid_rejected = result.valid_rejected.count - result.valid_rejected.warmup;
    result.breakdown = rows.into_values().collect();
    result
}

/// Events that no delivery was acknowledged of, and those that are somewhere more than once.
fn note_events(observed: &Observed<'_>, result: &mut Reconciled) {
    let index = observed.index();
    let genuine =
        index.events().iter().zip(observed.seen()).enumerate().filter(|(_, (event, _))| event.genuine);
    for (number, (event, seen)) in genuine {
        let id = index.id(number).as_str();
        if !event.accepted {
            result.unacknowledged.add(event.measured, || id.to_owned());
        }
        let Seen { table, raw, processed, .. } = *seen;
        if table > 1 || raw > 1 || processed > 1 {
            result.duplicated.add(event.measured, || {
                format!("{id} ({table} records, {raw} raw objects, {processed} processed objects)")
            });
        }
    }
}

/// Judges the messages in the queue, and counts them by the number of their event.
fn count_letters(observed: &Observed<'_>, result: &mut Reconciled) -> BTreeMap<usize, u32> {
    let index = observed.index();
    let mut letters: BTreeMap<usize, u32> = BTreeMap::new();
    for (letter, times) in observed.letters() {
        let number = letter.event.as_ref().and_then(|event| index.find(event));
        let Some(number) = number else {
            // Another run's, or nobody's: not this run's to judge.
            result.foreign += u64::from(*times);
            continue;
        };
        result.dead_letters.found += u64::from(*times);
        *result.dead_letters.by_error.entry(letter.error.clone()).or_default() += u64::from(*times);
        let event = index.events()[number];
        let before = letters.get(&number).copied().unwrap_or(0);
        let after = before.saturating_add(*times);
        letters.insert(number, after);
        // Of poison, one letter is due; each further delivery of it may leave one more.
        let [repeated, unexpected] = match event.poison {
            true => [1, u32::from(event.delivered)].map(|most| after.saturating_sub(most.max(before))),
            false => [0, *times],
        };
        result.dead_letters.repeated += u64::from(repeated);
        for _ in 0..unexpected {
            let id = index.id(number).as_str();
            result.letters_unexpected.add(event.measured, || format!("{id} ({})", letter.error));
        }
    }
    let poison = index.events().iter().enumerate().filter(|(_, event)| event.poison && event.accepted);
    for (number, event) in poison {
        result.dead_letters.expected += 1;
        if observed.looked()[Store::DeadLetters as usize] && !letters.contains_key(&number) {
            result.poison_missing.add(event.measured, || index.id(number).as_str().to_owned());
        }
    }
    result.dead_letters.unexpected = result.letters_unexpected.count;
    result.dead_letters.missing = result.poison_missing.count;
    letters
}

fn fate(entry: &Entry, group: &mut Group, observable: bool) -> Fate {
    match entry.kind {
        Kind::Valid | Kind::Duplicate | Kind::Poison | Kind::Retry if entry.accepted() => {
            accepted_fate(entry, group, observable)
        }
        Kind::Valid | Kind::Duplicate | Kind::Poison | Kind::Retry => unacknowledged_fate(entry, group),
        Kind::Forged | Kind::Malformed => unwanted_fate(entry, group),
    }
}

/// Answered 2xx, at first or in a provider's retry: the system has promised to keep it. Which of two simultaneous deliveries made the record cannot be seen, and does
/// not matter: the record goes to the original.
fn accepted_fate(entry: &Entry, group: &mut Group, observable: bool) -> Fate {
    if group.complete() {
        if group.claimed || (entry.kind == Kind::Duplicate && group.event.original_accepted) {
            return Fate::Deduplicated;
        }
        group.claimed = true;
        return Fate::Stored;
    }
    match (group.letters, observable) {
        (0, true) => Fate::Lost,
        (0, false) => Fate::Unknown,
        _ => Fate::DeadLettered,
    }
}

/// Not acknowledged: the provider would send it again, so that nothing is promised and nothing can be lost.
const fn unacknowledged_fate(entry: &Entry, group: &mut Group) -> Fate {
    let kept_anyway = !group.event.accepted && group.traces();
    if entry.refused() {
        return if kept_anyway { Fate::Unknown } else { Fate::Rejected };
    }
    if group.complete() {
        if group.claimed || group.event.accepted {
            return Fate::Deduplicated;
        }
        group.claimed = true;
        return Fate::Stored;
    }
    match (group.letters, entry.status) {
        (0, 429) => Fate::Rejected,
        (0, _) => Fate::Unknown,
        _ => Fate::DeadLettered,
    }
}

/// Forged or malformed: wanted nowhere. Traces of a genuine event of the same id prove nothing.
const fn unwanted_fate(entry: &Entry, group: &Group) -> Fate {
    if !entry.accepted() && (group.event.genuine || !group.traces()) {
        let said_no = entry.refused() || entry.status == 429;
        return if said_no { Fate::Rejected } else { Fate::Unknown };
    }
    if group.event.genuine {
        return Fate::Unknown;
    }
    if group.complete() {
        Fate::Stored
    } else if group.letters > 0 {
        Fate::DeadLettered
    } else {
        Fate::Unknown
    }
}

fn note_problems(entry: &Entry, group: &Group, fate: Fate, result: &mut Reconciled) {
    let id = || entry.event.as_str().to_owned();
    if fate == Fate::Lost {
        let lacks = [group.seen.table == 0, group.seen.raw == 0, group.seen.processed == 0];
        for (count, lacking) in result.lost_lacks.iter_mut().zip(lacks) {
            *count += u64::from(lacking);
        }
        let names = ["no record", "no raw object", "no processed object"];
        let lacking: Vec<_> =
            names.into_iter().zip(lacks).filter(|(_, lacking)| *lacking).map(|(n, _)| n).collect();
        result.lost.add(entry.measured, || format!("{} ({})", entry.event.as_str(), lacking.join(", ")));
    }
    if entry.kind.is_genuine() {
        if entry.refused() {
            result
                .valid_rejected
                .add(entry.measured, || format!("{} (HTTP {})", entry.event.as_str(), entry.status));
        }
    } else if let_in(entry, group) {
        result.forged_traces += u64::from(!entry.accepted());
        result.forged_accepted.add(entry.measured, || format!("{} ({})", id(), entry.variant()));
    }
}

/// A forged or malformed delivery that was answered 2xx, or whose own event left a trace in any store.
fn let_in(entry: &Entry, group: &Group) -> bool {
    !entry.kind.is_genuine() && (entry.accepted() || (!group.event.genuine && group.traces()))
}

const fn add_outcome(outcome: &mut Outcome, fate: Fate) {
    let count = match fate {
        Fate::Stored => &mut outcome.stored,
        Fate::Deduplicated => &mut outcome.deduplicated,
        Fate::Rejected => &mut outcome.rejected,
        Fate::DeadLettered => &mut outcome.dead_lettered,
        Fate::Lost => &mut outcome.lost,
        Fate::Unknown => &mut outcome.unknown,
    };
    *count += 1;
}

fn add_row(
    rows: &mut BTreeMap<(Provider, Kind, &'static str), BreakdownRow>,
    entry: &Entry,
    fate: Fate,
    let_in: bool,
) {
    let row = rows.entry((entry.provider, entry.kind, entry.variant())).or_insert_with(|| BreakdownRow {
        provider: entry.provider.as_str().to_owned(),
        kind: entry.kind.as_str().to_owned(),
        variant: entry.variant().to_owned(),
        sent: 0,
        statuses: BTreeMap::new(),
        outcomes: BTreeMap::new(),
    });
    row.sent += 1;
    *row.statuses.entry(entry.status).or_default() += 1;
    *row.outcomes.entry(fate.as_str().to_owned()).or_default() += 1;
    if let_in {
        // Beside its fate: a forgery that was refused and left half a trace is `unknown` and let in.
        *row.outcomes.entry("forged_accepted".to_owned()).or_default() += 1;
    }
}

/// Clocks of generator and functions are the same on one machine; elsewhere a skew would show as a negative time,
/// which is left out.
fn durable(entry: &Entry, group: &Group, started_ms: i64) -> Option<Duration> {
    #[expect(clippy::cast_precision_loss, reason = "Unix milliseconds are below 2^52")]
    let intended_ms = started_ms as f64 + entry.intended().as_secs_f64() * 1000.0;
    let took_ms = group.seen.processed_at_ms - intended_ms;
    (group.seen.processed_at_ms > 0.0 && took_ms >= 0.0).then(|| Duration::from_secs_f64(took_ms / 1000.0))
}

#[cfg(test)]
mod tests;

//! The ledger joined with the stores: where did every delivery end, and which events are not where they should be?
//!
//! Invariant: every entry gets exactly one [`Fate`]. A fate is claimed from evidence only: what no store shows and no
//! answer says is unknown.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use provider_sim::Provider;
use reports::record::{BreakdownRow, DeadLetters, Outcome};

use crate::ledger::{Entry, EventId, Kind};
use crate::stores::Observed;

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
    pub durable: Vec<Duration>,
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
    /// Dead letters that are no poison, or poison more than once.
    pub letters_unexpected: Evidence,
    /// Records, objects and messages of no event of this run.
    pub foreign: u64,
    /// All four stores were read.
    pub observable: bool,
}

/// What is known of one event.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    table: u16,
    raw: u16,
    processed: u16,
    letters: u16,
    accepted: u16,
    /// The first delivery, not one of its repetitions, was accepted.
    original_accepted: bool,
    genuine: bool,
    poison: bool,
    measured: bool,
    /// A delivery has been called stored.
    claimed: bool,
    processed_at_ms: f64,
}

impl Group {
    const fn complete(&self) -> bool {
        self.table > 0 && self.raw > 0 && self.processed > 0
    }

    const fn traces(&self) -> bool {
        self.table > 0 || self.raw > 0 || self.processed > 0 || self.letters > 0
    }
}

/// Joins the entries (by intended time) with what the stores hold. `started_ms` is the run's start, Unix milliseconds.
#[must_use]
pub fn reconcile(entries: &[Entry], observed: &Observed, started_ms: i64) -> Reconciled {
    let mut groups = groups(entries);
    let mut result = Reconciled { observable: observed.complete(), ..Reconciled::default() };
    count_stores(&mut groups, observed, &mut result);
    count_letters(&mut groups, observed, &mut result);
    let mut rows: BTreeMap<(Provider, Kind, &'static str), BreakdownRow> = BTreeMap::new();
    for entry in entries {
        let Some(group) = groups.get_mut(&entry.event) else { continue };
        let fate = fate(entry, group, result.observable);
        note_problems(entry, group, fate, &mut result);
        if entry.measured {
            add_outcome(&mut result.outcome, fate);
            add_row(&mut rows, entry, fate, let_in(entry, group));
            if fate == Fate::Stored && entry.kind.is_genuine() {
                result.durable.extend(durable(entry, group, started_ms));
            }
        }
    }
    for (event, group) in groups.iter().filter(|(_, group)| group.genuine) {
        if group.table > 1 || group.raw > 1 || group.processed > 1 {
            let (table, raw, processed) = (group.table, group.raw, group.processed);
            result.duplicated.add(group.measured, || {
                format!(
                    "{} ({table} records, {raw} raw objects, {processed} processed objects)",
                    event.as_str()
                )
            });
        }
    }
    let outcome = &mut result.outcome;
    outcome.duplicated = result.duplicated.count - result.duplicated.warmup;
    outcome.forged_accepted = result.forged_accepted.count - result.forged_accepted.warmup;
    outcome.valid_rejected = result.valid_rejected.count - result.valid_rejected.warmup;
    result.breakdown = rows.into_values().collect();
    result
}

fn groups(entries: &[Entry]) -> HashMap<EventId, Group> {
    let mut groups: HashMap<EventId, Group> = HashMap::with_capacity(entries.len());
    for entry in entries {
        let group = groups.entry(entry.event).or_default();
        group.genuine |= entry.kind.is_genuine();
        group.poison |= entry.kind == Kind::Poison;
        group.measured |= entry.measured;
        if entry.kind.is_genuine() && entry.accepted() {
            group.accepted = group.accepted.saturating_add(1);
            group.original_accepted |= entry.kind != Kind::Duplicate;
        }
    }
    groups
}

fn count_stores(groups: &mut HashMap<EventId, Group>, observed: &Observed, result: &mut Reconciled) {
    for record in observed.table.iter().flatten() {
        match groups.get_mut(&record.event) {
            Some(group) => {
                group.table = group.table.saturating_add(1);
                group.processed_at_ms = record.processed_at_ms.unwrap_or(0.0);
            }
            None => result.foreign += 1,
        }
    }
    for event in observed.raw.iter().flatten() {
        match groups.get_mut(event) {
            Some(group) => group.raw = group.raw.saturating_add(1),
            None => result.foreign += 1,
        }
    }
    for event in observed.processed.iter().flatten() {
        match groups.get_mut(event) {
            Some(group) => group.processed = group.processed.saturating_add(1),
            None => result.foreign += 1,
        }
    }
}

fn count_letters(groups: &mut HashMap<EventId, Group>, observed: &Observed, result: &mut Reconciled) {
    for letter in observed.dead_letters.iter().flatten() {
        let group = letter.event.and_then(|event| groups.get_mut(&event).map(|group| (event, group)));
        let Some((event, group)) = group else {
            // Another run's, or nobody's: not this run's to judge.
            result.foreign += 1;
            continue;
        };
        group.letters = group.letters.saturating_add(1);
        result.dead_letters.found += 1;
        *result.dead_letters.by_error.entry(letter.error.clone()).or_default() += 1;
        if !group.poison || group.letters > 1 {
            result
                .letters_unexpected
                .add(group.measured, || format!("{} ({})", event.as_str(), letter.error));
        }
    }
    let mut missing: Vec<_> = groups.iter().filter(|(_, group)| group.poison && group.accepted > 0).collect();
    result.dead_letters.expected = u64::try_from(missing.len()).unwrap_or(u64::MAX);
    missing.retain(|(_, group)| group.letters == 0);
    missing.sort_unstable_by_key(|(event, _)| **event);
    if observed.dead_letters.is_some() {
        for (event, group) in missing {
            result.poison_missing.add(group.measured, || event.as_str().to_owned());
        }
    }
    result.dead_letters.unexpected = result.letters_unexpected.count;
    result.dead_letters.missing = result.poison_missing.count;
}

fn fate(entry: &Entry, group: &mut Group, observable: bool) -> Fate {
    match entry.kind {
        Kind::Valid | Kind::Duplicate | Kind::Poison if entry.accepted() => {
            accepted_fate(entry, group, observable)
        }
        Kind::Valid | Kind::Duplicate | Kind::Poison => unacknowledged_fate(entry, group),
        Kind::Forged | Kind::Malformed => unwanted_fate(entry, group),
    }
}

/// Answered 2xx: the system has promised to keep it. Which of two simultaneous deliveries made the record cannot be seen, and does
/// not matter: the record goes to the original.
fn accepted_fate(entry: &Entry, group: &mut Group, observable: bool) -> Fate {
    if group.complete() {
        if group.claimed || (entry.kind == Kind::Duplicate && group.original_accepted) {
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
    let kept_anyway = group.accepted == 0 && group.traces();
    if entry.refused() {
        return if kept_anyway { Fate::Unknown } else { Fate::Rejected };
    }
    if group.complete() {
        if group.claimed || group.accepted > 0 {
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
    if !entry.accepted() && (group.genuine || !group.traces()) {
        let said_no = entry.refused() || entry.status == 429;
        return if said_no { Fate::Rejected } else { Fate::Unknown };
    }
    if group.genuine {
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
        let lacks = [group.table == 0, group.raw == 0, group.processed == 0];
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
    !entry.kind.is_genuine() && (entry.accepted() || (!group.genuine && group.traces()))
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
    let took_ms = group.processed_at_ms - intended_ms;
    (group.processed_at_ms > 0.0 && took_ms >= 0.0).then(|| Duration::from_secs_f64(took_ms / 1000.0))
}

#[cfg(test)]
mod tests;

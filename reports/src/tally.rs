//! The breakdown of a run, added up the ways in which it is shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::{BreakdownRow, Run};

#[cfg(test)]
mod tests;

/// Kinds of deliveries, in the order of telling.
const KINDS: [&str; 6] = ["valid", "duplicate", "forged", "malformed", "poison", "retry"];
/// Providers, in the order of telling.
const PROVIDERS: [&str; 3] = ["stripe", "paypal", "square"];
/// Outcomes: first those that are as they should be, then the holes.
pub(crate) const OUTCOMES: [&str; 9] = [
    "stored",
    "deduplicated",
    "rejected",
    "dead_lettered",
    "lost",
    "duplicated",
    "forged_accepted",
    "valid_rejected",
    "unknown",
];

/// Counts that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sent: u64,
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) outcomes: BTreeMap<String, u64>,
}

impl Tally {
    fn add(&mut self, row: &BreakdownRow) {
        self.add_counts(row.sent, &row.statuses, &row.outcomes);
    }

    pub(crate) fn merge(&mut self, other: &Tally) {
        self.add_counts(other.sent, &other.statuses, &other.outcomes);
    }

    fn add_counts(&mut self, sent: u64, statuses: &BTreeMap<u16, u64>, outcomes: &BTreeMap<String, u64>) {
        self.sent = self.sent.saturating_add(sent);
        for (status, n) in statuses {
            let sum = self.statuses.entry(*status).or_default();
            *sum = sum.saturating_add(*n);
        }
        for (outcome, n) in outcomes {
            let sum = self.outcomes.entry(outcome.clone()).or_default();
            *sum = sum.saturating_add(*n);
        }
    }

    pub(crate) fn outcome(&self, name: &str) -> u64 {
        self.outcomes.get(name).copied().unwrap_or(0)
    }

    /// Of forged or malformed deliveries: those that were let in. An answer of 2xx or a trace in a store is enough.
    pub(crate) fn let_in(&self) -> u64 {
        let answered = self.statuses.range(200..300).fold(0u64, |sum, (_, n)| sum.saturating_add(*n));
        let traces = ["stored", "deduplicated", "dead_lettered"];
        let found = traces.iter().fold(0u64, |sum, name| sum.saturating_add(self.outcome(name)));
        self.outcome("forged_accepted").max(answered).max(found)
    }

    /// The outcomes as parts of the whole: they add up to `sent`.
    ///
    /// A forgery that was accepted may also be counted as stored, and a genuine webhook that was rejected also as
    /// rejected; here each delivery stands in its graver place. What nobody accounts for is `unknown`.
    pub(crate) fn parts(&self) -> Vec<(&str, u64)> {
        let mut left = self.sent;
        let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
        let counted = self.counted_once();
        let known = OUTCOMES.iter().rev().copied();
        let others = counted.keys().copied().filter(|name| !OUTCOMES.contains(name));
        for name in known.chain(others) {
            let n = counted.get(name).copied().unwrap_or(0).min(left);
            left -= n;
            if n > 0 {
                parts.insert(name, n);
            }
        }
        if left > 0 {
            *parts.entry("unknown").or_default() += left;
        }
        in_order(parts.keys().copied(), &OUTCOMES).into_iter().map(|name| (name, parts[name])).collect()
    }

    /// The outcomes without what the graver ones count a second time.
    fn counted_once(&self) -> BTreeMap<&str, u64> {
        let mut counted: BTreeMap<&str, u64> =
            self.outcomes.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        let sum = counted.values().copied().fold(0, u64::saturating_add);
        let mut excess = sum.saturating_sub(self.sent);
        for (graver, places) in [
            ("forged_accepted", ["stored", "deduplicated", "dead_lettered"].as_slice()),
            ("valid_rejected", ["rejected"].as_slice()),
        ] {
            let mut twice = self.outcome(graver).min(excess);
            for place in places {
                let Some(n) = counted.get_mut(place) else { continue };
                let taken = twice.min(*n);
                *n -= taken;
                twice -= taken;
                excess -= taken;
            }
        }
        counted
    }
}

/// Whether deliveries of a kind belong where they ended; kinds from elsewhere belong anywhere but in a hole.
pub(crate) fn belongs(kind: &str, outcome: &str) -> bool {
    match kind {
        // Of repeated deliveries, the provider's retries among them, whichever gets through first is the one that is stored.
        "valid" | "duplicate" => matches!(outcome, "deduplicated" | "stored"),
        "forged" | "malformed" => outcome == "rejected",
        "poison" => outcome == "dead_lettered",
        _ => matches!(outcome, "stored" | "deduplicated" | "rejected" | "dead_lettered"),
    }
}

/// Every (kind, provider) of a run that has rows, in the order of telling.
pub(crate) fn by_kind_and_provider(run: &Run) -> Vec<(&str, &str, Tally)> {
    let mut tallies: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
    for row in &run.breakdown {
        tallies.entry((&row.kind, &row.provider)).or_default().add(row);
    }
    let mut out = Vec::with_capacity(tallies.len());
    for kind in in_order(tallies.keys().map(|key| key.0), &KINDS) {
        for provider in providers(run) {
            if let Some(tally) = tallies.remove(&(kind, provider)) {
                out.push((kind, provider, tally));
            }
        }
    }
    out
}

/// Every kind of a run, added up over providers.
pub(crate) fn by_kind(run: &Run) -> Vec<(&str, Tally)> {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for row in &run.breakdown {
        tallies.entry(&row.kind).or_default().add(row);
    }
    in_order(tallies.keys().copied(), &KINDS)
        .into_iter()
        .map(|kind| (kind, tallies.remove(kind).unwrap_or_default()))
        .collect()
}

/// The variants of one kind (ways of tampering, ways of being malformed), each with its tally by provider.
pub(crate) fn by_variant(run: &Run, kind: &str) -> BTreeMap<String, BTreeMap<String, Tally>> {
    let mut variants: BTreeMap<String, BTreeMap<String, Tally>> = BTreeMap::new();
    for row in run.breakdown.iter().filter(|row| row.kind == kind) {
        variants.entry(row.variant.clone()).or_default().entry(row.provider.clone()).or_default().add(row);
    }
    variants
}

/// Every HTTP status that was answered (0: no answer), by kind.
pub(crate) fn statuses(run: &Run) -> BTreeSet<u16> {
    run.breakdown.iter().flat_map(|row| row.statuses.keys().copied()).collect()
}

/// Providers of a run, in the order of telling.
pub(crate) fn providers(run: &Run) -> Vec<&str> {
    in_order(run.breakdown.iter().map(|row| row.provider.as_str()), &PROVIDERS)
}

/// The names that occur: the known ones in their order, then the others by the alphabet.
fn in_order<'a>(names: impl Iterator<Item = &'a str>, known: &[&'static str]) -> Vec<&'a str> {
    let names: BTreeSet<&'a str> = names.collect();
    let first = known.iter().filter_map(|name| names.get(name).copied());
    let rest = names.iter().copied().filter(|name| !known.contains(name));
    first.chain(rest).collect()
}

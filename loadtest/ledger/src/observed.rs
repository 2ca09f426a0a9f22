//! What the stores of a target hold after a run, as far as the ledger is concerned: ids and times, never bodies.
//!
//! It is counted event by event as it is read, so that a store of ten million objects is never held as a list: 16 bytes an
//! event, and more only for what belongs to no event of the ledger, if that is to be kept at all.

use std::collections::{BTreeMap, HashMap};

use crate::entry::EventId;
use crate::index::Index;

/// A place that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// The table.
    Table,
    /// The bucket of bodies as they came.
    Raw,
    /// The bucket of processed events.
    Processed,
    /// The dead-letter queue.
    DeadLetters,
}

impl Store {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Table, Self::Raw, Self::Processed, Self::DeadLetters];
}

/// A message in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeadLetter {
    /// The event, if the message is one of ours and says so.
    pub event: Option<EventId>,
    /// The attribute ErrorMessage, without ids and numbers, so that equal causes look equal.
    pub error: String,
}

/// What was seen of one event, but for its messages in the queue.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Seen {
    /// Items in the table.
    pub table: u16,
    /// Objects in the raw bucket.
    pub raw: u16,
    /// Objects in the processed bucket.
    pub processed: u16,
    /// When the processor made the (first) record, Unix milliseconds; 0 if no record says.
    pub processed_at_ms: f64,
}

impl Seen {
    /// No trace at all.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.table == 0 && self.raw == 0 && self.processed == 0
    }

    /// In the table and both buckets.
    pub(crate) const fn complete(&self) -> bool {
        self.table > 0 && self.raw > 0 && self.processed > 0
    }

    /// What two looks have seen: stores lose nothing during a run, so that the one that saw more saw later.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            table: self.table.max(other.table),
            raw: self.raw.max(other.raw),
            processed: self.processed.max(other.processed),
            processed_at_ms: earlier(self.processed_at_ms, other.processed_at_ms),
        }
    }

    fn count(&self) -> u64 {
        u64::from(self.table) + u64::from(self.raw) + u64::from(self.processed)
    }
}

/// The earlier of two times, of which 0 is none.
fn earlier(one: f64, other: f64) -> f64 {
    if one > 0.0 && (other <= 0.0 || one < other) { one } else { other.max(0.0) }
}

/// What to do with what belongs to no event of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// Counting it is enough.
    Count,
    /// It may belong to another shard's ledger.
    Keep,
}

/// What was seen, under the events of a ledger.
pub struct Observed<'a> {
    index: &'a Index<'a>,
    seen: Vec<Seen>,
    foreign: u64,
    kept: Option<HashMap<EventId, Seen>>,
    letters: BTreeMap<DeadLetter, u32>,
    looked: [bool; 4],
    /// Why a store could not be looked at.
    pub trouble: Vec<String>,
}

impl<'a> Observed<'a> {
    /// Nothing seen yet, and no store looked at.
    #[must_use]
    pub fn new(index: &'a Index<'a>, foreign: Foreign) -> Self {
        Self {
            index,
            seen: vec![Seen::default(); index.len()],
            foreign: 0,
            kept: (foreign == Foreign::Keep).then(HashMap::new),
            letters: BTreeMap::new(),
            looked: [false; 4],
            trouble: Vec::new(),
        }
    }

    /// The ledger.
    #[must_use]
    pub const fn index(&self) -> &'a Index<'a> {
        self.index
    }

    /// An item of the table, and when the processor made it (Unix milliseconds), if it says so.
    pub fn record(&mut self, event: &EventId, processed_at_ms: Option<f64>) {
        self.note(event, |seen| {
            seen.table = seen.table.saturating_add(1);
            seen.processed_at_ms = earlier(seen.processed_at_ms, processed_at_ms.unwrap_or(0.0));
        });
    }

    /// An object of the raw bucket.
    pub fn raw(&mut self, event: &EventId) {
        self.note(event, |seen| seen.raw = seen.raw.saturating_add(1));
    }

    /// An object of the processed bucket.
    pub fn processed(&mut self, event: &EventId) {
        self.note(event, |seen| seen.processed = seen.processed.saturating_add(1));
    }

    /// A message of the dead-letter queue.
    pub fn letter(&mut self, letter: DeadLetter) {
        let times = self.letters.entry(letter).or_default();
        *times = times.saturating_add(1);
    }

    /// A store was read to its end.
    pub const fn looked_at(&mut self, store: Store) {
        self.looked[store as usize] = true;
    }

    fn note(&mut self, event: &EventId, count: impl FnOnce(&mut Seen)) {
        match (self.index.find(event), &mut self.kept) {
            (Some(number), _) => count(&mut self.seen[number]),
            (None, Some(kept)) => count(kept.entry(*event).or_default()),
            (None, None) => self.foreign += 1,
        }
    }

    /// Adds what another look saw of an event, see [`Seen::joined`].
    pub fn join(&mut self, event: &EventId, seen: Seen) {
        match (self.index.find(event), &mut self.kept) {
            (Some(number), _) => self.seen[number] = self.seen[number].joined(seen),
            (None, Some(kept)) => {
                let known = kept.entry(*event).or_default();
                *known = known.joined(seen);
            }
            (None, None) => self.foreign += seen.count(),
        }
    }

    /// Adds what another look saw in the queue: a message is hidden from one reader while another one looks at it, so that the
    /// look that saw more counts.
    pub fn join_letter(&mut self, letter: DeadLetter, times: u32) {
        let known = self.letters.entry(letter).or_default();
        *known = times.max(*known);
    }

    /// What was seen, by event: those of the ledger first, then others if they were kept. Events without a trace are left out.
    pub fn sightings(&self) -> impl Iterator<Item = (EventId, Seen)> {
        let own = self.seen.iter().enumerate().map(|(number, seen)| (*self.index.id(number), *seen));
        let kept = self.kept.iter().flatten().map(|(event, seen)| (*event, *seen));
        own.chain(kept).filter(|(_, seen)| !seen.is_nothing())
    }

    /// Messages of the dead-letter queue, and how often each was there.
    #[must_use]
    pub const fn letters(&self) -> &BTreeMap<DeadLetter, u32> {
        &self.letters
    }

    /// What was seen of an event of the ledger; nothing of any other.
    #[must_use]
    pub fn of(&self, event: &EventId) -> Seen {
        self.index.find(event).map_or_else(Seen::default, |number| self.seen[number])
    }

    /// Which stores were read, in the order of [`Store::ALL`].
    #[must_use]
    pub const fn looked(&self) -> [bool; 4] {
        self.looked
    }

    /// Whether all four were.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.looked == [true; 4]
    }

    /// What was seen of each event, by its number.
    pub(crate) fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// Records and objects of no event of the ledger.
    pub(crate) fn foreign(&self) -> u64 {
        self.foreign + self.kept.iter().flatten().map(|(_, seen)| seen.count()).sum::<u64>()
    }
}

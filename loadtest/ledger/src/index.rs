//! The events of a ledger: every delivery's entry under its event, found by the event's id.
//!
//! Beside the entries this takes 4 bytes an entry, 12 an event, and 9 to 18 for finding it: ids stay where they are, in the entries.

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry as Slot;
use std::hash::BuildHasher as _;

use crate::entry::{Entry, EventId, Kind};

/// What the ledger knows of one event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// Its first entry.
    first: u32,
    /// Genuine deliveries that may have reached the processor: each may leave a dead letter of its own.
    pub(crate) delivered: u16,
    /// The provider itself sent it.
    pub(crate) genuine: bool,
    /// It cannot be processed.
    pub(crate) poison: bool,
    /// A genuine delivery of it was answered 2xx.
    pub(crate) accepted: bool,
    /// The first delivery, not one of its repetitions, was.
    pub(crate) original_accepted: bool,
    /// A delivery of it belongs to the measured part.
    pub(crate) measured: bool,
}

/// Entries with their events.
pub struct Index<'a> {
    entries: &'a [Entry],
    /// Of each entry, the number of its event.
    numbers: Vec<u32>,
    events: Vec<Event>,
    /// Places of first entries beside the numbers, so that an id is compared without a look at the events.
    table: HashTable<(u32, u32)>,
    hash: FixedState,
}

impl<'a> Index<'a> {
    /// Of entries in their [order](Entry::order); of more than four billion, the rest is left out.
    #[must_use]
    pub fn new(entries: &'a [Entry]) -> Self {
        let size = entries.len();
        let mut index = Self {
            entries,
            numbers: Vec::with_capacity(size),
            events: Vec::with_capacity(size),
            table: HashTable::with_capacity(size),
            hash: FixedState::default(),
        };
        for (place, entry) in (0_u32..).zip(entries) {
            let number = index.add(place, &entry.event);
            index.numbers.push(number);
            let event = &mut index.events[number as usize];
            event.genuine |= entry.kind.is_genuine();
            event.poison |= entry.kind == Kind::Poison;
            event.measured |= entry.measured;
            let may_have_arrived = entry.kind.is_genuine() && !entry.refused();
            event.delivered = event.delivered.saturating_add(u16::from(may_have_arrived));
            if entry.kind.is_genuine() && entry.accepted() {
                event.accepted = true;
                event.original_accepted |= entry.kind != Kind::Duplicate;
            }
        }
        index
    }

    /// The number of an entry's event; one that is new gets the next.
    fn add(&mut self, place: u32, id: &EventId) -> u32 {
        let Self { entries, events, table, hash, .. } = self;
        let id_at = |first: u32| &entries[first as usize].event;
        let slot = table.entry(
            hash.hash_one(id),
            |(first, _)| id_at(*first) == id,
            |(first, _)| hash.hash_one(id_at(*first)),
        );
        match slot {
            Slot::Occupied(known) => known.get().1,
            Slot::Vacant(free) => {
                // There are no more events than entries, whose places are counted in 32 bits.
                let number = u32::try_from(events.len()).unwrap_or(u32::MAX);
                free.insert((place, number));
                let [genuine, poison, accepted, original_accepted, measured] = [false; 5];
                let (first, delivered) = (place, 0);
                events.push(Event {
                    first,
                    delivered,
                    genuine,
                    poison,
                    accepted,
                    original_accepted,
                    measured,
                });
                number
            }
        }
    }

    /// All entries.
    #[must_use]
    pub const fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// How many events there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The number of an event, in the order of their first entries.
    #[must_use]
    pub fn find(&self, id: &EventId) -> Option<usize> {
        let is_it = |(first, _): &(u32, u32)| self.entries[*first as usize].event == *id;
        self.table.find(self.hash.hash_one(id), is_it).map(|(_, number)| *number as usize)
    }

    /// The id of an event by its number.
    #[must_use]
    pub fn id(&self, number: usize) -> &'a EventId {
        &self.entries[self.events[number].first as usize].event
    }

    /// The entries, each with the number of its event.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (usize, &'a Entry)> {
        self.numbers.iter().map(|number| *number as usize).zip(self.entries)
    }

    /// All events by their numbers.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events
    }
}

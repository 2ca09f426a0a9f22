//! Stores for tests: as lists, so that a test can say what is where.

use crate::entry::EventId;
use crate::index::Index;
use crate::observed::{DeadLetter, Foreign, Observed, Store};

/// What stores hold; `None`: it cannot be looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stores {
    /// Records, and when each was made (Unix milliseconds).
    pub(crate) table: Option<Vec<(EventId, Option<f64>)>>,
    /// Objects of the raw bucket.
    pub(crate) raw: Option<Vec<EventId>>,
    /// Objects of the processed bucket.
    pub(crate) processed: Option<Vec<EventId>>,
    /// Messages in the queue.
    pub(crate) dead_letters: Option<Vec<DeadLetter>>,
}

impl Stores {
    /// Looks at them.
    pub(crate) fn observed<'a>(&self, index: &'a Index<'a>, foreign: Foreign) -> Observed<'a> {
        let mut observed = Observed::new(index, foreign);
        for (event, processed_at_ms) in self.table.iter().flatten() {
            observed.record(event, *processed_at_ms);
        }
        self.raw.iter().flatten().for_each(|event| observed.raw(event));
        self.processed.iter().flatten().for_each(|event| observed.processed(event));
        for letter in self.dead_letters.iter().flatten() {
            observed.letter(letter.clone());
        }
        let there =
            [self.table.is_some(), self.raw.is_some(), self.processed.is_some(), self.dead_letters.is_some()];
        for (store, _) in Store::ALL.into_iter().zip(there).filter(|(_, there)| *there) {
            observed.looked_at(store);
        }
        observed
    }
}

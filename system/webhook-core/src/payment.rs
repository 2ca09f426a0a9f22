//! A payment as one item: its newest events, each once, in the order in which they happened.
//!
//! Invariant: whatever the order of deliveries and however often each comes, the same events make the same payment. That holds
//! because a payment is the [`EVENTS_MAX`] newest of all events it was told of: adding one that is there, or one that is older than
//! a full payment's oldest, changes nothing. Where the payment stands is derived from its events, whoever keeps them.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use crate::mutant::{self, Mutant};
use crate::normalize::EventType;
use crate::record::{Status, Transaction};

/// Most events of a payment that are kept: the newest. Payments have about ten at most; an event is stored in 2 KB at most, so an
/// item stays far below DynamoDB's 400 KB.
pub const EVENTS_MAX: usize = 50;

/// Which state of a payment this is; each one that is stored has the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revision(u64);

impl Revision {
    /// The revision of that number.
    #[must_use]
    pub const fn numbered(number: u64) -> Self {
        Self(number)
    }

    /// Its number; the first is 1.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// What is known of one payment.
#[derive(Debug, Clone, PartialEq)]
pub struct Payment {
    revision: Revision,
    /// At least one; oldest first.
    events: Vec<Transaction>,
}

/// What an event does to a payment.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// It is the newest now.
    Newest(Payment),
    /// It happened before another that is there.
    Late(Payment),
    /// It is there already.
    Known,
    /// It is older than all the events of a payment that has [`EVENTS_MAX`].
    TooOld,
}

impl Payment {
    /// A payment that is told of for the first time.
    #[must_use]
    pub fn begun(event: Transaction) -> Self {
        Self { revision: Revision(1), events: vec![event] }
    }

    /// A payment as it was stored; `None` without events.
    #[must_use]
    pub fn stored(revision: Revision, mut events: Vec<Transaction>) -> Option<Self> {
        events.sort_by(in_order);
        (!events.is_empty()).then_some(Self { revision, events })
    }

    /// Its id, which its events share.
    #[must_use]
    pub fn transaction_id(&self) -> &str {
        self.events.first().map_or("", |event| &event.transaction_id)
    }

    /// Which state this is.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// Its events, oldest first.
    #[must_use]
    pub fn events(&self) -> &[Transaction] {
        &self.events
    }

    /// The payment once it is told of `event`, which must be one of its own.
    #[must_use]
    pub fn told(&self, event: &Transaction) -> Told {
        if self.events.iter().any(|known| is_same(known, event)) {
            return Told::Known;
        }
        let place = self.events.partition_point(|known| in_order(known, event).is_lt());
        let full = self.events.len() >= EVENTS_MAX;
        if full && place == 0 {
            return Told::TooOld;
        }
        let mut events = self.events.clone();
        events.insert(place, event.clone());
        events.drain(..events.len().saturating_sub(EVENTS_MAX));
        let newest = place == self.events.len();
        let payment = Self { revision: Revision(self.revision.0.saturating_add(1)), events };
        if newest { Told::Newest(payment) } else { Told::Late(payment) }
    }
}

/// Whether both record one event, whenever they were made.
fn is_same(one: &Transaction, other: &Transaction) -> bool {
    one.provider == other.provider && one.event_id == other.event_id
}

/// By the time they happened; its fraction keeps events of one second in an order that does not depend on their arrival.
fn in_order(one: &Transaction, other: &Transaction) -> Ordering {
    let key = |event: &Transaction| (event.timestamp, event.provider.as_str());
    key(one).cmp(&key(other)).then_with(|| one.event_id.cmp(&other.event_id))
}

/// The event that says where the payment stands; `None` without events.
#[must_use]
pub fn current(events: &[Transaction]) -> Option<&Transaction> {
    events.iter().max_by_key(|event| weight_now(event))
}

/// The event that says what the payment costs: its own amount, not that of its last refund or of a reversed part.
#[must_use]
pub fn priced(events: &[Transaction]) -> Option<&Transaction> {
    let with_money = events.iter().filter(|event| event.amount.is_some());
    with_money.max_by_key(|event| (tells_the_price(event), event.timestamp))
}

/// Whether the event's amount is the payment's own.
fn tells_the_price(event: &Transaction) -> bool {
    let of_the_payment = event.event_type.starts_with("payment.");
    (of_the_payment && event.event_type != EventType::PaymentReversed.as_str())
        || mutant::active(Mutant::PriceOfLastEvent)
}

/// How much an event's word counts for where the payment stands now: events of a known type before others; the later second
/// before the earlier; within a second, in which the fraction says nothing about order, what is decided before what is not.
fn weight_now(event: &Transaction) -> (bool, Decimal, u8, Decimal) {
    let decided = match event.status {
        Status::Pending => 0,
        Status::Failed => 1,
        Status::Processed => 2,
    };
    (event.event_type != EventType::Other.as_str(), event.timestamp.floor(), decided, event.timestamp)
}

#[cfg(test)]
mod tests;

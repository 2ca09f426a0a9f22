//! The providers' retries: what was not acknowledged is sent again by each provider's own schedule, compressed in time.
//!
//! Invariant: an event waits here at most once, and leaves either as a slot or because its schedule is used up.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering as Atomic};
use std::time::Duration;

use ledger::entry::What;
use provider_sim::Provider;

use crate::load::{lock, place};
use crate::plan::RetryStorm;
use crate::source::Slot;

/// Events of a provider that may wait at once: a bound on memory, a few kilobytes each.
const WAITING_MAX: usize = 200_000;
/// A retry is taken so long before it is due: as long as a user without work rests.
const AHEAD: Duration = Duration::from_millis(20);

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const THREE_DAYS: u64 = 72 * HOUR;

/// The wait after the provider's failed attempt of this number (0 for the first delivery), in true time; `None`: it gives up.
///
/// Square publishes its waits. Stripe says "up to three days with an exponential back-off" and PayPal "up to 25 times over the course
/// of three days", without the waits: here Stripe's double from five minutes on, with a last attempt at three days, and PayPal's are
/// equal.
#[must_use]
pub fn wait(provider: Provider, attempt: u32) -> Option<Duration> {
    const SQUARE_MIN: [u64; 11] = [1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480];
    const PAYPAL_ATTEMPTS: u32 = 25;
    let seconds = match provider {
        Provider::Square => SQUARE_MIN.get(usize::try_from(attempt).ok()?).map(|minutes| minutes * MINUTE),
        Provider::Paypal => (attempt < PAYPAL_ATTEMPTS).then_some(THREE_DAYS / u64::from(PAYPAL_ATTEMPTS)),
        Provider::Stripe => {
            // Attempts so far lie at 5 · (2ⁿ − 1) minutes.
            let power = 1_u64.checked_shl(attempt)?;
            let left = THREE_DAYS.saturating_sub((power - 1).saturating_mul(5 * MINUTE));
            let next = power.saturating_mul(5 * MINUTE);
            // The last wait takes the rest rather than leave less than itself.
            let next = if left / 2 < next { left } else { next };
            (next > 0).then_some(next)
        }
    };
    seconds.map(Duration::from_secs)
}

/// From an event's first delivery to its provider's last attempt, in true time.
#[must_use]
pub fn span(provider: Provider) -> Duration {
    (0..).map_while(|attempt| wait(provider, attempt)).sum()
}

/// Slots that wait for their turn, by provider.
#[derive(Debug)]
pub struct Retries {
    compression: f64,
    waiting: [Mutex<BinaryHeap<Reverse<Due>>>; 3],
    given_up: AtomicU64,
}

#[derive(Debug)]
struct Due {
    at: Duration,
    slot: Slot,
}

impl Due {
    const fn key(&self) -> (Duration, u64) {
        (self.at, self.slot.number)
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl Retries {
    /// Nothing waits.
    #[must_use]
    pub fn new(storm: RetryStorm) -> Self {
        let waiting = [const { Mutex::new(BinaryHeap::new()) }; 3];
        Self { compression: storm.time_compression, waiting, given_up: AtomicU64::new(0) }
    }

    /// The provider saw this slot fail at `now` (since the start of the run). False: there is no room for it.
    pub fn failed(&self, slot: &Slot, now: Duration) -> bool {
        let Some(wait) = wait(slot.provider, slot.attempt) else {
            self.given_up.fetch_add(1, Atomic::Relaxed);
            return true;
        };
        let at = now + wait.div_f64(self.compression);
        let mut waiting = lock(&self.waiting[place(slot.provider)]);
        if waiting.len() >= WAITING_MAX {
            self.given_up.fetch_add(1, Atomic::Relaxed);
            return false;
        }
        let slot = Slot { what: What::Retry, attempt: slot.attempt + 1, intended: at, ..slot.clone() };
        waiting.push(Reverse(Due { at, slot }));
        true
    }

    /// The provider's next retry, if it is due.
    pub fn next(&self, provider: Provider, now: Duration) -> Option<Slot> {
        let mut waiting = lock(&self.waiting[place(provider)]);
        if waiting.peek().is_none_or(|Reverse(due)| due.at > now + AHEAD) {
            return None;
        }
        waiting.pop().map(|Reverse(due)| due.slot)
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.iter().all(|one| lock(one).is_empty())
    }

    /// Events whose provider has stopped trying.
    #[must_use]
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Atomic::Relaxed)
    }

    /// From an event's first delivery to the last attempt of any provider, compressed.
    #[must_use]
    pub fn longest(&self) -> Duration {
        Provider::ALL.into_iter().map(span).max().unwrap_or_default().div_f64(self.compression)
    }
}

#[cfg(test)]
mod tests {
    use provider_sim::EventFactory;

    use super::*;

    fn slot(provider: Provider, number: u64) -> Slot {
        let event = EventFactory::new(provider, number, "retries").event(1_795_000_000_000);
        let intended = Duration::from_secs(1);
        Slot { provider, number, intended, measured: true, what: What::Valid, event, attempt: 0 }
    }

    #[test]
    fn schedules_are_the_providers() {
        let waits = |provider| (0..).map_while(|attempt| wait(provider, attempt)).collect::<Vec<_>>();
        let minutes =
            |provider| waits(provider).iter().map(|wait| wait.as_secs() / MINUTE).collect::<Vec<_>>();
        assert_eq!(minutes(Provider::Square), [1, 2, 4, 8, 16, 32, 60, 120, 240, 480, 480]);
        assert_eq!(span(Provider::Square).as_secs(), 24 * HOUR + 3 * MINUTE, "24 hours");
        assert_eq!(waits(Provider::Paypal).len(), 25);
        assert_eq!(span(Provider::Paypal).as_secs(), THREE_DAYS);
        let stripe = minutes(Provider::Stripe);
        assert_eq!(&stripe[..5], [5, 10, 20, 40, 80]);
        assert!(stripe.is_sorted(), "{stripe:?}");
        assert_eq!(span(Provider::Stripe).as_secs(), THREE_DAYS);
    }

    #[test]
    fn a_retry_comes_in_its_time_with_its_number() {
        let retries = Retries::new(RetryStorm { time_compression: 60.0 });
        let at = Duration::from_secs_f64;
        assert!(retries.failed(&slot(Provider::Square, 7), at(10.0)));
        assert!(retries.next(Provider::Stripe, at(99.0)).is_none(), "another provider's");
        assert!(retries.next(Provider::Square, at(10.9)).is_none(), "a minute is a second here");
        assert!(!retries.is_empty());
        let again = retries.next(Provider::Square, at(11.0)).expect("the first retry");
        assert_eq!(
            (again.attempt, again.what, again.intended, again.measured),
            (1, What::Retry, at(11.0), true)
        );
        assert_eq!(again.event.event_id, slot(Provider::Square, 7).event.event_id);
        assert!(retries.failed(&again, at(11.5)));
        assert_eq!(retries.next(Provider::Square, at(13.5)).expect("the second").intended, at(13.5));
        assert!(retries.is_empty());
    }

    #[test]
    fn the_earliest_comes_first_and_a_provider_gives_up() {
        let retries = Retries::new(RetryStorm { time_compression: 60.0 });
        let at = Duration::from_secs;
        retries.failed(&Slot { attempt: 3, ..slot(Provider::Square, 1) }, at(0));
        retries.failed(&slot(Provider::Square, 2), at(0));
        let numbers: Vec<_> =
            std::iter::from_fn(|| retries.next(Provider::Square, at(100))).map(|slot| slot.number).collect();
        assert_eq!(numbers, [2, 1]);
        retries.failed(&Slot { attempt: 11, ..slot(Provider::Square, 3) }, at(0));
        assert!(retries.is_empty());
        assert_eq!(retries.given_up(), 1);
    }
}

//! The system's invariants (DESIGN.md, "The system"), over the embedded cloud: what providers send, the real functions, and what
//! the stores hold afterwards. Each test starts a cloud of its own, so that "nothing anywhere" means nothing.

mod api_mode;
mod history;
mod ipn;
mod ipn_drills;
mod once;
mod refused;
mod system;

use provider_sim::{Event, EventFactory, Provider};

use system::{System, with};

/// Now, Unix milliseconds.
fn now_ms() -> i64 {
    loadtest::clock::unix_ms()
}

const DAY_MS: i64 = 86_400_000;

/// A moment of the last minute by which every event of a factory falls into one second.
fn late_in_a_second() -> i64 {
    (now_ms() - 60_000) / 1000 * 1000 + 900
}

/// Events of these types and times that belong to one payment. A factory's first event opens a payment, and some later one is
/// about it: which seed that happens with is tried.
fn of_one_payment(provider: Provider, wanted: &[(&str, i64)]) -> Vec<Event> {
    let tried = (0..1000).find_map(|seed| {
        let mut factory = EventFactory::new(provider, seed, "one-payment");
        let events: Vec<Event> = wanted
            .iter()
            .map(|(name, at_ms)| factory.event_of_type(name, *at_ms).expect("a known type"))
            .collect();
        events.iter().all(|event| event.transaction_id == events[0].transaction_id).then_some(events)
    });
    tried.expect("some seed tells this story")
}

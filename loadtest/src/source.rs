//! One provider's deliveries in the order in which they are due: when, what, and the event itself.
//!
//! Everything is decided by the seed when the slot is handed out, not when it is sent: which slots are forged in which
//! way, which repeat which earlier event, where the poison is. Users only carry out what they are handed.

use std::collections::VecDeque;
use std::iter::Peekable;
use std::time::Duration;

use ledger::entry::What;
use provider_sim::{Event, EventFactory, Malformation, Provider, Tampering};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::arrivals::{Arrivals, Profile, split};
use crate::deck::{Card, Deck};
use crate::plan::{Arrival, Phase, Plan, Shares};
use crate::shard::Shard;

/// Events kept for being repeated later.
const KEPT: usize = 32;
/// One in this many valid events is kept.
const KEPT_EVERY: u64 = 5;
/// A repetition that is not concurrent comes at least this much later, seconds.
const LATER_S: f64 = 0.25;
/// A concurrent repetition is moved back by at most this, seconds.
const TOGETHER_S: f64 = 0.25;

/// A delivery that is due.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Whose.
    pub provider: Provider,
    /// Counts this provider's slots from 0, those of other shards as well.
    pub number: u64,
    /// When it should leave, since the start of the run.
    pub intended: Duration,
    /// False during the warm-up.
    pub measured: bool,
    /// What it is.
    pub what: What,
    /// The event, or the event that the forgery pretends.
    pub event: Event,
    /// The provider's count of its retries: 0 for a first delivery.
    pub attempt: u32,
}

/// One provider's slots.
pub struct Source {
    provider: Provider,
    due: Due,
    warmup_s: f64,
    factory: EventFactory,
    deck: Deck,
    /// Shares that will hold, and from when on, since the start of the run.
    changes: VecDeque<(f64, Shares)>,
    poison_due_s: VecDeque<f64>,
    tamperings: Vec<Tampering>,
    malformations: Vec<Malformation>,
    last_valid: Option<Sent>,
    kept: VecDeque<Sent>,
    rng: StdRng,
    handed_out: u64,
    valid: u64,
    duplicates: u64,
    shard: Shard,
}

/// An event that may be repeated.
#[derive(Debug, Clone)]
struct Sent {
    at_s: f64,
    /// Number of the slot that it was first sent in: its repetitions are of the same shard.
    number: u64,
    event: Event,
}

/// Where due times come from.
enum Due {
    /// An arrival process, known in advance.
    Planned(Box<Peekable<std::iter::Chain<Arrivals, Delayed>>>),
    /// Whenever a user asks, until the end.
    Asked { end_s: f64 },
}

/// Arrivals that start after the warm-up.
struct Delayed {
    arrivals: Arrivals,
    by_s: f64,
}

impl Iterator for Delayed {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        self.arrivals.next().map(|time| time + self.by_s)
    }
}

/// The sources of a plan, in the order of [`Provider::ALL`]. `run` makes event ids of different runs differ.
#[must_use]
pub fn sources(plan: &Plan, seed: u64, run: &str) -> [Source; 3] {
    let parts = plan.mix.parts();
    let warmup = warmup(plan);
    let counts = [Profile::new(warmup.clone()).total(), plan.webhooks()].map(|total| split(total, parts));
    let poison = split(poison_as_number(plan.poison), parts);
    let mut index = 0;
    Provider::ALL.map(|provider| {
        let place = index;
        index += 1;
        let own_seed = seed ^ (0x5EED_0000 + place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let due = if plan.arrival == Arrival::Max {
            Due::Asked { end_s: plan.length().as_secs_f64() }
        } else {
            let offset = (f64::from(u8::try_from(place).unwrap_or(0)) + 0.5) / 3.0;
            let process = |phases: Vec<Phase>, count: u64, salt: u64| {
                Arrivals::new(Profile::new(phases), count, plan.arrival, offset, own_seed ^ salt)
            };
            let measured = process(plan.phases.clone(), counts[1][place], 2);
            let measured = Delayed { arrivals: measured, by_s: plan.warmup_s };
            Due::Planned(Box::new(process(warmup.clone(), counts[0][place], 1).chain(measured).peekable()))
        };
        Source::new(provider, due, plan, poison[place], own_seed, EventFactory::new(provider, seed, run))
    })
}

#[expect(clippy::cast_precision_loss, reason = "a number of poison events is far below 2^52")]
const fn poison_as_number(poison: u64) -> f64 {
    poison as f64
}

/// Webhooks of the warm-up, before rounding.
#[must_use]
pub fn warmup_webhooks(plan: &Plan) -> f64 {
    Profile::new(warmup(plan)).total()
}

/// The warm-up rises to the first phase's rate, so that functions start one after the other.
fn warmup(plan: &Plan) -> Vec<Phase> {
    let rate = plan.phases.first().map_or(0.0, |phase| phase.from_per_min.max(phase.to_per_min / 10.0));
    vec![Phase::ramp(plan.warmup_s, rate / 10.0, rate)]
}

/// The shares over time; the plan's own hold from the start where no phase has others.
fn changes(plan: &Plan) -> VecDeque<(f64, Shares)> {
    let all = plan.shares_over_time();
    let only_one = all.iter().all(|(_, shares)| *shares == plan.shares);
    let all = if only_one { Vec::new() } else { all };
    all.into_iter().map(|(from_s, shares)| (plan.warmup_s + from_s, shares)).collect()
}

impl Source {
    fn new(provider: Provider, due: Due, plan: &Plan, poison: u64, seed: u64, factory: EventFactory) -> Self {
        let tamperings: Vec<_> =
            Tampering::ALL.iter().copied().filter(|way| way.applies_to(provider)).collect();
        let malformations: Vec<_> =
            Malformation::ALL.iter().copied().filter(|way| way.applies_to(provider)).collect();
        let every_s = plan.duration_s() / poison_as_number(poison).max(1.0);
        let poison_due_s =
            (0..poison).map(|n| plan.warmup_s + (poison_as_number(n) + 0.5) * every_s).collect();
        Self {
            provider,
            due,
            warmup_s: plan.warmup_s,
            factory,
            deck: Deck::new(plan.shares, tamperings.len(), malformations.len(), seed ^ 3),
            changes: changes(plan),
            poison_due_s,
            tamperings,
            malformations,
            last_valid: None,
            kept: VecDeque::with_capacity(KEPT),
            rng: StdRng::seed_from_u64(seed ^ 4),
            handed_out: 0,
            valid: 0,
            duplicates: 0,
            shard: Shard::WHOLE,
        }
    }

    /// Hands out one shard's slots only.
    pub const fn only(&mut self, shard: Shard) {
        self.shard = shard;
    }

    /// The next slot of this shard. `started_ms` is the run's start (Unix milliseconds), `elapsed` the time since, which only matters
    /// without planned arrivals. `None` when nothing is due any more.
    pub fn next(&mut self, started_ms: i64, elapsed: Duration) -> Option<Slot> {
        loop {
            let (slot, first) = self.draw(started_ms, elapsed)?;
            if self.shard.owns(first) {
                return Some(slot);
            }
        }
    }

    /// The next slot of the whole schedule, and the number of the one that its event was first sent in.
    fn draw(&mut self, started_ms: i64, elapsed: Duration) -> Option<(Slot, u64)> {
        let mut first = self.handed_out;
        let mut due_s = match &mut self.due {
            Due::Planned(times) => times.next()?,
            Due::Asked { end_s } => Some(elapsed.as_secs_f64()).filter(|now| now < end_s)?,
        };
        let measured = due_s >= self.warmup_s;
        while self.changes.front().is_some_and(|(from_s, _)| *from_s <= due_s) {
            self.changes.pop_front().into_iter().for_each(|(_, shares)| self.deck.set_shares(shares));
        }
        let now_ms = |due_s: f64| started_ms.saturating_add(millis(due_s));
        let (what, event) = if !measured {
            (What::Valid, self.factory.event(now_ms(due_s)))
        } else if self.poison_due_s.front().is_some_and(|poison| *poison <= due_s) {
            self.poison_due_s.pop_front();
            (What::Poison, self.factory.poison(now_ms(due_s)))
        } else {
            match self.deck.draw() {
                Card::Duplicate => match self.earlier_event(due_s) {
                    Some(earlier) => {
                        (due_s, first) = (earlier.at_s, earlier.number);
                        (What::Duplicate, earlier.event)
                    }
                    None => self.fresh(due_s, now_ms(due_s)),
                },
                Card::Forged(way) => (What::Forged(self.tamperings[way]), self.factory.event(now_ms(due_s))),
                Card::Malformed(way) => {
                    (What::Malformed(self.malformations[way]), self.factory.event(now_ms(due_s)))
                }
                Card::Valid => self.fresh(due_s, now_ms(due_s)),
            }
        };
        let number = self.handed_out;
        self.handed_out += 1;
        let intended = Duration::from_secs_f64(due_s);
        let slot = Slot { provider: self.provider, number, intended, measured, what, event, attempt: 0 };
        Some((slot, first))
    }

    /// Slots that were never handed out; 0 without planned arrivals. Uses them up.
    pub fn left(&mut self) -> u64 {
        match &mut self.due {
            Due::Planned(_) if self.shard != Shard::WHOLE => {
                std::iter::from_fn(|| self.next(0, Duration::ZERO)).map(|_| 1).sum()
            }
            Due::Planned(times) => times.by_ref().map(|_| 1).sum(),
            Due::Asked { .. } => 0,
        }
    }

    fn fresh(&mut self, due_s: f64, now_ms: i64) -> (What, Event) {
        let event = self.factory.event(now_ms);
        let sent = Sent { at_s: due_s, number: self.handed_out, event: event.clone() };
        self.valid += 1;
        if self.valid.is_multiple_of(KEPT_EVERY) {
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(sent.clone());
        }
        self.last_valid = Some(sent);
        (What::Valid, event)
    }

    /// The event to repeat and when: every second time the last one at its own moment, so that both are under way
    /// together; otherwise one from some time ago.
    fn earlier_event(&mut self, due_s: f64) -> Option<Sent> {
        self.duplicates += 1;
        if self.duplicates.is_multiple_of(2) {
            let last = self.last_valid.take_if(|last| due_s - last.at_s <= TOGETHER_S)?;
            let planned = matches!(self.due, Due::Planned(_));
            return Some(Sent { at_s: if planned { last.at_s } else { due_s }, ..last });
        }
        let old_enough = self.kept.iter().take_while(|kept| due_s - kept.at_s >= LATER_S).count();
        if old_enough == 0 {
            return None;
        }
        let kept = self.kept.remove(self.rng.random_range(0..old_enough))?;
        Some(Sent { at_s: due_s, ..kept })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a run lasts at most a day")]
const fn millis(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}

#[cfg(test)]
mod tests;

//! When deliveries are due: an open arrival process, drawn before anything is sent and blind to how fast answers come.
//!
//! The rate is piecewise linear in time. Let L(t) be the number of arrivals until t; the k-th of n arrivals lies where L
//! reaches its place. Evenly spaced places give constant arrivals; sorted uniform places give a Poisson process
//! conditioned on its total, so that the offered load is exact while gaps are memoryless.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::plan::{Arrival, Phase};

/// The rate over time, for one provider's share of it.
#[derive(Debug, Clone)]
pub struct Profile {
    phases: Vec<Phase>,
    /// Start of each phase, and arrivals until then; one more for the end.
    before: Vec<(f64, f64)>,
}

impl Profile {
    /// The given phases, one after the other.
    #[must_use]
    pub fn new(phases: Vec<Phase>) -> Self {
        let mut sum = (0.0, 0.0);
        let mut before = vec![sum];
        for phase in &phases {
            sum = (sum.0 + phase.duration_s, sum.1 + phase.webhooks());
            before.push(sum);
        }
        Self { phases, before }
    }

    /// Arrivals over the whole profile, in the plan's full rate.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.before.last().map_or(0.0, |(_, arrivals)| *arrivals)
    }

    /// The time in seconds at which `count` arrivals (of [`Profile::total`]) are reached.
    #[must_use]
    pub fn time_of(&self, count: f64) -> f64 {
        // The first phase by whose end that many have come.
        let ends = self.before.get(1..).unwrap_or_default();
        let index = ends.partition_point(|(_, arrivals)| *arrivals < count);
        match (self.phases.get(index), self.before.get(index)) {
            (Some(phase), Some((start_s, arrivals))) => start_s + time_within(phase, count - arrivals),
            _ => ends.last().map_or(0.0, |(end_s, _)| *end_s),
        }
    }
}

/// Solves `count = from·t + (to − from)·t² / 2d` for t, in the form that stays exact when both rates are equal.
fn time_within(phase: &Phase, count: f64) -> f64 {
    let from = phase.from_per_min / 60.0;
    let slope = (phase.to_per_min - phase.from_per_min) / 60.0 / phase.duration_s;
    let root = (from * from + 2.0 * slope * count).max(0.0).sqrt();
    if from + root <= 0.0 { 0.0 } else { (2.0 * count / (from + root)).min(phase.duration_s) }
}

/// Splits `total` into whole parts in the given proportions; the parts add up to the rounded total.
#[must_use]
pub fn split(total: f64, parts: [f64; 3]) -> [u64; 3] {
    let mut cumulated = 0.0;
    let mut given = 0.0;
    parts.map(|part| {
        cumulated += part;
        let upto = (total * cumulated).round();
        let share = upto - given;
        given = upto;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rounded, bounded, rising sum"
        )]
        {
            share.max(0.0) as u64
        }
    })
}

/// The due times of one provider's deliveries, rising, in seconds from the start of the profile.
#[derive(Debug)]
pub struct Arrivals {
    profile: Profile,
    total: f64,
    count: u64,
    next: u64,
    /// Place of the last arrival within [0, 1).
    place: f64,
    phase: f64,
    rng: Option<StdRng>,
}

impl Arrivals {
    /// `count` arrivals over the profile. `offset` (0 to 1) shifts evenly spaced arrivals, so that providers take turns.
    #[must_use]
    pub fn new(profile: Profile, count: u64, arrival: Arrival, offset: f64, seed: u64) -> Self {
        let rng = (arrival == Arrival::Poisson).then(|| StdRng::seed_from_u64(seed));
        Self { total: profile.total(), profile, count, next: 0, place: 0.0, phase: offset, rng }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
impl Iterator for Arrivals {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        if self.next >= self.count {
            return None;
        }
        let left = (self.count - self.next) as f64;
        self.place = match &mut self.rng {
            None => (self.next as f64 + self.phase) / self.count as f64,
            // The smallest of the `left` uniform places that remain above the last one.
            Some(rng) => 1.0 - (1.0 - self.place) * (1.0 - rng.random::<f64>()).powf(1.0 / left),
        };
        self.next += 1;
        Some(self.profile.time_of(self.place * self.total))
    }
}

#[cfg(test)]
mod tests;

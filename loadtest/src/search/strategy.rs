//! Which rate to try next: doubling until one breaks, then bisection, then repeats on both sides of the limit.
//!
//! Pure: the next step is a function of the trials so far, so that a search can be followed, and repeated, by hand. A rate holds
//! if more of its trials held than broke. A repeat that turns the majority moves the bracket, and bisection goes on from there.
//!
//! Invariants: every rate lies within the bounds; no rate is tried more often than [`Bounds::repeats`] and one to break a tie; so
//! every search ends.

use std::collections::BTreeMap;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The first rate, webhooks a minute; whole.
    pub from: u64,
    /// The highest that may be tried; whole, not below `from`.
    pub to: u64,
    /// Bisection ends when the bracket is at most this part of its upper end.
    pub precision: f64,
    /// Trials at each of its ends.
    pub repeats: u32,
}

/// A trial that was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// Webhooks a minute.
    pub rate: u64,
    /// The objective held.
    pub held: bool,
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Run a trial at this rate.
    Try(u64),
    /// Nothing more would be learnt.
    Done(Bracket),
}

/// Where the limit lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bracket {
    /// The highest rate that holds, below every one that breaks; absent: none held.
    pub holds: Option<u64>,
    /// The lowest rate that breaks; absent: none did.
    pub breaks: Option<u64>,
}

/// Trials at one rate.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    held: u32,
    broke: u32,
}

impl Tally {
    const fn trials(self) -> u32 {
        self.held + self.broke
    }

    /// A tie after all repeats counts as broken: a rate that holds every other time is none to rely on.
    const fn holds(self) -> bool {
        self.held > self.broke
    }
}

/// The bracket that the trials show.
#[must_use]
pub fn bracket(trials: &[Observation]) -> Bracket {
    bracket_of(&tallies(trials))
}

fn tallies(trials: &[Observation]) -> BTreeMap<u64, Tally> {
    let mut tallies: BTreeMap<u64, Tally> = BTreeMap::new();
    for trial in trials {
        let tally = tallies.entry(trial.rate).or_default();
        if trial.held {
            tally.held += 1;
        } else {
            tally.broke += 1;
        }
    }
    tallies
}

fn bracket_of(tallies: &BTreeMap<u64, Tally>) -> Bracket {
    let breaks = tallies.iter().find(|(_, tally)| !tally.holds()).map(|(rate, _)| *rate);
    let below = tallies.range(..breaks.unwrap_or(u64::MAX));
    Bracket { holds: below.last().map(|(rate, _)| *rate), breaks }
}

/// The next step after these trials.
#[must_use]
pub fn next(bounds: &Bounds, trials: &[Observation]) -> Step {
    let tallies = tallies(trials);
    let repeats = bounds.repeats.max(1);
    // A tie first: everything else depends on which side that rate is on.
    let tie = tallies.iter().find(|(_, tally)| tally.held == tally.broke && tally.trials() <= repeats);
    if let Some((rate, _)) = tie {
        return Step::Try(*rate);
    }
    let bracket = bracket_of(&tallies);
    match (bracket.holds, bracket.breaks) {
        (None, None) => Step::Try(bounds.from),
        (Some(holds), None) if holds < bounds.to => Step::Try(holds.saturating_mul(2).min(bounds.to)),
        (Some(end), None) | (None, Some(end)) => repeat(&tallies, [end, end], repeats, bracket),
        (Some(holds), Some(breaks)) => match between(holds, breaks, bounds.precision) {
            Some(rate) => Step::Try(rate),
            None => repeat(&tallies, [holds, breaks], repeats, bracket),
        },
    }
}

/// The middle of a bracket that is wider than it may be.
#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
fn between(holds: u64, breaks: u64, precision: f64) -> Option<u64> {
    let wide = (breaks - holds) as f64 > breaks as f64 * precision;
    let middle = holds + (breaks - holds) / 2;
    (wide && middle > holds).then_some(middle)
}

/// Whichever of the two ends has had fewer trials, the lower one first, so that both see the same drift of the machine.
fn repeat(tallies: &BTreeMap<u64, Tally>, ends: [u64; 2], repeats: u32, bracket: Bracket) -> Step {
    let trials = |rate: &u64| tallies.get(rate).map_or(0, |tally| tally.trials());
    let fewest = ends.into_iter().min_by_key(trials);
    match fewest.filter(|rate| trials(rate) < repeats) {
        Some(rate) => Step::Try(rate),
        None => Step::Done(bracket),
    }
}

#[cfg(test)]
mod tests;

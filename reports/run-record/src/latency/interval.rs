//! How exactly a percentile is known: by order statistics, without an assumption about the distribution.
//!
//! Of n samples that are independent and of one distribution, the number at or below its q-quantile is binomial(n, q). So the
//! quantile lies between two of the ordered samples with a confidence that can be computed, whatever is measured. Samples that come in
//! waves are not independent, and the true interval is wider: who compares two runs allows for a threshold besides.

use super::{Percentile, Recorder};
use crate::record::Latency;

/// Probabilities below this, relative to the likeliest, change nothing.
const NOTHING: f64 = 1e-16;

/// Ranks, counted from 1, of the ordered samples between which a quantile lies with at least this confidence; absent: there are too few
/// samples for that.
#[must_use]
pub fn rank_interval(samples: u64, quantile: f64, confidence: f64) -> Option<(u64, u64)> {
    if samples == 0 || !(quantile > 0.0 && quantile < 1.0) || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let tail = (1.0 - confidence) / 2.0;
    let (first, weights) = binomial(samples, quantile);
    let total: f64 = weights.iter().sum();
    // Most that may lie below the lower rank and above the upper one.
    let within = |weights: &mut dyn Iterator<Item = f64>| {
        let mut sum = 0.0;
        weights
            .take_while(|weight| {
                sum += weight / total;
                sum <= tail
            })
            .count() as u64
    };
    let low = first + within(&mut weights.iter().copied());
    let last = first + weights.len() as u64 - 1;
    let high = last + 1 - within(&mut weights.iter().rev().copied());
    (low >= 1 && high <= samples).then_some((low, high))
}

/// The binomial distribution about its mode, up to a factor: the first count and the weights from there on.
fn binomial(n: u64, p: f64) -> (u64, Vec<f64>) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let mode = (((n + 1) as f64 * p) as u64).min(n);
    let odds = p / (1.0 - p);
    let mut below = Vec::new();
    let (mut count, mut weight) = (mode, 1.0);
    while count > 0 {
        weight *= count as f64 / ((n - count + 1) as f64 * odds);
        if weight < NOTHING {
            break;
        }
        count -= 1;
        below.push(weight);
    }
    let first = count;
    let mut weights: Vec<f64> = below.into_iter().rev().collect();
    weights.push(1.0);
    let (mut count, mut weight) = (mode, 1.0);
    while count < n {
        weight *= (n - count) as f64 * odds / (count + 1) as f64;
        if weight < NOTHING {
            break;
        }
        count += 1;
        weights.push(weight);
    }
    (first, weights)
}

impl Recorder {
    /// The interval that holds a percentile with this confidence, milliseconds; absent where the percentile is refused or the samples
    /// do not reach so far.
    #[must_use]
    pub fn interval_ms(&self, percentile: Percentile, confidence: f64) -> Option<(f64, f64)> {
        let samples = self.samples();
        if samples < percentile.needs() {
            return None;
        }
        let (low, high) = rank_interval(samples, percentile.quantile(), confidence)?;
        // Half a rank below, so that rounding does not reach the next one.
        let at = |rank: u64| self.quantile_ms((rank as f64 - 0.5) / samples as f64);
        Some((at(low), at(high)))
    }
}

impl Latency {
    /// The same from the record alone: read off the spectrum, whose points are ten a decade, and between them interpolated.
    #[must_use]
    pub fn interval_ms(&self, percentile: Percentile, confidence: f64) -> Option<(f64, f64)> {
        if self.samples < percentile.needs() {
            return None;
        }
        let (low, high) = rank_interval(self.samples, percentile.quantile(), confidence)?;
        let at = |rank: u64| self.at(rank as f64 / self.samples as f64 * 100.0);
        // Beyond the last point of the spectrum lies the largest value, and nothing is known of what is between.
        Some((at(low)?, at(high).or(self.max)?))
    }

    /// The value at a percentile of the spectrum, by the logarithm of the share beyond, as the spectrum is spaced.
    fn at(&self, percent: f64) -> Option<f64> {
        let after = self.spectrum.iter().position(|point| point.0 >= percent)?;
        let (p1, v1) = self.spectrum[after];
        let Some((p0, v0)) = after.checked_sub(1).map(|before| self.spectrum[before]) else {
            return Some(v1);
        };
        let beyond = |percent: f64| (100.0 - percent).max(1e-9).ln();
        let share = (beyond(p0) - beyond(percent)) / (beyond(p0) - beyond(p1)).max(1e-12);
        Some(v0 + (v1 - v0) * share.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// P(at most k of n), term by term from zero up.
    fn at_most(k: u64, n: u64, p: f64) -> f64 {
        let mut term = (1.0 - p).powi(i32::try_from(n).unwrap());
        let mut sum = 0.0;
        for count in 0..=k {
            sum += term;
            term *= (n - count) as f64 / (count + 1) as f64 * p / (1.0 - p);
        }
        sum
    }

    #[test]
    fn known_intervals() {
        let check = |n, q, expected| assert_eq!(rank_interval(n, q, 0.95), expected, "{n} {q}");
        // As printed in tables of nonparametric intervals for the median.
        check(10, 0.5, Some((2, 9)));
        check(25, 0.5, Some((8, 18)));
        check(100, 0.5, Some((40, 61)));
        check(5, 0.5, None);
        check(0, 0.5, None);
        check(100, 0.99, None);
    }

    proptest! {
        #[test]
        fn ranks_hold_the_confidence_and_no_narrower_ones_do(n in 6u64..200, q in 0.05f64..0.95, confidence in 0.5f64..0.999) {
            let tail = (1.0 - confidence) / 2.0;
            if let Some((low, high)) = rank_interval(n, q, confidence) {
                prop_assert!(1 <= low && low <= high && high <= n);
                prop_assert!(at_most(low - 1, n, q) <= tail + 1e-9);
                prop_assert!(1.0 - at_most(high - 1, n, q) <= tail + 1e-9);
                prop_assert!(at_most(low, n, q) > tail - 1e-9, "a higher rank would do");
                prop_assert!(1.0 - at_most(high - 2, n, q) > tail - 1e-9, "a lower rank would do");
            }
        }

        #[test]
        fn the_interval_holds_the_percentile_and_the_record_says_nearly_the_same(
            values in prop::collection::vec(1u64..1_000_000, 1_000..3_000),
        ) {
            let mut recorder = Recorder::new();
            values.iter().for_each(|value| recorder.record_us(*value));
            let latency = recorder.to_latency();
            for percentile in [Percentile::P50, Percentile::P90, Percentile::P99] {
                let told = recorder.percentile_ms(percentile).unwrap();
                let Some((low, high)) = recorder.interval_ms(percentile, 0.95) else { continue };
                prop_assert!(low <= told && told <= high, "{low} {told} {high}");
                let (from, to) = latency.interval_ms(percentile, 0.95).unwrap();
                prop_assert!(from <= told * 1.01 && told <= to * 1.01, "{from} {told} {to}");
            }
        }
    }

    #[test]
    fn nineteen_of_twenty_intervals_hold_the_true_median() {
        let mut state = 7u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let held = (0..400)
            .filter(|_| {
                let mut recorder = Recorder::new();
                (0..300).for_each(|_| recorder.record_us(1 + random() % 1_000_000));
                let (low, high) = recorder.interval_ms(Percentile::P50, 0.95).unwrap();
                (low..=high).contains(&500.0)
            })
            .count();
        assert!((370..=399).contains(&held), "{held} of 400");
    }
}

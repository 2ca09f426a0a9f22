//! The knee: the rate above which latency costs more than throughput gains.
//!
//! By Kleinrock's power (L. Kleinrock, "Power and deterministic rules of thumb for probabilistic problems in computer
//! communications", ICC 1979): the rate divided by the latency there is greatest at the knee. It needs no threshold and does not
//! depend on how far beyond the limit was tried. Latency is the p99 of acknowledgements, the median where a rate was tried more than
//! once.

use std::collections::BTreeMap;

/// A trial: webhooks a minute offered, p99 in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Offered.
    pub rate_per_min: f64,
    /// Acknowledgement.
    pub p99_ms: f64,
}

/// The knee among the trials; absent when the power is still rising at the highest rate, or falling from the lowest: then the knee
/// lies outside of what was tried.
#[must_use]
pub fn knee(points: &[Point]) -> Option<Point> {
    let curve = medians(points);
    let power = |point: &Point| point.rate_per_min / point.p99_ms;
    let (place, knee) = curve.iter().enumerate().max_by(|a, b| power(a.1).total_cmp(&power(b.1)))?;
    (place > 0 && place + 1 < curve.len()).then_some(*knee)
}

/// One point a rate, rising.
fn medians(points: &[Point]) -> Vec<Point> {
    let mut by_rate: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for point in points.iter().filter(|point| point.rate_per_min > 0.0 && point.p99_ms > 0.0) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, positive rates")]
        by_rate.entry(point.rate_per_min.round() as u64).or_default().push(point.p99_ms);
    }
    let median = |(rate, mut all): (u64, Vec<f64>)| {
        all.sort_by(f64::total_cmp);
        let p99_ms = (all[(all.len() - 1) / 2] + all[all.len() / 2]) / 2.0;
        #[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
        let rate_per_min = rate as f64;
        Point { rate_per_min, p99_ms }
    };
    by_rate.into_iter().map(median).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(curve: impl Fn(f64) -> f64, rates: &[f64]) -> Option<f64> {
        let points = rates.iter().map(|rate| Point { rate_per_min: *rate, p99_ms: curve(*rate) });
        knee(&points.collect::<Vec<_>>()).map(|knee| knee.rate_per_min)
    }

    const RATES: [f64; 9] = [1e3, 2e3, 3e3, 4e3, 5e3, 6e3, 7e3, 8e3, 9e3];

    #[test]
    fn one_server_has_its_knee_at_half_its_capacity() {
        // M/M/1: latency is 1/(μ−λ), so that power is λ(μ−λ), greatest at μ/2 (Kleinrock's own example).
        assert_eq!(at(|rate| 60_000.0 / (10_000.0 - rate), &RATES), Some(5e3));
    }

    #[test]
    fn a_hockey_stick_has_it_where_it_bends() {
        let stick = |rate: f64| if rate <= 6e3 { 8.0 } else { 8.0 + (rate - 6e3) };
        assert_eq!(at(stick, &RATES), Some(6e3));
    }

    #[test]
    fn no_knee_is_told_that_was_not_seen() {
        assert_eq!(at(|_| 8.0, &RATES), None, "latency is on the ground up to the highest rate");
        assert_eq!(at(|rate| rate * rate, &RATES), None, "it has left the ground before the lowest");
        assert_eq!(at(|_| 8.0, &[]), None);
        assert_eq!(at(|_| 8.0, &[1e3, 2e3]), None);
    }

    #[test]
    fn one_bad_repeat_does_not_move_it() {
        let mut points: Vec<Point> = RATES
            .iter()
            .map(|rate| Point { rate_per_min: *rate, p99_ms: 60_000.0 / (10_000.0 - rate) })
            .collect();
        points.extend([12.1, 900.0].map(|p99_ms| Point { rate_per_min: 5e3, p99_ms }));
        assert_eq!(knee(&points).map(|knee| knee.rate_per_min), Some(5e3));
    }
}

//! Latency second by second, exact: for the plots over time.

use std::time::Duration;

use super::{in_bounds, ms};
use crate::record::Second;

/// Every value of a run, by second: four bytes a value, where a histogram a second would take 170 KB.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PerSecond {
    seconds: Vec<Vec<u32>>,
}

impl PerSecond {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a value in a second since the start of the measured part.
    pub fn record(&mut self, second: u32, latency: Duration) {
        let index = second as usize;
        if index >= self.seconds.len() {
            self.seconds.resize_with(index + 1, Vec::new);
        }
        let microseconds = in_bounds(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
        // The upper bound is 600,000,000, which fits.
        self.seconds[index].push(microseconds as u32);
    }

    /// Adds everything that another one counted.
    pub fn merge(&mut self, other: &PerSecond) {
        if other.seconds.len() > self.seconds.len() {
            self.seconds.resize_with(other.seconds.len(), Vec::new);
        }
        for (mine, theirs) in self.seconds.iter_mut().zip(&other.seconds) {
            mine.extend_from_slice(theirs);
        }
    }

    /// Sets `p50`, `p99` and `max` (milliseconds) of those seconds of a timeline that have samples, by their `t`.
    ///
    /// Nearest rank and never refused: these are for the picture, not for a verdict.
    pub fn fill(&self, timeline: &mut [Second]) {
        for second in timeline {
            let mut values = self.seconds.get(second.t as usize).cloned().unwrap_or_default();
            values.sort_unstable();
            second.p50 = nearest_rank(&values, 0.5);
            second.p99 = nearest_rank(&values, 0.99);
            second.max = nearest_rank(&values, 1.0);
        }
    }
}

/// The smallest value that at least this share of the values do not exceed, milliseconds.
fn nearest_rank(sorted: &[u32], quantile: f64) -> Option<f64> {
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).map(|microseconds| ms(u64::from(*microseconds)))
}

//! Latency: recorded, merged, summed up, refused. The one module of the project that computes percentiles.
//!
//! Values are microseconds from 1 µs to 10 minutes with three significant digits; what lies outside is counted at
//! the nearest end, because an unanswered request is a sample and not a gap. A percentile is given only when
//! [`BEHIND_A_PERCENTILE`] samples or so lie beyond it ([`Percentile::needs`]); otherwise it is absent, and a reader
//! sees that it is absent.

mod hlog;
mod interval;
mod per_second;
mod window;

#[cfg(test)]
mod tests;

use std::time::Duration;

use hdrhistogram::Histogram;

pub use hlog::{HlogError, QUERIES, SEND_LAG, Series, read_hlog, write_hlog};
pub use interval::rank_interval;
pub use per_second::PerSecond;
pub use window::{Live, RollingWindow};

use crate::record::Latency;

/// Smallest value told apart, microseconds.
pub const LOWEST_US: u64 = 1;
/// Largest value told apart, microseconds: ten minutes.
pub const HIGHEST_US: u64 = 600_000_000;
/// Samples that must lie beyond the last percentile of a spectrum for it to mean something.
pub const BEHIND_A_PERCENTILE: u64 = 10;

const SIGNIFICANT_DIGITS: u8 = 3;
/// Points of a spectrum for every factor of ten in the share of samples beyond.
const SPECTRUM_POINTS_A_DECADE: i32 = 10;

/// The percentiles that are reported, and what each needs to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Percentile {
    /// The median.
    P50,
    /// One in ten is slower.
    P90,
    /// One in a hundred is slower.
    P99,
    /// One in a thousand is slower.
    P999,
}

impl Percentile {
    /// All of them, rising.
    pub const ALL: [Percentile; 4] = [Self::P50, Self::P90, Self::P99, Self::P999];

    /// Samples without which it is refused: 10, 100, 1,000 and 10,000.
    pub const fn needs(self) -> u64 {
        match self {
            Self::P50 => 10,
            Self::P90 => 100,
            Self::P99 => 1_000,
            Self::P999 => 10_000,
        }
    }

    /// Share of samples at or below it, 0 to 1.
    pub const fn quantile(self) -> f64 {
        match self {
            Self::P50 => 0.5,
            Self::P90 => 0.9,
            Self::P99 => 0.99,
            Self::P999 => 0.999,
        }
    }

    /// The name people know: `p50`, `p90`, `p99`, `p99.9`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P999 => "p99.9",
        }
    }
}

/// A latency distribution in the making. Merging two is exact: the result is the one that had recorded everything.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorder {
    histogram: Histogram<u64>,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// An empty one. Takes about 170 KB, whatever is recorded later.
    #[expect(clippy::expect_used, reason = "the bounds are constants, and a test makes one")]
    pub fn new() -> Self {
        let histogram = Histogram::new_with_bounds(LOWEST_US, HIGHEST_US, SIGNIFICANT_DIGITS);
        Self { histogram: histogram.expect("the bounds are valid") }
    }

    /// Counts one value.
    pub fn record(&mut self, latency: Duration) {
        self.record_us(u64::try_from(latency.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts one value, microseconds.
    pub fn record_us(&mut self, microseconds: u64) {
        self.histogram.saturating_record(in_bounds(microseconds));
    }

    /// Adds everything that another one counted.
    #[expect(clippy::expect_used, reason = "both have the same bounds, so nothing can be out of range")]
    pub fn merge(&mut self, other: &Recorder) {
        self.histogram.add(&other.histogram).expect("all recorders share their bounds");
    }

    /// One that counted what a histogram of HdrHistogram's did; `None` if it counted what no recorder does.
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let mut recorder = Self::new();
        // Values outside of the bounds would be refused one by one.
        recorder.histogram.add(histogram).ok()?;
        Some(recorder)
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.histogram.reset();
    }

    /// Values counted.
    pub fn samples(&self) -> u64 {
        self.histogram.len()
    }

    /// A percentile in milliseconds; absent when there are too few samples to tell it.
    pub fn percentile_ms(&self, percentile: Percentile) -> Option<f64> {
        (self.samples() >= percentile.needs()).then(|| self.quantile_ms(percentile.quantile()))
    }

    /// The largest value in milliseconds; absent without samples.
    pub fn max_ms(&self) -> Option<f64> {
        (!self.histogram.is_empty()).then(|| ms(self.histogram.max()))
    }

    /// Everything the record keeps of a distribution, milliseconds.
    pub fn to_latency(&self) -> Latency {
        Latency {
            samples: self.samples(),
            p50: self.percentile_ms(Percentile::P50),
            p90: self.percentile_ms(Percentile::P90),
            p99: self.percentile_ms(Percentile::P99),
            p999: self.percentile_ms(Percentile::P999),
            max: self.max_ms(),
            mean: (!self.histogram.is_empty()).then(|| self.histogram.mean().round() / 1_000.0),
            spectrum: self.spectrum(),
        }
    }

    /// The histogram behind it, for what only HdrHistogram's own formats can carry. Values are microseconds.
    pub fn histogram(&self) -> &Histogram<u64> {
        &self.histogram
    }

    /// (percentile, milliseconds) evenly spaced on the logarithm of the share beyond, from the smallest value to the
    /// last percentile that [`BEHIND_A_PERCENTILE`] samples lie beyond. Empty below that number of samples.
    fn spectrum(&self) -> Vec<(f64, f64)> {
        let samples = self.samples();
        if samples < BEHIND_A_PERCENTILE {
            return Vec::new();
        }
        let last_share = BEHIND_A_PERCENTILE as f64 / samples as f64;
        let mut points: Vec<(f64, f64)> = (0..)
            .map(|step| 10f64.powf(-f64::from(step) / f64::from(SPECTRUM_POINTS_A_DECADE)))
            .take_while(|share| *share > last_share * 1.000_001)
            .chain([last_share])
            .map(|share| (percent_below(share), self.quantile_ms(1.0 - share)))
            .collect();
        points.dedup_by(|later, earlier| later.0 <= earlier.0);
        points
    }

    fn quantile_ms(&self, quantile: f64) -> f64 {
        ms(self.histogram.value_at_quantile(quantile).min(self.histogram.max()))
    }
}

fn in_bounds(microseconds: u64) -> u64 {
    microseconds.clamp(LOWEST_US, HIGHEST_US)
}

fn ms(microseconds: u64) -> f64 {
    microseconds as f64 / 1_000.0
}

/// 0.001 beyond is the percentile 99.9, without the digits of binary fractions.
fn percent_below(share_beyond: f64) -> f64 {
    ((1.0 - share_beyond) * 100.0 * 1e7).round() / 1e7
}

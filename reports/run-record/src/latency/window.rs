//! The last few seconds, for the eye of the person who watches a run.

use std::time::Duration;

use super::{Percentile, Recorder};
use crate::record::Latency;

/// Latency over the last seconds: a ring of recorders, one for every second.
///
/// The caller says what second it is, so there is no clock in here.
#[derive(Debug, Clone)]
pub struct RollingWindow {
    slots: Vec<Slot>,
}

#[derive(Debug, Clone)]
struct Slot {
    second: u64,
    recorder: Recorder,
}

/// A percentile to show while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Live {
    /// The highest percentile up to p99 that the samples in the window can tell.
    pub percentile: Percentile,
    /// Its value, milliseconds.
    pub ms: f64,
}

impl RollingWindow {
    /// A window over the current second and those before it, `seconds` in all (at least one).
    pub fn new(seconds: usize) -> Self {
        let empty = Slot { second: 0, recorder: Recorder::new() };
        Self { slots: vec![empty; seconds.max(1)] }
    }

    /// Counts a value in a second (counted from any fixed moment). What is older than the window is dropped.
    pub fn record(&mut self, second: u64, latency: Duration) {
        let index = (second % self.slots.len() as u64) as usize;
        let slot = &mut self.slots[index];
        if second < slot.second {
            return;
        }
        if second > slot.second {
            slot.second = second;
            slot.recorder.clear();
        }
        slot.recorder.record(latency);
    }

    /// What the window holds at this second, with the refusals of [`Recorder::to_latency`].
    pub fn latency(&self, now_second: u64) -> Latency {
        self.merged(now_second).to_latency()
    }

    /// p99 in milliseconds; absent while the window holds fewer than 1,000 samples.
    pub fn p99_ms(&self, now_second: u64) -> Option<f64> {
        self.merged(now_second).percentile_ms(Percentile::P99)
    }

    /// p99 where the samples allow it, otherwise p90 or p50; absent below ten samples.
    pub fn live(&self, now_second: u64) -> Option<Live> {
        let merged = self.merged(now_second);
        [Percentile::P99, Percentile::P90, Percentile::P50]
            .into_iter()
            .find_map(|percentile| merged.percentile_ms(percentile).map(|ms| Live { percentile, ms }))
    }

    fn merged(&self, now_second: u64) -> Recorder {
        let oldest = (now_second + 1).saturating_sub(self.slots.len() as u64);
        let mut merged = Recorder::new();
        for slot in self.slots.iter().filter(|slot| (oldest..=now_second).contains(&slot.second)) {
            merged.merge(&slot.recorder);
        }
        merged
    }
}

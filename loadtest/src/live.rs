//! Counts and latencies while the run goes on: for the eye, and for the back-off of `--rate max`. The verdict never
//! looks here.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reports::latency::{Live as LivePercentile, RollingWindow};

use ledger::entry::Entry;

/// Seconds that the moving percentile looks back: enough for a p99 (1,000 samples) at 10,000 webhooks a minute.
const WINDOW_S: usize = 8;

/// Counters of a run in progress.
#[derive(Debug)]
pub struct Live {
    sent: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    errors: AtomicU64,
    dead_letters: AtomicU64,
    window: Mutex<RollingWindow>,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Snapshot {
    /// Answered, or given up.
    pub sent: u64,
    /// Answered 2xx.
    pub accepted: u64,
    /// Answered 4xx.
    pub rejected: u64,
    /// Answered otherwise or not at all.
    pub errors: u64,
    /// Messages in the dead-letter queue, when last looked at.
    pub dead_letters: u64,
    /// The highest percentile the last seconds can tell.
    pub latency: Option<LivePercentile>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            sent: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            rejected: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            dead_letters: AtomicU64::new(0),
            window: Mutex::new(RollingWindow::new(WINDOW_S)),
        }
    }
}

impl Live {
    /// Counts an entry that was just recorded, `elapsed` after the start of the run.
    pub fn count(&self, entry: &Entry, elapsed: Duration) {
        let by_answer = match entry.status {
            200..300 => &self.accepted,
            400..500 => &self.rejected,
            _ => &self.errors,
        };
        by_answer.fetch_add(1, Ordering::Relaxed);
        self.sent.fetch_add(1, Ordering::Relaxed);
        if entry.kind.is_genuine() {
            let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
            window.record(elapsed.as_secs(), entry.acknowledged());
        }
    }

    /// Notes how many messages the dead-letter queue holds.
    pub fn set_dead_letters(&self, count: u64) {
        self.dead_letters.store(count, Ordering::Relaxed);
    }

    /// The counters now.
    #[must_use]
    pub fn snapshot(&self, elapsed: Duration) -> Snapshot {
        let window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        Snapshot {
            sent: self.sent.load(Ordering::Relaxed),
            accepted: self.accepted.load(Ordering::Relaxed),
            rejected: self.rejected.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            dead_letters: self.dead_letters.load(Ordering::Relaxed),
            latency: window.live(elapsed.as_secs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use provider_sim::Provider;

    use super::*;
    use ledger::entry::Times;
    use ledger::entry::What;

    #[test]
    fn answers_are_counted_by_what_they_mean() {
        let live = Live::default();
        let ms = Duration::from_millis;
        let times = Times { measured: true, intended: ms(0), lag: ms(1), service: ms(9) };
        for status in [Some(200), Some(200), Some(401), Some(503), None] {
            let what = if status == Some(401) {
                What::Malformed(provider_sim::Malformation::ALL[0])
            } else {
                What::Valid
            };
            live.count(&Entry::new(Provider::Stripe, what, "evt", times, status), ms(500));
        }
        let now = live.snapshot(ms(900));
        assert_eq!((now.sent, now.accepted, now.rejected, now.errors), (5, 2, 1, 2));
        assert_eq!(now.latency, None, "four values tell no percentile");
        for _ in 0..10 {
            live.count(&Entry::new(Provider::Stripe, What::Valid, "evt", times, Some(200)), ms(500));
        }
        let told = live.snapshot(ms(900)).latency.expect("a median");
        assert!((told.ms - 10.0).abs() < 0.1, "{told:?}");
    }
}

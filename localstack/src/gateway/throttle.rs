//! Token buckets, as API Gateway throttles: a rate and a burst.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::config::Throttle;

pub(super) struct Bucket {
    limit: Throttle,
    level: Mutex<Level>,
}

struct Level {
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(super) fn new(limit: Throttle, now: Instant) -> Self {
        Bucket { limit, level: Mutex::new(Level { tokens: f64::from(limit.burst), at: now }) }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&self, now: Instant) -> bool {
        let mut level = self.level.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed_s = now.saturating_duration_since(level.at).as_secs_f64();
        // Callers' clocks may be out of order by a little; time does not run backwards for that.
        level.at = level.at.max(now);
        level.tokens = (level.tokens + elapsed_s * self.limit.rate_per_s).min(f64::from(self.limit.burst));
        if level.tokens < 1.0 {
            return false;
        }
        level.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let bucket = Bucket::new(Throttle { rate_per_s: 10.0, burst: 3 }, start);
        let taken = |at_ms| bucket.take(start + Duration::from_millis(at_ms));
        assert_eq!([taken(0), taken(0), taken(0), taken(0)], [true, true, true, false]);
        assert_eq!([taken(99), taken(100), taken(150)], [false, true, false]);
        assert_eq!([taken(10_000), taken(10_000), taken(10_000), taken(10_000)], [true, true, true, false]);
        assert!(!taken(9_000), "time does not run backwards");
    }

    #[test]
    fn a_bucket_without_burst_gives_nothing() {
        let start = Instant::now();
        let bucket = Bucket::new(Throttle { rate_per_s: 10.0, burst: 0 }, start);
        assert!(!bucket.take(start + Duration::from_secs(5)));
    }
}

//! The one place of this crate that reads a clock. Everything else is told the time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use webhook_core::unix_time::UnixTime;

/// Now, by the machine's clock.
#[must_use]
pub fn now() -> UnixTime {
    UnixTime::from_millis(i64::try_from(since_epoch().as_millis()).unwrap_or(i64::MAX))
}

/// Now, as the time since the Unix epoch, to the nanosecond: traces tell parts of a millisecond.
#[must_use]
pub fn since_epoch() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_counts_from_the_unix_epoch() {
        let second_of_january_2025 = UnixTime::from_secs(1_735_776_000);
        let year_2100 = UnixTime::from_secs(4_102_444_800);
        assert!((second_of_january_2025..year_2100).contains(&now()));
    }
}

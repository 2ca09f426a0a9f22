//! The only place that reads the time of day. Everything else counts from the start of the run.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The start of a run on both clocks: the steady one, and the time of day.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    /// On the steady clock.
    pub instant: Instant,
    /// Unix milliseconds.
    pub unix_ms: i64,
}

impl Start {
    /// A start in so long from now.
    #[must_use]
    pub fn after(delay: Duration) -> Self {
        let instant = Instant::now() + delay;
        Self { instant, unix_ms: unix_ms().saturating_add(i64::try_from(delay.as_millis()).unwrap_or(0)) }
    }

    /// A start at a time of day, so many Unix milliseconds; `None` if that is less than `ahead` from now.
    #[must_use]
    pub fn at(unix_ms: i64, ahead: Duration) -> Option<Self> {
        let until = Duration::from_millis(u64::try_from(unix_ms.saturating_sub(self::unix_ms())).ok()?);
        (until >= ahead).then(|| Self { instant: Instant::now() + until, unix_ms })
    }

    /// Time since the start; zero before it.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(self.instant)
    }

    /// A moment of the run as RFC 3339 text in UTC.
    #[must_use]
    pub fn text(&self, since_start: Duration) -> String {
        let millis = self.unix_ms.saturating_add(i64::try_from(since_start.as_millis()).unwrap_or(0));
        utc(millis).format(&Rfc3339).unwrap_or_default()
    }
}

/// Milliseconds since the Unix epoch.
#[must_use]
pub fn unix_ms() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the crate's one clock")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A time of day for names of files: `20261121T182233Z`.
#[must_use]
pub fn stamp(unix_ms: i64) -> String {
    let format = time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    utc(unix_ms).format(&format).unwrap_or_default()
}

fn utc(unix_ms: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_ms) * 1_000_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(stamp(1_795_000_000_000), "20261118T110640Z");
        let start = Start { instant: Instant::now(), unix_ms: 1_795_000_000_000 };
        assert_eq!(start.text(Duration::from_millis(3_500)), "2026-11-18T11:06:43.5Z");
    }

    #[test]
    fn a_start_that_has_passed_is_none() {
        let ahead = Duration::from_secs(1);
        assert!(Start::at(unix_ms(), ahead).is_none() && Start::at(i64::MIN, ahead).is_none());
        let start = Start::at(unix_ms() + 60_000, ahead).expect("a minute is enough");
        let left = start.instant.saturating_duration_since(Instant::now());
        assert!(left > Duration::from_secs(30) && left <= Duration::from_secs(60), "{left:?}");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}

//! The one place of this crate that reads a clock. Everything else is told the time.

use std::time::{SystemTime, UNIX_EPOCH};

use webhook_core::unix_time::UnixTime;

/// Now, by the machine's clock.
pub(crate) fn now() -> UnixTime {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

//! The only place that asks what day it is. Everything else takes it as an argument.

use time::{Date, OffsetDateTime};

/// Today in UTC.
pub(crate) fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

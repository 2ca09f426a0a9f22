//! Days: reading them, and how far apart they are. What day it is comes as an argument; only the command line asks the clock.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

/// A year, with the day that some have more.
pub(super) const YEAR_DAYS: i64 = 366;

/// Text that is no date.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a date: write it as 2027-11-26")]
pub struct DateError(String);

/// `YYYY-MM-DD`.
///
/// # Errors
/// It is no such date.
pub fn parse_date(text: &str) -> Result<Date, DateError> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map_err(|_| DateError(text.chars().take(40).collect()))
}

/// The day of a moment in a record, UTC; absent where it cannot be read.
pub(super) fn day_of(rfc3339: &str) -> Option<Date> {
    let moment = OffsetDateTime::parse(rfc3339, &Rfc3339).ok()?;
    Some(moment.to_offset(time::UtcOffset::UTC).date())
}

/// Days from one to the other; negative where the other is earlier.
pub(super) fn days_between(from: Date, to: Date) -> i64 {
    i64::from(to.to_julian_day()) - i64::from(from.to_julian_day())
}

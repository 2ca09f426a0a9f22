//! A day of the UTC calendar, written `2026-11-20`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::{Month, OffsetDateTime};

use crate::unix_time::UnixTime;

/// A day from 1970-01-01 to 9999-12-31, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(time::Date);

impl Date {
    /// The day of a point in time; `None` outside the range.
    #[must_use]
    pub fn of(time: UnixTime) -> Option<Self> {
        Self::checked(OffsetDateTime::from_unix_timestamp(time.secs()).ok()?.date())
    }

    /// The day before; `None` before the first.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        Self::checked(self.0.previous_day()?)
    }

    fn checked(date: time::Date) -> Option<Self> {
        (1970..=9999).contains(&date.year()).then_some(Self(date))
    }

    /// `2026/11/20`, as it stands in keys.
    #[must_use]
    pub fn path(self) -> String {
        format!("{:04}/{:02}/{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), u8::from(self.0.month()), self.0.day())
    }
}

/// The text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the form 2026-11-20")]
pub struct NotADate;

impl FromStr for Date {
    type Err = NotADate;

    /// Exactly four, two and two digits: no sign, no space, no time.
    fn from_str(text: &str) -> Result<Self, NotADate> {
        let bytes = text.as_bytes();
        let digits = |from: usize, to: usize| {
            let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            part.and_then(|part| part.parse::<u16>().ok()).ok_or(NotADate)
        };
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(NotADate);
        }
        let small = |number: u16| u8::try_from(number).map_err(|_| NotADate);
        let month = Month::try_from(small(digits(5, 7)?)?).map_err(|_| NotADate)?;
        let date = time::Date::from_calendar_date(i32::from(digits(0, 4)?), month, small(digits(8, 10)?)?);
        date.ok().and_then(Self::checked).ok_or(NotADate)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(text.parse::<Date>().ok().map(Date::path).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn days_are_written_in_one_way_only() {
        check("2026-11-20", Some("2026/11/20"));
        check("1970-01-01", Some("1970/01/01"));
        check("2024-02-29", Some("2024/02/29"));
        for wrong in [
            "",
            "2026-11-2",
            "2026-11-200",
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "1969-12-31",
            "+026-11-20",
            "2026/11/20",
            " 2026-11-2",
            "2026-11-20T",
            "２026-11-2",
            "2026-1é-0",
            "20261120",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn days_follow_each_other_in_utc() {
        let new_year = Date::of(UnixTime::from_secs(1_767_225_600)).unwrap();
        assert_eq!(new_year.to_string(), "2026-01-01");
        assert_eq!(new_year.previous().unwrap().to_string(), "2025-12-31");
        assert_eq!(Date::of(UnixTime::from_millis(1_767_225_599_999)), new_year.previous());
        assert_eq!(Date::of(UnixTime::from_secs(0)).unwrap().previous(), None);
        assert_eq!(Date::of(UnixTime::from_millis(i64::MAX)), None);
    }
}

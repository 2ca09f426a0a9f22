//! The crate's one clock. Everything else takes times as arguments or asks here.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;

/// Time since the Unix epoch.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock module")]
pub(crate) fn since_epoch() -> Duration {
    // A clock set before 1970 reads as 1970: nothing here can do better with it.
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn unix_millis() -> u64 {
    u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX)
}

/// Appends `2026-11-21T18:20:00.123Z`, the time format of CloudWatch's JSON log lines.
pub(crate) fn push_rfc3339(out: &mut Vec<u8>, unix_millis: u64) {
    use std::io::Write as _;

    let t = utc(unix_millis);
    // Writing to a Vec cannot fail.
    let _ = write!(
        out,
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second(),
        unix_millis % 1000
    );
}

/// Appends `21/Nov/2026:18:20:00 +0000`, the format of API Gateway's `requestTime`.
pub(crate) fn push_request_time(out: &mut Vec<u8>, unix_millis: u64) {
    use std::io::Write as _;

    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let t = utc(unix_millis);
    let month = MONTHS[usize::from(u8::from(t.month())) - 1];
    let _ = write!(
        out,
        "{:02}/{}/{:04}:{:02}:{:02}:{:02} +0000",
        t.day(),
        month,
        t.year(),
        t.hour(),
        t.minute(),
        t.second()
    );
}

/// `20261121T182000Z`, ISO 8601's basic format, in which requests to AWS are dated.
pub(crate) fn basic_format(unix_seconds: i64) -> String {
    let t = OffsetDateTime::from_unix_timestamp(unix_seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        t.year(),
        u8::from(t.month()),
        t.day(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// Unix seconds of a time in ISO 8601's basic format; `None` if it is in any other.
pub(crate) fn from_basic_format(text: &str) -> Option<i64> {
    const BASIC: &[time::format_description::BorrowedFormatItem<'_>] =
        time::macros::format_description!("[year][month][day]T[hour][minute][second]Z");
    // The parser would take a sign before the year.
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    time::PrimitiveDateTime::parse(text, BASIC).ok().map(|t| t.assume_utc().unix_timestamp())
}

fn utc(unix_millis: u64) -> OffsetDateTime {
    i64::try_from(unix_millis / 1000)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_aws_writes_them() {
        let mut out = Vec::new();
        push_rfc3339(&mut out, 1_763_750_000_007);
        assert_eq!(String::from_utf8_lossy(&out), "2025-11-21T18:33:20.007Z");
        out.clear();
        push_request_time(&mut out, 1_763_750_000_007);
        assert_eq!(String::from_utf8_lossy(&out), "21/Nov/2025:18:33:20 +0000");
        assert_eq!(basic_format(1_763_750_000), "20251121T183320Z");
        assert_eq!(from_basic_format("20251121T183320Z"), Some(1_763_750_000));
        for other in ["2025-11-21T18:33:20Z", "20251121T183320", "20251321T183320Z", "+20251121T183320Z", ""]
        {
            assert_eq!(from_basic_format(other), None, "{other}");
        }
    }
}

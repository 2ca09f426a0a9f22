//! Times as IPN says them: the clock of California, `20:12:59 Jan 13, 2009 PST`, or `PDT` in summer.

use crate::rfc3339::civil;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// The time `unix_ms` (milliseconds since the Unix epoch), to the second.
pub(super) fn payment_date(unix_ms: i64) -> String {
    let standard = unix_ms.div_euclid(1000) - 8 * HOUR;
    let summer = is_summer(standard);
    let local = standard + if summer { HOUR } else { 0 };
    let (year, month, day) = civil(local.div_euclid(DAY));
    let second = local.rem_euclid(DAY);
    let month = usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default();
    let zone = if summer { "PDT" } else { "PST" };
    format!("{:02}:{:02}:{:02} {month} {day:02}, {year} {zone}", second / HOUR, second / 60 % 60, second % 60)
}

/// Whether summer time holds, by a time that is written in standard time: since 2007 from the second Sunday of March to
/// the first of November, both at 2 o'clock of the clock then in force.
fn is_summer(standard: i64) -> bool {
    let days = standard.div_euclid(DAY);
    let (_, month, day) = civil(days);
    // 1970-01-01 was a Thursday; Sunday is 0.
    let weekday = (days + 4).rem_euclid(7);
    // The first Sunday not before a day of this month.
    let sunday_from = |first: i64| first + (day - first - weekday).rem_euclid(7);
    let hour = standard.rem_euclid(DAY) / HOUR;
    match month {
        3 => (day, hour) >= (sunday_from(8), 2),
        11 => (day, hour) < (sunday_from(1), 1),
        month => (4..=10).contains(&month),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expectations from the tz database.
    #[track_caller]
    fn check(unix_s: i64, expected: &str) {
        assert_eq!(payment_date(unix_s * 1000 + 999), expected);
    }

    #[test]
    fn winter_and_summer() {
        check(1_231_906_379, "20:12:59 Jan 13, 2009 PST");
        check(1_795_285_369, "10:22:49 Nov 21, 2026 PST");
        check(1_783_000_000, "06:46:40 Jul 02, 2026 PDT");
    }

    #[test]
    fn the_clock_changes_at_two() {
        check(1_772_963_999, "01:59:59 Mar 08, 2026 PST");
        check(1_772_964_000, "03:00:00 Mar 08, 2026 PDT");
        check(1_793_523_599, "01:59:59 Nov 01, 2026 PDT");
        check(1_793_523_600, "01:00:00 Nov 01, 2026 PST");
        check(1_741_514_400, "03:00:00 Mar 09, 2025 PDT");
        check(1_762_073_999, "01:59:59 Nov 02, 2025 PDT");
    }
}

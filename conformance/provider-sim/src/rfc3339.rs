//! Times as text, in UTC, with the digits after the second that the provider uses. By hand, since this stands on
//! the path of every event.

/// Digits after the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// `…:49Z`
    Seconds,
    /// `…:49.123Z`
    Millis,
    /// `…:49.123000000Z`
    Nanos,
}

/// Appends the time `unix_ms` (milliseconds since the Unix epoch) to `out`.
pub(crate) fn push(out: &mut Vec<u8>, unix_ms: i64, precision: Precision) {
    let (seconds, ms) = (unix_ms.div_euclid(1000), unix_ms.rem_euclid(1000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    padded(out, year, 4);
    out.push(b'-');
    padded(out, month, 2);
    out.push(b'-');
    padded(out, day, 2);
    out.push(b'T');
    padded(out, second / 3600, 2);
    out.push(b':');
    padded(out, second / 60 % 60, 2);
    out.push(b':');
    padded(out, second % 60, 2);
    match precision {
        Precision::Seconds => {}
        Precision::Millis | Precision::Nanos => {
            out.push(b'.');
            padded(out, ms, 3);
        }
    }
    if precision == Precision::Nanos {
        out.extend_from_slice(b"000000");
    }
    out.push(b'Z');
}

/// The time `unix_ms` as a text of its own.
pub(crate) fn text(unix_ms: i64, precision: Precision) -> String {
    let mut out = Vec::with_capacity(30);
    push(&mut out, unix_ms, precision);
    out.into_iter().map(char::from).collect()
}

/// Year, month and day of the Gregorian calendar, from days since 1970-01-01: counted in eras of 400 years that
/// begin on the 1st of March, so that the leap day is an era's last.
pub(crate) const fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + (month <= 2) as i64, month, day)
}

fn padded(out: &mut Vec<u8>, value: i64, width: u32) {
    for place in (0..width).rev() {
        out.push(b'0' + (value / 10_i64.pow(place) % 10) as u8);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_the_time_crate(unix_ms in 0_i64..4_102_444_800_000) {
            for precision in [Precision::Seconds, Precision::Millis, Precision::Nanos] {
                let parsed = OffsetDateTime::parse(&text(unix_ms, precision), &Rfc3339).expect("RFC 3339");
                let expected = if precision == Precision::Seconds { unix_ms / 1000 * 1000 } else { unix_ms };
                prop_assert_eq!((parsed.unix_timestamp_nanos() / 1_000_000) as i64, expected);
            }
        }
    }

    #[test]
    fn leap_days_and_digits() {
        assert_eq!(text(1_709_164_800_000, Precision::Seconds), "2024-02-29T00:00:00Z");
        assert_eq!(text(951_782_400_007, Precision::Millis), "2000-02-29T00:00:00.007Z");
        assert_eq!(text(1_795_285_369_120, Precision::Nanos), "2026-11-21T18:22:49.120000000Z");
    }
}

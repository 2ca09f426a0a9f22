//! PayPal's dates: `20:12:59 Jan 13, 2009 PST`, Pacific time with or without daylight saving said outright. Newer tools also
//! write UTC, or RFC 3339.

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use crate::providers::paypal::rfc3339_secs;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Unix seconds of a date as PayPal writes it; `None` if it cannot be read.
pub(super) fn unix_secs(text: &str) -> Option<i64> {
    rfc3339_secs(text).or_else(|| written_out(text))
}

fn written_out(text: &str) -> Option<i64> {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let time = time(words.next()?)?;
    let month = words.next()?;
    let month = month.strip_suffix('.').unwrap_or(month);
    let month = MONTHS.iter().position(|known| *known == month)?;
    let month = Month::try_from(u8::try_from(month + 1).ok()?).ok()?;
    let day = number(words.next()?.strip_suffix(',')?, 2)?;
    let year = number(words.next()?, 4)?;
    let offset = offset(words.next()?)?;
    if words.next().is_some() {
        return None;
    }
    let date = Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    Some(PrimitiveDateTime::new(date, time).assume_offset(offset).unix_timestamp())
}

fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':').map(|part| number(part, 2).and_then(|part| u8::try_from(part).ok()));
    let time = Time::from_hms(parts.next()??, parts.next()??, parts.next()??).ok()?;
    parts.next().is_none().then_some(time)
}

fn offset(zone: &str) -> Option<UtcOffset> {
    let hours = match zone {
        "PST" => -8,
        "PDT" => -7,
        "UTC" | "GMT" | "Z" => 0,
        _ => return None,
    };
    UtcOffset::from_hms(hours, 0, 0).ok()
}

/// 1 to `digits` digits.
fn number(text: &str, digits: usize) -> Option<u16> {
    let plain = (1..=digits).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        assert_eq!(unix_secs(text), expected, "{text}");
    }

    #[test]
    fn paypals_dates() {
        check("20:12:59 Jan 13, 2009 PST", Some(1_231_906_379));
        check("20:12:59 Jan. 13, 2009 PST", Some(1_231_906_379));
        check("04:12:59 Jan 14, 2009 UTC", Some(1_231_906_379));
        check("04:12:59 Jan 14, 2009 GMT", Some(1_231_906_379));
        check("2009-01-14T04:12:59Z", Some(1_231_906_379));
        check("18:13:30 Apr 17, 2012 PDT", Some(1_334_711_610));
        check("00:00:00 Feb 29, 2024 PST", Some(1_709_193_600));
        check("06:05:04 Dec 1, 2025 PST", Some(1_764_597_904));
    }

    #[test]
    fn other_texts_are_no_dates() {
        for text in [
            "",
            "20:12:59 Jan 13, 2009",
            "20:12:59 Jan 13, 2009 CET",
            "20:12:59 Jan 13, 2009 PST PST",
            "20:12 Jan 13, 2009 PST",
            "20:12:59:1 Jan 13, 2009 PST",
            "24:12:59 Jan 13, 2009 PST",
            "20:12:60 Jan 13, 2009 PST",
            "20:12:59 Feb 29, 2023 PST",
            "20:12:59 Jan 0, 2009 PST",
            "20:12:59 Jan 13 2009 PST",
            "20:12:59 jan 13, 2009 PST",
            "20:12:59 Jan 13, 20091 PST",
            "20:12:59 Jan -1, 2009 PST",
            "Jan 13, 2009 20:12:59 PST",
            "2009-01-14 04:12:59Z",
        ] {
            check(text, None);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,40}|[0-9:]{0,9} ?[A-Z][a-z]{2}\\.? [0-9]{1,3}, [0-9]{1,5} (PST|PDT|UTC)") {
            let _ = unix_secs(&text);
        }
    }
}

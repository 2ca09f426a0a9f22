//! A recorded profile: how many webhooks came in each minute, one after the other.
//!
//! One number a line, or `time,count`, as monitoring tools export it. A first line of names and lines that are empty or begin with `#`
//! are passed over. Times, where there are any, must be a minute apart: a gap would silently shorten the profile.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Most minutes: a week.
const MINUTES_MAX: usize = 10_080;

/// Webhooks in each minute, or what is wrong with the text, with its line.
///
/// # Errors
/// A line is neither, a count is negative, a minute is missing, or there is none.
pub fn per_minute(text: &str) -> Result<Vec<f64>, String> {
    let mut counts = Vec::new();
    let mut before: Option<(Time, &str)> = None;
    let mut names_seen = false;
    for (index, line) in text.lines().enumerate() {
        let (number, line) = (index + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (time, count) = match line.split_once(',') {
            None => (None, line),
            Some((time, count)) => (Some(unquoted(time)), unquoted(count)),
        };
        let Ok(count) = count.parse::<f64>() else {
            if counts.is_empty() && !names_seen {
                names_seen = true;
                continue;
            }
            return Err(format!(
                "line {number}: `{count}` is no number of webhooks; expected `count` or `time,count`"
            ));
        };
        if !(count.is_finite() && count >= 0.0) {
            return Err(format!("line {number}: {count} webhooks in a minute; it must be 0 or more"));
        }
        if let Some(text) = time {
            let now = Time::parse(text).ok_or_else(|| {
                format!("line {number}: the time `{text}` is neither a whole number nor RFC 3339")
            })?;
            if let Some((earlier, told)) = before
                && !now.is_a_minute_after(earlier)
            {
                return Err(format!(
                    "line {number}: `{text}` is not a minute after `{told}`; fill gaps with 0"
                ));
            }
            before = Some((now, text));
        }
        counts.push(count);
    }
    match counts.len() {
        0 => Err("there is no minute in it; expected a number of webhooks on each line".to_owned()),
        1..=MINUTES_MAX => Ok(counts),
        many => Err(format!("{many} minutes are more than a week ({MINUTES_MAX})")),
    }
}

fn unquoted(text: &str) -> &str {
    text.trim().trim_matches('"').trim()
}

/// When a minute was: a running number, or seconds.
#[derive(Clone, Copy)]
enum Time {
    Number(i64),
    Seconds(i64),
}

impl Time {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse() {
            return Some(Self::Number(number));
        }
        OffsetDateTime::parse(text, &Rfc3339).ok().map(|time| Self::Seconds(time.unix_timestamp()))
    }

    /// Numbers may count minutes, seconds or milliseconds.
    fn is_a_minute_after(self, earlier: Self) -> bool {
        match (self, earlier) {
            (Self::Number(now), Self::Number(then)) => matches!(now.saturating_sub(then), 1 | 60 | 60_000),
            (Self::Seconds(now), Self::Seconds(then)) => now.saturating_sub(then) == 60,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[f64], &str>) {
        match (per_minute(text), expected) {
            (Ok(counts), Ok(expected)) => assert_eq!(counts, expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "`{error}` lacks `{part}`"),
            (got, expected) => panic!("{text:?}: got {got:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn numbers_and_exports_are_read() {
        check("100\n250.5\n0\n", Ok(&[100.0, 250.5, 0.0]));
        check("# Black Friday\nwebhooks\n\n 7 \r\n8\r\n", Ok(&[7.0, 8.0]));
        check("minute,webhooks\n0,5\n1,6\n2,7\n", Ok(&[5.0, 6.0, 7.0]));
        check("\"time\",\"count\"\n\"1795000000\",\"5\"\n\"1795000060\",\"6\"\n", Ok(&[5.0, 6.0]));
        check("2026-11-27T05:00:00Z,5\n2026-11-27T05:01:00Z,6", Ok(&[5.0, 6.0]));
    }

    #[test]
    fn what_is_no_profile_is_refused_with_its_line() {
        check("", Err("no minute"));
        check("time,count\n", Err("no minute"));
        check("5\n-1\n", Err("line 2: -1"));
        check("5\nnan\n", Err("line 2: NaN"));
        check("5\nmany\n", Err("line 2: `many`"));
        check("a\nb\n5\n", Err("line 2: `b`"));
        check("0,5\n2,6\n", Err("line 2: `2` is not a minute after `0`"));
        check("0,5\n2026-11-27T05:01:00Z,6\n", Err("not a minute after"));
        check("yesterday,5\n", Err("line 1: the time `yesterday`"));
        check(&"1\n".repeat(10_081), Err("more than a week"));
    }
}

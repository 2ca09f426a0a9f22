//! Numbers as people read them: thousands apart, three digits that matter, the unit always there.

use crate::record::Slo;

/// What stands where a number was refused or could not be observed.
pub const ABSENT: &str = "–";

/// 12345 is `12,345`.
pub fn count(value: u64) -> String {
    grouped(&value.to_string())
}

/// A number that need not be whole: up to two decimals below 100, none above.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    if size >= 1e15 {
        return format!("{value:.2e}");
    }
    let decimals = if size >= 100.0 { 0 } else { 2 };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("−", digits));
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(digits))
}

/// Milliseconds with three significant digits; seconds from one second on.
pub fn millis(value: f64) -> String {
    if value >= 1_000.0 {
        format!("{} s", significant(value / 1_000.0))
    } else {
        format!("{} ms", significant(value))
    }
}

/// [`millis`], or a dash.
pub fn millis_or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| ABSENT.to_owned(), millis)
}

/// A length of time: `45 s`, `1 min 30 s`, `2 h 5 min`.
pub fn span(seconds: f64) -> String {
    if !(0.0..=1e9).contains(&seconds) {
        return ABSENT.to_owned();
    }
    if seconds < 60.0 {
        return format!("{} s", number((seconds * 10.0).round() / 10.0));
    }
    let whole = seconds.round() as u64;
    let (big, small) = if whole < 3_600 { ((60, "min"), (1, "s")) } else { ((3_600, "h"), (60, "min")) };
    match whole % big.0 / small.0 {
        0 => format!("{} {}", whole / big.0, big.1),
        rest => format!("{} {} {rest} {}", whole / big.0, big.1, small.1),
    }
}

/// A share of one as a percentage, never rounded up: 0.999999 is not 100 %.
pub fn share(value: f64) -> String {
    if !(0.0..=1e9).contains(&value) {
        return number(value);
    }
    let percent = (value * 100.0 * 1_000.0 + 1e-6).floor() / 1_000.0;
    let text = format!("{percent:.3}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// What an objective measured or allows, in its own unit.
pub fn of_unit(unit: &str, value: f64) -> String {
    match unit {
        "ms" => millis(value),
        "ratio" => share(value),
        "per_min" => format!("{}/min", number(value)),
        _ => number(value),
    }
}

/// The measured value of an objective, or a dash.
pub fn measured(slo: &Slo) -> String {
    slo.measured.map_or_else(|| ABSENT.to_owned(), |value| of_unit(&slo.unit, value))
}

/// A title as the start of a sentence; `p99` stays as it is.
pub fn capital(title: &str) -> String {
    let mut characters = title.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_alphabetic() || second == ' ' => {
            first.to_uppercase().chain(characters).collect()
        }
        _ => title.to_owned(),
    }
}

fn significant(value: f64) -> String {
    if !value.is_finite() || value.abs() >= 1e9 {
        return number(value);
    }
    let decimals = match value.abs() {
        size if size >= 100.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { grouped(whole) } else { format!("{whole}.{fraction}") }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_numbers_are_grouped() {
        let check = |value: f64, expected: &str| assert_eq!(number(value), expected);
        check(0.0, "0");
        check(10_003.4, "10,003");
        check(1.5, "1.5");
        check(-1_234.0, "−1,234");
        check(99.999, "100");
        check(f64::NAN, ABSENT);
        check(1e300, "1.00e300");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(count(999), "999");
    }

    #[test]
    fn latency_keeps_three_digits_and_its_unit() {
        let check = |value: f64, expected: &str| assert_eq!(millis(value), expected);
        check(0.042, "0.042 ms");
        check(4.256, "4.26 ms");
        check(14.0, "14 ms");
        check(999.0, "999 ms");
        check(1_000.0, "1 s");
        check(10_020.0, "10 s");
        check(600_000.0, "600 s");
        check(1e308, "1.00e305 s");
    }

    #[test]
    fn titles_start_like_sentences() {
        let check = |title: &str, expected: &str| assert_eq!(capital(title), expected);
        check("no webhook is lost", "No webhook is lost");
        check("a p99", "A p99");
        check("p99 below 1 s", "p99 below 1 s");
        check("", "");
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        let check = |value: f64, expected: &str| assert_eq!(share(value), expected);
        check(1.0, "100 %");
        check(0.999, "99.9 %");
        check(0.999_999_9, "99.999 %");
        check(1e300, "1.00e300");
        check(0.0, "0 %");
    }

    #[test]
    fn spans_have_two_units_at_most() {
        let check = |value: f64, expected: &str| assert_eq!(span(value), expected);
        check(0.34, "0.3 s");
        check(60.0, "1 min");
        check(90.0, "1 min 30 s");
        check(7_500.0, "2 h 5 min");
        check(f64::INFINITY, ABSENT);
    }
}

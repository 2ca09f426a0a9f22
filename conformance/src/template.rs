//! Texts of cases with places to be filled in: `{it.event_id}`, `{now-301}`, `{now-4d:rfc3339}`.
//!
//! A name that means nothing is an error, never an empty text. `{{` and `}}` are braces.

use std::fmt::Write as _;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a name stands for.
pub trait Names {
    /// The value of a name, if it has one.
    fn value(&self, name: &str) -> Option<String>;
    /// The time that `now` is, Unix milliseconds.
    fn now_ms(&self) -> i64;
}

/// A text that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A name that nothing is known of.
    #[error("`{{{name}}}` in `{text}` means nothing here")]
    Unknown {
        /// The name.
        name: String,
        /// The text it is in.
        text: String,
    },
    /// A brace that is not closed, or closed and not opened.
    #[error("a brace in `{0}` has no partner; a brace itself is written twice")]
    Brace(String),
}

/// Fills in a text.
///
/// # Errors
/// It has an unknown name or a lonely brace.
pub fn fill(text: &str, names: &impl Names) -> Result<String, BadTemplate> {
    let brace = || BadTemplate::Brace(text.to_owned());
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let mark = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(mark) {
            out.push_str(mark);
            rest = after;
            continue;
        }
        let end = rest.find('}').filter(|_| mark == "{").ok_or_else(brace)?;
        let name = &rest[..end];
        let value = time(name, names.now_ms()).or_else(|| names.value(name));
        out.push_str(
            &value.ok_or_else(|| BadTemplate::Unknown { name: name.to_owned(), text: text.to_owned() })?,
        );
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Ok(out)
}

/// A time as `created` and the like have it: `now`, `now-1d`, in Unix milliseconds.
#[must_use]
pub fn moment_ms(text: &str, now_ms: i64) -> Option<i64> {
    let offset = text.strip_prefix("now")?;
    if offset.is_empty() {
        return Some(now_ms);
    }
    let (sign, amount) = match offset.split_at_checked(1)? {
        ("-", amount) => (-1, amount),
        ("+", amount) => (1, amount),
        _ => return None,
    };
    let (number, unit_ms) = match amount.find(|c: char| !c.is_ascii_digit()) {
        None => (amount, 1_000),
        Some(at) => {
            let unit_ms = match &amount[at..] {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return None,
            };
            (&amount[..at], unit_ms)
        }
    };
    number.parse::<i64>().ok()?.checked_mul(sign * unit_ms)?.checked_add(now_ms)
}

/// `now[±N[ms|s|m|h|d]][:rfc3339|:date|:ms]`; without a form, whole Unix seconds.
fn time(name: &str, now_ms: i64) -> Option<String> {
    let (moment, form) = name.split_once(':').unwrap_or((name, "s"));
    let ms = moment_ms(moment, now_ms)?;
    match form {
        "s" => Some(ms.div_euclid(1000).to_string()),
        "ms" => Some(ms.to_string()),
        "rfc3339" => rfc3339(ms),
        "date" => Some(date(ms)),
        _ => None,
    }
}

/// In whole seconds, UTC; nothing for a time that RFC 3339 cannot say.
pub(crate) fn rfc3339(ms: i64) -> Option<String> {
    OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).ok()?.format(&Rfc3339).ok()
}

/// `yyyy/mm/dd`, UTC.
#[must_use]
pub fn date(ms: i64) -> String {
    rfc3339(ms).and_then(|text| Some(text.get(..10)?.replace('-', "/"))).unwrap_or_default()
}

/// A value of JSON with all texts in it filled in.
///
/// # Errors
/// As [`fill`].
pub fn fill_value(value: &serde_json::Value, names: &impl Names) -> Result<serde_json::Value, BadTemplate> {
    use serde_json::Value;
    Ok(match value {
        Value::String(text) => Value::String(fill(text, names)?),
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| fill_value(item, names)).collect::<Result<_, _>>()?)
        }
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| Ok((name.clone(), fill_value(value, names)?)))
                .collect::<Result<_, BadTemplate>>()?,
        ),
        other => other.clone(),
    })
}

/// A text as a shell reads it back, in single quotes.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    // Writing to a String cannot fail.
    let _ = write!(out, "'{}'", text.replace('\'', r"'\''"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Known;

    impl Names for Known {
        fn value(&self, name: &str) -> Option<String> {
            (name == "it.event_id").then(|| "evt_1".to_owned())
        }

        fn now_ms(&self) -> i64 {
            1_795_000_000_500
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(fill(text, &Known).as_deref(), Ok(expected), "{text}");
    }

    #[test]
    fn places_are_filled_in() {
        check("", "");
        check("plain", "plain");
        check("a {it.event_id} b", "a evt_1 b");
        check("{{\"id\":\"{it.event_id}\"}}", "{\"id\":\"evt_1\"}");
        check("{now}", "1795000000");
        check("{now-301}", "1794999699");
        check("{now+5m:ms}", "1795000300500");
        check("{now-4d:rfc3339}", "2026-11-14T11:06:40Z");
        check("{now:date}", "2026/11/18");
        check("{now+500ms}", "1795000001");
    }

    #[test]
    fn what_means_nothing_is_an_error() {
        for bad in
            ["{", "}", "{it.event_id", "{nothing}", "{now*2}", "{now-1y}", "{now:epoch}", "a } b", "{}"]
        {
            assert!(fill(bad, &Known).is_err(), "{bad}");
        }
    }
}

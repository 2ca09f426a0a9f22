//! Which objects a replay means: prefixes to list, one a day, and for times of receipt a look at each object's own time.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime};
use webhook_core::ports::ops::ObjectHead;
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use super::By;

/// Longest span, in days: a replay of more is several.
const DAYS_MAX: i64 = 800;

/// A provider's events of some days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    provider: Provider,
    prefixes: Vec<String>,
    /// Received from the first until before the second; `None`: by the event's date alone.
    received: Option<(UnixTime, UnixTime)>,
}

impl Span {
    /// From what was typed.
    pub(super) fn new(
        provider: Provider,
        from: &str,
        to: &str,
        by: By,
        lookback_days: u16,
    ) -> Result<Self, String> {
        match by {
            By::Event => {
                let (first, last) = (day("--from", from)?, day("--to", to)?);
                Ok(Self { provider, prefixes: prefixes(provider, first, last)?, received: None })
            }
            By::Received => {
                let (from, to) = (moment("--from", from, false)?, moment("--to", to, true)?);
                if to <= from {
                    return Err("--to is not after --from".to_owned());
                }
                // An event is received after it happened, or a little before by a clock that is ahead.
                let first = from.date() - Duration::days(i64::from(lookback_days));
                let prefixes = prefixes(provider, first, to.date().next_day().unwrap_or(to.date()))?;
                let unix = |time: OffsetDateTime| UnixTime::from_secs(time.unix_timestamp());
                Ok(Self { provider, prefixes, received: Some((unix(from), unix(to))) })
            }
        }
    }

    pub(super) const fn provider(&self) -> Provider {
        self.provider
    }

    /// `{provider}/{yyyy}/{mm}/{dd}/`, the oldest first, which is also the order of keys.
    pub(super) fn prefixes(&self) -> &[String] {
        &self.prefixes
    }

    /// Whether a key can be one of this span's.
    pub(super) fn may_hold(&self, key: &str) -> bool {
        self.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
    }

    /// Whether an object that was listed is meant.
    pub(super) fn takes(&self, head: &ObjectHead) -> bool {
        self.may_hold(&head.key)
            && self.received.is_none_or(|(from, to)| (from..to).contains(&head.written_at))
    }
}

fn day(flag: &str, text: &str) -> Result<Date, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).map_err(|_| {
        format!(
            "{flag} {}: expected a day like 2025-11-21; times need --by received",
            crate::text::shown(text, 40)
        )
    })
}

/// A time, or a day: its beginning, or with `end` the next day's.
fn moment(flag: &str, text: &str, end: bool) -> Result<OffsetDateTime, String> {
    if let Ok(date) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        let date = if end { date.next_day().unwrap_or(date) } else { date };
        return Ok(date.midnight().assume_utc());
    }
    let time = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| {
        let shown = crate::text::shown(text, 40);
        format!("{flag} {shown}: expected a day like 2025-11-21 or a time like 2025-11-21T18:00:00Z")
    })?;
    Ok(time.to_offset(time::UtcOffset::UTC))
}

fn prefixes(provider: Provider, first: Date, last: Date) -> Result<Vec<String>, String> {
    let days = (last - first).whole_days();
    if days < 0 {
        return Err("--to is before --from".to_owned());
    }
    if days > DAYS_MAX {
        return Err(format!("that is {days} days; replay at most {DAYS_MAX} at a time"));
    }
    Ok((0..=days)
        .filter_map(|number| first.checked_add(Duration::days(number)))
        .map(|day| format!("{provider}/{:04}/{:02}/{:02}/", day.year(), u8::from(day.month()), day.day()))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str, by: By) -> Result<Span, String> {
        Span::new(Provider::Stripe, from, to, by, 1)
    }

    #[track_caller]
    fn check(from: &str, to: &str, by: By, expected: &[&str]) {
        assert_eq!(span(from, to, by).unwrap().prefixes(), expected, "{from} {to}");
    }

    #[track_caller]
    fn check_refused(from: &str, to: &str, by: By, part: &str) {
        let error = span(from, to, by).unwrap_err();
        assert!(error.contains(part), "{from} {to}: {error}");
    }

    #[test]
    fn days() {
        check("2025-11-21", "2025-11-21", By::Event, &["stripe/2025/11/21/"]);
        check(
            "2024-02-28",
            "2024-03-01",
            By::Event,
            &["stripe/2024/02/28/", "stripe/2024/02/29/", "stripe/2024/03/01/"],
        );
        check(
            "2025-11-21",
            "2025-11-21",
            By::Received,
            &["stripe/2025/11/20/", "stripe/2025/11/21/", "stripe/2025/11/22/", "stripe/2025/11/23/"],
        );
    }

    #[test]
    fn what_is_no_span() {
        check_refused("2025-11-22", "2025-11-21", By::Event, "before --from");
        check_refused("2025-11-21T00:00:00Z", "2025-11-22", By::Event, "--by received");
        check_refused("yesterday", "2025-11-22", By::Received, "--from yesterday");
        check_refused("2025-02-30", "2025-03-01", By::Event, "expected a day");
        check_refused("2015-01-01", "2025-01-01", By::Event, "at a time");
        check_refused("2025-11-21T18:00:00Z", "2025-11-21T18:00:00Z", By::Received, "not after");
    }

    #[test]
    fn times_of_receipt_are_looked_at_closely() {
        let span = span("2025-11-21T18:00:00+01:00", "2025-11-21T18:30:00Z", By::Received).unwrap();
        let head = |key: &str, written_at: i64| ObjectHead {
            key: key.to_owned(),
            size_bytes: 1,
            written_at: UnixTime::from_secs(written_at),
        };
        let key = "stripe/2025/11/21/pi_1.evt_1.json";
        // 17:00:00Z and 18:30:00Z.
        for (at, taken) in
            [(1_763_744_399, false), (1_763_744_400, true), (1_763_749_799, true), (1_763_749_800, false)]
        {
            assert_eq!(span.takes(&head(key, at)), taken, "{at}");
        }
        assert!(!span.takes(&head("ipn-unproven/2025/11/21/x.form", 1_763_744_400)));
        assert!(!span.takes(&head("square/2025/11/21/x.y.json", 1_763_744_400)));
    }
}

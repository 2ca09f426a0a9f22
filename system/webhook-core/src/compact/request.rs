//! What an event asks for: the days a schedule is due, or the one that a person names.

use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{Date, Resume, Task};
use crate::provider::Provider;
use crate::unix_time::UnixTime;

/// The event is neither a schedule's nor a direct invocation's. Nothing of it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// The form is wrong.
    #[error(
        "expected a scheduled event, or {{\"provider\": \"stripe|paypal|square\", \"date\": \"2026-11-20\"}}, each of them optional and nothing else"
    )]
    Form,
    /// A schedule's event without the time at which it was due.
    #[error("the scheduled event has no `time` in RFC 3339")]
    Time,
    /// A continuation that does not say of what.
    #[error("`continue` needs `provider` and `date`")]
    Continuation,
}

/// The part of a schedule's event that matters. EventBridge may add fields, so further ones are ignored.
#[derive(Deserialize)]
struct Scheduled {
    time: Option<String>,
}

/// Which kind of event it is.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "detail-type")]
    detail_type: Option<serde::de::IgnoredAny>,
}

/// A direct invocation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Direct {
    provider: Option<Provider>,
    date: Option<Date>,
    #[serde(rename = "continue")]
    resume: Option<Resume>,
}

/// The days to compact for `event`, newest first: the one that it names, or the `days` before the one on which it was due
/// (a direct invocation is due `now`); of the provider that it names, or of all.
///
/// Events are filed by their own date and may arrive days late, so yesterday alone would not do.
///
/// # Errors
/// The event has another form.
pub fn tasks(event: &str, now: UnixTime, days: u32) -> Result<Vec<Task>, BadRequest> {
    let kind: Kind = serde_json::from_str(event).map_err(|_| BadRequest::Form)?;
    if kind.detail_type.is_some() {
        return Ok(each(None, &days_before(due(event)?, days)));
    }
    let direct: Direct = serde_json::from_str(event).map_err(|_| BadRequest::Form)?;
    match direct {
        Direct { provider: Some(provider), date: Some(date), resume: resume @ Some(_) } => {
            Ok(vec![Task { provider, date, resume }])
        }
        Direct { resume: Some(_), .. } => Err(BadRequest::Continuation),
        Direct { provider, date: Some(date), resume: None } => Ok(each(provider, &[date])),
        Direct { provider, date: None, resume: None } => {
            Ok(each(provider, &Date::of(now).map(|today| days_before(today, days)).unwrap_or_default()))
        }
    }
}

fn due(event: &str) -> Result<Date, BadRequest> {
    let scheduled: Scheduled = serde_json::from_str(event).map_err(|_| BadRequest::Time)?;
    let time = scheduled.time.ok_or(BadRequest::Time)?;
    let time = OffsetDateTime::parse(&time, &Rfc3339).map_err(|_| BadRequest::Time)?;
    Date::of(UnixTime::from_secs(time.unix_timestamp())).ok_or(BadRequest::Time)
}

fn days_before(day: Date, days: u32) -> Vec<Date> {
    std::iter::successors(day.previous(), |day| day.previous()).take(days as usize).collect()
}

fn each(provider: Option<Provider>, dates: &[Date]) -> Vec<Task> {
    let providers = Provider::ALL.into_iter().filter(|one| provider.is_none_or(|only| only == *one));
    let providers: Vec<Provider> = providers.collect();
    dates.iter().flat_map(|date| providers.iter().map(|provider| Task::new(*provider, *date))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// 2025-11-21T18:33:20Z.
    const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);

    #[track_caller]
    fn check(event: &str, expected: Result<&[&str], BadRequest>) {
        let found = tasks(event, NOW, 2).map(|tasks| {
            tasks.iter().map(|task| format!("{} {}", task.provider, task.date)).collect::<Vec<_>>()
        });
        let expected = expected.map(|days| days.iter().map(|day| (*day).to_owned()).collect());
        assert_eq!(found, expected, "{event}");
    }

    #[test]
    fn a_schedule_asks_for_the_days_before_it() {
        let event = json!({
            "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event",
            "source": "aws.events", "account": "000000000000", "time": "2026-01-01T02:00:00Z", "region": "us-east-1",
            "resources": ["arn:aws:events:us-east-1:000000000000:rule/compaction"], "detail": {}, "replay-name": "x",
        });
        let expected = [
            "stripe 2025-12-31",
            "paypal 2025-12-31",
            "square 2025-12-31",
            "stripe 2025-12-30",
            "paypal 2025-12-30",
            "square 2025-12-30",
        ];
        check(&event.to_string(), Ok(&expected));
        let elsewhere = json!({"detail-type": "Scheduled Event", "time": "2026-01-01T01:00:00+02:00"});
        assert_eq!(tasks(&elsewhere.to_string(), NOW, 1).unwrap()[0].date.to_string(), "2025-12-30");
        assert_eq!(tasks(&event.to_string(), NOW, 4).unwrap().len(), 12);
        for time in [json!(null), json!("soon"), json!(7)] {
            check(
                &json!({"detail-type": "Scheduled Event", "time": time}).to_string(),
                Err(BadRequest::Time),
            );
        }
        check(r#"{"detail-type":"Scheduled Event"}"#, Err(BadRequest::Time));
    }

    #[test]
    fn a_person_names_what_they_want() {
        check(r#"{"provider":"square","date":"2026-11-20"}"#, Ok(&["square 2026-11-20"]));
        check(
            r#"{"date":"2026-11-20"}"#,
            Ok(&["stripe 2026-11-20", "paypal 2026-11-20", "square 2026-11-20"]),
        );
        check(r#"{"provider":"paypal"}"#, Ok(&["paypal 2025-11-20", "paypal 2025-11-19"]));
        assert_eq!(tasks("{}", NOW, 4).unwrap().len(), 12);
    }

    #[test]
    fn anything_else_is_refused() {
        for event in [
            "",
            "null",
            "[]",
            "7",
            r#""stripe""#,
            r#"{"provider":"adyen"}"#,
            r#"{"provider":"Stripe"}"#,
            r#"{"date":"yesterday"}"#,
            r#"{"date":"2026-11-31"}"#,
            r#"{"day":"2026-11-20"}"#,
            r#"{"days":9}"#,
            r#"{"provider":"stripe","provider":"square"}"#,
            r#"{"provider":"stripe"} {}"#,
            r#"{"provider":"stripe","date":"2026-11-20","continue":{"hop":1}}"#,
            r#"{"provider":"stripe","date":"2026-11-20","continue":{"hop":1,"stage":{"elsewhere":{}}}}"#,
        ] {
            check(event, Err(BadRequest::Form));
        }
    }

    #[test]
    fn a_continuation_comes_back_as_it_was_handed_over() {
        let event = json!({
            "provider": "stripe", "date": "2026-11-20",
            "continue": {"hop": 3, "stage": {"writing": {
                "stock": {"after": "k2", "manifest": "0".repeat(64), "records": 2, "foreign": 1},
                "over": "\"e\"", "upload_id": "u-1", "start_after": "k1", "parts": ["\"p\""], "records": 1, "bytes": 9,
            }}},
        });
        let found = tasks(&event.to_string(), NOW, 4).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(serde_json::to_value(&found[0]).unwrap(), event);
        let mut nobodys = event;
        nobodys.as_object_mut().unwrap().remove("provider");
        check(&nobodys.to_string(), Err(BadRequest::Continuation));
    }
}

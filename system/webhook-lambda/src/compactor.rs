//! Makes one file of each provider's day. Invoked by a schedule, by a person, and by itself with what it had no time for.
//!
//! A day that fails fails the invocation, after the others are done: Lambda tries again, and days that are done cost a
//! listing then.

use serde::Serialize;
use serde_json::{Map, Value, json};
use webhook_core::compact::{self, CompactError, Compacted, DayReport, Limits, Outcome};
use webhook_core::ports::compact::{DayLog, Handover};
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::invocation::{Failure, Handler, Invocation};
use crate::log::{Level, Line, Log, Message, Reason};

/// What is kept of an invocation's time for handing over: a part that is being sent, and the calls after it.
const RESERVE_MS: i64 = 90_000;

/// The compactor.
pub struct Compactor<L, H> {
    day_log: L,
    again: H,
    days: u32,
    limits: Limits,
    log: Log,
    now: fn() -> UnixTime,
}

/// What a person who invoked it is told.
#[derive(Debug, Serialize)]
pub struct Report {
    /// One object a provider and day.
    days: Vec<Value>,
}

impl<L: DayLog, H: Handover> Compactor<L, H> {
    /// A compactor by the machine's clock; `again` starts another invocation of it.
    #[must_use]
    pub fn new(day_log: L, again: H, days: u32, log: Log) -> Self {
        Self { day_log, again, days, limits: Limits::default(), log, now: clock::now }
    }

    /// The same, told the time by `now`.
    #[must_use]
    pub fn with_clock(self, now: fn() -> UnixTime) -> Self {
        Self { now, ..self }
    }

    /// Compacts the days that the event asks for, and logs one line about each.
    ///
    /// # Errors
    /// The event has another form, or a day failed.
    pub async fn compact(&self, event: &str, invocation: Invocation<'_>) -> Result<Report, Failure> {
        let began = (self.now)();
        let tasks = compact::tasks(event, began, self.days).map_err(|error| {
            let message = error.to_string();
            self.log.write(&Line {
                outcome: Some("invalid_event"),
                reason: Some(Reason::masked(&message)),
                ..self.line(Level::Error, Message::InvalidEvent, invocation)
            });
            Failure { code: "invalid_event", message }
        })?;
        let last_call = invocation.deadline.map(|deadline| last_call(began, deadline));
        let out_of_time = || last_call.is_some_and(|last_call| (self.now)() >= last_call);
        let tell = |report: &DayReport| self.write_line(report, invocation);
        let run = compact::run(&self.day_log, &self.again, tasks, self.limits, &out_of_time, tell);
        let reports = Box::pin(run).await;
        match failures(&reports) {
            Some(message) => Err(Failure { code: "compaction_failed", message }),
            None => Ok(Report { days: reports.iter().map(told).collect() }),
        }
    }

    fn write_line(&self, report: &DayReport, invocation: Invocation<'_>) {
        let error = match &report.result {
            Ok(compacted) => {
                let look_at_them = (compacted.foreign > 0)
                    .then(|| format!("{} objects of the day are no records", compacted.foreign));
                let level = if look_at_them.is_some() { Level::Warn } else { Level::Info };
                self.log.write(&Line {
                    provider: Some(report.provider),
                    date: Some(report.date),
                    records: Some(compacted.records),
                    bytes: wrote(compacted),
                    outcome: Some(compacted.outcome.as_str()),
                    reason: look_at_them.as_deref().map(Reason::masked),
                    ..self.line(level, Message::DayCompacted, invocation)
                });
                return;
            }
            Err(error) => error,
        };
        let sentence = error.to_string();
        self.log.write(&Line {
            provider: Some(report.provider),
            date: Some(report.date),
            outcome: Some(error.code()),
            reason: Some(Reason::masked(&sentence)),
            ..self.line(Level::Error, Message::CompactionFailed, invocation)
        });
    }

    fn line<'a>(&self, level: Level, message: Message, invocation: Invocation<'a>) -> Line<'a> {
        Line {
            request_id: Some(invocation.request_id),
            duration_ms: Some(invocation.duration_ms()),
            ..Line::new(level, message, (self.now)())
        }
    }
}

impl<L: DayLog, H: Handover> Handler for Compactor<L, H> {
    type Answer = Report;

    async fn handle(&self, event: &str, invocation: Invocation<'_>) -> Result<Report, Failure> {
        self.compact(event, invocation).await
    }
}

/// From when on work is handed over: [`RESERVE_MS`] before the end, or half-way if that is all there is.
fn last_call(began: UnixTime, deadline: UnixTime) -> UnixTime {
    let whole = deadline.millis().saturating_sub(began.millis()).max(0);
    UnixTime::from_millis(deadline.millis().saturating_sub(RESERVE_MS.min(whole / 2)))
}

/// A file's size, if it was written.
fn wrote(compacted: &Compacted) -> Option<u64> {
    matches!(compacted.outcome, Outcome::Written | Outcome::HandedOver).then_some(compacted.bytes)
}

fn told(report: &DayReport) -> Value {
    let mut day = Map::new();
    day.insert("provider".to_owned(), json!(report.provider));
    day.insert("date".to_owned(), json!(report.date));
    if let Ok(compacted) = &report.result {
        day.insert("outcome".to_owned(), json!(compacted.outcome));
        day.insert("records".to_owned(), json!(compacted.records));
        if let Some(bytes) = wrote(compacted) {
            day.insert("bytes".to_owned(), json!(bytes));
        }
        if compacted.foreign > 0 {
            day.insert("foreign_objects".to_owned(), json!(compacted.foreign));
        }
    }
    Value::Object(day)
}

/// Which days failed, in a sentence; `None` if none did.
fn failures(reports: &[DayReport]) -> Option<String> {
    let failed: Vec<String> = reports
        .iter()
        .filter_map(|report| {
            let error: &CompactError = report.result.as_ref().err()?;
            Some(format!("{} {}: {error}", report.provider, report.date))
        })
        .collect();
    if failed.is_empty() {
        return None;
    }
    let sentence = format!("{} of {} days failed: {}", failed.len(), reports.len(), failed.join("; "));
    Some(Reason::masked(&sentence).as_str().to_owned())
}

#[cfg(test)]
mod tests;

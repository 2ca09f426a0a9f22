//! Structured logs: one JSON object a line, one line a request, written in one call.
//!
//! Invariant: a line consists of the fields of [`Line`] and nothing else. Free text gets in only as a [`Reason`],
//! which is masked, as ids are, since a sender chooses them; there is no field that a body, a header or a signature could
//! be put into.

use std::borrow::Cow;
use std::io::Write;
use std::time::Instant;

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use webhook_core::compact::Date;
use webhook_core::masking::mask;
#[cfg(feature = "mutants")]
use webhook_core::mutant::Mutant;
use webhook_core::provider::Provider;
use webhook_core::record::Status;
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::function::Function;
use crate::invocation::millis;
use crate::xray::Recorder;

/// Longest free text in a line, in bytes.
const REASON_BYTES_MAX: usize = 2000;

/// How much a line matters. Alarms count `ERROR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// As intended.
    Info,
    /// Somebody sent what was refused.
    Warn,
    /// The system failed.
    Error,
}

impl Level {
    /// The level of this name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name.to_ascii_uppercase().as_str() {
            "INFO" => Some(Self::Info),
            "WARN" => Some(Self::Warn),
            "ERROR" => Some(Self::Error),
            _ => None,
        }
    }
}

/// What a line says. The words are an interface: metric filters search for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Message {
    /// The function is ready for its first event; `duration_ms` is what that took.
    #[serde(rename = "Function started")]
    Started,
    /// Connections or secrets could not be had ahead of the first event; requests will try again.
    #[serde(rename = "Warm-up failed")]
    WarmUpFailed,
    /// Stored and queued.
    #[serde(rename = "Webhook accepted")]
    Accepted,
    /// The sender did not prove who it is.
    #[serde(rename = "Invalid signature")]
    InvalidSignature,
    /// A proven sender's body, or a query, has the wrong form.
    #[serde(rename = "Request rejected")]
    Rejected,
    /// The provider was asked to send it again later.
    #[serde(rename = "Webhook not stored")]
    NotStored,
    /// The request came by another environment's stage, and nothing was done with it.
    #[serde(rename = "Stage mismatch")]
    StageMismatch,
    /// A record was made.
    #[serde(rename = "Webhook processed")]
    Processed,
    /// The record was there already.
    #[serde(rename = "Webhook already processed")]
    Duplicate,
    /// No record could be made; the invocation fails.
    #[serde(rename = "Processing failed")]
    ProcessingFailed,
    /// A query was answered.
    #[serde(rename = "Query answered")]
    QueryAnswered,
    /// A query could not be answered.
    #[serde(rename = "Query failed")]
    QueryFailed,
    /// API Gateway was told which usage plan a webhook counts against.
    #[serde(rename = "Usage key given")]
    UsageKeyGiven,
    /// A day's records are in its file, or nothing had to be done for that.
    #[serde(rename = "Day compacted")]
    DayCompacted,
    /// A day's file could not be written.
    #[serde(rename = "Compaction failed")]
    CompactionFailed,
    /// The event is not what this function is invoked with.
    #[serde(rename = "Invalid event")]
    InvalidEvent,
    /// A defect of this program.
    #[serde(rename = "Panic")]
    Panic,
    /// The function is told of a daemon for traces that cannot be used; it serves without.
    #[serde(rename = "Tracing off")]
    TracingOff,
    /// The function cannot start as it is configured.
    #[serde(rename = "Invalid settings")]
    InvalidSettings,
    /// The Runtime API is gone, and the process ends.
    #[serde(rename = "Runtime stopped")]
    RuntimeStopped,
}

/// Everything that may be logged.
#[derive(Debug, Clone, Serialize)]
pub struct Line<'a> {
    /// How much it matters.
    pub level: Level,
    /// When it was written.
    #[serde(serialize_with = "rfc3339")]
    pub timestamp: UnixTime,
    /// What happened.
    pub message: Message,
    /// Which function.
    #[serde(serialize_with = "function_name", skip_serializing_if = "Option::is_none")]
    pub function: Option<Function>,
    /// Lambda's id of the invocation; the same over retries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<&'a str>,
    /// API Gateway's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_request_id: Option<&'a str>,
    /// Whose event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The provider's id of the event, once the sender was proven.
    #[serde(serialize_with = "masked", skip_serializing_if = "Option::is_none")]
    pub event_id: Option<&'a str>,
    /// The payment's id, once the sender was proven.
    #[serde(serialize_with = "masked", skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<&'a str>,
    /// Normalized type of the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<&'a str>,
    /// HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Where the payment stands by this event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<Status>,
    /// Day of the records, `2026-11-20`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
    /// How many records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub records: Option<u64>,
    /// How large their file is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Stable code of what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'a str>,
    /// What a person wants to know about a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason<'a>>,
    /// How long it took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
}

impl Line<'_> {
    /// A line with nothing but what every line has.
    #[must_use]
    pub const fn new(level: Level, message: Message, timestamp: UnixTime) -> Self {
        Self {
            level,
            timestamp,
            message,
            function: None,
            request_id: None,
            api_request_id: None,
            provider: None,
            event_id: None,
            transaction_id: None,
            event_type: None,
            status: None,
            payment_status: None,
            date: None,
            records: None,
            bytes: None,
            outcome: None,
            reason: None,
            duration_ms: None,
        }
    }

    /// The line as it is written, with its line feed.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Vec::with_capacity(512);
        // A struct of strings and numbers always serializes; if not, an empty line is the lesser evil.
        if serde_json::to_writer(&mut json, self).is_err() {
            json.clear();
        }
        json.push(b'\n');
        json
    }
}

/// Free text, masked and of bounded length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Reason<'a>(Cow<'a, str>);

impl<'a> Reason<'a> {
    /// Masks `text`: card numbers, e-mail addresses and secrets do not come through.
    #[must_use]
    pub fn masked(text: &'a str) -> Self {
        Self(mask(&text[..text.floor_char_boundary(REASON_BYTES_MAX)]))
    }

    /// The text as it is: what the type is there to prevent.
    #[cfg(feature = "mutants")]
    pub(crate) const fn verbatim(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// The masked text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Writes lines of a level or above to standard output, where Lambda takes them from.
#[derive(Clone, Copy)]
pub struct Log {
    level_min: Level,
    trace: Option<&'static Recorder>,
}

impl Log {
    /// Lines below `level_min` are dropped.
    #[must_use]
    pub const fn new(level_min: Level) -> Self {
        Self { level_min, trace: None }
    }

    /// The same; what lines say, the invocation's trace says too, whatever their level.
    #[must_use]
    pub const fn with_trace(self, recorder: &'static Recorder) -> Self {
        Self { trace: Some(recorder), ..self }
    }

    /// Writes the line. Nobody could be told that logging fails, so that is not reported.
    pub fn write(self, line: &Line<'_>) {
        if let Some(recorder) = self.trace {
            recorder.heard(line);
        }
        #[cfg(feature = "mutants")]
        let line = &poorer(line);
        #[cfg(feature = "mutants")]
        if webhook_core::mutant::active(Mutant::LogNotJson) {
            let _ = writeln!(std::io::stdout().lock(), "{:?} {:?}", line.level, line.message);
            return;
        }
        if line.level >= self.level_min {
            let _ = std::io::stdout().lock().write_all(&line.to_json());
        }
    }

    /// A function that starts goes without something; nothing is written if there was no failure.
    pub fn start_lacks(self, function: Function, message: Message, failure: Option<String>) {
        if let Some(failure) = failure {
            self.write(&Line {
                function: Some(function),
                reason: Some(Reason::masked(&failure)),
                ..Line::new(Level::Warn, message, clock::now())
            });
        }
    }

    /// A function is ready for its first event; it began to start then.
    pub fn started(self, function: Function, began: Instant) {
        self.write(&Line {
            function: Some(function),
            duration_ms: Some(millis(began)),
            ..Line::new(Level::Info, Message::Started, clock::now())
        });
    }
}

/// The line without what it would be searched by.
#[cfg(feature = "mutants")]
fn poorer<'a>(line: &Line<'a>) -> Line<'a> {
    let kept = |mutant: Mutant| !webhook_core::mutant::active(mutant);
    let ids = kept(Mutant::LogWithoutEventIds);
    Line {
        provider: line.provider.filter(|_| kept(Mutant::LogWithoutProvider)),
        request_id: line.request_id.filter(|_| kept(Mutant::LogWithoutRequestIds)),
        event_id: line.event_id.filter(|_| ids),
        transaction_id: line.transaction_id.filter(|_| ids),
        duration_ms: line.duration_ms.filter(|_| kept(Mutant::LogWithoutDuration)),
        ..line.clone()
    }
}

fn function_name<S: Serializer>(function: &Option<Function>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(function.map_or("", Function::name))
}

/// An id is a text that somebody else wrote: a card number or an address in its place is not for a log.
fn masked<S: Serializer>(id: &Option<&str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&mask(id.unwrap_or_default()))
}

fn rfc3339<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    const MILLISECONDS: &[BorrowedFormatItem<'_>] =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let nanos = i128::from(time.millis()) * 1_000_000;
    let text =
        OffsetDateTime::from_unix_timestamp_nanos(nanos).ok().and_then(|at| at.format(MILLISECONDS).ok());
    serializer.serialize_str(text.as_deref().unwrap_or("out of range"))
}

#[cfg(test)]
mod tests;

//! The documents as X-Ray takes them, built from typed fields and written by serde.
//!
//! Invariant: free text gets in only through [`Reason::masked`]; there is no field that a body, a header or a signature
//! could be put into.

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use webhook_core::ports::PortError;
use webhook_core::provider::Provider;

use super::daemon::DOCUMENT_BYTES_MAX;
use super::traced::{Call, Namespace};
use crate::log::Reason;

/// Error codes of AWS's services that mean "not so fast".
const THROTTLES: [&str; 8] = [
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottledException",
    "SlowDown",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Identifies a segment or subsegment within its trace: 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpanId(u64);

impl SpanId {
    pub(super) const fn new(random: u64) -> Self {
        Self(random)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for SpanId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From when to when, since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Times {
    #[serde(rename = "start_time", serialize_with = "seconds")]
    pub(super) start: Duration,
    #[serde(rename = "end_time", serialize_with = "seconds")]
    pub(super) end: Duration,
}

/// How it went. X-Ray's words: an error is the caller's fault, a fault the callee's; a throttle is an error too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Flags {
    #[serde(skip_serializing_if = "is_false")]
    pub(super) error: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) throttle: bool,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) fault: bool,
}

impl Flags {
    pub(super) const NONE: Self = Self { error: false, throttle: false, fault: false };
    pub(super) const FAULT: Self = Self { error: false, throttle: false, fault: true };

    /// What an HTTP status means.
    pub(super) const fn of_status(status: u16) -> Self {
        match status {
            429 => Self { error: true, throttle: true, fault: false },
            400..500 => Self { error: true, throttle: false, fault: false },
            500.. => Self::FAULT,
            _ => Self::NONE,
        }
    }

    /// What a failed call means.
    pub(super) fn of_call(error: &PortError) -> Self {
        match error {
            PortError::Unavailable { reason, .. } if THROTTLES.contains(&reason.as_str()) => {
                Self::of_status(429)
            }
            PortError::Unavailable { .. } => Self::FAULT,
            PortError::Refused { .. } => Self::of_status(400),
        }
    }

    const fn any(self) -> bool {
        self.error || self.throttle || self.fault
    }
}

/// Why it went wrong: one exception, without a stack.
#[derive(Serialize)]
pub(super) struct Cause<'a> {
    exceptions: [Exception<'a>; 1],
}

#[derive(Serialize)]
struct Exception<'a> {
    id: SpanId,
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "is_false")]
    remote: bool,
}

impl<'a> Cause<'a> {
    /// Of an invocation: its stable code, and a sentence that is masked here whoever wrote it.
    pub(super) fn of_invocation(id: SpanId, code: &'a str, message: Option<&str>) -> Self {
        let message = message.map(|text| Reason::masked(text).as_str().to_owned());
        Self { exceptions: [Exception { id, r#type: code, message, remote: false }] }
    }

    /// Of a call.
    pub(super) fn of_call(id: SpanId, error: &PortError) -> Self {
        let kind = match error {
            PortError::Unavailable { .. } => "Unavailable",
            PortError::Refused { .. } => "Refused",
        };
        let message = Reason::masked(&error.to_string()).as_str().to_owned();
        Self { exceptions: [Exception { id, r#type: kind, message: Some(message), remote: true }] }
    }
}

/// What an invocation did: a subsegment of the function's segment, or a segment of its own.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    pub(super) name: &'a str,
    pub(super) id: SpanId,
    pub(super) trace_id: &'a str,
    #[serde(flatten)]
    pub(super) kind: Kind<'a>,
    #[serde(flatten)]
    pub(super) times: Times,
    #[serde(flatten)]
    pub(super) flags: Flags,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<Cause<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) http: Option<Http>,
    pub(super) aws: Invocation<'a>,
    pub(super) annotations: Annotations<'a>,
    pub(super) metadata: Metadata<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) subsegments: Vec<Child<'a>>,
}

/// How a document hangs in its trace.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Kind<'a> {
    /// Below the segment that Lambda makes. A function may send nothing else of a sampled trace.
    Subsegment {
        /// `subsegment`.
        r#type: &'static str,
        /// The function's segment.
        parent_id: &'a str,
    },
    /// By itself, for the trace of a failure that was not sampled: nothing else of that trace is kept, so there is no parent to name.
    Segment {
        /// So that X-Ray's map shows it as the function.
        origin: &'static str,
    },
}

impl<'a> Kind<'a> {
    pub(super) const fn below(parent_id: &'a str) -> Self {
        Self::Subsegment { r#type: "subsegment", parent_id }
    }

    pub(super) const STANDALONE: Self = Self::Segment { origin: "AWS::Lambda::Function" };
}

/// The answer's HTTP status.
#[derive(Serialize)]
pub(super) struct Http {
    response: Response,
}

#[derive(Serialize)]
struct Response {
    status: u16,
}

impl Http {
    pub(super) const fn answered(status: u16) -> Self {
        Self { response: Response { status } }
    }
}

/// Lambda's id of the invocation.
#[derive(Serialize)]
pub(super) struct Invocation<'a> {
    pub(super) request_id: &'a str,
}

/// What traces are searched by.
#[derive(Serialize)]
pub(super) struct Annotations<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<Provider>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) transaction_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'a str>,
}

/// What a person wants to see beside that.
#[derive(Serialize)]
pub(super) struct Metadata<'a> {
    pub(super) webhook: Facts<'a>,
}

/// The facts of an event.
#[derive(Serialize)]
pub(super) struct Facts<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<&'a str>,
    /// Calls that are not among the subsegments.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) calls_left_out: usize,
}

/// One call to a service.
#[derive(Serialize)]
pub(super) struct Child<'a> {
    pub(super) name: &'static str,
    pub(super) id: SpanId,
    #[serde(flatten)]
    pub(super) times: Times,
    #[serde(flatten)]
    pub(super) flags: Flags,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<Cause<'a>>,
    #[serde(flatten)]
    pub(super) what: What<'a>,
}

/// Which operation, and on what.
pub(super) struct What<'a> {
    pub(super) call: Call,
    pub(super) resource: &'a str,
}

impl Serialize for What<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self.call.namespace {
            Namespace::Aws => {
                map.serialize_entry("namespace", "aws")?;
                map.serialize_entry("aws", &Operation(self))?;
            }
            Namespace::Remote => {
                map.serialize_entry("namespace", "remote")?;
                map.serialize_entry("metadata", &Remote { webhook: Operation(self) })?;
            }
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Remote<'a> {
    webhook: Operation<'a>,
}

struct Operation<'a>(&'a What<'a>);

impl Serialize for Operation<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let What { call, resource } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("operation", call.operation)?;
        if let Some(key) = call.resource {
            map.serialize_entry(key, resource)?;
        }
        map.end()
    }
}

/// The document as it is sent. One that is too long loses calls, those that went well first; `None` if even that does not help.
pub(super) fn written(mut document: Document<'_>) -> Option<Vec<u8>> {
    loop {
        let json = serde_json::to_vec(&document).ok()?;
        if json.len() <= DOCUMENT_BYTES_MAX {
            return Some(json);
        }
        let before = document.subsegments.len();
        thin_out(&mut document.subsegments);
        if document.subsegments.len() == before {
            return None;
        }
        document.metadata.webhook.calls_left_out += before - document.subsegments.len();
    }
}

/// Drops half of the calls that went well, or else half of the others; the latest go.
fn thin_out(calls: &mut Vec<Child<'_>>) {
    let well = calls.iter().filter(|call| !call.flags.any()).count();
    if well == 0 {
        calls.truncate(calls.len() / 2);
        return;
    }
    let mut left = well / 2;
    calls.retain(|call| {
        let keep = call.flags.any() || left > 0;
        left -= usize::from(keep && !call.flags.any());
        keep
    });
}

/// Seconds since the epoch as X-Ray counts them, to the microsecond, which a float holds exactly until the year 2255.
fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let micros = time.as_micros() as f64;
    serializer.serialize_f64(micros / 1e6)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants a reference")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests;

//! The segments that the cloud's own parts tell of. Made for sampled requests only.

use std::time::Instant;

use serde_json::{Map, Value, json};

use super::context::{SegmentId, TraceId};
use crate::clock;

/// One segment or subsegment, under construction.
#[derive(Debug)]
pub(crate) struct Span(Map<String, Value>);

/// How something ended, in X-Ray's words: an error is the caller's doing, a fault the callee's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Error,
    Throttle,
    Fault,
}

impl Outcome {
    /// What an HTTP status means.
    pub(crate) const fn of_status(status: u16) -> Self {
        match status {
            429 => Self::Throttle,
            400..500 => Self::Error,
            500.. => Self::Fault,
            _ => Self::Ok,
        }
    }
}

impl Span {
    /// A subsegment inside another one, or a segment once it is [of a trace](Span::of).
    pub(crate) fn new(name: &str, id: SegmentId, began: Instant) -> Self {
        let mut map = Map::new();
        map.insert("name".to_owned(), json!(name));
        map.insert("id".to_owned(), json!(id.to_string()));
        map.insert("start_time".to_owned(), json!(epoch_seconds(began)));
        Self(map)
    }

    /// Makes it a segment by itself.
    pub(crate) fn of(self, trace: TraceId, parent: Option<SegmentId>, origin: &str) -> Self {
        let span = self.with("trace_id", trace.to_string()).with("origin", origin);
        match parent {
            Some(parent) => span.with("parent_id", parent.to_string()),
            None => span,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    /// It is over.
    pub(crate) fn ended(self, at: Instant, outcome: Outcome) -> Self {
        let ended = self.with("end_time", epoch_seconds(at));
        match outcome {
            Outcome::Ok => ended,
            Outcome::Error => ended.with("error", true),
            Outcome::Throttle => ended.with("error", true).with("throttle", true),
            Outcome::Fault => ended.with("fault", true),
        }
    }

    /// It goes on; told again, in full, when it is over.
    pub(crate) fn in_progress(self) -> Self {
        self.with("in_progress", true)
    }

    /// The error's type; its words stay in the log.
    pub(crate) fn because(self, kind: Option<&str>) -> Self {
        match kind {
            Some(kind) => {
                let exception = json!({ "id": SegmentId::fresh().to_string(), "type": kind });
                self.with("cause", json!({ "exceptions": [exception] }))
            }
            None => self,
        }
    }

    /// Puts subsegments in.
    pub(crate) fn holding(self, subsegments: impl IntoIterator<Item = Span>) -> Self {
        let subsegments: Vec<Value> = subsegments.into_iter().map(Span::into_value).collect();
        if subsegments.is_empty() { self } else { self.with("subsegments", subsegments) }
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

/// An instant of the past as X-Ray counts time: seconds since the Unix epoch, to the microsecond.
fn epoch_seconds(instant: Instant) -> f64 {
    let at = clock::since_epoch().saturating_sub(instant.elapsed());
    (at.as_secs_f64() * 1e6).round() / 1e6
}

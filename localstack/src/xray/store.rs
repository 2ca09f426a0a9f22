//! Documents by trace, the latest traces only.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use serde::Deserialize;

use super::context::{SegmentId, TraceId};

/// Most of what is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) traces: usize,
    pub(super) bytes: usize,
    /// Of one trace; X-Ray's own limit is 500 KB.
    pub(super) trace_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { traces: 20_000, bytes: 64 * 1024 * 1024, trace_bytes: 500 * 1000 }
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Store {
    limits: Limits,
    traces: HashMap<TraceId, Trace>,
    /// Oldest first, by arrival.
    order: VecDeque<TraceId>,
    bytes: usize,
}

/// The documents of one trace, as they came.
#[derive(Debug, Default)]
pub(super) struct Trace {
    documents: Vec<(SegmentId, Arc<str>)>,
    bytes: usize,
    /// When the first of them began, in seconds since the epoch.
    began: Option<f64>,
    /// Documents were left out.
    pub(super) limit_exceeded: bool,
}

impl Trace {
    pub(super) fn documents(&self) -> Vec<Arc<str>> {
        self.documents.iter().map(|(_, text)| Arc::clone(text)).collect()
    }

    pub(super) fn began(&self) -> f64 {
        self.began.unwrap_or_default()
    }
}

impl Store {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, traces: HashMap::new(), order: VecDeque::new(), bytes: 0 }
    }

    /// Takes a document in the place of an earlier one of the same id (one that was in progress).
    pub(super) fn put(&mut self, head: Head, text: Arc<str>) {
        let trace = self.traces.entry(head.trace).or_insert_with(|| {
            self.order.push_back(head.trace);
            Trace::default()
        });
        let known = trace.documents.iter().position(|(id, _)| *id == head.id);
        let replaced = known.map_or(0, |at| trace.documents[at].1.len());
        if trace.bytes - replaced + text.len() > self.limits.trace_bytes {
            trace.limit_exceeded = true;
            return;
        }
        trace.began = Some(trace.began.map_or(head.began, |began| began.min(head.began)));
        trace.bytes = trace.bytes - replaced + text.len();
        self.bytes = self.bytes - replaced + text.len();
        match known {
            Some(at) => trace.documents[at].1 = text,
            None => trace.documents.push((head.id, text)),
        }
        while self.traces.len() > self.limits.traces || self.bytes > self.limits.bytes {
            let Some(oldest) = self.order.pop_front() else { break };
            self.bytes -= self.traces.remove(&oldest).map_or(0, |trace| trace.bytes);
        }
    }

    pub(super) fn get(&self, id: TraceId) -> Option<&Trace> {
        self.traces.get(&id)
    }

    /// Every trace, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TraceId, &Trace)> {
        self.order.iter().filter_map(|id| Some((*id, self.traces.get(id)?)))
    }
}

/// What places a document.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Head {
    pub(super) trace: TraceId,
    pub(super) id: SegmentId,
    /// Seconds since the epoch.
    pub(super) began: f64,
}

/// Why a document is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The id, if that much could be read.
    pub(super) id: Option<String>,
    /// X-Ray's word for it.
    pub(super) code: &'static str,
    /// Names the member; never a value.
    pub(super) message: &'static str,
}

impl Head {
    /// Checks a document as far as X-Ray does before it takes one.
    pub(super) fn read(text: &str) -> Result<Self, Refused> {
        #[derive(Deserialize)]
        struct Members {
            trace_id: Option<String>,
            id: Option<String>,
            parent_id: Option<String>,
            r#type: Option<String>,
            name: Option<String>,
            start_time: Option<f64>,
            end_time: Option<f64>,
            #[serde(default)]
            in_progress: bool,
        }
        let members: Members = serde_json::from_str(text).map_err(|_| Refused {
            id: None,
            code: "ParseError",
            message: "The document is not the JSON of a segment.",
        })?;
        let refused = |code, message| Refused { id: members.id.clone(), code, message };
        let id = members.id.as_deref().and_then(SegmentId::read);
        let id = id.ok_or_else(|| refused("InvalidId", "id is not 16 hexadecimal digits."))?;
        let trace = members.trace_id.as_deref().and_then(TraceId::read);
        let trace = trace.ok_or_else(|| {
            refused("InvalidTraceId", "trace_id is not of the form 1-{8 digits}-{24 digits}, hexadecimal.")
        })?;
        if members.name.as_ref().is_none_or(|name| name.is_empty() || name.chars().count() > 200) {
            return Err(refused("InvalidName", "name has not 1 to 200 characters."));
        }
        let began = members.start_time.filter(|_| members.end_time.is_some() || members.in_progress);
        let began = began.ok_or_else(|| {
            refused("MissingTime", "start_time, and end_time or in_progress, are required.")
        })?;
        let parent = members.parent_id.as_deref().map(SegmentId::read);
        match (members.r#type.as_deref(), parent) {
            (None, None | Some(Some(_))) | (Some("subsegment"), Some(Some(_))) => {
                Ok(Self { trace, id, began })
            }
            (Some("subsegment"), None) => {
                Err(refused("MissingParentId", "A subsegment names its parent_id."))
            }
            (_, Some(None)) => Err(refused("InvalidParentId", "parent_id is not 16 hexadecimal digits.")),
            (Some(_), _) => Err(refused("InvalidType", "type is `subsegment` or absent.")),
        }
    }
}

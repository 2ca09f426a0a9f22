//! X-Ray: what an invocation did, told to the daemon beside the function.
//!
//! Lambda makes the function's segment. A function may only add to it, so each invocation of a sampled trace sends one
//! subsegment with its calls inside. Sampling is decided at the head, before anybody knows how a request ends; so that
//! every fault is seen all the same, an invocation that fails in an unsampled trace sends a segment of its own. Faults are failed
//! invocations and answers of 500 and above. A refused request (4xx) is traced when it is sampled and not otherwise:
//! a flood of forgeries must not become a flood of traces.
//!
//! Invariants: nothing here waits, or fails a request; a document is made of typed fields, of which free text is masked
//! ([`document`]); what a document says of an event is what the log line says ([`Line`]).
//! Non-goals: cold starts (the fetch of secrets then belongs to no invocation), sampling (Lambda's header decides).

mod daemon;
mod document;
mod header;
mod traced;

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use webhook_core::masking::mask;
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::PortError;
use webhook_core::provider::Provider;
use webhook_core::record::Status;

pub use daemon::{Daemon, NoDaemon};
pub use traced::{Call, Traced};

use crate::clock;
use crate::function::Function;
use crate::invocation::Failure;
use crate::log::{Level, Line};
use document::{
    Annotations, Cause, Child, Document, Facts, Flags, Http, Invocation, Kind, Metadata, SpanId, Times, What,
};
use header::TraceHeader;

/// Calls of an invocation that are kept; the rest is counted.
const CALLS_MAX: usize = 100;
/// Room for the calls of an ordinary invocation, made once.
const CALLS_USUAL: usize = 16;

/// Takes down what happens in the invocation that is under way; a process has one at a time. One a process, and it
/// lasts as long, so whoever has something to tell holds a plain reference.
pub struct Recorder {
    function: Function,
    daemon: Option<Daemon>,
    now: fn() -> Duration,
    state: Mutex<State>,
}

struct State {
    ids: fastrand::Rng,
    /// Counts invocations, so that a call that outlives its own cannot tell the next one anything.
    generation: u64,
    current: Option<Current>,
    calls: Vec<Made>,
    said: Said,
}

/// The invocation under way.
struct Current {
    header: TraceHeader,
    began: Instant,
    left_out: usize,
    /// The call whose callee goes on with the trace.
    carrier: Option<SpanId>,
}

/// A call, under way or over.
struct Made {
    call: Call,
    resource: Arc<str>,
    id: Option<SpanId>,
    began: Instant,
    ended: Option<Instant>,
    error: Option<PortError>,
}

/// Where a call under way is written down.
#[must_use]
struct Open {
    generation: u64,
    index: usize,
}

/// What the invocation's log line said.
#[derive(Default)]
struct Said {
    provider: Option<Provider>,
    event_id: Option<String>,
    transaction_id: Option<String>,
    event_type: Option<String>,
    http_status: Option<u16>,
    payment_status: Option<Status>,
    outcome: Option<String>,
    reason: Option<String>,
}

impl Recorder {
    /// A recorder that tells `daemon`; without one it does nothing.
    #[must_use]
    pub fn new(function: Function, daemon: Option<Daemon>) -> Self {
        let seed = RandomState::new().hash_one(0);
        let state = State {
            // Ids need to differ, not to be secret.
            ids: fastrand::Rng::with_seed(seed),
            generation: 0,
            current: None,
            calls: Vec::with_capacity(if daemon.is_some() { CALLS_USUAL } else { 0 }),
            said: Said::default(),
        };
        Self { function, daemon, now: clock::since_epoch, state: Mutex::new(state) }
    }

    /// The same, for as long as the process lives.
    #[must_use]
    pub fn forever(self) -> &'static Self {
        Box::leak(Box::new(self))
    }

    /// An invocation begins, with the trace header that Lambda gave it.
    pub fn begin(&self, header: Option<String>) {
        if self.daemon.is_none() {
            return;
        }
        let mut state = self.state();
        state.generation += 1;
        state.calls.clear();
        state.said = Said::default();
        state.current = header.and_then(TraceHeader::read).map(|header| Current {
            header,
            began: Instant::now(),
            left_out: 0,
            carrier: None,
        });
    }

    /// The invocation is over. Sends what there is to tell, if anybody is to be told.
    pub fn end(&self, request_id: &str, failure: Option<&Failure>) {
        let Some(daemon) = &self.daemon else { return };
        let mut state = self.state();
        let Some(current) = state.current.take() else { return };
        let fault = failure.is_some() || state.said.http_status.is_some_and(|status| status >= 500);
        let fault = fault && !mutant::active(Mutant::FailuresUntraced);
        if !current.header.sampled() && !fault {
            return;
        }
        let ended = Ending { request_id, failure, at: Instant::now(), at_epoch: (self.now)() };
        if let Some(document) = state.document(self.function, &current, &ended) {
            daemon.send(&document);
        }
    }

    /// Takes from the invocation's log line what traces are searched by.
    pub(crate) fn heard(&self, line: &Line<'_>) {
        if self.daemon.is_none() {
            return;
        }
        let mut state = self.state();
        // Of an unsampled trace only a failure is told, and that writes an error line.
        let wanted = |current: &Current| current.header.sampled() || line.level >= Level::Error;
        if state.current.as_ref().is_some_and(wanted) {
            state.said.add(line);
        }
    }

    /// The trace header for the call that was begun last and [carries the trace on](Call::carrying_the_trace_on): the callee's
    /// segment hangs below it. `None` in an unsampled trace, where the SDK passes Lambda's header on as it is.
    #[must_use]
    pub fn onward(&self) -> Option<String> {
        let state = self.state();
        let current = state.current.as_ref()?;
        if mutant::active(Mutant::TraceNotCarriedOn) {
            return Some("Sampled=0".to_owned());
        }
        current.carrier.map(|carrier| current.header.from(carrier))
    }

    /// A call begins. `None`: no invocation is under way, or nobody is to be told.
    fn open(&self, call: Call, resource: &Arc<str>) -> Option<Open> {
        self.daemon.as_ref()?;
        let mut state = self.state();
        let state = &mut *state;
        let current = state.current.as_mut()?;
        if state.calls.len() >= CALLS_MAX {
            current.left_out += 1;
            return None;
        }
        let id = (current.header.sampled() && call.carries_trace).then(|| SpanId::new(state.ids.u64(..)));
        current.carrier = id.or(current.carrier);
        let resource = Arc::clone(resource);
        state.calls.push(Made { call, resource, id, began: Instant::now(), ended: None, error: None });
        Some(Open { generation: state.generation, index: state.calls.len() - 1 })
    }

    /// The call is over. One that is never closed was given up.
    fn close(&self, open: Option<Open>, error: Option<&PortError>) {
        let Some(open) = open else { return };
        let mut state = self.state();
        if state.generation != open.generation {
            return;
        }
        if let Some(made) = state.calls.get_mut(open.index) {
            made.ended = Some(Instant::now());
            made.error = error.cloned();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How an invocation ended.
struct Ending<'a> {
    request_id: &'a str,
    failure: Option<&'a Failure>,
    at: Instant,
    at_epoch: Duration,
}

impl Ending<'_> {
    /// The time of day of an instant before the end: so that the time of day is read once, and only if something is sent.
    fn epoch(&self, instant: Instant) -> Duration {
        self.at_epoch.saturating_sub(self.at.saturating_duration_since(instant))
    }

    fn times(&self, began: Instant, ended: Instant) -> Times {
        Times { start: self.epoch(began), end: self.epoch(ended) }
    }
}

impl State {
    fn document(&mut self, function: Function, current: &Current, ending: &Ending<'_>) -> Option<Vec<u8>> {
        let Self { ids, calls, said, .. } = self;
        let mut id = || SpanId::new(ids.u64(..));
        let flags = match (ending.failure, said.http_status) {
            (Some(_), _) => Flags::FAULT,
            (None, Some(status)) => Flags::of_status(status),
            (None, None) => Flags::NONE,
        };
        let flags = if mutant::active(Mutant::TraceWithoutFaults) { Flags::NONE } else { flags };
        let code = ending.failure.map(|failure| failure.code).or(said.outcome.as_deref());
        let message = ending.failure.map(|failure| failure.message.as_str()).or(said.reason.as_deref());
        let (name, kind) = match current.header.parent() {
            Some(parent) if current.header.sampled() => (activity(function), Kind::below(parent)),
            _ => (function.name(), Kind::STANDALONE),
        };
        let left_out = mutant::active(Mutant::TraceWithoutCalls);
        let children = calls.iter().filter(|_| !left_out).map(|made| made.child(&mut id, ending)).collect();
        let annotated = !mutant::active(Mutant::TraceWithoutAnnotations);
        let named = annotated && !mutant::active(Mutant::TraceWithoutTransactionId);
        document::written(Document {
            name,
            id: id(),
            trace_id: current.header.root()?,
            kind,
            times: ending.times(current.began, ending.at),
            flags,
            cause: code
                .filter(|_| flags != Flags::NONE)
                .map(|code| Cause::of_invocation(id(), code, message)),
            http: said.http_status.map(Http::answered),
            aws: Invocation { request_id: ending.request_id },
            annotations: Annotations {
                provider: said.provider.filter(|_| annotated),
                transaction_id: said.transaction_id.as_deref().filter(|_| named),
                status: said.payment_status.map(status_word).or(code).filter(|_| annotated),
            },
            metadata: Metadata {
                webhook: Facts {
                    event_id: said.event_id.as_deref(),
                    event_type: said.event_type.as_deref(),
                    outcome: code,
                    calls_left_out: current.left_out,
                },
            },
            subsegments: children,
        })
    }
}

impl Made {
    fn child(&self, id: &mut impl FnMut() -> SpanId, ending: &Ending<'_>) -> Child<'_> {
        // A call without an end was given up, when the time for the whole decision was over.
        let given_up = self.ended.is_none();
        let flags =
            if given_up { Flags::FAULT } else { self.error.as_ref().map_or(Flags::NONE, Flags::of_call) };
        let cause = match &self.error {
            Some(error) => Some(Cause::of_call(id(), error)),
            None => given_up.then(|| Cause::of_invocation(id(), "GivenUp", None)),
        };
        Child {
            name: self.call.name,
            id: self.id.unwrap_or_else(id),
            times: ending.times(self.began, self.ended.unwrap_or(ending.at)),
            flags,
            cause,
            what: What { call: self.call, resource: &self.resource },
        }
    }
}

impl Said {
    /// A later line adds to an earlier one, and wins where both say something.
    fn add(&mut self, line: &Line<'_>) {
        // Ids are the sender's words: one that looks like a card number is not shown on a map that many can read.
        fn text(known: &mut Option<String>, told: Option<&str>) {
            if let Some(told) = told {
                *known = Some(mask(told).into_owned());
            }
        }
        self.provider = line.provider.or(self.provider);
        self.http_status = line.status.or(self.http_status);
        self.payment_status = line.payment_status.or(self.payment_status);
        text(&mut self.event_id, line.event_id);
        text(&mut self.transaction_id, line.transaction_id);
        text(&mut self.event_type, line.event_type);
        text(&mut self.outcome, line.outcome);
        text(&mut self.reason, line.reason.as_ref().map(crate::log::Reason::as_str));
    }
}

/// What an invocation does, as the name of its subsegment.
const fn activity(function: Function) -> &'static str {
    match function {
        Function::Validator(_) => "verify and store",
        Function::Processor => "normalize and record",
        Function::Query => "read transactions",
        Function::UsageKeyAuthorizer => "name the usage key",
        Function::Compactor => "compact days",
    }
}

const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Processed => "processed",
        Status::Failed => "failed",
    }
}

#[cfg(test)]
mod tests;

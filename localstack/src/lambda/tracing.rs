//! What the Lambda service tells of traces: the segment of the service (`AWS::Lambda`) with its attempts, and below it
//! the one of the function (`AWS::Lambda::Function`), which the function adds to. Of sampled traces only.

use std::time::Instant;

use serde_json::json;

use super::asynchronous::Event;
use super::function::Function;
use super::platform_log::Status;
use super::pool::Running;
use super::service::{Invocation, InvokeError, RequestId};
use crate::xray::{Outcome, SegmentId, Span, TraceContext, TraceHeader, TraceId};

/// An invocation's place in its trace, and the ids of what is told of it.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    /// The caller's.
    caller: TraceContext,
    /// The service's segment.
    service: SegmentId,
    /// What the function's segment hangs below: the service's segment, or an attempt in it.
    above: SegmentId,
    /// The function's segment.
    function: SegmentId,
    /// When the present attempt at an event began.
    pub(super) began: Instant,
    attempts: Vec<Attempted>,
}

/// An attempt at an event, over.
#[derive(Debug, Clone, Copy)]
struct Attempted {
    id: SegmentId,
    began: Instant,
    ended: Instant,
    failed: bool,
}

impl Trace {
    pub(super) fn new(caller: TraceContext) -> Box<Self> {
        let (service, function) = (SegmentId::fresh(), SegmentId::fresh());
        Box::new(Self {
            caller,
            service,
            above: service,
            function,
            began: Instant::now(),
            attempts: Vec::new(),
        })
    }

    /// An attempt at an event begins; again when an environment has it.
    pub(super) fn attempt(&mut self) {
        self.above = SegmentId::fresh();
        self.function = SegmentId::fresh();
        self.began = Instant::now();
    }

    /// The attempt is over.
    pub(super) fn attempted(&mut self, failed: bool) {
        if self.caller.sampled {
            let attempt = Attempted { id: self.above, began: self.began, ended: Instant::now(), failed };
            self.attempts.push(attempt);
        }
    }

    /// The context that the function gets.
    pub(super) const fn inside(&self) -> TraceContext {
        self.caller.below(self.function)
    }
}

impl Function {
    /// The trace that a caller's header asks for, or a new one.
    pub(super) fn follow(&self, header: Option<&str>) -> TraceContext {
        match &self.shared.config.tracer {
            Some(tracer) => tracer.follow(header),
            None => {
                let TraceHeader { root, parent, .. } = header.map(TraceHeader::read).unwrap_or_default();
                TraceContext { root: root.unwrap_or_else(TraceId::fresh), parent, sampled: false }
            }
        }
    }

    fn tell(&self, span: Span) {
        if let Some(tracer) = &self.shared.config.tracer {
            tracer.tell(span);
        }
    }

    /// The function has run.
    pub(super) fn tell_run(&self, running: &Running, status: Status, now: Instant) {
        let &Trace { caller, above, function, .. } = running.job.trace();
        if !caller.sampled {
            return;
        }
        let (outcome, kind) = match status {
            Status::Success => (Outcome::Ok, None),
            Status::Error => (Outcome::Fault, Some("Unhandled")),
            Status::Failure => (Outcome::Fault, Some("Runtime.ExitError")),
            Status::Timeout => (Outcome::Fault, Some("Sandbox.Timedout")),
        };
        let span = Span::new(&self.spec.name, function, running.started)
            .of(caller.root, Some(above), "AWS::Lambda::Function")
            .with("resource_arn", self.arn_text())
            .with("aws", json!({ "function_arn": self.arn_text(), "request_id": running.job.id.to_string() }))
            .with("metadata", json!({ "lambda": { "cold_start": running.cold_start.is_some() } }));
        self.tell(span.ended(now, outcome).because(kind));
    }

    /// Tells the service's segment of a synchronous invocation when dropped: its caller may go away early.
    pub(super) fn telling(&self, trace: &Trace) -> Telling<'_> {
        let Trace { caller, service, began, .. } = *trace;
        Telling { function: self, caller, service, began, ended: None }
    }

    /// The service's segment of an asynchronous event, with what was attempted so far; `over`: nothing more will be.
    pub(super) fn tell_event(&self, id: RequestId, event: &Event, over: bool) {
        if !event.trace.caller.sampled {
            return;
        }
        let Trace { caller, service, attempts, .. } = &*event.trace;
        let first = attempts.first().map_or_else(Instant::now, |attempt| attempt.began);
        let dwell = Span::new("Dwell Time", SegmentId::fresh(), event.accepted).ended(first, Outcome::Ok);
        let parts = attempts.iter().zip(1..).map(|(attempt, number)| {
            let outcome = if attempt.failed { Outcome::Fault } else { Outcome::Ok };
            Span::new(&format!("Attempt #{number}"), attempt.id, attempt.began).ended(attempt.ended, outcome)
        });
        let span = self.service_span(*caller, *service, event.accepted, Some(id), 202);
        let span = span.holding(std::iter::once(dwell).chain(parts));
        let failed = attempts.last().is_none_or(|attempt| attempt.failed);
        self.tell(match over {
            true => span.ended(Instant::now(), if failed { Outcome::Fault } else { Outcome::Ok }),
            false => span.in_progress(),
        });
    }

    fn service_span(
        &self,
        caller: TraceContext,
        service: SegmentId,
        began: Instant,
        id: Option<RequestId>,
        status: u16,
    ) -> Span {
        let span = Span::new(&self.spec.name, service, began)
            .of(caller.root, caller.parent, "AWS::Lambda")
            .with("resource_arn", self.arn_text())
            .with("http", json!({ "response": { "status": status } }));
        match id {
            Some(id) => span.with("aws", json!({ "request_id": id.to_string() })),
            None => span,
        }
    }

    fn arn_text(&self) -> &str {
        self.arn.to_str().unwrap_or_default()
    }
}

/// See [`Function::telling`].
pub(super) struct Telling<'a> {
    function: &'a Function,
    caller: TraceContext,
    service: SegmentId,
    began: Instant,
    ended: Option<(Option<RequestId>, u16, Outcome)>,
}

impl Telling<'_> {
    pub(super) fn ended(&mut self, result: &Result<Invocation, InvokeError>) {
        self.ended = Some(match result {
            // A function that failed is no failure of the service: 200, with the error in the body.
            Ok(invocation) if invocation.result.is_err() => {
                (Some(invocation.request_id), 200, Outcome::Fault)
            }
            Ok(invocation) => (Some(invocation.request_id), 200, Outcome::Ok),
            Err(error) => {
                let status = match error {
                    InvokeError::Throttled => 429,
                    InvokeError::TooLarge { .. } => 413,
                    InvokeError::NotFound(_) => 404,
                    InvokeError::Service | InvokeError::Init(_) | InvokeError::ShuttingDown => 500,
                };
                (None, status, Outcome::of_status(status))
            }
        });
    }
}

impl Drop for Telling<'_> {
    fn drop(&mut self) {
        if !self.caller.sampled {
            return;
        }
        let span = |id, status| self.function.service_span(self.caller, self.service, self.began, id, status);
        self.function.tell(match self.ended {
            Some((id, status, outcome)) => span(id, status).ended(Instant::now(), outcome),
            None => span(None, 200).in_progress(),
        });
    }
}

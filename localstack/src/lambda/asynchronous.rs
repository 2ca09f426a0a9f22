//! The way of an asynchronous event: accepted, attempted up to `1 + max_retries` times under one request id,
//! then dead. A function's error, a time-out and a crash count as attempts; a throttle does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::function::{Function, Injected};
use super::pool::{Answer, Job, Origin};
use super::service::{ASYNC_PAYLOAD_MAX_BYTES, InvokeError, RequestId};
use super::tracing::Trace;
use crate::xray::TraceContext;

/// How often a queue that is not empty is looked at.
const TICK: Duration = Duration::from_millis(50);
/// Lambda puts so much of an error's message into the dead letter.
const ERROR_MESSAGE_MAX_BYTES: usize = 1024;

/// What an event carries through its attempts, beside its id and payload.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) accepted: Instant,
    /// The attempt now under way or in the queue, from 1.
    pub(super) attempt: u32,
    pub(super) trace: Box<Trace>,
    max_age: Duration,
    last_error: Option<String>,
}

impl Event {
    pub(super) fn new(accepted: Instant, max_age: Duration, trace: Box<Trace>) -> Self {
        Event { accepted, attempt: 1, trace, max_age, last_error: None }
    }

    pub(super) fn is_too_old(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.accepted) > self.max_age
    }
}

impl Function {
    /// Accepts an event.
    pub(super) fn accept_event(
        self: &Arc<Self>,
        payload: Bytes,
        caller: TraceContext,
    ) -> Result<RequestId, InvokeError> {
        if payload.len() > ASYNC_PAYLOAD_MAX_BYTES {
            return Err(InvokeError::TooLarge { size: payload.len(), limit: ASYNC_PAYLOAD_MAX_BYTES });
        }
        if self.shared.is_stopping() {
            return Err(InvokeError::ShuttingDown);
        }
        let id = RequestId::random();
        self.shared.outstanding.fetch_add(1, Ordering::AcqRel);
        self.pool().stats.async_events += 1;
        self.attempt(id, payload, Event::new(Instant::now(), self.spec.max_event_age, Trace::new(caller)));
        Ok(id)
    }

    /// Makes the next attempt, or the fault planned in its place.
    fn attempt(self: &Arc<Self>, id: RequestId, payload: Bytes, mut event: Event) {
        event.trace.attempt();
        let Some(fault) = self.fault() else { return self.enqueue(id, payload, event) };
        let function = Arc::clone(self);
        self.shared.spawn(async move {
            match function.inject(fault, id).await {
                Injected::Nothing => function.enqueue(id, payload, event),
                Injected::Refused(_) => function.retry_later(id, payload, event),
                Injected::Failed(error) => function.attempt_ended(id, payload, event, Err(error)),
            }
        });
    }

    fn enqueue(self: &Arc<Self>, id: RequestId, payload: Bytes, event: Event) {
        let job = Job { id, payload, from: Origin::Event(event) };
        let (starts, shepherd) = {
            let now = Instant::now();
            let mut pool = self.pool();
            let shepherd = pool.offer_event(job, now);
            (pool.starts_wanted(now), shepherd)
        };
        self.start_all(starts);
        if shepherd {
            self.shared.spawn(Arc::clone(self).shepherd_queue());
        }
    }

    /// Lets the number of environments grow while the queue does not shrink, and buries what got too old.
    async fn shepherd_queue(self: Arc<Self>) {
        let mut stopping = self.shared.stopping.subscribe();
        loop {
            tokio::select! {
                () = tokio::time::sleep(TICK) => {}
                _ = stopping.changed() => return,
            }
            let now = Instant::now();
            let (start, expired, empty) = self.pool().tick(now);
            self.start_all(start.into_iter().collect());
            for job in expired {
                if let Origin::Event(event) = job.from {
                    self.bury(job.id, &job.payload, event);
                }
            }
            if empty {
                return;
            }
        }
    }

    /// An attempt is over: done, another one later, or dead.
    pub(super) fn attempt_ended(
        self: &Arc<Self>,
        id: RequestId,
        payload: Bytes,
        mut event: Event,
        answer: Answer,
    ) {
        event.trace.attempted(answer.is_err());
        let Err(error) = answer else {
            self.tell_event(id, &event, true);
            self.shared.outstanding.fetch_sub(1, Ordering::AcqRel);
            return;
        };
        if self.shared.is_stopping() {
            // It failed because its process was ended: no fault of the event's, so no dead letter.
            self.shared.outstanding.fetch_sub(1, Ordering::AcqRel);
            return;
        }
        event.last_error = Some(error_message(&error.payload));
        if event.attempt > self.spec.max_retries {
            return self.bury(id, &payload, event);
        }
        self.tell_event(id, &event, false);
        event.attempt += 1;
        self.pool().stats.async_retries += 1;
        self.retry_later(id, payload, event);
    }

    fn retry_later(self: &Arc<Self>, id: RequestId, payload: Bytes, event: Event) {
        let delays = self.shared.config.retry_delays;
        let delay = if event.attempt <= 2 { delays[0] } else { delays[1] };
        if event.is_too_old(Instant::now() + delay) {
            return self.bury(id, &payload, event);
        }
        let function = Arc::clone(self);
        self.shared.spawn(async move {
            let mut stopping = function.shared.stopping.subscribe();
            tokio::select! {
                () = tokio::time::sleep(delay) => function.attempt(id, payload, event),
                () = async { drop(stopping.wait_for(|stop| *stop).await) } => {
                    function.shared.outstanding.fetch_sub(1, Ordering::AcqRel);
                }
            }
        });
    }

    /// Hands the event to the dead-letter sink.
    fn bury(&self, id: RequestId, payload: &Bytes, event: Event) {
        self.tell_event(id, &event, true);
        let message = event.last_error.unwrap_or_else(|| "the event exceeded its maximum age".to_owned());
        match &self.spec.dead_letter {
            Some(sink) => {
                let attributes = vec![
                    ("RequestID".to_owned(), id.to_string()),
                    ("ErrorCode".to_owned(), "200".to_owned()),
                    ("ErrorMessage".to_owned(), message),
                ];
                sink.send(String::from_utf8_lossy(payload).into_owned(), attributes);
                self.pool().stats.dead_lettered += 1;
            }
            None => self.pool().stats.dropped += 1,
        }
        // Last: who sees the service idle finds the letter in its queue.
        self.shared.outstanding.fetch_sub(1, Ordering::AcqRel);
    }
}

/// `errorMessage` of an error object, or the payload itself; at most 1 KiB.
fn error_message(payload: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ErrorObject {
        error_message: String,
    }
    let mut message = match serde_json::from_slice::<ErrorObject>(payload) {
        Ok(error) => error.error_message,
        Err(_) => String::from_utf8_lossy(payload).into_owned(),
    };
    message.truncate(message.floor_char_boundary(ERROR_MESSAGE_MAX_BYTES));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_letter_names_the_function_error_in_at_most_a_kibibyte() {
        assert_eq!(
            error_message(br#"{"errorType":"E","errorMessage":"no such currency"}"#),
            "no such currency"
        );
        assert_eq!(error_message(b"plain"), "plain");
        let long = format!(r#"{{"errorMessage":"{}"}}"#, "é".repeat(1000));
        assert_eq!(error_message(long.as_bytes()), "é".repeat(512));
    }
}

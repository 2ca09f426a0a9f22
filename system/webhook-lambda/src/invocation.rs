//! One invocation, whatever the function: how long it took, what it failed with, and what becomes of a panic.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures::FutureExt;
use lambda_runtime::Diagnostic;
use serde::Serialize;
use webhook_core::unix_time::UnixTime;

/// An invocation that fails, as Lambda's retries and the dead-letter message will show it. Safe to show: a
/// stable code, and a masked sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `errorType`.
    pub code: &'static str,
    /// `errorMessage`.
    pub message: String,
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.code.to_owned(), error_message: failure.message }
    }
}

/// What an invocation is about besides its event.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// Lambda's id of it; the same over retries.
    pub request_id: &'a str,
    /// When the event arrived, by the monotonic clock.
    pub began: Instant,
    /// When Lambda ends the invocation, if it says so.
    pub deadline: Option<UnixTime>,
}

impl<'a> Invocation<'a> {
    /// An invocation that begins now.
    #[must_use]
    pub fn begin(request_id: &'a str) -> Self {
        Self { request_id, began: Instant::now(), deadline: None }
    }

    /// The same, to be over by `deadline_ms` (Unix milliseconds).
    #[must_use]
    pub fn until(self, deadline_ms: u64) -> Self {
        Self { deadline: i64::try_from(deadline_ms).ok().map(UnixTime::from_millis), ..self }
    }

    /// Milliseconds since it began, to the microsecond.
    #[must_use]
    pub fn duration_ms(&self) -> f64 {
        millis(self.began)
    }
}

/// Milliseconds since `began`, to the microsecond.
pub(crate) fn millis(began: Instant) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of an invocation fit a float exactly")]
    let micros = began.elapsed().as_micros() as f64;
    micros / 1000.0
}

/// What a function does with an event.
pub(crate) trait Handler {
    /// What it answers.
    type Answer: Serialize;

    /// Handles one event, given as the JSON text it came as.
    async fn handle(&self, event: &str, invocation: Invocation<'_>) -> Result<Self::Answer, Failure>;
}

/// Runs a handler so that a panic fails the invocation without its message, which could quote a body. Where it
/// happened is in the log, by the hook that [`runtime`](crate::runtime) installs.
pub(crate) async fn guarded<H: Handler>(
    handler: &H,
    event: &str,
    invocation: Invocation<'_>,
) -> Result<H::Answer, Failure> {
    let outcome = AssertUnwindSafe(handler.handle(event, invocation)).catch_unwind().await;
    outcome.unwrap_or_else(|_: Box<dyn Any + Send>| {
        Err(Failure { code: "panic", message: "the function failed by a defect; see its log".to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Broken;

    impl Handler for Broken {
        type Answer = ();

        async fn handle(&self, event: &str, _: Invocation<'_>) -> Result<(), Failure> {
            panic!("{event}");
        }
    }

    #[tokio::test]
    async fn a_panic_fails_the_invocation_and_keeps_its_words() {
        let failure = guarded(&Broken, "4242424242424242", Invocation::begin("r-1")).await.unwrap_err();
        assert_eq!(failure.code, "panic");
        assert!(!failure.message.contains("4242"), "{failure:?}");
    }
}

//! Takes a provider's webhooks: the event apart, the core's decision, the answer and one log line.

use std::time::Duration;

use serde::Serialize;
use webhook_core::answer::Answer;
use webhook_core::headers::Headers;
use webhook_core::intake::Decide;
use webhook_core::mutant::{self, Mutant};
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::invocation::{Failure, Handler, Invocation};
use crate::log::{Level, Line, Log, Message, Reason};
use crate::proxy::{BadRequest, ProxyRequest, ProxyResponse};
use crate::stage::{self, Deployment};

/// How long a decision may take: well inside the function's 10 s, so that the provider gets an answer of ours and
/// comes back, instead of the gateway's time-out.
const DECISION_TIMEOUT: Duration = Duration::from_secs(4);

/// What tells the time.
type Clock = Box<dyn Fn() -> UnixTime + Send + Sync>;

/// One provider's validator: what it answers is what `D` decides.
pub struct Validator<D> {
    decision: D,
    deployment: Deployment,
    log: Log,
    now: Clock,
    decision_timeout: Duration,
}

impl<D: Decide> Validator<D> {
    /// A validator by the machine's clock.
    #[must_use]
    pub fn new(decision: D, deployment: Deployment, log: Log) -> Self {
        Self { decision, deployment, log, now: Box::new(clock::now), decision_timeout: DECISION_TIMEOUT }
    }

    /// The same, told the time by `now`.
    #[must_use]
    pub fn with_clock(self, now: impl Fn() -> UnixTime + Send + Sync + 'static) -> Self {
        Self { now: Box::new(now), ..self }
    }

    /// Answers one proxy event and logs one line about it.
    ///
    /// # Errors
    /// The event is no proxy event: something else than the gateway invoked the function.
    pub async fn answer(&self, event: &str, invocation: Invocation<'_>) -> Result<ProxyResponse, Failure> {
        let mut request = ProxyRequest::parse(event).map_err(|error| self.refuse(error, invocation))?;
        let mismatch = self.deployment.contradicted_by(&request);
        if let Some(variable) = mismatch.filter(|_| !mutant::active(Mutant::StageIgnoredByValidators)) {
            let answer = stage::mismatch(variable);
            self.log.write(&Line {
                message: Message::StageMismatch,
                api_request_id: request.api_request_id(),
                ..self.line(&answer, invocation)
            });
            return Ok(ProxyResponse::json(answer.status, answer.body));
        }
        let body = request.take_body().map_err(|error| self.refuse(error, invocation))?;
        #[cfg(feature = "mutants")]
        let leak = wrong::Leak::of(&request.headers(), &body);
        let answer = self.decide(&request.headers(), body).await;
        let line = Line { api_request_id: request.api_request_id(), ..self.line(&answer, invocation) };
        #[cfg(feature = "mutants")]
        let line = leak.in_line(line);
        if answer.status != 401 || !mutant::active(Mutant::RefusalsNotLogged) {
            self.log.write(&line);
        }
        if mutant::active(Mutant::AcknowledgesSlowly) {
            tokio::time::sleep(Duration::from_millis(2500)).await;
        }
        #[cfg(feature = "mutants")]
        let answer = leak.in_answer(answer.clone());
        Ok(ProxyResponse::json(answer.status, answer.body))
    }

    async fn decide(&self, headers: &Headers<'_>, body: bytes::Bytes) -> Answer {
        let decision = self.decision.decide(headers, body, (self.now)());
        tokio::time::timeout(self.decision_timeout, decision).await.unwrap_or_else(|_| too_slow())
    }

    fn line<'a>(&self, answer: &'a Answer, invocation: Invocation<'a>) -> Line<'a> {
        let (level, message) = match answer.status {
            401 if mutant::active(Mutant::RefusalsLoggedAsInfo) => (Level::Info, Message::InvalidSignature),
            401 if mutant::active(Mutant::RefusalsWordedOtherwise) => (Level::Warn, Message::Rejected),
            500.. if mutant::active(Mutant::FailuresLoggedAsWarnings) => (Level::Warn, Message::NotStored),
            200 => (Level::Info, Message::Accepted),
            401 => (Level::Warn, Message::InvalidSignature),
            400..500 => (Level::Warn, Message::Rejected),
            _ => (Level::Error, Message::NotStored),
        };
        Line {
            request_id: Some(invocation.request_id),
            provider: Some(self.decision.provider()),
            event_id: answer.event_id.as_deref(),
            transaction_id: answer.transaction_id.as_deref(),
            status: Some(answer.status),
            outcome: Some(answer.outcome),
            reason: answer.detail.as_deref().map(Reason::masked),
            duration_ms: Some(invocation.duration_ms()),
            ..Line::new(level, message, (self.now)())
        }
    }

    fn refuse(&self, error: BadRequest, invocation: Invocation<'_>) -> Failure {
        let message = error.to_string();
        self.log.write(&Line {
            request_id: Some(invocation.request_id),
            provider: Some(self.decision.provider()),
            outcome: Some("invalid_event"),
            reason: Some(Reason::masked(&message)),
            duration_ms: Some(invocation.duration_ms()),
            ..Line::new(Level::Error, Message::InvalidEvent, (self.now)())
        });
        Failure { code: "invalid_event", message }
    }
}

impl<D: Decide> Handler for Validator<D> {
    type Answer = ProxyResponse;

    async fn handle(&self, event: &str, invocation: Invocation<'_>) -> Result<ProxyResponse, Failure> {
        self.answer(event, invocation).await
    }
}

/// 503 in the core's form: nothing is known to be stored, so the provider is to send it again.
fn too_slow() -> Answer {
    #[derive(Serialize)]
    struct Body {
        error: &'static str,
        message: &'static str,
    }
    let body = Body { error: "timeout", message: "the webhook could not be stored in time; send it again" };
    Answer {
        status: 503,
        body: serde_json::to_string(&body).unwrap_or_default(),
        outcome: "timeout",
        event_id: None,
        transaction_id: None,
        detail: None,
    }
}

#[cfg(test)]
mod tests;
#[cfg(feature = "mutants")]
mod wrong;

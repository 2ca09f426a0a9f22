//! Answers `GET /api/v1/transactions/{id}` and `GET /api/v1/transactions?…`.

use std::time::Duration;

use webhook_core::answer::Answer;
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::TransactionStore;
use webhook_core::query;
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::invocation::{Failure, Handler, Invocation};
use crate::log::{Level, Line, Log, Message, Reason};
use crate::proxy::{ProxyRequest, ProxyResponse};
use crate::stage::{self, Deployment};

/// The path parameter that names one payment.
const ID: &str = "id";

/// How long a query may take: inside the function's 5 s, so that the caller gets an answer of ours and not the gateway's.
const DECISION_TIMEOUT: Duration = Duration::from_secs(4);

/// The query function.
pub struct Query<S> {
    store: S,
    deployment: Deployment,
    log: Log,
    now: fn() -> UnixTime,
    decision_timeout: Duration,
}

impl<S: TransactionStore> Query<S> {
    /// A query function by the machine's clock, which it needs for its log alone.
    #[must_use]
    pub const fn new(store: S, deployment: Deployment, log: Log) -> Self {
        Self { store, deployment, log, now: clock::now, decision_timeout: DECISION_TIMEOUT }
    }

    /// Answers one proxy event and logs one line about it; the line holds nothing of the records.
    ///
    /// # Errors
    /// The event is no proxy event: something else than the gateway invoked the function.
    pub async fn answer(&self, event: &str, invocation: Invocation<'_>) -> Result<ProxyResponse, Failure> {
        let request = ProxyRequest::parse(event).map_err(|error| {
            let message = error.to_string();
            self.log.write(&Line {
                request_id: Some(invocation.request_id),
                outcome: Some("invalid_event"),
                reason: Some(Reason::masked(&message)),
                ..Line::new(Level::Error, Message::InvalidEvent, (self.now)())
            });
            Failure { code: "invalid_event", message }
        })?;
        let mismatch = self.deployment.contradicted_by(&request);
        if let Some(variable) = mismatch.filter(|_| !mutant::active(Mutant::StageIgnoredByQuery)) {
            let answer = stage::mismatch(variable);
            let line = self.line(&answer, request.api_request_id(), invocation);
            self.log.write(&Line { message: Message::StageMismatch, ..line });
            return Ok(ProxyResponse::json(answer.status, answer.body));
        }
        let answer = self.decide(&request).await;
        let line = self.line(&answer, request.api_request_id(), invocation);
        #[cfg(feature = "mutants")]
        let line = Line {
            reason: mutant::active(Mutant::AnswersLogged)
                .then(|| Reason::verbatim(&answer.body))
                .or(line.reason),
            ..line
        };
        self.log.write(&line);
        Ok(ProxyResponse::json(answer.status, answer.body))
    }

    async fn decide(&self, request: &ProxyRequest<'_>) -> Answer {
        let decision = async {
            match request.path_parameter(ID) {
                Some(id) => query::by_id(&self.store, &id, request.query()).await,
                None => query::list(&self.store, request.query()).await,
            }
        };
        tokio::time::timeout(self.decision_timeout, decision).await.unwrap_or_else(|_| query::too_slow())
    }

    fn line<'a>(
        &self,
        answer: &'a Answer,
        api_request_id: Option<&'a str>,
        invocation: Invocation<'a>,
    ) -> Line<'a> {
        let (level, message) = match answer.status {
            200 | 404 => (Level::Info, Message::QueryAnswered),
            400..500 => (Level::Warn, Message::Rejected),
            _ => (Level::Error, Message::QueryFailed),
        };
        Line {
            request_id: Some(invocation.request_id),
            api_request_id,
            status: Some(answer.status),
            outcome: Some(answer.outcome),
            reason: answer.detail.as_deref().map(Reason::masked),
            duration_ms: Some(invocation.duration_ms()),
            ..Line::new(level, message, (self.now)())
        }
    }
}

impl<S: TransactionStore> Handler for Query<S> {
    type Answer = ProxyResponse;

    async fn handle(&self, event: &str, invocation: Invocation<'_>) -> Result<ProxyResponse, Failure> {
        self.answer(event, invocation).await
    }
}

#[cfg(test)]
mod tests;

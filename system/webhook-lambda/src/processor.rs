//! Makes records of verified deliveries, and of notifications once PayPal has confirmed them. A failure fails the
//! invocation: Lambda tries again, and in the end the dead-letter message carries the event with the failure's code
//! and sentence.

use webhook_core::envelope::{Content, Envelope};
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::{ProcessedLog, TransactionStore};
use webhook_core::process::ipn::{Confirmed, IpnDesk, IpnPorts};
use webhook_core::process::{Outcome, ProcessError, Processed, process};
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::clock;
use crate::invocation::{Failure, Handler, Invocation};
use crate::log::{Level, Line, Log, Message, Reason};

/// The processor.
pub struct Processor<S, L, I: IpnPorts> {
    store: S,
    processed: L,
    ipn: Option<IpnDesk<I>>,
    log: Log,
    now: fn() -> UnixTime,
}

impl<S: TransactionStore, L: ProcessedLog, I: IpnPorts> Processor<S, L, I> {
    /// A processor by the machine's clock that takes no form-encoded notifications.
    #[must_use]
    pub const fn new(store: S, processed: L, log: Log) -> Self {
        Self { store, processed, ipn: None, log, now: clock::now }
    }

    /// The same with what it takes to believe notifications, if they are taken at all.
    #[must_use]
    pub fn with_ipn(self, ipn: Option<IpnDesk<I>>) -> Self {
        Self { ipn, ..self }
    }

    /// The same, told the time by `now`.
    #[must_use]
    pub fn with_clock(self, now: fn() -> UnixTime) -> Self {
        Self { now, ..self }
    }

    /// Processes one envelope and logs one line about it.
    ///
    /// # Errors
    /// No record could be made.
    pub async fn record(&self, event: &str, invocation: Invocation<'_>) -> Result<(), Failure> {
        let Ok(envelope) = serde_json::from_str::<Envelope>(event) else {
            return Err(self.refuse(invocation));
        };
        let provider = envelope.provider;
        // Until it is proven, even an id is a stranger's text.
        let proven = envelope.content != Content::IpnUnproven;
        let event_id = proven.then(|| envelope.event_id.clone());
        match self.decide(envelope).await {
            Ok(Confirmed::Processed(processed)) => {
                let line = self.processed_line(provider, &processed, invocation);
                #[cfg(feature = "mutants")]
                let line = Line {
                    reason: mutant::active(Mutant::EnvelopesLogged).then(|| Reason::verbatim(event)),
                    ..line
                };
                self.log.write(&line);
                Ok(())
            }
            Ok(Confirmed::Invalid) => {
                self.log.write(&Line {
                    provider: Some(provider),
                    outcome: Some("ipn_invalid"),
                    ..self.line(Level::Warn, Message::InvalidSignature, invocation)
                });
                Ok(())
            }
            Err(error) => {
                let sentence = error.to_string();
                let reason = Reason::masked(&sentence);
                let quoted = mutant::active(Mutant::FailuresQuoteEvents);
                let message = if quoted { event } else { reason.as_str() };
                let failure = Failure { code: error.code(), message: message.to_owned() };
                let line = Line {
                    provider: Some(provider),
                    event_id: event_id.as_deref(),
                    outcome: Some(error.code()),
                    reason: Some(reason),
                    ..self.line(Level::Error, Message::ProcessingFailed, invocation)
                };
                if !mutant::active(Mutant::FailuresNotLogged) {
                    self.log.write(&line);
                }
                if mutant::active(Mutant::FailuresSwallowed) { Ok(()) } else { Err(failure) }
            }
        }
    }

    async fn decide(&self, envelope: Envelope) -> Result<Confirmed, ProcessError> {
        let now = (self.now)();
        match (envelope.content, &self.ipn) {
            (Content::IpnUnproven, Some(desk)) => {
                desk.process(&self.store, &self.processed, envelope, now).await
            }
            (Content::IpnUnproven, None) => Err(ProcessError::IpnOff),
            (Content::Json | Content::Ipn, _) => {
                process(&self.store, &self.processed, envelope, now).await.map(Confirmed::Processed)
            }
        }
    }

    fn processed_line<'a>(
        &self,
        provider: Provider,
        processed: &'a Processed,
        invocation: Invocation<'a>,
    ) -> Line<'a> {
        let (message, outcome) = match processed.outcome {
            Outcome::Stored => (Message::Processed, "stored"),
            Outcome::Duplicate => (Message::Duplicate, "duplicate"),
        };
        Line {
            provider: Some(provider),
            event_id: Some(&processed.event_id),
            transaction_id: Some(&processed.transaction_id),
            event_type: Some(processed.event_type.as_str()),
            payment_status: Some(processed.status),
            outcome: Some(outcome),
            ..self.line(Level::Info, message, invocation)
        }
    }

    fn refuse(&self, invocation: Invocation<'_>) -> Failure {
        let message = "the event is not an envelope of a validator";
        self.log.write(&Line {
            outcome: Some("invalid_event"),
            reason: Some(Reason::masked(message)),
            ..self.line(Level::Error, Message::InvalidEvent, invocation)
        });
        Failure { code: "invalid_event", message: message.to_owned() }
    }

    fn line<'a>(&self, level: Level, message: Message, invocation: Invocation<'a>) -> Line<'a> {
        Line {
            request_id: Some(invocation.request_id),
            duration_ms: Some(invocation.duration_ms()),
            ..Line::new(level, message, (self.now)())
        }
    }
}

impl<S: TransactionStore, L: ProcessedLog, I: IpnPorts> Handler for Processor<S, L, I> {
    type Answer = ();

    async fn handle(&self, event: &str, invocation: Invocation<'_>) -> Result<(), Failure> {
        self.record(event, invocation).await
    }
}

#[cfg(test)]
mod tests;

//! A letter as an operator may see it: ids and times. The body stays where it cannot be printed.

use serde::Serialize;
use webhook_core::envelope::Envelope;
use webhook_core::ports::ops::DeadLetter;
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use super::cause::cause;
use crate::text::{rfc3339, shown};

/// Longest id and error text shown, in characters.
const ID_CHARS: usize = 128;
const ERROR_CHARS: usize = 300;

/// What is safe to tell of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Summary {
    /// The queue's id of the letter.
    pub(super) message_id: String,
    /// One word for why.
    pub(super) cause: &'static str,
    /// Lambda's `ErrorCode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_code: Option<String>,
    /// Lambda's `ErrorMessage`, masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error_message: Option<String>,
    /// The failed invocation, as the processor's log names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_id: Option<String>,
    /// When the letter came, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dead_since: Option<String>,
    /// How often it was handed out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receive_count: Option<u32>,
    /// What the event is; absent: nothing of this system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) event: Option<EventSummary>,
    /// When the letter came.
    #[serde(skip)]
    pub(super) sent_at: Option<UnixTime>,
}

/// What is safe to tell of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct EventSummary {
    pub(super) provider: Provider,
    pub(super) event_id: String,
    /// When the provider delivered it, RFC 3339.
    pub(super) received_at: String,
    /// Where its raw body lies.
    pub(super) raw_key: String,
    /// How large its body is.
    pub(super) body_bytes: usize,
}

impl Summary {
    /// Of a letter.
    pub(super) fn of(letter: &DeadLetter) -> Self {
        let short = |text: &Option<String>, chars: usize| text.as_deref().map(|text| shown(text, chars));
        Self {
            message_id: shown(&letter.message_id, ID_CHARS),
            cause: cause(letter.error_message.as_deref()),
            error_code: short(&letter.error_code, 16),
            error_message: short(&letter.error_message, ERROR_CHARS),
            request_id: short(&letter.request_id, ID_CHARS),
            dead_since: letter.sent_at.map(rfc3339),
            receive_count: letter.receive_count,
            event: envelope(letter).map(|envelope| EventSummary {
                provider: envelope.provider,
                event_id: shown(&envelope.event_id, ID_CHARS),
                received_at: rfc3339(envelope.received_at),
                raw_key: shown(&envelope.raw_key, 1024),
                body_bytes: envelope.body.len(),
            }),
            sent_at: letter.sent_at,
        }
    }

    /// Whose event; `None` where it is nobody's.
    pub(super) fn provider(&self) -> Option<Provider> {
        self.event.as_ref().map(|event| event.provider)
    }

    /// `stripe evt_1`, or that it is not ours.
    pub(super) fn what(&self) -> String {
        match &self.event {
            Some(event) => format!("{} {}", event.provider, event.event_id),
            None => "not an event of this system".to_owned(),
        }
    }
}

/// The event in a letter, if it is one that a validator sent.
pub(super) fn envelope(letter: &DeadLetter) -> Option<Envelope> {
    serde_json::from_slice(&letter.body).ok()
}

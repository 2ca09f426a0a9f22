//! What a decision answers over HTTP, together with what may be logged about it.

use serde::Serialize;

use crate::mutant::{self, Mutant};
use crate::reject::Reject;

/// An HTTP answer with a JSON body or none. Every field is safe to log, except that `body` of a query holds records.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON text, `content-type: application/json`; empty for a sender that expects no body.
    pub body: String,
    /// What happened, as a stable code: `accepted`, a [`Reject::code`], or why nothing could be decided.
    pub outcome: &'static str,
    /// The provider's id of the event; known once the body was proven.
    pub event_id: Option<String>,
    /// The payment's id; known once the body was proven.
    pub transaction_id: Option<String>,
    /// What a person who looks into a failure wants to know: which service failed how. Masked.
    pub detail: Option<String>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct AcceptedBody<'a> {
    status: &'a str,
    event_id: &'a str,
}

impl Answer {
    /// 200: stored and queued.
    pub(crate) fn accepted(event_id: &str, transaction_id: &str) -> Self {
        Self {
            status: if mutant::active(Mutant::AcceptedWith202) { 202 } else { 200 },
            body: json(&AcceptedBody { status: "accepted", event_id }),
            outcome: "accepted",
            event_id: Some(event_id.to_owned()),
            transaction_id: Some(transaction_id.to_owned()),
            detail: None,
        }
    }

    /// 200 with an empty body, for a sender that expects none.
    pub(crate) fn received(outcome: &'static str) -> Self {
        let body = if mutant::active(Mutant::IpnAnsweredWithText) { "OK" } else { "" };
        Self {
            status: 200,
            body: body.to_owned(),
            outcome,
            event_id: None,
            transaction_id: None,
            detail: None,
        }
    }

    /// An error with one safe sentence.
    pub(crate) fn error(status: u16, code: &'static str, message: &str) -> Self {
        Self {
            status,
            body: json(&ErrorBody { error: code, message }),
            outcome: code,
            event_id: None,
            transaction_id: None,
            detail: None,
        }
    }

    /// A query's result.
    pub(crate) fn found(outcome: &'static str, body: String) -> Self {
        Self { status: 200, body, outcome, event_id: None, transaction_id: None, detail: None }
    }

    /// With the ids of a proven event.
    pub(crate) fn about(mut self, event_id: &str, transaction_id: &str) -> Self {
        self.event_id = Some(event_id.to_owned());
        self.transaction_id = Some(transaction_id.to_owned());
        self
    }

    /// With a reason for the log, masked.
    pub(crate) fn because(mut self, reason: &impl std::fmt::Display) -> Self {
        self.detail = Some(crate::masking::mask(&reason.to_string()).into_owned());
        self
    }
}

impl From<Reject> for Answer {
    fn from(reject: Reject) -> Self {
        Self::error(status_of(reject), reject.code(), &reject.to_string())
    }
}

fn status_of(reject: Reject) -> u16 {
    match (reject, reject.status()) {
        (Reject::UnreadableHeader { .. }, _) if mutant::active(Mutant::UnreadableHeadersAnswered500) => 500,
        (Reject::MissingHeader { .. }, _) if mutant::active(Mutant::MissingSignaturesAnswered400) => 400,
        (_, 401) if mutant::active(Mutant::ForgeriesAnswered403) => 403,
        (_, 401) if mutant::active(Mutant::ForgeriesAnswered200) => 200,
        (_, 401) if mutant::active(Mutant::ForgeriesAnswered500) => 500,
        (_, 400) if mutant::active(Mutant::MalformedBodiesAnswered500) => 500,
        (_, 400) if mutant::active(Mutant::MalformedBodiesAnswered200) => 200,
        (_, status) => status,
    }
}

/// JSON text of plain data: strings, numbers and maps with string keys, which cannot fail to serialize.
pub(crate) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

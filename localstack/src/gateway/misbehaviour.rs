//! A gateway that does not behave like API Gateway, for tests of the harness: whoever looks must notice.

use bytes::Bytes;
use http::StatusCode;
use http::header;
use http::request::Parts;
use http_body_util::Full;
use serde_json::json;

use super::answer::{Answer, Refusal};

/// What is wrong. `Default` is nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Misbehaviour {
    /// What an unknown path is answered with, instead of 403.
    pub unknown_routes: Option<StatusCode>,
    /// What a body that does not match its schema is answered with, instead of 400.
    pub bad_bodies: Option<StatusCode>,
    /// Errors have other words than API Gateway's.
    pub errors_reworded: bool,
    /// Errors hold the body that was refused.
    pub errors_quote_bodies: bool,
    /// Only bodies with exactly this label are let in: `application/json`.
    pub labels_taken_literally: bool,
    /// Webhooks with parameters behind their path are refused.
    pub parameters_refused: bool,
    /// Webhooks that came through a proxy are refused.
    pub proxies_refused: bool,
    /// The access log holds addresses and headers.
    pub heads_logged: bool,
    /// The access log holds bodies.
    pub bodies_logged: bool,
    /// Nothing is written to the access log.
    pub nothing_logged: bool,
}

impl Misbehaviour {
    /// Whether a request's body is wanted after it was handled.
    pub(super) const fn keeps_bodies(self) -> bool {
        self.errors_quote_bodies || self.bodies_logged
    }

    /// Whether a webhook's head is one that is not let in.
    pub(super) fn refuses(self, parts: &Parts) -> bool {
        let label = parts.headers.get(header::CONTENT_TYPE);
        (self.labels_taken_literally && label.is_none_or(|label| label != "application/json"))
            || (self.parameters_refused && parts.uri.query().is_some())
            || (self.proxies_refused && parts.headers.contains_key("x-forwarded-for"))
    }

    /// What the access log tells of a request's head.
    pub(super) fn head_of(self, parts: &Parts) -> Option<String> {
        self.heads_logged.then(|| format!("{} {:?}", parts.uri, parts.headers))
    }

    /// The answer to what is refused.
    pub(super) fn answer(self, refusal: Refusal, body: Option<&Bytes>) -> Answer {
        let mut answer = refusal.answer();
        if let (Refusal::NoStage | Refusal::NoMethod, Some(status)) = (refusal, self.unknown_routes) {
            *answer.status_mut() = status;
        }
        if let (Refusal::InvalidBody, Some(status)) = (refusal, self.bad_bodies) {
            *answer.status_mut() = status;
        }
        if self.errors_reworded {
            *answer.body_mut() = Full::from(r#"{"error":"refused by the gateway"}"#);
        }
        if let (true, Some(body)) = (self.errors_quote_bodies, body) {
            let quoted = json!({ "message": "Invalid request body", "body": String::from_utf8_lossy(body) });
            *answer.body_mut() = Full::from(quoted.to_string());
        }
        answer
    }
}

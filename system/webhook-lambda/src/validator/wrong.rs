//! Words of a sender's where none belong, for the build with deliberate defects.

use serde_json::Value;
use webhook_core::answer::Answer;
use webhook_core::headers::Headers;
use webhook_core::mutant::{self, Mutant};

use crate::log::{Line, Reason};

/// Headers that prove a delivery.
const SIGNATURES: [&str; 3] =
    ["stripe-signature", "paypal-transmission-sig", "x-square-hmacsha256-signature"];

/// What gets out of a request.
pub(super) struct Leak {
    body: String,
    signature: String,
    event_id: Option<String>,
}

impl Leak {
    pub(super) fn of(headers: &Headers<'_>, body: &[u8]) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let id = |name: &str| Some(json.as_ref()?.get(name)?.as_str()?.to_owned());
        Self {
            body: String::from_utf8_lossy(body).into_owned(),
            signature: SIGNATURES.iter().filter_map(|name| headers.one(name).ok()).collect(),
            event_id: id("event_id").or_else(|| id("id")),
        }
    }

    /// The log line with what was let out.
    pub(super) fn in_line<'a>(&'a self, line: Line<'a>) -> Line<'a> {
        let refused = line.status.is_some_and(|status| status >= 400);
        let told = if mutant::active(Mutant::BodiesLogged)
            || (refused && mutant::active(Mutant::RefusedBodiesLogged))
        {
            Some(self.body.as_str())
        } else if mutant::active(Mutant::SignaturesLogged) {
            Some(self.signature.as_str())
        } else if mutant::active(Mutant::AddressesLogged) {
            self.body.split(['"', '&']).find(|word| word.contains('@') || word.contains("%40"))
        } else {
            None
        };
        let event_id = if refused && mutant::active(Mutant::ForgedIdsLogged) {
            self.event_id.as_deref()
        } else {
            line.event_id
        };
        Line { event_id, reason: told.map(Reason::verbatim).or(line.reason), ..line }
    }

    /// The answer with what was let out.
    pub(super) fn in_answer(&self, answer: Answer) -> Answer {
        if !mutant::active(Mutant::AnswersQuoteBodies) {
            return answer;
        }
        let body = serde_json::json!({ "answer": answer.body, "received": self.body }).to_string();
        Answer { body, ..answer }
    }
}

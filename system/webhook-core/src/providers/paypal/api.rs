//! The other way to check a PayPal webhook: put it to PayPal's own API. Here is what can be said without asking, the question, and
//! what its answer proves.
//!
//! Invariant: the body stands in the question byte for byte. It is one JSON object and nothing around it, so it can neither end
//! the question early nor add to it.

use bytes::Bytes;
use serde::Serialize;
use serde::de::IgnoredAny;

use super::{ALGORITHM, Claim};
use crate::answer::json;
use crate::mutant::{self, Mutant};
use crate::ports::signature_api::ApiVerdict;
use crate::provider::Provider;
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::shape;

/// Everything but the event, which is put last.
#[derive(Serialize)]
struct Question<'a> {
    auth_algo: &'a str,
    cert_url: &'a str,
    transmission_id: &'a str,
    transmission_sig: &'a str,
    transmission_time: &'a str,
    webhook_id: &'a str,
}

/// Refuses a body that need not be asked about, because it is no JSON object.
pub(crate) fn check_face(body: &RawBody) -> Result<(), Reject> {
    let text = std::str::from_utf8(body.bytes()).map_err(|_| Reject::NotUtf8)?;
    shape::parse::<IgnoredAny>(text).map(drop)
}

/// The question whether `body` was signed for `webhook_id`.
pub(crate) fn question(claim: &Claim<'_>, webhook_id: &str, body: &RawBody) -> Bytes {
    let head = json(&Question {
        auth_algo: ALGORITHM,
        cert_url: claim.certificate_url,
        transmission_id: claim.transmission_id,
        transmission_sig: claim.signature_text,
        transmission_time: claim.transmission_time,
        webhook_id,
    });
    let mut question = head.into_bytes();
    // The object stays open for the event.
    question.pop();
    question.extend_from_slice(b",\"webhook_event\":");
    question.extend_from_slice(body.bytes());
    question.push(b'}');
    Bytes::from(question)
}

/// What PayPal's answer to the question proves about its body.
pub(crate) fn verify(body: RawBody, verdict: ApiVerdict) -> Result<Verified, Reject> {
    match verdict {
        ApiVerdict::Failure if mutant::active(Mutant::PaypalApiAnswerIgnored) => {
            Ok(Verified::new(Provider::Paypal, body))
        }
        ApiVerdict::Success => Ok(Verified::new(Provider::Paypal, body)),
        ApiVerdict::Failure | ApiVerdict::Unauthorized => Err(Reject::SignatureMismatch),
    }
}

//! Square: HMAC-SHA256 of the configured notification URL, then the raw body.
//!
//! The URL is the one the subscription was made with, never built from the request: a `Host` header would let the
//! sender choose what was signed. The message has no time, so deduplication by `event_id` is the defence against replay.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::event::{PaymentEvent, RawAmount, RawMoney, event_time, identifier};
use crate::headers::Headers;
use crate::mutant::{self, Mutant};
use crate::normalize::EventType;
use crate::provider::Provider;
use crate::providers::KeyRef;
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::shape::{self, Loose, Object, Scalar, Text};
use crate::unix_time::UnixTime;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-square-hmacsha256-signature";

/// The older header, SHA-1; it proves nothing.
pub const OLD_SIGNATURE_HEADER: &str = "x-square-signature";

/// What the header says.
#[derive(Clone)]
pub struct Claim {
    signature: [u8; 32],
    #[cfg(feature = "mutants")]
    said: wrong::Said,
}

/// The signature keys of the subscription: the current one and, during a rotation, the previous one. Without `Debug`.
pub struct Secrets {
    /// The state of each MAC after the notification URL, so that a delivery costs its body only.
    primed: Vec<hmac::Context>,
    #[cfg(feature = "mutants")]
    pairs: Vec<(String, String)>,
}

impl Secrets {
    /// From (signature key, notification URL) pairs. Empty ones are left out: they would make every signature easy.
    pub fn new<'a>(keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let usable = keys.into_iter().filter(|(key, url)| !key.is_empty() && !url.is_empty());
        #[cfg(feature = "mutants")]
        let pairs: Vec<(&str, &str)> = usable.collect();
        #[cfg(feature = "mutants")]
        let usable = pairs.iter().copied();
        let prime = |(key, url): (&str, &str)| {
            let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()));
            mac.update(url.as_bytes());
            mac
        };
        Self {
            primed: usable.map(prime).collect(),
            #[cfg(feature = "mutants")]
            pairs: pairs.iter().map(|(key, url)| ((*key).to_owned(), (*url).to_owned())).collect(),
        }
    }
}

/// Reads the signature header: the base64 of 32 bytes.
pub fn claim(headers: &Headers<'_>) -> Result<Claim, Reject> {
    #[cfg(feature = "mutants")]
    if let Some(claim) = wrong::claim(headers) {
        return Ok(claim);
    }
    if !headers.contains(SIGNATURE_HEADER) && headers.contains(OLD_SIGNATURE_HEADER) {
        return Err(Reject::UnsupportedAlgorithm);
    }
    let text = headers.one(SIGNATURE_HEADER)?;
    // 44 characters of base64 are 32 bytes; one more byte of room is what the decoder's estimate wants.
    let mut bytes = [0; 33];
    match STANDARD.decode_slice(text, &mut bytes) {
        Ok(32) => {
            let mut signature = [0; 32];
            signature.copy_from_slice(&bytes[..32]);
            Ok(Claim {
                signature,
                #[cfg(feature = "mutants")]
                said: wrong::Said::default(),
            })
        }
        Ok(_) | Err(_) => Err(Reject::MalformedSignature),
    }
}

/// The subscription's key, whatever the claim says.
pub const fn key_wanted<'h>(_claim: &Claim) -> Result<KeyRef<'h>, Reject> {
    Ok(KeyRef::Secret)
}

/// Accepts a body signed with one of the keys, whenever that was.
pub fn verify(claim: &Claim, body: RawBody, secrets: &Secrets, _now: UnixTime) -> Result<Verified, Reject> {
    let proven = secrets.primed.iter().any(|primed| {
        let mut mac = primed.clone();
        mac.update(body.bytes());
        constant_time::verify_slices_are_equal(&claim.signature, mac.sign().as_ref()).is_ok()
    });
    #[cfg(feature = "mutants")]
    let proven = wrong::proven(claim, body.bytes(), secrets).unwrap_or(proven);
    if proven || mutant::active(Mutant::AcceptAnySignature) {
        Ok(Verified::new(Provider::Square, body))
    } else {
        Err(Reject::SignatureMismatch)
    }
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    merchant_id: Text<'a>,
    #[serde(borrow, rename = "type")]
    event_type: Text<'a>,
    #[serde(borrow)]
    event_id: Text<'a>,
    #[serde(borrow)]
    created_at: Text<'a>,
    #[serde(borrow)]
    data: Object<Data<'a>>,
    #[serde(borrow, default)]
    location_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, default)]
    id: Scalar<'a>,
    #[serde(borrow, default, rename = "type")]
    object_type: Scalar<'a>,
    #[serde(borrow, default)]
    object: Loose<Subjects<'a>>,
}

/// What the event is about stands under its own kind's name.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Subjects<'a> {
    #[serde(borrow)]
    payment: Loose<Subject<'a>>,
    #[serde(borrow)]
    refund: Loose<Subject<'a>>,
    #[serde(borrow)]
    dispute: Loose<Subject<'a>>,
    #[serde(borrow)]
    payout: Loose<Subject<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Subject<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    dispute_id: Scalar<'a>,
    #[serde(borrow)]
    payment_id: Scalar<'a>,
    #[serde(borrow)]
    disputed_payment: Loose<DisputedPayment<'a>>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    state: Scalar<'a>,
    #[serde(borrow)]
    amount_money: Loose<Money<'a>>,
    #[serde(borrow)]
    customer_id: Scalar<'a>,
    #[serde(borrow)]
    location_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct DisputedPayment<'a> {
    #[serde(borrow, default)]
    payment_id: Scalar<'a>,
}

#[derive(Deserialize)]
struct Money<'a> {
    #[serde(borrow, default)]
    amount: Scalar<'a>,
    #[serde(borrow, default)]
    currency: Scalar<'a>,
}

/// Parses the proven body.
pub fn event(verified: &Verified) -> Result<PaymentEvent<'_>, Reject> {
    let event: Event<'_> = shape::parse(verified.text()?)?;
    let Object(data) = event.data;
    let event_id = identifier("event_id", event.event_id.0)?;
    let provider_event_type = identifier("type", event.event_type.0)?;
    let merchant_id = identifier("merchant_id", event.merchant_id.0)?;
    let occurred_at = created_at(&event.created_at.0)?;

    let family = provider_event_type.split('.').next().unwrap_or_default();
    let subjects = data.object.0.unwrap_or_default();
    let subject = match family {
        "payment" => subjects.payment.0,
        "refund" => subjects.refund.0,
        "dispute" => subjects.dispute.0,
        "payout" => subjects.payout.0,
        _ => None,
    };
    // Events that move money must have their object: `data.id` alone may be another id than the payment's.
    if subject.is_none() && EventType::square_needs_object(&provider_event_type) {
        return Err(Reject::MalformedField { name: "data.object" });
    }
    let subject = subject.unwrap_or_default();
    let status = if family == "dispute" { subject.state.text() } else { subject.status.text() };
    let event_type = EventType::of_square(&provider_event_type, status.as_deref());

    let own_id = subject.id.text().or_else(|| subject.dispute_id.text());
    let payment_id = match family {
        "refund" => subject.payment_id.text(),
        "dispute" => subject.disputed_payment.0.and_then(|payment| payment.payment_id.text()),
        _ => None,
    };
    let own_id = own_id.filter(|_| !mutant::active(Mutant::SquareDataIdTaken));
    let object_id = own_id.or_else(|| data.id.text());
    let transaction_id = match payment_id.or_else(|| object_id.clone()) {
        Some(id) => identifier("data.object.id", id)?,
        None => event_id.clone(),
    };
    let location_id = subject.location_id.text().or_else(|| event.location_id.text());

    let mut metadata = Vec::with_capacity(4);
    metadata.extend(object_id.map(|id| ("object_id", id)));
    metadata.extend(data.object_type.text().map(|kind| ("object", kind)));
    metadata.push(("merchant_id", merchant_id));
    metadata.extend(location_id.map(|id| ("location_id", id)));
    Ok(PaymentEvent {
        provider: Provider::Square,
        event_id,
        transaction_id,
        provider_event_type,
        event_type,
        occurred_at,
        dated: true,
        money: money(subject.amount_money, event_type)?,
        status,
        customer_id: subject.customer_id.text(),
        metadata,
    })
}

fn money<'a>(money: Loose<Money<'a>>, event_type: EventType) -> Result<Option<RawMoney<'a>>, Reject> {
    match money.0.map(|money| (money.amount, money.currency)) {
        None | Some((Scalar::Absent, _)) => Ok(None),
        Some((Scalar::Integer(units), Scalar::Text(currency))) => {
            Ok(Some(RawMoney { amount: RawAmount::Units(units), currency }))
        }
        Some(_) if event_type == EventType::Other => Ok(None),
        Some(_) => Err(Reject::MalformedField { name: "amount_money" }),
    }
}

fn created_at(text: &str) -> Result<UnixTime, Reject> {
    let time =
        OffsetDateTime::parse(text, &Rfc3339).map_err(|_| Reject::MalformedField { name: "created_at" })?;
    event_time("created_at", time.unix_timestamp())
}

#[cfg(test)]
mod tests;
#[cfg(feature = "mutants")]
mod wrong;

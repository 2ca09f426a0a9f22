//! Stripe: HMAC-SHA256 of the timestamp, a dot and the raw body, keyed with the whole secret string.
//!
//! `Stripe-Signature: t=<unix seconds>,v1=<64 lower-case hex digits>[,v1=…][,v0=…]`. Any matching `v1` is enough (two are
//! sent while a secret is rolled); other schemes prove nothing.

use aws_lc_rs::{constant_time, hmac};
use serde::Deserialize;

use crate::event::{PaymentEvent, RawAmount, RawMoney, event_time, identifier};
use crate::headers::Headers;
use crate::mutant::{self, Mutant};
use crate::normalize::EventType;
use crate::provider::Provider;
use crate::providers::KeyRef;
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::shape::{self, Object, Reference, Scalar, Text};
use crate::unix_time::UnixTime;

/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "stripe-signature";

/// How far a signature's time may lie from now, in seconds, in either direction.
pub const TOLERANCE_SECS: i64 = 300;

/// Longest header taken, in bytes: bounds the work one forged request can cause.
const MAX_HEADER_BYTES: usize = 4096;

/// What the header says.
#[derive(Clone)]
pub struct Claim<'h> {
    header: &'h str,
    /// Exactly as written, because this text is signed.
    timestamp_text: &'h str,
    timestamp_secs: i64,
}

/// The signing secrets of the endpoint: the current one and, during a rotation, the previous one. Without `Debug`.
pub struct Secrets {
    keys: Vec<hmac::Key>,
}

impl Secrets {
    /// From whole secret strings, `whsec_` included. Empty ones are left out: they would make every signature easy.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let usable = secrets.into_iter().filter(|secret| !secret.is_empty());
        let usable = usable.map(|secret| match secret.strip_prefix("whsec_") {
            Some(stripped) if mutant::active(Mutant::StripeSecretPrefixStripped) => stripped,
            _ => secret,
        });
        Self { keys: usable.map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())).collect() }
    }
}

/// Reads the signature header: exactly one `t`, at least one well-formed `v1`.
pub fn claim<'h>(headers: &Headers<'h>) -> Result<Claim<'h>, Reject> {
    let header = headers.one(SIGNATURE_HEADER)?;
    if header.len() > MAX_HEADER_BYTES {
        return Err(Reject::MalformedSignature);
    }
    let mut timestamps = parts(header).filter(|(scheme, _)| *scheme == "t").map(|(_, value)| value);
    let timestamp_text = match timestamps.next() {
        Some(text) => text,
        None if mutant::active(Mutant::StripeMissingTimeIsNow) => "",
        None => return Err(Reject::MalformedSignature),
    };
    let timestamp_text = match timestamps.next() {
        Some(_) if mutant::active(Mutant::StripeFirstTimeWins) => timestamp_text,
        Some(last) if mutant::active(Mutant::StripeLastTimeWins) => last,
        Some(_) => return Err(Reject::MalformedSignature),
        None => timestamp_text,
    };
    #[cfg(feature = "mutants")]
    let timestamp_text = wrong::time_text(timestamp_text);
    if mutant::active(Mutant::StripeHeaderOfTwoParts) && parts(header).count() != 2 {
        return Err(Reject::MalformedSignature);
    }
    if mutant::active(Mutant::StripeTimeFirstOnly) && !header.starts_with("t=") {
        return Err(Reject::MalformedSignature);
    }
    let now_is_meant = timestamp_text.is_empty() && mutant::active(Mutant::StripeMissingTimeIsNow);
    let timestamp_secs = match unix_seconds(timestamp_text) {
        Some(seconds) => seconds,
        None if now_is_meant => 0,
        None => return Err(Reject::MalformedSignature),
    };
    if signatures(header).next().is_some() || reads_loosely() {
        return Ok(Claim { header, timestamp_text, timestamp_secs });
    }
    let has_v1 = parts(header).any(|(scheme, _)| scheme == "v1");
    Err(if has_v1 { Reject::MalformedSignature } else { Reject::UnsupportedAlgorithm })
}

/// The endpoint's secret, whatever the claim says.
pub const fn key_wanted<'h>(_claim: &Claim<'h>) -> Result<KeyRef<'h>, Reject> {
    Ok(KeyRef::Secret)
}

/// Accepts a body signed at most [`TOLERANCE_SECS`] before or after `now` with one of the secrets.
pub fn verify(
    claim: &Claim<'_>,
    body: RawBody,
    secrets: &Secrets,
    now: UnixTime,
) -> Result<Verified, Reject> {
    check_age(claim, now)?;
    let proven = secrets.keys.iter().any(|key| {
        let mut mac = hmac::Context::with_key(key);
        if !mutant::active(Mutant::StripeTimeNotSigned) {
            mac.update(claim.timestamp_text.as_bytes());
            mac.update(b".");
        }
        mac.update(body.bytes());
        let expected = mac.sign();
        #[cfg(feature = "mutants")]
        if let Some(decided) = wrong::decided(claim, body.bytes(), key, expected.as_ref(), now) {
            return decided;
        }
        signatures(claim.header)
            .any(|given| constant_time::verify_slices_are_equal(&given, expected.as_ref()).is_ok())
    });
    if proven || mutant::active(Mutant::AcceptAnySignature) {
        Ok(Verified::new(Provider::Stripe, body))
    } else {
        Err(Reject::SignatureMismatch)
    }
}

/// Refuses what was signed more than [`TOLERANCE_SECS`] before or after `now`.
fn check_age(claim: &Claim<'_>, now: UnixTime) -> Result<(), Reject> {
    let tolerance_secs = if mutant::active(Mutant::StripeWindow600) {
        600
    } else if mutant::active(Mutant::StripeWindow60) {
        60
    } else {
        TOLERANCE_SECS
    };
    let unlimited = mutant::active(Mutant::StripeNoTimestampWindow)
        || (claim.timestamp_text.is_empty() && mutant::active(Mutant::StripeMissingTimeIsNow));
    let age_secs = now.secs().saturating_sub(claim.timestamp_secs);
    if age_secs > tolerance_secs && !unlimited && !mutant::active(Mutant::StripeOldAccepted) {
        return Err(Reject::StaleTimestamp);
    }
    if age_secs < -tolerance_secs && !unlimited && !mutant::active(Mutant::StripeFutureAccepted) {
        return Err(Reject::FutureTimestamp);
    }
    Ok(())
}

/// Whether signatures are looked at that are not written as Stripe writes them.
fn reads_loosely() -> bool {
    let loose = [
        Mutant::StripeV0Accepted,
        Mutant::StripeAnySchemeAccepted,
        Mutant::StripeUpperCaseHexAccepted,
        Mutant::StripePrefixCompared,
        Mutant::StripeShortSignatureAccepted,
    ];
    loose.into_iter().any(mutant::active)
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    object: Text<'a>,
    #[serde(borrow, rename = "type")]
    event_type: Text<'a>,
    #[serde(deserialize_with = "shape::integer")]
    created: i64,
    #[serde(borrow)]
    data: Object<Data<'a>>,
    livemode: Option<bool>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    object: Object<Subject<'a>>,
}

/// The payment intent, charge, refund, dispute, payout or whatever else the event is about.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Subject<'a> {
    #[serde(borrow)]
    id: Scalar<'a>,
    #[serde(borrow)]
    object: Scalar<'a>,
    #[serde(borrow)]
    status: Scalar<'a>,
    #[serde(borrow)]
    amount: Scalar<'a>,
    #[serde(borrow)]
    amount_received: Scalar<'a>,
    #[serde(borrow)]
    amount_refunded: Scalar<'a>,
    #[serde(borrow)]
    currency: Scalar<'a>,
    #[serde(borrow)]
    customer: Reference<'a>,
    #[serde(borrow)]
    payment_intent: Reference<'a>,
    #[serde(borrow)]
    charge: Reference<'a>,
}

/// Parses the proven body.
pub fn event(verified: &Verified) -> Result<PaymentEvent<'_>, Reject> {
    let event: Event<'_> = shape::parse(verified.text()?)?;
    let Object(Data { object: Object(mut subject) }) = event.data;
    if event.object.0 != "event" {
        return Err(Reject::WrongShape);
    }
    let event_id = identifier("id", event.id.0)?;
    let provider_event_type = identifier("type", event.event_type.0)?;
    let event_type = EventType::of_stripe(&provider_event_type);

    let object_id = match std::mem::take(&mut subject.id) {
        Scalar::Text(id) => Some(identifier("data.object.id", id)?),
        Scalar::Absent if event_type == EventType::Other => None,
        Scalar::Absent | Scalar::Integer(_) | Scalar::Other => {
            return Err(Reject::MalformedField { name: "data.object.id" });
        }
    };
    let money = money(&provider_event_type, event_type, &mut subject)?;
    // Charges, refunds and disputes belong to a payment; only those, because other objects (an invoice, a session)
    // name a payment too without being part of its history.
    let about_a_payment =
        provider_event_type.starts_with("charge.") || provider_event_type.starts_with("refund.");
    let about_a_payment = about_a_payment && !mutant::active(Mutant::StripeChargesApart);
    let payment = if about_a_payment { subject.payment_intent.0.or(subject.charge.0) } else { None };
    let transaction_id = match (payment, &object_id) {
        (Some(payment), _) => identifier("data.object.payment_intent", payment)?,
        (None, Some(id)) => id.clone(),
        (None, None) => event_id.clone(),
    };

    let mut metadata = Vec::with_capacity(3);
    metadata.extend(object_id.map(|id| ("object_id", id)));
    metadata.extend(subject.object.text().map(|kind| ("object", kind)));
    metadata.extend(event.livemode.map(|live| ("livemode", if live { "true" } else { "false" }.into())));
    Ok(PaymentEvent {
        provider: Provider::Stripe,
        event_id,
        transaction_id,
        provider_event_type,
        event_type,
        occurred_at: event_time("created", event.created)?,
        dated: true,
        money,
        status: subject.status.text(),
        customer_id: subject.customer.0,
        metadata,
    })
}

/// What was really moved: what a payment intent received, what of a charge went back.
fn money<'a>(
    provider_event_type: &str,
    event_type: EventType,
    subject: &mut Subject<'a>,
) -> Result<Option<RawMoney<'a>>, Reject> {
    let special = match provider_event_type {
        _ if mutant::active(Mutant::StripeAmountAskedFor) => Scalar::Absent,
        "payment_intent.succeeded" => std::mem::take(&mut subject.amount_received),
        "charge.refunded" => std::mem::take(&mut subject.amount_refunded),
        _ => Scalar::Absent,
    };
    let amount = if special == Scalar::Absent { std::mem::take(&mut subject.amount) } else { special };
    match (amount, std::mem::take(&mut subject.currency)) {
        (Scalar::Absent, _) => Ok(None),
        (Scalar::Integer(units), Scalar::Text(currency)) => {
            Ok(Some(RawMoney { amount: RawAmount::Units(units), currency }))
        }
        _ if event_type == EventType::Other => Ok(None),
        _ => Err(Reject::MalformedField { name: "data.object.amount" }),
    }
}

/// `scheme=value` parts. A space after a comma is tolerated; a part without `=` has an empty scheme.
fn parts(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(',').map(|part| part.trim_start_matches(' ').split_once('=').unwrap_or(("", part)))
}

/// The well-formed `v1` signatures.
fn signatures(header: &str) -> impl Iterator<Item = [u8; 32]> {
    parts(header).filter(|(scheme, _)| *scheme == "v1").filter_map(|(_, value)| lower_hex(value))
}

/// 64 lower-case hexadecimal digits.
fn lower_hex(text: &str) -> Option<[u8; 32]> {
    let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (nibble(pair[0])? << 4) | nibble(pair[1])?;
    }
    Some(bytes)
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Decimal digits and nothing else: no sign, no dot, no underscore, no space.
fn unix_seconds(text: &str) -> Option<i64> {
    let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests;
#[cfg(feature = "mutants")]
mod wrong;

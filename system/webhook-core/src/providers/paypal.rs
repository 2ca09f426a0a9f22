//! PayPal (JSON webhooks): RSA PKCS#1 v1.5 with SHA-256 over `id|time|webhook id|CRC-32 of the body`, checked offline
//! with a certificate whose address the headers name, or by asking PayPal ([`api`]). The older notifications are in [`ipn`].
//!
//! Traps: the address must be PayPal's own; `|` in the id or the time would shift fields; a CRC-32 is no hash, so the
//! caller binds the transmission id to the body's SHA-256; retries keep id and time for days.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::certificate::TrustedCertificate;
use crate::event::PaymentEvent;
use crate::headers::Headers;
use crate::mutant::{self, Mutant};
use crate::ports::signature_api::ApiClient;
use crate::provider::Provider;
use crate::providers::KeyRef;
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::unix_time::UnixTime;

pub(crate) mod api;
pub mod ipn;
mod payload;

const ID_HEADER: &str = "paypal-transmission-id";
const TIME_HEADER: &str = "paypal-transmission-time";
const SIGNATURE_HEADER: &str = "paypal-transmission-sig";
const CERT_URL_HEADER: &str = "paypal-cert-url";
const ALGORITHM_HEADER: &str = "paypal-auth-algo";

/// The one accepted algorithm.
const ALGORITHM: &str = "SHA256withRSA";

/// Hosts that serve PayPal's certificates.
const CERT_HOSTS: [&str; 4] =
    ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"];

/// Where they lie there.
const CERT_PATH: &str = "/v1/notifications/certs/";

/// Longest certificate name taken, in bytes, `CERT-` included.
const MAX_CERT_NAME_BYTES: usize = 128;

/// How old a transmission may be, in seconds: PayPal retries for 3 days, with 6 hours of slack.
pub const MAX_AGE_SECS: i64 = (3 * 24 + 6) * 3600;

/// How far in the future a transmission's time may lie, in seconds.
pub const MAX_AHEAD_SECS: i64 = 300;

/// The id that PayPal's simulator signs with: anybody can have such a message made.
pub(crate) const SIMULATOR_WEBHOOK_ID: &str = "WEBHOOK_ID";

/// Longest signature taken, in characters of base64: an RSA key of 8192 bits.
const MAX_SIGNATURE_CHARS: usize = 1368;

/// What the headers say.
#[derive(Clone)]
pub struct Claim<'h> {
    transmission_id: &'h str,
    /// Exactly as written, because this text is signed.
    transmission_time: &'h str,
    sent_at_secs: i64,
    signature: Vec<u8>,
    /// As written: base64.
    signature_text: &'h str,
    certificate_url: &'h str,
}

impl Claim<'_> {
    /// The transmission's id, a UUID; the same over retries.
    #[must_use]
    pub const fn transmission_id(&self) -> &str {
        self.transmission_id
    }
}

/// An address on one of PayPal's hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateRef<'h> {
    /// One of PayPal's hosts.
    pub host: &'static str,
    /// `/v1/notifications/certs/CERT-…`.
    pub path: &'h str,
}

/// The webhook ids of the endpoint: the current one and, during a change, the previous one. And, where PayPal is asked, whom to
/// ask as.
pub struct Secrets {
    webhook_ids: Vec<String>,
    clients: Vec<ApiClient>,
}

impl Secrets {
    /// From webhook ids. Empty ones and the simulator's are left out.
    pub fn new<'a>(webhook_ids: impl IntoIterator<Item = &'a str>) -> Self {
        let usable = webhook_ids.into_iter().filter(|id| !id.is_empty() && *id != SIMULATOR_WEBHOOK_ID);
        let mut webhook_ids: Vec<String> = usable.map(str::to_owned).collect();
        if mutant::active(Mutant::PaypalSimulatorIdAccepted) {
            webhook_ids.push(SIMULATOR_WEBHOOK_ID.to_owned());
        }
        Self { webhook_ids, clients: Vec::new() }
    }

    /// The same, with the credentials of PayPal's API; the newest first.
    #[must_use]
    pub fn with_clients(self, clients: Vec<ApiClient>) -> Self {
        Self { clients, ..self }
    }

    pub(crate) fn webhook_ids(&self) -> impl Iterator<Item = &str> {
        self.webhook_ids.iter().map(String::as_str)
    }

    pub(crate) fn clients(&self) -> &[ApiClient] {
        &self.clients
    }
}

/// What can prove a claim: the endpoint's webhook ids, and the certificate behind the claim's address.
#[derive(Clone)]
pub struct Endpoint {
    /// Whom PayPal writes to.
    pub secrets: Arc<Secrets>,
    /// Whom PayPal signs with.
    pub certificate: Arc<TrustedCertificate>,
}

/// Reads the five headers; id and time must have exactly PayPal's form.
pub fn claim<'h>(headers: &Headers<'h>) -> Result<Claim<'h>, Reject> {
    let transmission_id = headers.one(ID_HEADER)?;
    let transmission_time = headers.one(TIME_HEADER)?;
    let signature = headers.one(SIGNATURE_HEADER)?;
    let certificate_url = headers.one(CERT_URL_HEADER)?;
    if headers.one(ALGORITHM_HEADER)? != ALGORITHM && !mutant::active(Mutant::PaypalAlgorithmNotPinned) {
        return Err(Reject::UnsupportedAlgorithm);
    }
    if !is_uuid(transmission_id) && !mutant::active(Mutant::PaypalIdNotPinned) {
        return Err(Reject::MalformedTransmission { name: ID_HEADER });
    }
    #[cfg(feature = "mutants")]
    let sent_at_secs = wrong::time_secs(transmission_time);
    #[cfg(not(feature = "mutants"))]
    let sent_at_secs = rfc3339_secs(transmission_time);
    let sent_at_secs = sent_at_secs.ok_or(Reject::MalformedTransmission { name: TIME_HEADER })?;
    if signature.is_empty() || signature.len() > MAX_SIGNATURE_CHARS {
        return Err(Reject::MalformedSignature);
    }
    let signature_text = signature;
    let signature = STANDARD.decode(signature).map_err(|_| Reject::MalformedSignature)?;
    Ok(Claim { transmission_id, transmission_time, sent_at_secs, signature, signature_text, certificate_url })
}

/// The endpoint's webhook id and the certificate, if its address is one of PayPal's own.
pub fn key_wanted<'h>(claim: &Claim<'h>) -> Result<KeyRef<'h>, Reject> {
    #[cfg(feature = "mutants")]
    if let Some(reference) = wrong::certificate_ref(claim.certificate_url) {
        return Ok(KeyRef::SecretAndCertificate(reference));
    }
    certificate_ref(claim.certificate_url).map(KeyRef::SecretAndCertificate).ok_or(Reject::CertificateUrl)
}

/// Accepts a body whose CRC-32 was signed for one of the endpoint's webhook ids at most [`MAX_AGE_SECS`] before and
/// [`MAX_AHEAD_SECS`] after `now`. The caller must still bind the transmission id to the body.
pub fn verify(
    claim: &Claim<'_>,
    body: RawBody,
    endpoint: &Endpoint,
    now: UnixTime,
) -> Result<Verified, Reject> {
    check_freshness(claim, now)?;
    endpoint.certificate.check_validity(now)?;
    let crc32 = crc32fast::hash(body.bytes());
    let crc32 = if mutant::active(Mutant::PaypalSignedCrc) {
        i64::from(crc32.cast_signed())
    } else {
        i64::from(crc32)
    };
    let proven = endpoint.secrets.webhook_ids.iter().any(|webhook_id| {
        let message = format!("{}|{}|{webhook_id}|{crc32}", claim.transmission_id, claim.transmission_time);
        endpoint.certificate.signed(message.as_bytes(), &claim.signature)
    });
    if proven || mutant::active(Mutant::AcceptAnySignature) {
        Ok(Verified::new(Provider::Paypal, body))
    } else {
        Err(Reject::SignatureMismatch)
    }
}

/// Refuses what was sent more than [`MAX_AGE_SECS`] before or [`MAX_AHEAD_SECS`] after `now`. Can be asked before anything is fetched.
pub(crate) fn check_freshness(claim: &Claim<'_>, now: UnixTime) -> Result<(), Reject> {
    let age_secs = now.secs().saturating_sub(claim.sent_at_secs);
    let max_age_secs = if mutant::active(Mutant::PaypalRetriesRefused) { 300 } else { MAX_AGE_SECS };
    if age_secs > max_age_secs && !mutant::active(Mutant::PaypalOldAccepted) {
        Err(Reject::StaleTimestamp)
    } else if age_secs < -MAX_AHEAD_SECS && !mutant::active(Mutant::PaypalFutureAccepted) {
        Err(Reject::FutureTimestamp)
    } else {
        Ok(())
    }
}

/// Parses the proven body.
pub fn event(verified: &Verified) -> Result<PaymentEvent<'_>, Reject> {
    match verified.notified_at() {
        None => payload::event(verified.text()?),
        Some(received_at) => ipn::event(verified, received_at),
    }
}

/// `https`, one of four hosts as written, the one folder, one name. Nothing is decoded or normalized, so no other spelling
/// of an address gets through.
fn certificate_ref(url: &str) -> Option<CertificateRef<'_>> {
    let rest = url.strip_prefix("https://")?;
    let (host, _) = rest.split_once('/')?;
    let path = rest.strip_prefix(host)?;
    let host = CERT_HOSTS.into_iter().find(|known| *known == host)?;
    if mutant::active(Mutant::PaypalCertFromOneHost) && host != CERT_HOSTS[0] {
        return None;
    }
    let name = path.strip_prefix(CERT_PATH)?;
    let tail = name.strip_prefix("CERT-")?;
    let plain = !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (plain && name.len() <= MAX_CERT_NAME_BYTES).then_some(CertificateRef { host, path })
}

/// 8-4-4-4-12 hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// RFC 3339 with `T`; the parser alone would take any separator, `|` too.
fn rfc3339_secs(text: &str) -> Option<i64> {
    let plain = text.len() <= 40
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'T' | b'Z' | b'.' | b'+'));
    if !plain || text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests;
#[cfg(feature = "mutants")]
mod wrong;

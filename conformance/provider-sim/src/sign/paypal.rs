//! PayPal: RSA (PKCS#1 v1.5, SHA-256) over `id|time|webhookId|crc32`, the CRC-32 of the raw body as an unsigned
//! decimal. Id and time belong to the event: they are the same on every repeated delivery.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{KeyPair, SigningKey as _};

use crate::delivery::Headers;
use crate::dice::Dice;
use crate::ids;

/// Names of the five headers.
pub(crate) const TRANSMISSION_ID: &str = "paypal-transmission-id";
pub(crate) const TRANSMISSION_TIME: &str = "paypal-transmission-time";
pub(crate) const SIGNATURE: &str = "paypal-transmission-sig";
pub(crate) const CERT_URL: &str = "paypal-cert-url";
pub(crate) const AUTH_ALGO: &str = "paypal-auth-algo";

/// The only algorithm PayPal uses.
pub(crate) const ALGORITHM: &str = "SHA256withRSA";

/// The text that is signed.
pub(crate) fn message(transmission_id: &str, time: &str, webhook_id: &str, body: &[u8]) -> String {
    format!("{transmission_id}|{time}|{webhook_id}|{}", crc32fast::hash(body))
}

/// The signature of a message, in base64. An RSA operation of about a millisecond.
///
/// The empty text if the key refuses to sign, which a key made by this crate does not: the delivery is then
/// rejected, and shows up as such, rather than ending the run.
pub(crate) fn signature(key: &KeyPair, message: &str) -> String {
    key.sign(message.as_bytes()).map(|signature| STANDARD.encode(signature)).unwrap_or_default()
}

/// The transmission id of an event, always the same.
pub(crate) fn transmission_id(event_id: &str) -> String {
    ids::transmission_id(&mut Dice::of_text(event_id))
}

/// What a delivery says about its transmission.
pub(crate) struct Transmission {
    pub(crate) id: String,
    pub(crate) time: String,
    pub(crate) signature: String,
    pub(crate) cert_url: String,
    pub(crate) algorithm: String,
}

/// All headers of a delivery.
pub(crate) fn headers(transmission: Transmission) -> Headers {
    let correlation = transmission.id.bytes().filter(|b| *b != b'-').take(13).map(char::from).collect();
    vec![
        ("content-type", "application/json".to_owned()),
        ("accept", "*/*".to_owned()),
        ("user-agent", "PayPal/AUHR-214.0-58843202".to_owned()),
        ("correlation-id", correlation),
        ("paypal-auth-version", "v2".to_owned()),
        (AUTH_ALGO, transmission.algorithm),
        (CERT_URL, transmission.cert_url),
        (TRANSMISSION_ID, transmission.id),
        (SIGNATURE, transmission.signature),
        (TRANSMISSION_TIME, transmission.time),
    ]
}

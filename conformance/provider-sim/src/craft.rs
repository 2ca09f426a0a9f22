//! Signatures from their parts, each of which may be chosen: for whoever wants to try exactly one deviation. The signing
//! itself is that of [`sign`](crate::sign).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::keys::Keys;
use crate::provider::Provider;
use crate::sign::mac::MacKey;
use crate::sign::{paypal, square, stripe};

/// Which key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The endpoint's.
    Genuine,
    /// Nobody's.
    Wrong,
    /// That of another provider's endpoint.
    OtherProvider,
    /// Stripe's secret without its `whsec_`; elsewhere the genuine one.
    WithoutPrefix,
    /// The empty key of an HMAC; at PayPal nobody's.
    Empty,
}

/// A key that is in no [`Keys`].
const NOBODYS: &str = "whsec_nobody00000000000000000000000000";

/// Stripe: lower-case hex of the HMAC-SHA256 of `{time}.` and the body, whatever the time's text is.
#[must_use]
pub fn stripe_mac(keys: &Keys, key: Key, time: &str, body: &[u8]) -> String {
    stripe::hex(&mac_key(keys, Provider::Stripe, key).sign(&[time.as_bytes(), b".", body]))
}

/// Square: base64 of the HMAC-SHA256 of URL and body.
#[must_use]
pub fn square_mac(keys: &Keys, key: Key, url: &str, body: &[u8]) -> String {
    square::signature(&mac_key(keys, Provider::Square, key), url, body)
}

/// Square: the older header's base64 of the HMAC-SHA1 of URL and body, always with the genuine key.
#[must_use]
pub fn square_sha1(keys: &Keys, url: &str, body: &[u8]) -> String {
    square::old_signature(&keys.square.key, url, body)
}

/// The URL that Square signs for these keys.
#[must_use]
pub fn square_url(keys: &Keys) -> &str {
    &keys.square.notification_url
}

/// PayPal: base64 of the RSA signature of a message `id|time|webhook id|crc32`.
#[must_use]
pub fn paypal_signature(keys: &Keys, key: Key, message: &str) -> String {
    match key {
        Key::Genuine | Key::WithoutPrefix => paypal::signature(&keys.paypal.leaf, message),
        Key::OtherProvider => STANDARD.encode(keys.stripe.mac.sign(&[message.as_bytes()])),
        Key::Wrong | Key::Empty => {
            keys.paypal.forger().map(|key| paypal::signature(key, message)).unwrap_or_default()
        }
    }
}

/// PayPal: the text that is signed.
#[must_use]
pub fn paypal_message(id: &str, time: &str, webhook_id: &str, crc32: &str) -> String {
    format!("{id}|{time}|{webhook_id}|{crc32}")
}

/// The CRC-32 of a body, as the decimal that PayPal signs.
#[must_use]
pub fn crc32(body: &[u8]) -> String {
    crc32fast::hash(body).to_string()
}

/// The merchant's webhook id at PayPal.
#[must_use]
pub fn paypal_webhook_id(keys: &Keys) -> &str {
    &keys.paypal.webhook_id
}

/// The last segment of the URL of PayPal's certificate.
#[must_use]
pub fn paypal_cert_name(keys: &Keys) -> &str {
    &keys.paypal.cert_name
}

/// Certificates of PayPal's signing pair that a receiver must not believe, each wrong in one way (`untrusted`, `other-name`,
/// `expired`, `not-yet-valid`): what is wrong, and the last segment of its URL. The stand-in serves them.
pub fn paypal_false_certificates(keys: &Keys) -> impl Iterator<Item = (&'static str, &str)> {
    keys.paypal.false_certificates.iter().map(|one| (one.flaw, one.name.as_str()))
}

fn mac_key(keys: &Keys, provider: Provider, key: Key) -> MacKey {
    let of_stripe = matches!(provider, Provider::Stripe);
    let (own, others) = match of_stripe {
        true => (&keys.stripe.mac, &keys.square.mac),
        false => (&keys.square.mac, &keys.stripe.mac),
    };
    match key {
        Key::Genuine => own.clone(),
        Key::WithoutPrefix if of_stripe => {
            let secret = keys.stripe.secret.as_str();
            MacKey::new(secret.strip_prefix("whsec_").unwrap_or(secret).as_bytes())
        }
        Key::WithoutPrefix => own.clone(),
        Key::OtherProvider => others.clone(),
        Key::Wrong => MacKey::new(NOBODYS.as_bytes()),
        Key::Empty => MacKey::new(b""),
    }
}

#[cfg(test)]
mod tests;

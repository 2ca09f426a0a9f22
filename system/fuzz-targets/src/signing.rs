//! Genuine signatures, for the rule that what is genuine is taken whatever stands around it.

use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use webhook_core::providers::{Endpoint, square, stripe};

/// The URL of the Square subscription.
pub(crate) const SQUARE_URL: &str = "https://api.example/dev/api/v1/webhooks/square";

/// 64 lower-case hexadecimal digits over `{time}.{body}`.
pub(crate) fn stripe(secret: &str, time: &str, body: &[u8]) -> String {
    mac(secret, &[time.as_bytes(), b".", body]).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base64 over the URL and the body.
pub(crate) fn square(key: &str, body: &[u8]) -> String {
    STANDARD.encode(mac(key, &[SQUARE_URL.as_bytes(), body]))
}

/// A Stripe endpoint with this secret.
pub(crate) fn stripe_endpoint(secret: &str) -> Endpoint {
    Endpoint::Stripe(Arc::new(stripe::Secrets::new([secret])))
}

/// A Square endpoint with this key.
pub(crate) fn square_endpoint(key: &str) -> Endpoint {
    Endpoint::Square(Arc::new(square::Secrets::new([(key, SQUARE_URL)])))
}

fn mac(key: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()));
    parts.iter().for_each(|part| mac.update(part));
    mac.sign().as_ref().to_vec()
}

//! For tests: what a receiver that makes no mistake says of a delivery, written in the plainest way.

use std::sync::LazyLock;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::delivery::Delivery;
use crate::keys::Keys;
use crate::provider::Provider;
use crate::sign::{paypal, square, stripe};

pub(crate) const NOW_MS: i64 = 1_795_285_369_123;
pub(crate) const SQUARE_URL: &str = "https://example.com/dev/api/v1/webhooks/square";

/// One set of keys for all tests: an RSA pair takes a while.
pub(crate) static KEYS: LazyLock<Keys> = LazyLock::new(|| Keys::generate(7, SQUARE_URL).expect("keys"));

/// Whether the proof fits the body and the time.
pub(crate) fn genuine(keys: &Keys, delivery: &Delivery, now_ms: i64) -> bool {
    match delivery.provider {
        Provider::Stripe => stripe_ok(keys, delivery, now_ms),
        Provider::Paypal => paypal_ok(keys, delivery),
        Provider::Square => square_ok(keys, delivery),
    }
}

fn stripe_ok(keys: &Keys, delivery: &Delivery, now_ms: i64) -> bool {
    let parts: Vec<(&str, &str)> = delivery
        .header(stripe::SIGNATURE)
        .unwrap_or_default()
        .split(',')
        .filter_map(|p| p.split_once('='))
        .collect();
    let times: Vec<i64> =
        parts.iter().filter(|(n, _)| *n == "t").filter_map(|(_, v)| v.parse().ok()).collect();
    let [t] = times.as_slice() else { return false };
    let right = stripe::signature(&keys.stripe.mac, *t, &delivery.body);
    (t - now_ms / 1000).abs() <= 300 && parts.iter().any(|(n, v)| *n == "v1" && *v == right)
}

fn square_ok(keys: &Keys, delivery: &Delivery) -> bool {
    let right = square::signature(&keys.square.mac, SQUARE_URL, &delivery.body);
    delivery.header(square::SIGNATURE) == Some(right.as_str())
}

/// Signature, algorithm and URL; time and memory are the tests' own business.
fn paypal_ok(keys: &Keys, delivery: &Delivery) -> bool {
    delivery.header(paypal::AUTH_ALGO) == Some(paypal::ALGORITHM)
        && delivery.header(paypal::CERT_URL) == Some(keys.paypal.cert_url.as_str())
        && paypal_signature_ok(keys, delivery)
}

/// The RSA signature alone.
pub(crate) fn paypal_signature_ok(keys: &Keys, delivery: &Delivery) -> bool {
    let value = |name| delivery.header(name).unwrap_or_default();
    let message = paypal::message(
        value(paypal::TRANSMISSION_ID),
        value(paypal::TRANSMISSION_TIME),
        &keys.paypal.webhook_id,
        &delivery.body,
    );
    let Ok(signature) = STANDARD.decode(value(paypal::SIGNATURE)) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, keys.paypal.leaf.public_key_raw())
        .verify(message.as_bytes(), &signature)
        .is_ok()
}

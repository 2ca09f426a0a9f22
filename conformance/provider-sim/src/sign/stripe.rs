//! Stripe: HMAC-SHA256, keyed with the whole `whsec_…` text, of `{t}.` and the raw body, in lower-case hex.

use crate::delivery::Headers;
use crate::sign::mac::MacKey;

/// Name of the header with time and signatures.
pub(crate) const SIGNATURE: &str = "stripe-signature";

/// The signature of `body` at `t`, in lower-case hex.
pub(crate) fn signature(key: &MacKey, t: i64, body: &[u8]) -> String {
    hex(&key.sign(&[t.to_string().as_bytes(), b".", body]))
}

/// The header's value for one genuine signature.
pub(crate) fn header(t: i64, signature: &str) -> String {
    format!("t={t},v1={signature}")
}

/// All headers of a delivery at the Unix time `t` (seconds).
pub(crate) fn headers(key: &MacKey, t: i64, body: &[u8]) -> Headers {
    with_signature(header(t, &signature(key, t, body)))
}

/// All headers, with this value for the signature.
pub(crate) fn with_signature(value: String) -> Headers {
    vec![
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("accept", "*/*; q=0.5, application/xml".to_owned()),
        ("cache-control", "no-cache".to_owned()),
        ("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)".to_owned()),
        (SIGNATURE, value),
    ]
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

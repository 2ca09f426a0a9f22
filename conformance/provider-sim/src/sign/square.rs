//! Square: base64 of HMAC-SHA256 over the subscription's notification URL and the raw body. No time is signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::delivery::Headers;
use crate::rfc3339::{self, Precision};
use crate::sign::mac::MacKey;

/// Name of the header with the signature.
pub(crate) const SIGNATURE: &str = "x-square-hmacsha256-signature";
/// Name of the older header, signed with SHA-1, which a receiver must not trust.
pub(crate) const OLD_SIGNATURE: &str = "x-square-signature";

/// The signature of `body` sent to `url`.
pub(crate) fn signature(key: &MacKey, url: &str, body: &[u8]) -> String {
    STANDARD.encode(key.sign(&[url.as_bytes(), body]))
}

/// The older signature: base64 of HMAC-SHA1 over the same text.
pub(crate) fn old_signature(key: &str, url: &str, body: &[u8]) -> String {
    use aws_lc_rs::hmac::{Context, HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key};
    let mut context = Context::with_key(&Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes()));
    context.update(url.as_bytes());
    context.update(body);
    STANDARD.encode(context.sign())
}

/// All headers of a first delivery, begun at `now_ms`, with this signature.
pub(crate) fn headers(signature: String, now_ms: i64) -> Headers {
    vec![
        ("content-type", "application/json".to_owned()),
        ("user-agent", "Square Connect v2".to_owned()),
        ("square-environment", "Production".to_owned()),
        ("square-initial-delivery-timestamp", rfc3339::text(now_ms, Precision::Seconds)),
        (SIGNATURE, signature),
    ]
}

/// What Square gives as the reason for a repeated delivery.
pub(crate) const RETRY_REASONS: [&str; 3] = ["HTTP_ERROR", "HTTP_TIMEOUT", "OTHER"];

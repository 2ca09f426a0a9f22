//! Everything a forger may try, each under its own name. A forged delivery is as close to a genuine one as the
//! attack allows: only the named thing is wrong, so that a receiver that misses the one check lets it in.

mod body;
mod certificate_url;
mod crc32;
mod headers;

use rand::Rng;

use crate::delivery::{Delivery, sign};
use crate::event::Event;
use crate::keys::Keys;
use crate::provider::Provider;

/// A way of tampering with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tampering {
    /// Signed as it should be, with a key that is not the endpoint's.
    WrongKey,
    /// Genuinely signed, but longer ago than the provider's tolerance: 300 s at Stripe, 3 days at PayPal.
    StaleTimestamp,
    /// Genuinely signed for a time too far ahead.
    FutureTimestamp,
    /// One bit of a genuine body flipped, within the event id: the JSON is whole and the id another one.
    BodyBitFlip,
    /// The same JSON value written with other whitespace under the signature of the original.
    ReserializedJson,
    /// Only an older scheme vouches for the body: Stripe's `v0`, Square's SHA-1 header, PayPal's `SHA1withRSA`.
    V0Downgrade,
    /// The genuine signature, cut short.
    TruncatedSignature,
    /// No signature: an empty value, or no header at all.
    EmptySignature,
    /// The genuine signature, twice in one value; at Stripe also an old capture with a second, fresh `t`.
    DuplicatedSignature,
    /// Square: signed for the notification URL on another host, and sent with that `Host`.
    HostSwap,
    /// An HMAC with the secret of another provider's endpoint.
    OtherProvidersSecret,
    /// PayPal: genuinely signed, but the certificate's URL is not one PayPal would use.
    CertificateUrlSwap,
    /// PayPal: captured headers over another body with the same CRC-32.
    CrcCollision,
    /// Captured headers of one event over the body of another.
    Replay,
}

impl Tampering {
    /// Every way, in the order of DESIGN.md.
    pub const ALL: [Self; 14] = [
        Self::WrongKey,
        Self::StaleTimestamp,
        Self::FutureTimestamp,
        Self::BodyBitFlip,
        Self::ReserializedJson,
        Self::V0Downgrade,
        Self::TruncatedSignature,
        Self::EmptySignature,
        Self::DuplicatedSignature,
        Self::HostSwap,
        Self::OtherProvidersSecret,
        Self::CertificateUrlSwap,
        Self::CrcCollision,
        Self::Replay,
    ];

    /// The name in plans and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongKey => "wrong-key",
            Self::StaleTimestamp => "stale-timestamp",
            Self::FutureTimestamp => "future-timestamp",
            Self::BodyBitFlip => "body-bit-flip",
            Self::ReserializedJson => "reserialized-json",
            Self::V0Downgrade => "v0-downgrade",
            Self::TruncatedSignature => "truncated-signature",
            Self::EmptySignature => "empty-signature",
            Self::DuplicatedSignature => "duplicated-signature",
            Self::HostSwap => "host-swap",
            Self::OtherProvidersSecret => "other-providers-secret",
            Self::CertificateUrlSwap => "certificate-url-swap",
            Self::CrcCollision => "crc-collision",
            Self::Replay => "replay",
        }
    }

    /// Whether the attack means anything at this provider. Square signs no time, so nothing there can be stale.
    #[must_use]
    pub const fn applies_to(self, provider: Provider) -> bool {
        match self {
            Self::StaleTimestamp | Self::FutureTimestamp => !matches!(provider, Provider::Square),
            Self::HostSwap => matches!(provider, Provider::Square),
            Self::CertificateUrlSwap | Self::CrcCollision => matches!(provider, Provider::Paypal),
            _ => true,
        }
    }

    /// Whether the receiver must have accepted the genuine delivery before it can tell the forged one: only what it
    /// remembers of the first body speaks against a second one with the same CRC-32.
    #[must_use]
    pub const fn needs_captured(self) -> bool {
        matches!(self, Self::CrcCollision)
    }

    /// The status a receiver should answer.
    #[must_use]
    pub const fn expected_status(self) -> u16 {
        401
    }

    /// Every status a correct receiver may answer: 401; also 400 where the request can be called unreadable before
    /// any signature is checked (a header that is missing, empty or of no allowed form).
    #[must_use]
    pub const fn allowed_statuses(self, provider: Provider) -> &'static [u16] {
        match (self, provider) {
            (
                Self::EmptySignature
                | Self::TruncatedSignature
                | Self::DuplicatedSignature
                | Self::V0Downgrade
                | Self::CertificateUrlSwap,
                _,
            )
            | (Self::OtherProvidersSecret, Provider::Paypal) => &[401, 400],
            _ => &[401],
        }
    }
}

/// A forged delivery of an event that is sent in no other way: if it was let in, the event's own id in a store
/// gives it away, or the one in [`Delivery::id_in_body`] where the attack needs a second body (bit flip, CRC
/// collision, replay).
///
/// Where [`Tampering::needs_captured`] says so, the event must be one whose delivery by [`sign`] was accepted.
/// A tampering that does not apply to the event's provider is [`Tampering::WrongKey`] instead.
#[must_use]
pub fn forge(keys: &Keys, event: &Event, tampering: Tampering, now_ms: i64, rng: &mut impl Rng) -> Delivery {
    if needs_genuine_headers(tampering, event.provider) {
        return with_captured_headers(&sign(keys, event, now_ms), tampering, rng);
    }
    headers::attack(keys, Delivery::of(event, Vec::new()), tampering, now_ms, rng)
}

/// A forged delivery made from a captured genuine one, whose event the receiver knows already: the forged body
/// carries an event id that was never sent, [`Delivery::id_in_body`], so that a trace of it can be told from the
/// captured event's. Except after [`Tampering::ReserializedJson`], which may change no value.
///
/// A tampering that does not apply to the delivery's provider is [`Tampering::WrongKey`] instead.
#[must_use]
pub fn forge_from(
    keys: &Keys,
    captured: &Delivery,
    tampering: Tampering,
    now_ms: i64,
    rng: &mut impl Rng,
) -> Delivery {
    if needs_genuine_headers(tampering, captured.provider) {
        return with_captured_headers(captured, tampering, rng);
    }
    headers::attack(keys, body::other_event(captured, rng), tampering, now_ms, rng)
}

/// Whether the attack leaves genuine headers as they are and changes the body under them.
fn needs_genuine_headers(tampering: Tampering, provider: Provider) -> bool {
    tampering.applies_to(provider)
        && matches!(
            tampering,
            Tampering::BodyBitFlip
                | Tampering::ReserializedJson
                | Tampering::CrcCollision
                | Tampering::Replay
        )
}

fn with_captured_headers(captured: &Delivery, tampering: Tampering, rng: &mut impl Rng) -> Delivery {
    match tampering {
        Tampering::BodyBitFlip => body::bit_flipped(captured, rng),
        Tampering::ReserializedJson => body::reserialized(captured),
        Tampering::CrcCollision => body::colliding(captured, rng),
        _ => body::other_payment(captured, rng),
    }
}

#[cfg(test)]
mod tests;

//! Who sent this, can it be proven, and what does it say: one file a provider, each with the same four functions
//! in the same order, dispatched here by exhaustive `match`. Adding a provider means adding the variant and following
//! the compiler.
//!
//! Pure: no I/O, no clock, no environment. What a check needs from outside is named by [`key_wanted`] and handed
//! to [`verify`] as an [`Endpoint`].

pub mod paypal;
pub mod square;
pub mod stripe;
pub mod verified;
#[cfg(feature = "mutants")]
mod wrong;

use std::sync::Arc;

use crate::event::PaymentEvent;
use crate::headers::Headers;
use crate::provider::Provider;
use crate::reject::Reject;
use crate::unix_time::UnixTime;
use verified::{RawBody, Verified};

/// What the sender says about itself: read from the headers, not proven.
#[derive(Clone)]
pub enum Claim<'h> {
    /// From `Stripe-Signature`.
    Stripe(stripe::Claim<'h>),
    /// From the `PAYPAL-…` headers.
    Paypal(paypal::Claim<'h>),
    /// From `x-square-hmacsha256-signature`.
    Square(square::Claim),
}

impl Claim<'_> {
    /// The id under which a transmission must always have the same body, where the provider's signature does not
    /// cover the body by itself (PayPal signs a CRC-32 only).
    #[must_use]
    pub const fn transmission_id(&self) -> Option<&str> {
        match self {
            Self::Paypal(claim) => Some(claim.transmission_id()),
            Self::Stripe(_) | Self::Square(_) => None,
        }
    }
}

/// What the caller must fetch before [`verify`] can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRef<'h> {
    /// The endpoint's own secret.
    Secret,
    /// The endpoint's own secret, and a certificate of the provider.
    SecretAndCertificate(paypal::CertificateRef<'h>),
}

/// What this system knows about the endpoint a delivery came to: the keys that can prove it. Without `Debug`.
#[derive(Clone)]
pub enum Endpoint {
    /// Signing secrets of the Stripe endpoint.
    Stripe(Arc<stripe::Secrets>),
    /// Webhook ids at PayPal, and the certificate the claim named.
    Paypal(paypal::Endpoint),
    /// The same without a certificate: PayPal itself is asked, so nothing can be proven offline.
    PaypalApi(Arc<paypal::Secrets>),
    /// Signature keys of the Square subscription, with the notification URL.
    Square(Arc<square::Secrets>),
}

/// Reads what the sender says. No proof yet.
pub fn claim<'h>(provider: Provider, headers: &Headers<'h>) -> Result<Claim<'h>, Reject> {
    match provider {
        Provider::Stripe => stripe::claim(headers).map(Claim::Stripe),
        Provider::Paypal => paypal::claim(headers).map(Claim::Paypal),
        Provider::Square => square::claim(headers).map(Claim::Square),
    }
}

/// Names what must be fetched to check the claim; refuses claims that point to something of the sender's own choice.
pub fn key_wanted<'h>(claim: &Claim<'h>) -> Result<KeyRef<'h>, Reject> {
    match claim {
        Claim::Stripe(claim) => stripe::key_wanted(claim),
        Claim::Paypal(claim) => paypal::key_wanted(claim),
        Claim::Square(claim) => square::key_wanted(claim),
    }
}

/// Checks the claim against the raw body, in constant time as far as secrets are concerned. An endpoint of another
/// provider proves nothing.
pub fn verify(
    claim: &Claim<'_>,
    body: RawBody,
    endpoint: &Endpoint,
    now: UnixTime,
) -> Result<Verified, Reject> {
    match (claim, endpoint) {
        (Claim::Stripe(claim), Endpoint::Stripe(secrets)) => stripe::verify(claim, body, secrets, now),
        (Claim::Paypal(claim), Endpoint::Paypal(endpoint)) => paypal::verify(claim, body, endpoint, now),
        (Claim::Square(claim), Endpoint::Square(secrets)) => square::verify(claim, body, secrets, now),
        (Claim::Stripe(_) | Claim::Paypal(_) | Claim::Square(_), _) => Err(Reject::SignatureMismatch),
    }
}

/// Parses a proven body. Money is kept as written; it is judged by [`normalize`](crate::normalize).
pub fn event(verified: &Verified) -> Result<PaymentEvent<'_>, Reject> {
    let event = match verified.provider() {
        Provider::Stripe => stripe::event(verified),
        Provider::Paypal => paypal::event(verified),
        Provider::Square => square::event(verified),
    };
    #[cfg(feature = "mutants")]
    let event = event.map(wrong::event);
    event
}

#[cfg(test)]
mod tests;

//! The proof that a body is genuine, as a type. Outside this folder nobody can make one.

use bytes::Bytes;

use crate::envelope::{Content, Envelope};
use crate::mutant::{self, Mutant};
use crate::provider::Provider;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// Largest body taken, in bytes: small enough to travel inline to the processor (an asynchronous invocation
/// carries at most 1 MB, 256 KB before October 2025).
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A body as received, byte for byte, of which nothing is known but its size. Without `Debug`: it may hold personal data.
#[derive(Clone)]
pub struct RawBody(Bytes);

impl RawBody {
    /// Takes at most [`MAX_BODY_BYTES`].
    pub fn new(body: Bytes) -> Result<Self, Reject> {
        let max_bytes = if mutant::active(Mutant::LargeBodiesTaken) {
            usize::MAX
        } else if mutant::active(Mutant::SmallBodiesOnly) {
            MAX_BODY_BYTES / 4
        } else {
            MAX_BODY_BYTES
        };
        if body.len() > max_bytes { Err(Reject::TooLarge) } else { Ok(Self(body)) }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }
}

/// A body that a provider's `verify` accepted. Without `Debug`: it may hold personal data.
#[derive(Clone)]
pub struct Verified {
    provider: Provider,
    body: Bytes,
    form: Form,
}

/// How a proven body is to be read.
#[derive(Clone, Copy)]
enum Form {
    Json,
    /// A notification that may have no time of its own but when it was received.
    Ipn {
        received_at: UnixTime,
    },
}

impl Verified {
    pub(in crate::providers) fn new(provider: Provider, body: RawBody) -> Self {
        Self { provider, body: body.0, form: Form::Json }
    }

    /// A body that nobody has proven, taken for one that was: what the type is there to prevent.
    #[cfg(feature = "mutants")]
    pub(crate) fn believed(provider: Provider, body: RawBody) -> Self {
        Self::new(provider, body)
    }

    /// A notification that the provider has confirmed.
    pub(in crate::providers) fn confirmed(provider: Provider, body: RawBody, received_at: UnixTime) -> Self {
        Self { provider, body: body.0, form: Form::Ipn { received_at } }
    }

    /// What it is.
    #[must_use]
    pub const fn content(&self) -> Content {
        match self.form {
            Form::Json => Content::Json,
            Form::Ipn { .. } => Content::Ipn,
        }
    }

    /// When it was received, for a form-encoded notification; `None` for a JSON webhook.
    pub(crate) const fn notified_at(&self) -> Option<UnixTime> {
        match self.form {
            Form::Json => None,
            Form::Ipn { received_at } => Some(received_at),
        }
    }

    /// Who signed it.
    #[must_use]
    pub const fn provider(&self) -> Provider {
        self.provider
    }

    /// The body, byte for byte.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.body
    }

    /// The body as text; [`Reject::NotUtf8`] if it is none.
    pub fn text(&self) -> Result<&str, Reject> {
        std::str::from_utf8(&self.body).map_err(|_| Reject::NotUtf8)
    }
}

impl Envelope {
    /// The processor's way to a proven body. The signature was checked by the validator that made the envelope, and
    /// only validators' roles are allowed to invoke the processor (`lambda:InvokeFunction` on its ARN): the guard is
    /// IAM, not a second check. The signature headers do not travel, so that they need not be kept anywhere.
    ///
    /// `None` where the envelope itself says that nobody has proven its body yet.
    #[must_use]
    pub fn into_verified(self) -> Option<Verified> {
        let form = match self.content {
            Content::Json => Form::Json,
            Content::Ipn if self.provider == Provider::Paypal => Form::Ipn { received_at: self.received_at },
            Content::Ipn | Content::IpnUnproven => return None,
        };
        Some(Verified { provider: self.provider, body: Bytes::from(self.body), form })
    }
}

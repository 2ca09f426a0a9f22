//! The three providers. Written again here: the harness does not share the system's type.

use std::fmt;
use std::str::FromStr;

/// A provider that sends webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Stripe: HMAC-SHA256 with a timestamp in the signed text.
    Stripe,
    /// PayPal (JSON webhooks): RSA over the body's CRC-32.
    Paypal,
    /// Square: HMAC-SHA256 over the notification URL and the body.
    Square,
}

impl Provider {
    /// Every provider, in the order reports print them.
    pub const ALL: [Self; 3] = [Self::Stripe, Self::Paypal, Self::Square];

    /// The name in paths and reports: `stripe`, `paypal` or `square`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
            Self::Square => "square",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such provider: expected stripe, paypal or square")]
pub struct UnknownProvider;

impl FromStr for Provider {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, UnknownProvider> {
        match text {
            "stripe" => Ok(Self::Stripe),
            "paypal" => Ok(Self::Paypal),
            "square" => Ok(Self::Square),
            _ => Err(UnknownProvider),
        }
    }
}

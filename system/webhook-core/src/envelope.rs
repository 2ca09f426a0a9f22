//! What a validator hands to the processor through the asynchronous invocation.

use serde::{Deserialize, Serialize};

use crate::provider::Provider;
use crate::unix_time::UnixTime;

/// A delivery on its way to the processor. The body travels inline (at most 256 KiB), so that the
/// processor needs no read access to the raw bucket.
///
/// The processor trusts an envelope because only the validators' roles may invoke it (`lambda:InvokeFunction`): what it says is
/// proven was verified, and of what is not it will ask PayPal.
/// Deliberately without `Debug`: the body must not reach a log line.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// Who sent the event.
    pub provider: Provider,
    /// The provider's id of the event: `evt_…`, `WH-…` or Square's `event_id`.
    pub event_id: String,
    /// When the validator received the delivery.
    pub received_at: UnixTime,
    /// Where the raw bytes lie in the raw-payload bucket.
    pub raw_key: String,
    /// The raw body, byte for byte (verified bodies are valid UTF-8).
    pub body: String,
    /// What the body is. Absent in an envelope of a JSON webhook, also in those written before there was anything else.
    #[serde(default, skip_serializing_if = "Content::is_json")]
    pub content: Content,
}

/// What an envelope carries, and whether it was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// A JSON webhook whose signature a validator checked.
    #[default]
    Json,
    /// One of PayPal's form-encoded notifications, which nobody has proven yet: PayPal is asked before it is processed.
    IpnUnproven,
    /// One that PayPal has confirmed: a replay from the raw bucket, where only confirmed ones lie.
    Ipn,
}

impl Content {
    /// Whether it is a JSON webhook.
    #[must_use]
    pub const fn is_json(&self) -> bool {
        matches!(self, Self::Json)
    }
}

#[cfg(test)]
mod tests;

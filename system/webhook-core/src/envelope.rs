//! What a validator hands to the processor through the asynchronous invocation.

use serde::{Deserialize, Serialize};

use crate::provider::Provider;
use crate::unix_time::UnixTime;

/// A verified delivery on its way to the processor. The body travels inline (at most 256 KiB), so that the
/// processor needs no read access to the raw bucket.
///
/// The processor trusts an envelope because only the validators' roles may invoke it (`lambda:InvokeFunction`).
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
}

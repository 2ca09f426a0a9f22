//! One event as its provider knows it, before it is signed for a delivery.

use std::fmt;

use bytes::Bytes;

use crate::provider::Provider;

/// An event with its raw body. Cloning copies two short strings and shares the body.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Whose event it is.
    pub provider: Provider,
    /// The provider's id of the event, by which a receiver deduplicates: `evt_…`, `WH-…`, or a UUID at Square.
    pub event_id: String,
    /// The payment's own id, shared by its refunds and disputes. Stripe: the payment intent, or the charge where
    /// there is none; PayPal: the capture, sale, authorization or order; Square: the payment. Payouts, and
    /// events without a payment, stand for themselves with their object's id.
    pub transaction_id: String,
    /// The provider's own name of the type, e.g. `charge.refunded`.
    pub event_type: &'static str,
    /// When the event happened, in milliseconds since the Unix epoch (the body may say it less precisely).
    pub created_ms: i64,
    /// The raw body, byte for byte as it goes over the wire.
    pub body: Bytes,
}

/// Without the body: it holds (made-up) personal fields, as a real one does.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("provider", &self.provider)
            .field("event_id", &self.event_id)
            .field("transaction_id", &self.transaction_id)
            .field("event_type", &self.event_type)
            .field("created_ms", &self.created_ms)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

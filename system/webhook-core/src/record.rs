//! The record of one event, as the table, the processed log and the query API know it.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::provider::Provider;
use crate::unix_time::UnixTime;

/// What an event says about its money: where the payment, refund, dispute or payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not decided yet.
    Pending,
    /// Done as intended.
    Processed,
    /// Refused, canceled or returned. Not necessarily final: a payment intent can still succeed.
    Failed,
}

impl Status {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Processed, Self::Failed];

    /// The name used in records, queries and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Processed => "processed",
            Self::Failed => "failed",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// One event of one payment: append-only, at most 1 KB of ids as providers write them, never overwritten. `Debug` leaves out the
/// customer and the metadata.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Transaction {
    /// The payment's own id, so that its refunds and disputes share it. Partition key.
    pub transaction_id: String,
    /// Event time: Unix seconds plus a fraction of six digits derived from the event id, so that two events of
    /// one second are both kept. Sort key.
    #[serde(with = "rust_decimal::serde::str")]
    pub timestamp: Decimal,
    /// Who sent the event.
    pub provider: Provider,
    /// Normalized type, e.g. `payment.success`, `refund.created`, `other`.
    pub event_type: String,
    /// The provider's own name of the type.
    pub provider_event_type: String,
    /// The provider's id of the event; the key of deduplication.
    pub event_id: String,
    /// Exact amount in the currency's major unit; absent where the event carries no money.
    #[serde(with = "rust_decimal::serde::str_option", default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// ISO 4217 code, upper case; present exactly when `amount` is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The provider's id of the customer, if the event names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Where the money stands by this event.
    pub status: Status,
    /// Key of the raw body in the raw-payload bucket; empty where a deployment keeps no raw bodies.
    pub raw_payload_s3_key: String,
    /// When a validator received the delivery.
    pub received_at: UnixTime,
    /// When the processor made this record.
    pub processed_at: UnixTime,
    /// Provider-specific ids that help a person (object id, location, live mode, …); never personal data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("transaction_id", &self.transaction_id)
            .field("timestamp", &self.timestamp)
            .field("provider", &self.provider)
            .field("event_type", &self.event_type)
            .field("event_id", &self.event_id)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("status", &self.status)
            .field("received_at", &self.received_at)
            .field("processed_at", &self.processed_at)
            .finish_non_exhaustive()
    }
}

//! Records as JSON, for the processed log and for answers: amounts as strings (exact in every language), times as numbers of
//! seconds with their digits as they are.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer, ser};
use serde_json::value::RawValue;

use crate::answer::json;
use crate::mutant::{self, Mutant};
use crate::normalize::money::with_all_digits;
use crate::provider::Provider;
use crate::record::{Status, Transaction};
use crate::unix_time::UnixTime;

/// One record as a JSON object.
#[must_use]
pub fn transaction(record: &Transaction) -> String {
    json(&Rendered::from(record))
}

#[derive(Serialize)]
pub(crate) struct Rendered<'a> {
    transaction_id: &'a str,
    timestamp: Exact,
    provider: Provider,
    event_type: &'a str,
    provider_event_type: &'a str,
    event_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "exact_text")]
    amount: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<&'a str>,
    status: Status,
    raw_payload_s3_key: &'a str,
    received_at: Exact,
    processed_at: Exact,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a Transaction> for Rendered<'a> {
    fn from(record: &'a Transaction) -> Self {
        Self {
            transaction_id: &record.transaction_id,
            timestamp: Exact(record.timestamp),
            provider: record.provider,
            event_type: &record.event_type,
            provider_event_type: &record.provider_event_type,
            event_id: &record.event_id,
            amount: amount_of(record),
            currency: record.currency.as_deref(),
            customer_id: record.customer_id.as_deref(),
            status: record.status,
            raw_payload_s3_key: &record.raw_payload_s3_key,
            received_at: Exact::seconds(record.received_at),
            processed_at: Exact::seconds(record.processed_at),
            metadata: &record.metadata,
        }
    }
}

/// The amount with every digit its currency has, e.g. `5.00`; stores may drop zeros at the end.
pub(crate) fn amount_of(record: &Transaction) -> Option<Decimal> {
    let currency = record.currency.as_deref().unwrap_or_default();
    record.amount.map(|amount| with_all_digits(record.provider, currency, amount))
}

/// An amount as text, which keeps its digits in every language.
pub(crate) fn exact_text<S: Serializer>(amount: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    if mutant::active(Mutant::AmountsShownAsNumbers) {
        return amount.map(Exact).serialize(serializer);
    }
    rust_decimal::serde::str_option::serialize(amount, serializer)
}

/// A JSON number with exactly these digits.
pub(crate) struct Exact(pub(crate) Decimal);

impl Exact {
    fn seconds(time: UnixTime) -> Self {
        Self(Decimal::new(time.millis(), 3))
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        RawValue::from_string(self.0.to_string()).map_err(ser::Error::custom)?.serialize(serializer)
    }
}

#[cfg(test)]
mod tests;

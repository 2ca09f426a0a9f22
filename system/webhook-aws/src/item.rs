//! A [`Transaction`] as a DynamoDB item, and back.
//!
//! Attributes are named as the record's fields. Amounts and times are Numbers, written and read as exact decimal
//! text: no value passes through a float. An absent option is an absent attribute, so that sparse indexes stay sparse.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use rust_decimal::Decimal;
use webhook_core::mutant::{self, Mutant};
use webhook_core::ports::{Cursor, Scope};
use webhook_core::record::{Status, Transaction};
use webhook_core::unix_time::UnixTime;

/// Attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// Partition key.
pub const TRANSACTION_ID: &str = "transaction_id";
/// Sort key, also of both indexes.
pub const TIMESTAMP: &str = "timestamp";
/// Partition key of the provider index.
pub const PROVIDER: &str = "provider";
pub(crate) const EVENT_TYPE: &str = "event_type";
const PROVIDER_EVENT_TYPE: &str = "provider_event_type";
pub(crate) const EVENT_ID: &str = "event_id";
pub(crate) const AMOUNT: &str = "amount";
pub(crate) const CURRENCY: &str = "currency";
/// Partition key of the customer index.
pub const CUSTOMER_ID: &str = "customer_id";
/// Where the money stands by the event.
pub const STATUS: &str = "status";
const RAW_KEY: &str = "raw_payload_s3_key";
const RECEIVED_AT: &str = "received_at";
const PROCESSED_AT: &str = "processed_at";
const METADATA: &str = "metadata";
const EXPIRES_AT: &str = "expires_at";

const SECONDS_A_DAY: i64 = 24 * 3600;

/// An item does not hold what a record needs. Names the attribute, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unreadable item: {0}")]
pub struct UnreadableItem(pub(crate) &'static str);

/// The item of a record; it expires `ttl_days` days after it was processed, if at all.
#[must_use]
pub fn write(transaction: &Transaction, ttl_days: Option<u32>) -> Item {
    let mut item = write_event(transaction);
    let mut put = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    put(TRANSACTION_ID, text(&transaction.transaction_id));
    put(RAW_KEY, text(&transaction.raw_payload_s3_key));
    if let Some(days) = ttl_days.filter(|_| !mutant::active(Mutant::RecordsNeverExpire)) {
        let expires_at_s = transaction.processed_at.secs().saturating_add(i64::from(days) * SECONDS_A_DAY);
        put(EXPIRES_AT, AttributeValue::N(expires_at_s.to_string()));
    }
    item
}

/// What a record says of its event: all but whose event it is and where its raw body lies.
pub(crate) fn write_event(transaction: &Transaction) -> Item {
    let mut item = HashMap::with_capacity(16);
    let mut put = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
    put(TIMESTAMP, number(&transaction.timestamp));
    put(PROVIDER, text(transaction.provider.as_str()));
    put(EVENT_TYPE, text(&transaction.event_type));
    put(PROVIDER_EVENT_TYPE, text(&transaction.provider_event_type));
    put(EVENT_ID, text(&transaction.event_id));
    put(STATUS, text(transaction.status.as_str()));
    put(RECEIVED_AT, seconds(transaction.received_at));
    put(PROCESSED_AT, seconds(transaction.processed_at));
    if let Some(amount) = &transaction.amount {
        let as_text = mutant::active(Mutant::AmountsStoredAsText);
        put(AMOUNT, if as_text { text(&amount.to_string()) } else { number(amount) });
    }
    if let Some(currency) = &transaction.currency {
        put(CURRENCY, text(currency));
    }
    if let Some(customer_id) = &transaction.customer_id {
        put(CUSTOMER_ID, text(customer_id));
    }
    if !transaction.metadata.is_empty() {
        let entries = transaction.metadata.iter().map(|(name, value)| (name.clone(), text(value)));
        put(METADATA, AttributeValue::M(entries.collect()));
    }
    item
}

/// The record of an item.
///
/// # Errors
/// An attribute is missing, or is not what its name promises.
pub fn read(item: &Item) -> Result<Transaction, UnreadableItem> {
    read_event(item, read_text(item, TRANSACTION_ID)?, read_text(item, RAW_KEY)?)
}

/// The record of an event of `transaction_id` whose raw body lies under `raw_key`.
pub(crate) fn read_event(
    item: &Item,
    transaction_id: String,
    raw_key: String,
) -> Result<Transaction, UnreadableItem> {
    Ok(Transaction {
        transaction_id,
        timestamp: read_number(item, TIMESTAMP)?,
        provider: read_text(item, PROVIDER)?.parse().map_err(|_| UnreadableItem(PROVIDER))?,
        event_type: read_text(item, EVENT_TYPE)?,
        provider_event_type: read_text(item, PROVIDER_EVENT_TYPE)?,
        event_id: read_text(item, EVENT_ID)?,
        amount: optional(item, AMOUNT, read_number)?,
        currency: optional(item, CURRENCY, read_text)?,
        customer_id: optional(item, CUSTOMER_ID, read_text)?,
        status: Status::named(&read_text(item, STATUS)?).ok_or(UnreadableItem(STATUS))?,
        raw_payload_s3_key: raw_key,
        received_at: read_seconds(item, RECEIVED_AT)?,
        processed_at: read_seconds(item, PROCESSED_AT)?,
        metadata: read_metadata(item)?,
    })
}

/// The id of the event an item records.
#[must_use]
pub fn event_id(item: &Item) -> Option<&str> {
    item.get(EVENT_ID)?.as_s().ok().map(String::as_str)
}

/// The partition key of a scope's index: attribute and value.
#[must_use]
pub fn scope_key(scope: &Scope) -> (&'static str, AttributeValue) {
    match scope {
        Scope::Provider(provider) => (PROVIDER, text(provider.as_str())),
        Scope::Customer { id, .. } => (CUSTOMER_ID, text(id)),
    }
}

/// The key of a scope's index that stands for a position in its events.
#[must_use]
pub fn cursor_key(scope: &Scope, cursor: &Cursor) -> Item {
    let (attribute, value) = scope_key(scope);
    HashMap::from([
        (attribute.to_owned(), value),
        (TIMESTAMP.to_owned(), number(&cursor.timestamp)),
        (TRANSACTION_ID.to_owned(), text(&cursor.transaction_id)),
    ])
}

/// The position that a key of an index stands for.
///
/// # Errors
/// The key lacks one of its parts.
pub fn read_cursor(key: &Item) -> Result<Cursor, UnreadableItem> {
    Ok(Cursor { timestamp: read_number(key, TIMESTAMP)?, transaction_id: read_text(key, TRANSACTION_ID)? })
}

pub(crate) fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub(crate) fn number(value: &Decimal) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Unix seconds with milliseconds, e.g. `1763750000.123`.
fn seconds(time: UnixTime) -> AttributeValue {
    AttributeValue::N(Decimal::new(time.millis(), 3).to_string())
}

pub(crate) fn read_text(item: &Item, name: &'static str) -> Result<String, UnreadableItem> {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().ok_or(UnreadableItem(name))
}

fn read_number(item: &Item, name: &'static str) -> Result<Decimal, UnreadableItem> {
    let value = item.get(name).ok_or(UnreadableItem(name))?;
    let digits = match value.as_s() {
        Ok(text) if mutant::active(Mutant::AmountsStoredAsText) => text,
        _ => value.as_n().map_err(|_| UnreadableItem(name))?,
    };
    Decimal::from_str_exact(digits)
        .or_else(|_| Decimal::from_scientific(digits))
        .map_err(|_| UnreadableItem(name))
}

fn read_seconds(item: &Item, name: &'static str) -> Result<UnixTime, UnreadableItem> {
    let millis = read_number(item, name)?.checked_mul(Decimal::ONE_THOUSAND).ok_or(UnreadableItem(name))?;
    i64::try_from(millis.trunc()).map(UnixTime::from_millis).map_err(|_| UnreadableItem(name))
}

fn read_metadata(item: &Item) -> Result<BTreeMap<String, String>, UnreadableItem> {
    let Some(value) = item.get(METADATA) else { return Ok(BTreeMap::new()) };
    let entries = value.as_m().map_err(|_| UnreadableItem(METADATA))?;
    let read = |(name, value): (&String, &AttributeValue)| {
        Ok((name.clone(), value.as_s().ok().cloned().ok_or(UnreadableItem(METADATA))?))
    };
    entries.iter().map(read).collect()
}

/// An attribute that may be absent, but not wrong.
fn optional<T>(
    item: &Item,
    name: &'static str,
    read: fn(&Item, &'static str) -> Result<T, UnreadableItem>,
) -> Result<Option<T>, UnreadableItem> {
    if item.contains_key(name) { read(item, name).map(Some) } else { Ok(None) }
}

#[cfg(test)]
mod tests;

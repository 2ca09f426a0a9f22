//! From an event as its provider tells it to the record this system keeps: one name for a type, one word for a status, exact
//! money in the major unit, a timestamp that no other event of the payment has.

pub mod currency;
pub mod event_type;
pub mod money;
pub mod object_key;
mod status;
pub mod timestamp;

use std::collections::BTreeMap;

pub use event_type::EventType;
pub use money::MoneyError;
pub use object_key::{object_key, quarantine_key, raw_key};
pub use status::status;

use crate::event::{PaymentEvent, is_identifier};
use crate::mutant::{self, Mutant};
use crate::record::Transaction;
use crate::unix_time::UnixTime;

/// Largest record of ids as providers write them (at most 64 bytes, of letters, digits, `_` and `-`), in bytes as DynamoDB
/// counts them: one write unit in the table and one in each index. The longest and oddest ids that are taken make one of at
/// most twice the size; metadata never makes a record larger than this.
pub const MAX_RECORD_BYTES: usize = 1024;

/// Why an event makes no sense. The delivery is kept raw and ends in the dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NormalizeError {
    /// The money cannot be what is written.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The record of `event`, whose raw body lies under `raw_key`. Its timestamp is the first choice: the caller moves to
/// [`timestamp::next_fraction`] if another event of the payment has it already.
pub fn normalize(
    event: &PaymentEvent<'_>,
    raw_key: String,
    received_at: UnixTime,
    now: UnixTime,
) -> Result<Transaction, NormalizeError> {
    let money = match &event.money {
        None => None,
        Some(raw) => match money::money(event.provider, raw) {
            Ok(money) => Some(money),
            // Of an unknown type nobody knows what its `amount` counts; the event is kept without it.
            Err(_) if event.event_type == EventType::Other => None,
            Err(_) if mutant::active(Mutant::PoisonStoredWithoutMoney) => None,
            Err(error) => return Err(error.into()),
        },
    };
    let (amount, currency) = money.map(|money| (money.amount, money.currency.to_owned())).unzip();
    let mut record = Transaction {
        transaction_id: event.transaction_id.clone().into_owned(),
        timestamp: timestamp::first(event.occurred_at, &event.event_id),
        provider: event.provider,
        event_type: event.event_type.as_str().to_owned(),
        provider_event_type: event.provider_event_type.clone().into_owned(),
        event_id: event.event_id.clone().into_owned(),
        amount,
        currency,
        customer_id: event.customer_id.as_deref().filter(|id| is_identifier(id)).map(str::to_owned),
        status: status(event),
        raw_payload_s3_key: raw_key,
        received_at,
        processed_at: now,
        metadata: BTreeMap::new(),
    };
    add_metadata(&mut record, event);
    Ok(record)
}

/// Metadata helps, the record's size matters: what does not fit is left out, the last first.
fn add_metadata(record: &mut Transaction, event: &PaymentEvent<'_>) {
    let mut free = MAX_RECORD_BYTES.saturating_sub(size_bytes(record));
    for (name, value) in &event.metadata {
        let cost = name.len() + value.len() + 1;
        // Nothing but ids: a payload has no place here.
        let payload = mutant::active(Mutant::RecordsHoldPayload) && *name == "payload";
        if (cost <= free && is_identifier(value)) || payload {
            free = free.saturating_sub(cost);
            record.metadata.insert((*name).to_owned(), value.clone().into_owned());
        }
    }
}

/// What the record measures as a DynamoDB item without metadata: names and values in UTF-8, a Number about half a byte a
/// digit (21 at most), 3 for the map. Rounded up, with room for `expires_at`.
fn size_bytes(record: &Transaction) -> usize {
    const NAMES_AND_NUMBERS: usize = 320;
    let texts = [
        record.transaction_id.len(),
        record.provider.as_str().len(),
        record.event_type.len(),
        record.provider_event_type.len(),
        record.event_id.len(),
        record.currency.as_deref().map_or(0, str::len),
        record.customer_id.as_deref().map_or(0, str::len),
        record.raw_payload_s3_key.len(),
    ];
    NAMES_AND_NUMBERS + texts.iter().sum::<usize>()
}

#[cfg(test)]
pub(crate) mod tests;

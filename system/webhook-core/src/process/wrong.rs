//! Wrong records, for the build with deliberate defects.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{MAX_HISTORY, Outcome, ProcessError, Processed};
use crate::event::PaymentEvent;
use crate::mutant::{self, Mutant};
use crate::normalize::{EventType, timestamp};
use crate::ports::TransactionStore;
use crate::record::Transaction;
use crate::unix_time::UnixTime;

/// Makes the record wrong.
pub(super) fn change(record: &mut Transaction) {
    if mutant::active(Mutant::MoneyAsFloat) {
        record.amount = record.amount.and_then(|amount| Decimal::from_f64_retain(amount.to_f64()?));
    }
    if mutant::active(Mutant::MoneyInMinorUnits) {
        record.amount =
            record.amount.and_then(|amount| Decimal::try_from_i128_with_scale(amount.mantissa(), 0).ok());
    }
    if mutant::active(Mutant::RefundsNegative) && record.event_type.starts_with("refund.") {
        record.amount = record.amount.map(|amount| -amount);
    }
    if mutant::active(Mutant::CurrencyInLowerCase) {
        record.currency = record.currency.take().map(|currency| currency.to_lowercase());
    }
    if mutant::active(Mutant::RecordsWithoutRawKey) {
        record.raw_payload_s3_key = "unknown".to_owned();
    }
    if mutant::active(Mutant::RecordsWithoutMetadata) {
        record.metadata.clear();
    }
    if mutant::active(Mutant::RecordsByArrival) {
        record.timestamp = timestamp::first(record.received_at, &record.event_id);
    }
    if mutant::active(Mutant::ProviderTypeNormalizedAway) {
        record.provider_event_type.clone_from(&record.event_type);
    }
    if mutant::active(Mutant::ReceivedAtLeftOut) {
        record.received_at = UnixTime::from_secs(0);
    }
}

/// What is said of an event that is wrongly left out; `None` where it is recorded.
pub(super) async fn dropped(
    store: &impl TransactionStore,
    event: &PaymentEvent<'_>,
    record: &Transaction,
) -> Result<Option<Processed>, ProcessError> {
    let as_duplicate = || Processed {
        outcome: Outcome::Duplicate,
        event_id: record.event_id.clone(),
        transaction_id: record.transaction_id.clone(),
        event_type: event.event_type,
        status: record.status,
    };
    if mutant::active(Mutant::UnknownTypesDropped) && event.event_type == EventType::Other {
        return Ok(Some(as_duplicate()));
    }
    let by_payment = mutant::active(Mutant::OneEventAPayment);
    let late = mutant::active(Mutant::LateEventsDropped);
    if !by_payment && !late {
        return Ok(None);
    }
    let history = store.history(&record.transaction_id, MAX_HISTORY).await?;
    let others = history.iter().filter(|known| known.event_id != record.event_id);
    let gone =
        others.into_iter().any(|known| by_payment || known.timestamp.floor() > record.timestamp.floor());
    Ok(gone.then(as_duplicate))
}

//! The second decision: what record does a proven delivery make, and is it there already? Safe to run any number of times for the
//! same delivery, also at the same time.

pub mod ipn;
#[cfg(feature = "mutants")]
mod wrong;

use bytes::Bytes;
use rust_decimal::prelude::ToPrimitive;

use crate::envelope::{Content, Envelope};
use crate::event::PaymentEvent;
use crate::mutant::{self, Mutant};
use crate::normalize::timestamp::next_fraction;
use crate::normalize::{self, EventType, NormalizeError, object_key, raw_key};
use crate::ports::{PortError, ProcessedLog, Put, TransactionStore};
use crate::providers;
use crate::record::{Status, Transaction};
use crate::reject::Reject;
use crate::render;
use crate::unix_time::UnixTime;

/// Most timestamps tried. Two events of one payment in one second share a fraction once in a million.
pub const MAX_TRIES: usize = 16;

/// Most events of a payment looked at to find an earlier delivery of one that tells no time.
const MAX_HISTORY: u32 = 1000;

/// What came of an envelope. Everything in it is safe to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processed {
    /// New, or known already.
    pub outcome: Outcome,
    /// The provider's id of the event.
    pub event_id: String,
    /// The payment's id.
    pub transaction_id: String,
    /// What the event means.
    pub event_type: EventType,
    /// Where the money stands.
    pub status: Status,
}

/// Whether the record is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Stored now.
    Stored,
    /// Stored before: a duplicate delivery, or a second try.
    Duplicate,
}

impl Outcome {
    /// The name in logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Why an envelope could not be processed: the invocation fails, is tried again, and ends in the dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// The body does not have the provider's form.
    #[error("the event cannot be read: {0}")]
    Reject(#[from] Reject),
    /// The event makes no sense.
    #[error("the event cannot be normalized: {0}")]
    Normalize(#[from] NormalizeError),
    /// A store failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The envelope's body was never proven to be the provider's.
    #[error("nobody has proven the event")]
    Unproven,
    /// This function is not set up for PayPal's form-encoded notifications.
    #[error("notifications are not taken: no receiver is configured")]
    IpnOff,
    /// PayPal did not say whether it sent the notification.
    #[error(transparent)]
    Postback(PortError),
    /// The notification is meant for somebody else.
    #[error("the notification is for another receiver")]
    IpnReceiver,
    /// The envelope names another event or key than its body gives.
    #[error("the envelope does not fit its body")]
    EnvelopeMismatch,
    /// Every timestamp tried belongs to another event of the payment.
    #[error("no free timestamp for the event")]
    Crowded,
}

impl ProcessError {
    /// A stable code, for the failed invocation's `errorType` and for logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Reject(_) => "unreadable_event",
            Self::Normalize(_) => "cannot_normalize",
            Self::Port(PortError::Unavailable { .. }) => "store_unavailable",
            Self::Port(PortError::Refused { .. }) => "store_refused",
            Self::Unproven => "unproven_event",
            Self::IpnOff => "ipn_off",
            Self::Postback(PortError::Unavailable { .. }) => "postback_unavailable",
            Self::Postback(PortError::Refused { .. }) => "postback_refused",
            Self::IpnReceiver => "ipn_receiver",
            Self::EnvelopeMismatch => "envelope_mismatch",
            Self::Crowded => "crowded_timestamp",
        }
    }
}

/// Makes the record of one event and stores it once, in the table and then in the processed log. A duplicate writes the log again:
/// an earlier try may have died between the two.
///
/// An envelope that nobody has proven is refused; [`ipn`] is the way for those.
pub async fn process<S: TransactionStore, L: ProcessedLog>(
    store: &S,
    log: &L,
    envelope: Envelope,
    now: UnixTime,
) -> Result<Processed, ProcessError> {
    let received_at = envelope.received_at;
    let (event_id, key) = (envelope.event_id.clone(), envelope.raw_key.clone());
    let verified = envelope.into_verified().ok_or(ProcessError::Unproven)?;
    let mut event = providers::event(&verified)?;
    if verified.content() == Content::Ipn {
        find_known(store, &mut event).await?;
    }
    let elsewhere = raw_key(&event, verified.content()) != key && !mutant::active(Mutant::RawKeyByArrival);
    if event.event_id != event_id || elsewhere {
        return Err(ProcessError::EnvelopeMismatch);
    }
    if mutant::active(Mutant::RecordsHoldPayload) {
        event.metadata.push(("payload", verified.text()?.into()));
    }
    record(store, log, &event, key, received_at, now).await
}

/// A notification counts as of its first delivery: a later one finds that in the payment's history, and with it the same timestamp
/// and keys. PayPal may tell no time in it, or another one when it writes it anew, and what it is known by (its transaction and
/// status) holds no time; without this, such a delivery would be a record of its own. Returns where the first one's bytes lie.
async fn find_known(
    store: &impl TransactionStore,
    event: &mut PaymentEvent<'_>,
) -> Result<Option<String>, ProcessError> {
    let history = store.history(&event.transaction_id, MAX_HISTORY).await?;
    let known = history.into_iter().find(|record| record.event_id == event.event_id);
    let Some(known) = known.filter(|_| !mutant::active(Mutant::IpnKnownByDate)) else {
        return Ok(None);
    };
    if let Some(secs) = known.timestamp.floor().to_i64() {
        event.occurred_at = UnixTime::from_secs(secs);
    }
    Ok(Some(known.raw_payload_s3_key))
}

async fn record(
    store: &impl TransactionStore,
    log: &impl ProcessedLog,
    event: &PaymentEvent<'_>,
    raw_key: String,
    received_at: UnixTime,
    now: UnixTime,
) -> Result<Processed, ProcessError> {
    let mut record = normalize::normalize(event, raw_key, received_at, now)?;
    #[cfg(feature = "mutants")]
    wrong::change(&mut record);
    #[cfg(feature = "mutants")]
    if let Some(dropped) = wrong::dropped(store, event, &record).await? {
        return Ok(dropped);
    }
    if mutant::active(Mutant::ProcessedLogFirst) {
        log.put_processed(&object_key(event), Bytes::from(render::transaction(&record))).await?;
    }
    let outcome = put(store, &mut record).await?;
    let left_out = mutant::active(Mutant::ProcessedLogLeftOut)
        || (mutant::active(Mutant::ProcessedLogNotRepaired) && outcome == Outcome::Duplicate);
    if !left_out {
        log.put_processed(&object_key(event), Bytes::from(render::transaction(&record))).await?;
    }
    Ok(Processed {
        outcome,
        event_id: record.event_id,
        transaction_id: record.transaction_id,
        event_type: event.event_type,
        status: record.status,
    })
}

/// Puts the record at its first free timestamp, or finds it there. Every delivery of an event walks the same way, so it meets its
/// own record before a free place.
async fn put(store: &impl TransactionStore, record: &mut Transaction) -> Result<Outcome, ProcessError> {
    for _ in 0..MAX_TRIES {
        match store.put_once(record).await? {
            Put::Stored => return Ok(Outcome::Stored),
            Put::AlreadyStored if mutant::active(Mutant::DuplicatesStored) => {
                record.timestamp = next_fraction(record.timestamp);
            }
            Put::Occupied if mutant::active(Mutant::WholeSecondsOnly) => return Ok(Outcome::Duplicate),
            Put::AlreadyStored => return Ok(Outcome::Duplicate),
            Put::Occupied => record.timestamp = next_fraction(record.timestamp),
        }
    }
    Err(ProcessError::Crowded)
}

#[cfg(test)]
mod tests;

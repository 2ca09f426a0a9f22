//! From a raw object back to an envelope, for replays: what lies in the raw bucket was proven before it was put there, so a
//! replay needs no signature. It needs the object to be what its key says, and gives the processor exactly what a
//! validator would have given it.
//!
//! Non-goal: reading the bucket and invoking the processor; that is the operator's tool, whose right to do so is the guard.

use bytes::Bytes;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, Time};

use crate::envelope::{Content, Envelope};
use crate::normalize::object_key::FORM;
use crate::normalize::raw_key as key_of;
use crate::provider::Provider;
use crate::providers;
use crate::providers::verified::RawBody;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// The envelope of the object `raw_key` of the raw bucket, whose bytes are `body`. `received_at` is when the delivery was
/// received, as far as anybody knows: the time at which the object was written.
///
/// A notification that tells no time of its own lies under the day it was first received on. If `received_at` is of another day,
/// the envelope says midnight of that day, so that the event keeps its key.
///
/// # Errors
/// The body is none of the provider's events, or [`Reject::ForeignKey`]: the event's own key is another one. Then the object
/// was not written by this system, or was changed, or lies in quarantine.
pub fn envelope(
    provider: Provider,
    raw_key: &str,
    body: Bytes,
    received_at: UnixTime,
) -> Result<Envelope, Reject> {
    let body = RawBody::new(body)?;
    let text = std::str::from_utf8(body.bytes()).map_err(|_| Reject::NotUtf8)?;
    let mut envelope = Envelope {
        provider,
        event_id: String::new(),
        received_at,
        raw_key: raw_key.to_owned(),
        body: text.to_owned(),
        content: if raw_key.ends_with(FORM) { Content::Ipn } else { Content::Json },
    };
    let verified = envelope.clone().into_verified().ok_or(Reject::ForeignKey)?;
    let mut event = providers::event(&verified)?;
    if !event.dated && key_of(&event, envelope.content) != raw_key {
        envelope.received_at = midnight(provider, raw_key).ok_or(Reject::ForeignKey)?;
        event.occurred_at = envelope.received_at;
    }
    if key_of(&event, envelope.content) != raw_key {
        return Err(Reject::ForeignKey);
    }
    envelope.event_id = event.event_id.into_owned();
    Ok(envelope)
}

/// The beginning of the day that a key names.
fn midnight(provider: Provider, raw_key: &str) -> Option<UnixTime> {
    const DAY: &[BorrowedFormatItem<'_>] = format_description!("/[year]/[month]/[day]/");
    let day = raw_key.strip_prefix(provider.as_str())?.get(..12)?;
    let midnight = Date::parse(day, DAY).ok()?.with_time(Time::MIDNIGHT).assume_utc();
    Some(UnixTime::from_secs(midnight.unix_timestamp()))
}

#[cfg(test)]
mod tests;

//! From a raw object back to an envelope, for replays: what lies in the raw bucket was proven before it was put there, so a
//! replay needs no signature. It needs the object to be what its key says, and gives the processor exactly what a
//! validator would have given it.
//!
//! Non-goal: reading the bucket and invoking the processor; that is the operator's tool, whose right to do so is the guard.

use bytes::Bytes;

use crate::envelope::{Content, Envelope};
use crate::normalize::object_key;
use crate::provider::Provider;
use crate::providers;
use crate::providers::verified::RawBody;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// The envelope of the object `raw_key` of the raw bucket, whose bytes are `body`. `received_at` is when the delivery was
/// received, as far as anybody knows: the time at which the object was written.
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
        content: Content::Json,
    };
    let verified = envelope.clone().into_verified().ok_or(Reject::ForeignKey)?;
    let event = providers::event(&verified)?;
    if object_key(&event) != raw_key {
        return Err(Reject::ForeignKey);
    }
    envelope.event_id = event.event_id.into_owned();
    Ok(envelope)
}

#[cfg(test)]
mod tests;

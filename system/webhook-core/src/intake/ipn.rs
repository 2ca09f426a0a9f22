//! Intake of a form-encoded notification: its form is checked, not its truth. PayPal is asked later, by the processor: a network
//! call here would make the sender wait, and would let anybody make this endpoint call out.
//!
//! So it is kept in quarantine and queued as unproven, and what was sent is believed in nothing, not even in an id for a log line.

use bytes::Bytes;

use super::{Intake, IntakePorts, again, forgiven};
use crate::answer::Answer;
use crate::envelope::{Content, Envelope};
use crate::mutant::{self, Mutant};
use crate::normalize::quarantine_key;
use crate::ports::Dispatch;
use crate::ports::ipn::Quarantine;
use crate::providers::paypal::ipn::{Message, Receivers};
use crate::providers::verified::RawBody;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// What it takes to let notifications in.
pub struct IpnDoor<Q> {
    /// Whom they must be meant for.
    pub receivers: Receivers,
    /// Where they wait for PayPal's word.
    pub quarantine: Q,
}

impl<P: IntakePorts> Intake<P> {
    /// 200, with an empty body as PayPal asks for it, once the message is both kept and queued.
    pub(super) async fn take_ipn(&self, door: &IpnDoor<P::Quarantine>, body: Bytes, now: UnixTime) -> Answer {
        let envelope = match self.read_ipn(door, body.clone(), now) {
            Ok(envelope) => envelope,
            Err(reject) => return reject.into(),
        };
        let (stored, queued) = tokio::join!(
            door.quarantine.put_unproven(&envelope.raw_key, body),
            self.dispatch.dispatch(&envelope)
        );
        let stored = forgiven(stored, Mutant::AcceptedUnstored);
        let queued = forgiven(queued, Mutant::AcceptedUnqueued);
        match (stored, queued) {
            (Ok(()), Ok(())) => Answer::received("ipn_accepted"),
            (Err(error), _) => again("store_unavailable", &error),
            (Ok(()), Err(error)) => again("queue_unavailable", &error),
        }
    }

    fn read_ipn(
        &self,
        door: &IpnDoor<P::Quarantine>,
        body: Bytes,
        now: UnixTime,
    ) -> Result<Envelope, Reject> {
        let body = RawBody::new(body)?;
        let message = Message::parse(body.bytes())?;
        if !message.is_for(&door.receivers) && !mutant::active(Mutant::IpnReceiverNotChecked) {
            return Err(Reject::IpnReceiver);
        }
        let event_id = message.event(now)?.event_id.into_owned();
        let text = std::str::from_utf8(body.bytes()).map_err(|_| Reject::NotUtf8)?.to_owned();
        Ok(Envelope {
            provider: self.provider,
            event_id,
            received_at: now,
            raw_key: quarantine_key(body.bytes(), now),
            body: text,
            content: Content::IpnUnproven,
        })
    }
}

#[cfg(test)]
mod tests;

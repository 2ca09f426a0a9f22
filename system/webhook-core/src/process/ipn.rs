//! The processor's way with a notification that nobody has proven: ask PayPal, then do what is done with a proven event.
//!
//! Order matters. PayPal's word comes before anything is kept for good; the raw bytes come before the record that names them;
//! the quarantined copy goes last. Stopping anywhere in between is safe: the next try does all of it again, to the same keys.

use bytes::Bytes;

use super::{ProcessError, Processed, find_known, record};
use crate::envelope::{Content, Envelope};
use crate::mutant::{self, Mutant};
use crate::normalize::{quarantine_key, raw_key};
use crate::ports::ipn::{IpnPostback, IpnVerdict, Quarantine};
use crate::ports::{ProcessedLog, RawStore, TransactionStore};
use crate::provider::Provider;
use crate::providers;
use crate::providers::paypal::ipn::{self, Message, Receivers};
use crate::providers::verified::RawBody;
use crate::unix_time::UnixTime;

/// The parts of the outside world that notifications need beside the stores.
pub trait IpnPorts {
    /// The way back to PayPal.
    type Postback: IpnPostback;
    /// The raw-payload bucket.
    type Raw: RawStore;
    /// Its folder of what nobody has proven.
    type Quarantine: Quarantine;
}

/// What it takes to believe a notification.
pub struct IpnDesk<P: IpnPorts> {
    /// Whom notifications must be meant for.
    pub receivers: Receivers,
    /// Asks PayPal.
    pub postback: P::Postback,
    /// Where the raw bytes go once they are proven.
    pub raw: P::Raw,
    /// Where they lay until then.
    pub quarantine: P::Quarantine,
}

/// What came of a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// PayPal sent it, and its event is recorded.
    Processed(Processed),
    /// PayPal did not send it: a forgery. Nothing of it is kept.
    Invalid,
}

impl<P: IpnPorts> IpnDesk<P> {
    /// Confirms and processes one notification.
    ///
    /// # Errors
    /// Those of [`process`](super::process); that PayPal gave no answer; or that the message is for another receiver. The
    /// validator has refused those already, so then the two functions disagree about who the receivers are: the message is
    /// kept for a person, in the dead-letter queue, because it may be genuine.
    pub async fn process<S: TransactionStore, L: ProcessedLog>(
        &self,
        store: &S,
        log: &L,
        envelope: Envelope,
        now: UnixTime,
    ) -> Result<Confirmed, ProcessError> {
        let Envelope { provider, event_id, received_at, raw_key: quarantined_at, body, content } = envelope;
        let body = RawBody::new(Bytes::from(body))?;
        let bytes = body.bytes().clone();
        let fits = provider == Provider::Paypal
            && content == Content::IpnUnproven
            && quarantine_key(&bytes, received_at) == quarantined_at;
        if !fits {
            return Err(ProcessError::EnvelopeMismatch);
        }
        let for_another = !Message::parse(&bytes)?.is_for(&self.receivers);
        if for_another && !mutant::active(Mutant::IpnReceiverNotChecked) {
            return Err(ProcessError::IpnReceiver);
        }
        let verdict = if mutant::active(Mutant::IpnNotAskedAbout) {
            IpnVerdict::Verified
        } else {
            self.postback.confirm(&bytes).await.map_err(ProcessError::Postback)?
        };
        let verdict = if mutant::active(Mutant::IpnAnswerIgnored) { IpnVerdict::Verified } else { verdict };
        if verdict == IpnVerdict::Invalid {
            self.release(&quarantined_at).await;
            return Ok(Confirmed::Invalid);
        }
        let verified = ipn::verify(body, verdict, received_at)?;
        let mut event = providers::event(&verified)?;
        if event.event_id != event_id {
            return Err(ProcessError::EnvelopeMismatch);
        }
        let key = match find_known(store, &mut event).await? {
            // The raw bytes came before that record, so they are kept: the first ones, which the record was made of.
            Some(key) => key,
            None => {
                let key = raw_key(&event, verified.content());
                self.raw.put_raw(&key, bytes).await?;
                key
            }
        };
        let processed = record(store, log, &event, key, received_at, now).await?;
        self.release(&quarantined_at).await;
        Ok(Confirmed::Processed(processed))
    }

    /// A copy that stays behind does no harm: nothing is processed from quarantine, and a lifecycle rule empties it.
    async fn release(&self, quarantined_at: &str) {
        if mutant::active(Mutant::IpnLeftInQuarantine) {
            return;
        }
        let _ = self.quarantine.discard(quarantined_at).await;
    }
}

#[cfg(test)]
mod tests;

//! Both decisions at once, for a deployment without a queue and without buckets: is this delivery genuine, and what does it tell
//! of its payment? The provider hears 200 when the payment's item says so, and only then.
//!
//! What the two-step system puts into a dead-letter queue, this one leaves with the provider: an event that it cannot make sense of
//! (a currency nobody knows) is answered 503, is an error in the log, and comes again for days, until the function is mended.
//! Non-goals: raw bodies (they are not kept), PayPal's form-encoded notifications (415).

use bytes::Bytes;

use crate::answer::Answer;
use crate::headers::Headers;
use crate::intake::Decide;
use crate::intake::media::{self, Media};
use crate::intake::proof::{self, Prover, again};
use crate::intake::remote::RemoteProof;
use crate::keys::Keyring;
use crate::normalize::normalize;
use crate::payment::{Payment, Told};
use crate::ports::payments::{PaymentPut, PaymentStore};
use crate::ports::signature_api::Nobody;
use crate::ports::{CertificateSource, PortError, SecretSource, TransmissionLog};
use crate::provider::Provider;
use crate::providers::verified::Verified;
use crate::providers::{self, Claim};
use crate::record::Transaction;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// Most puts tried for one event. Each that fails was overtaken by another event of the same payment.
pub const MAX_TRIES: usize = 16;

/// What it is made of: its ports' types.
pub trait DirectPorts {
    /// Where secrets come from.
    type Secrets: SecretSource;
    /// Where PayPal's certificates come from.
    type Certificates: CertificateSource;
    /// Which body a transmission id stood for.
    type Transmissions: TransmissionLog;
    /// Where payments are kept.
    type Payments: PaymentStore;
}

/// One provider's webhooks, straight into the table.
pub struct Direct<P: DirectPorts> {
    /// Whose deliveries come here.
    pub provider: Provider,
    /// The endpoint's keys.
    pub keyring: Keyring<P::Secrets, P::Certificates>,
    /// Which body a transmission id stood for (PayPal only).
    pub transmissions: P::Transmissions,
    /// Where payments are kept.
    pub payments: P::Payments,
}

/// What a stored event meant to its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recorded {
    Newest,
    Late,
    Known,
    TooOld,
}

impl Recorded {
    /// The name in logs.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "stored",
            Self::Late => "stored_late",
            Self::Known => "duplicate",
            Self::TooOld => "too_old",
        }
    }
}

/// Why nothing could be stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotRecorded {
    #[error(transparent)]
    Port(#[from] PortError),
    #[error("{MAX_TRIES} tries were each overtaken by another event of the payment")]
    Overtaken,
}

impl<P: DirectPorts> Decide for Direct<P> {
    fn provider(&self) -> Provider {
        self.provider
    }

    async fn decide(&self, headers: &Headers<'_>, body: Bytes, now: UnixTime) -> Answer {
        match self.media(headers) {
            Ok(Media::Json) => {}
            Ok(Media::Form) => return Reject::UnsupportedMediaType.into(),
            Err(reject) => return reject.into(),
        }
        let prover = Prover::<_, _, Nobody> {
            provider: self.provider,
            keyring: &self.keyring,
            signature_api: None::<&RemoteProof<Nobody>>,
        };
        match prover.prove(headers, body, now).await {
            Ok((claim, verified)) => self.accept(&claim, &verified, now).await,
            Err(refusal) => refusal.into(),
        }
    }
}

impl<P: DirectPorts> Direct<P> {
    /// Stripe signs every body alike, whatever it calls itself.
    fn media(&self, headers: &Headers<'_>) -> Result<Media, Reject> {
        if self.provider == Provider::Paypal { media::of(headers) } else { Ok(Media::Json) }
    }

    async fn accept(&self, claim: &Claim<'_>, verified: &Verified, now: UnixTime) -> Answer {
        let event = match providers::event(verified) {
            Ok(event) => event,
            Err(reject) => return reject.into(),
        };
        let (event_id, transaction_id) = (&*event.event_id, &*event.transaction_id);
        if let Err(refusal) = proof::bind(&self.transmissions, claim, verified).await {
            return Answer::from(refusal).about(event_id, transaction_id);
        }
        // There is no bucket, so there is no key in it.
        let recorded = match normalize(&event, String::new(), now, now) {
            Ok(record) => self.record(&record).await,
            Err(error) => return again("cannot_normalize", &error).about(event_id, transaction_id),
        };
        match recorded {
            Ok(recorded) => {
                Answer { outcome: recorded.as_str(), ..Answer::accepted(event_id, transaction_id) }
            }
            Err(error) => again("store_unavailable", &error).about(event_id, transaction_id),
        }
    }

    /// Puts the event into its payment. The first try supposes that the payment is new; what a failed one finds there is what the
    /// next is made from, so there is no read that a write could race.
    async fn record(&self, event: &Transaction) -> Result<Recorded, NotRecorded> {
        let mut standing: Option<Payment> = None;
        for _ in 0..MAX_TRIES {
            let (payment, recorded) = match standing.as_ref().map(|standing| standing.told(event)) {
                None => (Payment::begun(event.clone()), Recorded::Newest),
                Some(Told::Newest(payment)) => (payment, Recorded::Newest),
                Some(Told::Late(payment)) => (payment, Recorded::Late),
                Some(Told::Known) => return Ok(Recorded::Known),
                Some(Told::TooOld) => return Ok(Recorded::TooOld),
            };
            let made_from = standing.as_ref().map(Payment::revision);
            match self.payments.put_payment(&payment, made_from).await? {
                PaymentPut::Stored => return Ok(recorded),
                PaymentPut::Changed(there) => standing = there,
            }
        }
        Err(NotRecorded::Overtaken)
    }
}

#[cfg(test)]
mod tests;

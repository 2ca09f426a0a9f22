//! The first decision: is this delivery genuine, and is it safely stored and queued? Only then the provider hears 200; in every
//! other case it hears why not, and sends again where that helps.

pub mod ipn;
pub(crate) mod media;
pub(crate) mod proof;
pub mod remote;
#[cfg(feature = "mutants")]
mod wrong;

use bytes::Bytes;

use crate::answer::Answer;
use crate::envelope::{Content, Envelope};
use crate::event::PaymentEvent;
use crate::headers::Headers;
use crate::keys::Keyring;
use crate::mutant::{self, Mutant};
use crate::normalize::{EventType, object_key};
use crate::ports::ipn::Quarantine;
use crate::ports::signature_api::SignatureApi;
use crate::ports::{CertificateSource, Dispatch, PortError, RawStore, SecretSource, TransmissionLog};
use crate::provider::Provider;
use crate::providers::verified::Verified;
use crate::providers::{self, Claim};
use crate::reject::Reject;
use crate::unix_time::UnixTime;
use ipn::IpnDoor;
use media::Media;
use proof::{Prover, again};
use remote::RemoteProof;

/// What decides about one provider's deliveries.
pub trait Decide {
    /// Whose deliveries.
    fn provider(&self) -> Provider;

    /// What is answered to a delivery that is received at `now`. An overall time limit is the caller's.
    fn decide(
        &self,
        headers: &Headers<'_>,
        body: Bytes,
        now: UnixTime,
    ) -> impl Future<Output = Answer> + Send;
}

/// What a kind of intake is made of: its ports' types.
pub trait IntakePorts {
    /// Where secrets come from.
    type Secrets: SecretSource;
    /// Where PayPal's certificates come from.
    type Certificates: CertificateSource;
    /// Where raw bodies are kept.
    type Raw: RawStore;
    /// The way to the processor.
    type Dispatch: Dispatch;
    /// Which body a transmission id stood for.
    type Transmissions: TransmissionLog;
    /// Where PayPal's form-encoded notifications wait.
    type Quarantine: Quarantine;
    /// PayPal's own check of signatures.
    type SignatureApi: SignatureApi;
}

/// One provider's intake.
pub struct Intake<P: IntakePorts> {
    /// Whose deliveries come here.
    pub provider: Provider,
    /// The endpoint's keys.
    pub keyring: Keyring<P::Secrets, P::Certificates>,
    /// Where raw bodies are kept.
    pub raw: P::Raw,
    /// The way to the processor.
    pub dispatch: P::Dispatch,
    /// Which body a transmission id stood for (PayPal only).
    pub transmissions: P::Transmissions,
    /// Lets form-encoded notifications in (PayPal only); without it they are refused.
    pub ipn: Option<IpnDoor<P::Quarantine>>,
    /// Asks PayPal about signatures (PayPal only); without it they are checked here.
    pub signature_api: Option<RemoteProof<P::SignatureApi>>,
}

impl<P: IntakePorts> Decide for Intake<P> {
    fn provider(&self) -> Provider {
        self.provider
    }

    async fn decide(&self, headers: &Headers<'_>, body: Bytes, now: UnixTime) -> Answer {
        self.handle(headers, body, now).await
    }
}

impl<P: IntakePorts> Intake<P> {
    /// Decides about one delivery received at `now`. Nothing is written before the signature is proven, except that a form-encoded
    /// notification, which has none, is kept in quarantine; an overall time limit is the caller's.
    pub async fn handle(&self, headers: &Headers<'_>, body: Bytes, now: UnixTime) -> Answer {
        // Stripe and Square sign every body alike, whatever it calls itself.
        let media = if self.provider == Provider::Paypal { media::of(headers) } else { Ok(Media::Json) };
        match (media, &self.ipn) {
            (Ok(Media::Json), _) => self.take_webhook(headers, body, now).await,
            (Ok(Media::Form), Some(door)) => self.take_ipn(door, body, now).await,
            (Ok(Media::Form), None) => Reject::UnsupportedMediaType.into(),
            (Err(reject), _) => reject.into(),
        }
    }

    async fn take_webhook(&self, headers: &Headers<'_>, body: Bytes, now: UnixTime) -> Answer {
        #[cfg(feature = "mutants")]
        if let Some(answer) = self.believe(headers, &body, now).await {
            return answer;
        }
        let prover = Prover {
            provider: self.provider,
            keyring: &self.keyring,
            signature_api: self.signature_api.as_ref(),
        };
        match prover.prove(headers, body, now).await {
            Ok((claim, verified)) => self.accept(&claim, &verified, now).await,
            Err(refusal) => refusal.into(),
        }
    }

    async fn accept(&self, claim: &Claim<'_>, verified: &Verified, now: UnixTime) -> Answer {
        let event = match providers::event(verified) {
            Ok(event) => event,
            Err(reject) => return reject.into(),
        };
        if event.event_type == EventType::Other && mutant::active(Mutant::UnknownTypesRefused) {
            return Reject::WrongShape.into();
        }
        let (event_id, transaction_id) = (&*event.event_id, &*event.transaction_id);
        if let Err(refusal) = proof::bind(&self.transmissions, claim, verified).await {
            return Answer::from(refusal).about(event_id, transaction_id);
        }
        let text = match verified.text() {
            Ok(text) => text.to_owned(),
            Err(reject) => return reject.into(),
        };
        let envelope = Envelope {
            provider: self.provider,
            event_id: event_id.to_owned(),
            received_at: now,
            raw_key: raw_key(&event, now),
            body: text,
            content: Content::Json,
        };
        let (stored, queued) =
            tokio::join!(self.keep(&envelope.raw_key, verified.bytes()), self.dispatch.dispatch(&envelope));
        let stored = forgiven(stored, Mutant::AcceptedUnstored);
        let queued = forgiven(queued, Mutant::AcceptedUnqueued);
        match (stored, queued) {
            (Ok(()), Ok(())) => Answer::accepted(event_id, transaction_id),
            (Err(error), _) => again("store_unavailable", &error).about(event_id, transaction_id),
            (Ok(()), Err(error)) => again("queue_unavailable", &error).about(event_id, transaction_id),
        }
    }

    async fn keep(&self, key: &str, body: &Bytes) -> Result<(), PortError> {
        #[cfg(feature = "mutants")]
        if mutant::active(Mutant::RawReserialized) {
            return self.raw.put_raw(key, mutant::wrong::compact(body).into()).await;
        }
        if mutant::active(Mutant::RawNotKept) {
            return Ok(());
        }
        self.raw.put_raw(key, body.clone()).await
    }
}

/// Where the raw body of an event lies that was received at `now`, which must not matter.
fn raw_key(event: &PaymentEvent<'_>, now: UnixTime) -> String {
    if mutant::active(Mutant::RawKeyByArrival) {
        return object_key(&PaymentEvent { occurred_at: now, ..event.clone() });
    }
    object_key(event)
}

/// What came of a write, whose failure `mutant` passes over.
fn forgiven(written: Result<(), PortError>, mutant: Mutant) -> Result<(), PortError> {
    if mutant::active(mutant) { Ok(()) } else { written }
}

#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
pub(crate) mod tests;

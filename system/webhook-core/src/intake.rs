//! The first decision: is this delivery genuine, and is it safely stored and queued? Only then the provider hears 200; in every
//! other case it hears why not, and sends again where that helps.

pub mod ipn;
mod media;
pub mod remote;
#[cfg(feature = "mutants")]
mod wrong;

use bytes::Bytes;

use crate::answer::Answer;
use crate::envelope::{Content, Envelope};
use crate::event::PaymentEvent;
use crate::headers::Headers;
use crate::keys::{KeyError, Keyring};
use crate::mutant::{self, Mutant};
use crate::normalize::{EventType, object_key};
use crate::ports::ipn::Quarantine;
use crate::ports::signature_api::SignatureApi;
use crate::ports::{
    Binding, CertificateSource, Dispatch, PortError, RawStore, SecretSource, TransmissionLog,
};
use crate::provider::Provider;
use crate::providers::verified::{RawBody, Verified};
use crate::providers::{self, Claim, KeyRef, paypal};
use crate::reject::Reject;
use crate::sha256;
use crate::unix_time::UnixTime;
use ipn::IpnDoor;
use media::Media;
use remote::{RemoteError, RemoteProof};

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

/// Why there is no 200.
enum Refusal {
    Reject(Reject),
    Key(KeyError),
    Remote(RemoteError),
    Transmissions(PortError),
}

impl From<Reject> for Refusal {
    fn from(reject: Reject) -> Self {
        Self::Reject(reject)
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Reject(reject) => Self::Reject(reject),
            KeyError::Port(_) | KeyError::UnusableSecret(_) | KeyError::TooManyCertificates => {
                Self::Key(error)
            }
        }
    }
}

impl From<RemoteError> for Refusal {
    fn from(error: RemoteError) -> Self {
        match error {
            RemoteError::Reject(reject) => Self::Reject(reject),
            RemoteError::Port(_) | RemoteError::NoClient | RemoteError::TooManyCalls => Self::Remote(error),
        }
    }
}

impl Refusal {
    /// Whether other secrets could lead to another decision: they may have been rotated a moment ago.
    const fn may_be_a_rotation(&self) -> bool {
        matches!(
            self,
            Self::Reject(Reject::SignatureMismatch)
                | Self::Remote(RemoteError::NoClient | RemoteError::Port(PortError::Refused { .. }))
        )
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
        match self.prove(headers, body, now).await {
            Ok((claim, verified)) => self.accept(&claim, &verified, now).await,
            Err(refusal) => refusal.into(),
        }
    }

    async fn prove<'h>(
        &self,
        headers: &Headers<'h>,
        body: Bytes,
        now: UnixTime,
    ) -> Result<(Claim<'h>, Verified), Refusal> {
        let body = RawBody::new(body)?;
        let claim = providers::claim(self.provider, headers)?;
        let mut wanted = providers::key_wanted(&claim)?;
        if let Claim::Paypal(claim) = &claim {
            // What is too old is not worth the fetch of a certificate.
            paypal::check_freshness(claim, now)?;
            if self.signature_api.is_some() {
                paypal::api::check_face(&body)?;
                // The certificate's address was judged; fetching it is PayPal's business then.
                wanted = KeyRef::Secret;
            }
        }
        let endpoint = self.keyring.endpoint(self.provider, wanted, now).await?;
        let verified = match self.check(&claim, body.clone(), &endpoint, now).await {
            Err(refusal) if refusal.may_be_a_rotation() => {
                self.prove_again(&claim, wanted, body, &endpoint, refusal, now).await?
            }
            decided => decided?,
        };
        Ok((claim, verified))
    }

    /// The one place where a claim is decided: by PayPal if it is asked, by the provider's own rules otherwise.
    async fn check(
        &self,
        claim: &Claim<'_>,
        body: RawBody,
        endpoint: &providers::Endpoint,
        now: UnixTime,
    ) -> Result<Verified, Refusal> {
        match (&self.signature_api, claim, endpoint) {
            (Some(remote), Claim::Paypal(claim), providers::Endpoint::PaypalApi(secrets)) => {
                Ok(remote.prove(claim, body, secrets, now).await?)
            }
            _ => {
                #[cfg(feature = "mutants")]
                if let Some(retold) = mutant::wrong::retold(body.bytes())
                    && let Ok(verified) =
                        providers::verify(claim, RawBody::new(retold.into())?, endpoint, now)
                {
                    return Ok(verified);
                }
                Ok(providers::verify(claim, body, endpoint, now)?)
            }
        }
    }

    /// The secret may have been rotated a moment ago. Whether anything is fetched is up to the keyring; if it cannot tell more,
    /// the refusal stands.
    async fn prove_again(
        &self,
        claim: &Claim<'_>,
        wanted: KeyRef<'_>,
        body: RawBody,
        used: &providers::Endpoint,
        refusal: Refusal,
        now: UnixTime,
    ) -> Result<Verified, Refusal> {
        match self.keyring.endpoint_after_mismatch(self.provider, wanted, used, now).await {
            Ok(Some(endpoint)) => self.check(claim, body, &endpoint, now).await,
            Ok(None) | Err(_) => Err(refusal),
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
        if let Err(refusal) = self.bind(claim, verified).await {
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

    /// Where the signature does not cover the body by itself, the first body under a transmission id is the only one.
    async fn bind(&self, claim: &Claim<'_>, verified: &Verified) -> Result<(), Refusal> {
        let Some(transmission_id) = claim.transmission_id() else { return Ok(()) };
        let hash = sha256::of(verified.bytes());
        match self.transmissions.bind(transmission_id, &hash).await {
            Ok(Binding::Holds) => Ok(()),
            Ok(Binding::Conflicts) if mutant::active(Mutant::PaypalTransmissionUnbound) => Ok(()),
            Ok(Binding::Conflicts) => Err(Reject::TransmissionReused.into()),
            Err(error) => Err(Refusal::Transmissions(error)),
        }
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

/// 429, and no fault of this system's: a flood of claims that would each cost a call to the provider. A genuine sender among them
/// sends again later.
const TOO_MANY: &str = "too many claims wait to be checked; send it again later";

/// 503: the provider keeps the delivery and sends it again.
fn again(code: &'static str, error: &impl std::fmt::Display) -> Answer {
    let status = if mutant::active(Mutant::FailuresAnswered500) { 500 } else { 503 };
    Answer::error(status, code, "the delivery could not be taken safely; send it again later").because(error)
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Reject(reject) => reject.into(),
            Refusal::Key(error @ KeyError::TooManyCertificates) => {
                Self::error(429, "too_many_certificates", TOO_MANY).because(&error)
            }
            Refusal::Remote(error @ RemoteError::TooManyCalls) => {
                Self::error(429, "too_many_calls", TOO_MANY).because(&error)
            }
            Refusal::Key(error) => again(key_code(&error), &error),
            Refusal::Remote(error) => again(remote_code(&error), &error),
            Refusal::Transmissions(error) => again("store_unavailable", &error),
        }
    }
}

const fn key_code(error: &KeyError) -> &'static str {
    match error {
        KeyError::Reject(reject) => reject.code(),
        KeyError::Port(_) => "key_unavailable",
        KeyError::UnusableSecret(_) | KeyError::TooManyCertificates => "key_unusable",
    }
}

const fn remote_code(error: &RemoteError) -> &'static str {
    match error {
        RemoteError::Reject(reject) => reject.code(),
        RemoteError::Port(_) => "signature_api_unavailable",
        RemoteError::NoClient | RemoteError::TooManyCalls => "key_unusable",
    }
}

#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod tests;

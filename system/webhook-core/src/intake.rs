//! The first decision: is this delivery genuine, and is it safely stored and queued? Only then the provider hears 200; in every
//! other case it hears why not, and sends again where that helps.

use bytes::Bytes;

use crate::answer::Answer;
use crate::envelope::{Content, Envelope};
use crate::headers::Headers;
use crate::keys::{KeyError, Keyring};
use crate::normalize::object_key;
use crate::ports::{
    Binding, CertificateSource, Dispatch, PortError, RawStore, SecretSource, TransmissionLog,
};
use crate::provider::Provider;
use crate::providers::verified::{RawBody, Verified};
use crate::providers::{self, Claim, KeyRef};
use crate::reject::Reject;
use crate::sha256;
use crate::unix_time::UnixTime;

/// One provider's intake.
pub struct Intake<S, C, R, D, T> {
    /// Whose deliveries come here.
    pub provider: Provider,
    /// The endpoint's keys.
    pub keyring: Keyring<S, C>,
    /// Where raw bodies are kept.
    pub raw: R,
    /// The way to the processor.
    pub dispatch: D,
    /// Which body a transmission id stood for (PayPal only).
    pub transmissions: T,
}

/// Why there is no 200.
enum Refusal {
    Reject(Reject),
    Key(KeyError),
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

impl<S, C, R, D, T> Intake<S, C, R, D, T>
where
    S: SecretSource,
    C: CertificateSource,
    R: RawStore,
    D: Dispatch,
    T: TransmissionLog,
{
    /// Decides about one delivery received at `now`. Nothing is written before the signature is proven; an overall time
    /// limit is the caller's.
    pub async fn handle(&self, headers: &Headers<'_>, body: Bytes, now: UnixTime) -> Answer {
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
        let wanted = providers::key_wanted(&claim)?;
        let endpoint = self.keyring.endpoint(self.provider, wanted, now).await?;
        let verified = match providers::verify(&claim, body.clone(), &endpoint, now) {
            Err(Reject::SignatureMismatch) => self.prove_again(&claim, wanted, body, &endpoint, now).await?,
            decided => decided?,
        };
        Ok((claim, verified))
    }

    /// The secret may have been rotated a moment ago. Whether anything is fetched is up to the keyring; if it cannot tell more,
    /// the mismatch stands.
    async fn prove_again(
        &self,
        claim: &Claim<'_>,
        wanted: KeyRef<'_>,
        body: RawBody,
        used: &providers::Endpoint,
        now: UnixTime,
    ) -> Result<Verified, Reject> {
        match self.keyring.endpoint_after_mismatch(self.provider, wanted, used, now).await {
            Ok(Some(endpoint)) => providers::verify(claim, body, &endpoint, now),
            Ok(None) | Err(_) => Err(Reject::SignatureMismatch),
        }
    }

    async fn accept(&self, claim: &Claim<'_>, verified: &Verified, now: UnixTime) -> Answer {
        let event = match providers::event(verified) {
            Ok(event) => event,
            Err(reject) => return reject.into(),
        };
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
            raw_key: object_key(&event),
            body: text,
            content: Content::Json,
        };
        let (stored, queued) = tokio::join!(
            self.raw.put_raw(&envelope.raw_key, verified.bytes().clone()),
            self.dispatch.dispatch(&envelope)
        );
        match (stored, queued) {
            (Ok(()), Ok(())) => Answer::accepted(event_id, transaction_id),
            (Err(error), _) => again("store_unavailable", &error).about(event_id, transaction_id),
            (Ok(()), Err(error)) => again("queue_unavailable", &error).about(event_id, transaction_id),
        }
    }

    /// Where the signature does not cover the body by itself, the first body under a transmission id is the only one.
    async fn bind(&self, claim: &Claim<'_>, verified: &Verified) -> Result<(), Refusal> {
        let Some(transmission_id) = claim.transmission_id() else { return Ok(()) };
        let hash = sha256::of(verified.bytes());
        match self.transmissions.bind(transmission_id, &hash).await {
            Ok(Binding::Holds) => Ok(()),
            Ok(Binding::Conflicts) => Err(Reject::TransmissionReused.into()),
            Err(error) => Err(Refusal::Transmissions(error)),
        }
    }
}

/// 503: the provider keeps the delivery and sends it again.
fn again(code: &'static str, error: &impl std::fmt::Display) -> Answer {
    Answer::error(503, code, "the delivery could not be taken safely; send it again later").because(error)
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Reject(reject) => reject.into(),
            Refusal::Key(error) => again(key_code(&error), &error),
            Refusal::Transmissions(error) => again("store_unavailable", &error),
        }
    }
}

const fn key_code(error: &KeyError) -> &'static str {
    match error {
        KeyError::Reject(reject) => reject.code(),
        KeyError::Port(_) => "key_unavailable",
        KeyError::UnusableSecret(_) => "key_unusable",
        KeyError::TooManyCertificates => "too_many_certificates",
    }
}

#[cfg(test)]
mod tests;

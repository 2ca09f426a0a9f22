//! Whether a delivery is genuine: the part of the decision that every kind of intake shares. Nothing is written here but the
//! binding of a transmission id, and that only for a body that is proven.

use bytes::Bytes;

use crate::answer::Answer;
use crate::headers::Headers;
use crate::intake::remote::{RemoteError, RemoteProof};
use crate::keys::{KeyError, Keyring};
use crate::mutant::{self, Mutant};
use crate::ports::signature_api::SignatureApi;
use crate::ports::{Binding, CertificateSource, PortError, SecretSource, TransmissionLog};
use crate::provider::Provider;
use crate::providers::verified::{RawBody, Verified};
use crate::providers::{self, Claim, KeyRef, paypal};
use crate::reject::Reject;
use crate::sha256;
use crate::unix_time::UnixTime;

/// What decides whether a provider's deliveries are genuine.
pub(crate) struct Prover<'i, S, C, A> {
    /// Whose deliveries.
    pub(crate) provider: Provider,
    /// The endpoint's keys.
    pub(crate) keyring: &'i Keyring<S, C>,
    /// Asks PayPal about signatures; without it they are checked here.
    pub(crate) signature_api: Option<&'i RemoteProof<A>>,
}

/// Why there is no 200.
pub(crate) enum Refusal {
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

impl<S: SecretSource, C: CertificateSource, A: SignatureApi> Prover<'_, S, C, A> {
    /// Size, claim, key, signature, in this order.
    pub(crate) async fn prove<'h>(
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
        match (self.signature_api, claim, endpoint) {
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
}

/// Where the signature does not cover the body by itself, the first body under a transmission id is the only one.
pub(crate) async fn bind(
    transmissions: &impl TransmissionLog,
    claim: &Claim<'_>,
    verified: &Verified,
) -> Result<(), Refusal> {
    let Some(transmission_id) = claim.transmission_id() else { return Ok(()) };
    let hash = sha256::of(verified.bytes());
    match transmissions.bind(transmission_id, &hash).await {
        Ok(Binding::Holds) => Ok(()),
        Ok(Binding::Conflicts) if mutant::active(Mutant::PaypalTransmissionUnbound) => Ok(()),
        Ok(Binding::Conflicts) => Err(Reject::TransmissionReused.into()),
        Err(error) => Err(Refusal::Transmissions(error)),
    }
}

/// 429, and no fault of this system's: a flood of claims that would each cost a call to the provider. A genuine sender among them
/// sends again later.
const TOO_MANY: &str = "too many claims wait to be checked; send it again later";

/// 503: the provider keeps the delivery and sends it again.
pub(crate) fn again(code: &'static str, error: &impl std::fmt::Display) -> Answer {
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

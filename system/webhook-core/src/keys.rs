//! The keys at hand: secrets and certificates, cached, with bounds on how often anybody can make this system fetch.
//!
//! - A secret is fetched again after [`SECRET_TTL_SECS`]. While the source is down, the old one keeps serving.
//! - A signature that matches nothing may mean that the secret was rotated: then one fetch, but at most every
//!   [`REFETCH_PAUSE_SECS`], so that a flood of forgeries is no flood of secret reads.
//! - Any number of deliveries waiting for the same key cause one fetch.
//!
//! Time is an argument. Certificates are in [`certificates`].

pub mod certificates;
pub mod secrets;

use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use crate::certificate::TrustRoots;
use crate::mutant::{self, Mutant};
use crate::ports::{CertificateSource, PortError, SecretSource, SecretString};
use crate::provider::Provider;
use crate::providers::{Endpoint, KeyRef, paypal};
use crate::reject::Reject;
use crate::unix_time::UnixTime;
use certificates::Certificates;
use secrets::{ProviderSecrets, UnusableSecret};

/// How long a secret serves before it is fetched again, in seconds.
pub const SECRET_TTL_SECS: i64 = 300;

/// Shortest time between two fetches that mismatches cause, and between two tries of a source that is down while an old secret
/// serves, in seconds.
pub const REFETCH_PAUSE_SECS: i64 = 30;

/// Shortest time between two tries of a source that never gave a secret, in seconds.
pub const RETRY_PAUSE_SECS: i64 = 1;

/// How a [`Keyring`] is set up.
pub struct KeyringOptions {
    /// Where PayPal's certificates must come from.
    pub paypal_roots: TrustRoots,
    /// Notification URL of the Square subscription, for stored secrets that do not name it.
    pub square_notification_url: Option<String>,
}

impl Default for KeyringOptions {
    fn default() -> Self {
        Self { paypal_roots: TrustRoots::paypal(), square_notification_url: None }
    }
}

/// Why no key could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The claim itself is at fault: its certificate proves nothing.
    #[error(transparent)]
    Reject(#[from] Reject),
    /// The source failed, and nothing is cached.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The stored secret cannot be used.
    #[error(transparent)]
    UnusableSecret(#[from] UnusableSecret),
    /// Too many unknown certificates were asked for in a short while.
    #[error("too many unknown certificates were asked for")]
    TooManyCertificates,
}

/// The keys of this system's endpoints.
pub struct Keyring<S, C> {
    source: S,
    square_notification_url: Option<String>,
    slots: [Slot; Provider::ALL.len()],
    certificates: Certificates<C>,
}

/// One provider's secrets.
#[derive(Default)]
struct Slot {
    cached: RwLock<Option<Arc<Cached>>>,
    /// Held while fetching: whoever waits for it finds the result in `cached`.
    flight: Mutex<Flight>,
}

struct Cached {
    /// As fetched, to see whether a later fetch brought anything new.
    texts: Vec<SecretString>,
    secrets: ProviderSecrets,
    fetched_at: UnixTime,
}

#[derive(Default)]
struct Flight {
    /// The last fetch that a mismatch caused.
    refetched_at: Option<UnixTime>,
    /// The last failure, until a fetch succeeds.
    failed: Option<(UnixTime, KeyError)>,
}

impl<S: SecretSource, C: CertificateSource> Keyring<S, C> {
    /// Nothing is fetched yet.
    pub fn new(secrets: S, certificates: C, options: KeyringOptions) -> Self {
        Self {
            source: secrets,
            square_notification_url: options.square_notification_url,
            slots: Default::default(),
            certificates: Certificates::new(certificates, options.paypal_roots),
        }
    }

    /// Fetches the secrets of `provider` ahead of the first delivery.
    pub async fn warm(&self, provider: Provider, now: UnixTime) -> Result<(), KeyError> {
        self.secrets(provider, now).await.map(drop)
    }

    /// What [`verify`](crate::providers::verify) needs to decide, from the caches if they have it.
    pub async fn endpoint(
        &self,
        provider: Provider,
        wanted: KeyRef<'_>,
        now: UnixTime,
    ) -> Result<Endpoint, KeyError> {
        let cached = self.secrets(provider, now).await?;
        self.assemble(cached.secrets.clone(), wanted, now).await
    }

    /// After a mismatch: the endpoint with newly fetched secrets, if a fetch is due and brought other secrets. `None` means that
    /// the mismatch stands.
    pub async fn endpoint_after_mismatch(
        &self,
        provider: Provider,
        wanted: KeyRef<'_>,
        used: &Endpoint,
        now: UnixTime,
    ) -> Result<Option<Endpoint>, KeyError> {
        let slot = self.slot(provider);
        let mut flight = slot.flight.lock().await;
        // Somebody else may have fetched while this delivery was being checked.
        let current = match slot.cached() {
            Some(cached) if !cached.secrets.are_of(used) => Some(cached),
            cached if may_refetch(flight.refetched_at, now) => {
                flight.refetched_at = Some(now);
                let fetched = self.fetch(provider, now).await?;
                let changed = cached.is_none_or(|cached| cached.texts != fetched.texts);
                if changed {
                    slot.store(&fetched);
                }
                flight.failed = None;
                changed.then_some(fetched)
            }
            _ => None,
        };
        drop(flight);
        match current {
            Some(current) => self.assemble(current.secrets.clone(), wanted, now).await.map(Some),
            None => Ok(None),
        }
    }

    async fn assemble(
        &self,
        secrets: ProviderSecrets,
        wanted: KeyRef<'_>,
        now: UnixTime,
    ) -> Result<Endpoint, KeyError> {
        match (secrets, wanted) {
            (ProviderSecrets::Stripe(secrets), KeyRef::Secret) => Ok(Endpoint::Stripe(secrets)),
            (ProviderSecrets::Square(secrets), KeyRef::Secret) => Ok(Endpoint::Square(secrets)),
            (ProviderSecrets::Paypal(secrets), KeyRef::SecretAndCertificate(reference)) => {
                let certificate = self.certificates.get(reference, now).await?;
                Ok(Endpoint::Paypal(paypal::Endpoint { secrets, certificate }))
            }
            (ProviderSecrets::Paypal(secrets), KeyRef::Secret) => Ok(Endpoint::PaypalApi(secrets)),
            // No claim of a provider asks for another provider's kind of key.
            (ProviderSecrets::Stripe(_) | ProviderSecrets::Square(_), KeyRef::SecretAndCertificate(_)) => {
                Err(Reject::SignatureMismatch.into())
            }
        }
    }

    async fn secrets(&self, provider: Provider, now: UnixTime) -> Result<Arc<Cached>, KeyError> {
        let slot = self.slot(provider);
        if let Some(cached) = slot.cached().filter(|cached| cached.is_fresh(now)) {
            return Ok(cached);
        }
        let mut flight = slot.flight.lock().await;
        let cached = slot.cached();
        if let Some(cached) = cached.as_ref().filter(|cached| cached.is_fresh(now)) {
            return Ok(Arc::clone(cached));
        }
        let pause_secs = if cached.is_some() { REFETCH_PAUSE_SECS } else { RETRY_PAUSE_SECS };
        let error = match &flight.failed {
            Some((failed_at, error)) if within(*failed_at, now, pause_secs) => error.clone(),
            _ => match self.fetch(provider, now).await {
                Ok(fetched) => {
                    slot.store(&fetched);
                    flight.failed = None;
                    return Ok(fetched);
                }
                Err(error) => {
                    flight.failed = Some((now, error.clone()));
                    error
                }
            },
        };
        cached.ok_or(error)
    }

    async fn fetch(&self, provider: Provider, now: UnixTime) -> Result<Arc<Cached>, KeyError> {
        let mut texts = self.source.fetch_secrets(provider).await?;
        if mutant::active(Mutant::PreviousSecretRefused) {
            texts.truncate(1);
        }
        let url = self.square_notification_url.as_deref();
        let secrets = ProviderSecrets::parse(provider, &texts, url)?;
        Ok(Arc::new(Cached { texts, secrets, fetched_at: now }))
    }

    const fn slot(&self, provider: Provider) -> &Slot {
        let [stripe, paypal, square] = &self.slots;
        match provider {
            Provider::Stripe => stripe,
            Provider::Paypal => paypal,
            Provider::Square => square,
        }
    }
}

impl Slot {
    fn cached(&self) -> Option<Arc<Cached>> {
        self.cached.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn store(&self, cached: &Arc<Cached>) {
        *self.cached.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(cached));
    }
}

impl Cached {
    fn is_fresh(&self, now: UnixTime) -> bool {
        within(self.fetched_at, now, SECRET_TTL_SECS)
    }
}

fn may_refetch(refetched_at: Option<UnixTime>, now: UnixTime) -> bool {
    if mutant::active(Mutant::SecretNeverFetchedAgain) || mutant::active(Mutant::SecretFetchedForEachForgery)
    {
        return mutant::active(Mutant::SecretFetchedForEachForgery);
    }
    !refetched_at.is_some_and(|at| within(at, now, REFETCH_PAUSE_SECS))
}

/// Whether `now` is less than `secs` after `then`. Deliveries that run side by side may look at the clock a moment before the
/// one that fetched, so a little before counts too; a clock that was set back does not keep anything for ever.
pub(crate) fn within(then: UnixTime, now: UnixTime, secs: i64) -> bool {
    const OVERLAP_MILLIS: i64 = 10_000;
    let age_millis = now.millis().saturating_sub(then.millis());
    (-OVERLAP_MILLIS..secs * 1000).contains(&age_millis)
}

#[cfg(test)]
mod tests;

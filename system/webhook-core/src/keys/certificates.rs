//! PayPal's certificates by address: validated once, kept at most a day. What anybody can ask for is bounded in number and rate,
//! because the address comes from a header that is not proven yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::certificate::{TrustRoots, TrustedCertificate};
use crate::keys::{KeyError, within};
use crate::mutant::{self, Mutant};
use crate::ports::{CertificateSource, PortError};
use crate::providers::paypal::CertificateRef;
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// How long a certificate serves before it is fetched again, in seconds.
pub const CERTIFICATE_TTL_SECS: i64 = 24 * 3600;

/// How long a failure is remembered, in seconds.
pub const FAILURE_TTL_SECS: i64 = 30;

/// Most addresses remembered.
pub const MAX_ENTRIES: usize = 64;

/// Most fetches within [`FAILURE_TTL_SECS`]. PayPal changes certificates about once a year.
pub const MAX_FETCHES: usize = 16;

pub(super) struct Certificates<C> {
    source: C,
    roots: TrustRoots,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_path: HashMap<(&'static str, String), Arc<Entry>>,
    /// When the latest fetches were begun.
    fetches: Vec<UnixTime>,
}

/// One address; the cell makes sure that it is fetched once, however many wait for it.
struct Entry {
    since: UnixTime,
    result: OnceCell<Result<Arc<TrustedCertificate>, KeyError>>,
}

impl Entry {
    fn serves(&self, now: UnixTime) -> bool {
        match self.result.get() {
            // Still being fetched, or whoever fetched it gave up: the next one takes over.
            None => true,
            Some(Ok(_)) => {
                within(self.since, now, CERTIFICATE_TTL_SECS)
                    && !mutant::active(Mutant::PaypalCertificatesNotKept)
            }
            Some(Err(_)) if mutant::active(Mutant::PaypalCertificateFailuresForgotten) => false,
            Some(Err(_)) => within(self.since, now, FAILURE_TTL_SECS),
        }
    }

    /// What goes first when there is no room: failures before certificates, the older before the newer.
    fn worth(&self) -> (bool, UnixTime) {
        (matches!(self.result.get(), Some(Ok(_))), self.since)
    }
}

impl<C: CertificateSource> Certificates<C> {
    pub(super) fn new(source: C, roots: TrustRoots) -> Self {
        Self { source, roots, known: Mutex::default() }
    }

    /// The certificate behind `reference`, proven to be PayPal's.
    pub(super) async fn get(
        &self,
        reference: CertificateRef<'_>,
        now: UnixTime,
    ) -> Result<Arc<TrustedCertificate>, KeyError> {
        let entry = self.entry(reference, now)?;
        entry.result.get_or_init(|| self.fetch(reference, now)).await.clone()
    }

    fn entry(&self, reference: CertificateRef<'_>, now: UnixTime) -> Result<Arc<Entry>, KeyError> {
        let key = (reference.host, reference.path.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = known.by_path.get(&key).filter(|entry| entry.serves(now)) {
            return Ok(Arc::clone(entry));
        }
        known.fetches.retain(|begun_at| within(*begun_at, now, FAILURE_TTL_SECS));
        let unbounded = mutant::active(Mutant::PaypalCertificatesNotKept)
            || mutant::active(Mutant::PaypalCertificateFailuresForgotten);
        if known.fetches.len() >= MAX_FETCHES && !unbounded {
            return Err(KeyError::TooManyCertificates);
        }
        known.fetches.push(now);
        known.by_path.remove(&key);
        known.make_room();
        let entry = Arc::new(Entry { since: now, result: OnceCell::new() });
        known.by_path.insert(key, Arc::clone(&entry));
        Ok(entry)
    }

    async fn fetch(
        &self,
        reference: CertificateRef<'_>,
        now: UnixTime,
    ) -> Result<Arc<TrustedCertificate>, KeyError> {
        let pem = self.source.fetch_certificate(reference.host, reference.path).await.map_err(why_not)?;
        Ok(Arc::new(TrustedCertificate::from_pem(&pem, &self.roots, now)?))
    }
}

impl Known {
    fn make_room(&mut self) {
        while self.by_path.len() >= MAX_ENTRIES {
            let least =
                self.by_path.iter().min_by_key(|(_, entry)| entry.worth()).map(|(key, _)| key.clone());
            let Some(least) = least else { return };
            self.by_path.remove(&least);
        }
    }
}

/// An address at PayPal that holds no certificate is the sender's fault; a host that does not answer is not.
fn why_not(error: PortError) -> KeyError {
    match error {
        PortError::Refused { .. } if !mutant::active(Mutant::PaypalMissingCertificateAnswered503) => {
            Reject::CertificateUntrusted.into()
        }
        PortError::Refused { .. } => error.into(),
        PortError::Unavailable { .. } => error.into(),
    }
}

#[cfg(test)]
mod tests;

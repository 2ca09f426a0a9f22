//! The rotation drill: while the load runs, the target gets new secrets, and deliveries are signed with them as soon as every
//! validator must take them.
//!
//! A validator that meets a signature it cannot explain reads its secrets again, but at most every 30 s, so that a flood of
//! forgeries is no flood of reads; the secret before the current one stays good. Hence the drill: put new secrets, go on signing with
//! the old ones for [`SETTLE`], then sign with the new ones. A genuine delivery that is refused on the way fails the run like
//! any other.
//!
//! Invariant: a drill that did not happen as asked is noted, so that no run passes for it.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ledger::entry::Entry;
use provider_sim::{KeyError, Keys, Provider};
use reports::record::Rotation;
use target_clients::{Clients, SecretError};

use crate::clock::unix_ms;
use crate::load::{Load, lock};

/// From the moment when new secrets are in place to the moment when deliveries are signed with them: the pause between two
/// reads of a validator's secrets (30 s), and a second for the read itself.
pub const SETTLE: Duration = Duration::from_secs(31);

/// So much of the run must be left after that, to show anything.
pub const AFTER: Duration = Duration::from_secs(5);

/// What deliveries are signed with.
pub struct Signing {
    first: Arc<Keys>,
    rotated: OnceLock<(i64, Arc<Keys>)>,
}

impl Signing {
    /// With these keys, until further notice.
    #[must_use]
    pub const fn new(keys: Arc<Keys>) -> Self {
        Self { first: keys, rotated: OnceLock::new() }
    }

    /// The keys of a delivery that is made now.
    pub fn current(&self) -> &Keys {
        self.rotated.get().map_or(&self.first, |(_, keys)| keys)
    }

    /// The keys of another delivery of an event that was first sent at `first_ms`. Stripe signs every attempt anew; PayPal and
    /// Square repeat what they sent, signature included, so that the receiver meets the secret of that time.
    pub fn of_repetition(&self, provider: Provider, first_ms: i64) -> &Keys {
        match (provider, self.rotated.get()) {
            (Provider::Paypal | Provider::Square, Some((since_ms, _))) if first_ms < *since_ms => &self.first,
            _ => self.current(),
        }
    }

    /// From now on with other keys; the first call counts.
    fn switch(&self, keys: Arc<Keys>, now_ms: i64) {
        let _ = self.rotated.set((now_ms, keys));
    }
}

/// The target's Secrets Manager.
#[derive(Debug, Clone)]
pub struct Vault {
    /// Clients of the target's services.
    pub clients: Clients,
    /// Name of each provider's secret.
    pub names: Vec<(Provider, String)>,
}

impl Vault {
    /// Puts the providers' new secrets in the place of their current ones. What else a secret holds stays in it.
    async fn put(&self, keys: &Keys) -> Result<(), SecretError> {
        let secrets = keys.secrets_json();
        let put = |(provider, name): &(Provider, String)| {
            let (members, name) = (secrets[provider.as_str()].clone(), name.clone());
            async move { self.clients.replace_secret(&name, &members).await }
        };
        futures::future::try_join_all(self.names.iter().map(put)).await.map(drop)
    }
}

/// A drill that is to take place.
pub struct Drill {
    /// Into the measured part.
    pub at: Duration,
    /// Where new secrets go.
    pub vault: Vault,
    /// The new ones.
    pub keys: Arc<Keys>,
}

impl Drill {
    /// A drill with keys made from the current ones.
    pub fn new(at: Duration, vault: Vault, current: &Keys) -> Result<Self, KeyError> {
        Ok(Self { at, vault, keys: Arc::new(current.rotated()?) })
    }

    /// Carries it out beside the load; what was done is in [`Load::rotation`].
    pub async fn run(self, load: Arc<Load>) {
        let start = loop {
            match load.started() {
                Some(start) => break start,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let measured = start.instant + load.warmup();
        tokio::time::sleep_until((measured + self.at).into()).await;
        if let Err(reason) = self.vault.put(&self.keys).await {
            load.mistake(format!("the target's secrets could not be replaced: {reason}"));
            return;
        }
        let since = |moment: Instant| moment.saturating_duration_since(measured).as_secs_f64();
        let put = Instant::now();
        let providers = self.vault.names.iter().map(|(provider, _)| provider.to_string()).collect();
        *lock(&load.rotation) =
            Some(Rotation { providers, put_s: since(put), signed_from_s: None, deliveries_after: 0 });
        tokio::time::sleep_until((put + SETTLE).into()).await;
        load.keys.switch(self.keys, unix_ms());
        if let Some(rotation) = &mut *lock(&load.rotation) {
            rotation.signed_from_s = Some(since(Instant::now()));
        }
    }
}

/// The drill as it went, with what was delivered after the switch.
#[must_use]
pub fn outcome(load: &Load, entries: &[Entry]) -> Option<Rotation> {
    let mut rotation = lock(&load.rotation).take()?;
    if let Some(from_s) = rotation.signed_from_s {
        let from = load.warmup() + Duration::from_secs_f64(from_s);
        let signed_anew = |entry: &&Entry| {
            let driven = rotation.providers.iter().any(|name| name == entry.provider.as_str());
            driven && entry.kind.is_genuine() && entry.intended() >= from
        };
        rotation.deliveries_after = u64::try_from(entries.iter().filter(signed_anew).count()).unwrap_or(0);
    }
    Some(rotation)
}

/// What is missing of a drill that was asked for.
#[must_use]
pub fn undone(asked: bool, rotation: Option<&Rotation>) -> Option<&'static str> {
    match rotation {
        _ if !asked => None,
        None => Some("The secrets were to be rotated and were not."),
        Some(Rotation { signed_from_s: None, .. }) => {
            Some("The secrets were rotated, but nothing was signed with the new ones before the run ended.")
        }
        Some(Rotation { deliveries_after: 0, .. }) => {
            Some("The secrets were rotated, but no delivery followed that was signed with the new ones.")
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests;

//! A receiver that is up: where it is, what it signs with, and how one looks into it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use localstack::Ready;
use localstack::deployment::{Deployment, NotDeployed};
use localstack::embedded::Embedded;
use provider_sim::{Keys, PaypalStandIn, Provider};
use tokio::time::Instant;

use crate::capability::Capabilities;
use crate::exit::Failure;
use crate::stores::{Snapshot, Stores, Unreadable};

pub mod aws;
pub mod deployed;
pub mod embedded;
pub mod remote;

/// How long asynchronous work may take to come to rest.
const SETTLE_MAX: Duration = Duration::from_secs(20);
/// Longest time a case may take, where nothing takes minutes.
const CASE_MAX: Duration = Duration::from_secs(90);

/// The keys of both sides, which a rotation replaces.
#[derive(Debug, Clone)]
pub struct Keyring {
    /// Those in force.
    pub current: Arc<Keys>,
    /// Those before the last rotation.
    pub previous: Option<Arc<Keys>>,
}

/// See the module.
pub struct Target {
    /// `embedded`, `localstack`, `aws`, `url`.
    pub name: String,
    /// Base URL of the API with its stage.
    pub base_url: String,
    /// Path of each provider's webhooks, behind the base URL.
    pub webhook_paths: BTreeMap<Provider, String>,
    /// Path of the transactions API, behind the base URL.
    pub transactions_path: String,
    /// Headers that a provider's webhooks carry here beside the provider's own.
    pub extra_headers: BTreeMap<Provider, Vec<(String, String)>>,
    /// What it lets one do and see.
    pub offers: Capabilities,
    /// For requests.
    pub http: reqwest::Client,
    /// Its addresses and names, where they are known.
    pub ready: Option<Ready>,
    /// Readers of its stores.
    pub stores: Option<Stores>,
    /// Folder of its logs.
    pub log_dir: Option<PathBuf>,
    /// What the functions' names end with.
    pub function_suffix: String,
    /// What stands in for PayPal.
    pub paypal: Option<PaypalStandIn>,
    /// How it comes to rest.
    rest: Rest,
    keys: Mutex<Keyring>,
    /// The newest picture of the stores, with the moment it was begun.
    looked: tokio::sync::Mutex<Option<(Instant, Arc<Snapshot>)>>,
}

/// How one knows that nothing is under way.
enum Rest {
    /// The cloud in this process says so.
    Embedded(Box<Embedded>),
    /// Nobody says so.
    Quiet {
        /// This long after a delivery what becomes of it is usually there.
        quiet: Duration,
        /// What is expected and not there yet may still come for so long.
        patience: Duration,
    },
    /// Likewise; this process brought it up.
    Deployed(Duration, Box<Deployment>),
}

/// Work that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// Events are under way still.
    #[error("events were still under way after {} s", SETTLE_MAX.as_secs())]
    Busy,
    /// The stores cannot be looked at.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

impl Target {
    /// A system of this project, by what it says of itself: without a stand-in for PayPal, and with functions by their plain names.
    fn of(
        ready: Ready,
        offers: Capabilities,
        stores: Stores,
        keys: Arc<Keys>,
        rest: Rest,
    ) -> Result<Self, Failure> {
        Ok(Self {
            name: ready.target.clone(),
            base_url: ready.api_base_url.clone(),
            webhook_paths: embedded::webhook_paths(),
            transactions_path: "/api/v1/transactions".to_owned(),
            extra_headers: remote::extra_headers(&ready),
            offers,
            http: embedded::client()?,
            stores: Some(stores),
            log_dir: Some(ready.log_dir.clone()),
            ready: Some(ready),
            function_suffix: String::new(),
            paypal: None,
            rest,
            keys: Mutex::new(Keyring { current: keys, previous: None }),
            looked: tokio::sync::Mutex::new(None),
        })
    }

    /// The keys in force.
    #[must_use]
    pub fn keys(&self) -> Keyring {
        self.keyring().clone()
    }

    /// Puts new keys in the place of the current ones.
    pub fn rotate(&self, new: Arc<Keys>) {
        let mut ring = self.keyring();
        ring.previous = Some(std::mem::replace(&mut ring.current, new));
    }

    fn keyring(&self) -> MutexGuard<'_, Keyring> {
        // Replaced as a whole.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cloud, where it runs in this process.
    #[must_use]
    pub fn embedded(&self) -> Option<&Embedded> {
        match &self.rest {
            Rest::Embedded(embedded) => Some(embedded),
            Rest::Quiet { .. } | Rest::Deployed(..) => None,
        }
    }

    /// Waits until nothing is under way, and gives a picture of the stores that was begun after that.
    ///
    /// # Errors
    /// It does not come to rest, or a store does not answer.
    pub async fn settled(&self, stores: &Stores) -> Result<Arc<Snapshot>, Unsettled> {
        let deadline = Instant::now() + SETTLE_MAX;
        match &self.rest {
            Rest::Embedded(embedded) => {
                while !embedded.idle() {
                    if Instant::now() >= deadline {
                        return Err(Unsettled::Busy);
                    }
                    tokio::time::sleep(Duration::from_millis(2)).await; // poll
                }
                Ok(self.picture_since(stores, Instant::now()).await?)
            }
            Rest::Quiet { quiet, .. } | Rest::Deployed(quiet, _) => {
                // Other cases and other senders keep it busy: what is still to come of this case shows within this time,
                // or within that of [`Target::patience`].
                tokio::time::sleep(*quiet).await;
                Ok(self.picture_since(stores, Instant::now()).await?)
            }
        }
    }

    /// How long what is expected and not there yet may still come, where nobody says that nothing is under way.
    #[must_use]
    pub const fn patience(&self) -> Duration {
        match self.rest {
            Rest::Embedded(_) => Duration::ZERO,
            Rest::Quiet { patience, .. } => patience,
            Rest::Deployed(..) => SETTLE_MAX,
        }
    }

    /// Longest time a case may take: some wait for several things to come.
    #[must_use]
    pub const fn case_max(&self) -> Duration {
        let patience = self.patience();
        if patience.as_secs() > SETTLE_MAX.as_secs() { patience.saturating_mul(4) } else { CASE_MAX }
    }

    /// A picture begun at this moment or later; cases that look at the same time share one.
    async fn picture_since(&self, stores: &Stores, since: Instant) -> Result<Arc<Snapshot>, Unreadable> {
        let mut looked = self.looked.lock().await;
        if let Some((_, picture)) = looked.as_ref().filter(|(begun, _)| *begun >= since) {
            return Ok(Arc::clone(picture));
        }
        let begun = Instant::now();
        let picture = Arc::new(stores.snapshot().await?);
        *looked = Some((begun, Arc::clone(&picture)));
        Ok(picture)
    }

    /// Takes it down, where this process brought it up.
    ///
    /// # Errors
    /// Something stayed behind.
    pub async fn close(self) -> Result<(), NotDeployed> {
        match self.rest {
            Rest::Embedded(embedded) => embedded.shutdown().await,
            Rest::Deployed(_, deployment) => deployment.close().await?,
            Rest::Quiet { .. } => {}
        }
        Ok(())
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

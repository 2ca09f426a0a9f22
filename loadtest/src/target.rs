//! Where the load goes, and how its stores are read: the embedded cloud in this process, an emulator of AWS that the
//! system is deployed to for the run, AWS, a running target by its ready file, or a bare URL that shows nothing but answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use localstack::Ready;
use localstack::deployment::NotDeployed;
use provider_sim::{Keys, Provider};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use target_clients::Clients;

use crate::alarms::Watch;
use crate::cli::{Args, Kind};
use crate::exit::Failure;
use crate::plan::Plan;
use crate::rotation::Vault;
use crate::terminal::Terminal;
use localstack::signing::QuerySigner;

mod aws;
mod deployed;
mod embedded;
mod remote;

pub use embedded::Cloud;

/// Square signs the URL that is configured at Square, which is not the one that is called here.
const SQUARE_URL: &str = "https://webhooks.example.com/api/v1/webhooks/square";

/// A target that is up.
pub struct Target {
    /// Name in records.
    pub name: String,
    /// Base URL of the API with its stage.
    pub base_url: String,
    /// What the providers sign with.
    pub keys: Arc<Keys>,
    /// Readers of the stores, if they can be read.
    pub clients: Option<Clients>,
    /// Its Secrets Manager, if it can be written to.
    pub vault: Option<Vault>,
    /// Signs queries, if the target wants that.
    pub query_signer: Option<QuerySigner>,
    /// Where the functions' logs are.
    pub log_dir: Option<PathBuf>,
    /// Whether the target trusts the certificate that stands in for PayPal's.
    pub trusts_paypal: bool,
    /// Headers that a provider's webhooks carry beside the provider's own.
    pub headers: BTreeMap<Provider, HeaderMap>,
    /// Its alarms, if it has any that can be watched.
    pub alarms: Option<Watch>,
    up: Up,
}

/// Who brought the target up.
enum Up {
    /// This process, within itself.
    Embedded(Box<Cloud>),
    /// This process, on an emulator.
    Deployed(Box<deployed::Deployed>),
    /// Somebody else.
    Elsewhere,
}

/// How long to wait for a target to become quiet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Its stores must not change for this long.
    pub quiet: Duration,
    /// While something is missing, wait at least so long.
    pub at_least: Duration,
    /// And at most so long.
    pub at_most: Duration,
    /// Between two looks at stores that must speak for themselves.
    pub look: Duration,
}

/// AWS retries after one and after two more minutes, and gives up after that (Lambda's documentation, "Asynchronous invocation"); its
/// queue may be slow to show a message.
const AS_AWS: Patience = Patience {
    quiet: Duration::from_secs(15),
    at_least: Duration::from_secs(210),
    at_most: Duration::from_secs(420),
    look: READ,
};
/// The same where every look is billed, by the records that it reads.
pub const ON_AWS: Patience = Patience { look: Duration::from_secs(10), ..AS_AWS };
/// Between two looks where they cost nothing.
const READ: Duration = Duration::from_secs(1);

impl Target {
    /// Brings the target up, or finds out that it does not answer.
    pub async fn open(args: &Args, plan: &Plan, run_dir: &Path, terminal: Terminal) -> Result<Self, Failure> {
        match (&args.ready_file, args.target) {
            (_, Kind::Aws) => Box::pin(aws::open(args, plan, terminal)).await,
            (Some(path), _) => remote::ready(args, path).await,
            (None, Kind::Url) => remote::url(args).await,
            (None, Kind::Embedded) => embedded::start(args, &run_dir.join("logs")).await,
            (None, Kind::Localstack) => deployed::start(args).await,
        }
    }

    /// Whether nothing is under way any more; `None` if it cannot be told.
    pub fn idle(&self) -> Option<bool> {
        self.cloud().map(Cloud::idle)
    }

    /// The functions' processes on this machine.
    pub fn child_pids(&self) -> Vec<u32> {
        self.cloud().map(Cloud::child_pids).unwrap_or_default()
    }

    /// Whether it runs on this machine in processes that nobody here knows: what they use cannot be told from what others use.
    pub fn runs_beside(&self) -> bool {
        self.cloud().is_none() && on_this_machine(&self.base_url)
    }

    /// The cloud that was started for the run, if it is embedded in this process.
    pub const fn cloud(&self) -> Option<&Cloud> {
        match &self.up {
            Up::Embedded(cloud) => Some(cloud),
            Up::Deployed(_) | Up::Elsewhere => None,
        }
    }

    /// How long to wait for quiet.
    pub fn patience(&self) -> Patience {
        let patience = |quiet, at_least, at_most| Patience { quiet, at_least, at_most, look: READ };
        match &self.up {
            Up::Embedded(_) => patience(Duration::from_millis(200), Duration::ZERO, Duration::from_secs(60)),
            // It retries fast, unless it was told otherwise.
            Up::Elsewhere if self.name == "embedded" => {
                patience(Duration::from_secs(5), Duration::from_secs(60), Duration::from_secs(240))
            }
            Up::Elsewhere if self.name == "aws" => ON_AWS,
            Up::Deployed(_) | Up::Elsewhere => AS_AWS,
        }
    }

    /// Takes down what this process brought up; no process is left behind.
    ///
    /// # Errors
    /// Something stayed behind, or a second plan that was asked for finds it otherwise than it was applied.
    pub async fn close(self) -> Result<(), NotDeployed> {
        match self.up {
            Up::Embedded(cloud) => cloud.shutdown().await,
            Up::Deployed(deployed) => deployed.close().await?,
            Up::Elsewhere => {}
        }
        Ok(())
    }
}

/// Whether a URL names this machine by its loopback addresses.
pub fn on_this_machine(url: &str) -> bool {
    ["//127.", "//localhost", "//[::1]"].iter().any(|place| url.contains(place))
}

/// The headers that a target wants beside the providers' own.
fn headers(ready: &Ready) -> Result<BTreeMap<Provider, HeaderMap>, Failure> {
    let mut all = BTreeMap::new();
    for provider in Provider::ALL {
        let mut headers = HeaderMap::new();
        for (name, value) in ready.webhook_headers.get(provider.as_str()).into_iter().flatten() {
            let named = HeaderName::try_from(name).ok().zip(HeaderValue::try_from(value).ok());
            let (name, value) = named.ok_or_else(|| {
                Failure::Usage(format!("the ready file's header `{name}` for {provider} is none"))
            })?;
            headers.insert(name, value);
        }
        all.insert(provider, headers);
    }
    Ok(all)
}

/// Where a running cloud keeps its secrets.
fn vault(clients: &Clients) -> Vault {
    let name = |provider: Provider| Some((provider, clients.ready.secrets.get(provider.as_str())?.clone()));
    Vault { clients: clients.clone(), names: Provider::ALL.into_iter().filter_map(name).collect() }
}

/// What queries are signed with, if they are.
fn query_signer(ready: &Ready) -> Result<Option<QuerySigner>, Failure> {
    let signer = ready.query_auth.as_ref().map(QuerySigner::new).transpose();
    signer.map_err(|error| Failure::Usage(error.to_string()))
}

fn internal(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("{what}: {error}"))
}

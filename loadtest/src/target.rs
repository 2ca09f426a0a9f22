//! Where the load goes, and how its stores are read: the embedded cloud in this process, a running one by its ready
//! file, or a bare URL that shows nothing but answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use localstack::Ready;
use provider_sim::{Keys, Provider};

use crate::cli::{Args, Kind};
use crate::exit::Failure;
use crate::rotation::Vault;
use crate::stores::{Clients, Endpoints};
use localstack::signing::QuerySigner;

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
    cloud: Option<Cloud>,
}

impl Target {
    /// Brings the target up, or finds out that it does not answer.
    pub async fn open(args: &Args, run_dir: &Path) -> Result<Self, Failure> {
        match (&args.ready_file, args.target) {
            (Some(path), _) => remote::ready(args, path).await,
            (None, Kind::Url) => remote::url(args).await,
            (None, Kind::Embedded) => embedded::start(args, &run_dir.join("logs")).await,
        }
    }

    /// Whether nothing is under way any more; `None` if it cannot be told.
    pub fn idle(&self) -> Option<bool> {
        self.cloud.as_ref().map(Cloud::idle)
    }

    /// The functions' processes on this machine.
    pub fn child_pids(&self) -> Vec<u32> {
        self.cloud.as_ref().map(Cloud::child_pids).unwrap_or_default()
    }

    /// How long the stores must not change before they count as quiet, and how long to wait for that at most.
    pub const fn patience(&self) -> (Duration, Duration) {
        if self.cloud.is_some() {
            return (Duration::from_millis(200), Duration::from_secs(60));
        }
        // A target elsewhere may retry as AWS does, after one and after two more minutes.
        (Duration::from_secs(5), Duration::from_secs(240))
    }

    /// Takes an embedded target down; no process is left behind.
    pub async fn close(self) {
        if let Some(cloud) = self.cloud {
            cloud.shutdown().await;
        }
    }
}

/// Names and addresses out of what a running cloud says.
fn endpoints(ready: &Ready) -> Endpoints {
    Endpoints {
        s3: ready.endpoints.s3.clone(),
        dynamodb: ready.endpoints.dynamodb.clone(),
        sqs: ready.endpoints.sqs.clone(),
        region: ready.region.clone(),
        table: ready.table.clone(),
        raw_bucket: ready.raw_bucket.clone(),
        processed_bucket: ready.processed_bucket.clone(),
        dlq_url: ready.dlq_url.clone(),
    }
}

/// Where a running cloud keeps its secrets.
fn vault(ready: &Ready, clients: &Clients) -> Vault {
    let name = |provider: Provider| Some((provider, ready.secrets.get(provider.as_str())?.clone()));
    Vault {
        clients: clients.clone(),
        endpoint: ready.endpoints.secretsmanager.clone(),
        names: Provider::ALL.into_iter().filter_map(name).collect(),
    }
}

/// What queries are signed with, if they are.
fn query_signer(ready: &Ready) -> Result<Option<QuerySigner>, Failure> {
    let signer = ready.query_auth.as_ref().map(QuerySigner::new).transpose();
    signer.map_err(|error| Failure::Usage(error.to_string()))
}

fn internal(what: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Internal(format!("{what}: {error}"))
}

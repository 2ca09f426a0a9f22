//! Targets that somebody else started: by a ready file, or by a bare URL with a description of the receiver.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use localstack::{Ready, reach};
use provider_sim::{Keys, Provider};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::embedded::client;
use super::{Keyring, Rest, SETTLE_MAX, Target};
use crate::capability::{Capabilities, Capability};
use crate::exit::Failure;
use crate::stores::Stores;

/// This long after a delivery what becomes of it is usually there: longer than the retries of `localstack up` take.
const QUIET: Duration = Duration::from_millis(1500);

/// What is to be known about anybody's receiver. `receiver.example.toml` has every field with a comment.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Receiver {
    /// Name in reports.
    name: Option<String>,
    /// Headers that every webhook carries.
    headers: BTreeMap<String, String>,
    stripe: Option<StripeSide>,
    square: Option<SquareSide>,
    transactions: Option<TransactionsSide>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct StripeSide {
    path: String,
    secret: Secret,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SquareSide {
    path: String,
    key: Secret,
    notification_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TransactionsSide {
    path: String,
}

/// A secret: in a file of its own, which is the better way, or in the environment. It never stands in the description.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
enum Secret {
    File(PathBuf),
    Env(String),
}

impl Secret {
    fn read(&self, beside: &Path) -> Result<String, Failure> {
        let text = match self {
            Self::File(path) => {
                let path = beside.parent().unwrap_or(Path::new(".")).join(path);
                std::fs::read_to_string(&path)
                    .map_err(|error| Failure::Usage(format!("the secret in {}: {error}", path.display())))?
            }
            Self::Env(name) => variable(name)?,
        };
        match text.trim() {
            "" => Err(Failure::Usage(format!("{} names an empty secret", beside.display()))),
            text => Ok(text.to_owned()),
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line's own reading of a variable that it was told of"
)]
fn variable(name: &str) -> Result<String, Failure> {
    std::env::var(name).map_err(|error| Failure::Usage(format!("the secret in the variable {name}: {error}")))
}

/// The target of a ready file; its secrets are read from its own Secrets Manager.
///
/// # Errors
/// The file is none, or the target does not answer.
pub async fn ready(path: &Path, seed: u64) -> Result<Target, Failure> {
    let ready = reach::ready(path).await?;
    let stores = Stores::new(&ready);
    let keys = keys_of(&ready, &stores, seed).await?;
    let mut offers = offered(&ready);
    // PayPal's certificates and postbacks are the running target's own; what stands in here is not known to it.
    for lacking in [Capability::Paypal, Capability::Ipn] {
        offers.remove(lacking);
    }
    let rest = Rest::Quiet { quiet: QUIET, patience: SETTLE_MAX };
    Target::of(ready, offers, stores, Arc::new(keys), rest)
}

/// What a target's own Secrets Manager has, to sign with.
pub(super) async fn keys_of(ready: &Ready, stores: &Stores, seed: u64) -> Result<Keys, Failure> {
    let mut secrets = Map::new();
    for (provider, name) in &ready.secrets {
        let secret = stores.secret(name).await;
        secrets.insert(
            provider.clone(),
            secret.map_err(|error| Failure::Unavailable(format!("{name}: {error}")))?,
        );
    }
    let square_url = ready.square_notification_url.clone().unwrap_or_default();
    Keys::from_secrets_json(&Value::Object(secrets), seed, &square_url)
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// What a system that runs outside this process lets one do and see.
pub(super) fn offered(ready: &Ready) -> Capabilities {
    let mut offers = Capabilities::all();
    for lacking in [Capability::Faults, Capability::Settings] {
        offers.remove(lacking);
    }
    if !ready.log_dir.is_dir() {
        offers.remove(Capability::Logs);
    }
    if ready.endpoints.xray.is_none() {
        offers.remove(Capability::Traces);
    }
    offers
}

/// What a gateway wants beside the providers' headers.
pub(super) fn extra_headers(ready: &Ready) -> BTreeMap<Provider, Vec<(String, String)>> {
    let of = |provider: Provider| ready.webhook_headers.get(provider.as_str()).cloned().unwrap_or_default();
    Provider::ALL.into_iter().map(|provider| (provider, of(provider).into_iter().collect())).collect()
}

/// Anybody's receiver: its answers are judged, and nothing behind them can be seen.
///
/// # Errors
/// The description is wrong, or the receiver does not answer.
pub async fn url(base_url: &str, config: &Path, seed: u64) -> Result<Target, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("--config {}: {error}", config.display()));
    let text = std::fs::read_to_string(config).map_err(|error| wrong(&error))?;
    let receiver: Receiver = toml::from_str(&text).map_err(|error| wrong(&error))?;
    reach::reach(base_url).await?;
    let mut offers = Capabilities::none();
    let (mut paths, mut secrets) = (BTreeMap::new(), Map::new());
    let mut square_url = String::new();
    if let Some(stripe) = &receiver.stripe {
        offers.insert(Capability::Stripe);
        paths.insert(Provider::Stripe, stripe.path.clone());
        secrets.insert("stripe".to_owned(), json!({ "secret": stripe.secret.read(config)? }));
    }
    if let Some(square) = &receiver.square {
        offers.insert(Capability::Square);
        paths.insert(Provider::Square, square.path.clone());
        square_url.clone_from(&square.notification_url);
        let secret = json!({ "key": square.key.read(config)?, "notification_url": square.notification_url });
        secrets.insert("square".to_owned(), secret);
    }
    if paths.is_empty() {
        return Err(wrong(
            &"it describes neither a [stripe] nor a [square] endpoint, so there is nothing to try",
        ));
    }
    if receiver.transactions.is_some() {
        offers.insert(Capability::Query);
    }
    let keys =
        Keys::from_secrets_json(&Value::Object(secrets), seed, &square_url).map_err(|error| wrong(&error))?;
    let headers: Vec<_> =
        receiver.headers.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect();
    Ok(Target {
        name: receiver.name.unwrap_or_else(|| "url".to_owned()),
        base_url: base_url.trim_end_matches('/').to_owned(),
        webhook_paths: paths,
        transactions_path: receiver.transactions.map(|side| side.path).unwrap_or_default(),
        extra_headers: Provider::ALL.into_iter().map(|provider| (provider, headers.clone())).collect(),
        offers,
        http: client()?,
        stores: None,
        log_dir: None,
        ready: None,
        function_suffix: String::new(),
        paypal: None,
        rest: Rest::Quiet { quiet: QUIET, patience: SETTLE_MAX },
        keys: Mutex::new(Keyring { current: Arc::new(keys), previous: None }),
        looked: tokio::sync::Mutex::new(None),
    })
}

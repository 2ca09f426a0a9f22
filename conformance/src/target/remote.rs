//! Targets that somebody else started: by a ready file, or by a bare URL with a description of the receiver.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use localstack::Ready;
use provider_sim::{Keys, Provider};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::embedded::{client, webhook_paths};
use super::{Keyring, Rest, Target};
use crate::capability::{Capabilities, Capability};
use crate::cli::Kind;
use crate::exit::Failure;
use crate::stores::Stores;

/// How long the first connection may take.
const CONNECT: Duration = Duration::from_secs(3);
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
pub async fn ready(path: &Path, kind: Kind, seed: u64) -> Result<Target, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Unavailable(format!(
            "cannot read the ready file {path}: {error}\nNext: start the target with `localstack up --ready-file {path}` \
             and wait until the file is there.",
            path = path.display()
        ))
    })?;
    let ready: Ready = serde_json::from_str(&text).map_err(|error| {
        Failure::Usage(format!("{} is no ready file of `localstack up`: {error}", path.display()))
    })?;
    reach(&ready.api_base_url).await?;
    let stores = Stores::new(&ready);
    let mut secrets = Map::new();
    for (provider, name) in &ready.secrets {
        let secret = stores.secret(name).await;
        secrets.insert(
            provider.clone(),
            secret.map_err(|error| Failure::Unavailable(format!("{name}: {error}")))?,
        );
    }
    let square_url = ready.square_notification_url.clone().unwrap_or_default();
    let keys = Keys::from_secrets_json(&Value::Object(secrets), seed, &square_url)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    let mut offers = Capabilities::all();
    // PayPal's certificates and postbacks are the running target's own; what stands in here is not known to it.
    for lacking in [Capability::Paypal, Capability::Ipn, Capability::Faults, Capability::Settings] {
        offers.remove(lacking);
    }
    if !ready.log_dir.is_dir() {
        offers.remove(Capability::Logs);
    }
    if ready.endpoints.xray.is_none() {
        offers.remove(Capability::Traces);
    }
    Ok(Target {
        name: match kind {
            Kind::Localstack => "localstack".to_owned(),
            Kind::Aws => "aws".to_owned(),
            Kind::Embedded | Kind::Url => ready.target.clone(),
        },
        base_url: ready.api_base_url.clone(),
        webhook_paths: webhook_paths(),
        transactions_path: "/api/v1/transactions".to_owned(),
        extra_headers: Vec::new(),
        offers,
        http: client()?,
        stores: Some(stores),
        log_dir: Some(ready.log_dir.clone()),
        ready: Some(ready),
        paypal: None,
        rest: Rest::Quiet(QUIET),
        keys: Mutex::new(Keyring { current: Arc::new(keys), previous: None }),
        looked: tokio::sync::Mutex::new(None),
    })
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
    reach(base_url).await?;
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
    Ok(Target {
        name: receiver.name.unwrap_or_else(|| "url".to_owned()),
        base_url: base_url.trim_end_matches('/').to_owned(),
        webhook_paths: paths,
        transactions_path: receiver.transactions.map(|side| side.path).unwrap_or_default(),
        extra_headers: receiver
            .headers
            .into_iter()
            .map(|(name, value)| (name.to_lowercase(), value))
            .collect(),
        offers,
        http: client()?,
        stores: None,
        log_dir: None,
        ready: None,
        paypal: None,
        rest: Rest::Quiet(QUIET),
        keys: Mutex::new(Keyring { current: Arc::new(keys), previous: None }),
        looked: tokio::sync::Mutex::new(None),
    })
}

/// Fails fast where nobody listens.
async fn reach(base_url: &str) -> Result<(), Failure> {
    let parsed = reqwest::Url::parse(base_url).map_err(|error| {
        Failure::Usage(format!("`{base_url}` is not a URL: {error}; e.g. http://127.0.0.1:8080/dev"))
    })?;
    let (Some(host), Some(port), "http" | "https") =
        (parsed.host_str(), parsed.port_or_known_default(), parsed.scheme())
    else {
        return Err(Failure::Usage(format!("`{base_url}` is not an http:// or https:// URL")));
    };
    let down = |reason: String| {
        Failure::Unavailable(format!(
            "the target does not answer: connecting to {host}:{port} (from {base_url}): {reason}\nNothing was sent.\nNext: \
             start the target, or leave out --target and --ready-file to use the embedded one, which needs nothing."
        ))
    };
    let address = (host.trim_matches(['[', ']']).to_owned(), port);
    match tokio::time::timeout(CONNECT, tokio::net::TcpStream::connect(address)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(down(error.to_string())),
        Err(_) => Err(down(format!("no connection within {} s", CONNECT.as_secs()))),
    }
}

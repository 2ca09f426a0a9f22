//! Targets that somebody else started: by the ready file of `localstack up`, or by a bare URL.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use localstack::Ready;
use provider_sim::Keys;
use serde_json::{Map, Value};

use super::{SQUARE_URL, Target, endpoints, internal, query_signer, vault};
use crate::cli::Args;
use crate::exit::Failure;
use crate::stores::Clients;

/// How long the first connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// The target of a ready file. Without `--secrets`, they are read from the target's own Secrets Manager.
pub(super) async fn ready(args: &Args, path: &Path) -> Result<Target, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::Unavailable(format!(
            "cannot read the ready file {}: {error}\nNext: start the target with `localstack up --ready-file {}` and wait \
             until the file is there.",
            path.display(),
            path.display()
        ))
    })?;
    let ready: Ready = serde_json::from_str(&text).map_err(|error| {
        Failure::Usage(format!("{} is no ready file of `localstack up`: {error}", path.display()))
    })?;
    reach(&ready.api_base_url).await?;
    let clients = Clients::new(endpoints(&ready));
    let secrets = match &args.secrets {
        Some(file) => secrets_of(file)?,
        None => {
            let mut all = Map::new();
            for (provider, name) in &ready.secrets {
                let value = clients.secret(&ready.endpoints.secretsmanager, name).await.map_err(|error| {
                    Failure::Unavailable(format!("cannot read the secret {name} from the target: {error}"))
                })?;
                all.insert(provider.clone(), value);
            }
            Value::Object(all)
        }
    };
    let square_url = ready.square_notification_url.as_deref().unwrap_or(SQUARE_URL);
    Ok(Target {
        name: ready.target.clone(),
        base_url: ready.api_base_url.clone(),
        keys: keys(args.seed, &secrets, square_url)?,
        vault: Some(vault(&ready, &clients)),
        clients: Some(clients),
        query_signer: query_signer(&ready)?,
        log_dir: Some(ready.log_dir),
        trusts_paypal: false,
        cloud: None,
    })
}

/// A bare URL: answers are judged, stores are not seen.
pub(super) async fn url(args: &Args) -> Result<Target, Failure> {
    let missing = || Failure::Internal("--target url got through without its flags".to_owned());
    let base_url = args.base_url.clone().ok_or_else(missing)?;
    let secrets = secrets_of(args.secrets.as_deref().ok_or_else(missing)?)?;
    reach(&base_url).await?;
    Ok(Target {
        name: "url".to_owned(),
        keys: keys(args.seed, &secrets, &format!("{base_url}/api/v1/webhooks/square"))?,
        base_url,
        clients: None,
        vault: None,
        query_signer: None,
        log_dir: None,
        trusts_paypal: false,
        cloud: None,
    })
}

/// Fails fast where nobody listens: better now than after a minute of refused connections.
async fn reach(base_url: &str) -> Result<(), Failure> {
    let parsed = reqwest::Url::parse(base_url).map_err(|error| {
        Failure::Usage(format!("`{base_url}` is not a URL: {error}; e.g. http://127.0.0.1:8080/dev"))
    })?;
    let port = parsed.port_or_known_default();
    let (Some(host), Some(port), "http" | "https") = (parsed.host_str(), port, parsed.scheme()) else {
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

fn secrets_of(file: &Path) -> Result<Value, Failure> {
    let named =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("--secrets {}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| named(&error))?;
    // A syntax error names line and column, never the text.
    serde_json::from_str(&text).map_err(|error| named(&error))
}

fn keys(seed: u64, secrets: &Value, square_url: &str) -> Result<Arc<Keys>, Failure> {
    match Keys::from_secrets_json(secrets, seed, square_url) {
        Ok(keys) => Ok(Arc::new(keys)),
        Err(error @ provider_sim::KeyError::Secret { .. }) => Err(Failure::Usage(error.to_string())),
        Err(error) => Err(internal("cannot make keys", &error)),
    }
}

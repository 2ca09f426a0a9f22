//! Targets that somebody else started: by the ready file of `localstack up`, or by a bare URL.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use localstack::{Ready, reach};
use provider_sim::Keys;
use serde_json::{Map, Value};
use target_clients::Clients;

use super::{SQUARE_URL, Target, Up, headers, internal, query_signer, vault};
use crate::cli::Args;
use crate::exit::Failure;

/// The target of a ready file. Without `--secrets`, they are read from the target's own Secrets Manager.
pub(super) async fn ready(args: &Args, path: &Path) -> Result<Target, Failure> {
    let ready = reach::ready(path).await?;
    let clients = Clients::new(&ready);
    with(args, ready, clients).await
}

/// A target that is known and can be looked into.
pub(super) async fn with(args: &Args, ready: Ready, clients: Clients) -> Result<Target, Failure> {
    let secrets = match &args.secrets {
        Some(file) => secrets_of(file)?,
        None => {
            let mut all = Map::new();
            for (provider, name) in &ready.secrets {
                let value = clients.secret(name).await.map_err(|error| {
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
        vault: Some(vault(&clients)),
        clients: Some(clients),
        query_signer: query_signer(&ready)?,
        headers: headers(&ready)?,
        // Where the logs are elsewhere, no finding should point here.
        log_dir: Some(ready.log_dir).filter(|folder| folder.is_dir()),
        trusts_paypal: false,
        alarms: None,
        up: Up::Elsewhere,
    })
}

/// A bare URL: answers are judged, stores are not seen.
pub(super) async fn url(args: &Args) -> Result<Target, Failure> {
    let missing = || Failure::Internal("--target url got through without its flags".to_owned());
    let base_url = args.base_url.clone().ok_or_else(missing)?;
    let secrets = secrets_of(args.secrets.as_deref().ok_or_else(missing)?)?;
    reach::reach(&base_url).await?;
    Ok(Target {
        name: "url".to_owned(),
        keys: keys(args.seed, &secrets, &format!("{base_url}/api/v1/webhooks/square"))?,
        base_url,
        clients: None,
        vault: None,
        query_signer: None,
        log_dir: None,
        trusts_paypal: false,
        alarms: None,
        headers: BTreeMap::new(),
        up: Up::Elsewhere,
    })
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

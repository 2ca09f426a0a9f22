//! The embedded cloud, started in this process for cases that want the same settings, with a stand-in for PayPal beside it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use localstack::embedded::{
    self, Bootstrap, Defect, FunctionLimits, Options, PaypalOverride, PaypalVerification, StartError,
    Throttle,
};
use localstack::seed::SeedSecrets;
use provider_sim::{Keys, Provider};

use super::{Rest, Target};
use crate::capability::Capabilities;
use crate::case::Settings;
use crate::exit::Failure;
use crate::stores::Stores;

/// Square signs the URL that is configured at Square, which is not the one that is called here.
const SQUARE_URL: &str = "https://webhooks.example.com/api/v1/webhooks/square";
/// Retries follow fast: the number of attempts is a rule, the minutes between them are AWS's matter.
const RETRY_DELAYS: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(40)];

/// What is started, beside a case's settings.
#[derive(Debug, Clone, Default)]
pub struct System {
    /// The functions' bootstrap; this very program by default.
    pub bootstrap: Option<PathBuf>,
    /// Variables that every function gets.
    pub environment: BTreeMap<String, String>,
    /// Defects of the deployment.
    pub defects: Vec<Defect>,
}

/// Starts a cloud with these settings; logs go to the folder.
///
/// # Errors
/// It does not start.
pub async fn start(
    system: &System,
    settings: &Settings,
    keys: Arc<Keys>,
    log_dir: &Path,
) -> Result<Target, Failure> {
    let paypal = provider_sim::paypal_stand_in(&keys).await;
    let paypal = paypal
        .map_err(|error| Failure::Unavailable(format!("the stand-in for PayPal cannot listen: {error}")))?;
    let options = options(system, settings, &keys, &paypal, log_dir)?;
    let embedded = Box::pin(embedded::start(options)).await.map_err(not_up)?;
    let ready = embedded.ready().clone();
    let stores = Stores::new(&ready);
    let rest = Rest::Embedded(Box::new(embedded));
    let target = Target::of(ready, Capabilities::all(), stores, keys, rest)?;
    Ok(Target { paypal: Some(paypal), ..target })
}

/// Keys for the embedded cloud; making PayPal's takes a while, so all systems of a run share them.
///
/// # Errors
/// They cannot be made.
pub fn keys(seed: u64) -> Result<Arc<Keys>, Failure> {
    Keys::generate(seed, SQUARE_URL)
        .map(Arc::new)
        .map_err(|error| Failure::Internal(format!("keys cannot be made: {error}")))
}

/// Paths of this project's own API.
pub(super) fn webhook_paths() -> BTreeMap<Provider, String> {
    Provider::ALL.into_iter().map(|provider| (provider, format!("/api/v1/webhooks/{provider}"))).collect()
}

/// A client that follows no redirect and unpacks nothing: an answer is judged as it is.
pub(super) fn client() -> Result<reqwest::Client, Failure> {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .timeout(Duration::from_secs(40))
        .build()
        .map_err(|error| Failure::Internal(format!("no HTTP client can be made: {error}")))
}

fn options(
    system: &System,
    settings: &Settings,
    keys: &Keys,
    paypal: &provider_sim::PaypalStandIn,
    log_dir: &Path,
) -> Result<Options, Failure> {
    let secrets: SeedSecrets = serde_json::from_value(keys.secrets_json()).map_err(|_| {
        Failure::Internal("generated secrets are not of the embedded cloud's form".to_owned())
    })?;
    let mut functions = BTreeMap::new();
    for name in settings.reserved_concurrency.keys().chain(settings.timeouts_ms.keys()) {
        let limits = FunctionLimits::of(name).ok_or_else(|| {
            Failure::Usage(format!("settings name a function `{name}`, which does not exist"))
        })?;
        let reserved = settings.reserved_concurrency.get(name).copied();
        let limits = FunctionLimits {
            reserved_concurrency: reserved.or(limits.reserved_concurrency),
            timeout: settings.timeouts_ms.get(name).map_or(limits.timeout, |ms| Duration::from_millis(*ms)),
            ..limits
        };
        functions.insert(name.clone(), limits);
    }
    let throttles = settings
        .throttles
        .iter()
        .map(|(provider, rate)| (provider.clone(), Throttle { rate_per_s: rate.per_s, burst: rate.burst }));
    let mut options = Options {
        bootstrap: system.bootstrap.clone().map_or(Bootstrap::SelfExec, Bootstrap::Path),
        secrets,
        paypal: Some(PaypalOverride {
            endpoint: paypal.endpoint.clone(),
            trust_root_pem: Some(paypal.trust_root_pem.clone()),
        }),
        log_dir: log_dir.to_owned(),
        retry_delays: RETRY_DELAYS,
        functions,
        open_queries: settings.open_queries,
        disabled_providers: settings.disabled_providers.clone(),
        usage_quotas: settings.usage_quotas.clone(),
        throttles: throttles.collect(),
        stage_variables: settings.stage_variables.clone(),
        environment_of_functions: system.environment.clone(),
        defects: system.defects.clone(),
        ..Options::default()
    };
    if settings.paypal_api {
        options.paypal_verification = PaypalVerification::Api;
    }
    if let Some(receivers) = &settings.paypal_receivers {
        options.paypal_receivers.clone_from(receivers);
    }
    if settings.unsampled {
        options.trace_sampling = 0.0;
    }
    Ok(options)
}

/// What a person can do about a cloud that does not start.
fn not_up(error: StartError) -> Failure {
    Failure::Unavailable(format!(
        "the embedded cloud does not start: {error}\nNext: mend that, or give another --bootstrap."
    ))
}

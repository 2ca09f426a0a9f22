//! Brings the whole system up in this process (functions in child processes) and takes it down again.
//!
//! Order: listeners, so that every address is known; stores with their buckets, tables, queue and secrets;
//! functions, whose environment names all of that; the gateway last. Taken down the other way round.

mod defect;
mod functions;
mod paypal;
mod resources;
mod schemas;
mod usage;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::faults::{Fault, Faults, InForce};
use crate::gateway::{self, Gateway, GatewayConfig, GatewayError, KeyUsage};
use crate::lambda::{self, FaultHook, FunctionStats, InjectedError, InvokeError, Lambda};
use crate::ready::{Endpoints, Ready};
use crate::seed::SeedSecrets;
use crate::server::{Bound, Server};
use crate::stores::wire::OnHyper;
use crate::stores::{ACCOUNT_ID, Buckets, Queues, REGION, Tables, Vault};
use crate::xray::{Api, Daemon, Tracer};

pub use crate::gateway::Throttle;
pub use crate::lambda::Bootstrap;
pub use defect::{Defect, UnknownDefect};
pub use functions::{FunctionLimits, NAMES as FUNCTION_NAMES};
pub use paypal::{PaypalOverride, PaypalVerification};

use functions::Wiring;
use resources::Names;
use usage::ProviderKeys;

/// What to bring up. `Default` is what `localstack up` without flags brings up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which executable the functions run.
    pub bootstrap: Bootstrap,
    /// Signing secrets; missing ones are made up.
    pub secrets: SeedSecrets,
    /// Where PayPal's certificates, the postback and the API are, and who vouches for them; `None` means PayPal itself.
    pub paypal: Option<PaypalOverride>,
    /// The merchant's e-mail addresses and account ids at PayPal, whose IPN is taken. Empty: none is (415).
    pub paypal_receivers: Vec<String>,
    /// How PayPal's JSON webhooks are verified.
    pub paypal_verification: PaypalVerification,
    /// Where the functions' and the gateway's logs go; created if it is not there.
    pub log_dir: PathBuf,
    /// Waits before the first and the second retry of a failed asynchronous invocation (60 s and 120 s on AWS).
    pub retry_delays: [Duration; 2],
    /// Faults to put in.
    pub faults: Vec<Fault>,
    /// Seed of the faults' randomness.
    pub fault_seed: u64,
    /// Name of the environment: the gateway's stage and the end of the buckets' names.
    pub environment: String,
    /// Variables of the stage that differ from what the environment makes them, by name.
    pub stage_variables: BTreeMap<String, String>,
    /// Limits that differ from the defaults, by function name.
    pub functions: BTreeMap<String, FunctionLimits>,
    /// Port of the gateway; 0 takes any free one.
    pub gateway_port: u16,
    /// Whether everybody may query transactions; otherwise queries are to be signed, as on AWS.
    pub open_queries: bool,
    /// Providers whose API key is disabled: their webhooks are 403.
    pub disabled_providers: Vec<String>,
    /// Webhooks a day (UTC) that a provider's usage plan takes, by provider; more are 429.
    pub usage_quotas: BTreeMap<String, u64>,
    /// Share of traces that are sampled, 0 to 1, beside the first one of each second; at 0 none is.
    pub trace_sampling: f64,
    /// Limits that differ from the specified ones, of a provider's method and of its usage plan, by provider.
    pub throttles: BTreeMap<String, Throttle>,
    /// Further variables of every function, beside its own, which they win over.
    pub environment_of_functions: BTreeMap<String, String>,
    /// What is wrong with the deployment, for tests that must notice.
    pub defects: Vec<Defect>,
}

impl Options {
    /// Whether the deployment is to be wrong in this way.
    fn has(&self, defect: Defect) -> bool {
        self.defects.contains(&defect)
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bootstrap: Bootstrap::SelfExec,
            secrets: SeedSecrets::default(),
            paypal: None,
            paypal_receivers: vec!["merchant@example.com".to_owned()],
            paypal_verification: PaypalVerification::Offline,
            log_dir: PathBuf::from(".localstack/logs"),
            retry_delays: [Duration::from_millis(200), Duration::from_millis(400)],
            faults: Vec::new(),
            fault_seed: 1,
            environment: "dev".to_owned(),
            stage_variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            gateway_port: 0,
            open_queries: false,
            disabled_providers: Vec::new(),
            usage_quotas: BTreeMap::new(),
            trace_sampling: 0.1,
            throttles: BTreeMap::new(),
            environment_of_functions: BTreeMap::new(),
            defects: Vec::new(),
        }
    }
}

/// Whether this environment's name means production, where no stand-in is allowed.
#[must_use]
pub fn is_production(environment: &str) -> bool {
    ["prod", "production"].iter().any(|name| environment.eq_ignore_ascii_case(name))
}

/// The cloud could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A stand-in for PayPal was asked for in production.
    #[error("a stand-in for PayPal is not allowed when the environment is {0}")]
    PaypalInProduction(String),
    /// The environment's name cannot be part of a URL and of bucket names.
    #[error("environment `{0}`: only lower-case letters, digits and -, at most 24 of them")]
    Environment(String),
    /// Limits were given for a function that does not exist.
    #[error("there is no function {name}; functions are {}", known.join(", "))]
    UnknownFunction {
        /// The name given.
        name: String,
        /// The functions there are.
        known: Vec<&'static str>,
    },
    /// A provider was named that does not exist.
    #[error("there is no provider {name}; providers are {}", known.join(", "))]
    UnknownProvider {
        /// The name given.
        name: String,
        /// The providers there are.
        known: Vec<&'static str>,
    },
    /// A listener could not be bound.
    #[error("{service} cannot listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// Whose listener.
        service: &'static str,
        /// The port asked for; 0 is any.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The folder for logs could not be made.
    #[error("log folder {}: {source}", path.display())]
    LogDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The DynamoDB engine refused its own tables.
    #[error("the DynamoDB tables could not be made: {0}")]
    Tables(String),
    /// A schema that is part of this program is broken.
    #[error("the model of {provider} webhooks is not JSON: {source}")]
    Model {
        /// Whose model.
        provider: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The Lambda service did not start.
    #[error(transparent)]
    Lambda(#[from] lambda::StartError),
    /// A function's first environment did not come up.
    #[error("function {name} does not start: {source}; see {}", log.display())]
    Function {
        /// The function.
        name: &'static str,
        /// Why.
        source: InvokeError,
        /// Its log.
        log: PathBuf,
    },
    /// The gateway did not start.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

/// The running cloud. To be ended with [`Embedded::shutdown`].
pub struct Embedded {
    ready: Ready,
    gateway: Gateway,
    lambda: Lambda,
    lambda_api: Server,
    stores: [Server; 4],
    xray: (Daemon, Server),
    faults: Arc<Faults>,
    cleaner: JoinHandle<()>,
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("ready", &self.ready).finish_non_exhaustive()
    }
}

impl Embedded {
    /// Where everything is.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Whether no asynchronous event is queued, running or waiting for a retry.
    #[must_use]
    pub fn idle(&self) -> bool {
        self.lambda.idle()
    }

    /// Process ids of the functions' environments.
    #[must_use]
    pub fn child_pids(&self) -> Vec<u32> {
        self.lambda.child_pids()
    }

    /// What each function did so far, by name.
    #[must_use]
    pub fn function_stats(&self) -> BTreeMap<String, FunctionStats> {
        self.lambda.stats()
    }

    /// What each provider's API key has used today, by provider.
    #[must_use]
    pub fn usage(&self) -> BTreeMap<String, KeyUsage> {
        self.gateway.usage()
    }

    /// Puts these faults in force instead of the present ones, for operations that begin from now on.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        self.faults.replace(faults);
    }

    /// Puts one more fault in force, for operations that begin from now on, until [`Embedded::lift_fault`].
    #[must_use]
    pub fn add_fault(&self, fault: Fault) -> InForce {
        self.faults.add(fault)
    }

    /// Lifts a fault that was added.
    pub fn lift_fault(&self, fault: &InForce) {
        self.faults.remove(fault);
    }

    /// Kills (SIGKILL) every process that a function, or with `*` any function, has now; how many there were. What they
    /// were working on fails, and new ones are started when there is work for them.
    pub fn kill(&self, function: &str) -> usize {
        self.lambda.kill(function)
    }

    /// Writes out what the functions' logs and the access log hold in memory.
    pub fn flush_logs(&self) {
        self.lambda.flush_logs();
        self.gateway.flush_logs();
    }

    /// Takes everything down: requests under way end, functions' processes are gone when this returns.
    pub async fn shutdown(self) {
        self.gateway.shutdown().await;
        self.lambda.shutdown().await;
        self.lambda_api.stop().await;
        self.cleaner.abort();
        for store in self.stores {
            store.stop().await;
        }
        self.xray.1.stop().await;
    }
}

/// Brings everything up and returns once each function that serves requests has an environment that waits for its first
/// event. To be
/// called inside a multi-threaded tokio runtime.
///
/// # Errors
/// An option is refused, a port is taken, a function does not start. Nothing is left running then.
pub async fn start(options: Options) -> Result<Embedded, StartError> {
    refuse_bad(&options)?;
    let names = Names::new(&options.environment);
    let log_dir = make_log_dir(&options.log_dir)?;
    let faults = Arc::new(Faults::new(options.faults.clone(), options.fault_seed));

    let gateway_listener =
        TcpListener::bind(("127.0.0.1", options.gateway_port)).await.map_err(|source| {
            StartError::Listen { service: "the gateway", port: options.gateway_port, source }
        })?;
    let address = gateway_listener.local_addr().map_err(GatewayError::Io)?;
    let api_base_url = format!("http://{address}/{}", options.environment);
    let [s3, dynamodb, sqs, secretsmanager, lambda_api, xray_api] = listeners().await?;
    let endpoints = Endpoints {
        s3: s3.url(),
        dynamodb: dynamodb.url(),
        sqs: sqs.url(),
        secretsmanager: secretsmanager.url(),
        lambda: lambda_api.url(),
        xray: Some(xray_api.url()),
    };
    let tracer = Tracer::new(options.trace_sampling, options.fault_seed);
    let daemon = Daemon::start(tracer.clone()).await;
    let daemon =
        daemon.map_err(|source| StartError::Listen { service: "the X-Ray daemon", port: 0, source })?;
    let xray_daemon = daemon.address().to_string();
    let xray = (daemon, xray_api.serve(OnHyper(Arc::new(Api::new(tracer.clone())))));

    let (buckets, tables) = (Buckets::new(Arc::clone(&faults)), Tables::new(Arc::clone(&faults)));
    let tables = tables.map_err(|error| StartError::Tables(error.to_string()))?;
    resources::create_tables(&tables, &options).map_err(|error| StartError::Tables(error.to_string()))?;
    buckets.seed(&names.raw_bucket);
    buckets.seed(&names.processed_bucket);
    let queues = Queues::new(endpoints.sqs.clone(), Arc::clone(&faults));
    let dlq_url = queues.seed(resources::DEAD_LETTER_QUEUE);
    let dead_letters = queues.dead_letter_sink(resources::DEAD_LETTER_QUEUE);
    let vault = Vault::new(Arc::clone(&faults));
    let vault = vault.forgetting_previous(options.has(Defect::PreviousSecretDropped));
    let secrets = options.secrets.clone().complete(&format!("{api_base_url}/api/v1/webhooks/square"));
    for (provider, value) in secrets.values {
        vault.seed(&resources::secret_name(provider), value);
    }

    let tables = Arc::new(tables);
    let cleaner = tokio::spawn(Arc::clone(&tables).keep_clean());
    let stores = [
        s3.serve(OnHyper(Arc::new(buckets))),
        dynamodb.serve(OnHyper(tables)),
        sqs.serve(OnHyper(Arc::new(queues))),
        secretsmanager.serve(OnHyper(Arc::new(vault))),
    ];

    let config = lambda::Config {
        retry_delays: options.retry_delays,
        fault: Some(fault_hook(Arc::clone(&faults))),
        region: REGION.to_owned(),
        account_id: ACCOUNT_ID.to_owned(),
        tracer: Some(tracer.clone()),
        ..lambda::Config::new(options.bootstrap.clone(), &log_dir)
    };
    let provider_keys = ProviderKeys::generate();
    let wiring = Wiring {
        options: &options,
        names: &names,
        endpoints: &endpoints,
        square_notification_url: &secrets.square_notification_url,
        provider_keys: &provider_keys,
        xray_daemon: &xray_daemon,
        dead_letters,
    };
    let lambda = Lambda::start(config, wiring.functions())?;
    let lambda_api = lambda_api.serve(TowerToHyperService::new(lambda::api_router(lambda.clone())));
    let started = async {
        warm(&lambda, &log_dir).await?;
        Ok(gateway::serve(
            gateway_listener,
            GatewayConfig {
                tracer: Some(tracer).filter(|_| !options.has(Defect::GatewayUntraced)),
                ..functions::gateway_config(&options, &provider_keys, &log_dir)?
            },
            &lambda,
        )?)
    };
    let gateway = match started.await {
        Ok(gateway) => gateway,
        Err(error) => {
            lambda.shutdown().await;
            cleaner.abort();
            return Err(error);
        }
    };

    let ready = Ready {
        target: "embedded".to_owned(),
        api_base_url,
        endpoints,
        region: REGION.to_owned(),
        account_id: ACCOUNT_ID.to_owned(),
        table: resources::TRANSACTIONS_TABLE.to_owned(),
        raw_bucket: names.raw_bucket,
        processed_bucket: names.processed_bucket,
        dlq_url,
        secrets: resources::PROVIDERS.iter().map(|p| ((*p).to_owned(), resources::secret_name(p))).collect(),
        log_dir,
        transmissions_table: Some(resources::TRANSMISSIONS_TABLE.to_owned()),
        square_notification_url: Some(secrets.square_notification_url),
        xray_daemon: Some(xray_daemon),
        query_auth: usage::query_auth(&options),
        webhook_headers: BTreeMap::new(),
        paypal_receivers: options.paypal_receivers,
        pid: Some(std::process::id()),
    };
    Ok(Embedded { ready, gateway, lambda, lambda_api, stores, xray, faults, cleaner })
}

fn refuse_bad(options: &Options) -> Result<(), StartError> {
    let environment = &options.environment;
    if options.paypal.is_some() && is_production(environment) {
        return Err(StartError::PaypalInProduction(environment.clone()));
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if environment.is_empty() || environment.len() > 24 || !environment.chars().all(allowed) {
        return Err(StartError::Environment(environment.clone()));
    }
    usage::check(options)?;
    match options.functions.keys().find(|name| FunctionLimits::of(name).is_none()) {
        Some(name) => {
            Err(StartError::UnknownFunction { name: name.clone(), known: functions::NAMES.to_vec() })
        }
        None => Ok(()),
    }
}

/// Absolute, so that it means the same to whoever reads it.
fn make_log_dir(path: &Path) -> Result<PathBuf, StartError> {
    let failed = |source| StartError::LogDir { path: path.to_owned(), source };
    std::fs::create_dir_all(path).map_err(failed)?;
    path.canonicalize().map_err(failed)
}

async fn listeners() -> Result<[Bound; 6], StartError> {
    let bind = async |service| {
        Bound::loopback(0).await.map_err(|source| StartError::Listen { service, port: 0, source })
    };
    Ok([
        bind("S3").await?,
        bind("DynamoDB").await?,
        bind("SQS").await?,
        bind("Secrets Manager").await?,
        bind("Lambda").await?,
        bind("X-Ray").await?,
    ])
}

fn fault_hook(faults: Arc<Faults>) -> FaultHook {
    Arc::new(move |function| {
        let injected = faults.check("lambda", function)?;
        Some(InjectedError { code: injected.code.unwrap_or_default(), latency: injected.latency })
    })
}

async fn warm(lambda: &Lambda, log_dir: &Path) -> Result<(), StartError> {
    let needed = functions::NAMES.iter().filter(|name| !functions::LAZY.contains(*name));
    let all = needed.map(|name| async move {
        let log = log_dir.join(format!("{name}.log"));
        lambda.warm(name, 1).await.map_err(|source| StartError::Function { name, source, log })
    });
    futures::future::try_join_all(all).await.map(drop)
}

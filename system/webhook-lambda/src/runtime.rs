//! Puts a function together and serves invocations until the Runtime API goes away.
//!
//! One thread: Lambda hands a process one invocation at a time, and the function waits for the network most of it.

use std::panic::PanicHookInfo;
use std::time::Instant;

use lambda_runtime::{Diagnostic, LambdaEvent, Runtime, service_fn};
use serde_json::value::RawValue;
use webhook_aws::dispatch::LambdaDispatch;
use webhook_aws::{Aws, Target};
use webhook_core::certificate::{NoTrustRoot, TrustRoots};
use webhook_core::intake::Intake;
use webhook_core::intake::ipn::IpnDoor;
use webhook_core::intake::remote::RemoteProof;
use webhook_core::keys::{Keyring, KeyringOptions};
use webhook_core::process::ipn::IpnDesk;
use webhook_core::provider::Provider;

use crate::authorizer::UsageKeyAuthorizer;
use crate::clock;
use crate::compactor::Compactor;
use crate::function::Function;
use crate::invocation::{Handler, Invocation, guarded};
use crate::log::{Level, Line, Log, Message, Reason};
use crate::processor::Processor;
use crate::query::Query;
use crate::settings::{
    CompactorSettings, PaypalSettings, ProcessorSettings, QuerySettings, Role, Settings, SettingsError,
    UsageKeys, ValidatorSettings, Verification,
};
use crate::validator::Validator;
use crate::wiring::Real;
use crate::xray::{Daemon, Recorder, Traced};

/// Why the bootstrap ended. All of it is in the log already.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The function cannot start as it is configured.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A variable that should hold root certificates holds none.
    #[error("{name}: {source}")]
    TrustRoot {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        source: NoTrustRoot,
    },
    /// The operating system refused what an asynchronous runtime needs.
    #[error("no asynchronous runtime: {0}")]
    Tokio(#[from] std::io::Error),
    /// The Runtime API answered no more.
    #[error("the Runtime API is gone: {0}")]
    RuntimeApi(String),
}

/// Runs the function that `_HANDLER` names; returns only when it cannot go on. Whoever calls this must let the
/// process end then: Lambda starts another, and away from Lambda no orphan may stay behind.
///
/// # Errors
/// The function is not configured, or the Runtime API is gone.
pub fn run() -> Result<(), RunError> {
    let began = Instant::now();
    std::panic::set_hook(Box::new(log_panic));
    let ended = Settings::from_env().map_err(RunError::from).and_then(|settings| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(serve(settings, began))
    });
    if let Err(error) = &ended {
        let message = match error {
            RunError::Settings(_) | RunError::TrustRoot { .. } => Message::InvalidSettings,
            RunError::Tokio(_) | RunError::RuntimeApi(_) => Message::RuntimeStopped,
        };
        let sentence = error.to_string();
        let reason = Some(Reason::masked(&sentence));
        Log::new(Level::Error).write(&Line { reason, ..Line::new(Level::Error, message, clock::now()) });
    }
    ended
}

async fn serve(settings: Settings, began: Instant) -> Result<(), RunError> {
    let daemon = settings.xray_daemon.as_deref().map(Daemon::at).transpose();
    let no_daemon = daemon.as_ref().err().map(ToString::to_string);
    let trace = Recorder::new(settings.function, daemon.unwrap_or_default()).forever();
    let start = Start {
        function: settings.function,
        aws: Aws::new(settings.aws),
        log: Log::new(settings.log_level).with_trace(trace),
        trace,
        began,
    };
    start.warn(Message::TracingOff, no_daemon);
    match settings.role {
        Role::Validator(settings) => start.validator(settings).await,
        Role::Processor(settings) => start.processor(&settings).await,
        Role::Query(settings) => start.query(&settings).await,
        Role::UsageKeyAuthorizer(keys) => start.usage_key_authorizer(keys).await,
        Role::Compactor(settings) => start.compactor(&settings).await,
    }
}

/// What every function starts with.
struct Start {
    function: Function,
    aws: Aws,
    log: Log,
    trace: &'static Recorder,
    began: Instant,
}

impl Start {
    async fn validator(self, settings: ValidatorSettings) -> Result<(), RunError> {
        let paypal = settings.paypal;
        let paypal_roots = match settings.provider {
            Provider::Paypal => paypal_roots(&paypal)?,
            Provider::Stripe | Provider::Square => TrustRoots::web(),
        };
        let keyring = Keyring::new(
            self.traced(self.aws.secrets(settings.provider, &settings.secret_id), ""),
            self.traced(self.aws.certificates(paypal.hosts.endpoint.clone()), ""),
            KeyringOptions { paypal_roots, square_notification_url: settings.square_notification_url },
        );
        let targets = [Target::Bucket(&settings.raw_bucket), Target::Functions, Target::Tables];
        // Only PayPal's transmissions are remembered in a table.
        let needed = if settings.provider == Provider::Paypal { &targets[..] } else { &targets[..2] };
        let (secret, connections) =
            tokio::join!(keyring.warm(settings.provider, clock::now()), self.aws.warm(needed));
        self.report_warm_up(secret.err().map(|error| error.to_string()));
        self.report_warm_up(connections.err().map(|error| error.to_string()));
        let ipn = paypal.receivers.map(|receivers| IpnDoor {
            receivers,
            quarantine: self.traced(self.aws.quarantine(&settings.raw_bucket), &settings.raw_bucket),
        });
        let signature_api = match paypal.verification {
            Verification::Offline => None,
            Verification::Api => {
                Some(RemoteProof::new(self.traced(self.aws.signature_api(&paypal.hosts), "")))
            }
        };
        let intake = Intake::<Real> {
            provider: settings.provider,
            keyring,
            raw: self.traced(self.aws.raw_store(&settings.raw_bucket), &settings.raw_bucket),
            dispatch: self.traced(self.dispatch(&settings.processor), &settings.processor),
            transmissions: self.traced(
                self.aws.transmissions(&settings.transmissions_table, clock::now),
                &settings.transmissions_table,
            ),
            ipn,
            signature_api,
        };
        let validator = Validator::new(intake, settings.deployment, self.log);
        self.invocations(&validator).await
    }

    async fn processor(self, settings: &ProcessorSettings) -> Result<(), RunError> {
        let connections = self.aws.warm(&[Target::Tables, Target::Bucket(&settings.processed_bucket)]).await;
        self.report_warm_up(connections.err().map(|error| error.to_string()));
        let store = self.aws.transactions(&settings.table, settings.record_ttl_days);
        let store = self.traced(store, &settings.table);
        let processed = self.aws.processed_log(&settings.processed_bucket);
        let processed = self.traced(processed, &settings.processed_bucket);
        let desk = settings.ipn.as_ref().map(|ipn| IpnDesk::<Real> {
            receivers: ipn.receivers.clone(),
            postback: self.traced(self.aws.postback(&ipn.hosts), ""),
            raw: self.traced(self.aws.raw_store(&ipn.raw_bucket), &ipn.raw_bucket),
            quarantine: self.traced(self.aws.quarantine(&ipn.raw_bucket), &ipn.raw_bucket),
        });
        let processor = Processor::new(store, processed, self.log).with_ipn(desk);
        self.invocations(&processor).await
    }

    async fn query(self, settings: &QuerySettings) -> Result<(), RunError> {
        let connections = self.aws.warm(&[Target::Tables]).await;
        self.report_warm_up(connections.err().map(|error| error.to_string()));
        let store = self.traced(self.aws.transactions(&settings.table, None), &settings.table);
        let query = Query::new(store, settings.deployment.clone(), self.log);
        self.invocations(&query).await
    }

    /// Calls nothing, so there is nothing to warm up.
    async fn usage_key_authorizer(self, keys: UsageKeys) -> Result<(), RunError> {
        let authorizer = UsageKeyAuthorizer::new(keys, self.log);
        self.invocations(&authorizer).await
    }

    /// `port`, its calls being part of the traces; `resource` is the name of what it calls.
    fn traced<P>(&self, port: P, resource: &str) -> Traced<P> {
        Traced::new(port, self.trace, resource)
    }

    /// The way to another function, which goes on with this one's trace.
    fn dispatch(&self, processor: &str) -> LambdaDispatch {
        let trace = self.trace;
        self.aws.dispatch(processor).with_trace_header(move || trace.onward())
    }

    /// Nothing is warmed up: it runs for minutes, and nobody waits for its start.
    async fn compactor(self, settings: &CompactorSettings) -> Result<(), RunError> {
        let log = self.aws.day_log(&settings.processed_bucket);
        let again = self.dispatch(&settings.own_function);
        let compactor = Compactor::new(log, again, settings.days, self.log);
        self.invocations(&compactor).await
    }

    /// A failed warm-up costs the first request time, nothing else: it will connect and fetch for itself.
    fn report_warm_up(&self, failure: Option<String>) {
        self.warn(Message::WarmUpFailed, failure);
    }

    fn warn(&self, message: Message, failure: Option<String>) {
        self.log.start_lacks(self.function, message, failure);
    }

    /// Asks for events and answers them, one after the other, for as long as the Runtime API does.
    async fn invocations<H: Handler>(&self, handler: &H) -> Result<(), RunError> {
        self.log.started(self.function, self.began);
        // As raw text: the runtime would put values of an event that it cannot read into its error message.
        let service = service_fn(|mut event: LambdaEvent<Box<RawValue>>| async move {
            self.trace.begin(event.context.xray_trace_id.take());
            let request_id = &event.context.request_id;
            let invocation = Invocation::begin(request_id).until(event.context.deadline);
            // On the heap, because the runtime's layers would move all of its kilobytes from one to the next.
            let done = Box::pin(guarded(handler, event.payload.get(), invocation)).await;
            self.trace.end(request_id, done.as_ref().err());
            done.map_err(Diagnostic::from)
        });
        Runtime::new(service).run().await.map_err(|error| RunError::RuntimeApi(error.to_string()))
    }
}

/// Whom PayPal's certificates must come from. Only a test's own root replaces the public ones.
pub(crate) fn paypal_roots(settings: &PaypalSettings) -> Result<TrustRoots, RunError> {
    let pem = |name: &'static str, pem: &str| {
        TrustRoots::from_pem(pem.as_bytes()).map_err(|source| RunError::TrustRoot { name, source })
    };
    let roots = match &settings.trust_root_pem {
        Some(root) => pem("PAYPAL_TRUST_ROOT", root)?,
        None => TrustRoots::paypal(),
    };
    match &settings.extra_roots_pem {
        Some(extra) => Ok(roots.and(pem("PAYPAL_EXTRA_ROOTS", extra)?)),
        None => Ok(roots),
    }
}

/// Says where, never what: a panic's message may quote the data that caused it.
pub(crate) fn log_panic(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
    let reason = Some(Reason::masked(&place));
    Log::new(Level::Error).write(&Line { reason, ..Line::new(Level::Error, Message::Panic, clock::now()) });
}

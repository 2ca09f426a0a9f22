//! The functions, their limits and environment, and the gateway's routes to them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};

use super::paypal;
use super::resources::{Names, TRANSACTIONS_TABLE, TRANSMISSIONS_TABLE, secret_name};
use super::usage::{self, AUTHORIZER, ProviderKeys};
use super::{Defect, Options, StartError, schemas};
use crate::gateway::{GatewayConfig, Misbehaviour, Route};
use crate::lambda::{DeadLetterSink, FunctionSpec};
use crate::ready::Endpoints;
use crate::stores::{ACCOUNT_ID, REGION};

const SQUARE: &str = "square-webhook-validator";
const PROCESSOR: &str = "webhook-processor";
const QUERY: &str = "transaction-query";
const COMPACTOR: &str = "transaction-log-compactor";
/// As long as records are kept where they must be kept for seven years.
const SEVEN_YEARS_DAYS: &str = "2557";

/// Provider, its validator, its model, the content types that the model stands for. PayPal's older notifications
/// are forms, which the validator itself checks; every other body is JSON whatever it is labelled.
const VALIDATORS: [(&str, &str, &str, &[&str]); 3] = [
    (
        "stripe",
        "stripe-webhook-validator",
        include_str!("../../../system/schemas/stripe-webhook.json"),
        &["application/json", "$default"],
    ),
    (
        "paypal",
        "paypal-webhook-validator",
        include_str!("../../../system/schemas/paypal-webhook.json"),
        &["application/json"],
    ),
    (
        "square",
        "square-webhook-validator",
        include_str!("../../../system/schemas/square-webhook.json"),
        &["application/json", "$default"],
    ),
];

/// Names of the functions.
pub const NAMES: [&str; 7] = [
    "stripe-webhook-validator",
    "paypal-webhook-validator",
    "square-webhook-validator",
    PROCESSOR,
    QUERY,
    AUTHORIZER,
    COMPACTOR,
];

/// Functions that are started when somebody invokes them: nobody waits for the compactor, so its process need not be there.
pub(super) const LAZY: [&str; 1] = [COMPACTOR];

/// What a function may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionLimits {
    /// Configured memory, MiB.
    pub memory_mb: u32,
    /// Longest invocation.
    pub timeout: Duration,
    /// Concurrent executions at most; `None` leaves only the account's limit.
    pub reserved_concurrency: Option<u32>,
    /// Processes on this machine at most; `None` lets it depend on the number of processors.
    pub environments_max: Option<u32>,
}

impl FunctionLimits {
    /// The specified limits of a function, or `None` if there is no such function.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let limits = |memory_mb, timeout_s, reserved_concurrency| Self {
            memory_mb,
            timeout: Duration::from_secs(timeout_s),
            reserved_concurrency,
            environments_max: None,
        };
        match name {
            PROCESSOR => Some(limits(1024, 30, Some(100))),
            QUERY => Some(limits(256, 5, None)),
            // Asked once an hour for each provider.
            AUTHORIZER => Some(Self { environments_max: Some(1), ..limits(128, 5, None) }),
            COMPACTOR => Some(limits(512, 900, None)),
            name if NAMES.contains(&name) => Some(limits(512, 10, None)),
            _ => None,
        }
    }
}

/// What the functions are connected with.
pub(super) struct Wiring<'a> {
    pub(super) options: &'a Options,
    pub(super) names: &'a Names,
    pub(super) endpoints: &'a Endpoints,
    pub(super) square_notification_url: &'a str,
    pub(super) provider_keys: &'a ProviderKeys,
    pub(super) xray_daemon: &'a str,
    pub(super) dead_letters: Option<Arc<dyn DeadLetterSink>>,
}

impl Wiring<'_> {
    /// Every function, ready to be started.
    pub(super) fn functions(&self) -> Vec<FunctionSpec> {
        let mut functions: Vec<FunctionSpec> = VALIDATORS
            .iter()
            .map(|(provider, name, _, _)| self.function(name, self.validator_environment(provider)))
            .collect();
        let mut processor = vec![
            ("DYNAMODB_TABLE", TRANSACTIONS_TABLE.to_owned()),
            ("S3_PROCESSED_BUCKET", self.names.processed_bucket.clone()),
            ("RECORD_TTL_DAYS", SEVEN_YEARS_DAYS.to_owned()),
        ];
        processor.extend(paypal::processor_environment(self.options, self.names));
        functions.push(FunctionSpec {
            dead_letter: self.dead_letters.clone().and_then(|sink| dead_letters(self.options, sink)),
            max_retries: max_retries(self.options),
            ..self.function(PROCESSOR, processor)
        });
        functions.push(self.function(QUERY, vec![("DYNAMODB_TABLE", TRANSACTIONS_TABLE.to_owned())]));
        functions.push(self.function(AUTHORIZER, vec![("USAGE_KEYS", self.provider_keys.to_json())]));
        let processed_bucket = self.names.processed_bucket.clone();
        functions.push(self.function(COMPACTOR, vec![("S3_PROCESSED_BUCKET", processed_bucket)]));
        functions
    }

    fn function(&self, name: &str, own: Vec<(&str, String)>) -> FunctionSpec {
        let mut spec = FunctionSpec::new(name);
        spec.environment = self
            .shared_environment()
            .into_iter()
            .chain(own)
            .map(|(variable, value)| (variable.to_owned(), value))
            .chain(self.options.environment_of_functions.clone())
            .collect::<BTreeMap<_, _>>();
        let limits = self.options.functions.get(name).copied().or_else(|| FunctionLimits::of(name));
        if let Some(limits) = limits {
            spec.memory_mb = limits.memory_mb;
            spec.timeout = limits.timeout;
            spec.reserved_concurrency = limits.reserved_concurrency;
            spec.max_environments = limits.environments_max.unwrap_or(spec.max_environments);
        }
        if name == PROCESSOR && self.options.has(Defect::ProcessorOff) {
            spec.reserved_concurrency = Some(0);
        }
        spec
    }

    /// The SDKs' own variables for endpoints; on AWS they are absent, and nothing else differs.
    fn shared_environment(&self) -> Vec<(&'static str, String)> {
        let mut shared = vec![
            ("ENVIRONMENT", self.options.environment.clone()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL_S3", self.endpoints.s3.clone()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.endpoints.dynamodb.clone()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", self.endpoints.secretsmanager.clone()),
            ("AWS_ENDPOINT_URL_LAMBDA", self.endpoints.lambda.clone()),
        ];
        if !self.options.has(Defect::FunctionsUntraced) {
            shared.push(("AWS_XRAY_DAEMON_ADDRESS", self.xray_daemon.to_owned()));
        }
        if self.options.has(Defect::LogFailuresOnly) {
            shared.push(("LOG_LEVEL", "ERROR".to_owned()));
        }
        shared
    }

    fn validator_environment(&self, provider: &str) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("PROVIDER_NAME", provider.to_owned()),
            ("PROVIDER_SECRET_ARN", secret_name(provider)),
            ("DYNAMODB_TABLE", TRANSACTIONS_TABLE.to_owned()),
            ("S3_BUCKET", self.names.raw_bucket.clone()),
            ("PROCESSOR_FUNCTION_ARN", format!("arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{PROCESSOR}")),
            ("TRANSMISSIONS_TABLE", TRANSMISSIONS_TABLE.to_owned()),
        ];
        if provider == "square" {
            environment.push(("SQUARE_NOTIFICATION_URL", self.square_notification_url.to_owned()));
        }
        if provider == "paypal" {
            environment.extend(paypal::validator_environment(self.options));
        }
        environment
    }
}

/// The stage with its five methods. Limits are the specified ones; those of the stage are the gateway's defaults.
pub(super) fn gateway_config(
    options: &Options,
    provider_keys: &ProviderKeys,
    log_dir: &Path,
) -> Result<GatewayConfig, StartError> {
    let mut config = GatewayConfig::new(&options.environment, log_dir);
    ACCOUNT_ID.clone_into(&mut config.account_id);
    provider_keys.configure(&mut config, options);
    config.misbehaviour = misbehaviour(options);
    if options.has(Defect::OtherStage) {
        "other".clone_into(&mut config.stage);
    }
    if options.has(Defect::SmallBodies) {
        config.max_body_bytes = 64 * 1024;
    }
    for (provider, function, model, content_types) in VALIDATORS {
        let schema = serde_json::from_str(model).map_err(|source| StartError::Model { provider, source })?;
        let function =
            if options.has(Defect::RoutesCrossed) && provider == "stripe" { SQUARE } else { function };
        let route = Route::new(Method::POST, format!("/api/v1/webhooks/{provider}"), function);
        let route = Route {
            validation: schemas::validation(options, provider, schema, content_types),
            ..usage::webhook(provider, options, route)
        };
        if options.has(Defect::WebhooksByGet) {
            config.routes.push(Route { method: Method::GET, validation: None, ..route.clone() });
        }
        config.routes.push(route);
    }
    for resource in ["/api/v1/transactions", "/api/v1/transactions/{id}"] {
        config.routes.push(usage::query(options, Route::new(Method::GET, resource, QUERY)));
    }
    Ok(config)
}

fn misbehaviour(options: &Options) -> Misbehaviour {
    let unknown_routes = [
        (Defect::UnknownRoutes404, StatusCode::NOT_FOUND),
        (Defect::UnknownRoutes500, StatusCode::INTERNAL_SERVER_ERROR),
    ];
    Misbehaviour {
        unknown_routes: unknown_routes
            .into_iter()
            .find(|(defect, _)| options.has(*defect))
            .map(|(_, status)| status),
        bad_bodies: options.has(Defect::BadBodies500).then_some(StatusCode::INTERNAL_SERVER_ERROR),
        errors_reworded: options.has(Defect::ErrorsReworded),
        errors_quote_bodies: options.has(Defect::ErrorsQuoteBodies),
        labels_taken_literally: options.has(Defect::LabelsTakenLiterally),
        parameters_refused: options.has(Defect::ParametersRefused),
        proxies_refused: options.has(Defect::ProxiesRefused),
        heads_logged: options.has(Defect::AccessLogWithHeads),
        bodies_logged: options.has(Defect::AccessLogWithBodies),
        nothing_logged: options.has(Defect::NoAccessLog),
    }
}

/// How often the processor tries an event again.
fn max_retries(options: &Options) -> u32 {
    if options.has(Defect::NoRetries) {
        0
    } else if options.has(Defect::TenRetries) {
        10
    } else {
        2
    }
}

/// Where the processor's failed events go.
fn dead_letters(options: &Options, sink: Arc<dyn DeadLetterSink>) -> Option<Arc<dyn DeadLetterSink>> {
    let without_attributes = options.has(Defect::DeadLettersWithoutAttributes);
    let without_event = options.has(Defect::DeadLettersWithoutEvent);
    if options.has(Defect::NoDeadLetterQueue) {
        None
    } else if without_attributes || without_event {
        Some(Arc::new(PoorLetters { sink, without_attributes, without_event }))
    } else {
        Some(sink)
    }
}

/// Leaves out of dead letters what they are kept for.
struct PoorLetters {
    sink: Arc<dyn DeadLetterSink>,
    without_attributes: bool,
    without_event: bool,
}

impl DeadLetterSink for PoorLetters {
    fn send(&self, body: String, attributes: Vec<(String, String)>) {
        let body = if self.without_event { "{}".to_owned() } else { body };
        let attributes = if self.without_attributes { Vec::new() } else { attributes };
        self.sink.send(body, attributes);
    }

    fn arn(&self) -> Option<&str> {
        self.sink.arn()
    }
}

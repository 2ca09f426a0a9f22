//! Builds the SDK's clients: one shared connection pool, explicit time limits, bounded retries.
//!
//! The SDK has no operation time limit of its own, and API Gateway gives a whole request 10 s, so every limit is
//! set here. Three attempts with a backoff of at most 200 ms fit into each of them.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{
    BehaviorVersion, IdentityCache, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use webhook_core::ports::PortError;
use webhook_core::provider::Provider;
use webhook_core::unix_time::UnixTime;

use crate::bucket::Bucket;
use crate::certificates::PaypalCertificates;
use crate::connections::{CONNECT_TIMEOUT, Connections};
use crate::day_log::S3DayLog;
use crate::dispatch::LambdaDispatch;
use crate::errors;
use crate::payments::DynamoPayments;
use crate::paypal::PaypalHosts;
use crate::postback::PaypalPostback;
use crate::processed_log::S3ProcessedLog;
use crate::quarantine::S3Quarantine;
use crate::raw_store::S3RawStore;
use crate::secrets::SecretsManager;
use crate::settings::AwsSettings;
use crate::signature_api::PaypalSignatureApi;
use crate::transactions::DynamoTransactions;
use crate::transmissions::{DynamoTransmissions, Key};

/// Attempts at one call, the first included.
const ATTEMPTS_MAX: u32 = 3;
/// Wait before the second attempt (the SDK jitters it and doubles it for the third).
const BACKOFF_INITIAL: Duration = Duration::from_millis(50);
/// Longest wait between attempts.
const BACKOFF_MAX: Duration = Duration::from_millis(200);
/// How long opening a connection ahead of the first request may take.
const WARM_TIMEOUT: Duration = Duration::from_secs(1);

/// Time limits of one service: for an attempt, and for the call with its retries.
#[derive(Debug, Clone, Copy)]
struct Limits {
    attempt: Duration,
    operation: Duration,
}

const S3_LIMITS: Limits = Limits { attempt: Duration::from_secs(1), operation: Duration::from_millis(2500) };
const INVOKE_LIMITS: Limits =
    Limits { attempt: Duration::from_millis(800), operation: Duration::from_secs(2) };
/// Compaction has minutes, not seconds: one of millions of reads that fails would be a whole day read again.
const DAY_LOG_LIMITS: Limits =
    Limits { attempt: Duration::from_secs(20), operation: Duration::from_secs(60) };
const DAY_LOG_ATTEMPTS_MAX: u32 = 8;
const DAY_LOG_BACKOFF_MAX: Duration = Duration::from_secs(5);
const OTHER_LIMITS: Limits =
    Limits { attempt: Duration::from_millis(1500), operation: Duration::from_secs(4) };

/// Makes the adapters of one function; all of them share its connections.
#[derive(Debug)]
pub struct Aws {
    settings: AwsSettings,
    shared: SdkConfig,
    connections: Connections,
}

impl Aws {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(settings: AwsSettings) -> Self {
        let connections = Connections::new();
        let shared = shared_config(&settings, &connections);
        Self { settings, shared, connections }
    }

    /// Raw bodies in `bucket`.
    #[must_use]
    pub fn raw_store(&self, bucket: &str) -> S3RawStore {
        S3RawStore::new(self.bucket(bucket))
    }

    /// Processed records in `bucket`.
    #[must_use]
    pub fn processed_log(&self, bucket: &str) -> S3ProcessedLog {
        S3ProcessedLog::new(self.bucket(bucket))
    }

    /// Processed records in `bucket`, a day at a time.
    #[must_use]
    pub fn day_log(&self, bucket: &str) -> S3DayLog {
        let config = self.s3_config(DAY_LOG_LIMITS).retry_config(
            RetryConfig::standard()
                .with_max_attempts(DAY_LOG_ATTEMPTS_MAX)
                .with_initial_backoff(BACKOFF_INITIAL)
                .with_max_backoff(DAY_LOG_BACKOFF_MAX),
        );
        S3DayLog::new(aws_sdk_s3::Client::from_conf(config.build()), bucket.to_owned())
    }

    /// Transactions in `table`; records expire `ttl_days` days after they were processed, or never.
    #[must_use]
    pub fn transactions(&self, table: &str, ttl_days: Option<u32>) -> DynamoTransactions {
        DynamoTransactions::new(self.dynamodb(), table.to_owned(), ttl_days)
    }

    /// PayPal transmissions in `table`; `now` tells the time.
    #[must_use]
    pub fn transmissions(&self, table: &str, now: fn() -> UnixTime) -> DynamoTransmissions {
        DynamoTransmissions::new(self.dynamodb(), table.to_owned(), Key::OWN_TABLE, now)
    }

    /// Payments in `table`, one item each.
    #[must_use]
    pub fn payments(&self, table: &str) -> DynamoPayments {
        DynamoPayments::new(self.dynamodb(), table.to_owned())
    }

    /// PayPal transmissions in `table`, which is that of the [`payments`](Self::payments); `now` tells the time.
    #[must_use]
    pub fn transmissions_beside_payments(&self, table: &str, now: fn() -> UnixTime) -> DynamoTransmissions {
        DynamoTransmissions::new(self.dynamodb(), table.to_owned(), Key::BESIDE_PAYMENTS, now)
    }

    /// The secret `secret_id` (name or ARN), which is `provider`'s.
    #[must_use]
    pub fn secrets(&self, provider: Provider, secret_id: &str) -> SecretsManager {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(&self.shared)
            .timeout_config(OTHER_LIMITS.timeouts());
        config.set_endpoint_url(self.settings.endpoints.secrets_manager.clone());
        SecretsManager::new(
            aws_sdk_secretsmanager::Client::from_conf(config.build()),
            provider,
            secret_id.to_owned(),
        )
    }

    /// Asynchronous invocation of `function` (name or ARN).
    #[must_use]
    pub fn dispatch(&self, function: &str) -> LambdaDispatch {
        let mut config =
            aws_sdk_lambda::config::Builder::from(&self.shared).timeout_config(INVOKE_LIMITS.timeouts());
        config.set_endpoint_url(self.settings.endpoints.lambda.clone());
        LambdaDispatch::new(aws_sdk_lambda::Client::from_conf(config.build()), function.to_owned())
    }

    /// PayPal's certificates, from PayPal's own hosts or, away from production, from `endpoint` (a base URL).
    #[must_use]
    pub fn certificates(&self, endpoint: Option<String>) -> PaypalCertificates {
        PaypalCertificates::new(self.connections.clone(), endpoint)
    }

    /// Notifications that nobody has proven yet, in `bucket`.
    #[must_use]
    pub fn quarantine(&self, bucket: &str) -> S3Quarantine {
        S3Quarantine::new(self.bucket(bucket))
    }

    /// PayPal's word about notifications.
    #[must_use]
    pub fn postback(&self, hosts: &PaypalHosts) -> PaypalPostback {
        PaypalPostback::new(self.connections.clone(), hosts)
    }

    /// PayPal's check of signatures.
    #[must_use]
    pub fn signature_api(&self, hosts: &PaypalHosts) -> PaypalSignatureApi {
        PaypalSignatureApi::new(self.connections.clone(), hosts)
    }

    /// Opens connections to the services a function will need, all at once, before its first request: on AWS the
    /// TLS handshakes are most of a cold start. Any answer counts; nothing is signed and no permission is needed.
    ///
    /// # Errors
    /// The first service that could not be reached.
    pub async fn warm(&self, targets: &[Target<'_>]) -> Result<(), PortError> {
        let attempts = targets.iter().map(|target| async move {
            let warmed = self.connections.warm(&self.base_url(*target), WARM_TIMEOUT).await;
            warmed.map_err(|error| errors::fetch_error(target.operation(), error))
        });
        futures::future::join_all(attempts).await.into_iter().collect()
    }

    fn base_url(&self, target: Target<'_>) -> String {
        let endpoints = &self.settings.endpoints;
        let (service, endpoint) = match target {
            Target::Bucket(_) => ("s3", &endpoints.s3),
            Target::Tables => ("dynamodb", &endpoints.dynamodb),
            Target::Functions => ("lambda", &endpoints.lambda),
        };
        let region = &self.settings.region;
        let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
        match (endpoint, target) {
            (Some(endpoint), _) => endpoint.clone(),
            (None, Target::Bucket(bucket)) => format!("https://{bucket}.s3.{region}.{domain}/"),
            (None, _) => format!("https://{service}.{region}.{domain}/"),
        }
    }

    fn bucket(&self, bucket: &str) -> Bucket {
        let config = self.s3_config(S3_LIMITS).build();
        Bucket::new(aws_sdk_s3::Client::from_conf(config), bucket.to_owned())
    }

    fn s3_config(&self, limits: Limits) -> aws_sdk_s3::config::Builder {
        let endpoint = self.settings.endpoints.s3.clone();
        let mut config = aws_sdk_s3::config::Builder::from(&self.shared)
            .timeout_config(limits.timeouts())
            .force_path_style(endpoint.is_some())
            // The signature already covers the body's SHA-256; a second digest costs time and proves nothing more.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        config.set_endpoint_url(endpoint);
        config
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let mut config =
            aws_sdk_dynamodb::config::Builder::from(&self.shared).timeout_config(OTHER_LIMITS.timeouts());
        config.set_endpoint_url(self.settings.endpoints.dynamodb.clone());
        aws_sdk_dynamodb::Client::from_conf(config.build())
    }
}

/// A service that [`Aws::warm`] can connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target<'a> {
    /// S3, where this bucket is.
    Bucket(&'a str),
    /// DynamoDB.
    Tables,
    /// Lambda.
    Functions,
}

impl Target<'_> {
    const fn operation(self) -> &'static str {
        match self {
            Self::Bucket(_) => "s3:connect",
            Self::Tables => "dynamodb:connect",
            Self::Functions => "lambda:connect",
        }
    }
}

impl Limits {
    fn timeouts(self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.operation)
            .build()
    }
}

/// What all services share.
fn shared_config(settings: &AwsSettings, connections: &Connections) -> SdkConfig {
    let keys = &settings.credentials;
    let credentials = Credentials::new(
        keys.access_key_id.clone(),
        keys.secret_access_key.clone(),
        keys.session_token.clone(),
        None,
        "lambda-environment",
    );
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        // The keys hold as long as the environment does, so there is nothing to cache, refresh or lock.
        .identity_cache(IdentityCache::no_cache())
        .http_client(connections.as_sdk_client())
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(ATTEMPTS_MAX)
                .with_initial_backoff(BACKOFF_INITIAL)
                .with_max_backoff(BACKOFF_MAX),
        )
        // Bodies are small and every attempt has its own limit; watching their throughput costs CPU for nothing.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build()
}

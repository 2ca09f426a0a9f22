//! What an operator may do and no function of the system: read and empty the dead-letter queue, read raw bodies, invoke the processor
//! with them, change secrets, look at how everything is configured. For `webhookctl`, behind the feature `ops`.
//!
//! Invariant: nothing here runs by itself, and no error shows a body or a value. Non-goal: deciding what to do; that is the tool's.

pub mod archive;
pub mod credentials;
pub mod dead_letters;
mod http;
pub mod inspect;
pub mod probe;
pub mod processor;
pub mod vault;

use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{
    BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use webhook_core::ports::PortError;

use crate::errors::port_error;
use archive::S3Archive;
use credentials::OpsCredentials;
use dead_letters::SqsDeadLetters;
use http::Http;
use inspect::Inspector;
use probe::Probe;
use processor::LambdaProcessor;
use vault::ManagedSecret;

/// Attempts at one call, the first included. A person waits, and can type the command again: it is safe.
const ATTEMPTS_MAX: u32 = 4;
/// Wait before the second attempt (the SDK jitters it and doubles it for the next).
const BACKOFF_INITIAL: Duration = Duration::from_millis(200);
/// Longest wait between attempts.
const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// An attempt, a long poll of the queue included.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);
/// A call with its retries.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);
/// Connecting from anywhere, not only from inside the region.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Where, and as whom.
#[derive(Debug, Clone)]
pub struct OpsSettings {
    /// Region of every service, e.g. `us-east-1`.
    pub region: String,
    /// Whose permissions.
    pub credentials: OpsCredentials,
    /// Base URLs in place of AWS's own.
    pub endpoints: OpsEndpoints,
}

/// Base URLs that replace AWS's own. Absent: the region's own endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpsEndpoints {
    /// S3; buckets are then addressed by path.
    pub s3: Option<String>,
    /// DynamoDB.
    pub dynamodb: Option<String>,
    /// SQS.
    pub sqs: Option<String>,
    /// Secrets Manager.
    pub secrets_manager: Option<String>,
    /// Lambda.
    pub lambda: Option<String>,
}

/// Makes the operator's adapters; all of them share connections and credentials.
#[derive(Debug, Clone)]
pub struct Ops {
    shared: SdkConfig,
    endpoints: OpsEndpoints,
    http: Http,
}

impl Ops {
    /// Nothing is connected yet.
    #[must_use]
    pub fn new(settings: OpsSettings) -> Self {
        let http = Http::new();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(settings.region))
            .credentials_provider(SharedCredentialsProvider::new(settings.credentials))
            .http_client(http.as_sdk_client())
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS_MAX)
                    .with_initial_backoff(BACKOFF_INITIAL)
                    .with_max_backoff(BACKOFF_MAX),
            )
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        Self { shared, endpoints: settings.endpoints, http }
    }

    /// The dead-letter queue at `url`.
    #[must_use]
    pub fn dead_letters(&self, url: &str) -> SqsDeadLetters {
        SqsDeadLetters::new(self.sqs(), url.to_owned())
    }

    /// The processor, by name or ARN.
    #[must_use]
    pub fn processor(&self, function: &str) -> LambdaProcessor {
        LambdaProcessor::new(self.lambda(), function.to_owned())
    }

    /// The bucket of raw bodies.
    #[must_use]
    pub fn archive(&self, bucket: &str) -> S3Archive {
        S3Archive::new(self.s3(), bucket.to_owned())
    }

    /// A provider's secret, by name or ARN.
    #[must_use]
    pub fn vault(&self, secret_id: &str) -> ManagedSecret {
        let mut config = aws_sdk_secretsmanager::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoints.secrets_manager.clone());
        ManagedSecret::new(aws_sdk_secretsmanager::Client::from_conf(config.build()), secret_id.to_owned())
    }

    /// Reads how things are configured.
    #[must_use]
    pub fn inspector(&self) -> Inspector {
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&self.shared);
        dynamodb.set_endpoint_url(self.endpoints.dynamodb.clone());
        Inspector {
            lambda: self.lambda(),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            s3: self.s3(),
            sqs: self.sqs(),
        }
    }

    /// Unsigned requests, as strangers make them.
    #[must_use]
    pub fn probe(&self) -> Probe {
        Probe::new(self.http.clone())
    }

    /// The URL of a queue by its name; it holds the account's id.
    ///
    /// # Errors
    /// There is no such queue, or the service does not answer.
    pub async fn queue_url(&self, name: &str) -> Result<String, PortError> {
        const OPERATION: &str = "sqs:GetQueueUrl";
        let answer = self.sqs().get_queue_url().queue_name(name).send().await;
        let answer = answer.map_err(|error| port_error(OPERATION, &error))?;
        answer.queue_url.ok_or_else(|| crate::errors::refused(OPERATION, "answer without a URL"))
    }

    fn sqs(&self) -> aws_sdk_sqs::Client {
        let mut config = aws_sdk_sqs::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoints.sqs.clone());
        aws_sdk_sqs::Client::from_conf(config.build())
    }

    fn lambda(&self) -> aws_sdk_lambda::Client {
        let mut config = aws_sdk_lambda::config::Builder::from(&self.shared);
        config.set_endpoint_url(self.endpoints.lambda.clone());
        aws_sdk_lambda::Client::from_conf(config.build())
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let endpoint = self.endpoints.s3.clone();
        let mut config = aws_sdk_s3::config::Builder::from(&self.shared)
            .force_path_style(endpoint.is_some())
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        config.set_endpoint_url(endpoint);
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

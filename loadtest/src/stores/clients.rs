//! SDK clients for the stores, without what a reader on the same machine does not need.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{
    BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig, timeout::TimeoutConfig,
};

/// Where the stores answer, and what they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// Base URL of S3.
    pub s3: String,
    /// Base URL of DynamoDB.
    pub dynamodb: String,
    /// Base URL of SQS.
    pub sqs: String,
    /// Region in signatures.
    pub region: String,
    /// The transactions table.
    pub table: String,
    /// Bucket of raw bodies.
    pub raw_bucket: String,
    /// Bucket of processed records.
    pub processed_bucket: String,
    /// URL of the dead-letter queue.
    pub dlq_url: String,
}

/// Clients of the three services.
#[derive(Debug, Clone)]
pub struct Clients {
    pub(super) dynamodb: aws_sdk_dynamodb::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) names: Endpoints,
    shared: aws_types::SdkConfig,
}

impl Clients {
    /// Clients for these endpoints. Stores of an embedded cloud take any credentials.
    #[must_use]
    pub fn new(names: Endpoints) -> Self {
        let http = aws_smithy_http_client::Builder::new().build_http();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(20))
            .build();
        let credentials = Credentials::new("test", "test", None, None, "loadtest");
        let shared = aws_types::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(names.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http)
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&shared)
            .endpoint_url(&names.s3)
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared).endpoint_url(&names.dynamodb);
        let sqs = aws_sdk_sqs::config::Builder::from(&shared).endpoint_url(&names.sqs);
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            names,
            shared,
        }
    }

    /// Makes `value` the current version of a secret; the version that was current becomes the previous one.
    pub async fn put_secret(
        &self,
        endpoint: &str,
        name: &str,
        value: &serde_json::Value,
    ) -> Result<(), String> {
        let request = self.secrets_manager(endpoint).put_secret_value().secret_id(name);
        let answer = request.secret_string(value.to_string()).send().await;
        answer.map(drop).map_err(|error| aws_sdk_s3::error::DisplayErrorContext(error).to_string())
    }

    /// The JSON value of a secret, from the Secrets Manager at this endpoint. A value that is no JSON is not named in the
    /// error.
    pub async fn secret(&self, endpoint: &str, name: &str) -> Result<serde_json::Value, String> {
        let answer = self.secrets_manager(endpoint).get_secret_value().secret_id(name).send().await;
        let answer = answer.map_err(|error| aws_sdk_s3::error::DisplayErrorContext(error).to_string())?;
        serde_json::from_str(answer.secret_string().unwrap_or_default())
            .map_err(|_| "its value is not JSON".to_owned())
    }

    fn secrets_manager(&self, endpoint: &str) -> aws_sdk_secretsmanager::Client {
        let config = aws_sdk_secretsmanager::config::Builder::from(&self.shared).endpoint_url(endpoint);
        aws_sdk_secretsmanager::Client::from_conf(config.build())
    }
}

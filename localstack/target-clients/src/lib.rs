//! AWS clients of a running target, made from what it says of itself, without what a reader on the same machine does not need.
//!
//! A crate of its own, so that the embedded cloud by itself is built without clients. Non-goal: what is read and what it means,
//! which is the load test's and the gate's matter.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Region, RequestChecksumCalculation, ResponseChecksumValidation, SharedHttpClient,
    StalledStreamProtectionConfig,
};
use aws_sdk_s3::error::DisplayErrorContext;
use aws_smithy_http_client::tls;
use localstack::Ready;
use serde_json::Value;

/// Clients of a target's services.
#[derive(Debug, Clone)]
pub struct Clients {
    /// Its tables.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Its buckets.
    pub s3: aws_sdk_s3::Client,
    /// Its queue.
    pub sqs: aws_sdk_sqs::Client,
    /// What it says of itself: the names of all these.
    pub ready: Ready,
    secrets: aws_sdk_secretsmanager::Client,
    lambda: aws_sdk_lambda::Client,
}

/// A secret that cannot be read or replaced.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager refuses, or does not answer.
    #[error("{0}")]
    Refused(String),
    /// The secret holds something else. The text never has what it holds.
    #[error("its value is not JSON")]
    NotJson,
}

impl Clients {
    /// Clients for a target that takes any credentials, as the embedded cloud and emulators do.
    #[must_use]
    pub fn new(ready: &Ready) -> Self {
        Self::with(ready, Credentials::new("test", "test", None, None, "target-clients"))
    }

    /// Clients for a target that wants credentials.
    #[must_use]
    pub fn with(ready: &Ready, credentials: Credentials) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_attempt_timeout(Duration::from_secs(20))
            .build();
        let shared = aws_types::SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(ready.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client(ready))
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let endpoints = &ready.endpoints;
        let s3 = aws_sdk_s3::config::Builder::from(&shared)
            .endpoint_url(&endpoints.s3)
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared).endpoint_url(&endpoints.dynamodb);
        let sqs = aws_sdk_sqs::config::Builder::from(&shared).endpoint_url(&endpoints.sqs);
        let secrets =
            aws_sdk_secretsmanager::config::Builder::from(&shared).endpoint_url(&endpoints.secretsmanager);
        let lambda = aws_sdk_lambda::config::Builder::from(&shared).endpoint_url(&endpoints.lambda);
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            sqs: aws_sdk_sqs::Client::from_conf(sqs.build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
            lambda: aws_sdk_lambda::Client::from_conf(lambda.build()),
            ready: ready.clone(),
        }
    }

    /// Invokes a function asynchronously, as an operator does.
    ///
    /// # Errors
    /// Lambda does not take it; the text says why.
    pub async fn invoke(&self, function: &str, payload: String) -> Result<(), String> {
        let request = self.lambda.invoke().function_name(function).payload(Blob::new(payload));
        let answer = request.invocation_type(InvocationType::Event).send().await;
        answer.map(drop).map_err(|error| DisplayErrorContext(error).to_string())
    }

    /// How many records the table holds, by its own count, which is up to six hours old on AWS.
    ///
    /// # Errors
    /// The table does not answer; the text says why.
    pub async fn records(&self) -> Result<u64, String> {
        let answer = self.dynamodb.describe_table().table_name(&self.ready.table).send().await;
        let answer = answer.map_err(|error| DisplayErrorContext(error).to_string())?;
        let count = answer.table().and_then(aws_sdk_dynamodb::types::TableDescription::item_count);
        Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
    }

    /// The JSON value of a secret.
    ///
    /// # Errors
    /// Secrets Manager does not answer, or the secret is not JSON.
    pub async fn secret(&self, name: &str) -> Result<Value, SecretError> {
        let answer = self.secrets.get_secret_value().secret_id(name).send().await;
        let answer = answer.map_err(|error| refused(&error))?;
        serde_json::from_str(answer.secret_string().unwrap_or_default()).map_err(|_| SecretError::NotJson)
    }

    /// Gives a secret a value, its first one or a new one.
    ///
    /// # Errors
    /// Secrets Manager does not answer, or there is no such secret.
    pub async fn put_secret(&self, name: &str, value: &str) -> Result<(), SecretError> {
        let put = self.secrets.put_secret_value().secret_id(name).secret_string(value);
        put.send().await.map(drop).map_err(|error| refused(&error))
    }

    /// Replaces members of a secret's JSON, and leaves the others; the version that was current becomes the previous one.
    ///
    /// # Errors
    /// Secrets Manager does not answer, or the secret is not JSON.
    pub async fn replace_secret(&self, name: &str, members: &Value) -> Result<(), SecretError> {
        let mut value = self.secret(name).await?;
        if let (Value::Object(value), Value::Object(members)) = (&mut value, members) {
            value.extend(members.clone());
        }
        self.put_secret(name, &value.to_string()).await
    }
}

/// TLS only where an endpoint wants it: what is on this machine is spoken with plainly.
fn http_client(ready: &Ready) -> SharedHttpClient {
    let endpoints = &ready.endpoints;
    let all =
        [&endpoints.s3, &endpoints.dynamodb, &endpoints.sqs, &endpoints.secretsmanager, &endpoints.lambda];
    let builder = aws_smithy_http_client::Builder::new();
    if all.iter().any(|endpoint| endpoint.starts_with("https://")) {
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        builder.tls_provider(provider).build_https()
    } else {
        builder.build_http()
    }
}

fn refused(error: &(impl std::error::Error + 'static)) -> SecretError {
    SecretError::Refused(DisplayErrorContext(error).to_string())
}

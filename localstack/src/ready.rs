//! What a running cloud says of itself: where everything is.
//!
//! The JSON form is an interface that others script against. Fields are only ever added, and only optional ones.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A running target: the webhook system's addresses and names. Of providers' secrets it holds names only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// `embedded`, `localstack`, `ministack`, `aws`.
    pub target: String,
    /// Base URL of the API with its stage; webhooks go to `{api_base_url}/api/v1/webhooks/{provider}`.
    pub api_base_url: String,
    /// Base URLs of the AWS endpoints.
    pub endpoints: Endpoints,
    /// Region to sign for.
    pub region: String,
    /// Account of every ARN.
    pub account_id: String,
    /// Table of the transactions.
    pub table: String,
    /// Bucket of the raw bodies.
    pub raw_bucket: String,
    /// Bucket of the processed records.
    pub processed_bucket: String,
    /// URL of the dead-letter queue.
    pub dlq_url: String,
    /// Name of each provider's secret, by provider.
    pub secrets: BTreeMap<String, String>,
    /// Where the functions' logs are.
    pub log_dir: PathBuf,
    /// Table that binds PayPal's transmission ids to bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transmissions_table: Option<String>,
    /// URL that Square signs, which is not necessarily the one a local sender posts to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub square_notification_url: Option<String>,
    /// Host and port (UDP) of the X-Ray daemon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xray_daemon: Option<String>,
    /// Whose IPN is taken: e-mail addresses and account ids at PayPal. Empty: nobody's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paypal_receivers: Vec<String>,
    /// Headers that a provider's webhooks must carry here beside the provider's own: the usage key, for gateways that ask no authorizer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub webhook_headers: BTreeMap<String, BTreeMap<String, String>>,
    /// Process id of the cloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// How queries of transactions are to be signed; absent when they need not be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_auth: Option<QueryAuth>,
}

/// Credentials for the query API, and what to sign for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryAuth {
    /// `aws_iam`: AWS Signature Version 4.
    #[serde(rename = "type")]
    pub kind: String,
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key. The embedded cloud's is the same everywhere, and no secret.
    pub secret_access_key: String,
    /// Token of a session, which temporary credentials come with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// Region to sign for.
    pub region: String,
    /// Service to sign for.
    pub service: String,
}

impl QueryAuth {
    /// Signature Version 4 for API Gateway.
    #[must_use]
    pub fn aws_iam(access_key_id: &str, secret_access_key: &str, region: &str) -> Self {
        Self {
            kind: "aws_iam".to_owned(),
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
            session_token: None,
            region: region.to_owned(),
            service: "execute-api".to_owned(),
        }
    }
}

impl fmt::Debug for QueryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryAuth")
            .field("kind", &self.kind)
            .field("access_key_id", &self.access_key_id)
            .field("region", &self.region)
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Base URLs for `--endpoint-url`, one an AWS service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// S3, path-style.
    pub s3: String,
    /// DynamoDB and DynamoDB Streams.
    pub dynamodb: String,
    /// SQS.
    pub sqs: String,
    /// Secrets Manager.
    pub secretsmanager: String,
    /// Lambda.
    pub lambda: String,
    /// X-Ray.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub xray: Option<String>,
}

/// The ready file while the cloud runs: written at once as a whole, removed when dropped.
#[derive(Debug)]
pub struct ReadyFile {
    path: PathBuf,
}

impl ReadyFile {
    /// Writes `ready` to `path` by way of a temporary file beside it, so that nobody ever reads half of it.
    ///
    /// # Errors
    /// The folder is missing or not writable, or the rename failed.
    pub fn write(path: &Path, ready: &Ready) -> std::io::Result<Self> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&mut file, ready)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(Self { path: path.to_owned() })
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // Nothing to be done if somebody else took it away already.
        let _ = std::fs::remove_file(&self.path);
    }
}

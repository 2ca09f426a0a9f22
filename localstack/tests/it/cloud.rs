//! A running cloud for one test, and the real AWS SDKs connected with it.

use std::path::PathBuf;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_http_client::Builder;
use localstack::Ready;
use localstack::embedded::{self, Bootstrap, Embedded, Options};
use tempfile::TempDir;

/// The cloud and the folder its logs are in.
pub(crate) struct Cloud {
    embedded: Embedded,
    pub(crate) clients: Clients,
    _logs: TempDir,
}

impl Cloud {
    /// Starts one with the functions run by the `localstack` binary.
    pub(crate) async fn start(change: impl FnOnce(&mut Options)) -> Self {
        let logs = tempfile::tempdir().unwrap();
        let mut options = options(logs.path().to_owned());
        change(&mut options);
        let embedded = Box::pin(embedded::start(options)).await.unwrap();
        let clients = Clients::of(embedded.ready());
        Self { embedded, clients, _logs: logs }
    }

    pub(crate) fn ready(&self) -> &Ready {
        self.embedded.ready()
    }

    pub(crate) fn embedded(&self) -> &Embedded {
        &self.embedded
    }

    pub(crate) async fn stop(self) {
        self.embedded.shutdown().await;
    }
}

/// Options for tests: retries at once.
pub(crate) fn options(log_dir: PathBuf) -> Options {
    Options {
        bootstrap: Bootstrap::Path(PathBuf::from(env!("CARGO_BIN_EXE_localstack"))),
        log_dir,
        retry_delays: [Duration::from_millis(10), Duration::from_millis(20)],
        ..Options::default()
    }
}

/// One client a service.
pub(crate) struct Clients {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
}

/// The same configuration for every SDK crate, each of which has its own types.
macro_rules! client {
    ($sdk:ident, $endpoint:expr $(, $extra:ident($value:expr))*) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version($sdk::config::BehaviorVersion::latest())
                .region($sdk::config::Region::new("us-east-1"))
                .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
                .retry_config($sdk::config::retry::RetryConfig::disabled())
                .http_client(Builder::new().build_http())
                .endpoint_url($endpoint)
                $(.$extra($value))*
                .build(),
        )
    };
}

impl Clients {
    pub(crate) fn of(ready: &Ready) -> Self {
        let endpoints = &ready.endpoints;
        Self {
            dynamodb: client!(aws_sdk_dynamodb, &endpoints.dynamodb),
            s3: client!(aws_sdk_s3, &endpoints.s3, force_path_style(true)),
            sqs: client!(aws_sdk_sqs, &endpoints.sqs),
            secrets: client!(aws_sdk_secretsmanager, &endpoints.secretsmanager),
            lambda: client!(aws_sdk_lambda, &endpoints.lambda),
        }
    }
}

/// Polls until `done` or five seconds are over.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, done: impl FnMut() -> F) {
    within(Duration::from_secs(5), what, done).await;
}

/// Polls until `done` or `limit` is over.
pub(crate) async fn within<F: Future<Output = bool>>(
    limit: Duration,
    what: &str,
    mut done: impl FnMut() -> F,
) {
    let deadline = tokio::time::Instant::now() + limit;
    while !done().await {
        assert!(tokio::time::Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await; // poll
    }
}

//! Services that say yes: a secret, a bucket that takes everything, a queue that takes everything, an empty table. What they are
//! asked is the business of `webhook-aws`'s own tests.

use axum::Router;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::any;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The services, on a thread of their own.
pub(crate) struct AwsStandIn {
    url: String,
    _runtime: Runtime,
}

impl AwsStandIn {
    /// Services whose one secret is `secret`.
    pub(crate) fn start(secret: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let answer = json!({"Name": "s", "VersionId": "v", "SecretString": secret}).to_string();
        let service = move |method: Method, headers: HeaderMap| {
            let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
            let reply = match target {
                Some("secretsmanager.GetSecretValue") => (StatusCode::OK, answer.clone()),
                Some(_) => (StatusCode::OK, r#"{"Items":[],"Count":0,"ScannedCount":0}"#.to_owned()),
                // What Lambda answers to an asynchronous invocation, the one POST without a target.
                None if method == Method::POST => (StatusCode::ACCEPTED, String::new()),
                None => (StatusCode::OK, String::new()),
            };
            std::future::ready(reply)
        };
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime
            .spawn(async move { axum::serve(listener, Router::new().fallback(any(service))).await.unwrap() });
        Self { url, _runtime: runtime }
    }

    /// The environment of a function that talks to these services; a validator's with its provider.
    pub(crate) fn function<'a>(&'a self, provider: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
        let mut variables = vec![
            ("DYNAMODB_TABLE", "webhook-transactions"),
            ("S3_PROCESSED_BUCKET", "log"),
            ("USAGE_KEYS", r#"{"stripe":"usage-key-0123456789"}"#),
            ("AWS_ENDPOINT_URL_S3", self.url.as_str()),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.url),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.url),
            ("AWS_ENDPOINT_URL_LAMBDA", &self.url),
        ];
        if let Some(provider) = provider {
            variables.extend([
                ("PROVIDER_NAME", provider),
                ("PROVIDER_SECRET_ARN", "webhook-processor/secret"),
                ("S3_BUCKET", "raw"),
                ("PROCESSOR_FUNCTION_ARN", "webhook-processor"),
            ]);
        }
        variables
    }
}

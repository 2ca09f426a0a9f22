//! Servers on free ports of this machine, and adapters that point to them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use tokio::net::TcpListener;
use webhook_aws::{Aws, AwsCredentials, AwsSettings, Endpoints};

pub(crate) const ACCESS_KEY: &str = "AKIAEXAMPLE";
pub(crate) const SECRET_KEY: &str = "example-secret-key";

/// Adapters for these endpoints.
pub(crate) fn aws(endpoints: Endpoints) -> Aws {
    Aws::new(AwsSettings {
        region: "us-east-1".to_owned(),
        credentials: AwsCredentials {
            access_key_id: ACCESS_KEY.to_owned(),
            secret_access_key: SECRET_KEY.to_owned(),
            session_token: None,
        },
        endpoints,
    })
}

/// A listener on a free port, and its base URL.
pub(crate) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// One request, as a scripted server saw it.
pub(crate) struct Seen {
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: serde_json::Value,
}

/// A server whose answers a function makes, and which remembers what it was asked.
pub(crate) struct Scripted {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    /// `script` gets the request's JSON body and the number of requests before it.
    pub(crate) async fn start<F>(script: F) -> Self
    where
        F: Fn(&serde_json::Value, usize) -> (u16, String) + Clone + Send + Sync + 'static,
    {
        let (listener, url) = listener().await;
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let record = Arc::clone(&seen);
        let answer = move |uri: axum::http::Uri, headers: HeaderMap, body: Bytes| {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let mut requests = record.lock().unwrap();
            let (status, text) = script(&body, requests.len());
            let path_and_query = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
            requests.push(Seen { path_and_query, headers, body });
            std::future::ready(respond(status, text))
        };
        tokio::spawn(
            async move { axum::serve(listener, Router::new().fallback(any(answer))).await.unwrap() },
        );
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

fn respond(status: u16, body: String) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/x-amz-json-1.1")], body)
        .into_response()
}

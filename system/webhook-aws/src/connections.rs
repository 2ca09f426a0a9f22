//! The one HTTP connection pool that every client of a function shares.
//!
//! TLS is set up when the first `https://` call needs it: reading the system's trust store costs several
//! milliseconds, and a function whose endpoints are all `http://` (the embedded cloud) never pays them.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// How long connecting (TCP and TLS) may take. The whole answer has 10 s; a connection that needs longer than
/// this will not serve it.
pub const CONNECT_TIMEOUT: Duration = Duration::from_millis(500);

/// Keep-alive connections, opened on demand and shared by every client made from a clone of this.
#[derive(Clone)]
pub struct Connections(Arc<Pools>);

struct Pools {
    plain: SharedHttpConnector,
    tls: OnceLock<SharedHttpConnector>,
}

impl Connections {
    /// An empty pool.
    #[must_use]
    pub fn new() -> Self {
        let plain = Connector::builder().connector_settings(connector_settings()).build_http();
        Self(Arc::new(Pools { plain: SharedHttpConnector::new(plain), tls: OnceLock::new() }))
    }

    /// The pool as the SDK wants it. Time limits of an attempt are the SDK's; the connect limit is the pool's.
    #[must_use]
    pub fn as_sdk_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// Opens (or finds) a connection to `url` by an unsigned HEAD: any answer at all will do, so that warming up
    /// needs no permission and leaves no line in an audit trail.
    ///
    /// # Errors
    /// The connection could not be made within `limit`.
    pub async fn warm(&self, url: &str, limit: Duration) -> Result<(), FetchError> {
        let request = request("HEAD", url)?;
        let answer =
            tokio::time::timeout(limit, self.call(request)).await.map_err(|_| FetchError::Timeout)?;
        answer.map(drop).map_err(|error| connector_failure(&error))
    }

    /// GETs `url`: no redirect is followed, and no more than `max_bytes` are read within `limit`.
    ///
    /// # Errors
    /// Anything but a 200 with a body within the limits.
    pub async fn get(&self, url: &str, limit: Duration, max_bytes: usize) -> Result<Bytes, FetchError> {
        tokio::time::timeout(limit, self.get_unlimited(url, max_bytes))
            .await
            .map_err(|_| FetchError::Timeout)?
    }

    async fn get_unlimited(&self, url: &str, max_bytes: usize) -> Result<Bytes, FetchError> {
        let answer = self.call(request("GET", url)?).await.map_err(|error| connector_failure(&error))?;
        if answer.status().as_u16() != 200 {
            return Err(FetchError::Status(answer.status()));
        }
        match Limited::new(answer.into_body(), max_bytes).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
            Err(_) => Err(FetchError::Connection("broken body")),
        }
    }

    fn connector_for(&self, uri: &str) -> &SharedHttpConnector {
        if !uri.starts_with("https://") {
            return &self.0.plain;
        }
        self.0.tls.get_or_init(|| {
            let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
            let builder =
                Connector::builder().connector_settings(connector_settings()).tls_provider(provider);
            SharedHttpConnector::new(builder.build())
        })
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connections")
    }
}

impl HttpConnector for Connections {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.connector_for(request.uri()).call(request)
    }
}

/// Why a plain HTTP read brought nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not within the time limit.
    #[error("timeout")]
    Timeout,
    /// The connection could not be made, or broke.
    #[error("connection failed: {0}")]
    Connection(&'static str),
    /// The server answered, but not with a 200 (a redirect is refused too).
    #[error("HTTP status {0}")]
    Status(StatusCode),
    /// The body is larger than the limit.
    #[error("answer too large")]
    TooLarge,
    /// The text is not a URL.
    #[error("not a URL")]
    BadUrl,
}

fn connector_settings() -> HttpConnectorSettings {
    HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build()
}

fn request(method: &'static str, url: &str) -> Result<HttpRequest, FetchError> {
    let request = http::Request::builder().method(method).uri(url).body(SdkBody::empty());
    let request = request.map_err(|_| FetchError::BadUrl)?;
    HttpRequest::try_from(request).map_err(|_| FetchError::BadUrl)
}

fn connector_failure(error: &ConnectorError) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_io() {
        FetchError::Connection("io")
    } else {
        FetchError::Connection("protocol")
    }
}

#[cfg(test)]
mod tests;

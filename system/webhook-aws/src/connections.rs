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

/// The same for a host in another part of the world. Each call there has a limit of its own.
const DISTANT_CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Keep-alive connections, opened on demand and shared by every client made from a clone of this.
#[derive(Clone)]
pub struct Connections(Arc<Pools>);

struct Pools {
    plain: SharedHttpConnector,
    tls: OnceLock<SharedHttpConnector>,
    /// For hosts that are not in the function's own region: one round trip there may take as long as a whole connection here.
    distant: OnceLock<SharedHttpConnector>,
}

/// A request that sends something.
pub(crate) struct Post<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) body: Bytes,
}

impl Connections {
    /// An empty pool.
    #[must_use]
    pub fn new() -> Self {
        let plain = Connector::builder().connector_settings(connector_settings(CONNECT_TIMEOUT)).build_http();
        let plain = SharedHttpConnector::new(plain);
        Self(Arc::new(Pools { plain, tls: OnceLock::new(), distant: OnceLock::new() }))
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

    /// GETs `url`, which may be far away: no redirect is followed, and no more than `max_bytes` are read within `limit`.
    ///
    /// # Errors
    /// Anything but a 200 with a body within the limits.
    pub async fn get(&self, url: &str, limit: Duration, max_bytes: usize) -> Result<Bytes, FetchError> {
        let (status, body) = self.exchange(request("GET", url)?, limit, max_bytes).await?;
        if status.as_u16() == 200 { Ok(body) } else { Err(FetchError::Status(status)) }
    }

    /// POSTs to a URL that may be far away, within the same limits. Which status is which answer is the caller's to say.
    pub(crate) async fn post(
        &self,
        post: Post<'_>,
        limit: Duration,
        max_bytes: usize,
    ) -> Result<(u16, Bytes), FetchError> {
        let mut request = http::Request::builder().method("POST").uri(post.url);
        for (name, value) in post.headers {
            request = request.header(*name, *value);
        }
        let request = request.body(SdkBody::from(post.body)).map_err(|_| FetchError::BadRequest)?;
        let request = HttpRequest::try_from(request).map_err(|_| FetchError::BadRequest)?;
        let (status, body) = self.exchange(request, limit, max_bytes).await?;
        Ok((status.as_u16(), body))
    }

    async fn exchange(
        &self,
        request: HttpRequest,
        limit: Duration,
        max_bytes: usize,
    ) -> Result<(StatusCode, Bytes), FetchError> {
        tokio::time::timeout(limit, self.exchange_unlimited(request, max_bytes))
            .await
            .map_err(|_| FetchError::Timeout)?
    }

    /// The body of an answer that is no success is not read.
    async fn exchange_unlimited(
        &self,
        request: HttpRequest,
        max_bytes: usize,
    ) -> Result<(StatusCode, Bytes), FetchError> {
        let connector = self.distant_connector_for(request.uri());
        let answer = connector.call(request).await.map_err(|error| connector_failure(&error))?;
        let status = answer.status();
        if status.as_u16() != 200 {
            return Ok((status, Bytes::new()));
        }
        match Limited::new(answer.into_body(), max_bytes).collect().await {
            Ok(body) => Ok((status, body.to_bytes())),
            Err(error) if error.is::<LengthLimitError>() => Err(FetchError::TooLarge),
            Err(_) => Err(FetchError::Connection("broken body")),
        }
    }

    fn connector_for(&self, uri: &str) -> &SharedHttpConnector {
        if uri.starts_with("https://") {
            self.0.tls.get_or_init(|| tls_connector(CONNECT_TIMEOUT))
        } else {
            &self.0.plain
        }
    }

    fn distant_connector_for(&self, uri: &str) -> &SharedHttpConnector {
        if uri.starts_with("https://") {
            self.0.distant.get_or_init(|| tls_connector(DISTANT_CONNECT_TIMEOUT))
        } else {
            &self.0.plain
        }
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
    /// The text is not a URL, or a header cannot be sent.
    #[error("not a request")]
    BadRequest,
}

fn tls_connector(connect_timeout: Duration) -> SharedHttpConnector {
    let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
    let builder =
        Connector::builder().connector_settings(connector_settings(connect_timeout)).tls_provider(provider);
    SharedHttpConnector::new(builder.build())
}

fn connector_settings(connect_timeout: Duration) -> HttpConnectorSettings {
    HttpConnectorSettings::builder().connect_timeout(connect_timeout).build()
}

fn request(method: &'static str, url: &str) -> Result<HttpRequest, FetchError> {
    let request = http::Request::builder().method(method).uri(url).body(SdkBody::empty());
    let request = request.map_err(|_| FetchError::BadRequest)?;
    HttpRequest::try_from(request).map_err(|_| FetchError::BadRequest)
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

//! The operator's HTTP connections: patient, since they may come from anywhere.

use std::fmt;
use std::time::Duration;

use aws_smithy_http_client::{Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpConnector as _, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;

use crate::connections::FetchError;
use crate::ops::CONNECT_TIMEOUT;

/// One pool for `http://` and `https://`.
#[derive(Clone)]
pub(crate) struct Http(SharedHttpConnector);

impl Http {
    pub(crate) fn new() -> Self {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let provider = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let connector = Connector::builder().connector_settings(settings).tls_provider(provider).build();
        Self(SharedHttpConnector::new(connector))
    }

    pub(crate) fn as_sdk_client(&self) -> SharedHttpClient {
        let connector = self.0.clone();
        http_client_fn(move |_, _| connector.clone())
    }

    /// One request, unsigned; no redirect is followed.
    pub(crate) async fn call(
        &self,
        request: http::Request<SdkBody>,
        limit: Duration,
    ) -> Result<HttpResponse, FetchError> {
        let request = request.try_into().map_err(|_| FetchError::BadRequest)?;
        let answer = tokio::time::timeout(limit, self.0.call(request)).await;
        answer.map_err(|_| FetchError::Timeout)?.map_err(|error| {
            if error.is_timeout() { FetchError::Timeout } else { FetchError::Connection("no answer") }
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

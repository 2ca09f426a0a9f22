//! Reads PayPal's signing certificates over HTTPS.
//!
//! Which hosts and paths may be asked is the core's decision, made before this is called; here are the limits of
//! the read itself. An override of the endpoint changes where the bytes come from, never which header URL is
//! accepted nor which root is trusted.

use std::time::Duration;

use bytes::Bytes;
use webhook_core::ports::{CertificateSource, PortError};

use crate::connections::Connections;
use crate::errors::fetch_error;

const OPERATION: &str = "paypal:GetCertificate";
/// The whole read, connecting included.
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
/// A chain of three certificates takes about 6 KiB.
const CERTIFICATE_BYTES_MAX: usize = 32 * 1024;

/// PayPal's certificate hosts, or one endpoint that stands in for all of them.
#[derive(Debug, Clone)]
pub struct PaypalCertificates {
    connections: Connections,
    endpoint: Option<String>,
}

impl PaypalCertificates {
    pub(crate) fn new(connections: Connections, endpoint: Option<String>) -> Self {
        let endpoint = endpoint.map(|base| base.trim_end_matches('/').to_owned());
        Self { connections, endpoint }
    }

    fn url(&self, host: &str, path: &str) -> String {
        match &self.endpoint {
            Some(base) => format!("{base}{path}"),
            None => format!("https://{host}{path}"),
        }
    }
}

impl CertificateSource for PaypalCertificates {
    async fn fetch_certificate(&self, host: &str, path: &str) -> Result<Bytes, PortError> {
        let read = self.connections.get(&self.url(host, path), FETCH_TIMEOUT, CERTIFICATE_BYTES_MAX).await;
        read.map_err(|error| fetch_error(OPERATION, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(endpoint: Option<&str>, expected: &str) {
        let source = PaypalCertificates::new(Connections::new(), endpoint.map(str::to_owned));
        assert_eq!(source.url("api.paypal.com", "/v1/notifications/certs/CERT-1"), expected);
    }

    #[test]
    fn urls() {
        check(None, "https://api.paypal.com/v1/notifications/certs/CERT-1");
        check(Some("http://127.0.0.1:8080"), "http://127.0.0.1:8080/v1/notifications/certs/CERT-1");
        check(Some("http://127.0.0.1:8080/"), "http://127.0.0.1:8080/v1/notifications/certs/CERT-1");
    }
}

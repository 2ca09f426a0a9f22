//! PayPal's certificates, from a stand-in endpoint.

use axum::Router;
use axum::routing::get;
use webhook_aws::Endpoints;
use webhook_core::contract;
use webhook_core::ports::{CertificateSource, PortError};

use crate::server::{aws, listener};

const PATH: &str = "/v1/notifications/certs/CERT-1";
const PEM: &str = "-----BEGIN CERTIFICATE-----\r\nAAAA\r\n-----END CERTIFICATE-----\r\n";

#[tokio::test]
async fn the_certificates_keep_the_contract() {
    let (listener, url) = listener().await;
    let router = Router::new().route(PATH, get(async || PEM));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let source = aws(Endpoints::default()).certificates(Some(url));
    let missing = "/v1/notifications/certs/CERT-2";
    contract::certificate_source(&source, "api.paypal.com", PATH, PEM.as_bytes(), missing).await;
}

#[tokio::test]
async fn more_than_a_chain_of_certificates_is_refused() {
    let (listener, url) = listener().await;
    let router = Router::new().route(PATH, get(async || "x".repeat(32 * 1024 + 1)));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let fetched =
        aws(Endpoints::default()).certificates(Some(url)).fetch_certificate("api.paypal.com", PATH).await;
    let expected =
        PortError::Refused { operation: "paypal:GetCertificate", reason: "answer too large".to_owned() };
    assert_eq!(fetched, Err(expected));
}

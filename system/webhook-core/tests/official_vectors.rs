//! The verifiers against what the providers' own SDKs do, as `conformance/vectors/official` has it on file. Where this system
//! is stricter, the file says why.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
    date_time_ymd,
};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use webhook_core::certificate::{TrustRoots, TrustedCertificate};
use webhook_core::headers::Headers;
use webhook_core::provider::Provider;
use webhook_core::providers::verified::RawBody;
use webhook_core::providers::{self, Endpoint, paypal, square, stripe};
use webhook_core::unix_time::UnixTime;

fn file(name: &str) -> Value {
    let path = format!("{}/../../conformance/vectors/official/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(
        file["source"].as_str().is_some_and(|source| !source.is_empty()),
        "every file says where it is from"
    );
    file
}

fn vectors(file: &Value) -> &[Value] {
    let vectors = file["vectors"].as_array().unwrap();
    assert!(vectors.len() >= 5, "{} vectors", vectors.len());
    vectors
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap()
}

#[track_caller]
fn check(
    provider: Provider,
    headers: &[(&str, &str)],
    body: &str,
    endpoint: &Endpoint,
    now: UnixTime,
    vector: &Value,
) {
    let headers = Headers::new(headers.iter().copied());
    let proven = providers::claim(provider, &headers).and_then(|claim| {
        let body = RawBody::new(Bytes::copy_from_slice(body.as_bytes()))?;
        providers::verify(&claim, body, endpoint, now)
    });
    let ours = if proven.is_ok() { "accept" } else { "reject" };
    assert_eq!(ours, text(vector, "ours"), "{provider}: {}", text(vector, "name"));
}

#[test]
fn stripe_agrees_with_its_sdk_or_says_why_not() {
    let file = file("stripe");
    let now = UnixTime::from_secs(file["now"].as_i64().unwrap());
    let endpoint = Endpoint::Stripe(Arc::new(stripe::Secrets::new([text(&file, "secret")])));
    for vector in vectors(&file) {
        let header = vector["header"].as_str();
        let headers: Vec<_> = header.map(|value| ("Stripe-Signature", value)).into_iter().collect();
        check(Provider::Stripe, &headers, text(vector, "body"), &endpoint, now, vector);
    }
}

#[test]
fn square_agrees_with_its_sdk_or_says_why_not() {
    let file = file("square");
    for vector in vectors(&file) {
        let key = (text(vector, "key"), text(vector, "notification_url"));
        let endpoint = Endpoint::Square(Arc::new(square::Secrets::new([key])));
        let headers = [("x-square-hmacsha256-signature", text(vector, "signature"))];
        let now = UnixTime::from_secs(1_795_000_000);
        check(Provider::Square, &headers, text(vector, "body"), &endpoint, now, vector);
    }
}

/// The SDK gives the text that is signed, PayPal's key is nobody else's: a key of our own signs the SDK's text.
#[test]
fn paypal_verifies_the_text_that_its_sdk_would_verify() {
    let (certificate, key) = certificate();
    let certificate = Arc::new(certificate);
    for vector in vectors(&file("paypal")) {
        let time = text(vector, "time");
        let sent = OffsetDateTime::parse(time, &Rfc3339).unwrap();
        let now = UnixTime::from_secs(sent.unix_timestamp());
        let signed = |message: &str| {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
            STANDARD.encode(signature)
        };
        let endpoint = Endpoint::Paypal(paypal::Endpoint {
            secrets: Arc::new(paypal::Secrets::new([text(vector, "webhook_id")])),
            certificate: Arc::clone(&certificate),
        });
        let message = text(vector, "message");
        for (message, ours) in [(message.to_owned(), "accept"), (format!("{message}0"), "reject")] {
            let mut vector = vector.clone();
            vector["ours"] = ours.into();
            let signature = signed(&message);
            let headers = [
                ("PAYPAL-TRANSMISSION-ID", text(&vector, "transmission_id")),
                ("PAYPAL-TRANSMISSION-TIME", time),
                ("PAYPAL-TRANSMISSION-SIG", &signature),
                (
                    "PAYPAL-CERT-URL",
                    "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270",
                ),
                ("PAYPAL-AUTH-ALGO", "SHA256withRSA"),
            ];
            check(Provider::Paypal, &headers, text(&vector, "body"), &endpoint, now, &vector);
        }
    }
}

fn certificate() -> (TrustedCertificate, RsaKeyPair) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);
    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, "messageverificationcerts.paypal.com");
    leaf.not_before = date_time_ymd(2015, 1, 1);
    leaf.not_after = date_time_ymd(2035, 1, 1);
    let pem = leaf.signed_by(&key, &issuer).unwrap().pem();
    let roots = TrustRoots::from_pem(root_pem.as_bytes()).unwrap();
    let certificate =
        TrustedCertificate::from_pem(pem.as_bytes(), &roots, UnixTime::from_secs(1_795_000_000)).unwrap();
    (certificate, RsaKeyPair::from_pkcs8(&key.serialize_der()).unwrap())
}

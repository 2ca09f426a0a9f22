//! What one webhook of 3 KB costs before any store is asked: claim, verify, event, normalize. The keys are at hand, as they are
//! in a warm validator; PayPal's share includes one RSA-2048 verification.

#![expect(clippy::unwrap_used, reason = "a benchmark whose case does not work has nothing to measure")]

use std::hint::black_box;
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_RSA_SHA256, RsaKeySize,
    SigningKey, date_time_ymd,
};
use webhook_core::certificate::{TrustRoots, TrustedCertificate};
use webhook_core::headers::Headers;
use webhook_core::normalize::{normalize, object_key};
use webhook_core::provider::Provider;
use webhook_core::providers::verified::RawBody;
use webhook_core::providers::{self, Endpoint, paypal, square, stripe};
use webhook_core::unix_time::UnixTime;

const BODY_BYTES: usize = 3 * 1024;
const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);
const SQUARE_URL: &str = "https://api.example/dev/api/v1/webhooks/square";

struct Case {
    provider: Provider,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    endpoint: Endpoint,
}

impl Case {
    /// The whole way of one webhook.
    fn run(&self) {
        let headers = Headers::new(self.headers.iter().map(|(name, value)| (*name, value.as_str())));
        let claim = providers::claim(self.provider, &headers).unwrap();
        black_box(providers::key_wanted(&claim).unwrap());
        let body = RawBody::new(self.body.clone()).unwrap();
        let verified = providers::verify(&claim, body, &self.endpoint, NOW).unwrap();
        let event = providers::event(&verified).unwrap();
        black_box(normalize(&event, object_key(&event), NOW, NOW).unwrap());
    }
}

/// The fields that are skipped, as many as a real object has, up to 3 KB.
fn filled(template: &str) -> Bytes {
    let mut filling = String::new();
    let mut number = 0;
    while template.len() + filling.len() < BODY_BYTES {
        filling += &match number % 4 {
            0 => format!(r#","field_{number}":null"#),
            1 => format!(r#","field_{number}":"a value of usual length""#),
            2 => format!(r#","field_{number}":{{"name":"value","flag":true,"count":{number}}}"#),
            _ => format!(r#","field_{number}":[]"#),
        };
        number += 1;
    }
    Bytes::from(template.replace("%FILLING%", &filling))
}

fn mac(key: &str, parts: &[&[u8]]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), &parts.concat()).as_ref().to_vec()
}

fn stripe_case() -> Case {
    let body = filled(
        r#"{"id":"evt_3MtwBwLkdIwHu7ix28a3tqPa","object":"event","api_version":"2025-08-27.basil","created":1763750000,
        "livemode":true,"pending_webhooks":1,"request":null,"type":"payment_intent.succeeded","data":{"object":{
        "id":"pi_3MtwBwLkdIwHu7ix28a3tqPa","object":"payment_intent","amount":1099,"amount_received":1099,"currency":"usd",
        "customer":"cus_NffrFeUfNV2Hib","status":"succeeded"%FILLING%}}}"#,
    );
    let time = NOW.secs().to_string();
    let hex: String = mac("whsec_bench", &[time.as_bytes(), b".", &body])
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Case {
        provider: Provider::Stripe,
        headers: vec![("Host", "x".to_owned()), ("Stripe-Signature", format!("t={time},v1={hex}"))],
        body,
        endpoint: Endpoint::Stripe(Arc::new(stripe::Secrets::new(["whsec_bench"]))),
    }
}

fn square_case() -> Case {
    let body = filled(
        r#"{"merchant_id":"6SSW7HV8K2ST5","location_id":"L0","type":"payment.updated",
        "event_id":"6a8f5f28-54a1-4eb0-a98a-3111513fd4fc","created_at":"2025-11-21T18:33:20.123Z","data":{"type":"payment",
        "id":"hYy9pRFVxpDsO1FB05SunFWUe9JZY","object":{"payment":{"id":"hYy9pRFVxpDsO1FB05SunFWUe9JZY","status":"COMPLETED",
        "amount_money":{"amount":1099,"currency":"USD"},"customer_id":"VDKXEEKPJN48QDG3BGGFAK05P8"%FILLING%}}}}"#,
    );
    let signature = STANDARD.encode(mac("bench-key", &[SQUARE_URL.as_bytes(), &body]));
    Case {
        provider: Provider::Square,
        headers: vec![("Host", "x".to_owned()), ("x-square-hmacsha256-signature", signature)],
        body,
        endpoint: Endpoint::Square(Arc::new(square::Secrets::new([("bench-key", SQUARE_URL)]))),
    }
}

fn paypal_case() -> Case {
    let body = filled(
        r#"{"id":"WH-58D329510W468432D-8HN650336L201105X","event_version":"1.0","create_time":"2025-11-21T18:33:20.123Z",
        "resource_type":"capture","event_type":"PAYMENT.CAPTURE.COMPLETED","summary":"Payment completed for $ 10.99 USD",
        "resource":{"id":"7NW873794T343360M","status":"COMPLETED","amount":{"value":"10.99","currency_code":"USD"}%FILLING%}}"#,
    );
    let (id, time, webhook_id) =
        ("69cd13f0-d67a-11e5-baa3-778b53f4ae55", "2025-11-21T18:33:20Z", "1JE4291016473214C");
    let (certificate, key) = certificate();
    let message = format!("{id}|{time}|{webhook_id}|{}", crc32fast::hash(&body));
    let signature = STANDARD.encode(key.sign(message.as_bytes()).unwrap());
    let url = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270".to_owned();
    Case {
        provider: Provider::Paypal,
        headers: vec![
            ("PAYPAL-TRANSMISSION-ID", id.to_owned()),
            ("PAYPAL-TRANSMISSION-TIME", time.to_owned()),
            ("PAYPAL-TRANSMISSION-SIG", signature),
            ("PAYPAL-CERT-URL", url),
            ("PAYPAL-AUTH-ALGO", "SHA256withRSA".to_owned()),
        ],
        body,
        endpoint: Endpoint::Paypal(paypal::Endpoint {
            secrets: Arc::new(paypal::Secrets::new([webhook_id])),
            certificate: Arc::new(certificate),
        }),
    }
}

fn certificate() -> (TrustedCertificate, KeyPair) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let root_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
    let mut leaf = CertificateParams::default();
    leaf.distinguished_name.push(DnType::CommonName, "messageverificationcerts.paypal.com");
    leaf.not_after = date_time_ymd(2030, 1, 1);
    let pem = leaf.signed_by(&key, &issuer).unwrap().pem();
    let roots = TrustRoots::from_pem(root_pem.as_bytes()).unwrap();
    (TrustedCertificate::from_pem(pem.as_bytes(), &roots, NOW).unwrap(), key)
}

fn verify_normalize(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify_normalize_3kb");
    for case in [stripe_case(), paypal_case(), square_case()] {
        case.run();
        group.throughput(Throughput::Bytes(case.body.len() as u64));
        group.bench_function(case.provider.as_str(), |bencher| bencher.iter(|| case.run()));
    }
    group.finish();
}

criterion_group!(benches, verify_normalize);
criterion_main!(benches);

use std::time::Duration;

use provider_sim::{EventFactory, Keys, Provider, paypal_stand_in, sign};
use tokio::time::Instant;

use crate::http::{Answer, send};

async fn get(endpoint: &str, path: &str) -> std::io::Result<Answer> {
    send(endpoint, "GET", path, &[], b"").await
}

#[tokio::test]
async fn serves_the_chain_under_the_path_of_the_header_and_nothing_else() {
    let keys = Keys::generate(1, "https://example.com/hook").expect("keys");
    let stand_in = paypal_stand_in(&keys).await.expect("a port");
    assert!(stand_in.endpoint.starts_with("http://127.0.0.1:"));
    assert_eq!(stand_in.trust_root_pem, keys.paypal_trust_root_pem());

    let event = EventFactory::new(Provider::Paypal, 1, "it").event(1_795_285_369_123);
    let delivery = sign(&keys, &event, 1_795_285_369_123);
    let url = delivery.header("paypal-cert-url").expect("a URL");
    let path = url.strip_prefix("https://api.paypal.com").expect("PayPal's host");

    for _ in 0..2 {
        let answer = get(&stand_in.endpoint, path).await.expect("an answer");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.body.matches("-----BEGIN CERTIFICATE-----").count(), 2);
        assert!(!answer.body.contains("PRIVATE KEY"));
    }
    for other in
        ["/", "/v1/notifications/certs/", "/v1/notifications/certs/CERT-other", "/v1/notifications/certs"]
    {
        assert_eq!(get(&stand_in.endpoint, other).await.expect("an answer").status, 404, "{other}");
    }
    assert_eq!((stand_in.fetches(), stand_in.refused()), (2, 4));
}

#[tokio::test]
async fn stops_when_dropped() {
    let keys = Keys::generate(2, "https://example.com/hook").expect("keys");
    let stand_in = paypal_stand_in(&keys).await.expect("a port");
    let endpoint = stand_in.endpoint.clone();
    assert!(get(&endpoint, "/").await.is_ok());
    drop(stand_in);
    let deadline = Instant::now() + Duration::from_secs(10);
    while get(&endpoint, "/").await.is_ok() {
        assert!(Instant::now() < deadline, "still answers");
        tokio::task::yield_now().await;
    }
}

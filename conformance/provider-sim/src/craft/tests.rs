use super::*;
use crate::{EventFactory, sign};

const URL: &str = "https://example.com/api/v1/webhooks/square";
const NOW_MS: i64 = 1_795_000_000_000;

#[test]
fn genuine_parts_are_what_the_provider_sends() {
    let keys = Keys::generate(1, URL).expect("keys");
    let event = |provider| EventFactory::new(provider, 1, "craft").event(NOW_MS);

    let stripe = sign(&keys, &event(Provider::Stripe), NOW_MS);
    let mac = stripe_mac(&keys, Key::Genuine, "1795000000", &stripe.body);
    assert_eq!(stripe.header("stripe-signature"), Some(format!("t=1795000000,v1={mac}").as_str()));

    let square = sign(&keys, &event(Provider::Square), NOW_MS);
    let mac = square_mac(&keys, Key::Genuine, square_url(&keys), &square.body);
    assert_eq!(square.header("x-square-hmacsha256-signature"), Some(mac.as_str()));

    let paypal = sign(&keys, &event(Provider::Paypal), NOW_MS);
    let header = |name| paypal.header(name).expect("a header");
    let message = paypal_message(
        header("paypal-transmission-id"),
        header("paypal-transmission-time"),
        paypal_webhook_id(&keys),
        &crc32(&paypal.body),
    );
    assert_eq!(header("paypal-transmission-sig"), paypal_signature(&keys, Key::Genuine, &message));
    assert!(header("paypal-cert-url").ends_with(paypal_cert_name(&keys)));
}

#[test]
fn no_other_key_signs_the_same() {
    let keys = Keys::generate(1, URL).expect("keys");
    let others = [Key::Wrong, Key::OtherProvider, Key::WithoutPrefix, Key::Empty];
    let mut macs: Vec<_> = others.iter().map(|key| stripe_mac(&keys, *key, "1", b"body")).collect();
    macs.push(stripe_mac(&keys, Key::Genuine, "1", b"body"));
    macs.sort();
    macs.dedup();
    assert_eq!(macs.len(), 5);
    let genuine = square_mac(&keys, Key::Genuine, URL, b"body");
    for key in [Key::Wrong, Key::OtherProvider, Key::Empty] {
        assert_ne!(square_mac(&keys, key, URL, b"body"), genuine);
        assert_ne!(paypal_signature(&keys, key, "message"), paypal_signature(&keys, Key::Genuine, "message"));
    }
}

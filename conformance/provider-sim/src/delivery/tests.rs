use proptest::prelude::*;

use super::*;
use crate::factory::EventFactory;
use crate::witness::{KEYS, NOW_MS, genuine};

fn event(provider: Provider, seed: u64) -> Event {
    EventFactory::new(provider, seed, "delivery").event(NOW_MS)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_signed_is_genuine_and_one_changed_byte_is_not(seed: u64, place: prop::sample::Index) {
        for provider in Provider::ALL {
            let delivery = sign(&KEYS, &event(provider, seed), NOW_MS);
            prop_assert!(genuine(&KEYS, &delivery, NOW_MS));
            let mut body = delivery.body.to_vec();
            let place = place.index(body.len());
            body[place] ^= 0x20;
            let changed = Delivery { body: body.into(), ..delivery };
            prop_assert!(!genuine(&KEYS, &changed, NOW_MS));
        }
    }
}

#[test]
fn headers_are_lower_case_unique_and_name_the_content_type() {
    for provider in Provider::ALL {
        let delivery = sign(&KEYS, &event(provider, 1), NOW_MS);
        let mut names: Vec<&str> = delivery.headers.iter().map(|(name, _)| *name).collect();
        assert!(names.iter().all(|name| !name.bytes().any(|b| b.is_ascii_uppercase())));
        assert!(delivery.header("content-type").is_some_and(|value| value.starts_with("application/json")));
        assert!(delivery.header("user-agent").is_some());
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), delivery.headers.len());
        assert!(delivery.headers.iter().all(|(_, value)| value.bytes().all(|b| (b' '..=b'~').contains(&b))));
    }
}

#[test]
fn paypal_sends_all_five_headers() {
    let event = event(Provider::Paypal, 3);
    let delivery = sign(&KEYS, &event, NOW_MS);
    let id = delivery.header(paypal::TRANSMISSION_ID).expect("id");
    assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    let time = rfc3339::text(event.created_ms, Precision::Seconds);
    assert_eq!(delivery.header(paypal::TRANSMISSION_TIME), Some(time.as_str()));
    assert_eq!(delivery.header(paypal::AUTH_ALGO), Some("SHA256withRSA"));
    let url = delivery.header(paypal::CERT_URL).expect("URL");
    assert!(url.starts_with("https://api.paypal.com/v1/notifications/certs/CERT-"), "{url}");
    assert_eq!(delivery.header(paypal::SIGNATURE).map(str::len), Some(344));
}

#[test]
fn providers_repeat_as_they_do() {
    let later = NOW_MS + 3_600_000;

    let first = sign(&KEYS, &event(Provider::Stripe, 4), NOW_MS);
    let again = retry(&KEYS, &first, 1, later);
    assert_ne!(again.header(stripe::SIGNATURE), first.header(stripe::SIGNATURE));
    assert!(genuine(&KEYS, &again, later) && !genuine(&KEYS, &first, later));

    let event_paypal = event(Provider::Paypal, 4);
    let first = sign(&KEYS, &event_paypal, NOW_MS);
    assert_eq!(retry(&KEYS, &first, 2, later), first);
    assert_eq!(sign(&KEYS, &event_paypal, later), first, "id and time belong to the event");

    let first = sign(&KEYS, &event(Provider::Square, 4), NOW_MS);
    let again = retry(&KEYS, &retry(&KEYS, &first, 1, later), 2, later);
    assert_eq!(again.header("square-retry-number"), Some("2"));
    assert!(square::RETRY_REASONS.contains(&again.header("square-retry-reason").expect("reason")));
    let initial = "square-initial-delivery-timestamp";
    assert_eq!(again.header(initial), first.header(initial));
    assert!(genuine(&KEYS, &again, later) && first.header("square-retry-number").is_none());
}

#[test]
fn debug_shows_no_signature_and_no_body() {
    for provider in Provider::ALL {
        let event = event(provider, 5);
        let delivery = sign(&KEYS, &event, NOW_MS);
        let shown = format!("{event:?} {delivery:?}");
        assert!(shown.contains(&event.event_id));
        assert!(!shown.contains("example.com") && !shown.contains("v1="));
        let signature =
            delivery.headers.iter().map(|(_, value)| value.as_str()).max_by_key(|value| value.len());
        assert!(!shown.contains(signature.expect("headers")));
    }
}

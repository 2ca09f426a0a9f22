//! A forgery must be refused by a receiver that makes no mistake, and (this is what makes it worth sending) let in
//! by one that misses just the check it is named after.

use std::collections::HashSet;

use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::*;
use crate::factory::EventFactory;
use crate::sign::{paypal, square, stripe};
use crate::witness::{KEYS, NOW_MS, SQUARE_URL, genuine, paypal_signature_ok};

/// An event, and its forged delivery by both ways.
fn forgeries(provider: Provider, tampering: Tampering, seed: u64) -> (Event, Delivery, [Delivery; 2]) {
    let mut rng = StdRng::seed_from_u64(seed);
    let event = EventFactory::new(provider, seed, "tamper").event(NOW_MS);
    let captured = sign(&KEYS, &event, NOW_MS);
    let forged = forge(&KEYS, &event, tampering, NOW_MS, &mut rng);
    let forged_from = forge_from(&KEYS, &captured, tampering, NOW_MS, &mut rng);
    (event, captured, [forged, forged_from])
}

/// Runs a check on many forgeries of one kind.
fn check(provider: Provider, tampering: Tampering, check: impl Fn(&Event, &Delivery, &Delivery)) {
    for seed in 0..12 {
        let (event, captured, forged) = forgeries(provider, tampering, seed);
        for forged in &forged {
            check(&event, &captured, forged);
        }
    }
}

fn body(delivery: &Delivery) -> Value {
    serde_json::from_slice(&delivery.body).expect("a forged body is JSON")
}

fn id_in(delivery: &Delivery) -> String {
    let field = if delivery.provider == Provider::Square { "event_id" } else { "id" };
    body(delivery)[field].as_str().expect("an event id").to_owned()
}

/// Everything a receiver can refuse without remembering anything: proof, and PayPal's time (3 days and slack).
fn refused(delivery: &Delivery) -> bool {
    let time = delivery.header(paypal::TRANSMISSION_TIME).map(|text| {
        use time::format_description::well_known::Rfc3339;
        time::OffsetDateTime::parse(text, &Rfc3339).expect("RFC 3339").unix_timestamp()
    });
    let timely = time.is_none_or(|t| (t - NOW_MS / 1000).abs() < 4 * 86_400);
    !timely || !genuine(&KEYS, delivery, NOW_MS)
}

#[test]
fn names_are_unique_kebab_case_and_every_provider_has_its_share() {
    let names: HashSet<&str> = Tampering::ALL.iter().map(|t| t.name()).collect();
    assert_eq!(names.len(), Tampering::ALL.len());
    assert!(
        names
            .iter()
            .all(|name| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    );
    let applying = |p| Tampering::ALL.iter().filter(|t| t.applies_to(p)).count();
    assert_eq!(Provider::ALL.map(applying), [11, 13, 10]);
    for provider in Provider::ALL {
        for tampering in Tampering::ALL {
            assert!(tampering.allowed_statuses(provider).contains(&tampering.expected_status()));
        }
    }
}

#[test]
fn every_forgery_is_refused_by_a_receiver_that_makes_no_mistake() {
    for provider in Provider::ALL {
        for tampering in Tampering::ALL {
            check(provider, tampering, |_, captured, forged| {
                assert!(!refused(captured));
                // What collides is told only by memory: the same transmission, another body.
                let told = if tampering == Tampering::CrcCollision && provider == Provider::Paypal {
                    forged.header(paypal::TRANSMISSION_ID) == captured.header(paypal::TRANSMISSION_ID)
                        && forged.body != captured.body
                } else {
                    refused(forged)
                };
                assert!(told, "{provider} {}", tampering.name());
            });
        }
    }
}

#[test]
fn the_id_in_the_body_is_the_one_told_and_was_never_sent_where_that_can_be() {
    for provider in Provider::ALL {
        for tampering in Tampering::ALL.into_iter().filter(|t| t.applies_to(provider)) {
            for seed in 0..6 {
                let (event, _, [forged, forged_from]) = forgeries(provider, tampering, seed);
                for delivery in [&forged, &forged_from] {
                    assert_eq!(delivery.id_in_body.as_deref(), Some(id_in(delivery).as_str()));
                    assert_eq!(delivery.event_id, event.event_id);
                }
                let keeps = tampering == Tampering::ReserializedJson;
                assert_eq!(
                    forged_from.id_in_body.as_deref() == Some(&event.event_id),
                    keeps,
                    "{}",
                    tampering.name()
                );
            }
        }
    }
}

#[test]
fn a_forged_body_keeps_the_shape_of_an_event() {
    for provider in Provider::ALL {
        for tampering in Tampering::ALL.into_iter().filter(|t| t.applies_to(provider)) {
            check(provider, tampering, |event, captured, forged| {
                let (before, after) = (body(captured), body(forged));
                let keys =
                    |v: &Value| v.as_object().expect("an object").keys().cloned().collect::<HashSet<_>>();
                assert!(keys(&after).is_superset(&keys(&before)), "{provider} {}", event.event_type);
            });
        }
    }
}

#[test]
fn times_are_genuinely_signed_and_out_of_tolerance() {
    for (tampering, sign) in [(Tampering::StaleTimestamp, -1), (Tampering::FutureTimestamp, 1)] {
        check(Provider::Stripe, tampering, |_, _, forged| {
            let value = forged.header(stripe::SIGNATURE).expect("a signature");
            let t: i64 = value["t=".len()..value.find(',').expect("parts")].parse().expect("seconds");
            assert!(genuine(&KEYS, forged, t * 1000), "right at its own time");
            assert!(sign * (t - NOW_MS / 1000) > 305);
        });
        check(Provider::Paypal, tampering, |_, _, forged| assert!(genuine(&KEYS, forged, NOW_MS)));
    }
}

#[test]
fn a_bit_flip_is_one_bit() {
    for provider in Provider::ALL {
        check(provider, Tampering::BodyBitFlip, |_, captured, forged| {
            let flipped: u32 =
                captured.body.iter().zip(&forged.body).map(|(a, b)| (a ^ b).count_ones()).sum();
            assert_eq!((flipped, forged.body.len()), (1, captured.body.len()));
            assert_eq!(forged.headers, captured.headers);
        });
    }
}

#[test]
fn reserialized_json_is_the_same_value_in_other_bytes() {
    for provider in Provider::ALL {
        check(provider, Tampering::ReserializedJson, |_, captured, forged| {
            assert_ne!(forged.body, captured.body);
            assert_eq!(body(forged), body(captured));
            assert_eq!(forged.headers, captured.headers);
        });
    }
}

#[test]
fn a_replay_puts_captured_headers_over_another_payment() {
    for provider in Provider::ALL {
        check(provider, Tampering::Replay, |event, captured, forged| {
            assert_eq!(forged.headers, captured.headers);
            assert_ne!(forged.transaction_id, event.transaction_id);
            let text = std::str::from_utf8(&forged.body).expect("UTF-8");
            assert!(text.contains(&forged.transaction_id) && !text.contains(&event.transaction_id));
        });
    }
}

#[test]
fn a_downgrade_is_right_in_the_older_scheme() {
    check(Provider::Stripe, Tampering::V0Downgrade, |_, _, forged| {
        let value = forged.header(stripe::SIGNATURE).expect("a signature").to_owned();
        let (rest, v0) = value.split_once("v0=").expect("v0");
        let t: i64 = rest["t=".len()..rest.find(',').expect("parts")].parse().expect("seconds");
        assert_eq!(v0, stripe::signature(&KEYS.stripe.mac, t, &forged.body));
    });
    check(Provider::Square, Tampering::V0Downgrade, |_, _, forged| {
        let right = square::old_signature(&KEYS.square.key, SQUARE_URL, &forged.body);
        assert_eq!(forged.header(square::OLD_SIGNATURE), Some(right.as_str()));
        assert_eq!(forged.header(square::SIGNATURE), None);
    });
    check(Provider::Paypal, Tampering::V0Downgrade, |_, _, forged| {
        assert_eq!(forged.header(paypal::AUTH_ALGO), Some("SHA1withRSA"));
        assert!(paypal_signature_ok(&KEYS, forged));
    });
}

#[test]
fn cut_and_doubled_signatures_begin_with_the_genuine_one() {
    let names = [stripe::SIGNATURE, paypal::SIGNATURE, square::SIGNATURE];
    for (provider, name) in Provider::ALL.into_iter().zip(names) {
        check(provider, Tampering::TruncatedSignature, |event, _, forged| {
            // The same event signed at the same moment, as the attack starts from it.
            let base = Event {
                event_id: forged.id_in_body.clone().expect("an id"),
                body: forged.body.clone(),
                created_ms: NOW_MS,
                ..event.clone()
            };
            let whole = sign(&KEYS, &base, NOW_MS);
            let (whole, part) = (whole.header(name).expect("whole"), forged.header(name).expect("part"));
            assert!(whole.starts_with(part) && part.len() < whole.len(), "{provider}: {part} of {whole}");
            assert!(!part.ends_with('='));
        });
        check(provider, Tampering::EmptySignature, |_, _, forged| {
            let value = forged.header(name).unwrap_or_default();
            assert!(value.is_empty() || value.ends_with("v1="));
        });
    }
    for provider in [Provider::Paypal, Provider::Square] {
        let name = if provider == Provider::Paypal { paypal::SIGNATURE } else { square::SIGNATURE };
        check(provider, Tampering::DuplicatedSignature, |_, _, forged| {
            let value = forged.header(name).expect("a signature");
            let half = &value[..value.len() / 2];
            assert!(value.ends_with(half) && (value.len() == half.len() * 2 || value.contains(',')));
        });
    }
}

#[test]
fn a_swapped_host_is_the_one_that_was_signed_for() {
    check(Provider::Square, Tampering::HostSwap, |_, _, forged| {
        let host = forged.header("host").expect("a host");
        let url = headers::on_host(SQUARE_URL, host);
        assert!(url.ends_with("/dev/api/v1/webhooks/square") && !SQUARE_URL.contains(host));
        let right = square::signature(&KEYS.square.mac, &url, &forged.body);
        assert_eq!(forged.header(square::SIGNATURE), Some(right.as_str()));
    });
    assert_eq!(headers::on_host("http://127.0.0.1:80", "h"), "http://h");
}

#[test]
fn certificate_urls_are_the_only_thing_wrong() {
    let mut seen = HashSet::new();
    check(Provider::Paypal, Tampering::CertificateUrlSwap, |_, _, forged| {
        assert!(paypal_signature_ok(&KEYS, forged));
        let url = forged.header(paypal::CERT_URL).expect("a URL");
        assert!(url != KEYS.paypal.cert_url && url.contains(&KEYS.paypal.cert_name));
    });
    let genuine_rule = |url: &str| {
        let path =
            ["api.paypal.com", "api-m.paypal.com", "api.sandbox.paypal.com", "api-m.sandbox.paypal.com"]
                .iter()
                .find_map(|host| {
                    url.strip_prefix("https://")?.strip_prefix(host)?.strip_prefix("/v1/notifications/certs/")
                });
        path.is_some_and(|name| {
            name.starts_with("CERT-") && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
    };
    assert!(genuine_rule(&KEYS.paypal.cert_url));
    for url in certificate_url::EVIL {
        let url = url.replace("{}", &KEYS.paypal.cert_name);
        assert!(!genuine_rule(&url), "{url}");
        assert!(seen.insert(url));
    }
}

#[test]
fn other_providers_secrets_make_a_right_mac_of_the_wrong_key() {
    check(Provider::Square, Tampering::OtherProvidersSecret, |_, _, forged| {
        let made = square::signature(&KEYS.stripe.mac, SQUARE_URL, &forged.body);
        assert_eq!(forged.header(square::SIGNATURE), Some(made.as_str()));
    });
    check(Provider::Stripe, Tampering::OtherProvidersSecret, |_, _, forged| {
        let made = stripe::signature(&KEYS.square.mac, NOW_MS / 1000, &forged.body);
        assert!(forged.header(stripe::SIGNATURE).expect("a signature").ends_with(&made));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_colliding_body_has_the_captured_crc_and_signature(seed: u64, rng_seed: u64) {
        let event = EventFactory::new(Provider::Paypal, seed, "crc").event(NOW_MS);
        let captured = sign(&KEYS, &event, NOW_MS);
        let mut rng = StdRng::seed_from_u64(rng_seed);
        let forged = forge_from(&KEYS, &captured, Tampering::CrcCollision, NOW_MS, &mut rng);
        prop_assert_ne!(&forged.body, &captured.body);
        prop_assert_eq!(crc32fast::hash(&forged.body), crc32fast::hash(&captured.body));
        prop_assert_eq!(&forged.headers, &captured.headers);
        prop_assert!(paypal_signature_ok(&KEYS, &forged), "the genuine signature fits the forged body");
        let value = body(&forged);
        prop_assert_eq!(value["id"].as_str(), forged.id_in_body.as_deref());
        prop_assert_ne!(value["id"].as_str(), Some(event.event_id.as_str()));
        prop_assert_eq!(&value["resource"], &body(&captured)["resource"]);
        prop_assert!(value["summary"].as_str().is_some_and(|text| text.len() == crc32::FIELD_LEN));
    }
}

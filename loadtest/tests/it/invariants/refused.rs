//! Invariant 2: what is forged, stale, replayed with another body or malformed leaves no trace in any store.

use provider_sim::{EventFactory, Malformation, Provider, Tampering, forge, forge_from, malformed, sign};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::system::Kept;
use super::{now_ms, with};

#[test]
fn invariant_2_forged_stale_and_malformed_deliveries_leave_no_trace() {
    with(
        |_| {},
        async |system| {
            let mut rng = StdRng::seed_from_u64(1);
            for provider in Provider::ALL {
                let mut factory = EventFactory::new(provider, 1, "refused");
                for tampering in Tampering::ALL {
                    if !tampering.applies_to(provider) || tampering.needs_captured() {
                        continue;
                    }
                    for _ in 0..2 {
                        let event = factory.event(now_ms());
                        let answer =
                            system.deliver(&forge(&system.keys, &event, tampering, now_ms(), &mut rng)).await;
                        let allowed = tampering.allowed_statuses(provider);
                        assert!(
                            allowed.contains(&answer.status),
                            "{provider} {}: {answer:?}",
                            tampering.name()
                        );
                    }
                }
                for malformation in Malformation::ALL {
                    let event = factory.event(now_ms());
                    let answer =
                        system.deliver(&malformed(&system.keys, &event, malformation, now_ms())).await;
                    let allowed = malformation.allowed_statuses();
                    assert!(
                        allowed.contains(&answer.status),
                        "{provider} {}: {answer:?}",
                        malformation.name()
                    );
                }
            }
            assert_eq!(system.kept().await, Kept::default());
        },
    );
}

#[test]
fn invariant_2_captured_headers_over_another_body_leave_no_trace() {
    with(
        |_| {},
        async |system| {
            let mut rng = StdRng::seed_from_u64(2);
            let mut ids = Vec::new();
            for provider in Provider::ALL {
                let event = EventFactory::new(provider, 2, "captured").event(now_ms());
                let captured = sign(&system.keys, &event, now_ms());
                system.accept(&captured).await;
                for tampering in [
                    Tampering::Replay,
                    Tampering::BodyBitFlip,
                    Tampering::ReserializedJson,
                    Tampering::CrcCollision,
                ] {
                    if !tampering.applies_to(provider) {
                        continue;
                    }
                    for _ in 0..3 {
                        let forged = forge_from(&system.keys, &captured, tampering, now_ms(), &mut rng);
                        let answer = system.deliver(&forged).await;
                        assert_eq!(answer.status, 401, "{provider} {}: {answer:?}", tampering.name());
                    }
                }
                ids.push(event.event_id);
            }
            let kept = system.kept().await;
            kept.exactly(&ids.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(kept.transmissions, 1);
            for (key, id) in kept.raw.iter().map(|key| (key, ids.iter().find(|id| key.contains(id.as_str()))))
            {
                let id = id.expect("an event of these");
                let body = system.raw(key).await;
                assert!(
                    String::from_utf8_lossy(&body).contains(id.as_str()),
                    "the first body is the one kept"
                );
            }
        },
    );
}

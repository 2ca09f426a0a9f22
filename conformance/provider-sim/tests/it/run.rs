use std::collections::HashSet;

use provider_sim::{EventFactory, Keys, Malformation, Provider, Tampering, forge, malformed, sign};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

const NOW_MS: i64 = 1_795_285_369_123;

/// Everything a run sends: what a report says about ids must be unambiguous.
#[test]
fn a_mixed_run_never_uses_an_event_id_for_two_things() {
    let keys = Keys::generate(1, "https://example.com/hook").expect("keys");
    let mut rng = StdRng::seed_from_u64(1);
    let mut ids = HashSet::new();
    let mut sent = 0;
    for provider in Provider::ALL {
        for lane in 0..2 {
            let mut factory = EventFactory::new(provider, 1, "mixed").lane(lane);
            for n in 0..100_usize {
                let event = match n % 10 {
                    0 => factory.poison(NOW_MS),
                    _ => factory.event(NOW_MS),
                };
                let tampering = Tampering::ALL[n % Tampering::ALL.len()];
                let delivery = match n % 10 {
                    1 if tampering.applies_to(provider) && !tampering.needs_captured() => {
                        forge(&keys, &event, tampering, NOW_MS, &mut rng)
                    }
                    2 => malformed(&keys, &event, Malformation::ALL[n % Malformation::ALL.len()], NOW_MS),
                    _ => sign(&keys, &event, NOW_MS),
                };
                sent += 1;
                assert_eq!(delivery.provider, provider);
                assert!(ids.insert(event.event_id));
                if let Some(other) = delivery.id_in_body.filter(|id| *id != delivery.event_id) {
                    assert!(ids.insert(other));
                }
            }
        }
    }
    assert!(ids.len() >= sent);
}

#[test]
fn events_of_many_lanes_are_unique_over_a_hundred_thousand() {
    for provider in Provider::ALL {
        let mut ids = HashSet::with_capacity(100_000);
        for lane in 0..10 {
            let mut factory = EventFactory::new(provider, 42, "lanes").lane(lane);
            for _ in 0..10_000 {
                assert!(ids.insert(factory.event(NOW_MS).event_id));
            }
        }
    }
}

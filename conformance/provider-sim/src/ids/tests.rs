use std::collections::HashSet;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;

fn shape(provider: Provider, id: &str) -> bool {
    let alphanumeric = |text: &str, len| text.len() == len && text.bytes().all(|b| b.is_ascii_alphanumeric());
    match provider {
        Provider::Stripe => id.strip_prefix("evt_1").is_some_and(|rest| alphanumeric(rest, 23)),
        Provider::Paypal => {
            let parts: Vec<&str> = id.split('-').collect();
            parts.len() == 3
                && parts[0] == "WH"
                && parts[1..]
                    .iter()
                    .all(|part| alphanumeric(part, 17) && !part.bytes().any(|b| b.is_ascii_lowercase()))
        }
        Provider::Square => {
            let lengths: Vec<usize> = id.split('-').map(str::len).collect();
            lengths == [8, 4, 4, 4, 12]
                && id.as_bytes()[14] == b'4'
                && matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b')
                && id.bytes().all(|b| b == b'-' || in_alphabet(Provider::Square, b))
        }
    }
}

#[test]
fn ids_have_their_providers_shape() {
    let mut rng = StdRng::seed_from_u64(5);
    for provider in Provider::ALL {
        for run in [[0, 0], [0, 1], [u64::MAX; 2], [0x0123_4567_89ab_cdef, 0x0011_2233_4455_6677]] {
            let mut ids = EventIds::new(provider, run, 65_535);
            for _ in 0..100 {
                let id = ids.next_id();
                assert!(shape(provider, &id), "{id}");
            }
        }
        let forged = forged_event_id(provider, &mut rng);
        assert!(shape(provider, &forged), "{forged}");
    }
}

#[test]
fn a_million_ids_over_several_lanes_never_meet() {
    for provider in Provider::ALL {
        let mut seen = HashSet::with_capacity(340_000);
        for lane in [0, 1, u16::MAX, 2] {
            let mut ids = EventIds::new(provider, [77, 0], lane);
            for _ in 0..85_000 {
                assert!(seen.insert(ids.next_id()), "{provider}: an id came twice");
            }
        }
    }
}

#[test]
fn the_run_part_is_what_all_ids_of_a_run_share() {
    for provider in Provider::ALL {
        let mut ids = EventIds::new(provider, [0xfeed_beef_1234_5678, 0x9abc_def0_1357_9bdf], 3);
        let first = ids.next_id();
        let range = run_part(provider);
        for _ in 0..50 {
            assert_eq!(ids.next_id()[range.clone()], first[range.clone()]);
        }
        let other = EventIds::new(provider, [1, 1], 3).next_id();
        assert_ne!(other[range.clone()], first[range]);
    }
}

#[test]
fn random_object_ids_have_the_asked_length() {
    let mut dice = Dice::new(1);
    for len in [0, 1, 10, 11, 24, 29] {
        assert_eq!(base62(&mut dice, "pi_", len).len(), 3 + len);
        assert_eq!(base36(&mut dice, "", len).len(), len);
    }
    assert_eq!(transmission_id(&mut dice).split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
}

use super::*;
use ledger::entry::Times;
use ledger::entry::What;

const URL: &str = "https://example.com/square";

#[test]
fn repetitions_are_signed_as_their_provider_would() {
    let first = Keys::generate(1, URL).expect("keys");
    let second = first.rotated().expect("keys");
    let (old, new) = (first.secrets_json(), second.secrets_json());
    let signing = Signing::new(Arc::new(first));
    let of = |provider, first_ms| signing.of_repetition(provider, first_ms).secrets_json();
    assert_eq!(signing.current().secrets_json(), old);
    assert_eq!(of(Provider::Paypal, 5), old);

    signing.switch(Arc::new(second), 1_000);
    assert_eq!(signing.current().secrets_json(), new);
    assert_eq!(of(Provider::Stripe, 999), new, "Stripe signs every attempt anew");
    for provider in [Provider::Paypal, Provider::Square] {
        assert_eq!(of(provider, 999), old, "{provider} repeats what it sent");
        assert_eq!(of(provider, 1_000), new);
    }
}

#[test]
fn a_drill_that_shows_nothing_is_noted() {
    let done = Rotation { signed_from_s: Some(41.0), deliveries_after: 9, ..Rotation::default() };
    assert_eq!(undone(true, Some(&done)), None);
    assert_eq!(undone(false, None), None);
    for (rotation, part) in [
        (None, "were not"),
        (Some(Rotation { signed_from_s: None, ..done.clone() }), "before the run ended"),
        (Some(Rotation { deliveries_after: 0, ..done }), "no delivery followed"),
    ] {
        let noted = undone(true, rotation.as_ref()).expect("noted");
        assert!(noted.contains(part), "{noted}");
    }
}

#[test]
fn deliveries_after_the_switch_are_the_genuine_ones_of_who_rotated() {
    let plan = crate::plan::Plan::load("smoke").expect("smoke");
    let keys = Arc::new(Keys::generate(1, URL).expect("keys"));
    let client = reqwest::Client::new();
    let load = Load::new(&plan, 1, "run", 4, keys, "http://127.0.0.1:1", client).expect("a load");
    assert_eq!(outcome(&load, &[]), None);
    *lock(&load.rotation) = Some(Rotation {
        providers: vec!["stripe".to_owned()],
        put_s: 1.0,
        signed_from_s: Some(3.0),
        deliveries_after: 0,
    });
    let entry = |provider, what, second| {
        let intended = Duration::from_secs(second);
        let times = Times { measured: true, intended, lag: Duration::ZERO, service: Duration::ZERO };
        Entry::new(provider, what, "evt", times, Some(200))
    };
    // The warm-up of this plan lasts 2 s, so the switch is 5 s after the start.
    let entries = [
        entry(Provider::Stripe, What::Valid, 4),
        entry(Provider::Stripe, What::Valid, 5),
        entry(Provider::Stripe, What::Duplicate, 9),
        entry(Provider::Stripe, What::Forged(provider_sim::Tampering::WrongKey), 9),
        entry(Provider::Square, What::Valid, 9),
    ];
    assert_eq!(outcome(&load, &entries).map(|rotation| rotation.deliveries_after), Some(2));
}

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::*;
use crate::event_types;
use crate::witness::NOW_MS;

fn events(factory: &mut EventFactory, count: usize) -> Vec<Event> {
    (0..count).map(|n| factory.event(NOW_MS + n as i64)).collect()
}

#[test]
fn the_stream_follows_from_seed_run_and_lane() {
    for provider in Provider::ALL {
        let of = |seed, run, lane| events(&mut EventFactory::new(provider, seed, run).lane(lane), 200);
        assert!(of(1, "a", 0) == of(1, "a", 0));
        assert!(
            events(&mut EventFactory::new(provider, 1, "a"), 200) == of(1, "a", 0),
            "lane 0 is the first"
        );
        let different = [of(1, "a", 0), of(2, "a", 0), of(1, "b", 0), of(1, "a", 1)];
        let mut ids = HashSet::new();
        let mut bodies = HashSet::new();
        for event in different.iter().flatten() {
            assert!(ids.insert(&event.event_id), "{provider}: an id came twice");
            assert!(bodies.insert(&event.body));
        }
    }
}

#[test]
fn a_merchant_is_the_same_over_the_lanes_of_a_run() {
    let merchant = |lane| {
        let event = EventFactory::new(Provider::Square, 1, "a").lane(lane).event(NOW_MS);
        serde_json::from_slice::<Value>(&event.body).expect("JSON")["merchant_id"].clone()
    };
    assert_eq!(merchant(0), merchant(9));
}

#[test]
fn a_payments_later_events_share_its_id() {
    for provider in Provider::ALL {
        let stream = events(&mut EventFactory::new(provider, 3, "stories"), 3_000);
        let mut types_of: HashMap<&str, Vec<&str>> = HashMap::new();
        for event in &stream {
            types_of.entry(&event.transaction_id).or_default().push(event.event_type);
        }
        let histories = types_of.values().filter(|types| types.len() > 1).count();
        assert!(histories > 300, "{provider}: {histories} payments of several events");
        let has = |types: &[&str], word: &str| types.iter().any(|name| name.to_lowercase().contains(word));
        let refunded = types_of.values().filter(|types| types.len() > 1 && has(types, "refund")).count();
        let disputed = types_of.values().filter(|types| types.len() > 1 && has(types, "dispute")).count();
        assert!(refunded > 100 && disputed > 20, "{provider}: {refunded} refunded, {disputed} disputed");
        let payments = stream.len() / 2;
        assert!(types_of.len() > payments, "most events open a payment of their own");
    }
}

#[test]
fn every_type_can_be_asked_for_and_comes_by_itself() {
    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 4, "types");
        for name in event_types(provider) {
            let event = factory.event_of_type(name, NOW_MS).expect("a type of the list");
            assert_eq!(event.event_type, name);
        }
        assert!(factory.event_of_type("payment.invented", NOW_MS).is_none());
        let seen: HashSet<&str> = events(&mut factory, 5_000).iter().map(|event| event.event_type).collect();
        assert_eq!(seen, event_types(provider).collect());
    }
}

#[test]
fn poison_is_a_payment_in_a_currency_that_does_not_exist() {
    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 5, "poison");
        let poison: Vec<Event> = (0..50).map(|_| factory.poison(NOW_MS)).collect();
        for event in &poison {
            let text = std::str::from_utf8(&event.body).expect("UTF-8");
            let word = if provider == Provider::Stripe { "\"xxq\"" } else { "\"XXQ\"" };
            assert!(text.contains(word), "{provider} {}", event.event_type);
        }
        let ids: HashSet<&str> = poison.iter().map(|event| event.transaction_id.as_str()).collect();
        assert_eq!(ids.len(), poison.len(), "each its own payment");
        for event in events(&mut factory, 2_000) {
            let text = std::str::from_utf8(&event.body).expect("UTF-8");
            assert!(!text.contains("XXQ\"") && !text.contains("\"xxq"), "poison leaked into a later event");
            assert!(!ids.contains(event.transaction_id.as_str()));
        }
    }
}

#[test]
fn events_happen_shortly_before_they_are_sent() {
    for provider in Provider::ALL {
        for event in events(&mut EventFactory::new(provider, 6, "time"), 500) {
            assert!(event.created_ms <= NOW_MS + 500 && event.created_ms > NOW_MS - 1_000);
        }
    }
}

use std::collections::BTreeSet;

use super::*;
use crate::factory::EventFactory;
use crate::witness::{KEYS, NOW_MS, genuine};

fn each(malformation: Malformation, check: impl Fn(Provider, &Event, &Delivery)) {
    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 1, "malformed");
        for _ in 0..40 {
            let event = factory.event(NOW_MS);
            check(provider, &event, &malformed(&KEYS, &event, malformation, NOW_MS));
        }
    }
}

fn parsed(delivery: &Delivery) -> Option<Value> {
    serde_json::from_slice(&delivery.body).ok()
}

#[test]
fn what_is_malformed_is_genuinely_signed() {
    for malformation in Malformation::ALL {
        assert!(malformation.allowed_statuses().contains(&malformation.expected_status()));
        each(malformation, |_, _, delivery| {
            assert!(genuine(&KEYS, delivery, NOW_MS), "{}", malformation.name())
        });
    }
}

#[test]
fn bodies_are_wrong_in_the_way_they_say() {
    each(Malformation::NotJson, |_, _, delivery| {
        assert!(parsed(delivery).is_none() && !delivery.body.is_empty())
    });
    each(Malformation::TruncatedJson, |_, event, delivery| {
        assert!(parsed(delivery).is_none() && event.body.starts_with(&delivery.body));
    });
    each(Malformation::EmptyBody, |_, _, delivery| assert!(delivery.body.is_empty()));
    each(Malformation::NullTop, |_, _, delivery| assert_eq!(parsed(delivery), Some(Value::Null)));
    each(Malformation::ArrayTop, |_, event, delivery| {
        let original: Value = serde_json::from_slice(&event.body).expect("JSON");
        assert_eq!(parsed(delivery), Some(json!([original])));
    });
    each(Malformation::InvalidUtf8, |_, _, delivery| {
        assert!(std::str::from_utf8(&delivery.body).is_err());
        let readable = String::from_utf8_lossy(&delivery.body).into_owned();
        assert!(serde_json::from_str::<Value>(&readable).is_ok(), "nothing else is wrong");
    });
    each(Malformation::TooLarge, |_, event, delivery| {
        assert!((262_145..275_000).contains(&delivery.body.len()), "{}", delivery.body.len());
        let mut value = parsed(delivery).expect("JSON");
        value.as_object_mut().expect("an object").remove("padding");
        assert_eq!(value, serde_json::from_slice::<Value>(&event.body).expect("JSON"));
    });
}

#[test]
fn each_required_field_goes_missing_or_turns_into_something_else() {
    for malformation in [Malformation::MissingField, Malformation::WrongType] {
        for provider in Provider::ALL {
            let mut hit = BTreeSet::new();
            let mut factory = EventFactory::new(provider, 2, "fields");
            for _ in 0..200 {
                let event = factory.event(NOW_MS);
                let delivery = malformed(&KEYS, &event, malformation, NOW_MS);
                let before: Value = serde_json::from_slice(&event.body).expect("JSON");
                let after = parsed(&delivery).expect("JSON");
                let changed: Vec<&str> = required(provider)
                    .iter()
                    .map(|(name, _)| *name)
                    .filter(|name| before[name] != after[name])
                    .collect();
                assert_eq!(changed.len(), 1);
                assert_eq!(after.get(changed[0]).is_none(), malformation == Malformation::MissingField);
                let id = after[id_field(provider)].as_str();
                assert_eq!(delivery.id_in_body.as_deref(), id);
                hit.insert(changed[0]);
            }
            assert_eq!(hit.len(), 4, "{hit:?}");
        }
    }
}

#[test]
fn an_id_is_told_exactly_where_one_could_be_read() {
    for malformation in Malformation::ALL {
        each(malformation, |_, event, delivery| {
            let text = String::from_utf8_lossy(&delivery.body);
            if delivery.id_in_body.is_some() {
                assert!(text.contains(&event.event_id), "{}", malformation.name());
            }
        });
    }
}

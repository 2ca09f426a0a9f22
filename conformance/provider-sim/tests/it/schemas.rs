//! The product's schemas against what providers send: every event passes, known and unknown; what cannot be an event does not.

use std::path::Path;

use jsonschema::Validator;
use provider_sim::ipn::{self, Charset};
use provider_sim::{EventFactory, Keys, Malformation, Provider, RefusedBy, event_types, malformed};
use serde_json::{Map, Value, json};

const NOW_MS: i64 = 1_795_285_369_123;

fn text_of(provider: Provider) -> Value {
    let name = format!("{provider}-webhook.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../system/schemas").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).expect("the schema")).expect("JSON")
}

fn schema(provider: Provider) -> Validator {
    jsonschema::draft4::new(&text_of(provider)).expect("a draft-04 schema")
}

fn ipn_schema() -> Validator {
    let definition = text_of(Provider::Paypal)["definitions"]["ipn"].take();
    jsonschema::draft4::new(&definition).expect("a draft-04 schema")
}

#[track_caller]
fn check(schema: &Validator, value: &Value, passes: bool, what: &str) {
    let errors: Vec<String> =
        schema.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors.is_empty(), passes, "{what}: {errors:?} {value}");
}

/// Some events of every type, over many seeds.
fn each(check: impl Fn(Provider, &'static str, &Value)) {
    for provider in Provider::ALL {
        for seed in 0..25 {
            let mut factory = EventFactory::new(provider, seed, "schemas");
            for name in event_types(provider) {
                for _ in 0..3 {
                    let event = factory.event_of_type(name, NOW_MS).expect("a known type");
                    check(provider, name, &serde_json::from_slice(&event.body).expect("JSON"));
                }
            }
            let poison = factory.poison(NOW_MS);
            check(provider, "poison", &serde_json::from_slice(&poison.body).expect("JSON"));
        }
    }
}

#[test]
fn every_sample_passes() {
    let schemas = Provider::ALL.map(schema);
    each(|provider, name, value| check(&schemas[provider as usize], value, true, name));
}

const TYPE_FIELD: [&str; 3] = ["type", "event_type", "type"];

#[test]
fn types_and_fields_of_tomorrow_pass() {
    let schemas = Provider::ALL.map(schema);
    let invented = ["a", "PAYMENT.FUTURE-THING.EXPLODED", "v2.core.event_destination.ping", "x/y:z#1"];
    each(|provider, name, value| {
        let index = provider as usize;
        for unknown in invented {
            let mut tomorrow = value.clone();
            tomorrow[TYPE_FIELD[index]] = json!(unknown);
            tomorrow["a_new_field"] = json!({ "nested": [1, 2.5, null, "Δ"] });
            check(&schemas[index], &tomorrow, true, name);
        }
        for optional in ["links", "summary", "resource_version", "api_version", "request", "location_id"] {
            let mut null = value.clone();
            null[optional] = Value::Null;
            check(&schemas[index], &null, true, optional);
        }
    });
}

/// The smallest events the providers' documentation allows.
fn smallest(provider: Provider) -> Value {
    match provider {
        Provider::Stripe => {
            json!({ "id": "evt_1", "object": "event", "type": "a", "created": 0, "data": { "object": {} } })
        }
        Provider::Paypal => json!({
            "id": "WH-1", "create_time": "2026-11-21T18:22:49Z", "event_type": "A", "resource": {},
        }),
        Provider::Square => json!({
            "merchant_id": "M", "type": "a", "event_id": "e", "created_at": "2026-11-21T18:22:49Z",
            "data": { "type": "t", "id": "i" },
        }),
    }
}

#[test]
fn odd_but_real_events_pass() {
    for provider in Provider::ALL {
        check(&schema(provider), &smallest(provider), true, "the smallest");
    }
    for time in [
        "2026-11-21T18:22:49.123Z",
        "2026-11-21T18:22:49.123456789Z",
        "2016-12-31T23:59:60Z",
        "2026-11-21T10:22:49-08:00",
        "2026-11-21T18:22:49.5+0000",
        "2024-02-29t00:00:00z",
    ] {
        for (provider, field) in [(Provider::Paypal, "create_time"), (Provider::Square, "created_at")] {
            let mut event = smallest(provider);
            event[field] = json!(time);
            check(&schema(provider), &event, true, time);
        }
    }
    let mut balance = smallest(Provider::Stripe);
    // A balance has no id, and an upcoming invoice has none yet.
    balance["data"]["object"] = json!({ "object": "balance", "id": null });
    balance["request"] = json!("req_before_2017");
    check(&schema(Provider::Stripe), &balance, true, "a balance");
}

#[test]
fn clear_garbage_fails() {
    let refuse = |provider: Provider, pointer: &str, garbage: &[Value]| {
        for value in garbage {
            let mut event = smallest(provider);
            *event.pointer_mut(pointer).expect("the field is there") = value.clone();
            check(&schema(provider), &event, false, pointer);
        }
    };
    let no_word =
        [json!(""), json!(" "), json!("two words"), json!("a\nb"), json!("\u{0}"), json!("Δ"), json!("a\n")];
    let no_text = [json!(null), json!(1), json!(true), json!([]), json!({}), json!("x".repeat(300))];
    for (provider, pointers) in [
        (Provider::Stripe, &["/id", "/type"][..]),
        (Provider::Paypal, &["/id", "/event_type"]),
        (Provider::Square, &["/merchant_id", "/type", "/event_id", "/data/type", "/data/id"]),
    ] {
        for pointer in pointers {
            refuse(provider, pointer, &no_word);
            refuse(provider, pointer, &no_text);
        }
    }
    refuse(Provider::Stripe, "/id", &[json!("evt_"), json!("ev_1"), json!("xevt_1")]);
    refuse(Provider::Stripe, "/object", &[json!("events"), json!(null)]);
    let times =
        [json!(-1), json!(1.5), json!("1795285369"), json!(null), json!(253_402_300_800_i64), json!(1e300)];
    refuse(Provider::Stripe, "/created", &times);
    refuse(Provider::Stripe, "/data", &[json!({}), json!([]), json!({ "object": [] }), json!(null)]);
    refuse(Provider::Stripe, "/data/object", &[json!({ "object": 7 }), json!({ "id": {} }), json!("pi_1")]);
    refuse(Provider::Paypal, "/resource", &[json!([]), json!("x"), json!(null)]);
    refuse(Provider::Square, "/data", &[json!([]), json!({}), json!({ "type": "payment" })]);
    let dates = [
        "",
        "now",
        "2026-11-21",
        "2026-11-21T",
        "2026-11-21Tgarbage",
        "2026-13-21T18:22:49Z",
        "2026-11-32T18:22:49Z",
        "2026-11-21T24:22:49Z",
        "2026-11-21T18:60:49Z",
        "2026-11-21T18:22:49",
        "2026-11-21 18:22:49Z",
        "2026-11-21T18:22:49.Z",
        "2026-11-21T18:22:49Z\n",
        "02026-11-21T18:22:49Z",
    ];
    let mut dates: Vec<Value> = dates.iter().map(|text| json!(text)).collect();
    dates.extend([json!(0), json!(null), json!(format!("2026-11-21T18:22:49.{}Z", "1".repeat(99)))]);
    refuse(Provider::Paypal, "/create_time", &dates);
    refuse(Provider::Square, "/created_at", &dates);
}

#[test]
fn what_the_gateway_should_stop_fails() {
    let keys = Keys::generate(1, "https://example.com/hook").expect("keys");
    for provider in Provider::ALL {
        let schema = schema(provider);
        let mut factory = EventFactory::new(provider, 1, "malformed");
        for malformation in Malformation::ALL {
            let stopped = malformation.refused_by() == RefusedBy::Gateway;
            for _ in 0..60 {
                let delivery = malformed(&keys, &factory.event(NOW_MS), malformation, NOW_MS);
                let value = serde_json::from_slice::<Value>(&delivery.body);
                let passes = value.as_ref().is_ok_and(|value| schema.is_valid(value));
                assert!(!stopped || !passes, "{provider} {}: {value:?}", malformation.name());
            }
        }
    }
}

/// A form as the validator shows it to the schema. Letters that are no UTF-8 do not matter here.
fn object(body: &[u8]) -> Value {
    let text = |value: Vec<u8>| Value::String(String::from_utf8_lossy(&value).into_owned());
    Value::Object(
        ipn::fields(body).into_iter().map(|(name, value)| (name, text(value))).collect::<Map<_, _>>(),
    )
}

#[test]
fn every_notification_passes() {
    let schema = ipn_schema();
    for seed in 0..10 {
        let mut factory = ipn::Factory::new(seed, "schemas");
        for kind in ipn::Kind::ALL {
            for charset in Charset::ALL {
                let value = object(&factory.in_charset(kind, charset, NOW_MS).body);
                check(&schema, &value, true, kind.name());
                let mut tomorrow = value.clone();
                tomorrow["txn_type"] = json!("a_type_of_tomorrow");
                tomorrow["a_new_field"] = json!("");
                if kind.of_a_payment() {
                    tomorrow["payment_status"] = json!("Partially_Something");
                    check(&schema, &tomorrow, true, "a type of tomorrow");
                }
            }
        }
        check(&schema, &object(&factory.poison(NOW_MS).body), true, "poison");
    }
}

#[test]
fn malformed_notifications_fail() {
    let schema = ipn_schema();
    let sent = ipn::Sent::default();
    for seed in 0..10 {
        let mut factory = ipn::Factory::new(seed, "malformed");
        for kind in ipn::Kind::ALL {
            let notification = factory.of_kind(kind, NOW_MS);
            for malformation in [
                ipn::Malformation::NotAForm,
                ipn::Malformation::EmptyBody,
                ipn::Malformation::MissingFields,
                ipn::Malformation::EmptyFields,
            ] {
                let delivery = ipn::malformed(&sent, &notification, malformation);
                check(&schema, &object(&delivery.body), false, malformation.name());
            }
        }
    }
}

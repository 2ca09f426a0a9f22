use std::collections::{BTreeSet, HashSet};
use std::ops::RangeInclusive;

use serde_json::Value;

use super::*;
use crate::event::Event;
use crate::factory::EventFactory;
use crate::witness::NOW_MS;

fn each(provider: Provider, check: impl Fn(&Event, &Value)) {
    for seed in 0..3 {
        let mut factory = EventFactory::new(provider, seed, "payload");
        for name in event_types(provider) {
            for _ in 0..40 {
                let event = factory.event_of_type(name, NOW_MS).expect("a known type");
                let value = serde_json::from_slice(&event.body).expect("a body is JSON");
                check(&event, &value);
            }
        }
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}: {value}"))
}

fn sized(event: &Event, len: usize, range: RangeInclusive<usize>) {
    assert!(range.contains(&len), "{} {}: {len} bytes", event.provider, event.event_type);
}

/// Seconds of an RFC 3339 time, as the time crate reads it.
fn seconds(value: &str) -> i64 {
    use time::format_description::well_known::Rfc3339;
    time::OffsetDateTime::parse(value, &Rfc3339).expect("RFC 3339").unix_timestamp()
}

#[test]
fn no_hole_stays_open() {
    for provider in Provider::ALL {
        each(provider, |event, _| {
            let body = std::str::from_utf8(&event.body).expect("UTF-8");
            assert!(!body.contains("${"), "{provider} {}: {body}", event.event_type);
        });
    }
}

#[test]
fn stripe_events_have_their_envelope_their_size_and_their_indentation() {
    each(Provider::Stripe, |event, value| {
        assert_eq!(text(value, "/id"), event.event_id);
        assert_eq!(text(value, "/object"), "event");
        assert_eq!(text(value, "/type"), event.event_type);
        assert_eq!(value["created"].as_i64(), Some(event.created_ms / 1000));
        assert!(value["livemode"].is_boolean() && value["pending_webhooks"].is_u64());
        assert!(value["api_version"].is_string() || value["api_version"].is_null());
        assert!(value["request"].is_object() || value["request"].is_null());

        let object = &value["data"]["object"];
        let payment = object["payment_intent"].as_str().or(object["charge"].as_str());
        assert_eq!(payment.unwrap_or(text(object, "/id")), event.transaction_id);
        let body = std::str::from_utf8(&event.body).expect("UTF-8");
        assert!(body.starts_with("{\n  \"id\": \"evt_") && body.ends_with("\n}"), "{body}");
        // Two spaces a level throughout: the standard printer gives a text of the same shape.
        let indents = |text: &str| {
            let mut all: Vec<usize> = text.lines().map(|line| line.len() - line.trim_start().len()).collect();
            all.sort_unstable();
            all
        };
        let printed = serde_json::to_string_pretty(value).expect("JSON");
        assert_eq!(indents(body), indents(&printed), "{} {body}", event.event_type);
        let start = body.find("\"object\": {").expect("the object");
        let end = body.rfind("\"livemode\"").expect("the envelope's last fields");
        sized(event, end - start, 500..=4_100);
    });
}

#[test]
fn stripe_amounts_are_integers_in_the_currencys_unit() {
    each(Provider::Stripe, |event, value| {
        let object = &value["data"]["object"];
        let Some(amount) = object.get("amount") else { return };
        let amount = amount.as_u64().expect("an integer");
        assert!(amount > 0);
        let currency = text(object, "/currency");
        assert!(currency.bytes().all(|b| b.is_ascii_lowercase()));
        if matches!(currency, "bhd" | "kwd" | "tnd") {
            assert_eq!(amount % 10, 0, "three decimals, the last is 0");
        }
        match event.event_type {
            "payment_intent.succeeded" => assert_eq!(object["amount_received"].as_u64(), Some(amount)),
            "charge.refunded" => {
                let refunded = object["amount_refunded"].as_u64().expect("an integer");
                assert!((1..=amount).contains(&refunded));
                assert_eq!(object["refunded"].as_bool(), Some(refunded == amount));
            }
            _ => {}
        }
    });
}

#[test]
fn paypal_events_have_their_envelope_and_their_size() {
    each(Provider::Paypal, |event, value| {
        assert_eq!(text(value, "/id"), event.event_id);
        assert_eq!(text(value, "/event_type"), event.event_type);
        assert_eq!(seconds(text(value, "/create_time")), event.created_ms / 1000);
        assert!(!text(value, "/resource_type").is_empty());
        let resource = &value["resource"];
        let up = || {
            let links = resource["links"].as_array().expect("links").iter();
            links
                .filter(|link| link["rel"] == "up")
                .find_map(|link| link["href"].as_str()?.rsplit('/').next())
        };
        let payment = match event.event_type {
            "PAYMENT.CAPTURE.REFUNDED" | "PAYMENT.CAPTURE.REVERSED" => up().expect("the capture"),
            "CUSTOMER.DISPUTE.CREATED" | "CUSTOMER.DISPUTE.RESOLVED" => {
                text(resource, "/disputed_transactions/0/seller_transaction_id")
            }
            "CHECKOUT.PAYMENT-APPROVAL.REVERSED" => text(resource, "/order_id"),
            "PAYMENT.PAYOUTS-ITEM.SUCCEEDED" | "PAYMENT.PAYOUTS-ITEM.FAILED" => {
                text(resource, "/payout_item_id")
            }
            _ => text(resource, "/id"),
        };
        assert_eq!(payment, event.transaction_id);
        assert!(!event.body.contains(&b'\n'));
        sized(event, event.body.len(), 1_000..=1_600);
    });
}

#[test]
fn paypal_amounts_are_decimal_texts_without_decimals_where_the_currency_has_none() {
    each(Provider::Paypal, |event, value| {
        let resource = &value["resource"];
        let money = match event.event_type {
            "CUSTOMER.DISPUTE.CREATED" | "CUSTOMER.DISPUTE.RESOLVED" => &resource["dispute_amount"],
            "CHECKOUT.ORDER.APPROVED" => &resource["purchase_units"][0]["amount"],
            name if name.starts_with("PAYMENT.PAYOUTS-ITEM") => &resource["payout_item"]["amount"],
            name if name.starts_with("PAYMENT.") => &resource["amount"],
            _ => return,
        };
        let (value, currency) = match event.event_type {
            "PAYMENT.SALE.COMPLETED" => (text(money, "/total"), text(money, "/currency")),
            name if name.starts_with("PAYMENT.PAYOUTS") => (text(money, "/value"), text(money, "/currency")),
            _ => (text(money, "/value"), text(money, "/currency_code")),
        };
        match (currency, value.split_once('.')) {
            ("HUF" | "JPY" | "TWD", fraction) => assert!(fraction.is_none_or(|(_, zeros)| zeros == "00")),
            (_, fraction) => {
                assert_eq!(fraction.map(|(_, digits)| digits.len()), Some(2), "{value} {currency}")
            }
        }
    });
}

#[test]
fn square_events_have_their_envelope_and_their_size() {
    each(Provider::Square, |event, value| {
        assert_eq!(text(value, "/event_id"), event.event_id);
        assert_eq!(text(value, "/type"), event.event_type);
        assert_eq!(seconds(text(value, "/created_at")), event.created_ms / 1000);
        assert!(!text(value, "/merchant_id").is_empty() && !text(value, "/data/type").is_empty());
        let data_id = text(value, "/data/id");
        let object = &value["data"]["object"];
        let (family, _) = event.event_type.split_once('.').expect("a dotted type");
        let payment = match family {
            "payment" => text(object, "/payment/id"),
            "refund" => text(object, "/refund/payment_id"),
            "dispute" => text(object, "/dispute/disputed_payment/payment_id"),
            _ => data_id,
        };
        assert_eq!(payment, event.transaction_id);
        if let Some(money) = object[family].get("amount_money") {
            assert!(money["amount"].as_u64().expect("an integer") > 0);
            assert_eq!(text(money, "/currency").len(), 3);
        }
        assert!(!event.body.contains(&b'\n'));
        // The facts say 0.3 KB, rounded.
        sized(event, event.body.len(), 250..=2_200);
    });
}

#[test]
fn every_row_of_the_table_of_types_is_there() {
    let missing = |provider: Provider, wanted: &[&str]| {
        let known: HashSet<&str> = event_types(provider).collect();
        wanted.iter().filter(|name| !known.contains(*name)).count()
    };
    let stripe = "payment_intent.processing payment_intent.requires_action charge.pending \
        payment_intent.amount_capturable_updated payment_intent.succeeded charge.succeeded \
        payment_intent.payment_failed charge.failed payment_intent.canceled refund.created refund.updated \
        charge.refunded refund.failed charge.dispute.created charge.dispute.closed payout.paid payout.failed";
    let paypal = "PAYMENT.CAPTURE.PENDING PAYMENT.AUTHORIZATION.CREATED CHECKOUT.ORDER.APPROVED \
        PAYMENT.CAPTURE.COMPLETED PAYMENT.SALE.COMPLETED PAYMENT.CAPTURE.DENIED PAYMENT.CAPTURE.DECLINED \
        PAYMENT.AUTHORIZATION.VOIDED CHECKOUT.PAYMENT-APPROVAL.REVERSED PAYMENT.CAPTURE.REFUNDED \
        PAYMENT.CAPTURE.REVERSED CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.RESOLVED \
        PAYMENT.PAYOUTS-ITEM.SUCCEEDED PAYMENT.PAYOUTS-ITEM.FAILED";
    assert_eq!(missing(Provider::Stripe, &stripe.split_whitespace().collect::<Vec<_>>()), 0);
    assert_eq!(missing(Provider::Paypal, &paypal.split_whitespace().collect::<Vec<_>>()), 0);

    let mut states = BTreeSet::new();
    for seed in 0..20 {
        let mut factory = EventFactory::new(Provider::Square, seed, "states");
        for name in event_types(Provider::Square) {
            for _ in 0..20 {
                let event = factory.event_of_type(name, NOW_MS).expect("a known type");
                let value: Value = serde_json::from_slice(&event.body).expect("JSON");
                let object = &value["data"]["object"][name.split('.').next().expect("a family")];
                let state = object["status"].as_str().or(object["state"].as_str()).unwrap_or_default();
                states.insert(format!("{name} {state}"));
            }
        }
    }
    for wanted in [
        "payment.created PENDING",
        "payment.created APPROVED",
        "payment.updated COMPLETED",
        "payment.updated FAILED",
        "payment.updated CANCELED",
        "refund.created PENDING",
        "refund.updated COMPLETED",
        "refund.updated FAILED",
        "refund.updated REJECTED",
        "dispute.created EVIDENCE_REQUIRED",
        "dispute.state.updated WON",
        "dispute.state.updated LOST",
        "dispute.state.updated ACCEPTED",
        "payout.paid PAID",
        "payout.failed FAILED",
    ] {
        assert!(states.contains(wanted), "no {wanted} among {states:?}");
    }
}

#[test]
fn optional_fields_come_in_all_their_forms() {
    let mut seen = BTreeSet::new();
    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 9, "variety");
        for _ in 0..4_000 {
            let event = factory.event(NOW_MS);
            let value: Value = serde_json::from_slice(&event.body).expect("JSON");
            let kind = |value: &Value| match value {
                Value::Null => "absent",
                Value::String(_) => "text",
                _ => "object",
            };
            match provider {
                Provider::Stripe => {
                    let object = &value["data"]["object"];
                    if object.get("customer").is_some() {
                        seen.insert(format!("customer {}", kind(&object["customer"])));
                    }
                    seen.insert(format!("api_version {}", kind(&value["api_version"])));
                    seen.insert(format!("request {}", kind(&value["request"])));
                    seen.insert(format!("currency {}", object["currency"].as_str().unwrap_or("none")));
                    if event.event_type.starts_with("charge.") {
                        seen.insert(format!("intent {}", kind(&object["payment_intent"])));
                    }
                }
                Provider::Paypal => {
                    seen.insert(format!("summary {}", kind(&value["summary"])));
                    seen.insert(format!("links {}", kind(&value["links"])));
                    seen.insert(format!("create_time {}", text(&value, "/create_time").len()));
                }
                Provider::Square => {
                    let payment = &value["data"]["object"]["payment"];
                    if payment.is_object() {
                        seen.insert(format!("square customer {}", kind(&payment["customer_id"])));
                        seen.insert(format!("data id same {}", payment["id"] == value["data"]["id"]));
                    }
                    seen.insert(format!("location {}", kind(&value["location_id"])));
                    seen.insert(format!("created_at {}", text(&value, "/created_at").len()));
                }
            }
        }
    }
    for wanted in [
        "customer absent",
        "customer text",
        "customer object",
        "api_version absent",
        "api_version text",
        "request absent",
        "request object",
        "currency usd",
        "currency jpy",
        "currency bhd",
        "intent absent",
        "intent text",
        "summary absent",
        "summary text",
        "links absent",
        "links object",
        "create_time 20",
        "create_time 24",
        "square customer absent",
        "square customer text",
        "data id same true",
        "data id same false",
        "location absent",
        "location text",
        "created_at 24",
        "created_at 30",
    ] {
        assert!(seen.contains(wanted), "no {wanted} among {seen:?}");
    }
}

#[test]
fn personal_fields_are_there_and_made_up() {
    for provider in Provider::ALL {
        let mut factory = EventFactory::new(provider, 2, "people");
        let mut with_email = 0;
        for _ in 0..300 {
            let event = factory.event(NOW_MS);
            let body = std::str::from_utf8(&event.body).expect("UTF-8");
            for (at, _) in body.match_indices('@') {
                assert!(body[at..].starts_with("@example.com"), "{body}");
                with_email += 1;
            }
        }
        assert!(with_email > 100);
    }
}

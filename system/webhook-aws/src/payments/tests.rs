use rust_decimal::Decimal;
use webhook_core::contract::sample;
use webhook_core::payment::{EVENTS_MAX, Told};
use webhook_core::record::{Status, Transaction};

use super::*;

fn event(id: &str, secs: i64, event_type: &str, status: Status, cents: i64) -> Transaction {
    Transaction {
        event_type: event_type.to_owned(),
        status,
        amount: Some(Decimal::new(cents, 2)),
        raw_payload_s3_key: String::new(),
        ..sample("pi_1", id, Decimal::new(secs * 1_000_000, 6))
    }
}

fn payment(events: &[Transaction]) -> Payment {
    let (first, rest) = events.split_first().unwrap();
    rest.iter().fold(Payment::begun(first.clone()), |payment, event| match payment.told(event) {
        Told::Newest(payment) | Told::Late(payment) => payment,
        Told::Known | Told::TooOld => payment,
    })
}

fn paid_and_refunded() -> Payment {
    payment(&[
        event("evt_refund", 1_763_750_100, "refund.created", Status::Processed, 300),
        event("evt_paid", 1_763_750_000, "payment.success", Status::Processed, 1_000),
        event("evt_other", 1_763_750_200, "other", Status::Pending, 7),
    ])
}

#[test]
fn attributes_are_what_readers_of_the_table_expect() {
    let item = write(&paid_and_refunded());
    let text = |name: &str| item[name].as_s().unwrap().as_str();
    assert_eq!((text("transactionId"), text("provider"), text("currency")), ("pi_1", "stripe", "USD"));
    assert_eq!(item["revision"], AttributeValue::N("3".to_owned()));
    assert_eq!(
        (text("event_id"), text("event_type"), text("status")),
        ("evt_refund", "refund.created", "processed"),
        "an unknown type does not say where a payment stands"
    );
    assert_eq!(
        item["amount"],
        AttributeValue::N("10.00".to_owned()),
        "a refund does not change what the payment cost"
    );
    let ids: Vec<_> =
        item["events"].as_l().unwrap().iter().map(|event| &event.as_m().unwrap()["event_id"]).collect();
    assert_eq!(ids, ["evt_paid", "evt_refund", "evt_other"].map(item::text).each_ref());
    assert!(!format!("{item:?}").contains("raw_payload"), "there is no bucket to point into");
}

#[test]
fn what_was_written_is_read() {
    let payment = paid_and_refunded();
    assert_eq!(read(&write(&payment)), Ok(payment));
}

#[test]
fn an_item_that_no_payment_came_from_is_told_by_its_attribute() {
    for name in ["transactionId", "revision", "events"] {
        let mut item = write(&paid_and_refunded());
        item.insert(name.to_owned(), AttributeValue::Bool(true));
        assert_eq!(read(&item).unwrap_err().to_string(), format!("unreadable item: {name}"));
    }
    let mut item = write(&paid_and_refunded());
    item.insert("events".to_owned(), AttributeValue::L(Vec::new()));
    assert!(read(&item).is_err(), "a payment has at least one event");
}

/// The bytes of an item as DynamoDB counts them, or a few more.
fn size_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::L(list) => 3 + list.iter().map(|value| 1 + size_bytes(value)).sum::<usize>(),
        AttributeValue::M(map) => {
            3 + map.iter().map(|(name, value)| 1 + name.len() + size_bytes(value)).sum::<usize>()
        }
        other => panic!("no item holds {other:?}"),
    }
}

#[test]
fn the_largest_payment_stays_far_below_the_services_limit() {
    let longest = "x".repeat(128);
    let events: Vec<_> = (0..EVENTS_MAX)
        .map(|number| Transaction {
            provider_event_type: longest.clone(),
            event_id: format!("{number:0>128}"),
            customer_id: Some(longest.clone()),
            metadata: (0..6).map(|field| (format!("field_{field}"), longest.clone())).collect(),
            ..event("", 1_763_750_000, "payment.authorized", Status::Processed, 1)
        })
        .collect();
    let size = size_bytes(&AttributeValue::M(write(&payment(&events))));
    assert!(size < 100 * 1024, "{size} bytes; DynamoDB takes 400 KB");
}

//! Round trips, and items that no record came from.

use proptest::prelude::*;
use webhook_core::provider::Provider;

use super::*;

fn full() -> Transaction {
    Transaction {
        transaction_id: "pi_3Q".into(),
        timestamp: "1763750000.123456".parse().unwrap(),
        provider: Provider::Stripe,
        event_type: "payment.success".into(),
        provider_event_type: "payment_intent.succeeded".into(),
        event_id: "evt_1".into(),
        amount: Some("12.34".parse().unwrap()),
        currency: Some("EUR".into()),
        customer_id: Some("cus_1".into()),
        status: Status::Processed,
        raw_payload_s3_key: "stripe/2026/11/21/pi_3Q.evt_1.json".into(),
        received_at: UnixTime::from_millis(1_763_750_000_123),
        processed_at: UnixTime::from_millis(1_763_750_000_456),
        metadata: BTreeMap::from([("livemode".to_owned(), "true".to_owned())]),
    }
}

fn bare() -> Transaction {
    Transaction { amount: None, currency: None, customer_id: None, metadata: BTreeMap::new(), ..full() }
}

fn n(text: &str) -> AttributeValue {
    AttributeValue::N(text.to_owned())
}

#[test]
fn attributes_are_what_readers_of_the_table_expect() {
    let item = write(&full(), Some(30));
    assert_eq!(item["transaction_id"], AttributeValue::S("pi_3Q".into()));
    assert_eq!(item["timestamp"], n("1763750000.123456"));
    assert_eq!(item["amount"], n("12.34"));
    assert_eq!(item["status"], AttributeValue::S("processed".into()));
    assert_eq!(item["received_at"], n("1763750000.123"));
    assert_eq!(item["processed_at"], n("1763750000.456"));
    assert_eq!(item["expires_at"], n("1766342000"));
    assert_eq!(
        item["metadata"],
        AttributeValue::M(HashMap::from([("livemode".to_owned(), AttributeValue::S("true".into()))]))
    );
}

#[test]
fn what_is_absent_stays_absent() {
    let mut names: Vec<String> = write(&bare(), None).into_keys().collect();
    names.sort_unstable();
    let expected = [
        "event_id",
        "event_type",
        "processed_at",
        "provider",
        "provider_event_type",
        "raw_payload_s3_key",
        "received_at",
        "status",
        "timestamp",
        "transaction_id",
    ];
    assert_eq!(names, expected);
}

#[test]
fn records_come_back_as_they_went() {
    for record in [full(), bare()] {
        assert_eq!(read(&write(&record, None)).unwrap(), record);
        assert_eq!(read(&write(&record, Some(1))).unwrap(), record, "expires_at is the table's own business");
    }
}

#[test]
fn every_status_and_provider_comes_back() {
    for status in [Status::Pending, Status::Processed, Status::Failed] {
        for provider in Provider::ALL {
            let record = Transaction { status, provider, ..full() };
            assert_eq!(read(&write(&record, None)).unwrap(), record);
        }
    }
}

#[test]
fn names_of_statuses_are_those_of_the_json_form() {
    for status in Status::ALL {
        assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
    }
}

#[test]
fn numbers_are_read_in_every_form_the_service_may_write() {
    let mut item = write(&full(), None);
    for (written, value) in [("1.2E+3", "1200"), ("1E-2", "0.01"), ("-3", "-3"), ("12.3", "12.30")] {
        item.insert("amount".to_owned(), n(written));
        assert_eq!(read(&item).unwrap().amount, Some(value.parse().unwrap()), "{written}");
    }
}

#[track_caller]
fn check_unreadable(name: &'static str, value: Option<AttributeValue>) {
    let mut item = write(&full(), None);
    match value {
        Some(value) => item.insert(name.to_owned(), value),
        None => item.remove(name),
    };
    assert_eq!(read(&item), Err(UnreadableItem(name)));
}

#[test]
fn unreadable_items_name_the_attribute() {
    check_unreadable("event_id", None);
    check_unreadable("timestamp", Some(AttributeValue::S("1".into())));
    check_unreadable("amount", Some(AttributeValue::S("12.34".into())));
    check_unreadable("amount", Some(n("twelve")));
    check_unreadable("status", Some(AttributeValue::S("PROCESSED".into())));
    check_unreadable("provider", Some(AttributeValue::S("adyen".into())));
    check_unreadable("metadata", Some(AttributeValue::S("livemode".into())));
    check_unreadable("processed_at", Some(n("79228162514264337593543950335")));
}

#[test]
fn cursors_come_back_as_they_went() {
    let cursor = Cursor { timestamp: "1763750000.5".parse().unwrap(), transaction_id: "pi_3Q".into() };
    let customer = Scope::Customer { id: "cus_1".into(), provider: Some(Provider::Square) };
    for (scope, attribute, value) in
        [(Scope::Provider(Provider::Stripe), "provider", "stripe"), (customer, "customer_id", "cus_1")]
    {
        let key = cursor_key(&scope, &cursor);
        assert_eq!(key.get(attribute), Some(&AttributeValue::S(value.into())));
        assert_eq!(
            (key.len(), read_cursor(&key)),
            (3, Ok(cursor.clone())),
            "the index's key and nothing else"
        );
    }
    assert_eq!(read_cursor(&HashMap::new()), Err(UnreadableItem(TIMESTAMP)));
}

proptest! {
    #[test]
    fn amounts_and_times_are_exact(
        minor in any::<i64>(),
        exponent in 0_u32..=4,
        fraction in 0_i64..1_000_000,
        millis in 0_i64..4_102_444_800_000,
    ) {
        let record = Transaction {
            amount: Some(Decimal::new(minor, exponent)),
            timestamp: Decimal::new(1_763_750_000_000_000 + fraction, 6),
            processed_at: UnixTime::from_millis(millis),
            ..full()
        };
        prop_assert_eq!(read(&write(&record, None)).unwrap(), record);
    }
}

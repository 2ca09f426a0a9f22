use super::*;
use crate::contract::sample;

#[test]
fn a_record_is_rendered_exactly() {
    let mut record = sample("pi_1", "evt_1", Decimal::new(1_763_750_000_000_120, 6));
    let expected = concat!(
        r#"{"transaction_id":"pi_1","timestamp":1763750000.000120,"provider":"stripe","event_type":"payment.success","#,
        r#""provider_event_type":"payment_intent.succeeded","event_id":"evt_1","amount":"10.99","currency":"USD","#,
        r#""customer_id":"cus_contract","status":"processed","raw_payload_s3_key":"stripe/2025/11/21/pi_1.evt_1.json","#,
        r#""received_at":1763750000.123,"processed_at":1763750000.456,"metadata":{"object_id":"pi_1"}}"#,
    );
    assert_eq!(transaction(&record), expected);

    record.amount = None;
    record.currency = None;
    record.customer_id = None;
    record.metadata.clear();
    let bare = transaction(&record);
    for name in ["amount", "currency", "customer_id", "metadata"] {
        assert!(!bare.contains(name), "{name} is left out");
    }
}

#[test]
fn ids_are_escaped_as_json() {
    let record = sample("a\"b\\c", "evt_1", Decimal::ONE);
    assert!(transaction(&record).starts_with(r#"{"transaction_id":"a\"b\\c","timestamp":1,"#));
}

#[test]
fn an_amount_reads_the_same_whatever_the_store_made_of_its_zeros() {
    let check = |stored: &str, currency: &str, expected: &str| {
        let mut record = sample("pi_1", "evt_1", Decimal::ONE);
        record.amount = Some(stored.parse().expect("a decimal"));
        record.currency = Some(currency.to_owned());
        let rendered = transaction(&record);
        assert!(rendered.contains(&format!(r#""amount":"{expected}""#)), "{rendered}");
    };
    check("12.3", "USD", "12.30");
    check("12", "USD", "12.00");
    check("12.30", "USD", "12.30");
    check("12.300", "USD", "12.30");
    check("500", "JPY", "500");
    check("5.12", "KWD", "5.120");
    check("0.125", "USD", "0.125");
}

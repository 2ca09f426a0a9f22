use rust_decimal::Decimal;

use super::*;
use crate::event::{MAX_ID_BYTES, RawAmount, RawMoney};
use crate::provider::Provider;
use crate::record::Status;

/// A plain payment; each test changes what it is about.
pub(crate) fn sample(provider: Provider) -> PaymentEvent<'static> {
    let amount = match provider {
        Provider::Stripe | Provider::Square => RawAmount::Units(1099),
        Provider::Paypal => RawAmount::Decimal("10.99".into()),
    };
    PaymentEvent {
        provider,
        event_id: "evt_1".into(),
        transaction_id: "pay_1".into(),
        provider_event_type: "payment.type".into(),
        event_type: EventType::PaymentSuccess,
        occurred_at: UnixTime::from_secs(1_763_750_000),
        dated: true,
        money: Some(RawMoney { amount, currency: "usd".into() }),
        status: None,
        customer_id: Some("cus_1".into()),
        metadata: vec![("object_id", "pay_1".into()), ("object", "payment".into())],
    }
}

fn record(event: &PaymentEvent<'_>) -> Result<Transaction, NormalizeError> {
    normalize(
        event,
        object_key(event),
        UnixTime::from_millis(1_763_750_001_500),
        UnixTime::from_millis(1_763_750_002_000),
    )
}

#[test]
fn a_record_tells_the_event() {
    for provider in Provider::ALL {
        let found = record(&sample(provider)).unwrap();
        let expected = Transaction {
            transaction_id: "pay_1".to_owned(),
            timestamp: timestamp::first(UnixTime::from_secs(1_763_750_000), "evt_1"),
            provider,
            event_type: "payment.success".to_owned(),
            provider_event_type: "payment.type".to_owned(),
            event_id: "evt_1".to_owned(),
            amount: Some(Decimal::new(1099, 2)),
            currency: Some("USD".to_owned()),
            customer_id: Some("cus_1".to_owned()),
            status: Status::Processed,
            raw_payload_s3_key: format!("{provider}/2025/11/21/pay_1.evt_1.json"),
            received_at: UnixTime::from_millis(1_763_750_001_500),
            processed_at: UnixTime::from_millis(1_763_750_002_000),
            metadata: [("object", "payment"), ("object_id", "pay_1")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
        };
        assert_eq!(found, expected);
    }
}

#[test]
fn a_currency_that_does_not_exist_is_an_error_where_money_matters() {
    for provider in Provider::ALL {
        let mut event = sample(provider);
        event.money.as_mut().unwrap().currency = "XXQ".into();
        assert_eq!(record(&event), Err(NormalizeError::Money(MoneyError::UnknownCurrency)));
        event.event_type = EventType::Other;
        let kept = record(&event).unwrap();
        assert_eq!((kept.amount, kept.currency), (None, None), "an unknown type is kept without its money");
    }
}

#[test]
fn no_money_and_no_customer_are_left_out() {
    let mut event = sample(Provider::Stripe);
    (event.money, event.customer_id) = (None, None);
    let found = record(&event).unwrap();
    assert_eq!((found.amount, found.currency, found.customer_id), (None, None, None));
    for id in ["", "two words", &"c".repeat(MAX_ID_BYTES + 1)] {
        event.customer_id = Some(id.to_owned().into());
        assert_eq!(record(&event).unwrap().customer_id, None, "an index takes no such key");
    }
}

#[test]
fn metadata_gives_way_to_the_size_of_the_record() {
    let mut event = sample(Provider::Stripe);
    event.metadata.push(("note", "not an id".into()));
    assert!(!record(&event).unwrap().metadata.contains_key("note"), "free text is not kept");

    event.metadata = vec![("small", "s".into()), ("large", "l".repeat(128).into()), ("last", "x".into())];
    event.transaction_id = "t".repeat(100).into();
    event.event_id = "e".repeat(100).into();
    event.customer_id = Some("c".repeat(100).into());
    event.provider_event_type = "p".repeat(30).into();
    let found = record(&event).unwrap();
    let kept: usize = found.metadata.iter().map(|(name, value)| name.len() + value.len() + 1).sum();
    assert!(size_bytes(&found) + kept <= MAX_RECORD_BYTES);
    assert!(found.metadata.contains_key("small") && !found.metadata.contains_key("large"));
}

/// The longest ids seen in the wild, everything present: within one write unit.
#[test]
fn real_records_measure_at_most_one_write_unit() {
    let mut event = sample(Provider::Square);
    event.event_id = "6a8f5f28-54a1-4eb0-a98a-3111513fd4fc".into();
    event.transaction_id = "hYy9pRFVxpDsO1FB05SunFWUe9JZY".into();
    event.provider_event_type = "dispute.evidence.created".into();
    event.customer_id = Some("VDKXEEKPJN48QDG3BGGFAK05P8".into());
    event.metadata = ["object_id", "object", "merchant_id", "location_id"]
        .map(|name| (name, "v".repeat(36).into()))
        .into();
    let found = record(&event).unwrap();
    assert_eq!(found.metadata.len(), 4);
    // As JSON, with names and punctuation, it is larger than as an item.
    assert!(serde_json::to_string(&found).unwrap().len() <= MAX_RECORD_BYTES);
}

use rust_decimal::Decimal;
use serde_json::Value;

use super::*;
use crate::contract::sample;
use crate::envelope::Content;
use crate::normalize::timestamp::first;
use crate::provider::Provider;
use crate::twins::{MemoryProcessedLog, MemoryTransactions, refused, unavailable};

const NOW: UnixTime = UnixTime::from_millis(1_763_750_003_000);
const SECOND: i64 = 1_763_750_000;

fn body(event_id: &str, currency: &str) -> String {
    format!(
        r#"{{"id":"{event_id}","object":"event","created":{SECOND},"type":"charge.succeeded",
            "data":{{"object":{{"id":"ch_1","payment_intent":"pi_1","amount":1099,"currency":"{currency}","status":"succeeded"}}}}}}"#
    )
}

fn envelope(event_id: &str) -> Envelope {
    Envelope {
        provider: Provider::Stripe,
        event_id: event_id.to_owned(),
        received_at: UnixTime::from_millis(1_763_750_001_000),
        raw_key: format!("stripe/2025/11/21/pi_1.{event_id}.json"),
        body: body(event_id, "usd"),
        content: Content::Json,
    }
}

#[derive(Default)]
struct Stores {
    table: MemoryTransactions,
    log: MemoryProcessedLog,
}

impl Stores {
    async fn process(&self, envelope: Envelope) -> Result<Outcome, ProcessError> {
        process(&self.table, &self.log, envelope, NOW).await.map(|processed| processed.outcome)
    }
}

#[tokio::test]
async fn an_event_becomes_one_record_and_one_object() {
    let stores = Stores::default();
    let processed = process(&stores.table, &stores.log, envelope("evt_1"), NOW).await.unwrap();
    let expected = Processed {
        outcome: Outcome::Stored,
        event_id: "evt_1".to_owned(),
        transaction_id: "pi_1".to_owned(),
        event_type: EventType::PaymentSuccess,
        status: Status::Processed,
    };
    assert_eq!(processed, expected);
    let records = stores.table.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].amount, Some(Decimal::new(1099, 2)));
    assert_eq!((records[0].received_at.millis(), records[0].processed_at), (1_763_750_001_000, NOW));
    let objects = stores.log.objects();
    let json: Value = serde_json::from_slice(&objects["stripe/2025/11/21/pi_1.evt_1.json"]).unwrap();
    assert_eq!((&json["event_id"], &json["amount"]), (&Value::from("evt_1"), &Value::from("10.99")));
}

#[tokio::test]
async fn a_duplicate_is_a_success_and_changes_nothing() {
    let stores = Stores::default();
    assert_eq!(stores.process(envelope("evt_1")).await, Ok(Outcome::Stored));
    for _ in 0..3 {
        assert_eq!(stores.process(envelope("evt_1")).await, Ok(Outcome::Duplicate));
    }
    assert_eq!((stores.table.records().len(), stores.log.objects().len()), (1, 1));
}

#[tokio::test]
async fn concurrent_duplicates_give_one_record() {
    let stores = Stores::default();
    let (a, b, c) = tokio::join!(
        stores.process(envelope("evt_1")),
        stores.process(envelope("evt_1")),
        stores.process(envelope("evt_1"))
    );
    let stored = [a, b, c].into_iter().filter(|outcome| *outcome == Ok(Outcome::Stored)).count();
    assert_eq!((stored, stores.table.records().len()), (1, 1));
}

#[tokio::test]
async fn two_events_of_one_second_are_both_kept() {
    let stores = Stores::default();
    for id in ["evt_1", "evt_2", "evt_3"] {
        assert_eq!(stores.process(envelope(id)).await, Ok(Outcome::Stored));
    }
    let records = stores.table.records();
    assert_eq!(records.len(), 3);
    assert!(records.iter().all(|record| record.timestamp.floor() == Decimal::from(SECOND)));
}

/// Puts another event where `evt_1` wants to go, and on `more` places after it.
async fn crowd(stores: &Stores, more: usize) {
    let mut timestamp = first(UnixTime::from_secs(SECOND), "evt_1");
    for number in 0..=more {
        stores.table.put_once(&sample("pi_1", &format!("evt_other_{number}"), timestamp)).await.unwrap();
        timestamp = next_fraction(timestamp);
    }
}

#[tokio::test]
async fn an_occupied_timestamp_moves_to_the_next_fraction_every_time_the_same_way() {
    let stores = Stores::default();
    crowd(&stores, 2).await;
    assert_eq!(stores.process(envelope("evt_1")).await, Ok(Outcome::Stored));
    assert_eq!(stores.process(envelope("evt_1")).await, Ok(Outcome::Duplicate));
    let records = stores.table.records();
    let own: Vec<_> = records.iter().filter(|record| record.event_id == "evt_1").collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].timestamp - first(UnixTime::from_secs(SECOND), "evt_1"), Decimal::new(3, 6));
    let object = &stores.log.objects()["stripe/2025/11/21/pi_1.evt_1.json"];
    let shown = format!("\"timestamp\":{},", own[0].timestamp);
    assert!(std::str::from_utf8(object).unwrap().contains(&shown), "the log has the record's own timestamp");
}

#[tokio::test]
async fn the_search_for_a_free_timestamp_ends() {
    let stores = Stores::default();
    crowd(&stores, MAX_TRIES).await;
    assert_eq!(stores.process(envelope("evt_1")).await, Err(ProcessError::Crowded));
}

#[tokio::test]
async fn a_try_that_died_between_both_writes_is_completed() {
    let stores = Stores::default();
    stores.log.fail_with(Some(unavailable("s3:PutObject")));
    assert!(stores.process(envelope("evt_1")).await.is_err());
    assert_eq!((stores.table.records().len(), stores.log.objects().len()), (1, 0));
    stores.log.fail_with(None);
    assert_eq!(stores.process(envelope("evt_1")).await, Ok(Outcome::Duplicate));
    assert_eq!((stores.table.records().len(), stores.log.objects().len()), (1, 1));
}

#[tokio::test]
async fn a_failing_table_leaves_nothing_behind() {
    let stores = Stores::default();
    stores.table.fail_with(Some(refused("dynamodb:PutItem")));
    let error = stores.process(envelope("evt_1")).await.unwrap_err();
    assert_eq!(error.code(), "store_refused");
    assert_eq!(error.to_string(), "dynamodb:PutItem was refused: AccessDeniedException");
    assert_eq!(stores.log.calls(), 0);
}

#[tokio::test]
async fn poison_fails_and_says_why_without_saying_what() {
    let stores = Stores::default();
    let poison = Envelope { body: body("evt_1", "XXQ"), ..envelope("evt_1") };
    let error = stores.process(poison).await.unwrap_err();
    assert_eq!(error.code(), "cannot_normalize");
    assert_eq!(error.to_string(), "the event cannot be normalized: the currency does not exist");
    assert_eq!((stores.table.calls(), stores.log.calls()), (0, 0));
}

#[tokio::test]
async fn an_envelope_must_fit_its_body() {
    let stores = Stores::default();
    let other_id = Envelope { event_id: "evt_2".to_owned(), ..envelope("evt_1") };
    let other_key = Envelope { raw_key: "stripe/elsewhere.json".to_owned(), ..envelope("evt_1") };
    let unproven = Envelope { content: Content::IpnUnproven, ..envelope("evt_1") };
    assert_eq!(stores.process(unproven).await, Err(ProcessError::Unproven));
    let other_provider = Envelope { provider: Provider::Square, ..envelope("evt_1") };
    assert_eq!(stores.process(other_id).await, Err(ProcessError::EnvelopeMismatch));
    assert_eq!(stores.process(other_key).await, Err(ProcessError::EnvelopeMismatch));
    assert_eq!(stores.process(other_provider).await.unwrap_err().code(), "unreadable_event");
    assert_eq!(stores.table.calls(), 0);
}

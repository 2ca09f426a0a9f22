//! Envelopes to records, and failures to what Lambda is told.

use serde_json::json;
use webhook_core::twins::{MemoryProcessedLog, MemoryTransactions, refused};

use super::*;

const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);

fn processor() -> Processor<MemoryTransactions, MemoryProcessedLog> {
    Processor::new(MemoryTransactions::default(), MemoryProcessedLog::default(), Log::new(Level::Error))
        .with_clock(|| NOW)
}

fn envelope(currency: &str) -> String {
    let body = json!({
        "id": "evt_1", "object": "event", "api_version": null, "created": 1_763_749_999, "livemode": false,
        "pending_webhooks": 1, "type": "payment_intent.succeeded", "request": null,
        "data": {"object": {
            "id": "pi_1", "object": "payment_intent", "amount": 1234, "amount_received": 1234, "currency": currency,
            "customer": "cus_1", "status": "succeeded",
        }},
    });
    json!({
        "provider": "stripe", "event_id": "evt_1", "received_at": 1_763_749_999_500_i64,
        "raw_key": "stripe/2025/11/21/pi_1.evt_1.json", "body": body.to_string(),
    })
    .to_string()
}

#[tokio::test]
async fn an_event_becomes_one_record_however_often_it_comes() {
    let processor = processor();
    for _ in 0..3 {
        assert_eq!(processor.record(&envelope("eur"), Invocation::begin("r-1")).await, Ok(()));
    }
    let records = processor.store.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].event_id, "evt_1");
    assert_eq!(records[0].processed_at, NOW);
    assert_eq!(processor.processed.objects().len(), 1);
}

#[tokio::test]
async fn a_poison_event_fails_with_a_code_and_a_safe_sentence() {
    let processor = processor();
    let failure = processor.record(&envelope("xxq"), Invocation::begin("r-1")).await.unwrap_err();
    assert_eq!(failure.code, "cannot_normalize");
    assert!(failure.message.starts_with("the event cannot be normalized"), "{}", failure.message);
    assert!(!failure.message.contains("1234"), "nothing of the body: {}", failure.message);
    assert!(processor.store.records().is_empty());
}

#[tokio::test]
async fn a_store_that_refuses_fails_the_invocation() {
    let processor = processor();
    processor.store.fail_with(Some(refused("dynamodb:PutItem")));
    let failure = processor.record(&envelope("eur"), Invocation::begin("r-1")).await.unwrap_err();
    let message = "dynamodb:PutItem was refused: AccessDeniedException".to_owned();
    assert_eq!(failure, Failure { code: "store_refused", message });
}

#[tokio::test]
async fn what_is_no_envelope_fails_without_a_word_of_it() {
    for event in ["{}", "null", r#"{"card":"4242424242424242"}"#] {
        let failure = processor().record(event, Invocation::begin("r-1")).await.unwrap_err();
        assert_eq!(failure.code, "invalid_event");
        assert!(!failure.message.contains("4242"), "{}", failure.message);
    }
}

#[test]
fn a_failure_is_what_the_dead_letter_message_shows() {
    let failure = Failure { code: "cannot_normalize", message: "a sentence".to_owned() };
    let diagnostic = lambda_runtime::Diagnostic::from(failure);
    assert_eq!(diagnostic.error_type, "cannot_normalize");
    assert_eq!(diagnostic.error_message, "a sentence");
}

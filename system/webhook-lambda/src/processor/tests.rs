//! Envelopes to records, and failures to what Lambda is told.

use serde_json::json;
use webhook_core::normalize::quarantine_key;
use webhook_core::providers::paypal::ipn::Receivers;
use webhook_core::twins::{
    MemoryPostback, MemoryProcessedLog, MemoryQuarantine, MemoryRawStore, MemoryTransactions, refused,
    unavailable,
};

use super::*;

const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);

struct Twins;

impl IpnPorts for Twins {
    type Postback = MemoryPostback;
    type Raw = MemoryRawStore;
    type Quarantine = MemoryQuarantine;
}

fn processor() -> Processor<MemoryTransactions, MemoryProcessedLog, Twins> {
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

const NOTIFICATION: &str = "txn_id=61E67681CH3238416&payment_status=Completed&txn_type=web_accept&mc_gross=19.95&mc_currency=USD\
&payment_date=20%3A12%3A59+Jan+13%2C+2009+PST&receiver_email=merchant%40example.com&payer_email=jane%40example.org";

fn notification() -> String {
    json!({
        "provider": "paypal", "event_id": "ipn_61E67681CH3238416_Completed", "received_at": 1_763_749_999_500_i64,
        "raw_key": quarantine_key(NOTIFICATION.as_bytes(), UnixTime::from_millis(1_763_749_999_500)),
        "body": NOTIFICATION, "content": "ipn-unproven",
    })
    .to_string()
}

/// A processor whose PayPal has sent the notification, or has not.
fn confirming(sent: bool) -> Processor<MemoryTransactions, MemoryProcessedLog, Twins> {
    let postback = MemoryPostback::default();
    if sent {
        postback.sent(NOTIFICATION.as_bytes());
    }
    processor().with_ipn(Some(IpnDesk {
        receivers: Receivers::parse("merchant@example.com").unwrap(),
        postback,
        raw: MemoryRawStore::default(),
        quarantine: MemoryQuarantine::default(),
    }))
}

#[tokio::test]
async fn a_notification_is_recorded_once_paypal_has_confirmed_it() {
    let processor = confirming(true);
    for _ in 0..2 {
        assert_eq!(processor.record(&notification(), Invocation::begin("r-1")).await, Ok(()));
    }
    assert_eq!(processor.store.records().len(), 1);
}

/// Trying again would not make it genuine, so the invocation is no failure.
#[tokio::test]
async fn a_forged_notification_is_done_with() {
    let processor = confirming(false);
    assert_eq!(processor.record(&notification(), Invocation::begin("r-1")).await, Ok(()));
    assert!(processor.store.records().is_empty());
}

#[tokio::test]
async fn a_notification_that_nobody_answers_for_fails_the_invocation() {
    let processor = confirming(true);
    let desk = processor.ipn.as_ref().unwrap();
    desk.postback.fail_with(Some(unavailable("paypal:ConfirmNotification")));
    let failure = processor.record(&notification(), Invocation::begin("r-1")).await.unwrap_err();
    assert_eq!(failure.code, "postback_unavailable");
    assert_eq!(failure.message, "paypal:ConfirmNotification is unavailable: told to fail");
}

#[tokio::test]
async fn without_receivers_a_notification_is_kept_for_a_person() {
    let failure = processor().record(&notification(), Invocation::begin("r-1")).await.unwrap_err();
    assert_eq!(failure.code, "ipn_off");
}

#[test]
fn a_failure_is_what_the_dead_letter_message_shows() {
    let failure = Failure { code: "cannot_normalize", message: "a sentence".to_owned() };
    let diagnostic = lambda_runtime::Diagnostic::from(failure);
    assert_eq!(diagnostic.error_type, "cannot_normalize");
    assert_eq!(diagnostic.error_message, "a sentence");
}

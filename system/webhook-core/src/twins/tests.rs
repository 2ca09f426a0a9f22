//! The twins pass the suites the adapters pass.

use super::*;
use crate::contract;
use crate::ports::signature_api::ApiClient;

#[tokio::test]
async fn transactions() {
    contract::transaction_store(&MemoryTransactions::default(), "twin", 1_000).await;
    contract::bounded_work(&MemoryTransactions::default(), "twin", 1_000, None::<fn() -> u64>).await;
}

#[tokio::test]
async fn payments() {
    contract::payment_store(&MemoryPayments::default(), "twin").await;
}

#[tokio::test]
async fn raw_store() {
    let store = MemoryRawStore::default();
    contract::raw_store(&store, "twin", async |key| store.objects().get(&key).cloned()).await;
}

#[tokio::test]
async fn processed_log() {
    let log = MemoryProcessedLog::default();
    contract::processed_log(&log, "twin", async |key| log.objects().get(&key).cloned()).await;
}

#[tokio::test]
async fn dispatch() {
    let queue = MemoryDispatch::default();
    contract::dispatch(&queue, "twin", async || queue.envelopes().pop().expect("an envelope")).await;
}

#[tokio::test]
async fn transmissions() {
    contract::transmission_log(&MemoryTransmissions::default(), "twin").await;
}

#[tokio::test]
async fn secrets() {
    let secrets = MemorySecrets::default();
    secrets.set(Provider::Stripe, &["new", "old"]);
    contract::secret_source(&secrets, Provider::Stripe, &["new", "old"], Some(Provider::Square)).await;
}

#[tokio::test]
async fn certificates() {
    let certificates = MemoryCertificates::default();
    certificates.set("api.paypal.com", "/a", &b"pem"[..]);
    contract::certificate_source(&certificates, "api.paypal.com", "/a", b"pem", "/b").await;
}

#[tokio::test]
async fn a_failing_twin_changes_nothing() {
    let store = MemoryRawStore::default();
    store.fail_with(Some(unavailable("s3:PutObject")));
    assert!(store.put_raw("key", Bytes::new()).await.is_err());
    store.fail_with(None);
    assert_eq!((store.calls(), store.objects().len()), (1, 0));
}

#[tokio::test]
async fn quarantine() {
    let quarantine = MemoryQuarantine::default();
    contract::quarantine(&quarantine, "twin", async |key| quarantine.objects().get(&key).cloned()).await;
}

#[tokio::test]
async fn postback() {
    let postback = MemoryPostback::default();
    postback.sent(b"txn_id=1");
    contract::ipn_postback(&postback, b"txn_id=1").await;
    postback.fail_with(Some(unavailable("paypal:Postback")));
    contract::ipn_postback_without_an_answer(&postback).await;
}

#[tokio::test]
async fn day_log() {
    let log = MemoryDayLog::default();
    contract::day_log(&log, &log, "twin", async |key: String| log.body(&key)).await;
}

#[tokio::test]
async fn handover() {
    let handover = MemoryHandover::default();
    let next = async || serde_json::to_string(&handover.take()[0]).expect("a task is JSON");
    contract::handover(&handover, next).await;
}

#[tokio::test]
async fn signature_api() {
    let api = MemorySignatureApi::default();
    api.know("app", "app-secret");
    api.signed("1JE", "tr-1", r#"{"id":"WH-1"}"#);
    let client = ApiClient { id: SecretString::new("app"), secret: SecretString::new("app-secret") };
    contract::signature_api(&api, &client, r#"{"id":"WH-1"}"#).await;
}

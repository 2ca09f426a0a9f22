//! Which question an event asks, and what the log says of the answer.

use rust_decimal::Decimal;
use serde_json::{Value, json};
use webhook_core::contract::sample;
use webhook_core::ports::{EventQuery, Page, PortError, Put};
use webhook_core::record::Transaction;
use webhook_core::twins::{MemoryTransactions, unavailable};

use super::*;

async fn query() -> Query<MemoryTransactions> {
    let store = MemoryTransactions::default();
    let record = sample("pi_1", "evt_1", Decimal::new(1_763_750_000_000_001, 6));
    assert_eq!(store.put_once(&record).await, Ok(Put::Stored));
    Query::new(store, deployed(), Log::new(Level::Error))
}

fn deployed() -> Deployment {
    Deployment { table: Some("webhook-transactions".to_owned()), ..Deployment::default() }
}

async fn ask(query: &Query<MemoryTransactions>, event: Value) -> (u16, Value) {
    let response = query.answer(&event.to_string(), Invocation::begin("r-1")).await.unwrap();
    (response.status_code, serde_json::from_str(&response.body).unwrap())
}

#[tokio::test]
async fn a_payment_by_its_id() {
    let query = query().await;
    let (status, body) = ask(&query, json!({"pathParameters": {"id": "pi_1"}})).await;
    assert_eq!(
        (status, &body["transaction_id"], &body["events"][0]["event_id"]),
        (200, &json!("pi_1"), &json!("evt_1"))
    );
    let (status, body) = ask(&query, json!({"pathParameters": {"id": "pi_2"}})).await;
    assert_eq!((status, &body["error"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn a_providers_events_in_a_time() {
    let query = query().await;
    let parameters = json!({"provider": "stripe", "start": "1763750000", "end": "1763750001"});
    let (status, body) =
        ask(&query, json!({"pathParameters": null, "queryStringParameters": parameters})).await;
    assert_eq!((status, &body["transactions"][0]["event_id"]), (200, &json!("evt_1")), "{body}");
    let repeated = json!({"provider": ["stripe", "square"], "start": ["1"], "end": ["2"]});
    let (status, body) = ask(&query, json!({"multiValueQueryStringParameters": repeated})).await;
    assert_eq!(status, 400, "which of two providers is meant is not guessed: {body}");
    assert_eq!(ask(&query, json!({})).await.0, 400);
}

#[tokio::test]
async fn a_query_by_another_environments_stage_is_not_asked() {
    let query = query().await;
    let by_stage =
        |table: &str| json!({"pathParameters": {"id": "pi_1"}, "stageVariables": {"table": table}});
    let (status, body) = ask(&query, by_stage("webhook-transactions-2")).await;
    assert_eq!((status, &body["error"]), (503, &json!("stage_mismatch")));
    assert_eq!(ask(&query, by_stage("webhook-transactions")).await.0, 200);
}

#[tokio::test]
async fn a_store_that_fails_is_said_so() {
    let query = query().await;
    query.store.fail_with(Some(unavailable("dynamodb:Query")));
    assert_eq!(ask(&query, json!({"pathParameters": {"id": "pi_1"}})).await.0, 503);
}

/// A store that never answers.
struct Stuck;

impl TransactionStore for Stuck {
    async fn put_once(&self, _: &Transaction) -> Result<Put, PortError> {
        std::future::pending().await
    }

    async fn history(&self, _: &str, _: u32) -> Result<Vec<Transaction>, PortError> {
        std::future::pending().await
    }

    async fn events(&self, _: &EventQuery) -> Result<Page, PortError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_in_time_is_503_too() {
    let mut stuck = Query::new(Stuck, Deployment::default(), Log::new(Level::Error));
    stuck.decision_timeout = Duration::from_millis(20);
    for event in [
        json!({"pathParameters": {"id": "pi_1"}}),
        json!({"queryStringParameters": {"customer_id": "cus_1"}}),
    ] {
        let response = stuck.answer(&event.to_string(), Invocation::begin("r-1")).await.unwrap();
        let body: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!((response.status_code, &body["error"]), (503, &json!("timeout")));
    }
}

#[tokio::test]
async fn a_payment_takes_no_parameters() {
    let event = json!({"pathParameters": {"id": "pi_1"}, "queryStringParameters": {"provider": "stripe"}});
    let (status, body) = ask(&query().await, event).await;
    assert_eq!((status, &body["error"]), (400, &json!("unexpected_parameter")));
}

#[tokio::test]
async fn other_events_than_the_gateways_fail_the_invocation() {
    let failure = query().await.answer("[]", Invocation::begin("r-1")).await.err();
    assert_eq!(failure.map(|failure| failure.code), Some("invalid_event"));
}

#[tokio::test]
async fn lines_hold_nothing_of_the_records() {
    let query = query().await;
    let answer = query::by_id(&query.store, "pi_1", []).await;
    let line = query.line(&answer, Some("api-1"), Invocation::begin("r-1")).to_json();
    let line: Value = serde_json::from_slice(&line).unwrap();
    assert_eq!((&line["message"], &line["api_request_id"]), (&json!("Query answered"), &json!("api-1")));
    assert!(!line.to_string().contains("cus_contract"), "{line}");
}

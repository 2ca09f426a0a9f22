//! Queries for events: how much of the table one of them reads, and what is sent for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::any;
use dynoxide::Database;
use serde_json::{Value, json};
use webhook_aws::Endpoints;
use webhook_core::contract;
use webhook_core::ports::{EVALUATED_MAX, EventQuery, PortError, Scope, TransactionStore};
use webhook_core::provider::Provider;
use webhook_core::record::Status;

use crate::dynamodb::{TABLE, transactions_table};
use crate::server::{Scripted, aws, listener};

/// A DynamoDB server for puts and queries that counts the items its queries look at.
async fn counting() -> (String, Arc<AtomicU64>) {
    let database = Database::memory().unwrap();
    database.create_table(transactions_table()).unwrap();
    let (listener, url) = listener().await;
    let looked_at = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&looked_at);
    let answer = move |headers: HeaderMap, body: Bytes| {
        let target = headers["x-amz-target"].to_str().unwrap();
        let body = if target.ends_with(".Query") {
            let found = database.query(serde_json::from_slice(&body).unwrap()).unwrap();
            count.fetch_add(u64::try_from(found.scanned_count).unwrap(), Ordering::Relaxed);
            serde_json::to_string(&found).unwrap()
        } else {
            let stored = database.put_item(serde_json::from_slice(&body).unwrap()).unwrap();
            serde_json::to_string(&stored).unwrap()
        };
        std::future::ready((StatusCode::OK, [("content-type", "application/x-amz-json-1.0")], body))
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(any(answer))).await.unwrap() });
    (url, looked_at)
}

#[tokio::test]
async fn a_filter_neither_loses_events_nor_reads_without_bound() {
    let (url, looked_at) = counting().await;
    let store = aws(Endpoints { dynamodb: Some(url), ..Endpoints::default() }).transactions(TABLE, None);
    let reads = || looked_at.load(Ordering::Relaxed);
    contract::bounded_work(&store, "bounded", 1_763_750_000, Some(reads)).await;
}

fn failed_of(scope: Scope) -> EventQuery {
    let (start, end) = ("1763750000".parse().unwrap(), "1763750009".parse().unwrap());
    EventQuery { scope, start, end, status: Some(Status::Failed), limit: 10, after: None }
}

/// The requests that one query makes of a service which answers each with `answer`.
async fn requests(query: &EventQuery, answer: Value) -> (Result<usize, PortError>, Vec<Value>) {
    // A loop without a bound must fail here, not run for ever.
    let server = Scripted::start(move |_, before| match before {
        0..50 => (200, answer.to_string()),
        _ => (400, json!({"__type": "ValidationException"}).to_string()),
    })
    .await;
    let endpoints = Endpoints { dynamodb: Some(server.url.clone()), ..Endpoints::default() };
    let page = aws(endpoints).transactions(TABLE, None).events(query).await;
    let found = page.map(|page| page.transactions.len());
    (found, server.seen().into_iter().map(|seen| seen.body).collect())
}

#[tokio::test]
async fn a_customers_events_are_read_from_the_index_of_customers() {
    let scope = Scope::Customer { id: "cus_1".to_owned(), provider: Some(Provider::Square) };
    let nothing = json!({"Items": [], "Count": 0, "ScannedCount": 0});
    let (_, sent) = requests(&failed_of(scope), nothing.clone()).await;
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0]["IndexName"], "CustomerIndex");
    assert_eq!(sent[0]["FilterExpression"], "#provider = :provider AND #status = :status");
    assert_eq!(sent[0]["ExpressionAttributeValues"][":scope"], json!({"S": "cus_1"}));
    assert_eq!(sent[0]["ExpressionAttributeValues"][":provider"], json!({"S": "square"}));
    assert_eq!(sent[0]["ExpressionAttributeValues"][":status"], json!({"S": "failed"}));

    let mut unfiltered = failed_of(Scope::Provider(Provider::Stripe));
    unfiltered.status = None;
    let (_, sent) = requests(&unfiltered, nothing).await;
    assert_eq!((&sent[0]["IndexName"], &sent[0]["Limit"]), (&json!("ProviderTimestampIndex"), &json!(10)));
    assert!(sent[0].get("FilterExpression").is_none(), "no filter, nothing to pay for");
}

#[tokio::test]
async fn a_service_that_always_has_more_is_asked_a_bounded_number_of_times() {
    let key = json!({"provider": {"S": "stripe"}, "timestamp": {"N": "1763750005"}, "transaction_id": {"S": "pi_1"}});
    for scanned in [json!({"ScannedCount": 100}), json!({"ScannedCount": 0}), json!({})] {
        let mut answer = json!({"Items": [], "LastEvaluatedKey": key});
        answer.as_object_mut().unwrap().extend(scanned.as_object().unwrap().clone());
        let (found, sent) = requests(&failed_of(Scope::Provider(Provider::Stripe)), answer).await;
        assert_eq!(found, Ok(0));
        let asked_for: u64 = sent.iter().map(|request| request["Limit"].as_u64().unwrap()).sum();
        assert!(sent.len() <= 20 && asked_for >= u64::from(EVALUATED_MAX), "{} requests", sent.len());
    }
}

//! Transactions and transmissions against a DynamoDB server.

use dynoxide::Database;
use dynoxide::actions::create_table::CreateTableRequest;
use rust_decimal::Decimal;
use serde_json::json;
use webhook_aws::{Aws, Endpoints};
use webhook_core::contract;
use webhook_core::ports::{
    Binding, Cursor, EventQuery, PortError, Put, Scope, TransactionStore, TransmissionLog,
};
use webhook_core::provider::Provider;
use webhook_core::record::{Status, Transaction};
use webhook_core::unix_time::UnixTime;

use crate::server::{aws, listener};

pub(crate) const TABLE: &str = "webhook-transactions";
const TRANSMISSIONS: &str = "webhook-transmissions";
const PAYMENTS: &str = "PaymentTransactions-dev";

/// A fresh database with the system's two tables, behind a server.
async fn database() -> (Aws, Database) {
    let database = Database::memory().unwrap();
    for request in [transactions_table(), transmissions_table(), payments_table()] {
        database.create_table(request).unwrap();
    }
    let (listener, url) = listener().await;
    tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
    (aws(Endpoints { dynamodb: Some(url), ..Endpoints::default() }), database)
}

pub(crate) fn transactions_table() -> CreateTableRequest {
    let index = |name: &str, key: &str| {
        json!({
            "IndexName": name, "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"}],
        })
    };
    let table = json!({
        "TableName": TABLE, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [
            {"AttributeName": "transaction_id", "KeyType": "HASH"}, {"AttributeName": "timestamp", "KeyType": "RANGE"},
        ],
        "AttributeDefinitions": [
            {"AttributeName": "transaction_id", "AttributeType": "S"}, {"AttributeName": "timestamp", "AttributeType": "N"},
            {"AttributeName": "provider", "AttributeType": "S"}, {"AttributeName": "customer_id", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [index("ProviderTimestampIndex", "provider"), index("CustomerIndex", "customer_id")],
    });
    serde_json::from_value(table).unwrap()
}

fn transmissions_table() -> CreateTableRequest {
    let table = json!({
        "TableName": TRANSMISSIONS, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "transmission_id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "transmission_id", "AttributeType": "S"}],
    });
    serde_json::from_value(table).unwrap()
}

/// The table of `infra/pulumi`.
fn payments_table() -> CreateTableRequest {
    let table = json!({
        "TableName": PAYMENTS, "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "transactionId", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "transactionId", "AttributeType": "S"}],
    });
    serde_json::from_value(table).unwrap()
}

fn event(transaction_id: &str, timestamp: &str, event_id: &str) -> Transaction {
    Transaction {
        transaction_id: transaction_id.to_owned(),
        timestamp: timestamp.parse().unwrap(),
        provider: Provider::Stripe,
        event_type: "payment.success".to_owned(),
        provider_event_type: "payment_intent.succeeded".to_owned(),
        event_id: event_id.to_owned(),
        amount: Some("0.10".parse().unwrap()),
        currency: Some("EUR".to_owned()),
        customer_id: None,
        status: Status::Processed,
        raw_payload_s3_key: format!("stripe/2026/11/21/{transaction_id}.{event_id}.json"),
        received_at: UnixTime::from_millis(1_763_750_000_123),
        processed_at: UnixTime::from_millis(1_763_750_000_456),
        metadata: [("livemode".to_owned(), "true".to_owned())].into(),
    }
}

fn query(start: &str, end: &str, limit: u32, after: Option<Cursor>) -> EventQuery {
    EventQuery {
        scope: Scope::Provider(Provider::Stripe),
        start: start.parse().unwrap(),
        end: end.parse().unwrap(),
        status: None,
        limit,
        after,
    }
}

#[tokio::test]
async fn the_transactions_table_keeps_the_contract() {
    let (aws, _database) = database().await;
    contract::transaction_store(&aws.transactions(TABLE, None), "kept", 1_763_750_000).await;
    contract::transaction_store(&aws.transactions(TABLE, Some(365)), "expiring", 1_763_850_000).await;
}

#[tokio::test]
async fn the_transmissions_table_keeps_the_contract() {
    let (aws, _database) = database().await;
    let log = aws.transmissions(TRANSMISSIONS, || UnixTime::from_secs(1_763_750_000));
    contract::transmission_log(&log, "t").await;
}

#[tokio::test]
async fn the_payments_table_keeps_both_contracts() {
    let (aws, _database) = database().await;
    contract::payment_store(&aws.payments(PAYMENTS), "p").await;
    let log = aws.transmissions_beside_payments(PAYMENTS, || UnixTime::from_secs(1_763_750_000));
    contract::transmission_log(&log, "p").await;
}

#[tokio::test]
async fn of_concurrent_deliveries_of_one_event_exactly_one_is_stored() {
    let (aws, _database) = database().await;
    let store = aws.transactions(TABLE, None);
    let record = event("pi_1", "1763750000.000001", "evt_1");
    let puts = futures::future::join_all((0..20).map(|_| store.put_once(&record))).await;
    let stored = puts.iter().filter(|put| **put == Ok(Put::Stored)).count();
    let known = puts.iter().filter(|put| **put == Ok(Put::AlreadyStored)).count();
    assert_eq!((stored, known), (1, 19), "{puts:?}");
    assert_eq!(store.history("pi_1", 10).await.unwrap(), [record]);
}

#[tokio::test]
async fn a_transmission_expires_four_days_after_it_was_bound() {
    let (aws, database) = database().await;
    let log = aws.transmissions(TRANSMISSIONS, || UnixTime::from_secs(1_763_750_000));
    assert_eq!(log.bind("t-1", &[7; 32]).await, Ok(Binding::Holds));
    let request = json!({"TableName": TRANSMISSIONS, "Key": {"transmission_id": {"S": "t-1"}}});
    let item = database.get_item(serde_json::from_value(request).unwrap()).unwrap();
    let item = serde_json::to_value(item).unwrap();
    assert_eq!(item["Item"]["expires_at"], json!({"N": "1764095600"}), "{item}");
}

#[tokio::test]
async fn a_range_is_read_to_its_end_page_by_page() {
    let (aws, _database) = database().await;
    let store = aws.transactions(TABLE, None);
    for second in 0..7 {
        let record =
            event(&format!("pi_{second}"), &format!("176375000{second}.5"), &format!("evt_{second}"));
        assert_eq!(store.put_once(&record).await, Ok(Put::Stored));
    }
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.events(&query("1763750001", "1763750006", 2, after)).await.unwrap();
        assert!(page.transactions.len() <= 2);
        found.extend(page.transactions.into_iter().map(|record| record.transaction_id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, ["pi_1", "pi_2", "pi_3", "pi_4", "pi_5"]);
}

#[tokio::test]
async fn cursors_and_ranges_from_outside_are_no_failure_of_the_store() {
    let (aws, _database) = database().await;
    let store = aws.transactions(TABLE, None);
    assert_eq!(store.put_once(&event("pi_1", "1763750001", "evt_1")).await, Ok(Put::Stored));
    let at = |timestamp: &str| {
        Some(Cursor { timestamp: timestamp.parse::<Decimal>().unwrap(), transaction_id: "pi_0".into() })
    };
    let found = async |query: EventQuery| store.events(&query).await.unwrap().transactions.len();
    assert_eq!(found(query("1763750002", "1763750000", 5, None)).await, 0, "upside down");
    assert_eq!(
        found(query("1763750000", "1763750002", 5, at("1763750009"))).await,
        0,
        "a cursor beyond the end"
    );
    assert_eq!(
        found(query("1763750000", "1763750002", 5, at("1763740000"))).await,
        1,
        "a cursor before the start"
    );
}

#[tokio::test]
async fn a_missing_table_is_refused_by_its_code() {
    let (aws, _database) = database().await;
    let refused = aws.transactions("no-such-table", None).put_once(&event("pi_1", "1", "evt_1")).await;
    let expected =
        PortError::Refused { operation: "dynamodb:PutItem", reason: "ResourceNotFoundException".to_owned() };
    assert_eq!(refused, Err(expected));
}

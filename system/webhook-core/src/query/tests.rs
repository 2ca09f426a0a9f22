use serde_json::Value;

use super::*;
use crate::contract::sample;
use crate::twins::{MemoryTransactions, unavailable};

const SECOND: i64 = 1_763_750_000;

fn at(micros: i64) -> Decimal {
    Decimal::new(SECOND * 1_000_000 + micros, 6)
}

fn event(id: &str, micros: i64, event_type: &str, status: Status) -> Transaction {
    let mut record = sample("pi_1", id, at(micros));
    (record.event_type, record.status) = (event_type.to_owned(), status);
    record
}

async fn store(records: &[Transaction]) -> MemoryTransactions {
    let store = MemoryTransactions::default();
    for record in records {
        store.put_once(record).await.unwrap();
    }
    store
}

async fn payment_of(records: &[Transaction]) -> Value {
    let answer = by_id(&store(records).await, "pi_1", []).await;
    assert_eq!(answer.status, 200);
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn a_payment_is_its_latest_event_and_its_history() {
    let mut refund = event("evt_3", 9_000_000, "refund.created", Status::Pending);
    refund.amount = Some(Decimal::new(500, 2));
    let body = payment_of(&[
        event("evt_1", 0, "payment.pending", Status::Pending),
        event("evt_2", 5_000_000, "payment.success", Status::Processed),
        refund,
    ])
    .await;
    assert_eq!(body["transaction_id"], "pi_1");
    assert_eq!(body["provider"], "stripe");
    assert_eq!(body["status"], "pending", "the refund is the latest word");
    assert_eq!(
        (&body["amount"], &body["currency"]),
        (&Value::from("10.99"), &Value::from("USD")),
        "of the payment"
    );
    let ids: Vec<_> = body["events"].as_array().unwrap().iter().map(|event| &event["event_id"]).collect();
    assert_eq!(ids, ["evt_1", "evt_2", "evt_3"], "oldest first");
}

#[tokio::test]
async fn a_reversed_part_is_not_the_price() {
    let mut reversal = event("evt_2", 5_000_000, "payment.reversed", Status::Failed);
    reversal.amount = Some(Decimal::new(500, 2));
    let body = payment_of(&[event("evt_1", 0, "payment.success", Status::Processed), reversal]).await;
    assert_eq!((&body["amount"], &body["status"]), (&Value::from("10.99"), &Value::from("failed")));
}

#[tokio::test]
async fn late_deliveries_do_not_turn_time_back() {
    let body = payment_of(&[
        event("evt_2", 5_000_000, "payment.success", Status::Processed),
        event("evt_1", 0, "payment.failed", Status::Failed),
    ])
    .await;
    assert_eq!(body["status"], "processed");
}

#[tokio::test]
async fn within_a_second_what_is_decided_counts() {
    let body = payment_of(&[
        event("evt_1", 100, "payment.success", Status::Processed),
        event("evt_2", 900_000, "payment.pending", Status::Pending),
    ])
    .await;
    assert_eq!(body["status"], "processed", "the fraction of a second says nothing about order");
}

#[tokio::test]
async fn an_unknown_type_does_not_speak_for_the_payment() {
    let known = event("evt_1", 0, "payment.success", Status::Processed);
    let other = event("evt_2", 7_000_000, "other", Status::Pending);
    assert_eq!(payment_of(&[known, other.clone()]).await["status"], "processed");
    assert_eq!(payment_of(&[other]).await["status"], "pending", "unless nothing else does");
}

#[tokio::test]
async fn events_without_money_have_no_amount() {
    let mut bare = event("evt_1", 0, "payment.canceled", Status::Failed);
    (bare.amount, bare.currency) = (None, None);
    let body = payment_of(&[bare]).await;
    assert!(body.get("amount").is_none() && body.get("currency").is_none());
}

#[tokio::test]
async fn an_unknown_or_impossible_id_is_told_apart() {
    let store = MemoryTransactions::default();
    let answer = by_id(&store, "pi_1", []).await;
    assert_eq!((answer.status, answer.outcome), (404, "not_found"));
    assert!(answer.body.starts_with(r#"{"error":"not_found","message":"#));
    for id in ["", "two words", &"x".repeat(129)] {
        assert_eq!(by_id(&store, id, []).await.status, 400);
    }
    store.fail_with(Some(unavailable("dynamodb:Query")));
    let answer = by_id(&store, "pi_1", []).await;
    assert_eq!((answer.status, answer.outcome), (503, "store_unavailable"));
    assert_eq!(list(&store, [("provider", "stripe")]).await.status, 503);
}

#[tokio::test]
async fn a_payment_takes_no_parameters() {
    let store = store(&[event("evt_1", 0, "payment.success", Status::Processed)]).await;
    for parameter in [("provider", "stripe"), ("limit", "1"), ("x", "")] {
        let answer = by_id(&store, "pi_1", [parameter]).await;
        assert_eq!((answer.status, answer.outcome), (400, "unexpected_parameter"));
    }
    assert_eq!(store.calls(), 1, "nothing is read for such a query");
}

#[tokio::test]
async fn a_long_history_shows_its_newest_events_and_says_so() {
    let records = |count: i64| -> Vec<_> {
        let word = |number| if number == count - 1 { Status::Failed } else { Status::Processed };
        (0..count)
            .map(|number| {
                event(&format!("evt_{number}"), number * 1_000_000, "payment.success", word(number))
            })
            .collect()
    };
    let shown = payment_of(&records(1_000)).await;
    assert_eq!((shown["events"].as_array().unwrap().len(), shown.get("truncated")), (1_000, None));
    let shown = payment_of(&records(1_001)).await;
    let events = shown["events"].as_array().unwrap();
    assert_eq!((events.len(), &shown["truncated"]), (1_000, &Value::Bool(true)));
    assert_eq!((&events[0]["event_id"], &events[999]["event_id"]), (&"evt_1".into(), &"evt_1000".into()));
    assert_eq!(shown["status"], "failed", "the newest event decides");
}

#[tokio::test]
async fn the_payments_amount_has_its_currencys_digits() {
    let mut round = event("evt_1", 0, "payment.success", Status::Processed);
    round.amount = Some(Decimal::from(5));
    let body = payment_of(&[round]).await;
    assert_eq!((&body["amount"], &body["events"][0]["amount"]), (&"5.00".into(), &"5.00".into()));
}

#[tokio::test]
async fn a_customers_events_of_one_status_are_listed() {
    let mut foreign = event("evt_4", 3_000_000, "payment.failed", Status::Failed);
    foreign.provider = Provider::Square;
    let mut somebody = event("evt_5", 4_000_000, "payment.failed", Status::Failed);
    somebody.customer_id = Some("cus_else".to_owned());
    let store = store(&[
        event("evt_1", 0, "payment.failed", Status::Failed),
        event("evt_2", 1_000_000, "payment.success", Status::Processed),
        foreign,
        somebody,
    ])
    .await;
    let listed = async |parameters: &[(&str, &str)]| {
        let answer = list(&store, parameters.iter().copied()).await;
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let events = body["transactions"].as_array().unwrap();
        events.iter().map(|event| event["event_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mine = ("customer_id", "cus_contract");
    assert_eq!(listed(&[mine]).await, ["evt_1", "evt_2", "evt_4"]);
    assert_eq!(listed(&[mine, ("status", "failed")]).await, ["evt_1", "evt_4"]);
    assert_eq!(listed(&[mine, ("status", "failed"), ("provider", "stripe")]).await, ["evt_1"]);
    assert_eq!(listed(&[("provider", "stripe"), ("status", "failed")]).await, ["evt_1", "evt_5"]);
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let records: Vec<_> = (0..7)
        .map(|number| sample(&format!("pi_{number}"), &format!("evt_{number}"), at(number * 1_000_000)))
        .collect();
    let store = store(&records).await;
    let (start, end) = (SECOND.to_string(), (SECOND + 5).to_string());
    let mut token: Option<String> = None;
    let mut ids = Vec::new();
    let mut pages = 0;
    loop {
        let mut parameters = vec![("provider", "stripe"), ("start", &*start), ("end", &*end), ("limit", "4")];
        parameters.extend(token.as_deref().map(|token| ("next_token", token)));
        let answer = list(&store, parameters).await;
        assert_eq!((answer.status, answer.outcome), (200, "listed"));
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        ids.extend(
            body["transactions"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| t["event_id"].as_str().unwrap().to_owned()),
        );
        pages += 1;
        match body.get("next_token") {
            Some(next) => token = Some(next.as_str().unwrap().to_owned()),
            None => break,
        }
    }
    assert_eq!(ids, ["evt_0", "evt_1", "evt_2", "evt_3", "evt_4", "evt_5"]);
    assert_eq!(pages, 2);
}

#[tokio::test]
async fn an_empty_list_is_an_answer() {
    let answer = list(&MemoryTransactions::default(), [("provider", "square")]).await;
    assert_eq!((answer.status, &*answer.body), (200, r#"{"transactions":[]}"#));
}

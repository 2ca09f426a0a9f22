use std::collections::BTreeMap;

use super::digest;
use super::messages::{AttributeValue, Outgoing, Received};
use super::queue::{Depth, Queue, ReceiptProblem};

// Dead letters are events, bodies included.
static_assertions::assert_not_impl_any!(Outgoing: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(Received: std::fmt::Debug, std::fmt::Display, serde::Serialize);
static_assertions::assert_not_impl_any!(AttributeValue: std::fmt::Debug, std::fmt::Display);

fn text(data_type: &str, value: &str) -> AttributeValue {
    AttributeValue::text(data_type, value.to_owned())
}

/// Expected values computed with Python's hashlib after the developer guide.
#[test]
fn digests() {
    assert_eq!(digest::of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(digest::of_body("grüße"), "fee40dc24d0ad6a90c608052aa4e9e66");
    let check = |attributes: &[(&str, AttributeValue)], expected: Option<&str>| {
        let attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        assert_eq!(digest::of_attributes(&attributes).as_deref(), expected);
    };
    check(&[], None);
    check(
        &[("timestamp", text("Number.java.lang.Long", "1493147359900"))],
        Some("2e2e4876d8e0bd6b8c2c8f556831c349"),
    );
    check(
        &[
            ("RequestID", text("String", "abc")),
            ("ErrorMessage", text("String", "boom")),
            ("ErrorCode", text("Number", "200")),
        ],
        Some("0abeea1024453171f9a988c48421c452"),
    );
    let binary = AttributeValue {
        data_type: "Binary".to_owned(),
        string_value: None,
        binary_value: Some("AAH/".to_owned()),
    };
    check(&[("bin", binary)], Some("cac1f8b6fdfacb7ba1ee6ab9126e4c0a"));
}

fn message(body: &str) -> Outgoing {
    Outgoing::new(body.to_owned(), BTreeMap::new(), BTreeMap::new())
}

fn bodies(received: &[Received]) -> Vec<&str> {
    received.iter().map(|message| message.body.as_str()).collect()
}

#[test]
fn a_message_is_hidden_until_its_time_out_and_then_comes_back() {
    let queue = Queue::new(0);
    queue.send(message("one"), None, 1_000);
    let first = queue.receive(10, Some(30), 1_000);
    assert_eq!(bodies(&first), ["one"]);
    assert!(queue.receive(10, Some(30), 30_999).is_empty());
    let second = queue.receive(10, Some(30), 31_000);
    assert_eq!((second[0].receive_count, second[0].first_received_ms, second[0].sent_ms), (2, 1_000, 1_000));
    assert_ne!(first[0].receipt, second[0].receipt);
    assert_eq!(first[0].id, second[0].id);
}

#[test]
fn only_the_latest_receipt_deletes() {
    let queue = Queue::new(0);
    queue.send(message("one"), None, 0);
    let old = queue.receive(1, Some(1), 0).remove(0).receipt;
    let new = queue.receive(1, Some(1), 1_000).remove(0).receipt;
    assert_eq!(queue.delete(&old), Ok(()));
    assert_eq!(queue.depth(1_500), Depth { visible: 0, in_flight: 1, delayed: 0 });
    assert_eq!(queue.delete(&new), Ok(()));
    assert_eq!(queue.delete(&new), Ok(()), "deleting twice succeeds");
    assert_eq!(queue.depth(9_000), Depth::default());
    assert_eq!(queue.delete("no receipt"), Err(ReceiptProblem::Invalid));
}

#[test]
fn visibility_can_be_changed_while_in_flight_only() {
    let queue = Queue::new(0);
    queue.send(message("one"), None, 0);
    let receipt = queue.receive(1, Some(30), 0).remove(0).receipt;
    assert_eq!(queue.change_visibility(&receipt, 60, 10_000), Ok(()));
    assert!(queue.receive(1, None, 69_999).is_empty());
    assert_eq!(queue.change_visibility(&receipt, 0, 20_000), Ok(()));
    assert_eq!(queue.change_visibility(&receipt, 5, 20_001), Err(ReceiptProblem::NotInFlight));
    assert_eq!(queue.receive(1, Some(30), 20_001).len(), 1);
    assert_eq!(
        queue.change_visibility(&receipt, 5, 20_002),
        Err(ReceiptProblem::NotInFlight),
        "an older receipt"
    );
}

#[test]
fn delays_order_and_counts() {
    let queue = Queue::new(0);
    queue.send(message("late"), Some(5), 0);
    for body in ["a", "b", "c"] {
        queue.send(message(body), None, 0);
    }
    assert_eq!(queue.depth(0), Depth { visible: 3, in_flight: 0, delayed: 1 });
    assert_eq!(bodies(&queue.receive(2, None, 0)), ["a", "b"]);
    assert_eq!(queue.depth(0), Depth { visible: 1, in_flight: 2, delayed: 1 });
    assert_eq!(bodies(&queue.receive(10, None, 5_000)), ["c", "late"]);
    assert_eq!(queue.next_due_ms(), Some(30_000));
    queue.purge();
    assert_eq!(queue.depth(60_000), Depth::default());
}

//! Invariants 4 and 5: late events overwrite nothing, and a payment with what became of it reads as one history.

use provider_sim::ipn::{self, Kind};
use provider_sim::{Provider, sign};
use serde_json::Value;

use super::system::{Item, System, text};
use super::{DAY_MS, now_ms, of_one_payment, with};

/// The type that says the payment is done, and one that came before it.
const LATE: [(Provider, &str, &str); 3] = [
    (Provider::Stripe, "payment_intent.succeeded", "payment_intent.processing"),
    (Provider::Paypal, "PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.PENDING"),
    (Provider::Square, "payment.updated", "payment.created"),
];

fn event_ids(history: &Value) -> Vec<&str> {
    let events = history["events"].as_array().expect("events");
    events.iter().map(|event| event["event_id"].as_str().expect("an id")).collect()
}

async fn record(system: &System, event_id: &str) -> Item {
    let records = system.records().await;
    let record = records.into_iter().find(|record| text(record, "event_id") == event_id);
    record.expect("the event has a record")
}

#[test]
fn invariant_4_an_event_a_day_late_overwrites_nothing_and_changes_no_status() {
    with(
        |_| {},
        async |system| {
            for (provider, done, before) in LATE {
                let events = of_one_payment(provider, &[(done, now_ms()), (before, now_ms() - DAY_MS)]);
                let payment = format!("/{}", events[0].transaction_id);
                system.accept(&sign(&system.keys, &events[0], now_ms())).await;
                let (first, first_record) =
                    (system.query(&payment).await, record(system, &events[0].event_id).await);

                system.accept(&sign(&system.keys, &events[1], now_ms())).await;
                let then = system.query(&payment).await;
                assert_eq!(then["status"], first["status"], "{provider}: {then}");
                assert_eq!((&then["amount"], &then["currency"]), (&first["amount"], &first["currency"]));
                assert_eq!(
                    event_ids(&then),
                    [&*events[1].event_id, &*events[0].event_id],
                    "oldest first: {then}"
                );
                assert_eq!(record(system, &events[0].event_id).await, first_record, "{provider}: untouched");
            }
        },
    );
}

#[test]
fn invariant_4_a_notification_a_day_late_overwrites_nothing_and_changes_no_status() {
    with(
        |_| {},
        async |system| {
            let mut factory = ipn::Factory::new(4, "late");
            let completed = factory.of_kind(Kind::Completed, now_ms());
            let pending = factory.about(&completed, Kind::Pending, now_ms() - DAY_MS).expect("the payment");
            let payment = format!("/{}", completed.transaction_id);
            system.accept(&ipn::send(system.paypal.sent(), &completed)).await;
            let first_record = record(system, &completed.event_id).await;
            assert_eq!(system.query(&payment).await["status"], "processed");

            system.accept(&ipn::send(system.paypal.sent(), &pending)).await;
            let then = system.query(&payment).await;
            assert_eq!(then["status"], "processed", "{then}");
            assert_eq!(event_ids(&then), [&*pending.event_id, &*completed.event_id], "oldest first: {then}");
            assert_eq!(record(system, &completed.event_id).await, first_record);
        },
    );
}

/// Payment, refund, dispute: the providers' names, and the normalized ones.
const STORIES: [(Provider, [&str; 3]); 3] = [
    (Provider::Stripe, ["payment_intent.succeeded", "refund.created", "charge.dispute.created"]),
    (Provider::Paypal, ["PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.REFUNDED", "CUSTOMER.DISPUTE.CREATED"]),
    (Provider::Square, ["payment.updated", "refund.created", "dispute.created"]),
];

#[test]
fn invariant_5_payment_refund_and_dispute_read_as_one_history() {
    with(
        |_| {},
        async |system| {
            for (provider, types) in STORIES {
                let start = now_ms() - 10_000;
                let wanted = [(types[0], start), (types[1], start + 3000), (types[2], start + 6000)];
                let events = of_one_payment(provider, &wanted);
                // In the wrong order, as the internet has it.
                for at in [2, 0, 1] {
                    system.accept(&sign(&system.keys, &events[at], now_ms())).await;
                }
                let history = system.query(&format!("/{}", events[0].transaction_id)).await;
                let ids: Vec<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
                assert_eq!(event_ids(&history), ids, "{provider}: {history}");
                let told: Vec<&Value> = (0..3).map(|at| &history["events"][at]["event_type"]).collect();
                assert!(told[0].as_str().is_some_and(|name| name.starts_with("payment.")), "{told:?}");
                assert_eq!((told[1], told[2]), (&"refund.created".into(), &"dispute.created".into()));
                // Of the payment, not of its refund.
                assert_eq!(history["amount"], history["events"][0]["amount"], "{provider}: {history}");
                assert_eq!(history["provider"], provider.as_str());
            }
        },
    );
}

#[test]
fn invariant_5_a_notified_payment_its_refund_and_its_case_read_as_one_history() {
    with(
        |_| {},
        async |system| {
            let start = now_ms() - 20_000;
            let mut factory = ipn::Factory::new(5, "story");
            let payment = factory.of_kind(Kind::Completed, start);
            let mut story = vec![payment.clone()];
            for (index, kind) in
                [Kind::Refunded, Kind::NewCase, Kind::Reversed, Kind::Adjustment].into_iter().enumerate()
            {
                let at_ms = start + 3000 * (index as i64 + 1);
                story.push(factory.about(&payment, kind, at_ms).expect("the payment is remembered"));
            }
            for notification in story.iter().rev() {
                system.accept(&ipn::send(system.paypal.sent(), notification)).await;
            }
            let history = system.query(&format!("/{}", payment.transaction_id)).await;
            let ids: Vec<&str> = story.iter().map(|notification| notification.event_id.as_str()).collect();
            assert_eq!(event_ids(&history), ids, "{history}");
            let told: Vec<&str> =
                (0..5).filter_map(|at| history["events"][at]["event_type"].as_str()).collect();
            let wanted = [
                "payment.success",
                "refund.created",
                "dispute.created",
                "payment.reversed",
                "dispute.closed",
            ];
            assert_eq!(told, wanted);
            assert_eq!(history["amount"], history["events"][0]["amount"], "of the payment: {history}");
        },
    );
}

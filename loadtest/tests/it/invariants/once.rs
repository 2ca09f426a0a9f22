//! Invariants 1 and 3: stored exactly once however often it comes, and two events of one second are two.

use provider_sim::ipn::{self, Kind};
use provider_sim::{Delivery, Event, EventFactory, Provider, retry, sign};

use super::system::text;
use super::{System, late_in_a_second, now_ms, with};

const TIMES: u32 = 20;

fn twenty_of(system: &System, delivery: &Delivery) -> Vec<Delivery> {
    (0..TIMES).map(|attempt| retry(&system.keys, delivery, attempt, now_ms())).collect()
}

#[test]
fn invariants_1_and_3_an_event_delivered_twenty_times_at_once_is_stored_once() {
    with(
        |_| {},
        async |system| {
            let mut ids = Vec::new();
            for provider in Provider::ALL {
                let event = EventFactory::new(provider, 1, "twenty").event(now_ms());
                let deliveries = twenty_of(system, &sign(&system.keys, &event, now_ms()));
                let answers = system.deliver_at_once(&deliveries).await;
                assert!(answers.iter().all(|answer| answer.status == 200), "{provider}: {answers:?}");
                ids.push(event.event_id);
            }
            let kept = system.kept().await;
            kept.exactly(&ids.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(kept.transmissions, 1, "one binding for PayPal's one transmission");
        },
    );
}

#[test]
fn invariants_1_and_3_a_notification_delivered_twenty_times_at_once_is_stored_once() {
    with(
        |_| {},
        async |system| {
            let notification = ipn::Factory::new(1, "twenty").of_kind(Kind::Completed, now_ms());
            let delivery = ipn::send(system.paypal.sent(), &notification);
            let answers = system.deliver_at_once(&vec![delivery; TIMES as usize]).await;
            assert!(
                answers.iter().all(|answer| answer.status == 200 && answer.body.is_empty()),
                "{answers:?}"
            );
            system.kept().await.exactly(&[&notification.event_id]);
        },
    );
}

/// Several events of one payment, all of one second.
fn of_one_second(provider: Provider) -> Vec<Event> {
    let at_ms = late_in_a_second();
    let mut factory = EventFactory::new(provider, 2, "one-second");
    let events: Vec<Event> = (0..200).map(|_| factory.event(at_ms)).collect();
    let of = |id: &str| events.iter().filter(|event| event.transaction_id == id).cloned().collect::<Vec<_>>();
    events
        .iter()
        .map(|event| of(&event.transaction_id))
        .find(|same| same.len() >= 2)
        .expect("a payment with a history")
}

#[test]
fn invariant_3_two_events_of_one_payment_in_one_second_are_both_kept() {
    with(
        |_| {},
        async |system| {
            let mut ids = Vec::new();
            let mut payments = Vec::new();
            for provider in Provider::ALL {
                let events = of_one_second(provider);
                let deliveries: Vec<Delivery> =
                    events.iter().map(|event| sign(&system.keys, event, now_ms())).collect();
                let answers = system.deliver_at_once(&deliveries).await;
                assert!(answers.iter().all(|answer| answer.status == 200), "{provider}: {answers:?}");
                payments.push((events[0].transaction_id.clone(), events.len()));
                ids.extend(events.into_iter().map(|event| event.event_id));
            }
            let mut factory = ipn::Factory::new(2, "one-second");
            let pending = factory.of_kind(Kind::Pending, late_in_a_second());
            let completed =
                factory.about(&pending, Kind::Completed, pending.created_ms).expect("the payment");
            for notification in [&completed, &pending] {
                let answer = system.deliver(&ipn::send(system.paypal.sent(), notification)).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                ids.push(notification.event_id.clone());
            }
            payments.push((pending.transaction_id, 2));

            system.kept().await.exactly(&ids.iter().map(String::as_str).collect::<Vec<_>>());
            let records = system.records().await;
            for (payment, events) in payments {
                let of_payment = records.iter().filter(|record| text(record, "transaction_id") == payment);
                let mut times: Vec<String> = of_payment.map(|record| text(record, "timestamp")).collect();
                let seconds = |time: &String| time.split('.').next().map(str::to_owned);
                assert!(
                    times.iter().all(|time| seconds(time) == seconds(&times[0])),
                    "one second: {times:?}"
                );
                times.sort();
                times.dedup();
                assert_eq!(times.len(), events, "each has its own place in the second");
                let history = system.query(&format!("/{payment}")).await;
                assert_eq!(history["events"].as_array().map(Vec::len), Some(events), "{history}");
            }
        },
    );
}

//! When PayPal does not answer: nothing is lost, nothing is believed, and what is kept for a person can be done again.

use std::time::Duration;

use provider_sim::Behaviour;
use provider_sim::ipn::{self, Factory, Forgery, Kind};

use super::{now_ms, with};

#[test]
fn invariant_1_without_paypals_answer_a_notification_is_retried_then_dead_lettered_and_can_be_redriven() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(1, "drill");
            let mut ids = Vec::new();
            for (round, behaviour) in [Behaviour::Unavailable, Behaviour::Garbage].into_iter().enumerate() {
                system.paypal.set_postback(behaviour);
                let asked_before = system.paypal.postbacks().out_of_order;
                let notification = factory.of_kind(Kind::Completed, now_ms());
                assert_eq!(system.accept(&ipn::send(system.paypal.sent(), &notification)).await, "");
                let asked = system.paypal.postbacks().out_of_order - asked_before;
                assert!(asked >= 3, "{behaviour:?}: tried, and retried twice: {asked}");
                assert_eq!(system.records().await.len(), round, "{behaviour:?}: nothing is believed");
                let letters = system.dead_letters().await;
                assert_eq!(letters.len(), round + 1, "{behaviour:?}");
                let failed = system.logged("webhook-processor", "Processing failed");
                assert_eq!(failed.len(), 3 * (round + 1), "{failed:?}");

                system.paypal.set_postback(Behaviour::Normal);
                for letter in &letters {
                    // Twice, as it may happen to an operator.
                    system.redrive(letter).await;
                    system.redrive(letter).await;
                }
                ids.push(notification.event_id);
                let kept = system.kept().await;
                assert_eq!(kept.records.len(), ids.len(), "{kept:?}");
                assert!(ids.iter().all(|id| kept.records.contains(id)), "{kept:?}");
                assert_eq!((kept.raw.len(), kept.processed.len()), (ids.len(), ids.len()), "{kept:?}");
            }
            let letters = system.dead_letters().await;
            assert!(
                letters.iter().all(|letter| !letter.error.contains('@')),
                "no personal field in an error"
            );
        },
    );
}

#[test]
fn invariant_2_a_forgery_that_could_not_be_checked_is_no_record_after_its_redrive_either() {
    with(
        |_| {},
        async |system| {
            system.paypal.set_postback(Behaviour::Unavailable);
            let notification = Factory::new(2, "drill").of_kind(Kind::Completed, now_ms());
            system.accept(&ipn::forge(system.paypal.sent(), &notification, Forgery::NotSent)).await;
            let letters = system.dead_letters().await;
            assert_eq!(letters.len(), 1);
            system.paypal.set_postback(Behaviour::Normal);
            system.redrive(&letters[0]).await;
            let kept = system.kept().await;
            assert!(kept.records.is_empty() && kept.raw.is_empty() && kept.processed.is_empty(), "{kept:?}");
            assert_eq!(system.logged("webhook-processor", "Invalid signature").len(), 1);
        },
    );
}

#[test]
fn a_slow_paypal_is_waited_for() {
    with(
        |_| {},
        async |system| {
            system.paypal.set_postback(Behaviour::Slow(Duration::from_millis(1500)));
            let notification = Factory::new(3, "drill").of_kind(Kind::Completed, now_ms());
            assert_eq!(system.accept(&ipn::send(system.paypal.sent(), &notification)).await, "");
            system.kept().await.exactly(&[&notification.event_id]);
            assert_eq!(system.paypal.postbacks().verified, 1, "asked once");
        },
    );
}

#[test]
fn invariant_1_a_poison_notification_ends_in_the_dead_letter_queue() {
    with(
        |_| {},
        async |system| {
            let poison = Factory::new(4, "drill").poison(now_ms());
            assert_eq!(system.accept(&ipn::send(system.paypal.sent(), &poison)).await, "");
            let kept = system.kept().await;
            assert_eq!((kept.records.len(), kept.processed.len(), kept.dead_letters), (0, 0, 1), "{kept:?}");
        },
    );
}

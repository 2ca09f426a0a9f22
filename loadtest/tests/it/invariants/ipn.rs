//! PayPal's IPN through the whole system: acknowledged with an empty body, confirmed by PayPal, and then one record; or nothing.

use std::collections::BTreeMap;

use provider_sim::ipn::{self, Charset, Factory, Forgery, Kind, Malformation};

use super::system::{Kept, text};
use super::{now_ms, with};

/// The IPN column of the table of normalized types.
const fn normalized(kind: Kind) -> &'static str {
    match kind {
        Kind::Pending => "payment.pending",
        Kind::Authorized => "payment.authorized",
        Kind::Completed => "payment.success",
        Kind::Failed | Kind::Denied => "payment.failed",
        Kind::Voided | Kind::Expired => "payment.canceled",
        Kind::Refunded => "refund.created",
        Kind::Reversed => "payment.reversed",
        Kind::NewCase => "dispute.created",
        Kind::Adjustment => "dispute.closed",
        Kind::MassPay => "payout.paid",
        Kind::MassPayDenied => "payout.failed",
        Kind::CanceledReversal | Kind::SubscriptionSignup | Kind::RecurringProfileCreated => "other",
    }
}

#[test]
fn invariants_1_and_9_a_verified_notification_of_any_kind_is_one_record_and_quarantine_is_empty_afterwards() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(1, "kinds");
            let mut notifications = Vec::new();
            for kind in Kind::ALL {
                for charset in Charset::ALL {
                    let notification = factory.in_charset(kind, charset, now_ms());
                    let body = system.accept(&ipn::send(system.paypal.sent(), &notification)).await;
                    assert_eq!(body, "", "PayPal asks for an empty answer");
                    notifications.push(notification);
                }
            }
            let letters = system.dead_letters().await;
            assert!(letters.is_empty(), "{}", letters[0].error);
            let kept = system.kept().await;
            kept.exactly(&notifications.iter().map(|n| n.event_id.as_str()).collect::<Vec<_>>());
            assert!(
                kept.raw.iter().all(|key| key.starts_with("paypal/") && key.ends_with(".form")),
                "{kept:?}"
            );

            let records: BTreeMap<String, _> = system
                .records()
                .await
                .into_iter()
                .map(|record| (text(&record, "event_id"), record))
                .collect();
            for notification in &notifications {
                let record = &records[&notification.event_id];
                assert_eq!(text(record, "event_type"), normalized(notification.kind), "{notification:?}");
                assert_eq!(text(record, "transaction_id"), notification.transaction_id, "{notification:?}");
                assert_eq!(text(record, "provider"), "paypal");
                let seconds = notification.created_ms.div_euclid(1000).to_string();
                assert!(text(record, "timestamp").starts_with(&seconds), "{notification:?}: {record:?}");
                // Untouched, whatever the charset.
                assert_eq!(system.raw(&text(record, "raw_payload_s3_key")).await, notification.body);
            }
            let counts = system.paypal.postbacks();
            assert_eq!(
                (counts.verified, counts.total()),
                (notifications.len() as u64, notifications.len() as u64)
            );
        },
    );
}

#[test]
fn invariant_6_a_notifications_amount_is_exact() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(6, "amounts");
            for kind in [
                Kind::Completed,
                Kind::Completed,
                Kind::Completed,
                Kind::Refunded,
                Kind::Reversed,
                Kind::MassPay,
            ] {
                let notification = factory.of_kind(kind, now_ms());
                system.accept(&ipn::send(system.paypal.sent(), &notification)).await;
                let records = system.records().await;
                let record = records.iter().find(|record| text(record, "event_id") == notification.event_id);
                let record = record.expect("a record");
                let field = |name: &str| {
                    let value = notification.field(name).or_else(|| notification.field(&format!("{name}_1")));
                    String::from_utf8(value.expect(name)).expect("ASCII")
                };
                // What was given back counts as that much, and says so by its type. A Number keeps no zeros at its end.
                let gross = field("mc_gross").trim_start_matches('-').to_owned();
                let plain = |text: &str| match text.split_once('.') {
                    Some((major, minor)) => {
                        format!("{major}.{}", minor.trim_end_matches('0')).trim_end_matches('.').to_owned()
                    }
                    None => text.to_owned(),
                };
                assert_eq!(plain(&text(record, "amount")), plain(&gross), "{notification:?}");
                assert_eq!(text(record, "currency"), field("mc_currency"));
            }
        },
    );
}

#[test]
fn invariant_2_a_notification_that_paypal_did_not_send_leaves_no_trace_and_one_line_in_the_log() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(2, "forged");
            let mut forged = 0;
            for forgery in Forgery::ALL {
                let kind = if forgery == Forgery::StatusAltered { Kind::Pending } else { Kind::Completed };
                let delivery = ipn::forge(system.paypal.sent(), &factory.of_kind(kind, now_ms()), forgery);
                let asked_before = system.paypal.postbacks().total();
                let answer = system.deliver(&delivery).await;
                assert!(
                    forgery.allowed_statuses().contains(&answer.status),
                    "{}: {answer:?}",
                    forgery.name()
                );
                system.settled().await;
                let asked = system.paypal.postbacks().total() - asked_before;
                assert_eq!(
                    asked,
                    u64::from(answer.status == 200),
                    "{}: PayPal is asked once, or not",
                    forgery.name()
                );
                forged += asked;
            }
            assert_eq!(system.kept().await, Kept::default());
            assert_eq!((system.paypal.postbacks().invalid, system.paypal.postbacks().verified), (forged, 0));
            let lines = system.logged("webhook-processor", "Invalid signature");
            assert_eq!(lines.len() as u64, forged, "{lines:?}");
            for line in lines {
                let told = [&line["level"], &line["outcome"], &line["provider"]];
                assert_eq!(told, ["WARN", "ipn_invalid", "paypal"], "{line}");
            }
        },
    );
}

#[test]
fn invariant_2_a_forged_repetition_changes_nothing_of_a_genuine_notification() {
    with(
        |_| {},
        async |system| {
            let notification = Factory::new(3, "captured").of_kind(Kind::Completed, now_ms());
            let genuine = ipn::send(system.paypal.sent(), &notification);
            system.accept(&genuine).await;
            let before = system.records().await;
            for forgery in [Forgery::AmountAltered, Forgery::StatusAltered, Forgery::Reencoded] {
                system.accept(&ipn::forge(system.paypal.sent(), &notification, forgery)).await;
            }
            assert_eq!(system.records().await, before);
            let kept = system.kept().await;
            kept.exactly(&[&notification.event_id]);
            assert_eq!(system.raw(&kept.raw[0]).await, notification.body);
        },
    );
}

#[test]
fn invariant_2_a_notification_for_another_receiver_is_refused_before_paypal_is_asked() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(4, "receiver");
            for kind in [Kind::Completed, Kind::NewCase, Kind::MassPay, Kind::SubscriptionSignup] {
                let notification = factory.of_kind(kind, now_ms());
                let delivery = ipn::forge(system.paypal.sent(), &notification, Forgery::OtherReceiver);
                assert!(system.paypal.sent().holds(&delivery.body), "PayPal would say VERIFIED");
                let answer = system.deliver(&delivery).await;
                assert_eq!(answer.status, 401, "{kind:?}: {answer:?}");
                assert!(answer.body.contains("ipn_receiver"), "{answer:?}");
            }
            assert_eq!(system.kept().await, Kept::default());
            assert_eq!(system.paypal.postbacks().total(), 0);
        },
    );
}

#[test]
fn a_receiver_is_known_by_any_of_its_names() {
    with(
        |options| options.paypal_receivers = vec!["OTHER@example.com".to_owned(), "S8XGHLYDW9T3S".to_owned()],
        async |system| {
            let mut factory = Factory::new(5, "names").merchant("other@example.com");
            let by_address = factory.of_kind(Kind::Completed, now_ms());
            system.accept(&ipn::send(system.paypal.sent(), &by_address)).await;
            let stranger = Factory::new(6, "names").of_kind(Kind::Completed, now_ms());
            assert_eq!(system.deliver(&ipn::send(system.paypal.sent(), &stranger)).await.status, 401);
            system.kept().await.exactly(&[&by_address.event_id]);
        },
    );
}

#[test]
fn invariant_2_malformed_notifications_leave_no_trace_and_paypal_is_not_asked() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(7, "malformed");
            for malformation in Malformation::ALL {
                for kind in [Kind::Completed, Kind::MassPay, Kind::NewCase] {
                    let notification = factory.of_kind(kind, now_ms());
                    let answer = system
                        .deliver(&ipn::malformed(system.paypal.sent(), &notification, malformation))
                        .await;
                    let expected = malformation.expected_status();
                    assert_eq!(answer.status, expected, "{} {kind:?}: {answer:?}", malformation.name());
                }
            }
            assert_eq!(system.kept().await, Kept::default());
            assert_eq!(system.paypal.postbacks().total(), 0);
        },
    );
}

#[test]
fn the_content_type_decides_and_without_receivers_no_form_is_taken() {
    with(
        |options| options.paypal_receivers.clear(),
        async |system| {
            let notification = Factory::new(8, "off").of_kind(Kind::Completed, now_ms());
            let mut delivery = ipn::send(system.paypal.sent(), &notification);
            assert_eq!(system.deliver(&delivery).await.status, 415);
            // Under JSON's name it is checked as JSON.
            delivery.headers.retain(|(name, _)| *name != "content-type");
            delivery.headers.push(("content-type", "application/json".to_owned()));
            assert_eq!(system.deliver(&delivery).await.status, 400);
            assert_eq!(system.kept().await, Kept::default());
        },
    );
}

#[test]
fn a_forms_content_type_may_have_parameters_and_come_in_any_case() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(9, "labels");
            let mut ids = Vec::new();
            for label in [
                "application/x-www-form-urlencoded; charset=windows-1252",
                "Application/X-WWW-Form-URLencoded",
            ] {
                let notification = factory.of_kind(Kind::Completed, now_ms());
                let mut delivery = ipn::send(system.paypal.sent(), &notification);
                delivery.headers.retain(|(name, _)| *name != "content-type");
                delivery.headers.push(("content-type", label.to_owned()));
                assert_eq!(system.accept(&delivery).await, "");
                ids.push(notification.event_id);
            }
            // Two labels say two things.
            let notification = factory.of_kind(Kind::Completed, now_ms());
            let mut twice = ipn::send(system.paypal.sent(), &notification);
            twice.headers.push(("content-type", "application/json".to_owned()));
            assert_eq!(system.deliver(&twice).await.status, 415);
            system.kept().await.exactly(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        },
    );
}

#[test]
fn invariant_3_notifications_are_told_apart_by_transaction_and_status() {
    with(
        |_| {},
        async |system| {
            let mut factory = Factory::new(10, "dedupe");
            // What is made at a time may be dated up to 800 ms before it: the payment completes after it was pending.
            let pending = factory.of_kind(Kind::Pending, now_ms() - 1000);
            // PayPal's own repetition, and one that was generated anew: other bytes, another second, the same event.
            let anew =
                factory.about(&pending, Kind::Pending, pending.created_ms - 2000).expect("the payment");
            assert_ne!(anew.body, pending.body);
            let completed = factory.about(&pending, Kind::Completed, now_ms()).expect("the payment");
            // Side by side, two that are dated otherwise could both be the first.
            system.accept(&ipn::send(system.paypal.sent(), &pending)).await;
            system.kept().await;
            for notification in [&pending, &anew, &completed, &completed, &pending] {
                system.accept(&ipn::send(system.paypal.sent(), notification)).await;
            }
            let kept = system.kept().await;
            assert_eq!(kept.records, {
                let mut ids = [pending.event_id.as_str(), completed.event_id.as_str()];
                ids.sort_unstable();
                ids
            });
            assert_eq!(kept.dead_letters, 0);
            let history = system.query(&format!("/{}", pending.transaction_id)).await;
            assert_eq!(
                (&history["status"], history["events"].as_array().map(Vec::len)),
                (&"processed".into(), Some(2))
            );
        },
    );
}

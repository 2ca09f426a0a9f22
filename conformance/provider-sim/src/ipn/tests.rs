use std::collections::{BTreeSet, HashMap, HashSet};

use super::form::decoded;
use super::*;
use crate::dice::Dice;
use crate::witness::NOW_MS;

/// Notifications of every kind in every charset, over several seeds.
fn each(check: impl Fn(&Notification)) {
    for seed in 0..4 {
        let mut factory = Factory::new(seed, "ipn");
        for kind in Kind::ALL {
            for charset in Charset::ALL {
                for _ in 0..8 {
                    check(&factory.in_charset(kind, charset, NOW_MS));
                }
            }
        }
    }
}

fn fields(notification: &Notification) -> HashMap<String, Vec<u8>> {
    decoded(&notification.body).into_iter().collect()
}

fn text(notification: &Notification, name: &str) -> String {
    let value = notification.field(name).unwrap_or_else(|| panic!("no {name} in {notification:?}"));
    String::from_utf8(value).unwrap_or_else(|_| panic!("{name} is no UTF-8"))
}

#[test]
fn the_stream_follows_from_seed_run_and_lane() {
    let of = |seed, run, lane| {
        let mut factory = Factory::new(seed, run).lane(lane);
        (0..200).map(|n| factory.notification(NOW_MS + n)).collect::<Vec<_>>()
    };
    assert!(of(1, "a", 0) == of(1, "a", 0));
    let mut ids = HashSet::new();
    let mut bodies = HashSet::new();
    for notification in [of(1, "a", 0), of(2, "a", 0), of(1, "b", 0), of(1, "a", 1)].iter().flatten() {
        assert!(ids.insert(notification.event_id.clone()), "an id came twice: {notification:?}");
        assert!(bodies.insert(notification.body.clone()));
    }
}

#[test]
fn forms_are_ascii_of_the_known_size_and_no_field_comes_twice() {
    each(|notification| {
        let length = notification.body.len();
        // A case and a payout say little.
        let a_payment = notification.kind.of_a_payment() && notification.kind != Kind::NewCase;
        let least = if a_payment { 800 } else { 600 };
        assert!((least..=2048).contains(&length), "{notification:?}");
        assert!(notification.body.iter().all(|byte| byte.is_ascii_graphic()), "{notification:?}");
        let all = decoded(&notification.body);
        let names: HashSet<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names.len(), all.len(), "{notification:?}");
        for (name, value) in &all {
            // What is decoded and written again is the same text.
            let mut again = format!("{name}=");
            form::push_encoded(&mut again, value);
            let is_there = notification.body.split(|b| *b == b'&').any(|field| field == again.as_bytes());
            assert!(is_there, "{again}");
        }
    });
}

#[test]
fn every_row_of_the_table_says_what_it_is() {
    each(|notification| {
        let fields = fields(notification);
        let field = |name: &str| fields.get(name).map(|value| String::from_utf8_lossy(value).into_owned());
        assert_eq!(field("payment_status").as_deref(), notification.kind.payment_status());
        let txn_type = match notification.kind {
            Kind::NewCase => Some("new_case"),
            Kind::Adjustment => Some("adjustment"),
            Kind::MassPay | Kind::MassPayDenied => Some("masspay"),
            Kind::SubscriptionSignup => Some("subscr_signup"),
            Kind::RecurringProfileCreated => Some("recurring_payment_profile_created"),
            _ => None,
        };
        match txn_type {
            Some(name) => assert_eq!(field("txn_type").as_deref(), Some(name)),
            None => assert!(field("txn_type").is_none_or(|name| name == "cart" || name == "web_accept")),
        }
        assert_eq!(
            field("pending_reason").as_deref() == Some("authorization"),
            notification.kind == Kind::Authorized
        );
        assert_eq!(field("parent_txn_id").is_some(), {
            let case_names_it = notification.kind == Kind::NewCase && field("parent_txn_id").is_some();
            notification.kind.is_child() || case_names_it
        });
        for name in ["charset", "notify_version", "verify_sign", "ipn_track_id", "payer_email", "payer_id"] {
            assert!(!field(name).expect(name).is_empty(), "{name} in {notification:?}");
        }
        assert_eq!(field("charset").as_deref(), Some(notification.charset.name()));
    });
}

#[test]
fn ids_and_money_are_where_the_rules_say() {
    each(|notification| {
        let fields = fields(notification);
        let kind = notification.kind;
        if let Some(id) = fields.get("txn_id") {
            assert_eq!(id.len(), 17);
            assert!(id.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        }
        match kind {
            Kind::Refunded | Kind::Reversed | Kind::Adjustment => {
                assert!(text(notification, "mc_gross").starts_with('-'));
                assert!(text(notification, "mc_fee").starts_with('-'));
            }
            _ => assert!(fields.values().all(|value| !value.starts_with(b"-")), "{notification:?}"),
        }
        match kind {
            Kind::NewCase => {
                assert_eq!(notification.event_id, format!("ipn_{}_new_case", text(notification, "case_id")));
            }
            Kind::MassPay | Kind::MassPayDenied => {
                assert_eq!(notification.transaction_id, text(notification, "masspay_txn_id_1"));
                assert_eq!(notification.event_id.len(), 36);
                assert!(!fields.contains_key("receiver_email"));
                assert_eq!(text(notification, "payer_email"), MERCHANT);
            }
            Kind::SubscriptionSignup => {
                assert_eq!(notification.transaction_id, text(notification, "subscr_id"));
            }
            Kind::RecurringProfileCreated => {
                assert_eq!(notification.transaction_id, text(notification, "recurring_payment_id"));
            }
            _ => {
                let own =
                    format!("ipn_{}_{}", text(notification, "txn_id"), text(notification, "payment_status"));
                assert_eq!(notification.event_id, own);
            }
        }
        if kind.of_a_payment() {
            let payment = fields.get("parent_txn_id").or_else(|| fields.get("txn_id")).expect("an id");
            assert_eq!(notification.transaction_id.as_bytes(), payment);
            assert_eq!(text(notification, "business"), MERCHANT);
        }
    });
}

#[test]
fn later_notifications_belong_to_the_payment() {
    let mut factory = Factory::new(3, "stories");
    let pending = factory.of_kind(Kind::Pending, NOW_MS);
    let mut ids = HashSet::from([pending.event_id.clone()]);
    for kind in [Kind::Completed, Kind::NewCase, Kind::Refunded, Kind::Refunded, Kind::Reversed] {
        let later = factory.about(&pending, kind, NOW_MS + 1000).expect("the payment is remembered");
        assert_eq!((later.kind, &later.transaction_id), (kind, &pending.transaction_id));
        assert_eq!(later.field("payer_id"), pending.field("payer_id"));
        assert!(ids.insert(later.event_id));
    }
    assert!(factory.about(&pending, Kind::MassPay, NOW_MS).is_none());
    let stream: Vec<_> = (0..1_000).map(|_| factory.notification(NOW_MS)).collect();
    let mut of: HashMap<&str, usize> = HashMap::new();
    for notification in &stream {
        *of.entry(&notification.transaction_id).or_default() += 1;
    }
    assert!(of.values().filter(|count| **count > 1).count() > 50, "payments have histories");
    assert_eq!(stream.iter().map(|n| n.kind).collect::<BTreeSet<_>>(), Kind::ALL.into_iter().collect());
}

#[test]
fn names_come_in_the_letters_of_their_charset() {
    assert_eq!(charset::windows_1252("Müller O’Rourke 20 € Žž"), b"M\xfcller O\x92Rourke 20 \x80 \x8e\x9e");
    assert_eq!(charset::windows_1252("\u{90}山"), b"??");
    let mut seen = HashSet::new();
    each(|notification| {
        for name in ["first_name", "last_name"] {
            let value = notification.field(name).expect("a name");
            let is_utf8 = std::str::from_utf8(&value).is_ok();
            match notification.charset {
                Charset::Utf8 => assert!(is_utf8),
                // Some pairs of bytes are valid UTF-8 and mean another letter there: guessing is no way.
                Charset::Gb2312 => assert!(value.iter().all(|byte| *byte >= 0xa1)),
                Charset::Windows1252 => assert!(!value.contains(&b'?')),
            }
        }
    });
    let mut factory = Factory::new(1, "letters");
    for _ in 0..100 {
        let notification = factory.in_charset(Kind::Completed, Charset::Windows1252, NOW_MS);
        seen.insert(notification.field("last_name").expect("a name"));
    }
    assert!(seen.contains(&b"M\xfcller"[..]), "Müller is among them");
    assert!(seen.iter().filter(|name| std::str::from_utf8(name).is_err()).count() >= 4);
}

#[test]
fn poison_has_a_currency_that_does_not_exist() {
    let mut factory = Factory::new(5, "poison");
    let poison = factory.poison(NOW_MS);
    assert_eq!(text(&poison, "mc_currency"), "XXQ");
    assert!((0..500).all(|_| factory.notification(NOW_MS).transaction_id != poison.transaction_id));
}

#[test]
fn paypal_remembers_what_it_sent_to_the_byte() {
    let sent = Sent::default();
    let notification = Factory::new(1, "sent").of_kind(Kind::Completed, NOW_MS);
    assert!(!sent.holds(&notification.body));
    let delivery = send(&sent, &notification);
    assert_eq!(delivery.body, notification.body);
    assert!(sent.clone().holds(&delivery.body));
    assert!(!sent.holds(&[&delivery.body[..], b" "].concat()));
    assert_eq!(delivery.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(delivery, send(&sent, &notification), "PayPal repeats itself byte for byte");
}

#[test]
fn paypal_vouches_for_no_forgery_but_the_one_that_it_sent_to_somebody_else() {
    for forgery in Forgery::ALL {
        let sent = Sent::default();
        each(|notification| {
            let forged = forge(&sent, notification, forgery);
            let same = forged.body == notification.body;
            let has_status = notification.kind.payment_status().is_some();
            let changes = match forgery {
                Forgery::NotSent => false,
                Forgery::StatusAltered => has_status,
                // A case says nothing of money.
                Forgery::AmountAltered => notification.kind != Kind::NewCase,
                _ => true,
            };
            assert_eq!(!same, changes, "{} {notification:?}", forgery.name());
            if changes || forgery == Forgery::NotSent {
                assert_eq!(sent.holds(&forged.body), forgery.verified_by_paypal(), "{}", forgery.name());
            }
        });
    }
}

#[test]
fn a_forgery_changes_what_it_is_named_after_and_nothing_else() {
    each(|notification| {
        let before = decoded(&notification.body);
        let of = |forgery| decoded(&forge(&Sent::default(), notification, forgery).body);
        assert_eq!(of(Forgery::Reencoded), before, "other bytes, the same values");
        let changed = |after: Vec<(String, Vec<u8>)>| {
            assert_eq!(after.len(), before.len());
            let pairs = before.iter().zip(after);
            pairs.filter(|(old, new)| *old != new).map(|(old, _)| old.0.clone()).collect::<BTreeSet<_>>()
        };
        let amounts = changed(of(Forgery::AmountAltered));
        assert!(amounts.iter().all(|name| name.contains("gross") || name.contains("amount")), "{amounts:?}");
        let status = changed(of(Forgery::StatusAltered));
        assert!(status.iter().all(|name| name == "payment_status"), "{status:?}");
        let receiver = forge(&Sent::default(), notification, Forgery::OtherReceiver);
        let merchants_mailbox = &b"merchant%40example.com"[..];
        assert!(!receiver.body.windows(merchants_mailbox.len()).any(|window| window == merchants_mailbox));
    });
}

#[test]
fn an_altered_status_is_another_event() {
    let sent = Sent::default();
    let mut factory = Factory::new(2, "status");
    let completed = factory.of_kind(Kind::Completed, NOW_MS);
    let forged = forge(&sent, &completed, Forgery::StatusAltered);
    assert_eq!(forged.id_in_body, Some(format!("ipn_{}_Refunded", completed.transaction_id)));
    let pending = factory.of_kind(Kind::Pending, NOW_MS);
    let forged = forge(&sent, &pending, Forgery::StatusAltered);
    assert_eq!(forged.id_in_body, Some(format!("ipn_{}_Completed", pending.transaction_id)));
}

#[test]
fn malformed_deliveries_are_wrong_in_the_way_they_say_and_paypal_vouches_for_them() {
    let sent = Sent::default();
    each(|notification| {
        for malformation in Malformation::ALL {
            let delivery = malformed(&sent, notification, malformation);
            assert!(sent.holds(&delivery.body), "{}", malformation.name());
            let is_form = delivery.header("content-type") == Some("application/x-www-form-urlencoded");
            assert_eq!(is_form, malformation != Malformation::WrongContentType);
            assert_eq!(delivery.body.len() > 262_144, malformation == Malformation::TooLarge);
            let names: Vec<String> = decoded(&delivery.body).into_iter().map(|(name, _)| name).collect();
            let unique: HashSet<&String> = names.iter().collect();
            match malformation {
                Malformation::EmptyBody => assert!(delivery.body.is_empty()),
                Malformation::MissingFields => {
                    assert!(names.iter().all(|name| name != "payment_status" && name != "txn_type"));
                }
                Malformation::TooManyFields => assert!(names.len() > 5_000),
                Malformation::RepeatedField => assert_eq!(unique.len(), names.len() - 1),
                _ => {}
            }
        }
    });
}

#[test]
fn names_are_unique_and_found_again() {
    let kinds: HashSet<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(kinds.len(), Kind::ALL.len());
    assert!(Kind::ALL.iter().all(|kind| Kind::named(kind.name()) == Some(*kind)));
    assert_eq!(Kind::named("Completed"), None);
    assert_eq!(Forgery::ALL.iter().map(|f| f.name()).collect::<HashSet<_>>().len(), Forgery::ALL.len());
    assert_eq!(
        Malformation::ALL.iter().map(|m| m.name()).collect::<HashSet<_>>().len(),
        Malformation::ALL.len()
    );
}

#[test]
fn debug_shows_no_body() {
    let mut factory = Factory::new(1, "debug");
    let notification = factory.in_charset(Kind::Completed, Charset::Utf8, NOW_MS);
    let shown = format!("{notification:?}");
    assert!(!shown.contains("example.com") && shown.contains("body_bytes"), "{shown}");
}

proptest::proptest! {
    #[test]
    fn whatever_is_written_is_read_again(values: Vec<Vec<u8>>) {
        let mut form = form::Form::default();
        for (index, value) in values.iter().enumerate() {
            form.add(&format!("f{index}"), value);
        }
        let read: Vec<Vec<u8>> = decoded(&form.finish()).into_iter().map(|(_, value)| value).collect();
        proptest::prop_assert_eq!(read, values);
    }

    #[test]
    fn a_replaced_field_is_the_only_change(seed: u64, value: Vec<u8>) {
        let mut dice = Dice::new(seed);
        let notification = Factory::new(seed, "edit").notification(NOW_MS);
        let all = decoded(&notification.body);
        let (name, _) = dice.pick(&all);
        let after = decoded(&form::replaced(&notification.body, name, &value));
        for ((old_name, old), (new_name, new)) in all.iter().zip(&after) {
            proptest::prop_assert_eq!(old_name, new_name);
            proptest::prop_assert_eq!(new, if old_name == name { &value } else { old });
        }
        proptest::prop_assert_eq!(form::without(&notification.body, name).is_empty(), false);
    }
}

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::normalize::EventType::{self, *};
use crate::normalize::{normalize, object_key};
use crate::record::{Status, Transaction};

pub(crate) const RECEIVED_AT: UnixTime = UnixTime::from_millis(1_763_750_001_250);

/// A message as PayPal sends it after a purchase.
pub(crate) const PURCHASE: &str = "mc_gross=19.95&protection_eligibility=Eligible&address_status=confirmed\
&payer_id=LPLWNMTBWMFAY&tax=0.00&address_street=1+Main+St&payment_date=20%3A12%3A59+Jan+13%2C+2009+PST\
&payment_status=Completed&charset=windows-1252&address_zip=95131&first_name=Ren%E9&mc_fee=0.88\
&address_country_code=US&notify_version=2.6&custom=&payer_status=verified&quantity=1&verify_sign=AtkOfCXbDm2hu0\
&payer_email=buyer%40example.org&txn_id=61E67681CH3238416&payment_type=instant&last_name=User\
&receiver_email=merchant%40example.com&payment_fee=0.88&receiver_id=S8XGHLYDW9T3S&txn_type=express_checkout\
&item_name=&mc_currency=USD&item_number=&residence_country=US&test_ipn=1&payment_gross=19.95&shipping=0.00";

const REFUND: &str = "mc_gross=-5.00&payment_date=10%3A00%3A00+Jan+14%2C+2009+PST&payment_status=Refunded&charset=windows-1252\
&reason_code=refund&parent_txn_id=61E67681CH3238416&txn_id=0R1T2U3V4W5X6Y7Z8&mc_currency=USD&payer_id=LPLWNMTBWMFAY\
&receiver_email=merchant%40example.com&receiver_id=S8XGHLYDW9T3S";

const CASE: &str = "txn_type=new_case&case_id=PP-003-498-280-247&case_type=chargeback&reason_code=non_receipt\
&case_creation_date=11%3A40%3A50+Jan+20%2C+2009+PST&payment_date=20%3A12%3A59+Jan+13%2C+2009+PST\
&txn_id=61E67681CH3238416&payer_id=LPLWNMTBWMFAY&business=merchant%40example.com&charset=windows-1252";

const MASS_PAYMENT: &str = "payer_id=S8XGHLYDW9T3S&payment_date=11%3A28%3A59+Nov+29%2C+2008+PST&payment_status=Completed\
&receiver_email_1=somebody%40example.org&receiver_email_2=other%40example.org&charset=windows-1252&mc_currency_1=CAD\
&masspay_txn_id_1=3MH4473235032411N&mc_currency_2=CAD&masspay_txn_id_2=95713062MK310713Y&mc_gross_1=4.58\
&mc_gross_2=0.06&status_1=Completed&txn_type=masspay&payer_email=merchant%40example.com";

/// Tells no time.
pub(crate) const END_OF_TERM: &str = "txn_type=subscr_eot&subscr_id=I-DHSN440FBJ0P&mc_currency=USD&business=merchant%40example.com\
&receiver_email=merchant%40example.com&payer_id=LPLWNMTBWMFAY&charset=windows-1252&ipn_track_id=f22c69faecbe5";

fn proven(body: &str) -> Verified {
    let body = RawBody::new(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    verify(body, IpnVerdict::Verified, RECEIVED_AT).unwrap()
}

fn event_of(body: &str) -> Result<PaymentEvent<'static>, Reject> {
    event(&proven(body), RECEIVED_AT)
}

fn record(body: &str) -> Transaction {
    let event = event_of(body).unwrap();
    normalize(&event, object_key(&event), RECEIVED_AT, RECEIVED_AT).unwrap()
}

/// What a message makes: (event id, payment id, type, amount, status).
#[track_caller]
fn check(body: &str, expected: (&str, &str, EventType, Option<&str>, Status)) {
    let record = record(body);
    let amount = record.amount.map(|amount| amount.to_string());
    let found = (
        record.event_id.as_str(),
        record.transaction_id.as_str(),
        record.event_type.as_str(),
        amount.as_deref(),
        record.status,
    );
    let (event_id, payment_id, event_type, amount, status) = expected;
    assert_eq!(found, (event_id, payment_id, event_type.as_str(), amount, status));
}

/// `body` with the value of a field replaced.
fn with(body: &str, name: &str, value: &str) -> String {
    let others: Vec<_> = body.split('&').filter(|pair| !pair.starts_with(&format!("{name}="))).collect();
    format!("{}&{name}={value}", others.join("&"))
}

fn without(body: &str, names: &[&str]) -> String {
    let left = |pair: &&str| !names.iter().any(|name| pair.starts_with(&format!("{name}=")));
    body.split('&').filter(left).collect::<Vec<_>>().join("&")
}

#[test]
fn a_purchase_makes_a_record_like_any_other() {
    let record = record(PURCHASE);
    check(
        PURCHASE,
        (
            "ipn_61E67681CH3238416_Completed",
            "61E67681CH3238416",
            PaymentSuccess,
            Some("19.95"),
            Status::Processed,
        ),
    );
    assert_eq!(record.timestamp.floor().to_string(), "1231906379");
    assert_eq!(record.currency.as_deref(), Some("USD"));
    assert_eq!(record.customer_id.as_deref(), Some("LPLWNMTBWMFAY"));
    assert_eq!(record.provider_event_type, "express_checkout");
    let metadata: Vec<_> = record.metadata.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let expected =
        ["payment_status=Completed", "test_ipn=1", "txn_id=61E67681CH3238416", "txn_type=express_checkout"];
    assert_eq!(metadata, expected);
}

#[test]
fn refunds_and_disputes_belong_to_their_payment() {
    let payment = "61E67681CH3238416";
    check(
        REFUND,
        ("ipn_0R1T2U3V4W5X6Y7Z8_Refunded", payment, RefundCreated, Some("5.00"), Status::Processed),
    );
    let reversed = with(REFUND, "payment_status", "Reversed");
    check(
        &reversed,
        ("ipn_0R1T2U3V4W5X6Y7Z8_Reversed", payment, PaymentReversed, Some("5.00"), Status::Failed),
    );
    let back = with(&with(REFUND, "payment_status", "Canceled_Reversal"), "mc_gross", "5.00");
    check(
        &back,
        ("ipn_0R1T2U3V4W5X6Y7Z8_Canceled_Reversal", payment, Other, Some("5.00"), Status::Processed),
    );
    check(CASE, ("ipn_PP-003-498-280-247_new_case", payment, DisputeCreated, None, Status::Pending));
    let adjustment = with(&with(REFUND, "payment_status", "Completed"), "txn_type", "adjustment");
    check(
        &adjustment,
        ("ipn_0R1T2U3V4W5X6Y7Z8_Completed", payment, DisputeClosed, Some("-5.00"), Status::Processed),
    );
    assert_eq!(record(CASE).timestamp.floor().to_string(), "1232480450", "a case has its own time");
}

#[test]
fn every_status_of_a_payment() {
    let id = |status: &str| format!("ipn_61E67681CH3238416_{status}");
    for (status, reason, expected, money) in [
        ("Pending", "", PaymentPending, Status::Pending),
        ("Pending", "echeck", PaymentPending, Status::Pending),
        ("Pending", "authorization", PaymentAuthorized, Status::Pending),
        ("Completed", "", PaymentSuccess, Status::Processed),
        ("Failed", "", PaymentFailed, Status::Failed),
        ("Denied", "", PaymentFailed, Status::Failed),
        ("Voided", "", PaymentCanceled, Status::Failed),
        ("Expired", "", PaymentCanceled, Status::Failed),
        ("Processed", "", Other, Status::Pending),
        ("In-Progress", "", Other, Status::Pending),
    ] {
        let body = with(&with(PURCHASE, "payment_status", status), "pending_reason", reason);
        check(&body, (&id(status), "61E67681CH3238416", expected, Some("19.95"), money));
    }
}

#[test]
fn a_mass_payment_names_the_merchant_as_its_payer() {
    let made = record(MASS_PAYMENT);
    assert_eq!((made.event_type.as_str(), made.status), ("payout.paid", Status::Processed));
    assert_eq!(
        (made.amount, made.customer_id.as_deref()),
        (None, None),
        "of several payouts there is no one amount"
    );
    assert_eq!(made.transaction_id, "3MH4473235032411N");
    assert!(made.event_id.starts_with("ipn_") && made.event_id.len() == 36, "{}", made.event_id);
    let single = record(&without(MASS_PAYMENT, &["mc_gross_2", "mc_currency_2", "masspay_txn_id_2"]));
    assert_eq!(single.amount.map(|amount| amount.to_string()).as_deref(), Some("4.58"));
    let denied = record(&with(MASS_PAYMENT, "payment_status", "Denied"));
    assert_eq!((denied.event_type.as_str(), denied.status), ("payout.failed", Status::Failed));

    let merchant = Receivers::parse("merchant@example.com").unwrap();
    let meant = |body: &str| Message::parse(body.as_bytes()).unwrap().is_for(&merchant);
    assert!(meant(MASS_PAYMENT));
    let payment =
        with(&with(PURCHASE, "receiver_email", "x%40example.org"), "payer_email", "merchant%40example.com");
    assert!(!meant(&payment), "a purchase by the merchant is none at the merchant");
}

#[test]
fn a_message_without_a_time_counts_from_when_it_was_received() {
    let event = event_of(END_OF_TERM).unwrap();
    assert!(!event.dated);
    assert_eq!(event.occurred_at, UnixTime::from_secs(1_763_750_001));
    assert_eq!((event.event_type, &*event.transaction_id), (Other, "I-DHSN440FBJ0P"));
    let hash = crate::sha256::hex(&crate::sha256::of(END_OF_TERM.as_bytes()));
    assert_eq!(*event.event_id, format!("ipn_{}", &hash[..32]));
    let unreadable = event_of(&with(PURCHASE, "payment_date", "yesterday")).unwrap();
    assert!(!unreadable.dated && unreadable.occurred_at == event.occurred_at);
    assert!(event_of(PURCHASE).unwrap().dated);
    let signup =
        with(&with(END_OF_TERM, "txn_type", "subscr_signup"), "subscr_date", "18:13:30+Apr+17,+2012+PDT");
    assert_eq!(event_of(&signup).unwrap().occurred_at.secs(), 1_334_711_610);
}

#[test]
fn only_messages_for_this_merchant_are_meant() {
    for (receivers, expected) in [
        ("merchant@example.com", true),
        ("MERCHANT@example.com", true),
        ("S8XGHLYDW9T3S", true),
        ("other@example.com,S8XGHLYDW9T3S", true),
        ("buyer@example.org", false),
        ("LPLWNMTBWMFAY", false),
        ("other@example.com", false),
    ] {
        let receivers_ = Receivers::parse(receivers).unwrap();
        assert_eq!(Message::parse(PURCHASE.as_bytes()).unwrap().is_for(&receivers_), expected, "{receivers}");
    }
    let business = Receivers::parse("merchant@example.com").unwrap();
    assert!(Message::parse(CASE.as_bytes()).unwrap().is_for(&business), "`business` alone is enough");
}

#[track_caller]
fn check_refused(body: &str, expected: Reject) {
    assert_eq!(
        Message::parse(body.as_bytes()).and_then(|m| m.event(RECEIVED_AT)).err(),
        Some(expected),
        "{body}"
    );
}

#[test]
fn what_lacks_a_type_an_identifier_or_a_receiver_is_refused() {
    check_refused("a=1", Reject::WrongShape);
    check_refused(&without(PURCHASE, &["txn_type", "payment_status"]), Reject::WrongShape);
    check_refused(&with(&without(PURCHASE, &["payment_status"]), "txn_type", ""), Reject::WrongShape);
    check_refused(&without(PURCHASE, &["txn_id"]), Reject::WrongShape);
    check_refused(&with(PURCHASE, "txn_id", ""), Reject::WrongShape);
    check_refused(&without(PURCHASE, &["receiver_email", "receiver_id"]), Reject::WrongShape);
    check_refused(&without(MASS_PAYMENT, &["payer_email", "payer_id"]), Reject::WrongShape);
    for (name, value) in [
        ("txn_id", "a+b"),
        ("txn_id", "a_b"),
        ("txn_id", "%E9"),
        ("txn_id", &"A".repeat(65)),
        ("payment_status", "Com%0Apleted"),
        ("payment_status", "4242424242424242"),
        ("txn_type", "a/b"),
        ("parent_txn_id", "../x"),
        ("case_id", "a%00"),
    ] {
        check_refused(&with(PURCHASE, name, value), Reject::WrongShape);
    }
    check_refused(&with(PURCHASE, "mc_currency", ""), Reject::MalformedField { name: "mc_currency" });
    check_refused(&format!("{PURCHASE}&txn_id=2"), Reject::RepeatedField { name: "txn_id" });
    check_refused("{\"id\":\"WH-1\"}", Reject::WrongShape);
    check_refused("", Reject::MalformedForm);
}

#[test]
fn no_personal_field_reaches_the_record() {
    let personal = [
        "first_name",
        "last_name",
        "address_street",
        "address_zip",
        "contact_phone",
        "payer_email",
        "custom",
        "memo",
        "item_name",
        "verify_sign",
        "receiver_email",
        "payer_business_name",
        "invoice",
        "residence_country",
    ];
    let mut body = PURCHASE.to_owned();
    for name in personal {
        body = with(&body, name, "CANARY%40example.com");
    }
    let json = serde_json::to_string(&record(&body)).unwrap();
    assert!(!json.contains("CANARY"), "{json}");
}

#[test]
fn nothing_is_proven_by_an_invalid() {
    let body = RawBody::new(Bytes::from_static(PURCHASE.as_bytes())).unwrap();
    assert_eq!(verify(body, IpnVerdict::Invalid, RECEIVED_AT).map(drop), Err(Reject::SignatureMismatch));
    assert_eq!(proven(PURCHASE).bytes(), PURCHASE.as_bytes(), "the untouched bytes");
}

/// API Gateway checks the same file; there the top level is the JSON event.
#[test]
fn the_schema_has_two_sides() {
    let schema: Value =
        serde_json::from_str(include_str!("../../../../../schemas/paypal-webhook.json")).unwrap();
    let json_side = jsonschema::draft4::new(&schema).unwrap();
    let form = form::Form::parse(PURCHASE.as_bytes()).unwrap();
    assert!(!json_side.is_valid(&form.to_json()));
    assert_eq!(schema::check(&form), Ok(()));
}

proptest! {
    #[test]
    fn no_field_makes_it_panic(name in "(txn_id|payment_status|txn_type|mc_gross|mc_currency|payment_date|payer_id|charset|case_id)",
                               value in "([ -~]|%[0-9A-F]{2}){0,40}") {
        let body = with(PURCHASE, &name, &value.replace([' ', '&'], "+"));
        if let Ok(event) = Message::parse(body.as_bytes()).and_then(|message| message.event(RECEIVED_AT)) {
            prop_assert!(object_key(&event).is_ascii());
        }
    }
}

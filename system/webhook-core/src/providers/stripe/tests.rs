use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vector {
    name: String,
    secrets: Vec<String>,
    header: String,
    body_base64: String,
    now_secs: i64,
    expected: String,
}

fn decide(header: &str, body: Vec<u8>, secrets: &[String], now_secs: i64) -> Result<Verified, Reject> {
    let headers = Headers::new([("Stripe-Signature", header)]);
    let claim = claim(&headers)?;
    assert_eq!(key_wanted(&claim), Ok(KeyRef::Secret));
    let secrets = Secrets::new(secrets.iter().map(String::as_str));
    verify(&claim, RawBody::new(Bytes::from(body))?, &secrets, UnixTime::from_secs(now_secs))
}

/// Made with another implementation of HMAC; see `vectors/generate.py`.
#[test]
fn every_vector_is_decided_as_expected() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../../vectors/stripe.json")).unwrap();
    assert!(vectors.len() > 50);
    for vector in vectors {
        let body = STANDARD.decode(&vector.body_base64).unwrap();
        let code = match decide(&vector.header, body.clone(), &vector.secrets, vector.now_secs) {
            Ok(verified) => {
                assert_eq!(verified.bytes(), &body, "{}: the proven body is the given one", vector.name);
                "accepted"
            }
            Err(reject) => reject.code(),
        };
        assert_eq!(code, vector.expected, "{}", vector.name);
    }
}

#[test]
fn the_edge_of_the_window_is_measured_in_whole_seconds() {
    let secrets = ["whsec_x".to_owned()];
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"whsec_x");
    let tag = hmac::sign(&key, b"1000.{}");
    let mac: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let header = format!("t=1000,v1={mac}");
    let at = |millis| {
        let headers = Headers::new([("stripe-signature", header.as_str())]);
        let claim = claim(&headers).unwrap();
        let body = RawBody::new(Bytes::from_static(b"{}")).unwrap();
        let secrets = Secrets::new(secrets.iter().map(String::as_str));
        verify(&claim, body, &secrets, UnixTime::from_millis(millis)).map(drop)
    };
    assert_eq!(at(1_300_999), Ok(()));
    assert_eq!(at(1_301_000), Err(Reject::StaleTimestamp));
    assert_eq!(at(700_000), Ok(()));
    assert_eq!(at(699_999), Err(Reject::FutureTimestamp));
}

#[test]
fn a_missing_or_repeated_header_is_refused() {
    let none: [(&str, &str); 0] = [];
    assert_eq!(claim(&Headers::new(none)).err(), Some(Reject::MissingHeader { name: SIGNATURE_HEADER }));
    let twice = [("Stripe-Signature", "t=1,v1=a"), ("stripe-signature", "t=1,v1=a")];
    assert_eq!(claim(&Headers::new(twice)).err(), Some(Reject::RepeatedHeader { name: SIGNATURE_HEADER }));
    let long = format!("t=1,v1={}", "0".repeat(MAX_HEADER_BYTES));
    assert_eq!(
        claim(&Headers::new([(SIGNATURE_HEADER, long.as_str())])).err(),
        Some(Reject::MalformedSignature)
    );
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(header in prop::collection::vec(any::<u8>(), 0..300)) {
        let headers = Headers::new([("stripe-signature", header.as_slice())]);
        let _ = claim(&headers).map(drop);
    }

    #[test]
    fn no_header_that_looks_right_is_taken_for_proof(
        header in "(t=[0-9]{0,12}|v[0-2]=[0-9a-f]{60,66}|,|, |=){0,8}",
        body in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        prop_assert!(decide(&header, body, &["whsec_a".to_owned()], 1000).is_err());
    }

    #[test]
    fn no_body_makes_the_parser_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = event(&proven(body)).map(drop);
    }

    /// Any order, any other schemes and further signatures beside the genuine one, any body.
    #[test]
    fn a_genuine_signature_is_found_wherever_it_stands(
        secs in 0_i64..=999_999_999_999,
        body in prop::collection::vec(any::<u8>(), 0..200),
        secret in "whsec_[A-Za-z0-9]{1,40}",
        before in prop::collection::vec("(v0=[0-9a-f]{64}|v1=[0-9a-f]{60,66}|x=[ -~]?|v1=|junk|)", 0..4),
        space in " {0,2}",
        time_first in any::<bool>(),
    ) {
        let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()));
        mac.update(format!("{secs}.").as_bytes());
        mac.update(&body);
        let hex: String = mac.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut parts = before;
        parts.push(format!("{space}v1={hex}"));
        parts.insert(if time_first { 0 } else { parts.len() }, format!("t={secs}"));
        let header = parts.join(",");
        let secrets = ["whsec_older".to_owned(), secret];
        for edge in [-TOLERANCE_SECS, 0, TOLERANCE_SECS] {
            prop_assert!(decide(&header, body.clone(), &secrets, secs + edge).is_ok(), "{}", header);
        }
        for beyond in [-TOLERANCE_SECS - 1, TOLERANCE_SECS + 1] {
            prop_assert!(decide(&header, body.clone(), &secrets, secs + beyond).is_err());
        }
        let other = [&body[..], b"x"].concat();
        prop_assert_eq!(decide(&header, other, &secrets, secs).err(), Some(Reject::SignatureMismatch));
        prop_assert_eq!(decide(&header, body, &secrets[..1], secs).err(), Some(Reject::SignatureMismatch));
    }

    #[test]
    fn only_plain_digits_are_a_time(text in "[0-9+._ -]{0,18}") {
        let plain = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        prop_assert_eq!(unix_seconds(&text).is_some(), plain);
    }
}

fn proven(body: impl Into<Bytes>) -> Verified {
    Verified::new(Provider::Stripe, RawBody::new(body.into()).unwrap())
}

fn intent(event_type: &str, object: &str) -> String {
    format!(
        r#"{{"id":"evt_1","object":"event","api_version":null,"created":1763750000,"livemode":false,
            "pending_webhooks":1,"request":null,"type":"{event_type}","data":{{"object":{object}}}}}"#
    )
}

/// The transaction's id, and the amount with its currency.
type Read<'a> = (&'a str, Option<(i64, &'a str)>);

#[track_caller]
fn check_event(body: &str, expected: Result<Read<'_>, Reject>) {
    let verified = proven(body.to_owned());
    let found = event(&verified);
    let found = found.as_ref().map_err(|reject| *reject).map(|event| {
        let money = event.money.as_ref().map(|money| match money.amount {
            RawAmount::Units(units) => (units, &*money.currency),
            RawAmount::Decimal(_) => panic!("Stripe writes integers"),
        });
        (&*event.transaction_id, money)
    });
    assert_eq!(found, expected);
}

#[test]
fn the_transaction_is_the_payment_itself() {
    let cases = [
        ("payment_intent.succeeded", r#"{"id":"pi_1"}"#, "pi_1"),
        ("charge.succeeded", r#"{"id":"ch_1","payment_intent":"pi_1"}"#, "pi_1"),
        ("charge.succeeded", r#"{"id":"ch_1","payment_intent":null}"#, "ch_1"),
        ("charge.succeeded", r#"{"id":"ch_1"}"#, "ch_1"),
        (
            "charge.refunded",
            r#"{"id":"ch_1","payment_intent":{"id":"pi_1","object":"payment_intent"}}"#,
            "pi_1",
        ),
        ("refund.created", r#"{"id":"re_1","charge":"ch_1","payment_intent":"pi_1"}"#, "pi_1"),
        ("refund.created", r#"{"id":"re_1","charge":"ch_1","payment_intent":null}"#, "ch_1"),
        ("refund.failed", r#"{"id":"re_1","charge":null}"#, "re_1"),
        ("charge.dispute.created", r#"{"id":"dp_1","charge":{"id":"ch_1"}}"#, "ch_1"),
        ("charge.dispute.updated", r#"{"id":"dp_1","payment_intent":"pi_1"}"#, "pi_1"),
        ("payout.paid", r#"{"id":"po_1","balance_transaction":"txn_1"}"#, "po_1"),
        ("invoice.paid", r#"{"id":"in_1","payment_intent":"pi_1","charge":"ch_1"}"#, "in_1"),
        ("balance.available", r#"{"object":"balance","available":[]}"#, "evt_1"),
    ];
    for (event_type, object, expected) in cases {
        check_event(&intent(event_type, object), Ok((expected, None)));
    }
}

#[test]
fn the_amount_is_what_was_moved() {
    let cases = [
        ("payment_intent.succeeded", r#""amount":2000,"amount_received":1500"#, 1500),
        ("payment_intent.succeeded", r#""amount":2000"#, 2000),
        ("payment_intent.processing", r#""amount":2000,"amount_received":0"#, 2000),
        ("charge.refunded", r#""amount":2000,"amount_refunded":700"#, 700),
        ("charge.succeeded", r#""amount":2000,"amount_refunded":0"#, 2000),
        ("payout.failed", r#""amount":-300"#, -300),
    ];
    for (event_type, fields, expected) in cases {
        let body = intent(event_type, &format!(r#"{{"id":"x_1",{fields},"currency":"usd"}}"#));
        check_event(&body, Ok(("x_1", Some((expected, "usd")))));
    }
}

#[test]
fn money_of_the_wrong_type_is_refused_only_where_its_meaning_is_known() {
    for amount in [r#""20.00""#, "20.5", "true", "{}", "[1]", "99999999999999999999"] {
        let object = format!(r#"{{"id":"x_1","amount":{amount},"currency":"usd"}}"#);
        check_event(
            &intent("charge.succeeded", &object),
            Err(Reject::MalformedField { name: "data.object.amount" }),
        );
        check_event(&intent("radar.early_fraud_warning.created", &object), Ok(("x_1", None)));
    }
    let no_currency = r#"{"id":"x_1","amount":5}"#;
    check_event(
        &intent("charge.failed", no_currency),
        Err(Reject::MalformedField { name: "data.object.amount" }),
    );
    check_event(&intent("topup.created", no_currency), Ok(("x_1", None)));
}

#[test]
fn a_signed_body_without_stripes_form_is_refused() {
    let good = intent("charge.succeeded", r#"{"id":"ch_1"}"#);
    let without = |field: &str, instead: &str| {
        assert!(good.contains(field));
        good.replacen(field, instead, 1)
    };
    let cases: Vec<(String, Reject)> = vec![
        (String::new(), Reject::NotJson),
        ("   ".to_owned(), Reject::NotJson),
        ("nonsense".to_owned(), Reject::NotJson),
        (good[..good.len() - 1].to_owned(), Reject::NotJson),
        (format!("{good}x"), Reject::NotJson),
        (format!("\u{feff}{good}"), Reject::NotJson),
        ("[".repeat(100_000), Reject::NotJson),
        ("[]".to_owned(), Reject::NotAnObject),
        (format!("[{good}]"), Reject::NotAnObject),
        ("null".to_owned(), Reject::NotAnObject),
        ("\"text\"".to_owned(), Reject::NotAnObject),
        ("17".to_owned(), Reject::NotAnObject),
        ("{}".to_owned(), Reject::WrongShape),
        (without(r#""id":"evt_1","#, ""), Reject::WrongShape),
        (without(r#""id":"evt_1""#, r#""id":1"#), Reject::WrongShape),
        (without(r#""id":"evt_1""#, r#""id":"evt_1","id":"evt_2""#), Reject::WrongShape),
        (without(r#""id":"evt_1""#, r#""id":"""#), Reject::MalformedField { name: "id" }),
        (without(r#""id":"evt_1""#, r#""id":"evt 1""#), Reject::MalformedField { name: "id" }),
        (without(r#""id":"evt_1""#, r#""id":"evt\u00001""#), Reject::MalformedField { name: "id" }),
        (without("evt_1", &"e".repeat(129)), Reject::MalformedField { name: "id" }),
        (without(r#""object":"event","#, ""), Reject::WrongShape),
        (without(r#""object":"event""#, r#""object":"v2.core.event""#), Reject::WrongShape),
        (without(r#""created":1763750000,"#, ""), Reject::WrongShape),
        (without("1763750000", r#""1763750000""#), Reject::WrongShape),
        (without("1763750000", "1763750000.5"), Reject::WrongShape),
        (without("1763750000", "-1"), Reject::MalformedField { name: "created" }),
        (without("1763750000", "9763750000000"), Reject::MalformedField { name: "created" }),
        (without(r#""livemode":false"#, r#""livemode":"no""#), Reject::WrongShape),
        (without("charge.succeeded", ""), Reject::MalformedField { name: "type" }),
        (without(r#""type":"charge.succeeded","#, ""), Reject::WrongShape),
        (without(r#"{"object":{"id":"ch_1"}}"#, "{}"), Reject::WrongShape),
        (without(r#"{"object":{"id":"ch_1"}}"#, "null"), Reject::WrongShape),
        (without(r#"{"object":{"id":"ch_1"}}"#, r#"[{"id":"ch_1"}]"#), Reject::WrongShape),
        (without(r#"{"id":"ch_1"}"#, r#"["ch_1"]"#), Reject::WrongShape),
        (without(r#"{"id":"ch_1"}"#, "{}"), Reject::MalformedField { name: "data.object.id" }),
        (without(r#"{"id":"ch_1"}"#, r#"{"id":7}"#), Reject::MalformedField { name: "data.object.id" }),
        (
            without(r#""id":"ch_1""#, r#""id":"ch_1","payment_intent":"a b""#),
            Reject::MalformedField { name: "data.object.payment_intent" },
        ),
    ];
    for (body, expected) in cases {
        let shown: String = body.chars().take(80).collect();
        assert_eq!(event(&proven(body)).err(), Some(expected), "{shown}");
    }
    assert_eq!(event(&proven(&b"{\"id\":\"\xFF\"}"[..])).err(), Some(Reject::NotUtf8));
    check_event(&good, Ok(("ch_1", None)));
    check_event(&without("evt_1", &"e".repeat(128)), Ok(("ch_1", None)));
}

#[test]
fn nothing_personal_is_kept() {
    let body = intent(
        "charge.succeeded",
        r#"{"id":"ch_1","object":"charge","amount":5,"currency":"eur","customer":{"id":"cus_1","email":"a@b.example"},
            "status":"succeeded","description":"for Jane","receipt_email":"jane@example.com","metadata":{"k":"v"},
            "billing_details":{"name":"Jane"},"payment_method_details":{"card":{"last4":"4242"}}}"#,
    );
    let verified = proven(body);
    let event = event(&verified).unwrap();
    assert_eq!(event.customer_id.as_deref(), Some("cus_1"));
    assert_eq!(event.status.as_deref(), Some("succeeded"));
    let kept: Vec<_> = event.metadata.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_eq!(kept, [("object_id", "ch_1"), ("object", "charge"), ("livemode", "false")]);
    assert_eq!(event.money.as_ref().map(|money| &*money.currency), Some("eur"));
    assert_eq!(event.occurred_at, UnixTime::from_secs(1_763_750_000));
    // What the record says of it is tested in `normalize`; here only that the parts fit together.
    let money = crate::normalize::money::money(event.provider, event.money.as_ref().unwrap()).unwrap();
    assert_eq!(money.amount, Decimal::new(5, 2));
}

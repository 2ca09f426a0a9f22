use bytes::Bytes;
use proptest::prelude::*;

use super::*;

#[derive(Deserialize)]
struct Vector {
    name: String,
    keys: Vec<(String, String)>,
    header: String,
    body_base64: String,
    expected: String,
}

fn decide(header: &str, body: Vec<u8>, keys: &[(String, String)]) -> Result<Verified, Reject> {
    let headers = Headers::new([("X-Square-HmacSha256-Signature", header)]);
    let claim = claim(&headers)?;
    assert_eq!(key_wanted(&claim), Ok(KeyRef::Secret));
    let secrets = Secrets::new(keys.iter().map(|(key, url)| (key.as_str(), url.as_str())));
    verify(&claim, RawBody::new(Bytes::from(body))?, &secrets, UnixTime::from_secs(0))
}

/// Made with another implementation of HMAC; see `vectors/generate.py`.
#[test]
fn every_vector_is_decided_as_expected() {
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("../../../vectors/square.json")).unwrap();
    assert!(vectors.len() >= 20);
    for vector in vectors {
        let body = STANDARD.decode(&vector.body_base64).unwrap();
        let code = match decide(&vector.header, body, &vector.keys) {
            Ok(_) => "accepted",
            Err(reject) => reject.code(),
        };
        assert_eq!(code, vector.expected, "{}", vector.name);
    }
}

#[track_caller]
fn check_claim(headers: &[(&str, &str)], expected: Reject) {
    assert_eq!(claim(&Headers::new(headers.iter().copied())).err(), Some(expected));
}

#[test]
fn the_sha_1_header_proves_nothing() {
    let mac = "qnR8UCqJggD55PohusaBNviGoOJ67HC6Btry4qXLVZc=";
    check_claim(&[(OLD_SIGNATURE_HEADER, mac)], Reject::UnsupportedAlgorithm);
    check_claim(&[], Reject::MissingHeader { name: SIGNATURE_HEADER });
    check_claim(
        &[(SIGNATURE_HEADER, mac), ("X-SQUARE-HMACSHA256-SIGNATURE", mac)],
        Reject::RepeatedHeader { name: SIGNATURE_HEADER },
    );
    let both = [(SIGNATURE_HEADER, mac), (OLD_SIGNATURE_HEADER, "x")];
    assert!(claim(&Headers::new(both)).is_ok(), "beside the newer header it does no harm");
}

proptest! {
    #[test]
    fn no_header_makes_it_panic(header in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = claim(&Headers::new([(SIGNATURE_HEADER, header.as_slice())])).map(drop);
    }

    #[test]
    fn no_body_makes_the_parser_panic(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = event(&proven(body)).map(drop);
    }

    #[test]
    fn a_claim_is_the_base64_of_32_bytes(bytes in prop::collection::vec(any::<u8>(), 0..50)) {
        let text = STANDARD.encode(&bytes);
        let found = claim(&Headers::new([(SIGNATURE_HEADER, text.as_str())])).map(|claim| claim.signature.to_vec());
        prop_assert_eq!(found, if bytes.len() == 32 { Ok(bytes) } else { Err(Reject::MalformedSignature) });
    }

    #[test]
    fn what_was_signed_is_proven_and_nothing_else(
        body in prop::collection::vec(any::<u8>(), 0..200),
        key in "[ -~]{1,40}",
        url in "https://[a-z]{1,9}/[a-z/]{0,20}",
    ) {
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), &[url.as_bytes(), &body].concat());
        let header = STANDARD.encode(mac.as_ref());
        let keys = [("an older key".to_owned(), url.clone()), (key.clone(), url.clone())];
        prop_assert!(decide(&header, body.clone(), &keys).is_ok());
        let elsewhere = [(key, format!("{url}x"))];
        prop_assert_eq!(decide(&header, body.clone(), &elsewhere).err(), Some(Reject::SignatureMismatch));
        let longer = [&body[..], b"x"].concat();
        prop_assert_eq!(decide(&header, longer, &keys).err(), Some(Reject::SignatureMismatch));
    }
}

fn proven(body: impl Into<Bytes>) -> Verified {
    Verified::new(Provider::Square, RawBody::new(body.into()).unwrap())
}

fn envelope(event_type: &str, data: &str) -> String {
    format!(
        r#"{{"merchant_id":"ML1","location_id":"L0","type":"{event_type}","event_id":"e-1",
            "created_at":"2025-11-21T18:33:20.123456789Z","data":{data}}}"#
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
            RawAmount::Decimal(_) => panic!("Square writes integers"),
        });
        (&*event.transaction_id, money)
    });
    assert_eq!(found, expected);
}

#[test]
fn the_transaction_is_the_payment_itself() {
    let money = r#""amount_money":{"amount":1050,"currency":"USD"}"#;
    let cases = [
        (
            "payment.updated",
            format!(r#"{{"payment":{{"id":"pay_1","status":"COMPLETED",{money}}}}}"#),
            "pay_1",
        ),
        ("refund.created", format!(r#"{{"refund":{{"id":"ref_1","payment_id":"pay_1",{money}}}}}"#), "pay_1"),
        ("refund.updated", format!(r#"{{"refund":{{"id":"ref_1",{money}}}}}"#), "ref_1"),
        (
            "dispute.created",
            format!(r#"{{"dispute":{{"id":"dis_1","disputed_payment":{{"payment_id":"pay_1"}},{money}}}}}"#),
            "pay_1",
        ),
        ("dispute.state.updated", format!(r#"{{"dispute":{{"dispute_id":"dis_1",{money}}}}}"#), "dis_1"),
        ("payout.paid", format!(r#"{{"payout":{{"id":"po_1",{money}}}}}"#), "po_1"),
    ];
    for (event_type, object, expected) in cases {
        let body = envelope(event_type, &format!(r#"{{"type":"x","id":"other-id","object":{object}}}"#));
        check_event(&body, Ok((expected, Some((1050, "USD")))));
    }
}

#[test]
fn unknown_types_are_taken_with_whatever_id_they_have() {
    let cases = [
        (
            "customer.created",
            r#"{"type":"customer","id":"cust_1","object":{"customer":{"id":"c"}}}"#,
            "cust_1",
        ),
        ("customer.deleted", r#"{"type":"customer","id":"cust_1","deleted":true}"#, "cust_1"),
        ("oauth.authorization.revoked", r#"{"type":"revocation","object":{}}"#, "e-1"),
        ("payment.renamed", r#"{"type":"payment","id":"pay_1"}"#, "pay_1"),
        ("dispute.evidence.added", r#"{"type":"dispute","id":"x","object":[1]}"#, "x"),
    ];
    for (event_type, data, expected) in cases {
        check_event(&envelope(event_type, data), Ok((expected, None)));
    }
}

#[test]
fn a_signed_body_without_squares_form_is_refused() {
    let good =
        envelope("payment.updated", r#"{"type":"payment","id":"p","object":{"payment":{"id":"pay_1"}}}"#);
    let without = |field: &str, instead: &str| {
        assert!(good.contains(field));
        good.replacen(field, instead, 1)
    };
    let cases = [
        (String::new(), Reject::NotJson),
        ("[]".to_owned(), Reject::NotAnObject),
        (without(r#""merchant_id":"ML1","#, ""), Reject::WrongShape),
        (without(r#""event_id":"e-1","#, ""), Reject::WrongShape),
        (without(r#""event_id":"e-1""#, r#""event_id":"""#), Reject::MalformedField { name: "event_id" }),
        (without(r#""event_id":"e-1""#, r#""event_id":{}"#), Reject::WrongShape),
        (
            without("2025-11-21T18:33:20.123456789Z", "yesterday"),
            Reject::MalformedField { name: "created_at" },
        ),
        (without("2025-11-21T18", "2025-02-30T18"), Reject::MalformedField { name: "created_at" }),
        (without("2025-11-21T18", "1969-11-21T18"), Reject::MalformedField { name: "created_at" }),
        (
            without(r#"{"type":"payment","id":"p","object":{"payment":{"id":"pay_1"}}}"#, "[]"),
            Reject::WrongShape,
        ),
        (without(r#"{"payment":{"id":"pay_1"}}"#, "{}"), Reject::MalformedField { name: "data.object" }),
        (
            without(r#"{"payment":{"id":"pay_1"}}"#, r#"{"payment":null}"#),
            Reject::MalformedField { name: "data.object" },
        ),
        (without("pay_1", &"p".repeat(129)), Reject::MalformedField { name: "data.object.id" }),
        (
            without(
                r#""id":"pay_1""#,
                r#""id":"pay_1","status":"FAILED","amount_money":{"amount":"5","currency":"USD"}"#,
            ),
            Reject::MalformedField { name: "amount_money" },
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(event(&proven(body.clone())).err(), Some(expected), "{body}");
    }
    check_event(&good, Ok(("pay_1", None)));
}

#[test]
fn the_rest_of_an_event_is_read_too() {
    let body = envelope(
        "payment.updated",
        r#"{"type":"payment","id":"p","object":{"payment":{"id":"pay_1","status":"APPROVED","customer_id":"C1",
            "location_id":"L1","buyer_email_address":"a@b.example","card_details":{"card":{"last_4":"1111"}}}}}"#,
    );
    let verified = proven(body);
    let event = event(&verified).unwrap();
    assert_eq!(event.event_type, EventType::PaymentAuthorized);
    assert_eq!(event.customer_id.as_deref(), Some("C1"));
    assert_eq!(event.occurred_at, UnixTime::from_secs(1_763_750_000));
    let kept: Vec<_> = event.metadata.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_eq!(
        kept,
        [("object_id", "pay_1"), ("object", "payment"), ("merchant_id", "ML1"), ("location_id", "L1")]
    );
}

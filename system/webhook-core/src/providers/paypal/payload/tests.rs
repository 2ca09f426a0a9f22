use proptest::prelude::*;

use super::*;
use crate::unix_time::UnixTime;

fn envelope(event_type: &str, resource: &str) -> String {
    format!(
        r#"{{"id":"WH-1","event_version":"1.0","create_time":"2025-11-21T18:33:20.123Z","resource_type":"capture",
            "event_type":"{event_type}","resource":{resource}}}"#
    )
}

/// The transaction's id, and the amount with its currency.
type Read<'a> = (&'a str, Option<(&'a str, &'a str)>);

#[track_caller]
fn check(body: &str, expected: Result<Read<'_>, Reject>) {
    let found = event(body);
    let found = found.as_ref().map_err(|reject| *reject).map(|event| {
        let money = event.money.as_ref().map(|money| match &money.amount {
            RawAmount::Decimal(text) => (&**text, &*money.currency),
            RawAmount::Units(_) => panic!("PayPal writes decimals"),
        });
        (&*event.transaction_id, money)
    });
    assert_eq!(found, expected);
}

#[test]
fn the_transaction_is_the_payment_itself() {
    let up = |href: &str| {
        format!(
            r#""links":[{{"rel":"self","href":"https://x/v2/payments/refunds/R1"}},{{"rel":"up","href":"{href}"}}]"#
        )
    };
    let capture_link = up("https://api.paypal.com/v2/payments/captures/CAP1");
    let order_link = up("https://api.paypal.com/v2/checkout/orders/O1");
    let related = r#""supplementary_data":{"related_ids":{"capture_id":"CAP2","order_id":"O1"}}"#;
    let cases = [
        ("PAYMENT.CAPTURE.COMPLETED", format!(r#"{{"id":"CAP1",{order_link}}}"#), "CAP1"),
        ("PAYMENT.CAPTURE.PENDING", format!(r#"{{"id":"CAP1",{related}}}"#), "CAP1"),
        ("PAYMENT.CAPTURE.REFUNDED", format!(r#"{{"id":"R1",{capture_link}}}"#), "CAP1"),
        ("PAYMENT.CAPTURE.REFUNDED", format!(r#"{{"id":"R1",{capture_link},{related}}}"#), "CAP1"),
        ("PAYMENT.CAPTURE.REFUNDED", format!(r#"{{"id":"R1",{order_link},{related}}}"#), "CAP2"),
        ("PAYMENT.CAPTURE.REFUNDED", r#"{"id":"R1"}"#.to_owned(), "R1"),
        ("PAYMENT.CAPTURE.REVERSED", format!(r#"{{"id":"R1",{capture_link}}}"#), "CAP1"),
        ("PAYMENT.REFUND.PENDING", format!(r#"{{"id":"R1",{capture_link}}}"#), "CAP1"),
        ("PAYMENT.SALE.COMPLETED", r#"{"id":"S1","parent_payment":"PAY-1"}"#.to_owned(), "S1"),
        ("PAYMENT.SALE.REFUNDED", r#"{"id":"R1","sale_id":"S1"}"#.to_owned(), "S1"),
        (
            "CUSTOMER.DISPUTE.CREATED",
            r#"{"dispute_id":"PP-D-1","disputed_transactions":[{"seller_transaction_id":"CAP1"},{"seller_transaction_id":"CAP9"}]}"#.to_owned(),
            "CAP1",
        ),
        ("CUSTOMER.DISPUTE.RESOLVED", r#"{"dispute_id":"PP-D-1","disputed_transactions":[]}"#.to_owned(), "PP-D-1"),
        ("PAYMENT.AUTHORIZATION.CREATED", r#"{"id":"AUTH1"}"#.to_owned(), "AUTH1"),
        ("PAYMENT.AUTHORIZATION.VOIDED", r#"{"id":"AUTH1"}"#.to_owned(), "AUTH1"),
        ("CHECKOUT.ORDER.APPROVED", r#"{"id":"O1"}"#.to_owned(), "O1"),
        ("CHECKOUT.PAYMENT-APPROVAL.REVERSED", r#"{"order_id":"O1"}"#.to_owned(), "O1"),
        ("PAYMENT.PAYOUTS-ITEM.SUCCEEDED", r#"{"payout_item_id":"PI1","payout_batch_id":"B1"}"#.to_owned(), "PI1"),
        ("BILLING.PLAN.CREATED", r#"{"id":"P-1"}"#.to_owned(), "P-1"),
        ("PAYMENT.PAYOUTSBATCH.SUCCESS", r#"{"batch_header":{}}"#.to_owned(), "WH-1"),
    ];
    for (event_type, resource, expected) in cases {
        check(&envelope(event_type, &resource), Ok((expected, None)));
    }
}

#[test]
fn a_link_is_followed_only_to_a_capture() {
    let refund = |href: &str| {
        envelope(
            "PAYMENT.CAPTURE.REFUNDED",
            &format!(r#"{{"id":"R1","links":[{{"rel":"up","href":"{href}"}}]}}"#),
        )
    };
    check(&refund("https:\\/\\/api.paypal.com\\/v2\\/payments\\/captures\\/CAP1"), Ok(("CAP1", None)));
    for href in [
        "https://x/captures/",
        "https://x/captures/CAP1/refund",
        "https://x/captures/CAP1?x=1",
        "captures",
        "",
    ] {
        check(&refund(href), Ok(("R1", None)));
    }
}

#[test]
fn money_is_found_wherever_paypal_puts_it() {
    let cases = [
        ("PAYMENT.CAPTURE.COMPLETED", r#""amount":{"value":"12.50","currency_code":"USD"}"#, "12.50"),
        ("PAYMENT.SALE.COMPLETED", r#""amount":{"total":"12.50","currency":"USD","details":{}}"#, "12.50"),
        ("CUSTOMER.DISPUTE.CREATED", r#""dispute_amount":{"value":"12.50","currency_code":"USD"}"#, "12.50"),
        (
            "PAYMENT.PAYOUTS-ITEM.FAILED",
            r#""payout_item":{"amount":{"value":"12.50","currency":"USD"},"receiver":"x"}"#,
            "12.50",
        ),
        (
            "CHECKOUT.ORDER.APPROVED",
            r#""purchase_units":[{"amount":{"value":"12.50","currency_code":"USD"}}]"#,
            "12.50",
        ),
    ];
    for (event_type, fields, expected) in cases {
        let body = envelope(event_type, &format!(r#"{{"id":"X1",{fields}}}"#));
        check(&body, Ok(("X1", Some((expected, "USD")))));
    }
    let two_units = r#"{"id":"O1","purchase_units":[{"amount":{"value":"1","currency_code":"USD"}},{"amount":{"value":"2","currency_code":"USD"}}]}"#;
    check(&envelope("CHECKOUT.ORDER.APPROVED", two_units), Ok(("O1", None)));
}

#[test]
fn money_of_the_wrong_type_is_refused_only_where_its_meaning_is_known() {
    for amount in
        [r#"{"value":12.5,"currency_code":"USD"}"#, r#"{"value":"12.50"}"#, r#"{"currency_code":"USD"}"#]
    {
        let resource = format!(r#"{{"id":"X1","amount":{amount}}}"#);
        let wrong = Err(Reject::MalformedField { name: "resource.amount" });
        check(&envelope("PAYMENT.CAPTURE.COMPLETED", &resource), wrong);
        check(&envelope("BILLING.PLAN.CREATED", &resource), Ok(("X1", None)));
    }
}

#[test]
fn a_signed_body_without_paypals_form_is_refused() {
    let good = envelope("PAYMENT.CAPTURE.COMPLETED", r#"{"id":"CAP1"}"#);
    let without = |field: &str, instead: &str| {
        assert!(good.contains(field));
        good.replacen(field, instead, 1)
    };
    let cases = [
        (String::new(), Reject::NotJson),
        ("[]".to_owned(), Reject::NotAnObject),
        (without(r#""id":"WH-1","#, ""), Reject::WrongShape),
        (without("WH-1", ""), Reject::MalformedField { name: "id" }),
        (without(r#""create_time":"2025-11-21T18:33:20.123Z","#, ""), Reject::WrongShape),
        (without("2025-11-21T18:33:20.123Z", "soon"), Reject::MalformedField { name: "create_time" }),
        (without(r#""resource_type":"capture","#, ""), Reject::WrongShape),
        (without(r#""resource_type":"capture""#, r#""resource_type":null"#), Reject::WrongShape),
        (without("PAYMENT.CAPTURE.COMPLETED", ""), Reject::MalformedField { name: "event_type" }),
        (without(r#","resource":{"id":"CAP1"}"#, ""), Reject::WrongShape),
        (without(r#"{"id":"CAP1"}"#, r#"["CAP1"]"#), Reject::WrongShape),
        (without(r#"{"id":"CAP1"}"#, "{}"), Reject::MalformedField { name: "resource.id" }),
        (without("CAP1", &"C".repeat(129)), Reject::MalformedField { name: "resource.id" }),
    ];
    for (body, expected) in cases {
        assert_eq!(event(&body).err(), Some(expected), "{body}");
    }
    check(&good, Ok(("CAP1", None)));
}

#[test]
fn the_rest_of_an_event_is_read_too() {
    let resource = r#"{"id":"S1","state":"completed","payer":{"payer_id":"PAYER1","email_address":"a@b.example"},
        "payee":{"email_address":"c@d.example"},"custom_id":"free text","invoice_id":"I"}"#;
    let body = envelope("PAYMENT.SALE.COMPLETED", resource);
    let event = event(&body).unwrap();
    assert_eq!(event.event_type, EventType::PaymentSuccess);
    assert_eq!((event.status.as_deref(), event.customer_id.as_deref()), (Some("completed"), Some("PAYER1")));
    assert_eq!(event.occurred_at, UnixTime::from_secs(1_763_750_000));
    let kept: Vec<_> = event.metadata.iter().map(|(name, value)| (*name, &**value)).collect();
    assert_eq!(kept, [("object_id", "S1"), ("object", "capture")]);
    let payout =
        envelope("PAYMENT.PAYOUTS-ITEM.FAILED", r#"{"payout_item_id":"P","transaction_status":"FAILED"}"#);
    assert_eq!(super::event(&payout).unwrap().status.as_deref(), Some("FAILED"));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(body in "\\PC{0,200}") {
        let _ = event(&body).map(drop);
    }
}

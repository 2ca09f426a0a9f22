use super::*;

const RECEIVED_AT: UnixTime = UnixTime::from_millis(1_763_750_001_250);

const STRIPE: &str = r#"{"id":"evt_1","object":"event","created":1763750000,"type":"charge.succeeded","livemode":false,
 "data":{"object":{"id":"ch_1","payment_intent":"pi_1","amount":5,"currency":"usd"}}}"#;
const PAYPAL: &str = r#"{"id":"WH-1","create_time":"2025-11-21T18:33:20Z","resource_type":"capture",
 "event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"CAP1","amount":{"value":"1.00","currency_code":"USD"}}}"#;
const SQUARE: &str = r#"{"merchant_id":"M","type":"payment.updated","event_id":"sq-1","created_at":"2025-11-21T18:33:20Z",
 "data":{"type":"payment","id":"p","object":{"payment":{"id":"pay_1","status":"COMPLETED","amount_money":{"amount":5,"currency":"USD"}}}}}"#;

fn replay(provider: Provider, raw_key: &str, body: &'static [u8]) -> Result<Envelope, Reject> {
    envelope(provider, raw_key, Bytes::from_static(body), RECEIVED_AT)
}

#[track_caller]
fn check(provider: Provider, raw_key: &str, body: &'static str, expected: Result<&str, Reject>) {
    let found = replay(provider, raw_key, body.as_bytes());
    assert_eq!(found.as_ref().map(|envelope| envelope.event_id.as_str()).map_err(|reject| *reject), expected);
    if let Ok(envelope) = found {
        let expected = Envelope {
            provider,
            event_id: envelope.event_id.clone(),
            received_at: RECEIVED_AT,
            raw_key: raw_key.to_owned(),
            body: body.to_owned(),
            content: Content::Json,
        };
        assert!(envelope == expected);
    }
}

#[test]
fn a_json_webhook_gets_the_envelope_it_had() {
    check(Provider::Stripe, "stripe/2025/11/21/pi_1.evt_1.json", STRIPE, Ok("evt_1"));
    check(Provider::Paypal, "paypal/2025/11/21/CAP1.WH-1.json", PAYPAL, Ok("WH-1"));
    check(Provider::Square, "square/2025/11/21/pay_1.sq-1.json", SQUARE, Ok("sq-1"));
}

#[test]
fn an_object_under_a_key_that_is_not_its_own_is_refused() {
    for key in [
        "",
        "stripe/2025/11/22/pi_1.evt_1.json",
        "stripe/2025/11/21/pi_1.evt_2.json",
        "stripe/2025/11/21/pi_1.evt_1.form",
        "square/2025/11/21/pi_1.evt_1.json",
        "/stripe/2025/11/21/pi_1.evt_1.json",
        "ipn-unproven/2025/11/21/pi_1.evt_1.json",
    ] {
        check(Provider::Stripe, key, STRIPE, Err(Reject::ForeignKey));
    }
}

#[test]
fn a_confirmed_notification_gets_an_envelope_that_says_so() {
    use crate::providers::paypal::ipn::tests::{END_OF_TERM, PURCHASE};

    let key = "paypal/2009/01/14/61E67681CH3238416.ipn_61E67681CH3238416_Completed.form";
    let found = replay(Provider::Paypal, key, PURCHASE.as_bytes()).unwrap();
    assert_eq!((found.content, found.event_id.as_str()), (Content::Ipn, "ipn_61E67681CH3238416_Completed"));
    assert_eq!((found.received_at, found.body.as_str()), (RECEIVED_AT, PURCHASE));
    let quarantined = crate::normalize::quarantine_key(PURCHASE.as_bytes(), RECEIVED_AT);
    for key in [&key.replace("form", "json"), &key.replace("/14/", "/15/"), &quarantined] {
        assert!(replay(Provider::Paypal, key, PURCHASE.as_bytes()).is_err(), "{key}");
    }
    assert_eq!(replay(Provider::Stripe, key, PURCHASE.as_bytes()).err(), Some(Reject::ForeignKey));

    let hash = crate::sha256::hex(&crate::sha256::of(END_OF_TERM.as_bytes()));
    let of_day = |day: &str| format!("paypal/{day}/I-DHSN440FBJ0P.ipn_{}.form", &hash[..32]);
    let received_at = |day: &str| {
        replay(Provider::Paypal, &of_day(day), END_OF_TERM.as_bytes()).map(|envelope| envelope.received_at)
    };
    assert_eq!(received_at("2025/11/21"), Ok(RECEIVED_AT));
    assert_eq!(received_at("2025/11/17"), Ok(UnixTime::from_secs(1_763_337_600)), "the key knows the day");
    for day in ["2025/13/17", "2025/11/1", "2025-11-17"] {
        assert_eq!(received_at(day), Err(Reject::ForeignKey));
    }
}

#[test]
fn what_is_no_event_of_the_provider_is_refused() {
    let key = "paypal/2025/11/21/CAP1.WH-1.json";
    check(Provider::Paypal, key, "", Err(Reject::NotJson));
    check(Provider::Paypal, key, "[]", Err(Reject::NotAnObject));
    check(Provider::Paypal, key, STRIPE, Err(Reject::WrongShape));
    assert_eq!(replay(Provider::Paypal, key, b"\xFF").err(), Some(Reject::NotUtf8));
    let large = Bytes::from(vec![b' '; 256 * 1024 + 1]);
    assert_eq!(envelope(Provider::Paypal, key, large, RECEIVED_AT).err(), Some(Reject::TooLarge));
}

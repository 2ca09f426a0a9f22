use super::*;
use crate::certificate::test_pki::NOW;
use crate::headers::Headers;
use crate::intake::tests::{TestIntake, intake, secrets, traces};
use crate::provider::Provider;
use crate::providers::paypal::ipn::tests::PURCHASE;
use crate::providers::verified::MAX_BODY_BYTES;
use crate::twins::{MemoryQuarantine, MemorySecrets, refused, unavailable};

const FORM: &str = "application/x-www-form-urlencoded";

fn open(secrets: &MemorySecrets) -> TestIntake<'_> {
    let receivers = Receivers::parse("merchant@example.com").unwrap();
    let door = IpnDoor { receivers, quarantine: MemoryQuarantine::default() };
    TestIntake { ipn: Some(door), ..intake(Provider::Paypal, secrets) }
}

async fn send(intake: &TestIntake<'_>, content_type: &str, body: &str) -> Answer {
    let headers = Headers::new([("Content-Type", content_type)]);
    intake.handle(&headers, Bytes::copy_from_slice(body.as_bytes()), NOW).await
}

fn quarantined(intake: &TestIntake<'_>) -> Vec<(String, Bytes)> {
    intake.ipn.as_ref().unwrap().quarantine.objects().into_iter().collect()
}

#[tokio::test]
async fn a_message_is_kept_and_queued_as_unproven_and_answered_with_nothing() {
    let secrets = secrets();
    let intake = open(&secrets);
    let answer = send(&intake, FORM, PURCHASE).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.outcome), (200, "", "ipn_accepted"));
    assert_eq!((answer.event_id, answer.transaction_id), (None, None), "nothing of it is proven");
    let key = quarantine_key(PURCHASE.as_bytes(), NOW);
    assert!(key.starts_with("ipn-unproven/2025/11/21/") && key.ends_with(".form"), "{key}");
    assert_eq!(quarantined(&intake), [(key.clone(), Bytes::from_static(PURCHASE.as_bytes()))]);
    assert_eq!(intake.raw.calls(), 0, "the raw log holds only what is proven");
    let expected = Envelope {
        provider: Provider::Paypal,
        event_id: "ipn_61E67681CH3238416_Completed".to_owned(),
        received_at: NOW,
        raw_key: key,
        body: PURCHASE.to_owned(),
        content: Content::IpnUnproven,
    };
    assert!(intake.dispatch.envelopes() == [expected]);
    assert_eq!((secrets.calls(), intake.transmissions.calls()), (0, 0), "no other call is made");
}

#[tokio::test]
async fn nothing_that_is_refused_leaves_a_trace() {
    let secrets = secrets();
    let intake = open(&secrets);
    let large = format!("{PURCHASE}&memo={}", "x".repeat(MAX_BODY_BYTES));
    for (content_type, body, status, code) in [
        (FORM, "", 400, "malformed_form"),
        (FORM, "%", 400, "malformed_form"),
        (FORM, r#"{"id":"WH-1"}"#, 400, "wrong_shape"),
        (FORM, "txn_id=1", 400, "wrong_shape"),
        (FORM, &format!("{PURCHASE}&txn_id=2"), 400, "repeated_field"),
        (FORM, &format!("cmd=_notify-validate&{PURCHASE}"), 400, "malformed_field"),
        (FORM, &PURCHASE.replace("merchant%40", "other%40"), 401, "ipn_receiver"),
        (FORM, &large, 413, "too_large"),
        ("text/plain", PURCHASE, 415, "unsupported_media_type"),
        ("", PURCHASE, 415, "unsupported_media_type"),
        // As JSON it needs a signature, like any JSON webhook.
        ("application/json", PURCHASE, 401, "missing_header"),
    ] {
        let answer = send(&intake, content_type, body).await;
        assert_eq!((answer.status, answer.outcome), (status, code), "{content_type} {body:.40}");
        assert!(answer.body.starts_with(&format!(r#"{{"error":"{code}""#)), "{}", answer.body);
    }
    assert_eq!(traces(&intake), (0, 0));
    assert_eq!(quarantined(&intake), []);
}

#[tokio::test]
async fn without_both_acknowledgements_paypal_sends_again() {
    let secrets = secrets();
    let intake = open(&secrets);
    let quarantine = &intake.ipn.as_ref().unwrap().quarantine;
    quarantine.fail_with(Some(unavailable("s3:PutObject")));
    let answer = send(&intake, FORM, PURCHASE).await;
    assert_eq!((answer.status, answer.outcome), (503, "store_unavailable"));
    assert_eq!((quarantine.calls(), intake.dispatch.calls()), (1, 1), "both are tried at the same time");
    quarantine.fail_with(None);
    intake.dispatch.fail_with(Some(refused("lambda:Invoke")));
    let answer = send(&intake, FORM, PURCHASE).await;
    assert_eq!((answer.status, answer.outcome), (503, "queue_unavailable"));
    intake.dispatch.fail_with(None);
    assert_eq!(send(&intake, FORM, PURCHASE).await.status, 200);
}

#[tokio::test]
async fn where_no_receiver_is_configured_no_message_is_taken() {
    let secrets = secrets();
    let closed = intake(Provider::Paypal, &secrets);
    let answer = send(&closed, FORM, PURCHASE).await;
    assert_eq!((answer.status, answer.outcome), (415, "unsupported_media_type"));
    assert_eq!(traces(&closed), (0, 0));
}

#[tokio::test]
async fn other_providers_do_not_look_at_the_content_type() {
    let secrets = secrets();
    for provider in [Provider::Stripe, Provider::Square] {
        let answer = send(&intake(provider, &secrets), FORM, PURCHASE).await;
        assert_eq!((answer.status, answer.outcome), (401, "missing_header"), "{provider}");
    }
}

use bytes::Bytes;

use super::*;
use crate::answer::Answer;
use crate::certificate::test_pki::NOW;
use crate::headers::Headers;
use crate::intake::tests::{PAYPAL_BODY, TRANSMISSION, TestIntake, intake, sign, traces};
use crate::provider::Provider;
use crate::twins::{MemorySecrets, MemorySignatureApi, unavailable};

const SECRET: &str = r#"{"webhook_id":"1JE","client_id":"app","client_secret":"app-secret"}"#;

fn at(millis: i64) -> UnixTime {
    UnixTime::from_millis(NOW.millis() + millis)
}

fn secrets(texts: &[&str]) -> MemorySecrets {
    let secrets = MemorySecrets::default();
    secrets.set(Provider::Paypal, texts);
    secrets
}

/// An intake whose PayPal has signed the sample body for webhook id `1JE`.
fn asking(secrets: &MemorySecrets) -> TestIntake<'_> {
    let api = MemorySignatureApi::default();
    api.know("app", "app-secret");
    api.signed("1JE", TRANSMISSION, PAYPAL_BODY);
    TestIntake { signature_api: Some(RemoteProof::new(api)), ..intake(Provider::Paypal, secrets) }
}

fn paypal<'i>(intake: &'i TestIntake<'_>) -> &'i MemorySignatureApi {
    &intake.signature_api.as_ref().unwrap().api
}

async fn send(
    intake: &TestIntake<'_>,
    headers: &[(&'static str, String)],
    body: &str,
    now: UnixTime,
) -> (u16, &'static str) {
    let headers = Headers::new(headers.iter().map(|(name, value)| (*name, value.as_str())));
    let answer: Answer = intake.handle(&headers, Bytes::copy_from_slice(body.as_bytes()), now).await;
    (answer.status, answer.outcome)
}

async fn deliver(intake: &TestIntake<'_>, body: &str, now: UnixTime) -> (u16, &'static str) {
    send(intake, &sign(Provider::Paypal, "1JE", body), body, now).await
}

#[tokio::test]
async fn what_paypal_confirms_is_taken() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    for second in 0..40 {
        assert_eq!(deliver(&intake, PAYPAL_BODY, at(second)).await, (200, "accepted"));
    }
    assert_eq!((paypal(&intake).tokens_given(), paypal(&intake).questions()), (1, 40));
    assert_eq!(intake.raw.objects().len(), 1);
    assert_eq!(intake.transmissions.calls(), 40, "the transmission id is bound here too");
}

#[tokio::test]
async fn what_paypal_denies_leaves_no_trace() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    let forged = PAYPAL_BODY.replace("1.00", "9.00");
    assert_eq!(deliver(&intake, &forged, NOW).await, (401, "signature_mismatch"));
    let spelled = PAYPAL_BODY.replace("\"id\":", "\"id\": ");
    assert_eq!(deliver(&intake, &spelled, NOW).await, (401, "signature_mismatch"), "bytes count");
    assert_eq!((traces(&intake), intake.transmissions.calls()), ((0, 0), 0));
}

#[tokio::test]
async fn nothing_that_fails_on_its_face_is_asked_about() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    let changed = |name: &str, value: &str| {
        let mut headers = sign(Provider::Paypal, "1JE", PAYPAL_BODY);
        headers.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            headers.push(("PAYPAL-CHANGED", String::new()));
            headers.push((headers_name(name), value.to_owned()));
        }
        headers
    };
    for (headers, body, secs, expected) in [
        (changed("PAYPAL-TRANSMISSION-ID", ""), PAYPAL_BODY, 0, (401, "missing_header")),
        (changed("PAYPAL-TRANSMISSION-ID", "a|b"), PAYPAL_BODY, 0, (401, "malformed_transmission")),
        (changed("PAYPAL-TRANSMISSION-TIME", "now"), PAYPAL_BODY, 0, (401, "malformed_transmission")),
        (changed("PAYPAL-TRANSMISSION-SIG", "!"), PAYPAL_BODY, 0, (401, "malformed_signature")),
        (changed("PAYPAL-AUTH-ALGO", "none"), PAYPAL_BODY, 0, (401, "unsupported_algorithm")),
        (changed("PAYPAL-CERT-URL", "https://evil.example/"), PAYPAL_BODY, 0, (401, "certificate_url")),
        (sign(Provider::Paypal, "1JE", PAYPAL_BODY), PAYPAL_BODY, 4 * 86_400, (401, "stale_timestamp")),
        (sign(Provider::Paypal, "1JE", PAYPAL_BODY), PAYPAL_BODY, -600, (401, "future_timestamp")),
        (sign(Provider::Paypal, "1JE", ""), "", 0, (400, "not_json")),
        (sign(Provider::Paypal, "1JE", "[]"), "[]", 0, (400, "not_an_object")),
        (sign(Provider::Paypal, "1JE", "{},"), "{},", 0, (400, "not_json")),
        (sign(Provider::Paypal, "1JE", "{}"), r#"{},"webhook_id":"x""#, 0, (400, "not_json")),
    ] {
        assert_eq!(send(&intake, &headers, body, at(secs * 1000)).await, expected);
    }
    assert_eq!((paypal(&intake).calls(), secrets.calls()), (0, 0));
}

fn headers_name(name: &str) -> &'static str {
    [
        "PAYPAL-TRANSMISSION-ID",
        "PAYPAL-TRANSMISSION-TIME",
        "PAYPAL-TRANSMISSION-SIG",
        "PAYPAL-CERT-URL",
        "PAYPAL-AUTH-ALGO",
    ]
    .into_iter()
    .find(|known| *known == name)
    .unwrap()
}

#[tokio::test]
async fn current_and_previous_webhook_id_are_both_tried() {
    let new = SECRET.replace("1JE", "2KF");
    let secrets = secrets(&[&new, SECRET]);
    let intake = asking(&secrets);
    assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await, (200, "accepted"), "the previous one signed");
    paypal(&intake).signed("2KF", TRANSMISSION, PAYPAL_BODY);
    assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await, (200, "accepted"));
    assert_eq!(paypal(&intake).questions(), 3);
}

#[tokio::test]
async fn a_token_that_is_taken_back_is_replaced_once() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await.0, 200);
    paypal(&intake).revoke();
    assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await.0, 200);
    assert_eq!((paypal(&intake).tokens_given(), paypal(&intake).questions()), (2, 3));
}

#[tokio::test]
async fn a_token_is_replaced_before_it_runs_out() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    for (secs, tokens) in [(0, 1), (32_339, 1), (32_340, 2), (32_341, 2)] {
        assert_eq!(deliver(&intake, PAYPAL_BODY, at(secs * 1000)).await.0, 200);
        assert_eq!(paypal(&intake).tokens_given(), tokens, "{secs}");
    }
}

#[tokio::test]
async fn deliveries_that_wait_for_a_token_cause_one_request() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    let deliver = || deliver(&intake, PAYPAL_BODY, NOW);
    let (a, b, c, d) = tokio::join!(deliver(), deliver(), deliver(), deliver());
    assert!([a, b, c, d].iter().all(|answer| answer.0 == 200));
    assert_eq!(paypal(&intake).tokens_given(), 1);
}

#[tokio::test]
async fn without_an_app_or_an_answer_paypal_sends_again() {
    let bare = secrets(&["1JE"]);
    assert_eq!(deliver(&asking(&bare), PAYPAL_BODY, NOW).await, (503, "key_unusable"));

    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    paypal(&intake).fail_with(Some(unavailable("paypal:Token")));
    for _ in 0..10 {
        assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await, (503, "signature_api_unavailable"));
    }
    assert_eq!(paypal(&intake).calls(), 1, "a failure is remembered for a moment");
    paypal(&intake).fail_with(None);
    assert_eq!(deliver(&intake, PAYPAL_BODY, at(1000)).await, (200, "accepted"));
}

/// An app's secret that is changed at PayPal and here at once.
#[tokio::test]
async fn refused_credentials_ask_for_fresh_ones() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await.0, 200);
    paypal(&intake).forget();
    assert_eq!(deliver(&intake, PAYPAL_BODY, at(1000)).await, (503, "signature_api_unavailable"));
    assert_eq!(secrets.calls(), 2);
    secrets.set(Provider::Paypal, &[&SECRET.replace("app-secret", "new-secret"), SECRET]);
    paypal(&intake).know("app", "new-secret");
    assert_eq!(deliver(&intake, PAYPAL_BODY, at(5000)).await.0, 503, "the pause holds");
    assert_eq!(secrets.calls(), 2);
    assert_eq!(deliver(&intake, PAYPAL_BODY, at(31_000)).await, (200, "accepted"));
}

#[tokio::test]
async fn a_flood_of_forgeries_is_no_flood_of_calls() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    let forged = PAYPAL_BODY.replace("1.00", "9.00");
    let mut answers = Vec::new();
    for number in 0..1000 {
        answers.push(deliver(&intake, &forged, at(number)).await);
    }
    let refused = answers.iter().filter(|answer| **answer == (401, "signature_mismatch")).count();
    let put_off = answers.iter().filter(|answer| **answer == (429, "too_many_calls")).count();
    assert_eq!((refused + put_off, refused), (1000, 29), "20 at once, and 10 a second");
    assert_eq!(paypal(&intake).calls(), 30, "one of them for the token");
    assert_eq!(secrets.calls(), 2, "nor of secret reads");
    assert_eq!(
        deliver(&intake, PAYPAL_BODY, at(2000)).await,
        (200, "accepted"),
        "a second later there is room"
    );
}

#[tokio::test]
async fn genuine_deliveries_are_never_too_many() {
    let secrets = secrets(&[SECRET]);
    let intake = asking(&secrets);
    for _ in 0..200 {
        assert_eq!(deliver(&intake, PAYPAL_BODY, NOW).await, (200, "accepted"));
    }
    let new = SECRET.replace("1JE", "2KF");
    let rotating = self::secrets(&[&new, SECRET]);
    let intake = asking(&rotating);
    for _ in 0..200 {
        assert_eq!(
            deliver(&intake, PAYPAL_BODY, NOW).await,
            (200, "accepted"),
            "the previous id costs nothing"
        );
    }
}

#[test]
fn the_question_holds_the_body_byte_for_byte() {
    let body = "{\"id\" : \"WH-\u{fc}\\u00fc\",\r\n \"n\": 1.0e0}";
    let headers = sign(Provider::Paypal, "1JE", body);
    let headers = Headers::new(headers.iter().map(|(name, value)| (*name, value.as_str())));
    let claim = crate::providers::paypal::claim(&headers).unwrap();
    let raw = RawBody::new(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    let question = api::question(&claim, "1JE\"", &raw);
    let text = std::str::from_utf8(&question).unwrap();
    assert!(text.ends_with(&format!(",\"webhook_event\":{body}}}")), "{text}");
    let read: serde_json::Value = serde_json::from_str(text).unwrap();
    let fields: Vec<_> = read.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "auth_algo",
        "cert_url",
        "transmission_id",
        "transmission_sig",
        "transmission_time",
        "webhook_event",
        "webhook_id",
    ];
    let mut fields = fields;
    fields.sort_unstable();
    assert_eq!(fields, expected);
    assert_eq!((&read["auth_algo"], &read["webhook_id"]), (&"SHA256withRSA".into(), &"1JE\"".into()));
    assert_eq!(read["transmission_sig"], headers.one("PAYPAL-TRANSMISSION-SIG").unwrap());
}

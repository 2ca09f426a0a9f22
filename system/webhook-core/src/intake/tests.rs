use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::certificate::test_pki::{Leaf, NOW, PKI};
use crate::keys::KeyringOptions;
use crate::providers::verified::MAX_BODY_BYTES;
use crate::twins::{
    MemoryCertificates, MemoryDispatch, MemoryQuarantine, MemoryRawStore, MemorySecrets, MemorySignatureApi,
    MemoryTransmissions, refused, unavailable,
};

const CERT_URL: &str = "https://api.paypal.com/v1/notifications/certs/CERT-1";
pub(crate) const CERT_PATH: &str = "/v1/notifications/certs/CERT-1";
const SQUARE_URL: &str = "https://api.example/square";
pub(crate) const TRANSMISSION: &str = "69cd13f0-d67a-11e5-baa3-778b53f4ae55";

pub(crate) const STRIPE_BODY: &str = r#"{"id":"evt_1","object":"event","created":1763750000,"type":"charge.succeeded","livemode":false,
 "data":{"object":{"id":"ch_1","payment_intent":"pi_1","amount":5,"currency":"usd"}}}"#;
pub(crate) const PAYPAL_BODY: &str = r#"{"id":"WH-1","create_time":"2025-11-21T18:33:20Z","resource_type":"capture",
 "event_type":"PAYMENT.CAPTURE.COMPLETED","resource":{"id":"CAP1","amount":{"value":"1.00","currency_code":"USD"}}}"#;
pub(super) const SQUARE_BODY: &str = r#"{"merchant_id":"M","type":"payment.updated","event_id":"sq-1","created_at":"2025-11-21T18:33:20Z",
 "data":{"type":"payment","id":"p","object":{"payment":{"id":"pay_1","status":"COMPLETED","amount_money":{"amount":5,"currency":"USD"}}}}}"#;

pub(super) struct Twins<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> IntakePorts for Twins<'a> {
    type Secrets = &'a MemorySecrets;
    type Certificates = MemoryCertificates;
    type Raw = MemoryRawStore;
    type Dispatch = MemoryDispatch;
    type Transmissions = MemoryTransmissions;
    type Quarantine = MemoryQuarantine;
    type SignatureApi = MemorySignatureApi;
}

pub(super) type TestIntake<'a> = Intake<Twins<'a>>;

pub(crate) fn secrets() -> MemorySecrets {
    let secrets = MemorySecrets::default();
    secrets.set(Provider::Stripe, &["whsec_1"]);
    secrets.set(Provider::Paypal, &["1JE"]);
    secrets.set(Provider::Square, &[r#"{"key":"sq-key","notification_url":"https://api.example/square"}"#]);
    secrets
}

pub(super) fn intake(provider: Provider, secrets: &MemorySecrets) -> TestIntake<'_> {
    let certificates = MemoryCertificates::default();
    certificates.set("api.paypal.com", CERT_PATH, PKI.chain(&Leaf::default()));
    let options = KeyringOptions { paypal_roots: PKI.roots(), square_notification_url: None };
    Intake {
        provider,
        keyring: Keyring::new(secrets, certificates, options),
        raw: MemoryRawStore::default(),
        dispatch: MemoryDispatch::default(),
        transmissions: MemoryTransmissions::default(),
        ipn: None,
        signature_api: None,
    }
}

fn mac(key: &str, message: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), message.as_bytes()).as_ref().to_vec()
}

/// Headers that prove `body`, made with `key`.
pub(crate) fn sign(provider: Provider, key: &str, body: &str) -> Vec<(&'static str, String)> {
    sign_at(provider, key, body, NOW)
}

/// The same, made at `now` where the provider says when.
pub(super) fn sign_at(
    provider: Provider,
    key: &str,
    body: &str,
    now: UnixTime,
) -> Vec<(&'static str, String)> {
    let secs = now.secs();
    match provider {
        Provider::Stripe => {
            let hex: String =
                mac(key, &format!("{secs}.{body}")).iter().map(|byte| format!("{byte:02x}")).collect();
            vec![("Stripe-Signature", format!("t={secs},v1={hex}"))]
        }
        Provider::Square => {
            vec![("x-square-hmacsha256-signature", STANDARD.encode(mac(key, &format!("{SQUARE_URL}{body}"))))]
        }
        Provider::Paypal => {
            let time = "2025-11-21T18:33:20Z";
            let message = format!("{TRANSMISSION}|{time}|{key}|{}", crc32fast::hash(body.as_bytes()));
            vec![
                ("PAYPAL-TRANSMISSION-ID", TRANSMISSION.to_owned()),
                ("PAYPAL-TRANSMISSION-TIME", time.to_owned()),
                ("PAYPAL-TRANSMISSION-SIG", PKI.sign(&message)),
                ("PAYPAL-CERT-URL", CERT_URL.to_owned()),
                ("PAYPAL-AUTH-ALGO", "SHA256withRSA".to_owned()),
            ]
        }
    }
}

pub(crate) const fn genuine(provider: Provider) -> (&'static str, &'static str) {
    match provider {
        Provider::Stripe => ("whsec_1", STRIPE_BODY),
        Provider::Paypal => ("1JE", PAYPAL_BODY),
        Provider::Square => ("sq-key", SQUARE_BODY),
    }
}

pub(super) async fn send(
    intake: &TestIntake<'_>,
    headers: &[(&'static str, String)],
    body: &str,
    now: UnixTime,
) -> Answer {
    let headers = Headers::new(headers.iter().map(|(name, value)| (*name, value.as_str())));
    intake.handle(&headers, Bytes::copy_from_slice(body.as_bytes()), now).await
}

pub(super) async fn deliver(intake: &TestIntake<'_>, key: &str, body: &str) -> Answer {
    send(intake, &sign(intake.provider, key, body), body, NOW).await
}

pub(super) fn traces(intake: &TestIntake<'_>) -> (usize, usize) {
    (intake.raw.calls(), intake.dispatch.calls())
}

#[tokio::test]
async fn a_genuine_delivery_is_stored_and_queued_and_then_acknowledged() {
    let expected = [
        (Provider::Stripe, "evt_1", "pi_1"),
        (Provider::Paypal, "WH-1", "CAP1"),
        (Provider::Square, "sq-1", "pay_1"),
    ];
    for (provider, event_id, transaction_id) in expected {
        let secrets = secrets();
        let intake = intake(provider, &secrets);
        let (key, body) = genuine(provider);
        let answer = deliver(&intake, key, body).await;
        assert_eq!(answer.body, format!(r#"{{"status":"accepted","event_id":"{event_id}"}}"#));
        assert_eq!((answer.status, answer.outcome), (200, "accepted"));
        assert_eq!(answer.event_id.as_deref(), Some(event_id));
        assert_eq!(answer.transaction_id.as_deref(), Some(transaction_id));

        let raw_key = format!("{provider}/2025/11/21/{transaction_id}.{event_id}.json");
        assert_eq!(intake.raw.objects(), [(raw_key.clone(), Bytes::from_static(body.as_bytes()))].into());
        let envelope = Envelope {
            provider,
            event_id: event_id.to_owned(),
            received_at: NOW,
            raw_key,
            body: body.to_owned(),
            content: Content::Json,
        };
        assert!(intake.dispatch.envelopes() == [envelope]);
    }
}

#[tokio::test]
async fn nothing_that_is_refused_leaves_a_trace() {
    for provider in Provider::ALL {
        let secrets = secrets();
        let intake = intake(provider, &secrets);
        let (key, body) = genuine(provider);
        let good = sign(provider, key, body);
        let later = UnixTime::from_secs(NOW.secs() + 10 * 86_400);
        let large = format!("{body}{}", " ".repeat(MAX_BODY_BYTES));
        let mut answers = vec![
            (send(&intake, &sign(provider, "wrong", body), body, NOW).await, 401, "signature_mismatch"),
            (
                send(&intake, &good, &body.replace("_1", "_2").replace("-1", "-2"), NOW).await,
                401,
                "signature_mismatch",
            ),
            (send(&intake, &[], body, NOW).await, 401, "missing_header"),
            (deliver(&intake, key, &large).await, 413, "too_large"),
            (deliver(&intake, key, "").await, 400, "not_json"),
            (deliver(&intake, key, "not json").await, 400, "not_json"),
            (deliver(&intake, key, "[]").await, 400, "not_an_object"),
            (deliver(&intake, key, "{}").await, 400, "wrong_shape"),
        ];
        if provider != Provider::Square {
            answers.push((send(&intake, &good, body, later).await, 401, "stale_timestamp"));
        }
        for (answer, status, code) in answers {
            assert_eq!((answer.status, answer.outcome), (status, code), "{provider}");
            assert!(
                answer.body.starts_with(&format!(r#"{{"error":"{code}","message":""#)),
                "{}",
                answer.body
            );
        }
        assert_eq!(traces(&intake), (0, 0), "{provider}");
        assert_eq!(intake.transmissions.calls(), 0, "{provider}");
    }
}

#[tokio::test]
async fn without_both_acknowledgements_the_provider_sends_again() {
    for provider in Provider::ALL {
        let secrets = secrets();
        let intake = intake(provider, &secrets);
        let (key, body) = genuine(provider);
        intake.raw.fail_with(Some(unavailable("s3:PutObject")));
        let answer = deliver(&intake, key, body).await;
        assert_eq!((answer.status, answer.outcome), (503, "store_unavailable"));
        assert_eq!(answer.detail.as_deref(), Some("s3:PutObject is unavailable: told to fail"));
        assert_eq!(traces(&intake), (1, 1), "both are tried at the same time");

        intake.raw.fail_with(None);
        intake.dispatch.fail_with(Some(refused("lambda:Invoke")));
        let answer = deliver(&intake, key, body).await;
        assert_eq!((answer.status, answer.outcome), (503, "queue_unavailable"));
        assert!(answer.event_id.is_some(), "the log can name the event");

        intake.dispatch.fail_with(None);
        assert_eq!(deliver(&intake, key, body).await.status, 200, "the next try gets through");
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_decided() {
    for provider in Provider::ALL {
        let empty = MemorySecrets::default();
        let intake = intake(provider, &empty);
        let (key, body) = genuine(provider);
        let answer = deliver(&intake, key, body).await;
        assert_eq!((answer.status, answer.outcome), (503, "key_unavailable"));
        empty.set(provider, &[""]);
        let soon = UnixTime::from_secs(NOW.secs() + 2);
        let answer = send(&intake, &sign(provider, key, body), body, soon).await;
        assert_eq!((answer.status, answer.outcome), (503, "key_unusable"));
        assert_eq!(traces(&intake), (0, 0));
    }
}

#[tokio::test]
async fn a_rotation_is_noticed_at_once_but_forgeries_do_not_cause_reads() {
    for (provider, old, new_secret, new) in [
        (Provider::Stripe, "whsec_1", "whsec_2", "whsec_2"),
        (Provider::Paypal, "1JE", "2KF", "2KF"),
        (Provider::Square, "sq-key", r#"{"key":"k2","notification_url":"https://api.example/square"}"#, "k2"),
    ] {
        let secrets = secrets();
        let intake = intake(provider, &secrets);
        let body = genuine(provider).1;
        assert_eq!(deliver(&intake, old, body).await.status, 200);
        secrets.set(provider, &[new_secret]);
        assert_eq!(
            deliver(&intake, new, body).await.status,
            200,
            "{provider}: one refetch finds the new secret"
        );
        assert_eq!(secrets.calls(), 2);
        for _ in 0..50 {
            assert_eq!(deliver(&intake, "forged", body).await.status, 401);
        }
        assert_eq!(secrets.calls(), 2, "{provider}");
    }
}

/// Two rotations under a flood of forgeries, which use up every read that a mismatch may cause. Whoever signs with the new secret
/// 31 s after it was put is never refused, nor is who still signs with the one before; the one before that is.
#[tokio::test]
async fn rotations_under_a_flood_of_forgeries_refuse_nothing_genuine() {
    for provider in Provider::ALL {
        let stored = |key: &str| match provider {
            Provider::Stripe | Provider::Paypal => key.to_owned(),
            Provider::Square => {
                format!(r#"{{"key":"{key}","notification_url":"https://api.example/square"}}"#)
            }
        };
        let (keys, body) = (["first", "second", "third"], genuine(provider).1);
        let [first, second, third] = keys.map(stored);
        let secrets = secrets();
        secrets.set(provider, &[&first]);
        let intake = intake(provider, &secrets);
        let statuses = async |key: &str, secs: i64| {
            let now = UnixTime::from_secs(NOW.secs() + secs);
            send(&intake, &sign(provider, key, body), body, now).await.status
        };
        for secs in 0..160 {
            match secs {
                20 => secrets.set(provider, &[&second, &first]),
                90 => secrets.set(provider, &[&third, &second]),
                _ => {}
            }
            for _ in 0..3 {
                assert_eq!(statuses("forged", secs).await, 401, "{provider} at {secs} s");
            }
            let signer = keys[usize::from(secs >= 51) + usize::from(secs >= 121)];
            assert_eq!(statuses(signer, secs).await, 200, "{provider} at {secs} s");
            if (51..90).contains(&secs) {
                assert_eq!(statuses("first", secs).await, 200, "{provider}: the one before, at {secs} s");
            }
        }
        assert_eq!(statuses("second", 160).await, 200, "{provider}: the one before");
        assert_eq!(statuses("first", 160).await, 401, "{provider}: retired by the second rotation");
        assert!(secrets.calls() <= 1 + 160 / 30 + 1, "{provider}: {} reads", secrets.calls());
    }
}

#[tokio::test]
async fn the_source_being_down_does_not_make_a_forgery_anything_else() {
    let secrets = secrets();
    let intake = intake(Provider::Stripe, &secrets);
    assert_eq!(deliver(&intake, "whsec_1", STRIPE_BODY).await.status, 200);
    secrets.fail_with(Some(unavailable("secretsmanager:GetSecretValue")));
    assert_eq!(deliver(&intake, "forged", STRIPE_BODY).await.outcome, "signature_mismatch");
    assert_eq!(deliver(&intake, "whsec_1", STRIPE_BODY).await.status, 200);
}

/// `body` with white space at its end, so that it is the same JSON and has the CRC-32 `wanted`. CRC is linear: each space that
/// becomes a tab flips a fixed set of bits, so a set of spaces to change is a solution of 32 equations.
fn with_crc(body: &str, wanted: u32) -> String {
    const SPACES: usize = 64;
    let mut padded = format!("{body}{}", " ".repeat(SPACES)).into_bytes();
    let base = crc32fast::hash(&padded);
    // Per highest bit: (bits flipped, spaces changed), reduced by those before.
    let mut basis: [Option<(u32, u64)>; 32] = [None; 32];
    let reduce = |basis: &[Option<(u32, u64)>; 32], mut flips: u32, mut spaces: u64| {
        for (bit, row) in basis.iter().enumerate().rev() {
            if let Some((row_flips, row_spaces)) = row.filter(|_| flips >> bit & 1 == 1) {
                (flips, spaces) = (flips ^ row_flips, spaces ^ row_spaces);
            }
        }
        (flips, spaces)
    };
    for space in 0..SPACES {
        let at = body.len() + space;
        padded[at] = b'\t';
        let (flips, spaces) = reduce(&basis, crc32fast::hash(&padded) ^ base, 1 << space);
        padded[at] = b' ';
        if flips != 0 {
            basis[flips.ilog2() as usize] = Some((flips, spaces));
        }
    }
    let (rest, spaces) = reduce(&basis, base ^ wanted, 0);
    assert_eq!(rest, 0, "64 spaces span all CRCs");
    for space in (0..SPACES).filter(|space| spaces >> space & 1 == 1) {
        padded[body.len() + space] = b'\t';
    }
    String::from_utf8(padded).unwrap()
}

#[tokio::test]
async fn another_body_with_the_same_crc_does_not_pass_with_captured_headers() {
    let secrets = secrets();
    let intake = intake(Provider::Paypal, &secrets);
    let captured = sign(Provider::Paypal, "1JE", PAYPAL_BODY);
    assert_eq!(send(&intake, &captured, PAYPAL_BODY, NOW).await.status, 200);
    assert_eq!(send(&intake, &captured, PAYPAL_BODY, NOW).await.status, 200, "a retry is welcome");

    let crc = crc32fast::hash(PAYPAL_BODY.as_bytes());
    let forged = with_crc(&PAYPAL_BODY.replace("WH-1", "WH-2").replace("1.00", "0.01"), crc);
    assert_eq!(crc32fast::hash(forged.as_bytes()), crc);
    let answer = send(&intake, &captured, &forged, NOW).await;
    assert_eq!((answer.status, answer.outcome), (401, "transmission_reused"));
    assert_eq!(intake.raw.objects().len(), 1, "no trace of the forged event");
    assert_eq!(intake.dispatch.calls(), 2);
    assert_eq!(send(&intake, &captured, PAYPAL_BODY, NOW).await.status, 200, "the genuine one still passes");
}

#[tokio::test]
async fn if_the_transmission_cannot_be_bound_the_provider_sends_again() {
    let secrets = secrets();
    let intake = intake(Provider::Paypal, &secrets);
    intake.transmissions.fail_with(Some(unavailable("dynamodb:PutItem")));
    let answer = deliver(&intake, "1JE", PAYPAL_BODY).await;
    assert_eq!((answer.status, answer.outcome), (503, "store_unavailable"));
    assert_eq!(traces(&intake), (0, 0));
}

#[tokio::test]
async fn money_is_not_judged_at_the_door() {
    let secrets = secrets();
    let intake = intake(Provider::Stripe, &secrets);
    let poison = STRIPE_BODY.replace("usd", "XXQ");
    assert_eq!(deliver(&intake, "whsec_1", &poison).await.status, 200);
}

#[tokio::test]
async fn an_untrusted_or_missing_certificate_is_a_refusal() {
    let secrets = secrets();
    let intake = intake(Provider::Paypal, &secrets);
    let with_url = |url: &str| {
        let mut headers = sign(Provider::Paypal, "1JE", PAYPAL_BODY);
        headers.retain(|(name, _)| *name != "PAYPAL-CERT-URL");
        headers.push(("PAYPAL-CERT-URL", url.to_owned()));
        headers
    };
    let missing = with_url("https://api.paypal.com/v1/notifications/certs/CERT-2");
    assert_eq!(send(&intake, &missing, PAYPAL_BODY, NOW).await.outcome, "certificate_untrusted");
    let elsewhere = with_url("https://evil.example/v1/notifications/certs/CERT-1");
    assert_eq!(send(&intake, &elsewhere, PAYPAL_BODY, NOW).await.outcome, "certificate_url");
    assert_eq!(traces(&intake), (0, 0));
}

#[tokio::test]
async fn what_is_too_old_on_its_face_makes_nobody_fetch() {
    let secrets = secrets();
    let intake = intake(Provider::Paypal, &secrets);
    let headers = sign(Provider::Paypal, "1JE", PAYPAL_BODY);
    for (days, code) in [(4, "stale_timestamp"), (-1, "future_timestamp")] {
        let now = UnixTime::from_secs(NOW.secs() + days * 86_400);
        assert_eq!(send(&intake, &headers, PAYPAL_BODY, now).await.outcome, code);
    }
    assert_eq!(secrets.calls(), 0);
}

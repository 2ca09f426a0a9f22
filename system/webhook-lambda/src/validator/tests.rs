//! The way of a delivery through the handler, over the ports' in-memory twins.

use std::future::{Future, pending};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use webhook_core::envelope::Envelope;
use webhook_core::intake::{Intake, IntakePorts};
use webhook_core::keys::{Keyring, KeyringOptions};
use webhook_core::ports::{Dispatch, PortError};
use webhook_core::provider::Provider;
use webhook_core::twins::{
    MemoryCertificates, MemoryDispatch, MemoryQuarantine, MemoryRawStore, MemorySecrets, MemorySignatureApi,
    MemoryTransmissions, unavailable,
};

use super::*;

const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);
const SECRET: &str = "whsec_test";
const BODY: &str = r#"{"id":"evt_1","object":"event","api_version":"2025-09-30","created":1763749999,"livemode":false,"pending_webhooks":1,"type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent","amount":1234,"amount_received":1234,"currency":"eur","customer":"cus_1","status":"succeeded"}},"request":null}"#;

struct Ports<D>(std::marker::PhantomData<D>);

impl<D: Dispatch> IntakePorts for Ports<D> {
    type Secrets = MemorySecrets;
    type Certificates = MemoryCertificates;
    type Raw = MemoryRawStore;
    type Dispatch = D;
    type Transmissions = MemoryTransmissions;
    type Quarantine = MemoryQuarantine;
    type SignatureApi = MemorySignatureApi;
}

type Twins<D> = Validator<Intake<Ports<D>>>;

fn validator<D: Dispatch>(dispatch: D) -> Twins<D> {
    let secrets = MemorySecrets::default();
    secrets.set(Provider::Stripe, &[&json!({"secret": SECRET}).to_string()]);
    let intake = Intake {
        provider: Provider::Stripe,
        keyring: Keyring::new(secrets, MemoryCertificates::default(), KeyringOptions::default()),
        raw: MemoryRawStore::default(),
        dispatch,
        transmissions: MemoryTransmissions::default(),
        ipn: None,
        signature_api: None,
    };
    Validator::new(intake, deployed(), Log::new(Level::Error)).with_clock(|| NOW)
}

fn deployed() -> Deployment {
    Deployment { environment: Some("dev".to_owned()), ..Deployment::default() }
}

fn signature(body: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{body}", NOW.secs()).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={},v1={hex}", NOW.secs())
}

fn event(body: &str, signature: &str) -> String {
    json!({
        "multiValueHeaders": {"Stripe-Signature": [signature]}, "body": body, "isBase64Encoded": false,
        "requestContext": {"requestId": "api-1"},
    })
    .to_string()
}

async fn answer<D: Dispatch>(validator: &Twins<D>, event: &str) -> (u16, Value) {
    let response = validator.answer(event, Invocation::begin("r-1")).await.unwrap();
    (response.status_code, serde_json::from_str(&response.body).unwrap())
}

#[tokio::test]
async fn a_genuine_delivery_is_stored_queued_and_answered() {
    let validator = validator(MemoryDispatch::default());
    let answer = answer(&validator, &event(BODY, &signature(BODY, SECRET))).await;
    assert_eq!(answer, (200, json!({"status": "accepted", "event_id": "evt_1"})));
    let stored = validator.decision.raw.objects();
    assert_eq!(stored.values().collect::<Vec<_>>(), [BODY.as_bytes()]);
    let queued = validator.decision.dispatch.envelopes();
    assert_eq!(queued.len(), 1);
    assert!(queued[0].body == BODY && queued[0].received_at == NOW);
}

#[tokio::test]
async fn a_forged_delivery_leaves_no_trace() {
    let validator = validator(MemoryDispatch::default());
    for signature in [signature(BODY, "whsec_other"), signature("{}", SECRET), String::new()] {
        let (status, body) = answer(&validator, &event(BODY, &signature)).await;
        assert_eq!(status, 401, "{body}");
        assert!(body["error"].is_string() && body["message"].is_string(), "{body}");
    }
    assert_eq!((validator.decision.raw.calls(), validator.decision.dispatch.calls()), (0, 0));
}

#[tokio::test]
async fn a_delivery_by_another_environments_stage_leaves_no_trace() {
    let validator = validator(MemoryDispatch::default());
    let by_stage = |stage: &str, signature: &str| {
        let mut event: Value = serde_json::from_str(&event(BODY, signature)).unwrap();
        event["stageVariables"] = json!({"env": stage, "table": "webhook-transactions"});
        event.to_string()
    };
    for signature in [signature(BODY, SECRET), String::new()] {
        let (status, body) = answer(&validator, &by_stage("staging", &signature)).await;
        assert_eq!(
            (status, &body["error"]),
            (503, &json!("stage_mismatch")),
            "before anything else is looked at"
        );
    }
    assert_eq!((validator.decision.raw.calls(), validator.decision.dispatch.calls()), (0, 0));
    let own = by_stage("dev", &signature(BODY, SECRET));
    assert_eq!(answer(&validator, &own).await.0, 200, "nothing is kept of the refusals");
}

#[tokio::test]
async fn what_could_not_be_queued_is_to_be_sent_again() {
    let validator = validator(MemoryDispatch::default());
    validator.decision.dispatch.fail_with(Some(unavailable("lambda:Invoke")));
    let (status, body) = answer(&validator, &event(BODY, &signature(BODY, SECRET))).await;
    assert_eq!(status, 503, "{body}");
}

/// A queue that never answers.
struct Silent;

impl Dispatch for Silent {
    fn dispatch(&self, _: &Envelope) -> impl Future<Output = Result<(), PortError>> + Send {
        pending()
    }
}

#[tokio::test]
async fn a_decision_that_takes_too_long_is_to_be_sent_again() {
    let validator = Validator { decision_timeout: Duration::from_millis(10), ..validator(Silent) };
    let (status, body) = answer(&validator, &event(BODY, &signature(BODY, SECRET))).await;
    assert_eq!((status, &body["error"]), (503, &json!("timeout")));
}

#[tokio::test]
async fn other_events_than_the_gateways_fail_the_invocation() {
    let validator = validator(MemoryDispatch::default());
    for event in ["[]", r#"{"body":"%","isBase64Encoded":true}"#] {
        let failure = validator.answer(event, Invocation::begin("r-1")).await.err();
        assert_eq!(failure.map(|failure| failure.code), Some("invalid_event"), "{event}");
    }
}

/// What the log says of an answer.
#[track_caller]
fn check_line(status: u16, level: Level, message: Message) {
    let answer = Answer {
        status,
        body: "{\"hidden\":true}".to_owned(),
        outcome: "code",
        event_id: Some("evt_1".to_owned()),
        transaction_id: None,
        detail: Some("s3:PutObject is unavailable: SlowDown".to_owned()),
    };
    let validator = validator(MemoryDispatch::default());
    let line = validator.line(&answer, Invocation::begin("r-1"));
    assert_eq!((line.level, line.message), (level, message));
    let json: Value = serde_json::from_slice(&line.to_json()).unwrap();
    assert_eq!(json["status"], status);
    assert_eq!(json["provider"], "stripe");
    assert_eq!(json["event_id"], "evt_1");
    assert_eq!(json["reason"], "s3:PutObject is unavailable: SlowDown");
    assert!(json["duration_ms"].is_number());
    assert!(!json.to_string().contains("hidden"), "no body in a line: {json}");
}

#[test]
fn lines_tell_who_must_act() {
    check_line(200, Level::Info, Message::Accepted);
    check_line(401, Level::Warn, Message::InvalidSignature);
    check_line(400, Level::Warn, Message::Rejected);
    check_line(413, Level::Warn, Message::Rejected);
    check_line(415, Level::Warn, Message::Rejected);
    check_line(503, Level::Error, Message::NotStored);
}

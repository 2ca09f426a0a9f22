//! What an invocation tells, and when it tells nothing. The daemon is a socket of the test's.

use std::net::UdpSocket;
use std::time::Duration;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use webhook_core::contract;
use webhook_core::intake::{Intake, IntakePorts};
use webhook_core::keys::{Keyring, KeyringOptions};
use webhook_core::ports::RawStore;
use webhook_core::twins::{
    MemoryCertificates, MemoryDispatch, MemoryProcessedLog, MemoryQuarantine, MemoryRawStore, MemorySecrets,
    MemorySignatureApi, MemoryTransactions, MemoryTransmissions, refused, unavailable,
};
use webhook_core::unix_time::UnixTime;

use super::*;
use crate::invocation::{Invocation as Underway, guarded};
use crate::log::{Log, Message, Reason};
use crate::processor::Processor;
use crate::stage::Deployment;
use crate::validator::Validator;
use crate::wiring::Real;

const NOW: UnixTime = UnixTime::from_secs(1_763_750_000);
const ROOT: &str = "1-6920b070-111142228333444455556666";
const LAMBDAS: &str = "53995c3f42cd8ad8";

fn header(sampled: u8) -> Option<String> {
    Some(format!("Root={ROOT};Parent={LAMBDAS};Sampled={sampled}"))
}

/// A recorder, and the daemon it tells.
struct Bench {
    recorder: &'static Recorder,
    daemon: UdpSocket,
}

impl Bench {
    fn new(function: Function) -> Self {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        let way = Daemon::at(&daemon.local_addr().unwrap().to_string()).unwrap();
        let recorder =
            Recorder { now: || Duration::from_secs(1_763_750_000), ..Recorder::new(function, Some(way)) };
        Self { recorder: recorder.forever(), daemon }
    }

    /// Everything told so far: on loopback a datagram is there when its sender goes on.
    fn told(&self) -> Vec<Value> {
        self.daemon.set_nonblocking(true).unwrap();
        let mut datagram = vec![0; 65_536];
        let mut documents = Vec::new();
        while let Ok(length) = self.daemon.recv(&mut datagram) {
            let json = datagram[..length].splitn(2, |byte| *byte == b'\n').nth(1).unwrap();
            documents.push(serde_json::from_slice(json).unwrap());
        }
        documents
    }

    fn the_one_told(&self) -> Value {
        let mut told = self.told();
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0)
    }
}

fn line(level: Level) -> Line<'static> {
    Line {
        provider: Some(Provider::Stripe),
        event_id: Some("evt_1"),
        transaction_id: Some("pi_1"),
        status: Some(200),
        outcome: Some("accepted"),
        ..Line::new(level, Message::Accepted, NOW)
    }
}

fn failure() -> Failure {
    Failure { code: "store_unavailable", message: "s3:PutObject is unavailable: timeout".to_owned() }
}

#[tokio::test]
async fn a_sampled_invocation_is_one_subsegment_with_its_calls_inside() {
    let bench = Bench::new(Function::Validator(Provider::Stripe));
    let raw = Traced::new(MemoryRawStore::default(), bench.recorder, "raw");
    let queue = Traced::new(MemoryDispatch::default(), bench.recorder, "webhook-processor");
    bench.recorder.begin(header(1));
    let envelope = envelope("eur");
    let (stored, queued) = tokio::join!(raw.put_raw("k", "{}".into()), async {
        webhook_core::ports::Dispatch::dispatch(&queue, &serde_json::from_str(&envelope).unwrap()).await
    });
    assert!(stored.is_ok() && queued.is_ok());
    let onward = bench.recorder.onward().unwrap();
    bench.recorder.heard(&line(Level::Info));
    bench.recorder.end("r-1", None);

    let told = bench.the_one_told();
    assert_eq!((&told["type"], &told["parent_id"]), (&json!("subsegment"), &json!(LAMBDAS)), "{told}");
    assert_eq!((&told["trace_id"], &told["name"]), (&json!(ROOT), &json!("verify and store")));
    let annotations = json!({"provider": "stripe", "transaction_id": "pi_1", "status": "accepted"});
    assert_eq!(told["annotations"], annotations);
    assert_eq!(told["http"]["response"]["status"], 200);
    assert_eq!(told["aws"]["request_id"], "r-1");
    let calls: Vec<_> = told["subsegments"].as_array().unwrap().iter().map(|call| &call["aws"]).collect();
    let invoke = json!({"operation": "Invoke", "function_name": "webhook-processor"});
    assert_eq!(calls, [&json!({"operation": "PutObject", "bucket_name": "raw"}), &invoke]);
    let id = told["subsegments"][1]["id"].as_str().unwrap();
    assert_eq!(onward, format!("Root={ROOT};Parent={id};Sampled=1"), "the processor hangs below the call");
    let time = |value: &Value, name: &str| value[name].as_f64().unwrap();
    for call in told["subsegments"].as_array().unwrap() {
        assert!(time(&told, "start_time") <= time(call, "start_time"), "{told}");
        assert!(time(call, "start_time") <= time(call, "end_time"), "{told}");
        assert!(time(call, "end_time") <= time(&told, "end_time"), "{told}");
    }
    assert_eq!(time(&told, "end_time"), 1_763_750_000.0);
    let mut ids: Vec<_> =
        told["subsegments"].as_array().unwrap().iter().chain([&told]).map(|s| &s["id"]).collect();
    ids.sort_by_key(ToString::to_string);
    ids.dedup();
    assert_eq!(ids.len(), 3, "every id is its own: {told}");
}

/// What is told of an invocation that logs this line and ends this way.
fn told_of(sampled: u8, line: &Line<'_>, failure: Option<&Failure>) -> Vec<Value> {
    let bench = Bench::new(Function::Processor);
    bench.recorder.begin(header(sampled));
    bench.recorder.heard(line);
    bench.recorder.end("r-1", failure);
    bench.told()
}

#[test]
fn an_unsampled_invocation_is_told_of_when_it_is_a_fault_and_only_then() {
    let answered = |status, level| Line { status: Some(status), ..line(level) };
    for (status, level) in [(200, Level::Info), (401, Level::Warn), (404, Level::Info), (429, Level::Warn)] {
        assert_eq!(told_of(0, &answered(status, level), None), [] as [Value; 0], "{status}");
    }
    for failure in [None, Some(&failure())] {
        let status = if failure.is_none() { 503 } else { 200 };
        let told = told_of(0, &answered(status, Level::Error), failure);
        let [told] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((&told["fault"], &told["name"]), (&json!(true), &json!("webhook-processor")), "{told}");
        assert_eq!((&told["trace_id"], &told["origin"]), (&json!(ROOT), &json!("AWS::Lambda::Function")));
        assert!(told.get("parent_id").is_none() && told.get("type").is_none(), "{told}");
        assert_eq!(told["annotations"]["provider"], "stripe", "{told}");
    }
}

#[test]
fn a_sampled_invocation_says_how_it_ended() {
    let flags = |status, failure: Option<&Failure>| {
        let told = told_of(1, &Line { status, ..line(Level::Warn) }, failure);
        assert_eq!(told[0]["type"], "subsegment");
        ["error", "throttle", "fault"].map(|flag| told[0].get(flag).is_some())
    };
    assert_eq!(flags(Some(200), None), [false, false, false]);
    assert_eq!(flags(None, None), [false, false, false]);
    assert_eq!(flags(Some(401), None), [true, false, false]);
    assert_eq!(flags(Some(429), None), [true, true, false]);
    assert_eq!(flags(Some(503), None), [false, false, true]);
    assert_eq!(flags(None, Some(&failure())), [false, false, true]);
    let told = told_of(1, &line(Level::Error), Some(&failure()));
    let exception = &told[0]["cause"]["exceptions"][0];
    assert_eq!(exception["type"], "store_unavailable");
    assert_eq!(exception["message"], "s3:PutObject is unavailable: timeout");
}

#[test]
fn the_status_of_a_record_is_where_the_payment_stands() {
    let line = Line { payment_status: Some(Status::Pending), outcome: Some("stored"), ..line(Level::Info) };
    let told = told_of(1, &line, None);
    assert_eq!(told[0]["annotations"]["status"], "pending");
    assert_eq!(told[0]["metadata"]["webhook"]["outcome"], "stored");
}

#[tokio::test]
async fn without_a_trace_or_a_daemon_nothing_is_taken_down() {
    let bench = Bench::new(Function::Processor);
    let raw = Traced::new(MemoryRawStore::default(), bench.recorder, "raw");
    for header in [None, Some("Self=1".to_owned())] {
        bench.recorder.begin(header);
        assert_eq!(raw.put_raw("k", "{}".into()).await, Ok(()));
        bench.recorder.heard(&line(Level::Error));
        assert_eq!(bench.recorder.onward(), None);
        bench.recorder.end("r-1", Some(&failure()));
    }
    // Between invocations, and in the init phase, there is none to belong to.
    bench.recorder.begin(None);
    assert_eq!(raw.put_raw("k", "{}".into()).await, Ok(()));
    assert!(bench.recorder.state().calls.is_empty());
    assert_eq!(bench.told(), [] as [Value; 0]);

    let alone = Recorder::new(Function::Processor, None).forever();
    alone.begin(header(1));
    assert_eq!(Traced::new(MemoryRawStore::default(), alone, "raw").put_raw("k", "{}".into()).await, Ok(()));
    alone.end("r-1", Some(&failure()));
    assert!(alone.state().current.is_none() && alone.state().calls.is_empty());
}

#[tokio::test]
async fn an_unsampled_trace_is_passed_on_by_the_sdk_as_it_is() {
    let bench = Bench::new(Function::Validator(Provider::Stripe));
    let queue = Traced::new(MemoryDispatch::default(), bench.recorder, "webhook-processor");
    bench.recorder.begin(header(0));
    let envelope = serde_json::from_str(&envelope("eur")).unwrap();
    webhook_core::ports::Dispatch::dispatch(&queue, &envelope).await.unwrap();
    assert_eq!(bench.recorder.onward(), None);
}

/// A bucket that fails when it is let go.
struct Stuck(Mutex<Option<tokio::sync::oneshot::Receiver<()>>>);

impl RawStore for Stuck {
    async fn put_raw(&self, _: &str, _: Bytes) -> Result<(), PortError> {
        let gate = self.0.lock().unwrap().take();
        drop(gate.unwrap().await);
        Err(unavailable("s3:PutObject"))
    }
}

#[tokio::test]
async fn a_call_that_was_given_up_is_a_fault_and_tells_the_next_invocation_nothing() {
    let bench = Bench::new(Function::Processor);
    let (let_go, gate) = tokio::sync::oneshot::channel::<()>();
    let stuck = Traced::new(Stuck(Mutex::new(Some(gate))), bench.recorder, "raw");
    bench.recorder.begin(header(1));
    let mut late = Box::pin(stuck.put_raw("k", "{}".into()));
    assert!(futures::poll!(late.as_mut()).is_pending());
    bench.recorder.end("r-1", None);
    let given_up = bench.the_one_told();
    assert_eq!(given_up["subsegments"][0]["fault"], true);
    assert_eq!(given_up["subsegments"][0]["cause"]["exceptions"][0]["type"], "GivenUp");

    bench.recorder.begin(header(1));
    Traced::new(MemoryRawStore::default(), bench.recorder, "raw").put_raw("k", "{}".into()).await.unwrap();
    drop(let_go);
    assert!(late.await.is_err());
    bench.recorder.end("r-2", None);
    assert!(bench.the_one_told()["subsegments"][0].get("fault").is_none());
}

#[tokio::test]
async fn calls_beyond_the_bound_are_counted() {
    let bench = Bench::new(Function::Query);
    let raw = Traced::new(MemoryRawStore::default(), bench.recorder, "raw");
    bench.recorder.begin(header(1));
    for _ in 0..CALLS_MAX + 7 {
        raw.put_raw("k", "{}".into()).await.unwrap();
    }
    bench.recorder.end("r-1", None);
    let told = bench.the_one_told();
    assert_eq!(told["subsegments"].as_array().unwrap().len(), CALLS_MAX);
    assert_eq!(told["metadata"]["webhook"]["calls_left_out"], 7);
}

#[tokio::test]
async fn a_traced_port_is_the_port() {
    let bench = Bench::new(Function::Processor);
    bench.recorder.begin(header(1));
    let store = Traced::new(MemoryTransactions::default(), bench.recorder, "t");
    contract::transaction_store(&store, "traced", 1_763_750_000).await;
    let log = Traced::new(MemoryTransmissions::default(), bench.recorder, "t");
    contract::transmission_log(&log, "traced").await;
}

/// Text that must be seen nowhere: as a card number, a secret, an address, and a word of nothing.
const CANARIES: [&str; 5] = ["4242424242424242", "whsec_canary", "jane@example.com", "canaryword", "v1="];

fn envelope(currency: &str) -> String {
    json!({
        "provider": "stripe", "event_id": "evt_1", "received_at": 1_763_749_999_500_i64,
        "raw_key": "stripe/2025/11/21/pi_1.evt_1.json", "body": body(currency),
    })
    .to_string()
}

fn body(currency: &str) -> String {
    json!({
        "id": "evt_1", "object": "event", "api_version": "canaryword", "created": 1_763_749_999, "livemode": false,
        "pending_webhooks": 1, "type": "payment_intent.succeeded", "request": null,
        "data": {"object": {
            "id": "pi_1", "object": "payment_intent", "amount": 1234, "amount_received": 1234, "currency": currency,
            "customer": "cus_1", "status": "succeeded", "description": CANARIES.join(" "),
            "receipt_email": "jane@example.com", "metadata": {"card": "4242424242424242"},
        }},
    })
    .to_string()
}

fn delivery(secret: &str) -> String {
    let body = body("eur");
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{}.{body}", NOW.secs()).as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("t={},v1={hex}", NOW.secs());
    json!({
        "multiValueHeaders": {"Stripe-Signature": [signature], "X-Canary": CANARIES}, "body": body,
        "isBase64Encoded": false, "requestContext": {"requestId": "api-1"},
    })
    .to_string()
}

struct TracedTwins;

impl IntakePorts for TracedTwins {
    type Secrets = Traced<MemorySecrets>;
    type Certificates = Traced<MemoryCertificates>;
    type Raw = Traced<MemoryRawStore>;
    type Dispatch = Traced<MemoryDispatch>;
    type Transmissions = Traced<MemoryTransmissions>;
    type Quarantine = Traced<MemoryQuarantine>;
    type SignatureApi = Traced<MemorySignatureApi>;
}

#[tokio::test]
async fn nothing_of_bodies_headers_and_secrets_is_told() {
    let bench = Bench::new(Function::Validator(Provider::Stripe));
    let log = Log::new(Level::Error).with_trace(bench.recorder);
    let secrets = MemorySecrets::default();
    secrets.set(Provider::Stripe, &[r#"{"secret":"whsec_canary"}"#]);
    let keys = Traced::new(secrets, bench.recorder, "");
    let certificates = Traced::new(MemoryCertificates::default(), bench.recorder, "");
    let raw = MemoryRawStore::default();
    let reason = CANARIES[..3].join(" ");
    raw.fail_with(Some(PortError::Unavailable { operation: "s3:PutObject", reason }));
    let validator = Validator::new(
        Intake::<TracedTwins> {
            provider: Provider::Stripe,
            keyring: Keyring::new(keys, certificates, KeyringOptions::default()),
            raw: Traced::new(raw, bench.recorder, "raw"),
            dispatch: Traced::new(MemoryDispatch::default(), bench.recorder, "webhook-processor"),
            transmissions: Traced::new(MemoryTransmissions::default(), bench.recorder, "transmissions"),
            ipn: None,
            signature_api: None,
        },
        Deployment::default(),
        log,
    )
    .with_clock(|| NOW);
    for (secret, status) in [("whsec_canary", 503), ("whsec_other", 401)] {
        bench.recorder.begin(header(1));
        let answer = guarded(&validator, &delivery(secret), Underway::begin("r-1")).await.unwrap();
        bench.recorder.end("r-1", None);
        assert_eq!(answer.status_code, status);
    }
    let told = bench.told();
    assert_eq!(told.len(), 2);
    let calls: Vec<_> = told[0]["subsegments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["name"].as_str().unwrap())
        .collect();
    assert_eq!(calls, ["Secrets Manager", "S3", "Lambda"]);
    assert_eq!(
        told[1]["annotations"].get("transaction_id"),
        None,
        "nothing is known of an unproven sender's body"
    );

    let refusing = MemoryTransactions::default();
    refusing.fail_with(Some(refused("dynamodb:PutItem")));
    let processor: Processor<_, _, Real> = Processor::new(
        Traced::new(refusing, bench.recorder, "webhook-transactions"),
        Traced::new(MemoryProcessedLog::default(), bench.recorder, "log"),
        log,
    );
    for event in [envelope("eur"), envelope("canaryword"), format!("{{\"{}\":1}}", CANARIES.join(" "))] {
        bench.recorder.begin(header(0));
        let failure = guarded(&processor, &event, Underway::begin("r-1")).await.unwrap_err();
        bench.recorder.end("r-1", Some(&failure));
    }
    let faults = bench.told();
    assert_eq!(faults.len(), 3);
    let shown = serde_json::to_string(&(told, faults)).unwrap();
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
}

#[test]
fn an_id_that_could_be_a_card_number_is_not_shown() {
    let told = told_of(1, &Line { transaction_id: Some("4242424242424242"), ..line(Level::Info) }, None);
    assert_eq!(told[0]["annotations"]["transaction_id"], "[card]");
    let reason = Some(Reason::masked("of 4242424242424242"));
    let told = told_of(1, &Line { status: Some(503), reason, ..line(Level::Error) }, None);
    assert_eq!(told[0]["cause"]["exceptions"][0]["message"], "of [card]");
}

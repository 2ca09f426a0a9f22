//! The form of documents, which X-Ray and its users rely on, and their size.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;

const PUT: Call = Call::aws("S3", "PutObject").on("bucket_name");

fn times(start_ms: u64, end_ms: u64) -> Times {
    let epoch = Duration::from_secs(1_763_750_000);
    Times { start: epoch + Duration::from_millis(start_ms), end: epoch + Duration::from_millis(end_ms) }
}

fn call(number: u64, error: Option<&PortError>) -> Child<'static> {
    Child {
        name: "S3",
        id: SpanId::new(number),
        times: times(1, 2),
        flags: error.map_or(Flags::NONE, Flags::of_call),
        cause: error.map(|error| Cause::of_call(SpanId::new(number + 0x100), error)),
        what: What { call: PUT, resource: "raw" },
    }
}

fn document<'a>(kind: Kind<'a>, subsegments: Vec<Child<'a>>) -> Document<'a> {
    Document {
        name: "verify and store",
        id: SpanId::new(1),
        trace_id: "1-6920b070-111142228333444455556666",
        kind,
        times: times(0, 5),
        flags: Flags::NONE,
        cause: None,
        http: Some(Http::answered(200)),
        aws: Invocation { request_id: "r-1" },
        annotations: Annotations {
            provider: Some(Provider::Stripe),
            transaction_id: Some("pi_1"),
            status: Some("accepted"),
        },
        metadata: Metadata {
            webhook: Facts {
                event_id: Some("evt_1"),
                event_type: None,
                outcome: Some("accepted"),
                calls_left_out: 0,
            },
        },
        subsegments,
    }
}

fn json_of(document: Document<'_>) -> Value {
    serde_json::from_slice(&written(document).unwrap()).unwrap()
}

fn unavailable(reason: &str) -> PortError {
    PortError::Unavailable { operation: "s3:PutObject", reason: reason.to_owned() }
}

#[test]
fn a_subsegment_in_full() {
    let error = unavailable("SlowDown");
    let children = vec![call(2, None), call(3, Some(&error))];
    let expected = json!({
        "name": "verify and store",
        "id": "0000000000000001",
        "trace_id": "1-6920b070-111142228333444455556666",
        "type": "subsegment",
        "parent_id": "53995c3f42cd8ad8",
        "start_time": 1_763_750_000.0,
        "end_time": 1_763_750_000.005,
        "http": {"response": {"status": 200}},
        "aws": {"request_id": "r-1"},
        "annotations": {"provider": "stripe", "transaction_id": "pi_1", "status": "accepted"},
        "metadata": {"webhook": {"event_id": "evt_1", "outcome": "accepted"}},
        "subsegments": [
            {
                "name": "S3", "id": "0000000000000002",
                "start_time": 1_763_750_000.001, "end_time": 1_763_750_000.002,
                "namespace": "aws", "aws": {"operation": "PutObject", "bucket_name": "raw"},
            },
            {
                "name": "S3", "id": "0000000000000003",
                "start_time": 1_763_750_000.001, "end_time": 1_763_750_000.002,
                "error": true, "throttle": true,
                "cause": {"exceptions": [{
                    "id": "0000000000000103", "type": "Unavailable", "remote": true,
                    "message": "s3:PutObject is unavailable: SlowDown",
                }]},
                "namespace": "aws", "aws": {"operation": "PutObject", "bucket_name": "raw"},
            },
        ],
    });
    assert_eq!(json_of(document(Kind::below("53995c3f42cd8ad8"), children)), expected);
}

#[test]
fn a_segment_of_its_own_has_an_origin_and_neither_type_nor_parent() {
    let document = Document {
        name: "webhook-processor",
        flags: Flags::FAULT,
        cause: Some(Cause::of_invocation(SpanId::new(9), "cannot_normalize", Some("no such currency"))),
        http: None,
        ..document(Kind::STANDALONE, Vec::new())
    };
    let json = json_of(document);
    assert_eq!((&json["origin"], &json["fault"]), (&json!("AWS::Lambda::Function"), &json!(true)));
    let exception =
        json!({"id": "0000000000000009", "type": "cannot_normalize", "message": "no such currency"});
    assert_eq!(json["cause"]["exceptions"], json!([exception]));
    for absent in ["type", "parent_id", "http", "subsegments", "error", "throttle"] {
        assert!(json.get(absent).is_none(), "{absent}: {json}");
    }
}

#[test]
fn somebody_elses_service_is_remote_and_names_its_operation() {
    let mut fetch = call(2, None);
    fetch.name = "PayPal";
    fetch.what = What { call: Call::remote("PayPal", "GetCertificate"), resource: "" };
    let json = json_of(document(Kind::below("53995c3f42cd8ad8"), vec![fetch]));
    let fetch = &json["subsegments"][0];
    assert_eq!((&fetch["namespace"], &fetch["name"]), (&json!("remote"), &json!("PayPal")));
    assert_eq!(fetch["metadata"]["webhook"], json!({"operation": "GetCertificate"}));
    assert!(fetch.get("aws").is_none(), "{fetch}");
}

#[track_caller]
fn check_flags(error: &PortError, error_throttle_fault: [bool; 3]) {
    let Flags { error: is_error, throttle, fault } = Flags::of_call(error);
    assert_eq!([is_error, throttle, fault], error_throttle_fault, "{error}");
}

#[test]
fn whose_fault_it_is() {
    check_flags(&unavailable("timeout"), [false, false, true]);
    check_flags(&unavailable("HTTP status 503"), [false, false, true]);
    check_flags(&unavailable("SlowDown"), [true, true, false]);
    check_flags(&unavailable("ProvisionedThroughputExceededException"), [true, true, false]);
    let refused = PortError::Refused { operation: "s3:PutObject", reason: "AccessDenied".to_owned() };
    check_flags(&refused, [true, false, false]);
    assert_eq!(Flags::of_status(200), Flags::NONE);
    assert_eq!(Flags::of_status(401), Flags { error: true, throttle: false, fault: false });
    assert_eq!(Flags::of_status(429), Flags { error: true, throttle: true, fault: false });
    assert_eq!(Flags::of_status(503), Flags::FAULT);
}

#[test]
fn a_document_that_is_too_long_keeps_the_calls_that_failed() {
    let error = unavailable(&"x".repeat(1500));
    let calls = (0..400).map(|number| call(number, (number % 20 == 7).then_some(&error))).collect();
    let document = written(document(Kind::below("53995c3f42cd8ad8"), calls)).unwrap();
    assert!(document.len() <= DOCUMENT_BYTES_MAX, "{}", document.len());
    let json: Value = serde_json::from_slice(&document).unwrap();
    let kept = json["subsegments"].as_array().unwrap();
    assert_eq!(kept.iter().filter(|call| call["fault"] == true).count(), 20, "every failure is there");
    let left_out = json["metadata"]["webhook"]["calls_left_out"].as_u64().unwrap();
    assert_eq!(kept.len() as u64 + left_out, 400);
    assert!(kept.len() > 20, "some of the others are there too");
}

#[test]
fn failures_go_when_nothing_else_is_left_to_go() {
    let error = unavailable(&"x".repeat(1500));
    let calls = (0..100).map(|number| call(number, Some(&error))).collect();
    let json = json_of(document(Kind::below("53995c3f42cd8ad8"), calls));
    assert_eq!(json["subsegments"].as_array().unwrap().len(), 25);
    let long = "x".repeat(DOCUMENT_BYTES_MAX);
    let hopeless = Document { name: &long, ..document(Kind::STANDALONE, vec![call(2, None)]) };
    assert!(written(hopeless).is_none());
}

#[test]
fn free_text_is_masked() {
    let error = unavailable("4242 4242 4242 4242 whsec_canary jane@example.com");
    let document = Document {
        flags: Flags::FAULT,
        cause: Some(Cause::of_invocation(
            SpanId::new(9),
            "code",
            Some("4242424242424242 whsec_canary jane@example.com"),
        )),
        ..document(Kind::STANDALONE, vec![call(2, Some(&error))])
    };
    let json = json_of(document).to_string();
    for canary in ["4242", "canary", "jane"] {
        assert!(!json.contains(canary), "{canary}: {json}");
    }
}

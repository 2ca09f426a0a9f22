//! The rules of context, sampling, store, filters and API, each by itself.

use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::api::Api;
use super::assembly::assembled;
use super::context::{SegmentId, TraceContext, TraceHeader, TraceId};
use super::filter::{Filter, NotUnderstood};
use super::sampling::Sampler;
use super::store::{Head, Limits};
use super::summary::Summary;
use super::tracer::Tracer;
use crate::stores::wire::Endpoint as _;

const ROOT: &str = "1-6920b070-111142228333444455556666";
const OTHER: &str = "1-6920b071-000000000000000000000001";
const PARENT: &str = "53995c3f42cd8ad8";

#[test]
fn headers_are_read_as_far_as_they_can_be() {
    let check = |text: &str, root: Option<&str>, parent: Option<&str>, sampled: Option<bool>| {
        let header = TraceHeader::read(text);
        let told =
            (header.root.map(|id| id.to_string()), header.parent.map(|id| id.to_string()), header.sampled);
        assert_eq!(told, (root.map(str::to_owned), parent.map(str::to_owned), sampled), "{text}");
    };
    check(&format!("Root={ROOT};Parent={PARENT};Sampled=1"), Some(ROOT), Some(PARENT), Some(true));
    check(&format!("Sampled=0; Root={ROOT}"), Some(ROOT), None, Some(false));
    check(&format!("Root={ROOT};Sampled=?;Lineage=a:1"), Some(ROOT), None, None);
    check("Self=1-67891234-12456789abcdef012345678;Root=1-2-3", None, None, None);
    check("Root=1-6920b07g-111142228333444455556666;Parent=+3995c3f42cd8ad8", None, None, None);
    check("", None, None, None);
}

#[test]
fn a_context_is_written_as_a_header_that_reads_back() {
    let context = TraceContext { root: TraceId::fresh(), parent: Some(SegmentId::fresh()), sampled: true };
    let header = TraceHeader::read(&context.to_string());
    assert_eq!(
        (header.root, header.parent, header.sampled),
        (Some(context.root), context.parent, Some(true))
    );
    let bare = TraceContext { root: TraceId::read(ROOT).unwrap(), parent: None, sampled: false };
    assert_eq!(bare.to_string(), format!("Root={ROOT};Sampled=0"));
}

#[test]
fn what_a_caller_decided_is_not_decided_again() {
    let (all, none) = (Tracer::new(1.0, 1), Tracer::new(0.0, 1));
    let followed = all.follow(Some(&format!("Root={ROOT};Parent={PARENT};Sampled=0")));
    assert_eq!((followed.root.to_string().as_str(), followed.sampled), (ROOT, false));
    assert_eq!(followed.parent, SegmentId::read(PARENT));
    assert!(none.follow(Some(&format!("Root={ROOT};Sampled=1"))).sampled);
    assert!(all.follow(Some(&format!("Root={ROOT}"))).sampled, "undecided: the rule decides");
    let fresh = all.follow(Some(&format!("Parent={PARENT};Sampled=?")));
    assert_eq!(fresh.parent, None, "a new trace has nothing above");
    assert!(fresh.root != all.follow(None).root);
}

#[test]
fn the_first_of_a_second_and_a_share_of_the_rest_are_kept() {
    let sampler = Sampler::new(0.1, 7);
    assert!(sampler.keeps(1) && sampler.keeps(2), "the first of each second");
    let kept = (0..10_000).filter(|_| sampler.keeps(2)).count();
    assert!((900..1100).contains(&kept), "{kept} of 10,000");
    let (none, all) = (Sampler::new(0.0, 7), Sampler::new(1.0, 7));
    assert!((1..100).all(|second| !none.keeps(second)));
    assert!((0..100).all(|_| all.keeps(1)));
    let (one, two) = (Sampler::new(0.5, 3), Sampler::new(0.5, 3));
    assert!((0..100).all(|_| one.keeps(1) == two.keeps(1)), "one seed, one choice");
}

fn segment(trace: &str, id: u64, more: &Value) -> String {
    let mut segment = json!({
        "trace_id": trace, "id": format!("{id:016x}"), "name": "s",
        "start_time": 1_763_750_000.5 + id as f64, "end_time": 1_763_750_010.5,
    });
    for (name, value) in more.as_object().unwrap() {
        segment[name] = value.clone();
    }
    segment.to_string()
}

#[track_caller]
fn check_refused(more: Value, code: &str) {
    assert_eq!(Head::read(&segment(ROOT, 1, &more)).map_err(|refused| refused.code), Err(code), "{more}");
}

#[test]
fn documents_are_checked_before_they_are_taken() {
    assert!(Head::read(&segment(ROOT, 1, &json!({}))).is_ok());
    assert!(Head::read(&segment(ROOT, 1, &json!({"parent_id": PARENT}))).is_ok());
    assert!(Head::read(&segment(ROOT, 1, &json!({"end_time": null, "in_progress": true}))).is_ok());
    assert!(Head::read(&segment(ROOT, 1, &json!({"type": "subsegment", "parent_id": PARENT}))).is_ok());
    check_refused(json!({"id": "1"}), "InvalidId");
    check_refused(json!({"trace_id": null}), "InvalidTraceId");
    check_refused(json!({"name": ""}), "InvalidName");
    check_refused(json!({"name": "x".repeat(201)}), "InvalidName");
    check_refused(json!({"end_time": null}), "MissingTime");
    check_refused(json!({"start_time": null}), "MissingTime");
    check_refused(json!({"start_time": "now"}), "ParseError");
    check_refused(json!({"type": "subsegment"}), "MissingParentId");
    check_refused(json!({"type": "segment"}), "InvalidType");
    check_refused(json!({"parent_id": "x"}), "InvalidParentId");
    assert_eq!(Head::read("[1]").map_err(|refused| refused.code), Err("ParseError"));
}

#[test]
fn the_latest_traces_are_kept_within_bounds() {
    let one = segment(ROOT, 1, &json!({})).len();
    let limits = Limits { traces: 3, bytes: 10 * one, trace_bytes: 4 * one };
    let tracer = Tracer::with_limits(1.0, 1, limits);
    let trace = |number: u64| format!("1-6920b070-{number:024x}");
    let kept = || tracer.store().iter().map(|(id, _)| id.to_string()).collect::<Vec<_>>();
    for number in 0..5 {
        tracer.take(&segment(&trace(number), 1, &json!({}))).unwrap();
    }
    assert_eq!(kept(), [trace(2), trace(3), trace(4)]);
    for id in 1..9 {
        tracer.take(&segment(&trace(4), id, &json!({}))).unwrap();
    }
    let full = TraceId::read(&trace(4)).unwrap();
    let held = tracer.store().get(full).map(|trace| (trace.documents().len(), trace.limit_exceeded));
    assert_eq!(held, Some((4, true)), "a trace has a bound of its own");
    let large = json!({"metadata": "x".repeat(3 * one / 2)});
    tracer.take(&segment(&trace(3), 2, &large)).unwrap();
    tracer.take(&segment(&trace(5), 2, &large)).unwrap();
    assert_eq!(kept(), [trace(4), trace(5)], "bytes are bounded too");
}

#[test]
fn a_document_takes_the_place_of_the_one_that_was_in_progress() {
    let tracer = Tracer::new(1.0, 1);
    tracer.take(&segment(ROOT, 1, &json!({"end_time": null, "in_progress": true}))).unwrap();
    tracer.take(&segment(ROOT, 1, &json!({}))).unwrap();
    let documents = tracer.store().get(TraceId::read(ROOT).unwrap()).unwrap().documents();
    let segments = assembled(&documents);
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].get("in_progress"), None);
}

/// A gateway, a function below, and two subsegments that were sent by themselves, the inner one first; and one astray.
fn trace() -> Vec<Value> {
    let id = |number: u64| format!("{number:016x}");
    let loose = |parent| json!({"type": "subsegment", "parent_id": id(parent), "annotations": {"provider": "stripe", "n": 1}});
    let stage = json!({
        "name": "api/dev", "origin": "AWS::ApiGateway::Stage",
        "http": {"request": {"method": "POST", "url": "/u"}, "response": {"status": 200}},
        "subsegments": [{"id": id(2), "name": "Lambda", "start_time": 1.0, "end_time": 2.0}],
    });
    let function = json!({"name": "f", "parent_id": id(2), "origin": "AWS::Lambda::Function", "fault": true});
    let documents = [
        segment(ROOT, 5, &loose(4)),
        segment(ROOT, 4, &loose(3)),
        segment(ROOT, 3, &function),
        segment(ROOT, 1, &stage),
        segment(ROOT, 9, &loose(8)),
    ];
    assembled(&documents.map(Into::into))
}

#[test]
fn subsegments_stand_inside_their_parents_however_they_came() {
    let segments = trace();
    let ids: Vec<_> = segments.iter().map(|segment| segment["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["0000000000000001", "0000000000000003", "0000000000000009"], "the stray one comes last");
    let inner = &segments[1]["subsegments"][0];
    assert_eq!(inner["id"], "0000000000000004");
    assert_eq!(inner["subsegments"][0]["id"], "0000000000000005");
    for name in ["type", "trace_id", "parent_id"] {
        assert_eq!(inner.get(name), None, "its place says so");
    }
}

#[test]
fn a_summary_tells_how_the_trace_went() {
    let summary = Summary::of(TraceId::read(ROOT).unwrap(), &trace()).json();
    assert_eq!(summary["Id"], ROOT);
    assert_eq!(summary["StartTime"], 1_763_750_001.5);
    assert_eq!(summary["Duration"], 9.0);
    assert_eq!((&summary["HasFault"], &summary["HasError"]), (&json!(true), &json!(false)));
    assert_eq!(summary["IsPartial"], true, "a stray subsegment waits for its parent");
    assert_eq!(summary["Http"], json!({"HttpURL": "/u", "HttpStatus": 200, "HttpMethod": "POST"}));
    assert_eq!(summary["Annotations"]["provider"], json!([{"AnnotationValue": {"StringValue": "stripe"}}]));
    assert_eq!(summary["Annotations"]["n"], json!([{"AnnotationValue": {"NumberValue": 1}}]));
    let names: Vec<_> = summary["ServiceIds"].as_array().unwrap().iter().map(|s| &s["Name"]).collect();
    assert_eq!(names, ["api/dev", "f"]);
    assert_eq!(summary["EntryPoint"]["Type"], "AWS::ApiGateway::Stage");
}

#[track_caller]
fn check_filter(text: &str, expected: Result<bool, NotUnderstood>) {
    let summary = Summary::of(TraceId::read(ROOT).unwrap(), &trace());
    assert_eq!(Filter::parse(text).map(|filter| filter.matches(&summary)), expected, "{text}");
}

#[test]
fn filters() {
    check_filter(r#"annotation.provider = "stripe""#, Ok(true));
    check_filter(r#"annotation.provider="paypal""#, Ok(false));
    check_filter(r#"annotation.provider != "paypal""#, Ok(true));
    check_filter(r#"annotation[provider] = "stripe""#, Ok(true));
    check_filter("annotation.n = 1", Ok(true));
    check_filter("annotation.n = 1.0 AND fault", Ok(true));
    check_filter("annotation.n = true", Ok(false));
    check_filter(r#"service("f")"#, Ok(true));
    check_filter(r#"service( "g" )"#, Ok(false));
    check_filter("fault", Ok(true));
    check_filter("error", Ok(false));
    check_filter("throttle", Ok(false));
    check_filter("ok", Ok(false));
    check_filter("http.status = 200", Ok(true));
    check_filter("http.status != 200", Ok(false));
    check_filter("http.status >= 200 and http.status < 300", Ok(true));
    check_filter("http.status <= 199", Ok(false));
    check_filter("http.status > 200", Ok(false));
    check_filter(r#"service("f") AND fault AND annotation.provider = "stripe""#, Ok(true));
    for refused in [
        r#"service("f") OR fault"#,
        "!fault",
        "duration > 5",
        "annotation.provider",
        "annotation. = 1",
        r#"annotation.provider > "stripe""#,
        "annotation.provider = stripe",
        "http.status = many",
        r#"service("f"#,
        "fault AND",
        "AND",
        "fault error",
        r#"service("f") { fault }"#,
    ] {
        check_filter(refused, Err(NotUnderstood));
    }
}

#[test]
fn a_datagram_is_read_only_with_its_format_line() {
    let check = |datagram: &[u8], expected: Option<&str>| {
        assert_eq!(super::daemon::document(datagram), expected, "{}", String::from_utf8_lossy(datagram));
    };
    check(b"{\"format\":\"json\",\"version\":1}\n{\"id\":1}", Some("{\"id\":1}"));
    check(b"{\"format\": \"json\", \"version\": 1}\n", Some(""));
    check(b"{\"format\":\"json\",\"version\":2}\n{}", None);
    check(b"{\"format\":\"xml\",\"version\":1}\n{}", None);
    check(b"{\"id\":1}", None);
    check(b"\xff\n{}", None);
    check(b"", None);
}

async fn call(api: &Api, path: &str, body: &Value) -> (StatusCode, String, Value) {
    let request = Request::post(path).body(Bytes::from(body.to_string())).unwrap();
    let (head, body) = api.answer(request).await.into_parts();
    let kind = head.headers.get("x-amzn-errortype").map(|kind| kind.to_str().unwrap().to_owned());
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, kind.unwrap_or_default(), serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn what_is_put_is_found_and_read() {
    let api = Api::new(Tracer::new(1.0, 1));
    let documents =
        [segment(ROOT, 1, &json!({})), segment(OTHER, 2, &json!({"error": true})), "{}".to_owned()];
    let (status, _, answer) =
        call(&api, "/TraceSegments", &json!({"TraceSegmentDocuments": documents})).await;
    assert_eq!(status, 200);
    assert_eq!(answer["UnprocessedTraceSegments"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(answer["UnprocessedTraceSegments"][0]["ErrorCode"], "InvalidId");

    let asked = json!({"StartTime": 1_763_750_000, "EndTime": 1_763_750_002});
    let (status, _, answer) = call(&api, "/TraceSummaries", &asked).await;
    let ids = |answer: &Value| -> Vec<String> {
        let summaries = answer["TraceSummaries"].as_array().unwrap();
        summaries.iter().map(|summary| summary["Id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((status, ids(&answer)), (StatusCode::OK, vec![ROOT.to_owned(), OTHER.to_owned()]));
    let asked = json!({"StartTime": 1_763_750_000, "EndTime": 1_763_750_002, "FilterExpression": "error"});
    assert_eq!(ids(&call(&api, "/TraceSummaries", &asked).await.2), [OTHER]);
    let asked = json!({"StartTime": 1_763_750_002, "EndTime": 1_763_750_009});
    assert_eq!(ids(&call(&api, "/TraceSummaries", &asked).await.2), [OTHER], "the second it began in counts");

    let asked = json!({"TraceIds": [ROOT, "1-00000000-000000000000000000000000", "x"]});
    let (_, _, answer) = call(&api, "/Traces", &asked).await;
    assert_eq!(answer["Traces"][0]["Id"], ROOT);
    let document: Value =
        serde_json::from_str(answer["Traces"][0]["Segments"][0]["Document"].as_str().unwrap()).unwrap();
    assert_eq!(document["id"], answer["Traces"][0]["Segments"][0]["Id"]);
    assert_eq!(answer["UnprocessedTraceIds"], json!(["1-00000000-000000000000000000000000", "x"]));
}

#[tokio::test]
async fn summaries_come_in_pages() {
    let tracer = Tracer::new(1.0, 1);
    for number in 0..230 {
        tracer.take(&segment(&format!("1-6920b070-{number:024x}"), 1, &json!({}))).unwrap();
    }
    let api = Api::new(tracer);
    let mut asked = json!({"StartTime": 1_763_750_000, "EndTime": 1_763_750_009});
    let mut pages = Vec::new();
    loop {
        let (_, _, answer) = call(&api, "/TraceSummaries", &asked).await;
        pages.push(answer["TraceSummaries"].as_array().unwrap().len());
        match answer.get("NextToken") {
            Some(token) => asked["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(pages, [100, 100, 30]);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_said_so() {
    let api = Api::new(Tracer::new(1.0, 1));
    let check = async |path: &str, body: Value, status: u16, kind: &str, words: &str| {
        let (got, got_kind, answer) = call(&api, path, &body).await;
        assert_eq!((got.as_u16(), got_kind.as_str()), (status, kind), "{path} {body}");
        assert!(answer["Message"].as_str().unwrap().contains(words), "{answer}");
    };
    let invalid = "InvalidRequestException";
    check("/TraceSummaries", json!({"StartTime": 2, "EndTime": 1}), 400, invalid, "after EndTime").await;
    check("/TraceSummaries", json!({"StartTime": 1}), 400, invalid, "line 1").await;
    let filter = json!({"StartTime": 1, "EndTime": 2, "FilterExpression": "duration > 5"});
    check("/TraceSummaries", filter, 400, invalid, "annotation.KEY").await;
    let token = json!({"StartTime": 1, "EndTime": 2, "NextToken": "x"});
    check("/TraceSummaries", token, 400, invalid, "NextToken").await;
    check("/Traces", json!({"TraceIds": vec!["a"; 6]}), 400, invalid, "more than 5").await;
    check("/ServiceGraph", json!({}), 404, "UnknownOperationException", "GetTraceSummaries").await;
}

//! Traces from the gateway to the stores, read back through X-Ray's API.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::Request;
use localstack::seed::{SeedSecrets, StripeSecret};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::cloud::{Cloud, eventually};
use crate::fake::{Answer, send};

const SECRET: &str = "whsec_for_the_tracing_test_0123456789";
const ROOT: &str = "1-6920b070-111142228333444455556666";
/// Text of bodies and headers that no trace may show.
const CANARIES: [&str; 4] = ["4242424242424242", "jane@example.com", "canaryword", SECRET];

async fn cloud(sampling: f64) -> Cloud {
    Cloud::start(|options| {
        options.trace_sampling = sampling;
        options.secrets = SeedSecrets {
            stripe: Some(StripeSecret { secret: SECRET.to_owned() }),
            ..SeedSecrets::default()
        };
    })
    .await
}

fn address(url: &str) -> std::net::SocketAddr {
    url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap()
}

/// Sends a webhook about payment `pi_{name}`, signed with `secret`, with this trace header if any.
async fn deliver(cloud: &Cloud, name: &str, currency: &str, secret: &str, trace: Option<&str>) -> Answer {
    #[expect(clippy::disallowed_methods, reason = "the functions compare with the machine's clock")]
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let body = json!({
        "id": format!("evt_{name}"), "object": "event", "api_version": "canaryword", "created": now, "livemode": false,
        "pending_webhooks": 1, "type": "payment_intent.succeeded", "request": null,
        "data": {"object": {
            "id": format!("pi_{name}"), "object": "payment_intent", "amount": 1234, "amount_received": 1234,
            "currency": currency, "customer": "cus_1", "status": "succeeded",
            "receipt_email": "jane@example.com", "metadata": {"card": "4242424242424242"},
        }},
    })
    .to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut request = Request::post("/dev/api/v1/webhooks/stripe?secret=canaryword")
        .header("content-type", "application/json")
        .header("stripe-signature", format!("t={now},v1={hex}"));
    if let Some(trace) = trace {
        request = request.header("x-amzn-trace-id", trace);
    }
    send(address(&cloud.ready().api_base_url), request.body(Bytes::from(body)).unwrap()).await
}

async fn xray(cloud: &Cloud, path: &str, body: &Value) -> Value {
    let url = cloud.ready().endpoints.xray.clone().unwrap();
    let answer = send(address(&url), Request::post(path).body(Bytes::from(body.to_string())).unwrap()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The segments of a trace, subsegments inside.
async fn trace(cloud: &Cloud, id: &str) -> Vec<Value> {
    let traces = xray(cloud, "/Traces", &json!({"TraceIds": [id]})).await;
    let segments = traces["Traces"][0]["Segments"].as_array().cloned().unwrap_or_default();
    segments.iter().map(|s| serde_json::from_str(s["Document"].as_str().unwrap()).unwrap()).collect()
}

/// Waits until the trace is as it should be: datagrams are on their way when the answer is there already.
async fn trace_when(cloud: &Cloud, id: &str, what: &str, complete: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let segments = trace(cloud, id).await;
        if complete(&segments) {
            return segments;
        }
        assert!(Instant::now() < deadline, "not in time: {what}: {segments:#?}");
        tokio::time::sleep(Duration::from_millis(5)).await; // poll
    }
}

async fn summaries(cloud: &Cloud, filter: &str) -> Vec<Value> {
    let asked = json!({"StartTime": 0, "EndTime": 4_102_444_800_u64, "FilterExpression": filter});
    xray(cloud, "/TraceSummaries", &asked).await["TraceSummaries"].as_array().unwrap().clone()
}

/// Every segment and subsegment: by id, its name and what it hangs below.
fn nodes(segments: &[Value]) -> BTreeMap<String, (Value, Option<String>)> {
    fn walk(node: &Value, above: Option<String>, found: &mut BTreeMap<String, (Value, Option<String>)>) {
        let id = node["id"].as_str().unwrap().to_owned();
        for child in node["subsegments"].as_array().into_iter().flatten() {
            walk(child, Some(id.clone()), found);
        }
        let above = above.or_else(|| node["parent_id"].as_str().map(str::to_owned));
        assert!(found.insert(id, (node.clone(), above)).is_none(), "an id is there twice");
    }
    let mut found = BTreeMap::new();
    for segment in segments {
        walk(segment, None, &mut found);
    }
    found
}

/// Names from the top down to a node: `a > b > c`.
fn paths(segments: &[Value]) -> BTreeSet<String> {
    let nodes = nodes(segments);
    let path = |id: &String| {
        let (mut names, mut next) = (Vec::new(), Some(id));
        while let Some(id) = next {
            let (node, above) = nodes.get(id).unwrap_or_else(|| panic!("{id} is a parent and is not there"));
            names.insert(0, node["name"].as_str().unwrap());
            next = above.as_ref();
        }
        names.join(" > ")
    };
    nodes.keys().map(path).collect()
}

fn named<'a>(segments: &'a [Value], origin: &str, name: &str) -> Vec<&'a Value> {
    segments.iter().filter(|s| s["origin"] == origin && s["name"] == name).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_webhook_is_one_trace_from_the_gateway_to_the_stores() {
    let cloud = cloud(1.0).await;
    let answer = deliver(&cloud, "one", "eur", SECRET, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let header = answer.header("x-amzn-trace-id");
    let id = header.strip_prefix("Root=").and_then(|rest| rest.strip_suffix(";Sampled=1")).unwrap();

    const VALIDATOR: &str = "webhook-api/dev > Lambda > stripe-webhook-validator > stripe-webhook-validator";
    let processor = format!(
        "{VALIDATOR} > verify and store > Lambda > webhook-processor > Attempt #1 > webhook-processor > normalize and record"
    );
    let expected = [
        format!("{VALIDATOR} > verify and store > S3"),
        format!("{VALIDATOR} > verify and store > Lambda"),
        format!("{processor} > DynamoDB"),
        format!("{processor} > S3"),
    ];
    let complete = |segments: &[Value]| {
        // Read without its check that every parent is there: they are still coming.
        let told = serde_json::to_string(segments).unwrap();
        told.contains("normalize and record")
            && told.contains("verify and store")
            && told.contains("AWS::ApiGateway::Stage")
            && !told.contains("in_progress")
            && told.matches("\"AWS::Lambda\"").count() == 2
            && told.matches("AWS::Lambda::Function").count() == 2
    };
    let segments = trace_when(&cloud, id, "the whole trace", complete).await;
    let paths = paths(&segments);
    for path in &expected {
        assert!(paths.contains(path), "{path} is not in {paths:#?}");
    }
    let roots: Vec<_> = segments.iter().filter(|s| s["parent_id"].is_null()).map(|s| &s["name"]).collect();
    assert_eq!(roots, ["webhook-api/dev"], "one root");

    let all = nodes(&segments);
    let find = |name: &str| &all.values().find(|(node, _)| node["name"] == name).unwrap().0;
    let (stored, recorded) = (find("verify and store"), find("normalize and record"));
    let annotations =
        |status: &str| json!({"provider": "stripe", "transaction_id": "pi_one", "status": status});
    assert_eq!(stored["annotations"], annotations("accepted"));
    assert_eq!(recorded["annotations"], annotations("processed"));
    let operations = |node: &Value| -> BTreeSet<String> {
        let calls = node["subsegments"].as_array().unwrap().iter();
        calls.map(|call| format!("{}:{}", call["name"], call["aws"]["operation"]).replace('"', "")).collect()
    };
    assert_eq!(operations(stored), ["Lambda:Invoke", "S3:PutObject"].map(str::to_owned).into());
    assert_eq!(operations(recorded), ["DynamoDB:PutItem", "S3:PutObject"].map(str::to_owned).into());
    let dynamodb = recorded["subsegments"].as_array().unwrap().iter().find(|call| call["name"] == "DynamoDB");
    assert_eq!(dynamodb.unwrap()["aws"]["table_name"], "webhook-transactions");
    for (node, above) in all.values() {
        let time = |node: &Value, name: &str| node[name].as_f64().unwrap();
        assert!(time(node, "start_time") <= time(node, "end_time"), "{node:#}");
        let above = above.as_ref().map(|above| &all[above].0);
        // Two clocks of one machine agree within a millisecond or two; what is asynchronous may end later.
        assert!(above.is_none_or(|a| time(a, "start_time") <= time(node, "start_time") + 0.005), "{node:#}");
    }

    let found =
        summaries(&cloud, r#"annotation.provider = "stripe" AND annotation.transaction_id = "pi_one""#).await;
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["Id"], &found[0]["IsPartial"]), (&json!(id), &json!(false)));
    assert_eq!(found[0]["Http"]["HttpStatus"], 200);
    assert_eq!(summaries(&cloud, r#"annotation.provider = "paypal""#).await.len(), 0);
    assert_eq!(
        summaries(&cloud, r#"service("webhook-processor") AND ok AND http.status = 200"#).await.len(),
        1
    );
    let shown = serde_json::to_string(&(segments, found)).unwrap();
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_that_fails_is_a_fault_of_the_same_trace() {
    let cloud = cloud(1.0).await;
    let header = format!("Root={ROOT};Sampled=1");
    let answer = deliver(&cloud, "poison", "xxq", SECRET, Some(&header)).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-amzn-trace-id")), (200, header.as_str()));
    let complete = |segments: &[Value]| {
        let told = serde_json::to_string(segments).unwrap();
        told.matches("normalize and record").count() == 3
            && !told.contains("in_progress")
            && told.contains("webhook-api/dev")
            && told.contains("verify and store")
    };
    let segments = trace_when(&cloud, ROOT, "three attempts", complete).await;
    let runs = named(&segments, "AWS::Lambda::Function", "webhook-processor");
    assert_eq!(runs.len(), 3);
    for run in runs {
        let (own, told) = (run, &run["subsegments"][0]);
        assert_eq!((&own["fault"], &told["fault"]), (&json!(true), &json!(true)), "{own:#}");
        assert_eq!(told["cause"]["exceptions"][0]["type"], "cannot_normalize");
    }
    let service = named(&segments, "AWS::Lambda", "webhook-processor");
    let parts: Vec<_> =
        service[0]["subsegments"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
    assert_eq!(parts, ["Dwell Time", "Attempt #1", "Attempt #2", "Attempt #3"]);
    assert_eq!((service.len(), &service[0]["fault"]), (1, &json!(true)));
    assert!(paths(&segments).iter().any(|path| path.contains("Attempt #3 > webhook-processor > normalize")));
    assert_eq!(summaries(&cloud, "fault").await.len(), 1);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsampled_trace_shows_its_faults_and_nothing_else() {
    let cloud = cloud(0.0).await;
    let unsampled = |number: u32| format!("Root=1-6920b070-{number:024x};Sampled=0");
    let forged = deliver(&cloud, "forged", "eur", "whsec_forged", Some(&unsampled(1))).await;
    let fine = deliver(&cloud, "fine", "eur", SECRET, Some(&unsampled(2))).await;
    let poison = deliver(&cloud, "poison", "xxq", SECRET, Some(&unsampled(3))).await;
    assert_eq!([forged.status, fine.status, poison.status].map(|status| status.as_u16()), [401, 200, 200]);
    assert_eq!(poison.header("x-amzn-trace-id"), unsampled(3));
    let poisoned = format!("1-6920b070-{:024x}", 3);
    let segments = trace_when(&cloud, &poisoned, "three faults", |segments| segments.len() == 3).await;
    for segment in &segments {
        assert_eq!((&segment["fault"], &segment["name"]), (&json!(true), &json!("webhook-processor")));
        assert_eq!(segment["origin"], "AWS::Lambda::Function");
        assert!(segment.get("parent_id").is_none() && segment.get("type").is_none(), "{segment:#}");
        assert_eq!(segment["annotations"]["provider"], "stripe");
        assert_eq!(segment["cause"]["exceptions"][0]["type"], "cannot_normalize");
    }
    eventually("all is processed", async || cloud.embedded().idle()).await;
    let all = summaries(&cloud, "").await;
    let ids: Vec<_> = all.iter().map(|summary| summary["Id"].as_str().unwrap()).collect();
    assert_eq!(ids, [poisoned], "neither the forgery nor the success is told of");
    let shown = serde_json::to_string(&segments).unwrap();
    for canary in CANARIES {
        assert!(!shown.contains(canary), "{canary} in {shown}");
    }
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampled_forgery_is_an_error_with_no_payment() {
    let cloud = cloud(1.0).await;
    let answer = deliver(&cloud, "forged", "eur", "whsec_forged", Some(&format!("Root={ROOT}"))).await;
    assert_eq!(answer.status, 401);
    let complete = |segments: &[Value]| {
        let told = serde_json::to_string(segments).unwrap();
        told.contains("verify and store")
            && told.contains("webhook-api/dev")
            && told.contains("\"AWS::Lambda\"")
    };
    let segments = trace_when(&cloud, ROOT, "the refusal", complete).await;
    let all = nodes(&segments);
    let told = &all.values().find(|(node, _)| node["name"] == "verify and store").unwrap().0;
    assert_eq!((&told["error"], &told["http"]["response"]["status"]), (&json!(true), &json!(401)));
    let status = told["annotations"]["status"].as_str().unwrap();
    assert_eq!(told["annotations"], json!({"provider": "stripe", "status": status}));
    assert_eq!(summaries(&cloud, "error AND http.status = 401").await.len(), 1);
    assert_eq!(summaries(&cloud, "fault").await.len(), 0);
    cloud.stop().await;
}

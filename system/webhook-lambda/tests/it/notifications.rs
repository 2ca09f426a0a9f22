//! PayPal's form-encoded notifications through both functions: taken by the validator, confirmed and recorded by the processor.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::aws_stand_in::AwsStandIn;
use crate::child::{BUILT, Bootstrap, environment};
use crate::runtime_api::RuntimeApi;

const MESSAGE: &str = "txn_id=61E67681CH3238416&payment_status=Completed&txn_type=web_accept&mc_gross=19.95&mc_currency=USD\
&payment_date=20%3A12%3A59+Jan+13%2C+2009+PST&charset=windows-1252&first_name=Ren%E9&receiver_email=merchant%40example.com\
&payer_email=jane%40example.org&verify_sign=AtkOfCXbDm2hu0";

/// The wrong people, the wrong words.
const HIDDEN: [&str; 5] = ["jane", "Ren", "AtkOfCXbDm2hu0", "merchant@", "merchant%40"];

fn delivery(content_type: &str, body: &str) -> String {
    json!({
        "resource": "/api/v1/webhooks/paypal", "path": "/api/v1/webhooks/paypal", "httpMethod": "POST",
        "multiValueHeaders": {"Content-Type": [content_type]}, "requestContext": {"requestId": "api-1"},
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}

/// A PayPal that answers `word` to every question, and what it was asked.
fn paypal(runtime: &Runtime, word: &'static str) -> (String, Arc<Mutex<Vec<String>>>) {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let record = Arc::clone(&asked);
    let answer = async move |body: String| {
        record.lock().unwrap().push(body);
        word
    };
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/cgi-bin/webscr", post(answer));
    runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, asked)
}

#[test]
fn the_validator_takes_them_and_says_nothing() {
    let aws = AwsStandIn::start(r#"{"webhook_id":"1JE"}"#);
    let mut api = RuntimeApi::start();
    let mut more = aws.function(Some("paypal"));
    more.push(("PAYPAL_RECEIVERS", "merchant@example.com"));
    let bootstrap = Bootstrap::start(BUILT, &environment("paypal-webhook-validator", &api.address, &more));
    let form = "application/x-www-form-urlencoded; charset=windows-1252";
    for (content_type, body, status) in [
        (form, MESSAGE, 200),
        (form, "a=%", 400),
        (form, &MESSAGE.replace("merchant", "somebody"), 401),
        ("text/plain", MESSAGE, 415),
        ("application/json", "{}", 401),
    ] {
        api.queue("r-1", &delivery(content_type, body));
        let answer = api.answer();
        assert_eq!(answer.body["statusCode"], status, "{answer:?}");
        let expected = if status == 200 { json!("") } else { answer.body["body"].clone() };
        assert_eq!(answer.body["body"], expected);
        let content_type = if status == 200 { "text/plain" } else { "application/json" };
        assert_eq!(answer.body["headers"]["content-type"], content_type, "nothing is no JSON: {answer:?}");
    }
    api.stop();
    let (_, lines) = bootstrap.ended();
    let outcomes: Vec<_> = lines.iter().filter_map(|line| line["outcome"].as_str()).collect();
    let expected =
        ["ipn_accepted", "malformed_form", "ipn_receiver", "unsupported_media_type", "missing_header"];
    assert_eq!(outcomes, expected);
    let logged = serde_json::to_string(&lines).unwrap();
    assert!(!logged.contains("61E67681CH3238416"), "nothing is proven, so nothing is told: {logged}");
    for hidden in HIDDEN {
        assert!(!logged.contains(hidden), "{hidden} in the log: {logged}");
    }
}

/// What the processor makes of the message when PayPal says `word`: the kind of its answer, the log lines, PayPal's questions.
fn processed(word: &'static str) -> (String, Value, Vec<Value>, Vec<String>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (paypal_url, asked) = paypal(&runtime, word);
    let aws = AwsStandIn::start("{}");
    let mut api = RuntimeApi::start();
    let mut more = aws.function(None);
    more.extend([
        ("PAYPAL_RECEIVERS", "merchant@example.com"),
        ("PAYPAL_ENDPOINT", paypal_url.as_str()),
        ("S3_BUCKET", "raw"),
    ]);
    let bootstrap = Bootstrap::start(BUILT, &environment("webhook-processor", &api.address, &more));
    // SHA-256 of the message.
    let hash: String = {
        use sha2::{Digest, Sha256};
        Sha256::digest(MESSAGE.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let envelope = json!({
        "provider": "paypal", "event_id": "ipn_61E67681CH3238416_Completed", "received_at": 1_763_750_000_123_i64,
        "raw_key": format!("ipn-unproven/2025/11/21/{hash}.form"), "body": MESSAGE, "content": "ipn-unproven",
    });
    api.queue("r-1", &envelope.to_string());
    let answer = api.answer();
    api.stop();
    let (_, lines) = bootstrap.ended();
    let asked = asked.lock().unwrap().clone();
    (answer.kind, answer.body, lines, asked)
}

#[test]
fn the_processor_asks_paypal_with_the_untouched_bytes() {
    let (kind, answer, lines, asked) = processed("VERIFIED");
    assert_eq!(kind, "response", "{answer}");
    assert_eq!(asked, [format!("cmd=_notify-validate&{MESSAGE}")]);
    assert_eq!((&lines[1]["message"], &lines[1]["outcome"]), (&json!("Webhook processed"), &json!("stored")));
    assert_eq!(lines[1]["event_id"], "ipn_61E67681CH3238416_Completed");
    assert_eq!(lines[1]["transaction_id"], "61E67681CH3238416");
    let logged = serde_json::to_string(&lines).unwrap();
    for hidden in HIDDEN {
        assert!(!logged.contains(hidden), "{hidden} in the log: {logged}");
    }
}

#[test]
fn a_forgery_is_counted_as_an_attack_and_not_tried_again() {
    let (kind, answer, lines, _) = processed("INVALID");
    assert_eq!(kind, "response", "{answer}");
    let line = &lines[1];
    assert_eq!((&line["level"], &line["message"]), (&json!("WARN"), &json!("Invalid signature")));
    assert_eq!((&line["outcome"], &line["provider"]), (&json!("ipn_invalid"), &json!("paypal")));
    assert_eq!((line.get("event_id"), line.get("transaction_id")), (None, None));
}

#[test]
fn without_an_answer_the_invocation_fails_and_is_tried_again() {
    let (kind, answer, lines, _) = processed("<html>maintenance</html>");
    let message = "paypal:ConfirmNotification is unavailable: neither VERIFIED nor INVALID";
    assert_eq!(
        (kind.as_str(), answer),
        ("error", json!({"errorType": "postback_unavailable", "errorMessage": message}))
    );
    assert_eq!((&lines[1]["level"], &lines[1]["outcome"]), (&json!("ERROR"), &json!("postback_unavailable")));
    assert_eq!(lines[1].get("event_id"), None, "it is not proven");
}

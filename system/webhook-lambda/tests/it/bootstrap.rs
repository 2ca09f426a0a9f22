//! From the start of the process to its end.

use dynoxide::Database;
use serde_json::{Value, json};

use crate::aws_stand_in::AwsStandIn;
use crate::child::{BUILT, Bootstrap, environment};
use crate::deliveries::{self, SECRET, SECRET_JSON};
use crate::runtime_api::RuntimeApi;

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn messages(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line["message"].as_str()).collect()
}

/// A DynamoDB server with one event of `pi_1`, and its URL.
fn table(runtime: &tokio::runtime::Runtime) -> String {
    let database = Database::memory().unwrap();
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let definition = |name: &str, kind: &str| json!({"AttributeName": name, "AttributeType": kind});
    let request = json!({
        "TableName": "webhook-transactions", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [key("transaction_id", "HASH"), key("timestamp", "RANGE")],
        "AttributeDefinitions": [definition("transaction_id", "S"), definition("timestamp", "N")],
    });
    database.create_table(serde_json::from_value(request).unwrap()).unwrap();
    let item = json!({
        "transaction_id": {"S": "pi_1"}, "timestamp": {"N": "1763750000.000001"}, "provider": {"S": "stripe"},
        "event_type": {"S": "payment.success"}, "provider_event_type": {"S": "payment_intent.succeeded"},
        "event_id": {"S": "evt_1"}, "amount": {"N": "12.34"}, "currency": {"S": "EUR"}, "status": {"S": "processed"},
        "raw_payload_s3_key": {"S": "stripe/2025/11/21/pi_1.evt_1.json"}, "received_at": {"N": "1763750000.123"},
        "processed_at": {"N": "1763750000.456"},
    });
    let request = json!({"TableName": "webhook-transactions", "Item": item});
    database.put_item(serde_json::from_value(request).unwrap()).unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    runtime.spawn(dynoxide::server::serve_on(listener, database));
    url
}

#[test]
fn the_query_function_starts_answers_and_ends_with_its_runtime_api() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = table(&runtime);
    let mut api = RuntimeApi::start();
    let more = [("DYNAMODB_TABLE", "webhook-transactions"), ("AWS_ENDPOINT_URL_DYNAMODB", url.as_str())];
    let bootstrap = Bootstrap::start(BUILT, &environment("transaction-query", &api.address, &more));

    api.queue("r-1", &json!({"pathParameters": {"id": "pi_1"}}).to_string());
    let answer = api.answer();
    assert_eq!((answer.request_id.as_str(), answer.kind.as_str()), ("r-1", "response"), "{answer:?}");
    assert_eq!(answer.body["statusCode"], 200, "{answer:?}");
    let payment: Value = serde_json::from_str(answer.body["body"].as_str().unwrap()).unwrap();
    assert_eq!((&payment["status"], &payment["amount"]), (&json!("processed"), &json!("12.34")));

    api.stop();
    let (status, lines) = bootstrap.ended();
    assert!(!status.success(), "an orphan must end, and not as if all were well");
    assert_eq!(messages(&lines), ["Function started", "Query answered", "Runtime stopped"]);
    assert_eq!(lines[1]["request_id"], "r-1");
}

#[test]
fn a_validator_answers_one_delivery_after_the_other_and_logs_no_body() {
    let aws = AwsStandIn::start(SECRET_JSON);
    let mut api = RuntimeApi::start();
    let bootstrap = Bootstrap::start(
        BUILT,
        &environment("stripe-webhook-validator", &api.address, &aws.function(Some("stripe"))),
    );
    for (number, secret, expected) in [(1, SECRET, 200), (2, "whsec_forged", 401), (3, SECRET, 200)] {
        api.queue(&format!("r-{number}"), &deliveries::stripe(number, secret));
        let answer = api.answer();
        assert_eq!(
            (&answer.kind, &answer.body["statusCode"]),
            (&"response".to_owned(), &json!(expected)),
            "{answer:?}"
        );
    }
    let (resident_mb, cpu) = (bootstrap.resident_mb(), bootstrap.cpu_time());
    assert!(resident_mb < 40.0, "a warm validator takes {resident_mb} MB, after {cpu:?} of CPU");
    api.stop();
    let (_, lines) = bootstrap.ended();
    let expected =
        ["Function started", "Webhook accepted", "Invalid signature", "Webhook accepted", "Runtime stopped"];
    assert_eq!(messages(&lines), expected);
    let logged = serde_json::to_string(&lines).unwrap();
    for hidden in ["jane@example.com", "whsec_", "v1=", "succeeded"] {
        assert!(!logged.contains(hidden), "{hidden} in the log: {logged}");
    }
}

#[test]
fn a_validator_that_reaches_no_service_starts_and_asks_for_another_try() {
    let nobody = format!("http://{}", nobody());
    let mut api = RuntimeApi::start();
    let more = [
        ("PROVIDER_NAME", "stripe"),
        ("PROVIDER_SECRET_ARN", "webhook-processor/secret"),
        ("S3_BUCKET", "raw"),
        ("PROCESSOR_FUNCTION_ARN", "webhook-processor"),
        ("AWS_ENDPOINT_URL_S3", nobody.as_str()),
        ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &nobody),
        ("AWS_ENDPOINT_URL_LAMBDA", &nobody),
    ];
    let bootstrap = Bootstrap::start(BUILT, &environment("stripe-webhook-validator", &api.address, &more));
    api.queue("r-1", &deliveries::stripe(1, SECRET));
    let answer = api.answer();
    assert_eq!(
        (&answer.kind, &answer.body["statusCode"]),
        (&"response".to_owned(), &json!(503)),
        "{answer:?}"
    );
    api.stop();
    let (_, lines) = bootstrap.ended();
    let expected =
        ["Warm-up failed", "Warm-up failed", "Function started", "Webhook not stored", "Runtime stopped"];
    assert_eq!(messages(&lines), expected);
    assert_eq!(lines[3]["level"], "ERROR");
}

#[test]
fn the_authorizer_gives_a_key_and_logs_none() {
    let mut api = RuntimeApi::start();
    let keys = [("USAGE_KEYS", r#"{"stripe": "usage-key-0123456789"}"#)];
    let bootstrap = Bootstrap::start(BUILT, &environment("usage-key-authorizer", &api.address, &keys));
    let arn = "arn:aws:execute-api:us-east-1:000000000000:api/dev/POST/api/v1/webhooks/";
    let event = |provider: &str| json!({"type": "REQUEST", "methodArn": format!("{arn}{provider}")});
    api.queue("r-1", &event("stripe").to_string());
    let answer = api.answer();
    assert_eq!((answer.kind.as_str(), &answer.body["principalId"]), ("response", &json!("stripe")));
    assert_eq!(answer.body["usageIdentifierKey"], "usage-key-0123456789");
    api.queue("r-2", &event("paypal").to_string());
    let answer = api.answer();
    let expected = json!({"errorType": "no_usage_key", "errorMessage": "Unauthorized"});
    assert_eq!((answer.kind.as_str(), answer.body), ("error", expected));
    api.stop();
    let (_, lines) = bootstrap.ended();
    assert_eq!(
        messages(&lines),
        ["Function started", "Usage key given", "Request rejected", "Runtime stopped"]
    );
    let logged = serde_json::to_string(&lines).unwrap();
    assert!(logged.contains(r#""provider":"stripe""#) && !logged.contains("0123456789"), "{logged}");
}

#[test]
fn a_daemon_that_cannot_be_used_costs_the_traces_and_nothing_else() {
    let aws = AwsStandIn::start(SECRET_JSON);
    let mut api = RuntimeApi::start();
    let mut more = aws.function(Some("stripe"));
    more.push(("AWS_XRAY_DAEMON_ADDRESS", "somewhere:else"));
    let bootstrap = Bootstrap::start(BUILT, &environment("stripe-webhook-validator", &api.address, &more));
    api.queue("r-1", &deliveries::stripe(1, SECRET));
    assert_eq!(api.answer().body["statusCode"], 200);
    api.stop();
    let (_, lines) = bootstrap.ended();
    assert_eq!(messages(&lines), ["Tracing off", "Function started", "Webhook accepted", "Runtime stopped"]);
    assert!(lines[0]["reason"].as_str().unwrap().contains("AWS_XRAY_DAEMON_ADDRESS"), "{lines:?}");
}

#[test]
fn an_event_the_processor_cannot_read_is_a_function_error_with_a_code() {
    let nobody = format!("http://{}", nobody());
    let api = RuntimeApi::start();
    let more = [
        ("DYNAMODB_TABLE", "webhook-transactions"),
        ("S3_PROCESSED_BUCKET", "log"),
        ("AWS_ENDPOINT_URL_S3", nobody.as_str()),
        ("AWS_ENDPOINT_URL_DYNAMODB", &nobody),
    ];
    let _bootstrap = Bootstrap::start(BUILT, &environment("webhook-processor", &api.address, &more));
    api.queue("r-1", r#"{"card": "4242424242424242"}"#);
    let answer = api.answer();
    assert_eq!(answer.kind, "error");
    let expected =
        json!({"errorType": "invalid_event", "errorMessage": "the event is not an envelope of a validator"});
    assert_eq!(answer.body, expected);
}

/// The process ends by itself, failed, and its one line holds these words.
#[track_caller]
fn check_refused_start(environment: &[(String, String)], words: &[&str]) {
    let (status, lines) = Bootstrap::start(BUILT, environment).ended();
    assert!(!status.success());
    let [line] = lines.as_slice() else { panic!("one line expected: {lines:?}") };
    assert_eq!((&line["level"], &line["message"]), (&json!("ERROR"), &json!("Invalid settings")));
    let reason = line["reason"].as_str().unwrap();
    for word in words {
        assert!(reason.contains(word), "{word:?} missing in: {reason}");
    }
}

#[test]
fn a_function_that_cannot_start_says_why_and_ends() {
    check_refused_start(&[], &["unknown handler", "stripe-webhook-validator", "transaction-query"]);
    let handler = environment("index.handler", &nobody(), &[]);
    check_refused_start(&handler, &["unknown handler \"index.handler\"", "webhook-processor"]);
    let bare = environment("paypal-webhook-validator", &nobody(), &[("PROVIDER_NAME", "paypal")]);
    check_refused_start(&bare, &["PROVIDER_SECRET_ARN is not set", "S3_BUCKET is not set"]);
    let aws = AwsStandIn::start(SECRET_JSON);
    let mut more = aws.function(Some("paypal"));
    more.push(("PAYPAL_TRUST_ROOT", "-----BEGIN NOTHING-----"));
    check_refused_start(&environment("paypal-webhook-validator", &nobody(), &more), &["PAYPAL_TRUST_ROOT"]);
    more.push(("ENVIRONMENT", "prod"));
    check_refused_start(
        &environment("paypal-webhook-validator", &nobody(), &more),
        &["PAYPAL_TRUST_ROOT must not be set when ENVIRONMENT is prod"],
    );
}

#[test]
fn a_runtime_api_that_was_never_there_ends_the_process() {
    let nobody_url = format!("http://{}", nobody());
    let more = [("DYNAMODB_TABLE", "t"), ("AWS_ENDPOINT_URL_DYNAMODB", nobody_url.as_str())];
    let (status, lines) =
        Bootstrap::start(BUILT, &environment("transaction-query", &nobody(), &more)).ended();
    assert!(!status.success());
    assert_eq!(messages(&lines), ["Warm-up failed", "Function started", "Runtime stopped"]);
}

//! The gateway in front of real child processes.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Method, Request};
use localstack::gateway::{BodyValidation, Gateway, GatewayConfig, GatewayError, Route, Throttle, serve};
use serde_json::{Value, json};

use crate::fake::{Answer, Fake, send, until};

struct Api {
    fake: Fake,
    gateway: Gateway,
}

impl Api {
    async fn start() -> Api {
        Api::with(Fake::with(|_| {}), |_| {}).await
    }

    async fn with(fake: Fake, change: impl FnOnce(&mut GatewayConfig)) -> Api {
        let mut config = config(&fake);
        change(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = serve(listener, config, &fake.lambda).unwrap();
        Api { fake, gateway }
    }

    async fn send(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Answer {
        send(self.gateway.address(), request.body(body.into()).unwrap()).await
    }

    async fn post(&self, path: &str, body: impl Into<Bytes>) -> Answer {
        self.send(Request::post(path).header("content-type", "application/json"), body).await
    }

    /// The event that the function saw; it answers with it.
    async fn event(&self, request: http::request::Builder, body: impl Into<Bytes>) -> Value {
        let answer = self.send(request, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    fn invocations(&self) -> u64 {
        self.fake.lambda.stats()["f"].invocations
    }

    async fn stop(self) {
        self.gateway.shutdown().await;
        self.fake.lambda.shutdown().await;
    }
}

fn config(fake: &Fake) -> GatewayConfig {
    let mut config = GatewayConfig::new("dev", fake.dir.path());
    config.stage_variables.insert("table".to_owned(), "t".to_owned());
    let validation = BodyValidation {
        schema: json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "string" } } }),
        content_types: vec!["application/json".to_owned(), "$default".to_owned()],
    };
    config.routes = vec![
        Route { validation: Some(validation), ..Route::new(Method::POST, "/api/v1/webhooks/stripe", "f") },
        Route::new(Method::POST, "/open", "f"),
        Route::new(Method::GET, "/api/v1/transactions/{id}", "f"),
        Route::new(Method::GET, "/api/v1/transactions", "f"),
    ];
    config
}

#[track_caller]
fn check(answer: &Answer, status: u16, error_type: &str, body: &str) {
    assert_eq!(answer.status, status);
    assert_eq!(answer.header("x-amzn-errortype"), error_type);
    assert_eq!(answer.text(), body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("x-amzn-requestid").len(), 36);
    assert!(!answer.header("x-amz-apigw-id").is_empty());
}

#[tokio::test]
async fn a_webhook_reaches_its_function_and_the_answer_comes_back() {
    let api = Api::start().await;
    let body = "{\r\n  \"id\": \"evt_1\", \"text\": \"zażółć \\u0000\"\r\n}";
    let request = Request::post("/dev/api/v1/webhooks/stripe?a=1&a=2")
        .header("Stripe-Signature", "t=1,v1=aa")
        .header("stripe-signature", "t=1,v1=bb");
    let answer = api.send(request, body).await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("x-amzn-errortype"));
    let event = answer.json();
    assert_eq!(event["body"], body);
    assert_eq!(event["isBase64Encoded"], false);
    assert_eq!(event["resource"], "/api/v1/webhooks/stripe");
    assert_eq!(event["path"], "/api/v1/webhooks/stripe");
    assert_eq!(event["requestContext"]["path"], "/dev/api/v1/webhooks/stripe");
    assert_eq!(event["requestContext"]["requestId"], answer.header("x-amzn-requestid"));
    assert_eq!(event["requestContext"]["extendedRequestId"], answer.header("x-amz-apigw-id"));
    assert_eq!(event["multiValueHeaders"]["stripe-signature"], json!(["t=1,v1=aa", "t=1,v1=bb"]));
    assert_eq!(event["multiValueQueryStringParameters"]["a"], json!(["1", "2"]));
    assert_eq!(event["stageVariables"]["table"], "t");
    assert_eq!(event["headers"]["X-Forwarded-For"], "127.0.0.1");
    api.stop().await;
}

#[tokio::test]
async fn bodies_pass_byte_for_byte() {
    let api = Api::start().await;
    let large = vec![b'"'; 300_000];
    for body in
        [&b"\xff\xfe\x00"[..], b"a\r\nb\n", b"\xef\xbb\xbf{\"id\":\"x\"}", b"{\"cut\": \"\xc3", &large]
    {
        let event = api.event(Request::post("/dev/open"), body.to_vec()).await;
        let text = event["body"].as_str().unwrap();
        let received = match event["isBase64Encoded"].as_bool().unwrap() {
            true => BASE64_STANDARD.decode(text).unwrap(),
            false => text.as_bytes().to_vec(),
        };
        assert!(received == body, "{} bytes", body.len());
    }
    api.stop().await;
}

#[tokio::test]
async fn path_parameters_and_resources() {
    let api = Api::start().await;
    let event = api.event(Request::get("/dev/api/v1/transactions/pi%5F1?x=%20"), "").await;
    assert_eq!(event["pathParameters"], json!({ "id": "pi%5F1" }));
    assert_eq!(event["resource"], "/api/v1/transactions/{id}");
    assert_eq!(event["queryStringParameters"], json!({ "x": " " }));
    let event = api.event(Request::get("/dev/api/v1/transactions"), "").await;
    assert_eq!(event["resource"], "/api/v1/transactions");
    assert_eq!(event["pathParameters"], Value::Null);
    api.stop().await;
}

#[tokio::test]
async fn unknown_paths_methods_and_stages_are_forbidden() {
    let api = Api::start().await;
    let missing = r#"{"message":"Missing Authentication Token"}"#;
    for request in [
        Request::get("/dev/api/v1/webhooks/stripe"),
        Request::post("/dev/api/v1/webhooks/adyen"),
        Request::post("/dev/api/v1/webhooks/stripe/more"),
        Request::delete("/dev/api/v1/transactions/x"),
        Request::get("/dev/api/v1/transactions/"),
        Request::get("/dev/"),
        Request::get("/dev"),
    ] {
        check(&api.send(request, "").await, 403, "MissingAuthenticationTokenException", missing);
    }
    for path in ["/prod/api/v1/transactions", "/", "/device/api/v1/transactions"] {
        let answer = api.send(Request::get(path), "").await;
        check(&answer, 403, "ForbiddenException", r#"{"message":"Forbidden"}"#);
    }
    assert_eq!(api.invocations(), 0);
    api.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_match_the_model_invokes_nothing() {
    let api = Api::start().await;
    for body in [&b""[..], b"[]", b"{}", b"{\"id\":1}", b"not json", b"{\"id\":\"\xff\"}"] {
        let answer = api.post("/dev/api/v1/webhooks/stripe", body.to_vec()).await;
        check(&answer, 400, "BadRequestException", r#"{"message": "Invalid request body"}"#);
    }
    let form = Request::post("/dev/api/v1/webhooks/stripe").header("content-type", "text/plain");
    assert_eq!(api.send(form, "txn_id=1").await.status, 400, "$default has a model too");
    assert_eq!(api.invocations(), 0);
    api.stop().await;
}

#[tokio::test]
async fn a_body_above_the_limit_is_413() {
    let api = Api::with(Fake::with(|_| {}), |config| config.max_body_bytes = 1000).await;
    assert_eq!(api.post("/dev/open", vec![b'1'; 1000]).await.status, 200);
    for size in [1001, 12_000_000] {
        let answer = api.post("/dev/open", vec![b'1'; size]).await;
        check(&answer, 413, "RequestTooLargeException", r#"{"message":"Request Too Long"}"#);
    }
    assert_eq!(api.invocations(), 1);
    api.stop().await;
}

#[tokio::test]
async fn an_event_above_what_lambda_takes_is_413_too() {
    let api = Api::start().await;
    let answer = api.post("/dev/open", vec![b'"'; 4_000_000]).await;
    check(&answer, 413, "RequestTooLargeException", r#"{"message":"Request Too Long"}"#);
    api.stop().await;
}

#[tokio::test]
async fn an_empty_bucket_is_429() {
    let slow = Some(Throttle { rate_per_s: 0.0, burst: 2 });
    let api = Api::with(Fake::with(|_| {}), |config| {
        config.routes[1].throttle = slow;
        config.throttle = Some(Throttle { rate_per_s: 0.0, burst: 3 });
    })
    .await;
    let too_many = r#"{"message":"Too Many Requests"}"#;
    assert_eq!(api.post("/dev/open", "1").await.status, 200);
    assert_eq!(api.post("/dev/open", "1").await.status, 200);
    check(&api.post("/dev/open", "1").await, 429, "TooManyRequestsException", too_many);
    // Another method has its own bucket, until the stage's is empty as well.
    assert_eq!(api.send(Request::get("/dev/api/v1/transactions"), "").await.status, 200);
    let answer = api.send(Request::get("/dev/api/v1/transactions"), "").await;
    check(&answer, 429, "TooManyRequestsException", too_many);
    assert_eq!(api.invocations(), 3);
    api.stop().await;
}

#[tokio::test]
async fn failing_functions_are_502() {
    let api = Api::with(Fake::with(|spec| spec.timeout = Duration::from_millis(500)), |_| {}).await;
    for action in
        ["fail:x", "exit:1", "sleep:600000", "raw:not json", "raw:{\"statusCode\":200,\"body\":{}}", "raw:{}"]
    {
        let answer = api.send(Request::post("/dev/open").header("x-do", action), "").await;
        check(&answer, 502, "InternalServerErrorException", r#"{"message": "Internal server error"}"#);
    }
    api.stop().await;
}

#[tokio::test]
async fn a_function_slower_than_the_integration_time_out_is_504() {
    let api =
        Api::with(Fake::with(|_| {}), |config| config.integration_timeout = Duration::from_millis(200)).await;
    let gate = api.fake.path("gate");
    let answer = api.send(Request::post("/dev/open").header("x-do", format!("await:{gate}")), "").await;
    check(&answer, 504, "InternalServerErrorException", r#"{"message": "Endpoint request timed out"}"#);
    // The function runs on, as on AWS.
    std::fs::write(&gate, "").unwrap();
    until("it ended", || api.invocations() == 1).await;
    assert_eq!(api.fake.lambda.stats()["f"].errors, 0);
    api.stop().await;
}

#[tokio::test]
async fn a_throttled_function_is_500() {
    let api = Api::with(Fake::with(|spec| spec.reserved_concurrency = Some(0)), |_| {}).await;
    let answer = api.post("/dev/open", "1").await;
    check(&answer, 500, "InternalServerErrorException", r#"{"message": "Internal server error"}"#);
    api.stop().await;
}

#[tokio::test]
async fn a_functions_status_and_headers_are_the_answers() {
    let api = Api::start().await;
    let raw = r#"raw:{"statusCode":401,"headers":{"X-A":"1"},"multiValueHeaders":{"Set-Cookie":["a","b"]},"body":"no"}"#;
    let answer = api.send(Request::post("/dev/open").header("x-do", raw), "").await;
    assert_eq!((answer.status.as_u16(), answer.text()), (401, "no"));
    assert_eq!(answer.header("x-a"), "1");
    assert_eq!(answer.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert!(!answer.headers.contains_key("x-amzn-errortype"));
    api.stop().await;
}

#[tokio::test]
async fn the_access_log_has_a_line_a_request_and_no_body() {
    let api = Api::start().await;
    api.post("/dev/api/v1/webhooks/stripe?token=secret-query", "{\"id\":\"secret-body\"}").await;
    api.post("/dev/nowhere", "secret-body").await;
    let Api { fake, gateway } = api;
    gateway.shutdown().await;
    let log = std::fs::read_to_string(fake.dir.path().join("api-gateway.log")).unwrap();
    fake.lambda.clone().shutdown().await;
    assert!(!log.contains("secret"), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["status"], 200);
    assert_eq!(lines[0]["resourcePath"], "/api/v1/webhooks/stripe");
    assert!(lines[0]["integrationLatencyMs"].as_f64().unwrap() > 0.0);
    assert_eq!(lines[1]["status"], 403);
    assert_eq!(lines[1]["resourcePath"], Value::Null);
    assert_eq!(lines[1]["errorType"], "MissingAuthenticationTokenException");
}

#[tokio::test]
async fn routes_must_name_functions_and_schemas_that_exist() {
    let fake = Fake::with(|_| {});
    let start = async |route: Route| {
        let mut config = config(&fake);
        config.routes.push(route);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        serve(listener, config, &fake.lambda).err()
    };
    let unknown = start(Route::new(Method::GET, "/x", "no-such-function")).await;
    assert!(matches!(unknown, Some(GatewayError::Function { .. })));
    let validation = BodyValidation { schema: json!({ "type": 1 }), content_types: vec![] };
    let broken = start(Route { validation: Some(validation), ..Route::new(Method::POST, "/x", "f") }).await;
    assert!(matches!(broken, Some(GatewayError::Model { .. })));
    fake.lambda.clone().shutdown().await;
}

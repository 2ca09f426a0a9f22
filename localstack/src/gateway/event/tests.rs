use std::sync::LazyLock;

use http::Method;
use serde_json::Value;

use super::*;

static_assertions::assert_not_impl_any!(Request<'static>: std::fmt::Debug, std::fmt::Display, serde::Serialize);

fn template() -> Template {
    let mut config = GatewayConfig::new("dev", "unused");
    config.stage_variables.insert("table".to_owned(), "webhook-transactions".to_owned());
    Template::new(&config, &Route::new(Method::GET, "/api/v1/transactions/{id}", "f"))
}

static NO_HEADERS: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);

fn event<'a>(change: impl FnOnce(&mut Request<'a>)) -> Value {
    let mut request = Request {
        path: "/api/v1/transactions/pi%5F1",
        query: None,
        headers: &NO_HEADERS,
        parameters: &[("id", "pi%5F1")],
        body: b"",
        source_ip: IpAddr::from([127, 0, 0, 1]),
        request_id: "0f0e0d0c-1111-4222-8333-444455556666",
        extended_id: "abc=",
        now_ms: 1_763_750_000_007,
        trace: "Root=1-6920b070-111142228333444455556666;Sampled=0",
    };
    change(&mut request);
    serde_json::from_slice(&template().event(&request, &Caller::default())).unwrap()
}

#[test]
fn a_request_without_anything_has_the_members_of_format_1_0() {
    let event = event(|_| {});
    let mut names: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "body",
            "headers",
            "httpMethod",
            "isBase64Encoded",
            "multiValueHeaders",
            "multiValueQueryStringParameters",
            "path",
            "pathParameters",
            "queryStringParameters",
            "requestContext",
            "resource",
            "stageVariables"
        ]
    );
    assert_eq!(event["resource"], "/api/v1/transactions/{id}");
    assert_eq!(event["path"], "/api/v1/transactions/pi%5F1");
    assert_eq!(event["httpMethod"], "GET");
    assert_eq!(event["pathParameters"], json!({ "id": "pi%5F1" }));
    assert_eq!(event["stageVariables"], json!({ "table": "webhook-transactions" }));
    assert_eq!(event["queryStringParameters"], Value::Null);
    assert_eq!(event["body"], Value::Null);
    assert_eq!(event["isBase64Encoded"], false);
    let context = &event["requestContext"];
    assert_eq!(context["requestId"], "0f0e0d0c-1111-4222-8333-444455556666");
    assert_eq!(context["extendedRequestId"], "abc=");
    assert_eq!(context["stage"], "dev");
    assert_eq!(context["path"], "/dev/api/v1/transactions/pi%5F1");
    assert_eq!(context["requestTime"], "21/Nov/2025:18:33:20 +0000");
    assert_eq!(context["requestTimeEpoch"], 1_763_750_000_007_u64);
    assert_eq!(context["identity"]["sourceIp"], "127.0.0.1");
}

#[test]
fn headers_keep_every_value_in_order_and_the_last_one_alone() {
    let mut headers = HeaderMap::new();
    headers.append("stripe-signature", HeaderValue::from_static("t=1,v1=aa"));
    headers.append("stripe-signature", HeaderValue::from_static("t=1,v1=bb"));
    headers.append("x-odd", HeaderValue::from_bytes(b"caf\xe9 \"quoted\" \\").unwrap());
    headers.append("connection", HeaderValue::from_static("keep-alive"));
    headers.append("x-forwarded-for", HeaderValue::from_static("203.0.113.9"));
    headers.append("user-agent", HeaderValue::from_static("test/1"));
    headers.append("host", HeaderValue::from_static("localhost:1"));
    headers.append("x-amzn-trace-id", HeaderValue::from_static("Self=1"));
    let event = event(|request| request.headers = &headers);
    assert_eq!(event["headers"]["stripe-signature"], "t=1,v1=bb");
    assert_eq!(event["multiValueHeaders"]["stripe-signature"], json!(["t=1,v1=aa", "t=1,v1=bb"]));
    assert_eq!(event["headers"]["x-odd"], "café \"quoted\" \\");
    assert_eq!(event["headers"].get("connection"), None);
    assert_eq!(event["headers"]["X-Forwarded-For"], "203.0.113.9, 127.0.0.1");
    assert_eq!(event["headers"].get("x-forwarded-for"), None);
    assert_eq!(event["multiValueHeaders"]["X-Forwarded-Proto"], json!(["https"]));
    let trace = event["headers"]["X-Amzn-Trace-Id"].as_str().unwrap();
    assert_eq!(trace, "Root=1-6920b070-111142228333444455556666;Sampled=0");
    assert_eq!(event["headers"].get("x-amzn-trace-id"), None, "the gateway's stands alone");
    assert_eq!(event["requestContext"]["identity"]["userAgent"], "test/1");
    assert_eq!(event["requestContext"]["domainName"], "localhost:1");
}

#[test]
fn queries_are_decoded_and_keep_every_value() {
    let event =
        event(|r| r.query = Some("provider=stripe&start=1%2E5&start=2&empty&&q=a+b%20c%zz&%C3%A9=%FF"));
    assert_eq!(
        event["queryStringParameters"],
        json!({ "provider": "stripe", "start": "2", "empty": "", "q": "a b c%zz", "é": "\u{fffd}" })
    );
    assert_eq!(event["multiValueQueryStringParameters"]["start"], json!(["1.5", "2"]));
}

#[test]
fn bodies_arrive_byte_for_byte() {
    for body in [
        &b"{\"a\": 1}"[..],
        b"line\r\nline\n\ttab \x00\x1f\x7f \"quotes\" \\ /",
        b"\xef\xbb\xbf{}",
        "zażółć \u{1f4b8} \u{2028}".as_bytes(),
        b"\xff\xfe not UTF-8",
        b"cut \xc3",
    ] {
        let event = event(|request| request.body = body);
        let text = event["body"].as_str().unwrap();
        let received = match event["isBase64Encoded"].as_bool().unwrap() {
            true => BASE64_STANDARD.decode(text).unwrap(),
            false => text.as_bytes().to_vec(),
        };
        assert_eq!(received, body);
        assert_eq!(event["isBase64Encoded"], std::str::from_utf8(body).is_err());
    }
}

use http_body_util::BodyExt as _;

use super::*;

static_assertions::assert_not_impl_any!(ProxyResponse: std::fmt::Debug, std::fmt::Display, serde::Serialize);

fn body(answer: Answer) -> Vec<u8> {
    let collected = futures::executor::block_on(answer.into_body().collect()).unwrap();
    collected.to_bytes().to_vec()
}

#[test]
fn a_proxy_response_becomes_status_headers_and_body() {
    let answer = from_function(
        br#"{"statusCode":201,"headers":{"X-One":"1","X-Two":"dropped","X-Number":7,"X-Flag":true,"X-Null":null},
             "multiValueHeaders":{"x-two":["a","b"]},"body":"{\"ok\":true}","isBase64Encoded":false}"#,
    )
    .unwrap();
    assert_eq!(answer.status(), 201);
    let headers = answer.headers();
    assert_eq!(headers["x-one"], "1");
    assert_eq!(headers["x-number"], "7");
    assert_eq!(headers["x-flag"], "true");
    assert!(!headers.contains_key("x-null"));
    assert_eq!(headers.get_all("x-two").iter().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(body(answer), br#"{"ok":true}"#);
}

#[test]
fn optional_members_may_be_missing_or_null() {
    for payload in [
        &br#"{"statusCode":"204"}"#[..],
        br#"{"statusCode":204,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}"#,
    ] {
        let answer = from_function(payload).unwrap();
        assert_eq!(answer.status(), 204);
        assert!(body(answer).is_empty());
    }
}

#[test]
fn base64_is_decoded_and_a_function_may_name_its_type() {
    let answer = from_function(
        br#"{"statusCode":200,"headers":{"Content-Type":"image/png"},"body":"//4=","isBase64Encoded":true}"#,
    )
    .unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(body(answer), [0xff, 0xfe]);
}

#[test]
fn headers_of_the_connection_are_renamed() {
    let answer = from_function(
        br#"{"statusCode":200,"headers":{"Content-Length":"1000","Transfer-Encoding":"chunked"}}"#,
    )
    .unwrap();
    assert!(!answer.headers().contains_key("content-length"));
    assert_eq!(answer.headers()["x-amzn-remapped-content-length"], "1000");
    assert_eq!(answer.headers()["x-amzn-remapped-transfer-encoding"], "chunked");
}

#[test]
fn everything_else_is_malformed() {
    for payload in [
        &b""[..],
        b"null",
        b"\"text\"",
        b"{}",
        br#"{"body":"x"}"#,
        br#"{"statusCode":200,"body":{"not":"a string"}}"#,
        br#"{"statusCode":200,"message":"unknown member"}"#,
        br#"{"statusCode":99}"#,
        br#"{"statusCode":101}"#,
        br#"{"statusCode":600}"#,
        br#"{"statusCode":200.5}"#,
        br#"{"statusCode":200,"headers":{"a b":"c"}}"#,
        br#"{"statusCode":200,"headers":{"a":"line\nbreak"}}"#,
        br#"{"statusCode":200,"headers":{"a":["list"]}}"#,
        br#"{"statusCode":200,"isBase64Encoded":true,"body":"***"}"#,
        br#"{"errorType":"E","errorMessage":"m"}"#,
    ] {
        assert!(from_function(payload).is_none(), "{}", String::from_utf8_lossy(payload));
    }
}

#[test]
fn the_gateways_own_answers_are_awss() {
    for (refusal, status, text) in [
        (Refusal::NoStage, 403, r#"{"message":"Forbidden"}"#),
        (Refusal::NoMethod, 403, r#"{"message":"Missing Authentication Token"}"#),
        (Refusal::InvalidBody, 400, r#"{"message": "Invalid request body"}"#),
        (Refusal::TooLarge, 413, r#"{"message":"Request Too Long"}"#),
        (Refusal::Throttled, 429, r#"{"message":"Too Many Requests"}"#),
        (Refusal::NotInvoked, 500, r#"{"message": "Internal server error"}"#),
        (Refusal::FunctionFailed, 502, r#"{"message": "Internal server error"}"#),
        (Refusal::TimedOut, 504, r#"{"message": "Endpoint request timed out"}"#),
    ] {
        let answer = refusal.answer();
        assert_eq!(answer.status(), status, "{refusal:?}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["x-amzn-errortype"], refusal.error_type());
        assert_eq!(String::from_utf8(body(answer)).unwrap(), text);
    }
}

/// Every refusal with the operations that can meet it.
const REFUSALS: [(Refusal, &str); 7] = [
    (Refusal::InvalidBody, "webhooks"),
    (Refusal::BrokenBody, ""),
    (Refusal::TooLarge, ""),
    (Refusal::Throttled, ""),
    (Refusal::NotInvoked, ""),
    (Refusal::FunctionFailed, ""),
    (Refusal::TimedOut, ""),
];

#[test]
fn refusals_are_described_in_the_apis_document() {
    let document: Value = serde_yaml_ng::from_str(include_str!("../../../../system/openapi.yaml")).unwrap();
    let described = |answer: &Value| match answer["$ref"].as_str() {
        Some(reference) => document.pointer(reference.trim_start_matches('#')).unwrap().clone(),
        None => answer.clone(),
    };
    for (refusal, only) in REFUSALS {
        let answer = refusal.answer();
        let (status, headers) = (answer.status().as_u16().to_string(), answer.headers().clone());
        let body: Value = serde_json::from_slice(&body(answer)).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            let (method, operation) = methods.as_object().unwrap().iter().next().unwrap();
            if !path.contains(only) {
                continue;
            }
            let answer = described(&operation["responses"][&status]);
            assert!(answer["headers"]["x-amzn-ErrorType"].is_object(), "{method} {path} {status}");
            assert!(headers.contains_key(ERROR_TYPE));
            let schema = &answer["content"]["application/json"]["schema"];
            let root = serde_json::json!({"allOf": [schema], "components": document["components"]});
            let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&root).unwrap();
            assert!(validator.is_valid(&body), "{method} {path} {status}: {body}");
        }
    }
}

//! Events as API Gateway writes them, and as it never would.

use serde_json::json;

use super::*;

/// What a parsed event tells, so that one assertion shows all of it.
#[derive(Debug, PartialEq, Default)]
struct Seen {
    signature: Option<String>,
    query: Vec<(String, String)>,
    id: Option<String>,
    api_request_id: Option<String>,
    body: Vec<u8>,
}

fn seen(event: &serde_json::Value) -> Seen {
    let text = event.to_string();
    let mut request = ProxyRequest::parse(&text).unwrap();
    Seen {
        signature: request.headers().one("stripe-signature").ok().map(str::to_owned),
        query: request.query().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        id: request.path_parameter("id").map(Cow::into_owned),
        api_request_id: request.api_request_id().map(str::to_owned),
        body: request.take_body().unwrap().to_vec(),
    }
}

#[test]
fn a_whole_event() {
    let event = json!({
        "resource": "/api/v1/webhooks/stripe", "path": "/api/v1/webhooks/stripe", "httpMethod": "POST",
        "headers": {"Stripe-Signature": "t=1,v1=aa", "Host": "x"},
        "multiValueHeaders": {"Stripe-Signature": ["t=1,v1=aa"], "Host": ["x"]},
        "queryStringParameters": {"provider": "stripe"},
        "multiValueQueryStringParameters": {"provider": ["stripe", "square"], "start": ["1"]},
        "pathParameters": {"id": "pi_1"}, "stageVariables": null,
        "requestContext": {"requestId": "r-1", "identity": {"sourceIp": "10.0.0.1"}},
        "body": "{\"id\":\"evt_1\"}", "isBase64Encoded": false,
    });
    let query = [("provider", "stripe"), ("provider", "square"), ("start", "1")];
    let expected = Seen {
        signature: Some("t=1,v1=aa".into()),
        query: query.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        id: Some("pi_1".into()),
        api_request_id: Some("r-1".into()),
        body: br#"{"id":"evt_1"}"#.to_vec(),
    };
    assert_eq!(seen(&event), expected);
}

#[test]
fn null_and_absent_fields_are_empty() {
    let nulls = json!({
        "headers": null, "multiValueHeaders": null, "queryStringParameters": null,
        "multiValueQueryStringParameters": null, "pathParameters": null, "body": null, "isBase64Encoded": false,
        "requestContext": {"requestId": null},
    });
    assert_eq!(seen(&nulls), Seen::default());
    assert_eq!(seen(&json!({})), Seen::default());
}

#[test]
fn single_values_serve_where_multi_values_are_missing() {
    let event = json!({
        "headers": {"STRIPE-SIGNATURE": "t=1"}, "multiValueHeaders": {},
        "queryStringParameters": {"limit": "5"},
    });
    let seen = seen(&event);
    assert_eq!(seen.signature.as_deref(), Some("t=1"));
    assert_eq!(seen.query, [("limit".to_owned(), "5".to_owned())]);
}

#[test]
fn a_repeated_header_stays_repeated() {
    let event =
        json!({"headers": {"Stripe-Signature": "b"}, "multiValueHeaders": {"Stripe-Signature": ["a", "b"]}});
    let text = event.to_string();
    let request = ProxyRequest::parse(&text).unwrap();
    assert!(request.headers().contains("stripe-signature"));
    assert!(request.headers().one("stripe-signature").is_err());
}

#[test]
fn bodies_arrive_byte_for_byte() {
    for body in ["", "{\"a\": 1.0}\r\n", "\u{feff}{}", "é\u{1F600}\u{0}\"\\/", " \t{ } "] {
        assert_eq!(seen(&json!({"body": body, "isBase64Encoded": false})).body, body.as_bytes());
        let encoded = STANDARD.encode(body);
        assert_eq!(seen(&json!({"body": encoded, "isBase64Encoded": true})).body, body.as_bytes());
    }
    let not_utf8 = [0xff, 0xfe, b'{'];
    let encoded = STANDARD.encode(not_utf8);
    assert_eq!(seen(&json!({"body": encoded, "isBase64Encoded": true})).body, not_utf8);
}

#[test]
fn text_without_escapes_is_not_copied() {
    let event = r#"{"headers":{"plain":"value"},"body":"plain"}"#;
    let request = ProxyRequest::parse(event).unwrap();
    let borrowed = |text: &Text<'_>| matches!(text.0, Cow::Borrowed(_));
    assert!(request.body.as_ref().is_some_and(borrowed));
    assert!(
        request
            .headers
            .iter()
            .flat_map(|pairs| &pairs.0)
            .all(|(name, value)| borrowed(name) && borrowed(value))
    );
}

#[test]
fn what_is_no_proxy_event() {
    for event in
        ["", "[]", "null", "\"text\"", r#"{"headers": "x"}"#, r#"{"body": 5}"#, r#"{"isBase64Encoded": 1}"#]
    {
        assert_eq!(ProxyRequest::parse(event).err(), Some(BadRequest::NotAProxyEvent), "{event}");
    }
    let mut request = ProxyRequest::parse(r#"{"body":"not base64!","isBase64Encoded":true}"#).unwrap();
    assert_eq!(request.take_body(), Err(BadRequest::NotBase64));
}

#[test]
fn path_parameters_are_decoded_once() {
    for (encoded, decoded) in [
        ("pi_1", "pi_1"),
        ("a%2Fb", "a/b"),
        ("%C3%A9", "é"),
        ("100%", "100%"),
        ("%zz", "%zz"),
        ("%+1", "%+1"),
        ("%4", "%4"),
        ("%ff", "%ff"),
        ("%2525", "%25"),
    ] {
        assert_eq!(percent_decoded(encoded), decoded);
    }
}

#[test]
fn answers_have_the_gateways_form() {
    let answer = serde_json::to_value(ProxyResponse::json(200, "{}".to_owned())).unwrap();
    let expected = json!({
        "statusCode": 200, "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": "{}", "isBase64Encoded": false,
    });
    assert_eq!(answer, expected);
}

#[test]
fn an_answer_without_a_body_is_not_called_json() {
    let content_type = |body: &str| {
        let response = serde_json::to_value(ProxyResponse::json(200, body.to_owned())).unwrap();
        response["headers"]["content-type"].clone()
    };
    assert_eq!((content_type("{}"), content_type("")), ("application/json".into(), "text/plain".into()));
}

//! Events as API Gateway writes them, and as it never would.

use proptest::prelude::*;
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

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(event in "\\PC{0,200}") {
        let _ = ProxyRequest::parse(&event).map(drop);
    }

    /// Whatever was sent comes out of the event as it was: every byte of the body, every value of every header and parameter.
    #[test]
    fn a_request_comes_out_as_it_went_in(
        body in prop::collection::vec(any::<u8>(), 0..300),
        values in prop::collection::vec("\\PC{0,20}", 1..5),
        id in "\\PC{0,20}",
    ) {
        let escaped: String = id.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let text = std::str::from_utf8(&body).ok();
        let sent = text.map_or_else(|| STANDARD.encode(&body), str::to_owned);
        let event = json!({
            "multiValueHeaders": {"X-Some": values}, "multiValueQueryStringParameters": {"some": values},
            "pathParameters": {"id": escaped}, "body": sent, "isBase64Encoded": text.is_none(),
        });
        let event = event.to_string();
        let mut request = ProxyRequest::parse(&event).unwrap();
        let found: Vec<&str> = request.query().map(|(_, value)| value).collect();
        prop_assert_eq!(found, values.iter().map(String::as_str).collect::<Vec<_>>());
        let printable = values.len() == 1 && values[0].bytes().all(|byte| matches!(byte, b' '..=b'~'));
        prop_assert_eq!(request.headers().one("x-some").is_ok(), printable);
        let found = request.path_parameter("id").map(Cow::into_owned);
        prop_assert_eq!(found, Some(id));
        prop_assert_eq!(request.take_body().unwrap(), body);
    }

    #[test]
    fn a_body_in_base64_is_decoded_or_refused(text in "[A-Za-z0-9+/=_ -]{0,40}") {
        let event = json!({"body": text, "isBase64Encoded": true}).to_string();
        match ProxyRequest::parse(&event).unwrap().take_body() {
            Ok(body) => prop_assert_eq!(STANDARD.encode(body), text, "one spelling only"),
            Err(error) => prop_assert_eq!(error, BadRequest::NotBase64),
        }
    }
}

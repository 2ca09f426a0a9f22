//! Who gets which key, and that nobody else gets any.

use serde_json::{Value, json};

use super::*;

const STRIPE_KEY: &str = "stripe-usage-key-0123456789";
const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:peakproof0/dev/POST/api/v1/webhooks/stripe";

fn authorizer() -> UsageKeyAuthorizer {
    let keys = json!({ "stripe": STRIPE_KEY, "square": "square-usage-key-0123456789" });
    UsageKeyAuthorizer::new(UsageKeys::parse(&keys.to_string()).unwrap(), Log::new(Level::Error))
}

fn event(method_arn: &str) -> Value {
    json!({ "type": "REQUEST", "methodArn": method_arn, "requestContext": { "requestId": "api-1" } })
}

/// The answer as API Gateway reads it, or the error's code and message.
fn ask(event: &Value) -> Result<Value, (String, String)> {
    let grant = authorizer().grant(&event.to_string(), Invocation::begin("r-1"));
    grant
        .map(|grant| serde_json::to_value(grant).unwrap())
        .map_err(|failure| (failure.code.to_owned(), failure.message))
}

#[test]
fn a_webhook_method_gets_its_providers_key_and_nothing_else_is_allowed() {
    let expected = json!({
        "principalId": "stripe",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ARN }],
        },
        "usageIdentifierKey": STRIPE_KEY,
    });
    assert_eq!(ask(&event(ARN)), Ok(expected));
    let square = ask(&event(&ARN.replace("stripe", "square"))).unwrap();
    assert_eq!(square["usageIdentifierKey"], "square-usage-key-0123456789");
    let china = ARN.replace("arn:aws:", "arn:aws-cn:").replace("us-east-1", "cn-north-1");
    assert_eq!(ask(&event(&china)).unwrap()["policyDocument"]["Statement"][0]["Resource"], json!(china));
}

#[track_caller]
fn check_refused(method_arn: &str, code: &str) {
    assert_eq!(ask(&event(method_arn)), Err((code.to_owned(), "Unauthorized".to_owned())), "{method_arn}");
}

#[test]
fn other_methods_and_providers_get_none() {
    for (old, new) in [
        ("/POST/", "/GET/"),
        ("/POST/", "/*/"),
        ("/POST/", "/post/"),
        ("webhooks/stripe", "transactions"),
        ("webhooks/stripe", "webhooks"),
        ("webhooks/stripe", "webhooks/"),
        ("webhooks/stripe", "webhooks/stripe/"),
        ("webhooks/stripe", "webhooks/stripe/more"),
        ("webhooks/stripe", "webhooks/*"),
        ("webhooks/stripe", "webhooks/%73tripe"),
        ("/dev/", "/*/"),
        ("/dev/", "//"),
        ("peakproof0", "*"),
        ("execute-api", "lambda"),
        ("us-east-1", "*"),
        ("arn:aws:", "urn:aws:"),
        ("000000000000:", ""),
        (ARN, ""),
        (ARN, "*"),
    ] {
        check_refused(&ARN.replace(old, new), "other_method");
    }
    check_refused(&ARN.replace("stripe", "paypal"), "no_usage_key");
    check_refused(&ARN.replace("stripe", "adyen"), "no_usage_key");
    check_refused(&ARN.replace("stripe", "Stripe"), "no_usage_key");
}

#[test]
fn what_the_request_carries_changes_nothing() {
    let mut full = event(ARN);
    full["headers"] = json!({ "x-api-key": "of-the-sender", "Stripe-Signature": "t=1,v1=00" });
    full["queryStringParameters"] = json!({ "provider": "square" });
    full["path"] = json!("/api/v1/webhooks/square");
    full["body"] = json!("{}");
    assert_eq!(ask(&full), ask(&event(ARN)));
}

#[test]
fn other_events_fail_the_invocation() {
    let mut token = event(ARN);
    token["type"] = json!("TOKEN");
    for other in [token, json!({}), json!([]), json!(["REQUEST", ARN, {}]), json!({ "type": "REQUEST" })] {
        let (code, message) = ask(&other).unwrap_err();
        assert_eq!(code, "invalid_event", "{other}");
        assert_ne!(message, "Unauthorized", "that would be a 401, and nobody would look for the mistake");
    }
}

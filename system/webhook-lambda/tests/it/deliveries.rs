//! Genuine Stripe deliveries, as API Gateway's proxy events.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

pub(crate) const SECRET: &str = "whsec_bootstrap_test";
/// What Secrets Manager holds.
pub(crate) const SECRET_JSON: &str = r#"{"secret":"whsec_bootstrap_test"}"#;

/// The delivery of event `evt_{number}`, signed now with `secret`.
pub(crate) fn stripe(number: usize, secret: &str) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the function under test compares with the machine's clock"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let body = json!({
        "id": format!("evt_{number}"), "object": "event", "api_version": "2025-09-30", "created": now,
        "livemode": false, "pending_webhooks": 1, "type": "payment_intent.succeeded", "request": null,
        "data": {"object": {
            "id": format!("pi_{number}"), "object": "payment_intent", "amount": 1234, "amount_received": 1234,
            "currency": "eur", "customer": "cus_1", "status": "succeeded", "receipt_email": "jane@example.com",
            "metadata": {"order": "x".repeat(1500)},
        }},
    })
    .to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let signature = format!("t={now},v1={hex}");
    json!({
        "resource": "/api/v1/webhooks/stripe", "path": "/api/v1/webhooks/stripe", "httpMethod": "POST",
        "headers": {"Stripe-Signature": signature, "Content-Type": "application/json"},
        "multiValueHeaders": {"Stripe-Signature": [signature], "Content-Type": ["application/json"]},
        "queryStringParameters": null, "multiValueQueryStringParameters": null, "pathParameters": null,
        "stageVariables": null, "requestContext": {"requestId": "api-1", "stage": "dev"},
        "body": body, "isBase64Encoded": false,
    })
    .to_string()
}

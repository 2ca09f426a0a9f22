//! PayPal's word about notifications and its check of signatures, from a stand-in.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::post;
use serde_json::json;
use webhook_aws::{Endpoints, PaypalHosts};
use webhook_core::contract;
use webhook_core::ports::ipn::{IpnPostback, IpnVerdict};
use webhook_core::ports::signature_api::{ApiClient, ApiVerdict, SignatureApi};
use webhook_core::ports::{PortError, SecretString};

use crate::server::{aws, listener};

const MESSAGE: &str = "txn_id=1&memo=caf%E9+%26";

async fn serve(router: Router) -> PaypalHosts {
    let (listener, url) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    PaypalHosts { endpoint: Some(url), ..PaypalHosts::default() }
}

fn postback(hosts: &PaypalHosts) -> impl IpnPostback {
    aws(Endpoints::default()).postback(hosts)
}

/// A PayPal that has sent [`MESSAGE`].
async fn confirming(headers: HeaderMap, body: Bytes) -> &'static str {
    assert!(headers[header::USER_AGENT].to_str().unwrap().starts_with("peakproof/"));
    assert_eq!(headers[header::CONTENT_TYPE], "application/x-www-form-urlencoded");
    if body == format!("cmd=_notify-validate&{MESSAGE}") { "VERIFIED" } else { "INVALID" }
}

#[tokio::test]
async fn the_postback_keeps_the_contract() {
    let hosts = serve(Router::new().route("/cgi-bin/webscr", post(confirming))).await;
    contract::ipn_postback(&postback(&hosts), MESSAGE.as_bytes()).await;
    let silent = serve(Router::new()).await;
    contract::ipn_postback_without_an_answer(&postback(&silent)).await;
}

/// What PayPal answers, and what that means; `None` is no answer.
async fn check(status: u16, answer: &'static str, expected: Option<IpnVerdict>) {
    let answer = (StatusCode::from_u16(status).unwrap(), answer);
    let hosts = serve(Router::new().route("/cgi-bin/webscr", post(async move || answer))).await;
    let found = postback(&hosts).confirm(MESSAGE.as_bytes()).await;
    match expected {
        Some(verdict) => assert_eq!(found, Ok(verdict), "{answer:?}"),
        None => assert!(matches!(found, Err(PortError::Unavailable { .. })), "{answer:?}: {found:?}"),
    }
}

#[tokio::test]
async fn only_the_two_words_are_an_answer() {
    check(200, "VERIFIED", Some(IpnVerdict::Verified)).await;
    check(200, "VERIFIED\r\n", Some(IpnVerdict::Verified)).await;
    check(200, "\n INVALID ", Some(IpnVerdict::Invalid)).await;
    for other in ["", "verified", "VERIFIED INVALID", "VERIFIED!", "<html>VERIFIED</html>", "NOT VERIFIED"] {
        check(200, other, None).await;
    }
    check(200, "VERIFIED                                                            \n", None).await;
    for status in [201, 204, 400, 403, 404, 429, 500, 503] {
        check(status, "VERIFIED", None).await;
    }
}

#[tokio::test]
async fn a_redirect_is_no_answer() {
    let router = Router::new()
        .route("/cgi-bin/webscr", post(async || Redirect::temporary("/elsewhere")))
        .route("/elsewhere", post(async || "VERIFIED"));
    let found = postback(&serve(router).await).confirm(MESSAGE.as_bytes()).await;
    let reason = "HTTP status 307".to_owned();
    assert_eq!(found, Err(PortError::Unavailable { operation: "paypal:ConfirmNotification", reason }));
}

fn client() -> ApiClient {
    ApiClient { id: SecretString::new("app"), secret: SecretString::new("app-secret") }
}

fn api(hosts: &PaypalHosts) -> impl SignatureApi {
    aws(Endpoints::default()).signature_api(hosts)
}

/// What it was asked.
type Asked = Arc<Mutex<Vec<Bytes>>>;

/// A PayPal that knows one app, gives it one token, and has signed one event for webhook id `1JE` under transmission id `tr-1`.
fn rest_api(asked: &Asked) -> Router {
    let token = async |headers: HeaderMap, body: Bytes| {
        assert_eq!(body, "grant_type=client_credentials");
        // app:app-secret
        if headers[header::AUTHORIZATION] == "Basic YXBwOmFwcC1zZWNyZXQ=" {
            let answer =
                json!({"access_token": "tok", "token_type": "Bearer", "expires_in": 32_400, "scope": "s"});
            (StatusCode::OK, answer.to_string())
        } else {
            (StatusCode::UNAUTHORIZED, json!({"error": "invalid_client"}).to_string())
        }
    };
    let verify = async |State(asked): State<Asked>, headers: HeaderMap, body: Bytes| {
        if headers[header::AUTHORIZATION] != "Bearer tok" {
            return StatusCode::UNAUTHORIZED.into_response();
        }
        let genuine = contract::question_about("1JE", "tr-1", EVENT);
        let status = if body == genuine { "SUCCESS" } else { "FAILURE" };
        asked.lock().unwrap().push(body);
        json!({"verification_status": status}).to_string().into_response()
    };
    Router::new()
        .route("/v1/oauth2/token", post(token))
        .route("/v1/notifications/verify-webhook-signature", post(verify))
        .with_state(Arc::clone(asked))
}

const EVENT: &str = "{\"id\":\"WH-1\",\"n\":1.0,\"u\":\"\\u00fc\u{fc}\"}";

#[tokio::test]
async fn the_signature_api_keeps_the_contract() {
    let asked = Asked::default();
    let hosts = serve(rest_api(&asked)).await;
    contract::signature_api(&api(&hosts), &client(), EVENT).await;
    let first = asked.lock().unwrap()[0].clone();
    assert_eq!(first, contract::question_about("1JE", "tr-1", EVENT), "the question arrives byte for byte");
}

/// An answer to a question about a signature.
async fn check_verdict(status: u16, answer: &'static str, expected: Result<ApiVerdict, &str>) {
    let answer = (StatusCode::from_u16(status).unwrap(), answer);
    let path = "/v1/notifications/verify-webhook-signature";
    let hosts = serve(Router::new().route(path, post(async move || answer))).await;
    let found = api(&hosts).verify(&SecretString::new("tok"), Bytes::from_static(b"{}")).await;
    let found = found.map_err(|error| error.to_string());
    assert_eq!(found, expected.map_err(str::to_owned), "{answer:?}");
}

#[tokio::test]
async fn what_the_signature_api_answers() {
    check_verdict(200, r#"{"verification_status":"SUCCESS"}"#, Ok(ApiVerdict::Success)).await;
    check_verdict(200, r#"{"verification_status":"FAILURE"}"#, Ok(ApiVerdict::Failure)).await;
    for status in [400, 422] {
        check_verdict(status, r#"{"name":"VALIDATION_ERROR"}"#, Ok(ApiVerdict::Failure)).await;
    }
    check_verdict(401, "{}", Ok(ApiVerdict::Unauthorized)).await;
    let unreadable = "paypal:VerifyWebhookSignature is unavailable: unreadable answer";
    for answer in
        ["", "{}", "SUCCESS", r#"{"verification_status":"success"}"#, r#"{"verification_status":null}"#]
    {
        check_verdict(200, answer, Err(unreadable)).await;
    }
    check_verdict(503, "", Err("paypal:VerifyWebhookSignature is unavailable: HTTP status 503")).await;
    check_verdict(429, "", Err("paypal:VerifyWebhookSignature is unavailable: HTTP status 429")).await;
    check_verdict(403, "", Err("paypal:VerifyWebhookSignature was refused: HTTP status 403")).await;
}

#[tokio::test]
async fn credentials_and_tokens_stay_out_of_errors() {
    let hosts = serve(Router::new()).await;
    let token = api(&hosts).token(&client()).await.unwrap_err();
    let unsendable = SecretString::new("tok\r\nx: hidden");
    let verdict = api(&hosts).verify(&unsendable, Bytes::new()).await.unwrap_err();
    for error in [token, verdict] {
        let text = format!("{error} {error:?}");
        assert!(matches!(error, PortError::Refused { .. }), "{text}");
        assert!(!["app-secret", "YXBw", "hidden"].iter().any(|secret| text.contains(secret)), "{text}");
    }
}

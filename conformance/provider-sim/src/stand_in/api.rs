//! `POST /v1/oauth2/token` and `POST /v1/notifications/verify-webhook-signature`: the online way of verifying JSON
//! webhooks, with the same proof as the offline way behind it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use serde_json::value::RawValue;

use super::Paypal;
use super::behaviour::Switch;
use crate::dice::Dice;
use crate::ids;
use crate::keys::Keys;
use crate::sign::paypal;

/// How long PayPal's tokens live, seconds. The stand-in's end only when they are revoked.
const TOKEN_LIFETIME_S: u64 = 32_400;

/// How the API answered so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ApiCounts {
    /// Tokens given out.
    pub tokens: u64,
    /// Verifications that said SUCCESS.
    pub success: u64,
    /// Verifications that said FAILURE.
    pub failure: u64,
    /// 400 and 401: not a request of the API, or without the right credentials.
    pub refused: u64,
    /// Not at all, or with nonsense: a drill.
    pub out_of_order: u64,
}

pub(super) struct Api {
    pub(super) switch: Switch,
    client_id: String,
    client_secret: String,
    webhook_id: String,
    cert_url: String,
    public_key: Vec<u8>,
    tokens: Mutex<HashSet<String>>,
    given: AtomicU64,
    success: AtomicU64,
    failure: AtomicU64,
    refused: AtomicU64,
    out_of_order: AtomicU64,
}

impl Api {
    pub(super) fn new(keys: &Keys) -> Self {
        Self {
            switch: Switch::default(),
            client_id: keys.paypal.client_id.clone(),
            client_secret: keys.paypal.client_secret.clone(),
            webhook_id: keys.paypal.webhook_id.clone(),
            cert_url: keys.paypal.cert_url.clone(),
            public_key: keys.paypal.leaf.public_key_raw().to_vec(),
            tokens: Mutex::default(),
            given: AtomicU64::new(0),
            success: AtomicU64::new(0),
            failure: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            out_of_order: AtomicU64::new(0),
        }
    }

    pub(super) fn counts(&self) -> ApiCounts {
        ApiCounts {
            tokens: self.given.load(Ordering::Relaxed),
            success: self.success.load(Ordering::Relaxed),
            failure: self.failure.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            out_of_order: self.out_of_order.load(Ordering::Relaxed),
        }
    }

    pub(super) fn revoke_tokens(&self) {
        self.tokens().clear();
    }

    fn tokens(&self) -> MutexGuard<'_, HashSet<String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn out_of_order(&self) -> Option<Response> {
        let failure = self.switch.out_of_order().await?;
        self.out_of_order.fetch_add(1, Ordering::Relaxed);
        Some(failure)
    }

    fn refuse(&self, status: StatusCode, name: &str, description: &str) -> Response {
        self.refused.fetch_add(1, Ordering::Relaxed);
        (status, Json(json!({ "error": name, "error_description": description }))).into_response()
    }

    /// Whether the request's parts are what PayPal signed. The body counts as it stands in the request, byte for byte.
    fn vouches_for(&self, request: &HashMap<String, Box<RawValue>>) -> Option<bool> {
        let text = |name: &str| serde_json::from_str::<String>(request.get(name)?.get()).ok();
        let event = request.get("webhook_event").filter(|event| event.get().starts_with('{'))?;
        let (id, time, webhook_id) =
            (text("transmission_id")?, text("transmission_time")?, text("webhook_id")?);
        let (signature, cert_url, algorithm) =
            (text("transmission_sig")?, text("cert_url")?, text("auth_algo")?);
        let message = paypal::message(&id, &time, &self.webhook_id, event.get().as_bytes());
        let signed = STANDARD.decode(signature).is_ok_and(|signature| {
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key)
                .verify(message.as_bytes(), &signature)
                .is_ok()
        });
        Some(
            signed
                && webhook_id == self.webhook_id
                && cert_url == self.cert_url
                && algorithm == paypal::ALGORITHM,
        )
    }
}

/// The value of `authorization` after its scheme.
fn authorization<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let (given, value) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    given.eq_ignore_ascii_case(scheme).then_some(value.trim())
}

pub(super) async fn token(State(paypal): State<Arc<Paypal>>, headers: HeaderMap, body: Bytes) -> Response {
    let api = &paypal.api;
    if let Some(failure) = api.out_of_order().await {
        return failure;
    }
    let credentials = authorization(&headers, "Basic").and_then(|value| STANDARD.decode(value).ok());
    if credentials.as_deref() != Some(format!("{}:{}", api.client_id, api.client_secret).as_bytes()) {
        return api.refuse(StatusCode::UNAUTHORIZED, "invalid_client", "Client Authentication failed");
    }
    if !body.split(|byte| *byte == b'&').any(|field| field == b"grant_type=client_credentials") {
        return api.refuse(StatusCode::BAD_REQUEST, "unsupported_grant_type", "Grant Type is NULL");
    }
    let number = api.given.fetch_add(1, Ordering::Relaxed);
    let token = ids::base62(&mut Dice::of_text(&format!("{}/{number}", api.client_id)), "A21AA", 92);
    api.tokens().insert(token.clone());
    Json(json!({
        "scope": "https://uri.paypal.com/services/applications/webhooks openid",
        "access_token": token,
        "token_type": "Bearer",
        "app_id": "APP-80W284485P519543T",
        "expires_in": TOKEN_LIFETIME_S,
        "nonce": "2026-11-21T18:22:49Z_stand-in",
    }))
    .into_response()
}

pub(super) async fn verify(State(paypal): State<Arc<Paypal>>, headers: HeaderMap, body: Bytes) -> Response {
    let api = &paypal.api;
    if let Some(failure) = api.out_of_order().await {
        return failure;
    }
    if !authorization(&headers, "Bearer").is_some_and(|token| api.tokens().contains(token)) {
        return api.refuse(StatusCode::UNAUTHORIZED, "invalid_token", "Token signature verification failed");
    }
    let request = serde_json::from_slice::<HashMap<String, Box<RawValue>>>(&body).ok();
    match request.and_then(|request| api.vouches_for(&request)) {
        Some(genuine) => {
            let (count, word) = if genuine { (&api.success, "SUCCESS") } else { (&api.failure, "FAILURE") };
            count.fetch_add(1, Ordering::Relaxed);
            Json(json!({ "verification_status": word })).into_response()
        }
        None => api.refuse(StatusCode::BAD_REQUEST, "INVALID_REQUEST", "Request is not well-formed"),
    }
}

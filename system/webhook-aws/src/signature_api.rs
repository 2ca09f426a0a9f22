//! PayPal's REST API, as far as it says whether a webhook is genuine.
//!
//! Invariant: neither a credential nor a token, a question or an answer's text is in an error.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Deserialize;
use webhook_core::ports::signature_api::{ApiClient, ApiToken, ApiVerdict, SignatureApi};
use webhook_core::ports::{PortError, SecretString};

use crate::connections::{Connections, Post};
use crate::errors::{fetch_error, refused, unavailable, worth_another_try};
use crate::paypal::{PaypalHosts, USER_AGENT};

const TOKEN: &str = "paypal:Token";
const VERIFY: &str = "paypal:VerifyWebhookSignature";
/// One call, connecting included. A delivery needs one, or two when a token is due, within the validator's 4 s.
const CALL_TIMEOUT: Duration = Duration::from_millis(2500);
/// Answers have a few hundred bytes; a token's lists its scopes.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// The API's host.
#[derive(Debug, Clone)]
pub struct PaypalSignatureApi {
    connections: Connections,
    token_url: String,
    verify_url: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: SecretString,
    expires_in: u32,
}

#[derive(Deserialize)]
struct VerifyAnswer {
    verification_status: String,
}

impl PaypalSignatureApi {
    pub(crate) fn new(connections: Connections, hosts: &PaypalHosts) -> Self {
        let token_url = hosts.api("/v1/oauth2/token");
        let verify_url = hosts.api("/v1/notifications/verify-webhook-signature");
        Self { connections, token_url, verify_url }
    }

    async fn post(&self, operation: &'static str, post: Post<'_>) -> Result<(u16, Bytes), PortError> {
        let answered = self.connections.post(post, CALL_TIMEOUT, ANSWER_BYTES_MAX).await;
        answered.map_err(|error| fetch_error(operation, error))
    }
}

impl SignatureApi for PaypalSignatureApi {
    async fn token(&self, client: &ApiClient) -> Result<ApiToken, PortError> {
        let credentials = STANDARD.encode(format!("{}:{}", client.id.expose(), client.secret.expose()));
        let post = Post {
            url: &self.token_url,
            headers: &[
                ("authorization", &format!("Basic {credentials}")),
                ("content-type", "application/x-www-form-urlencoded"),
                ("accept", "application/json"),
                ("user-agent", USER_AGENT),
            ],
            body: Bytes::from_static(b"grant_type=client_credentials"),
        };
        match self.post(TOKEN, post).await? {
            (200, answer) => {
                let read: TokenAnswer =
                    serde_json::from_slice(&answer).map_err(|_| unavailable(TOKEN, "unreadable answer"))?;
                Ok(ApiToken { token: read.access_token, lives_secs: read.expires_in })
            }
            (status, _) => Err(other_status(TOKEN, status)),
        }
    }

    async fn verify(&self, token: &SecretString, question: Bytes) -> Result<ApiVerdict, PortError> {
        let post = Post {
            url: &self.verify_url,
            headers: &[
                ("authorization", &format!("Bearer {}", token.expose())),
                ("content-type", "application/json"),
                ("accept", "application/json"),
                ("user-agent", USER_AGENT),
            ],
            body: question,
        };
        match self.post(VERIFY, post).await? {
            (200, answer) => {
                let read = serde_json::from_slice::<VerifyAnswer>(&answer);
                match read.as_ref().map(|answer| answer.verification_status.as_str()) {
                    Ok("SUCCESS") => Ok(ApiVerdict::Success),
                    Ok("FAILURE") => Ok(ApiVerdict::Failure),
                    _ => Err(unavailable(VERIFY, "unreadable answer")),
                }
            }
            (401, _) => Ok(ApiVerdict::Unauthorized),
            // PayPal finds fault with the question, whose every part but the webhook id is the sender's.
            (400 | 422, _) => Ok(ApiVerdict::Failure),
            (status, _) => Err(other_status(VERIFY, status)),
        }
    }
}

fn other_status(operation: &'static str, status: u16) -> PortError {
    let reason = format!("HTTP status {status}");
    if worth_another_try(status) { unavailable(operation, &reason) } else { refused(operation, &reason) }
}

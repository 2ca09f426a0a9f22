//! PayPal's API in memory: it knows its apps, the tokens it gave them, and what it signed.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Twin;
use crate::ports::signature_api::{ApiClient, ApiToken, ApiVerdict, SignatureApi};
use crate::ports::{PortError, SecretString};

/// The API.
#[derive(Default)]
pub struct MemorySignatureApi {
    twin: Twin<State>,
}
switches!(MemorySignatureApi);

#[derive(Default)]
struct State {
    clients: Vec<ApiClient>,
    /// Tokens that are good.
    tokens: HashSet<String>,
    tokens_given: usize,
    questions: usize,
    /// Webhook id, transmission id and body of everything it signed.
    signed: HashSet<(String, String, String)>,
}

#[derive(Deserialize)]
struct Question<'a> {
    webhook_id: String,
    transmission_id: String,
    #[serde(borrow)]
    webhook_event: &'a RawValue,
}

/// How long its tokens are good for, as PayPal's are, in seconds.
const LIVES_SECS: u32 = 32_400;

impl MemorySignatureApi {
    /// Knows an app from now on.
    pub fn know(&self, id: &str, secret: &str) {
        let client = ApiClient { id: SecretString::new(id), secret: SecretString::new(secret) };
        self.twin.lock().state.clients.push(client);
    }

    /// Knows no app any more, and takes every token back.
    pub fn forget(&self) {
        let state = &mut self.twin.lock().state;
        state.clients.clear();
        state.tokens.clear();
    }

    /// Takes every token back.
    pub fn revoke(&self) {
        self.twin.lock().state.tokens.clear();
    }

    /// Has signed `body` for `webhook_id` under a transmission id.
    pub fn signed(&self, webhook_id: &str, transmission_id: &str, body: &str) {
        let signed = (webhook_id.to_owned(), transmission_id.to_owned(), body.to_owned());
        self.twin.lock().state.signed.insert(signed);
    }

    /// Has signed nothing any more.
    pub fn unsigned(&self) {
        self.twin.lock().state.signed.clear();
    }

    /// How many tokens it gave.
    #[must_use]
    pub fn tokens_given(&self) -> usize {
        self.twin.lock().state.tokens_given
    }

    /// How many signatures it was asked about.
    #[must_use]
    pub fn questions(&self) -> usize {
        self.twin.lock().state.questions
    }
}

impl SignatureApi for MemorySignatureApi {
    async fn token(&self, client: &ApiClient) -> Result<ApiToken, PortError> {
        // Let others run, as a real call would: tests of single flight depend on it.
        tokio::task::yield_now().await;
        let given = self.twin.call(|state| {
            state.clients.contains(client).then(|| {
                state.tokens_given += 1;
                let token = format!("token-{}", state.tokens_given);
                state.tokens.insert(token.clone());
                ApiToken { token: SecretString::new(token), lives_secs: LIVES_SECS }
            })
        })?;
        given.ok_or_else(|| PortError::Refused {
            operation: "paypal:Token",
            reason: "HTTP status 401".to_owned(),
        })
    }

    async fn verify(&self, token: &SecretString, question: Bytes) -> Result<ApiVerdict, PortError> {
        tokio::task::yield_now().await;
        self.twin.call(|state| {
            state.questions += 1;
            if !state.tokens.contains(token.expose()) {
                return ApiVerdict::Unauthorized;
            }
            let Ok(asked) = serde_json::from_slice::<Question<'_>>(&question) else {
                return ApiVerdict::Failure;
            };
            let about = (asked.webhook_id, asked.transmission_id, asked.webhook_event.get().to_owned());
            if state.signed.contains(&about) { ApiVerdict::Success } else { ApiVerdict::Failure }
        })
    }
}

/// So that a test can keep hold of what it gave away.
impl SignatureApi for &MemorySignatureApi {
    async fn token(&self, client: &ApiClient) -> Result<ApiToken, PortError> {
        (**self).token(client).await
    }

    async fn verify(&self, token: &SecretString, question: Bytes) -> Result<ApiVerdict, PortError> {
        (**self).verify(token, question).await
    }
}

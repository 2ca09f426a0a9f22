//! PayPal's own check of a webhook's signature, for deployments that ask instead of checking offline.

use bytes::Bytes;

use crate::ports::{PortError, SecretString};

/// Who asks: the credentials of a REST app of the merchant's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiClient {
    /// The app's id.
    pub id: SecretString,
    /// The app's secret.
    pub secret: SecretString,
}

/// What calls are made with, for a while.
#[derive(Debug, Clone)]
pub struct ApiToken {
    /// The bearer token.
    pub token: SecretString,
    /// How long it is good for, in seconds.
    pub lives_secs: u32,
}

/// PayPal's answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiVerdict {
    /// The signature is PayPal's.
    Success,
    /// It is not.
    Failure,
    /// The token is not good, or no longer.
    Unauthorized,
}

/// Who is asked where PayPal's API never is. There is no value of it.
#[derive(Debug)]
pub enum Nobody {}

impl SignatureApi for Nobody {
    async fn token(&self, _: &ApiClient) -> Result<ApiToken, PortError> {
        match *self {}
    }

    async fn verify(&self, _: &SecretString, _: Bytes) -> Result<ApiVerdict, PortError> {
        match *self {}
    }
}

/// The way to PayPal's API. Keeping tokens and bounding calls is the caller's.
pub trait SignatureApi: Send + Sync {
    /// A token for `client` (`POST /v1/oauth2/token`). [`PortError::Refused`] if PayPal does not know the client.
    fn token(&self, client: &ApiClient) -> impl Future<Output = Result<ApiToken, PortError>> + Send;

    /// Puts `question`, a JSON text, to `POST /v1/notifications/verify-webhook-signature`, byte for byte: it contains the webhook's
    /// raw body, and another spelling of the same JSON would have another signature.
    fn verify(
        &self,
        token: &SecretString,
        question: Bytes,
    ) -> impl Future<Output = Result<ApiVerdict, PortError>> + Send;
}

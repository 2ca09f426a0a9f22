//! Asking PayPal whether a webhook is genuine, with bounds on how often anybody can make this system ask.
//!
//! - A token serves until shortly before it runs out; any number of deliveries that wait for one cause one request.
//! - Calls that do not end well are paid from a small budget, and when it is used up nobody is asked: the provider sends again.
//!   Genuine deliveries cost nothing, so however many there are, they pass.
//! - Both webhook ids of a rotation are tried, the current one first.
//!
//! Time is an argument.

use std::sync::{Mutex as BlockingMutex, PoisonError};

use bytes::Bytes;
use tokio::sync::Mutex;

use crate::keys::{RETRY_PAUSE_SECS, within};
use crate::mutant::{self, Mutant};
use crate::ports::signature_api::{ApiClient, ApiToken, ApiVerdict, SignatureApi};
use crate::ports::{PortError, SecretString};
use crate::providers::paypal::{Claim, Secrets, api};
use crate::providers::verified::{RawBody, Verified};
use crate::reject::Reject;
use crate::unix_time::UnixTime;

/// Calls without success that may be made at once.
pub const CALLS_AT_ONCE: i64 = 20;

/// Calls without success that may be made each second in the long run.
pub const CALLS_PER_SEC: i64 = 10;

/// How long before its end a token is given up, in seconds: it must outlive the call it is used for.
const TOKEN_MARGIN_SECS: i64 = 60;

/// PayPal's API, asked sparingly.
pub struct RemoteProof<A> {
    api: A,
    /// Held while a token is fetched: whoever waits for it finds the token here.
    token: Mutex<Token>,
    budget: BlockingMutex<Budget>,
}

#[derive(Default)]
struct Token {
    held: Option<Held>,
    /// The last failure, until a fetch succeeds.
    failed: Option<Failed>,
}

struct Failed {
    at: UnixTime,
    /// Whom it concerns: other credentials may do better at once.
    clients: Vec<ApiClient>,
    error: PortError,
}

struct Held {
    client: ApiClient,
    token: SecretString,
    until: UnixTime,
}

/// Why PayPal's answer proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// The delivery is at fault.
    #[error(transparent)]
    Reject(#[from] Reject),
    /// PayPal's API failed, or refuses this system's credentials.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The stored secret names no app to ask as.
    #[error("the stored secret of paypal has no client_id and client_secret")]
    NoClient,
    /// Too many calls without success in a short while.
    #[error("too many signatures were asked about without success")]
    TooManyCalls,
}

impl<A: SignatureApi> RemoteProof<A> {
    /// Nothing is asked yet.
    pub const fn new(api: A) -> Self {
        let token = Token { held: None, failed: None };
        let budget = Budget { spent_milli: 0, at: UnixTime::from_secs(0) };
        Self { api, token: Mutex::const_new(token), budget: BlockingMutex::new(budget) }
    }

    /// PayPal, as a test made it.
    #[cfg(test)]
    pub(super) const fn api(&self) -> &A {
        &self.api
    }

    /// Asks about one delivery, for each of the endpoint's webhook ids until one is right. What can be refused on its face must
    /// have been refused already ([`api::check_face`]).
    pub(super) async fn prove(
        &self,
        claim: &Claim<'_>,
        body: RawBody,
        secrets: &Secrets,
        now: UnixTime,
    ) -> Result<Verified, RemoteError> {
        for (earlier, webhook_id) in secrets.webhook_ids().enumerate() {
            let question = api::question(claim, webhook_id, &body);
            let verdict = self.ask(question, secrets.clients(), now).await?;
            if verdict == ApiVerdict::Success || mutant::active(Mutant::PaypalApiAnswerIgnored) {
                // A genuine delivery costs nothing, also where the other webhook id was tried before.
                self.budget().give_back(earlier + 1);
                return Ok(api::verify(body, verdict)?);
            }
        }
        Err(Reject::SignatureMismatch.into())
    }

    /// One question. A token that is no longer good is replaced once.
    async fn ask(
        &self,
        question: Bytes,
        clients: &[ApiClient],
        now: UnixTime,
    ) -> Result<ApiVerdict, RemoteError> {
        let token = self.token(clients, None, now).await?;
        let verdict = self.call(&token, question.clone(), now).await?;
        if verdict != ApiVerdict::Unauthorized {
            return Ok(verdict);
        }
        let token = self.token(clients, Some(&token), now).await?;
        match self.call(&token, question, now).await? {
            ApiVerdict::Unauthorized => Err(PortError::Refused {
                operation: "paypal:VerifyWebhookSignature",
                reason: "a new token was not accepted".to_owned(),
            }
            .into()),
            verdict => Ok(verdict),
        }
    }

    async fn call(
        &self,
        token: &SecretString,
        question: Bytes,
        now: UnixTime,
    ) -> Result<ApiVerdict, RemoteError> {
        self.budget().spend(now)?;
        Ok(self.api.verify(token, question).await?)
    }

    /// The token at hand, unless it is `unwanted` or of a client that is gone; otherwise a new one, from the first of `clients` that
    /// PayPal knows.
    async fn token(
        &self,
        clients: &[ApiClient],
        unwanted: Option<&SecretString>,
        now: UnixTime,
    ) -> Result<SecretString, RemoteError> {
        if clients.is_empty() {
            return Err(RemoteError::NoClient);
        }
        let mut token = self.token.lock().await;
        let serves = |held: &&Held| {
            now < held.until && Some(&held.token) != unwanted && clients.contains(&held.client)
        };
        if let Some(held) = token.held.as_ref().filter(serves) {
            return Ok(held.token.clone());
        }
        let concerns =
            |failed: &&Failed| within(failed.at, now, RETRY_PAUSE_SECS) && failed.clients == clients;
        if let Some(failed) = token.failed.as_ref().filter(concerns) {
            return Err(failed.error.clone().into());
        }
        let fetched = self.fetch_token(clients, now).await;
        match fetched {
            Ok((client, fetched)) => {
                let lives_secs = i64::from(fetched.lives_secs);
                let serves_secs = (lives_secs - TOKEN_MARGIN_SECS).max(lives_secs / 2);
                let until = UnixTime::from_secs(now.secs().saturating_add(serves_secs));
                let held = Held { client, token: fetched.token.clone(), until };
                *token = Token { held: Some(held), failed: None };
                Ok(fetched.token)
            }
            Err(error) => {
                token.held = None;
                if let RemoteError::Port(error) = &error {
                    token.failed = Some(Failed { at: now, clients: clients.to_vec(), error: error.clone() });
                }
                Err(error)
            }
        }
    }

    async fn fetch_token(
        &self,
        clients: &[ApiClient],
        now: UnixTime,
    ) -> Result<(ApiClient, ApiToken), RemoteError> {
        let mut refused = RemoteError::NoClient;
        for client in clients {
            self.budget().spend(now)?;
            match self.api.token(client).await {
                Ok(token) => {
                    self.budget().give_back(1);
                    return Ok((client.clone(), token));
                }
                Err(error @ PortError::Refused { .. }) => refused = error.into(),
                Err(error @ PortError::Unavailable { .. }) => return Err(error.into()),
            }
        }
        Err(refused)
    }

    fn budget(&self) -> std::sync::MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A bucket that leaks: what was spent is forgiven at [`CALLS_PER_SEC`], and holds [`CALLS_AT_ONCE`] at most. In thousandths of a
/// call.
struct Budget {
    spent_milli: i64,
    at: UnixTime,
}

impl Budget {
    fn spend(&mut self, now: UnixTime) -> Result<(), RemoteError> {
        // A clock that was set back forgives nothing and keeps nothing for ever.
        let elapsed_millis = now.millis().saturating_sub(self.at.millis()).max(0);
        self.spent_milli =
            self.spent_milli.saturating_sub(elapsed_millis.saturating_mul(CALLS_PER_SEC)).max(0);
        self.at = now;
        if self.spent_milli + 1000 > CALLS_AT_ONCE * 1000 {
            return Err(RemoteError::TooManyCalls);
        }
        self.spent_milli += 1000;
        Ok(())
    }

    fn give_back(&mut self, calls: usize) {
        let milli = i64::try_from(calls).unwrap_or(i64::MAX).saturating_mul(1000);
        self.spent_milli = self.spent_milli.saturating_sub(milli).max(0);
    }
}

#[cfg(test)]
mod tests;

//! The Secrets Manager endpoint: secrets with versions and staging labels, as `PutSecretValue` and rotation move them.
//!
//! Invariant: a secret's value leaves only through `GetSecretValue`; no error, log line or `Debug` shows it.
//! Non-goals: rotation by schedule, replication, resource policies, encryption keys.

mod operations;
mod secret;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use http::Request;

use crate::clock;
use crate::faults::Faults;
use crate::server::Reply;
use crate::stores::wire::{ApiError, Dialect, Endpoint};
use crate::stores::{ACCOUNT_ID, REGION};

use secret::{Secret, Value};

const DIALECT: Dialect = Dialect {
    target_prefix: "secretsmanager.",
    content_type: "application/x-amz-json-1.1",
    error_namespace: "",
    message_key: "Message",
};

/// The Secrets Manager endpoint with its secrets.
pub(crate) struct Vault {
    secrets: Mutex<BTreeMap<String, Secret>>,
    faults: Arc<Faults>,
    forgets_previous: bool,
}

impl Vault {
    /// No secrets yet.
    pub(crate) fn new(faults: Arc<Faults>) -> Self {
        Self { secrets: Mutex::default(), faults, forgets_previous: false }
    }

    /// The same; `forgets` leaves no previous version behind when a secret changes, for tests of the harness.
    pub(crate) fn forgetting_previous(self, forgets: bool) -> Self {
        Self { forgets_previous: forgets, ..self }
    }

    /// Creates a secret with its first value and returns the ARN.
    pub(crate) fn seed(&self, name: &str, value: String) -> String {
        let mut secret = Secret::new(name, new_arn(name), now_s());
        let version = uuid::Uuid::new_v4().to_string();
        secret.add_version(version, Value::Text(value), &[secret::CURRENT.to_owned()], now_s());
        let arn = secret.arn.clone();
        self.lock().insert(name.to_owned(), secret);
        arn
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Secret>> {
        self.secrets.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Endpoint for Vault {
    // A value may weigh 64 KiB, more in base64 and JSON escapes.
    const BODY_MAX: usize = 1024 * 1024;

    async fn answer(&self, request: Request<Bytes>) -> Reply {
        let (head, body) = request.into_parts();
        let operation = match DIALECT.operation(&head.headers) {
            Ok(operation) => operation,
            Err(error) => return DIALECT.failure(&error),
        };
        if let Some(code) = self.faults.strike("secretsmanager", operation).await {
            return DIALECT.failure(&ApiError::injected(code));
        }
        let answer = self.carry_out(operation, &body);
        if self.forgets_previous {
            self.lock().values_mut().for_each(|secret| secret.drop_stage(secret::PREVIOUS));
        }
        match answer {
            Ok(answer) => DIALECT.success(&answer),
            Err(error) => DIALECT.failure(&error),
        }
    }
}

/// An ARN with the six random characters that AWS appends to the name.
fn new_arn(name: &str) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let random = uuid::Uuid::new_v4();
    let suffix: String = random
        .as_bytes()
        .iter()
        .take(6)
        .map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]))
        .collect();
    format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}-{suffix}")
}

/// Seconds since the epoch with a fraction, as the API tells times.
fn now_s() -> f64 {
    clock::since_epoch().as_millis() as f64 / 1000.0
}

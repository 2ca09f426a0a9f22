//! Secret strings, read: JSON as `webhookctl` writes them, or the plain secret.

use std::sync::Arc;

use serde::Deserialize;

use crate::ports::SecretString;
use crate::ports::signature_api::ApiClient;
use crate::provider::Provider;
use crate::providers::{Endpoint, paypal, square, stripe};

/// The secrets of one provider's endpoint, ready for use. Without `Debug`.
#[derive(Clone)]
pub enum ProviderSecrets {
    /// Signing secrets.
    Stripe(Arc<stripe::Secrets>),
    /// Webhook ids.
    Paypal(Arc<paypal::Secrets>),
    /// Signature keys and notification URLs.
    Square(Arc<square::Secrets>),
}

/// The stored secret cannot be used. Says nothing of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored secret of {provider} is unusable: {reason}")]
pub struct UnusableSecret {
    /// Whose.
    pub provider: Provider,
    /// What is wrong with it, in our own words.
    pub reason: &'static str,
}

/// `{"secret":"whsec_…"}`; a plain text is the whole secret.
#[derive(Deserialize)]
struct StripeForm {
    secret: String,
}

/// `{"webhook_id":"…","client_id":"…","client_secret":"…"}`, the last two only where PayPal's API is asked; a plain text is the
/// webhook id.
#[derive(Deserialize)]
struct PaypalForm {
    webhook_id: String,
    client_id: Option<SecretString>,
    client_secret: Option<SecretString>,
}

/// `{"key":"…","notification_url":"…"}`; a plain text is the key, and the URL comes from the configuration.
#[derive(Deserialize)]
struct SquareForm {
    key: String,
    notification_url: Option<String>,
}

impl ProviderSecrets {
    /// Reads every one of `secrets` that can be read (one bad version must not spoil a rotation), at least one.
    /// `square_url` stands in for a notification URL that the secret does not have.
    pub fn parse(
        provider: Provider,
        secrets: &[SecretString],
        square_url: Option<&str>,
    ) -> Result<Self, UnusableSecret> {
        let unusable = |reason| UnusableSecret { provider, reason };
        match provider {
            Provider::Stripe => {
                let keys = usable(secrets, stripe_key).map_err(unusable)?;
                Ok(Self::Stripe(Arc::new(stripe::Secrets::new(keys.iter().map(String::as_str)))))
            }
            Provider::Paypal => {
                let ids = usable(secrets, paypal_id).map_err(unusable)?;
                let own = paypal::Secrets::new(ids.iter().map(String::as_str));
                Ok(Self::Paypal(Arc::new(own.with_clients(paypal_clients(secrets)))))
            }
            Provider::Square => {
                let keys = usable(secrets, |text| square_key(text, square_url)).map_err(unusable)?;
                let pairs = keys.iter().map(|(key, url)| (key.as_str(), url.as_str()));
                Ok(Self::Square(Arc::new(square::Secrets::new(pairs))))
            }
        }
    }
}

impl ProviderSecrets {
    /// Whether `endpoint` was made of exactly these (by identity, not by value).
    pub(crate) fn are_of(&self, endpoint: &Endpoint) -> bool {
        match (self, endpoint) {
            (Self::Stripe(ours), Endpoint::Stripe(theirs)) => Arc::ptr_eq(ours, theirs),
            (Self::Paypal(ours), Endpoint::Paypal(theirs)) => Arc::ptr_eq(ours, &theirs.secrets),
            (Self::Paypal(ours), Endpoint::PaypalApi(theirs)) => Arc::ptr_eq(ours, theirs),
            (Self::Square(ours), Endpoint::Square(theirs)) => Arc::ptr_eq(ours, theirs),
            (Self::Stripe(_) | Self::Paypal(_) | Self::Square(_), _) => false,
        }
    }
}

/// The readable ones, or what is wrong with the newest.
fn usable<T>(
    secrets: &[SecretString],
    read: impl Fn(&str) -> Result<T, &'static str>,
) -> Result<Vec<T>, &'static str> {
    let mut first_error = None;
    let mut found = Vec::with_capacity(secrets.len());
    for secret in secrets {
        match read(secret.expose().trim()) {
            Ok(value) => found.push(value),
            Err(reason) => first_error = first_error.or(Some(reason)),
        }
    }
    if found.is_empty() { Err(first_error.unwrap_or("there is none")) } else { Ok(found) }
}

fn stripe_key(text: &str) -> Result<String, &'static str> {
    let key = match json_object(text) {
        Some(json) => serde_json::from_str::<StripeForm>(json).map_err(|_| "no `secret` in it")?.secret,
        None => text.to_owned(),
    };
    if key.is_empty() { Err("it is empty") } else { Ok(key) }
}

fn paypal_id(text: &str) -> Result<String, &'static str> {
    let id = match json_object(text) {
        Some(json) => {
            serde_json::from_str::<PaypalForm>(json).map_err(|_| "no `webhook_id` in it")?.webhook_id
        }
        None => text.to_owned(),
    };
    match id.as_str() {
        "" => Err("it is empty"),
        paypal::SIMULATOR_WEBHOOK_ID => Err("it is the simulator's webhook id"),
        id if id.contains('|') => Err("a webhook id has no `|`"),
        _ => Ok(id),
    }
}

/// Whom to ask PayPal's API as: those of every version that names one, newest first.
fn paypal_clients(secrets: &[SecretString]) -> Vec<ApiClient> {
    let mut clients = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let form = json_object(secret.expose().trim()).and_then(|json| serde_json::from_str(json).ok());
        if let Some(PaypalForm { client_id: Some(id), client_secret: Some(secret), .. }) = form {
            let client = ApiClient { id, secret };
            let usable = !client.id.expose().is_empty() && !client.secret.expose().is_empty();
            if usable && !clients.contains(&client) {
                clients.push(client);
            }
        }
    }
    clients
}

fn square_key(text: &str, configured_url: Option<&str>) -> Result<(String, String), &'static str> {
    let (key, url) = match json_object(text) {
        Some(json) => {
            let form = serde_json::from_str::<SquareForm>(json).map_err(|_| "no `key` in it")?;
            (form.key, form.notification_url)
        }
        None => (text.to_owned(), None),
    };
    let url = url.or_else(|| configured_url.map(str::to_owned)).unwrap_or_default();
    match (key.is_empty(), url.is_empty()) {
        (true, _) => Err("it is empty"),
        (false, true) => Err("there is no notification URL"),
        (false, false) => Ok((key, url)),
    }
}

/// Real secrets of the three providers never start with a brace.
fn json_object(text: &str) -> Option<&str> {
    text.starts_with('{').then_some(text)
}

#[cfg(test)]
mod tests;

//! The providers' signing secrets that the cloud starts with: from a file, or made up.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

#[cfg(test)]
mod tests;

/// What a secrets file looks like; told when one cannot be read.
pub const SECRETS_SHAPE: &str = r#"{"stripe": {"secret": "whsec_…"}, "square": {"key": "…", "notification_url": "…"}, "paypal": {"webhook_id": "…", "client_id": "…", "client_secret": "…"}}, each provider optional, and so are notification_url and the client"#;

/// PayPal's simulator signs with this id, which is no secret at all.
const SIMULATOR_WEBHOOK_ID: &str = "WEBHOOK_ID";

/// Secrets by provider; a missing provider gets a random one. `Debug` shows which are given, never what.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedSecrets {
    /// Stripe's endpoint secret.
    #[serde(default)]
    pub stripe: Option<StripeSecret>,
    /// Square's signature key and the URL that is signed with it.
    #[serde(default)]
    pub square: Option<SquareSecret>,
    /// PayPal's webhook id.
    #[serde(default)]
    pub paypal: Option<PaypalSecret>,
}

/// Stripe's endpoint secret.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripeSecret {
    /// The whole string, `whsec_` included.
    pub secret: String,
}

/// Square's signature key.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SquareSecret {
    /// The key as Square shows it.
    pub key: String,
    /// The URL as configured at Square; by default the embedded API's own.
    #[serde(default)]
    pub notification_url: Option<String>,
}

/// PayPal's webhook id, which is part of what PayPal signs, and the client of PayPal's API.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaypalSecret {
    /// The id.
    pub webhook_id: String,
    /// The client's id, needed where webhooks are verified by the API; made up if missing.
    #[serde(default)]
    pub client_id: Option<String>,
    /// The client's secret, there exactly when the id is.
    #[serde(default)]
    pub client_secret: Option<String>,
}

impl fmt::Debug for SeedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = |is_some: bool| if is_some { "given" } else { "generated" };
        f.debug_struct("SeedSecrets")
            .field("stripe", &given(self.stripe.is_some()))
            .field("square", &given(self.square.is_some()))
            .field("paypal", &given(self.paypal.is_some()))
            .finish()
    }
}

/// A secrets file was not taken. The message names the place, never the content.
#[derive(Debug, thiserror::Error)]
pub enum SecretsFileError {
    /// It could not be read.
    #[error("secrets file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not JSON of the expected shape.
    #[error("secrets file {} is not what is expected (line {line}, column {column}); expected: {SECRETS_SHAPE}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Where the trouble is, from 1.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// A value is empty or known to be no secret.
    #[error("secrets file {}: {field} {problem}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Which value.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl SeedSecrets {
    /// Reads a secrets file.
    ///
    /// # Errors
    /// It is missing, not of the shape [`SECRETS_SHAPE`], or holds a value that cannot be a secret.
    pub fn from_file(path: &Path) -> Result<Self, SecretsFileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SecretsFileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, SecretsFileError> {
        let secrets: Self = serde_json::from_str(text).map_err(|error| SecretsFileError::Shape {
            path: path.to_owned(),
            line: error.line(),
            column: error.column(),
        })?;
        match secrets.problem() {
            None => Ok(secrets),
            Some((field, problem)) => Err(SecretsFileError::Value { path: path.to_owned(), field, problem }),
        }
    }

    fn problem(&self) -> Option<(&'static str, &'static str)> {
        let empty = "must not be empty";
        if self.stripe.as_ref().is_some_and(|stripe| stripe.secret.is_empty()) {
            return Some(("stripe.secret", empty));
        }
        if let Some(square) = &self.square {
            if square.key.is_empty() {
                return Some(("square.key", empty));
            }
            if square.notification_url.as_ref().is_some_and(String::is_empty) {
                return Some(("square.notification_url", empty));
            }
        }
        if let Some(paypal) = &self.paypal {
            let client =
                [("paypal.client_id", &paypal.client_id), ("paypal.client_secret", &paypal.client_secret)];
            for (field, value) in client {
                if value.as_ref().is_some_and(String::is_empty) {
                    return Some((field, empty));
                }
            }
            if paypal.client_id.is_some() != paypal.client_secret.is_some() {
                return Some(("paypal.client_id", "goes together with paypal.client_secret"));
            }
        }
        match self.paypal.as_ref().map(|paypal| paypal.webhook_id.as_str()) {
            Some("") => Some(("paypal.webhook_id", empty)),
            Some(SIMULATOR_WEBHOOK_ID) => Some((
                "paypal.webhook_id",
                "is the simulator's, which is never accepted; put your own webhook's id",
            )),
            _ => None,
        }
    }

    /// Whether a provider's secret is missing, so that it is made up.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.stripe.is_none() || self.square.is_none() || self.paypal.is_none()
    }

    /// Every provider's secret, the missing ones made up at random, in the form the functions read.
    #[must_use]
    pub fn complete(self, square_url: &str) -> CompleteSecrets {
        let stripe = self.stripe.map_or_else(|| format!("whsec_{}", random_hex()), |stripe| stripe.secret);
        let (square_key, given_url) = match self.square {
            Some(square) => (square.key, square.notification_url),
            None => (random_hex(), None),
        };
        let square_notification_url = given_url.unwrap_or_else(|| square_url.to_owned());
        let paypal = self.paypal.unwrap_or_else(|| PaypalSecret {
            webhook_id: random_hex().to_ascii_uppercase().chars().take(17).collect(),
            client_id: None,
            client_secret: None,
        });
        let paypal = serde_json::json!({
            "webhook_id": paypal.webhook_id,
            "client_id": paypal.client_id.unwrap_or_else(|| format!("A{}", random_hex())),
            "client_secret": paypal.client_secret.unwrap_or_else(|| format!("E{}", random_hex())),
        });
        let square = serde_json::json!({ "key": square_key, "notification_url": square_notification_url });
        CompleteSecrets {
            values: [
                ("stripe", serde_json::json!({ "secret": stripe }).to_string()),
                ("paypal", paypal.to_string()),
                ("square", square.to_string()),
            ],
            square_notification_url,
        }
    }
}

/// Secret values by provider, ready to be stored.
pub struct CompleteSecrets {
    /// Provider and JSON value.
    pub values: [(&'static str, String); 3],
    /// The URL Square signs; no secret.
    pub square_notification_url: String,
}

/// 122 random bits from the operating system, in hex.
fn random_hex() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

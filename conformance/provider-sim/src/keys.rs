//! Both sides' secrets. Stripe's, Square's and PayPal's webhook id come from a seed or from a file; PayPal's RSA
//! pair and certificates are generated, so no private key lies in the repository.

mod certificates;
mod rotation;

use std::fmt;
use std::sync::OnceLock;

use rcgen::KeyPair;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::dice::Dice;
use crate::ids;
use crate::sign::mac::MacKey;
use certificates::FalseCertificate;

/// What the providers sign with. No part of it shows in `Debug`.
pub struct Keys {
    pub(crate) stripe: StripeKey,
    pub(crate) square: SquareKey,
    pub(crate) paypal: PaypalKey,
}

/// Stripe's signing secret of one endpoint.
pub(crate) struct StripeKey {
    /// The whole text, `whsec_` included.
    pub(crate) secret: String,
    pub(crate) mac: MacKey,
}

/// Square's signature key of one subscription.
pub(crate) struct SquareKey {
    pub(crate) key: String,
    pub(crate) notification_url: String,
    pub(crate) mac: MacKey,
}

/// PayPal's side: the certified RSA pair, and the id of the receiver's webhook.
pub(crate) struct PaypalKey {
    pub(crate) webhook_id: String,
    /// Who the receiver is to PayPal's API.
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) leaf: KeyPair,
    /// Leaf and intermediate, PEM, in this order.
    pub(crate) chain_pem: String,
    pub(crate) trust_root_pem: String,
    /// Last segment of the certificate's URL, `CERT-…`.
    pub(crate) cert_name: String,
    pub(crate) cert_url: String,
    /// Certificates of the same pair that a receiver must not believe.
    pub(crate) false_certificates: Vec<FalseCertificate>,
    /// A forger's RSA pair, made when the first forgery asks for it.
    forger: OnceLock<Option<KeyPair>>,
}

/// What PayPal and one of its merchants both know.
struct PaypalSecret {
    webhook_id: String,
    client_id: String,
    client_secret: String,
}

impl PaypalSecret {
    fn generate(seed: u64) -> Self {
        Self {
            webhook_id: ids::base36(&mut Dice::new(seed ^ 0x7765_6268_6f6f_6b73), "", 17),
            client_id: secret(seed, "paypal client", "A", 79),
            client_secret: secret(seed, "paypal client secret", "E", 79),
        }
    }
}

/// Keys that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The RSA pair or a certificate could not be generated.
    #[error("cannot generate PayPal's keys and certificates")]
    Generate(#[from] rcgen::Error),
    /// The secrets are not of the form `{"stripe": {"secret": …}, …}`.
    #[error("secrets: {provider}.{field} must be a non-empty string")]
    Secret {
        /// Whose part of the secrets.
        provider: &'static str,
        /// Which field of it.
        field: &'static str,
    },
}

impl Keys {
    /// Secrets from the seed; a fresh RSA pair and certificate chain for PayPal (well under a second).
    ///
    /// # Errors
    /// [`KeyError::Generate`] if the RSA pair or a certificate cannot be made.
    pub fn generate(seed: u64, square_notification_url: &str) -> Result<Self, KeyError> {
        let stripe = secret(seed, "stripe", "whsec_", 32);
        let square = secret(seed, "square", "", 22);
        Self::assemble(stripe, square, square_notification_url.to_owned(), PaypalSecret::generate(seed))
    }

    /// The secrets of a `--secrets` file, `{"stripe": {"secret": …}, "square": {"key": …, "notification_url": …},
    /// "paypal": {"webhook_id": …, "client_id": …, "client_secret": …}}`; what is not in it is generated as by
    /// [`Keys::generate`]. Of PayPal's signing a file has only the webhook id: the RSA pair is generated, and a receiver
    /// must be told to trust [`Keys::paypal_trust_root_pem`].
    ///
    /// # Errors
    /// [`KeyError::Secret`] if a provider is there without its fields, [`KeyError::Generate`] as above.
    pub fn from_secrets_json(
        secrets: &Value,
        seed: u64,
        square_notification_url: &str,
    ) -> Result<Self, KeyError> {
        let generated = PaypalSecret::generate(seed);
        // Only a receiver that asks PayPal's API has the last two.
        let of_paypal =
            |field: &'static str, generated: String| match secrets.pointer(&format!("/paypal/{field}")) {
                None if field != "webhook_id" => Ok(generated),
                _ => given(secrets, "paypal", field).map(|text| text.unwrap_or(generated)),
            };
        let paypal = PaypalSecret {
            webhook_id: of_paypal("webhook_id", generated.webhook_id)?,
            client_id: of_paypal("client_id", generated.client_id)?,
            client_secret: of_paypal("client_secret", generated.client_secret)?,
        };
        let url = square_notification_url.to_owned();
        Self::assemble(
            given(secrets, "stripe", "secret")?.unwrap_or_else(|| secret(seed, "stripe", "whsec_", 32)),
            given(secrets, "square", "key")?.unwrap_or_else(|| secret(seed, "square", "", 22)),
            given(secrets, "square", "notification_url")?.unwrap_or(url),
            paypal,
        )
    }

    /// The secrets in the form of a `--secrets` file.
    #[must_use]
    pub fn secrets_json(&self) -> Value {
        json!({
            "stripe": { "secret": self.stripe.secret },
            "square": { "key": self.square.key, "notification_url": self.square.notification_url },
            "paypal": {
                "webhook_id": self.paypal.webhook_id,
                "client_id": self.paypal.client_id,
                "client_secret": self.paypal.client_secret,
            },
        })
    }

    /// The root certificate that a receiver must trust for PayPal's signatures, PEM.
    #[must_use]
    pub fn paypal_trust_root_pem(&self) -> &str {
        &self.paypal.trust_root_pem
    }

    fn assemble(stripe: String, square: String, url: String, paypal: PaypalSecret) -> Result<Self, KeyError> {
        let issued = certificates::issue()?;
        let cert_url = format!("https://api.paypal.com/v1/notifications/certs/{}", issued.name);
        Ok(Self {
            stripe: StripeKey { mac: MacKey::new(stripe.as_bytes()), secret: stripe },
            square: SquareKey { mac: MacKey::new(square.as_bytes()), key: square, notification_url: url },
            paypal: PaypalKey {
                webhook_id: paypal.webhook_id,
                client_id: paypal.client_id,
                client_secret: paypal.client_secret,
                leaf: issued.leaf,
                chain_pem: issued.chain_pem,
                trust_root_pem: issued.trust_root_pem,
                cert_name: issued.name,
                cert_url,
                false_certificates: issued.false_certificates,
                forger: OnceLock::new(),
            },
        })
    }
}

impl PaypalKey {
    /// A pair that PayPal never certified. `None` only if no pair could be generated.
    pub(crate) fn forger(&self) -> Option<&KeyPair> {
        self.forger.get_or_init(|| certificates::rsa_pair().ok()).as_ref()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys(secret)")
    }
}

/// A secret text: base 62 of a hash of the seed, so that a run can be repeated. Good for tests only.
fn secret(seed: u64, label: &str, prefix: &str, len: usize) -> String {
    let mut hash = Sha256::new();
    hash.update(b"provider-sim secret\0");
    hash.update(label.as_bytes());
    hash.update(seed.to_be_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let word = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    ids::base62(&mut Dice::new(word), prefix, len)
}

/// A text of the secrets; `None` where the whole provider is missing.
fn given(secrets: &Value, provider: &'static str, field: &'static str) -> Result<Option<String>, KeyError> {
    let Some(entry) = secrets.get(provider) else { return Ok(None) };
    match entry.get(field).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(Some(text.to_owned())),
        _ => Err(KeyError::Secret { provider, field }),
    }
}

#[cfg(test)]
mod tests;

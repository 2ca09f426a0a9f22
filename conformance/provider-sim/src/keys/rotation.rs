//! The keys after a rotation: new secrets, the same certificates.

use rcgen::{KeyPair, PKCS_RSA_SHA256};
use rustls_pki_types::PrivatePkcs8KeyDer;
use serde_json::json;

use super::{KeyError, Keys, secret};
use crate::dice::Dice;
use crate::ids;
use crate::provider::Provider;

impl Keys {
    /// The same sides with a new secret each: Stripe's and Square's keys are rolled, the receiver's webhook at PayPal is a
    /// new one. PayPal's RSA pair and certificates stay, as does whatever else the receiver has been given. What is new
    /// follows from what was there, so that a run can be repeated, and no rotation leads back.
    ///
    /// # Errors
    /// [`KeyError::Generate`] if PayPal's pair cannot be taken over.
    pub fn rotated(&self) -> Result<Self, KeyError> {
        self.rotated_for(&Provider::ALL)
    }

    /// The same for some providers; the others' secrets stay.
    ///
    /// # Errors
    /// As [`Self::rotated`].
    pub fn rotated_for(&self, providers: &[Provider]) -> Result<Self, KeyError> {
        // Each from its own, so that one that is rotated alone does not come back to an earlier one.
        let seed_of = |old: &str| Dice::of_text(old).bits();
        let mut secrets = self.secrets_json();
        for provider in providers {
            match provider {
                Provider::Stripe => {
                    let seed = seed_of(&self.stripe.secret);
                    secrets["stripe"]["secret"] = json!(secret(seed, "rotated stripe", "whsec_", 32));
                }
                Provider::Square => {
                    let seed = seed_of(&self.square.key);
                    secrets["square"]["key"] = json!(secret(seed, "rotated square", "", 22));
                }
                Provider::Paypal => {
                    let webhook_id = ids::base36(&mut Dice::of_text(&self.paypal.webhook_id), "", 17);
                    secrets["paypal"]["webhook_id"] = json!(webhook_id);
                }
            }
        }
        let seed = seed_of(&self.stripe.secret);
        let mut rotated = Self::from_secrets_json(&secrets, seed, &self.square.notification_url)?;
        let pair = PrivatePkcs8KeyDer::from(self.paypal.leaf.serialize_der());
        rotated.paypal.leaf = KeyPair::from_pkcs8_der_and_sign_algo(&pair, &PKCS_RSA_SHA256)?;
        rotated.paypal.chain_pem.clone_from(&self.paypal.chain_pem);
        rotated.paypal.trust_root_pem.clone_from(&self.paypal.trust_root_pem);
        rotated.paypal.cert_name.clone_from(&self.paypal.cert_name);
        rotated.paypal.false_certificates.clone_from(&self.paypal.false_certificates);
        rotated.paypal.cert_url.clone_from(&self.paypal.cert_url);
        Ok(rotated)
    }
}

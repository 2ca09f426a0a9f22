//! What the cloud is told about PayPal: a stand-in for its servers, whose notifications are taken, and how webhooks are
//! verified.

use serde::{Deserialize, Serialize};

use super::{Defect, Options, resources::Names};

/// A stand-in for PayPal, for tests; never in production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaypalOverride {
    /// Base URL that stands for PayPal's servers: certificates, the postback of IPN, the API. Paths are PayPal's own.
    pub endpoint: String,
    /// PEM of the root certificate that is trusted instead of the public ones. Without it the stand-in cannot vouch for JSON
    /// webhooks offline: IPN and the API need none.
    pub trust_root_pem: Option<String>,
}

/// How PayPal's JSON webhooks are verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaypalVerification {
    /// By the signature, with PayPal's certificate.
    #[default]
    Offline,
    /// By asking PayPal's API about each webhook.
    Api,
}

impl PaypalVerification {
    /// The value of the functions' variable.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Api => "api",
        }
    }
}

/// What only PayPal's validator has.
pub(super) fn validator_environment(options: &Options) -> Vec<(&'static str, String)> {
    let mut environment = vec![("PAYPAL_VERIFICATION", options.paypal_verification.name().to_owned())];
    environment.extend(shared(options));
    if let Some(root) = options.paypal.as_ref().and_then(|paypal| paypal.trust_root_pem.clone()) {
        environment.push(("PAYPAL_TRUST_ROOT", root));
    }
    environment
}

/// What the processor has where IPN is taken: it asks PayPal, and moves what PayPal vouches for in the raw bucket.
pub(super) fn processor_environment(options: &Options, names: &Names) -> Vec<(&'static str, String)> {
    let mut environment = shared(options);
    if takes_ipn(options) {
        environment.push(("S3_BUCKET", names.raw_bucket.clone()));
    }
    environment
}

/// Whether form-encoded notifications are taken.
fn takes_ipn(options: &Options) -> bool {
    !options.paypal_receivers.is_empty() && !options.has(Defect::IpnOff)
}

fn shared(options: &Options) -> Vec<(&'static str, String)> {
    let mut environment = Vec::new();
    if let Some(paypal) = &options.paypal {
        environment.push(("PAYPAL_ENDPOINT", paypal.endpoint.clone()));
    }
    if takes_ipn(options) {
        environment.push(("PAYPAL_RECEIVERS", options.paypal_receivers.join(",")));
    }
    environment
}

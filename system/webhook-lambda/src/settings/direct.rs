//! What a function needs that records webhooks directly, as `infra/pulumi` deploys it: three variables of its own.

use std::fmt;

use webhook_aws::AwsSettings;
use webhook_core::provider::Provider;

use super::{PaypalSettings, SettingsError, Variables};
use crate::log::Level;

/// What may replace where PayPal's certificates come from and who vouches for them.
const STAND_INS: [&str; 2] = ["PAYPAL_ENDPOINT", "PAYPAL_TRUST_ROOT"];

/// What a function that records webhooks directly needs to know.
#[derive(Clone)]
pub struct DirectSettings {
    /// Whose webhooks it takes.
    pub provider: Provider,
    /// Table of the payments.
    pub table: String,
    /// Name or ARN of the provider's secret.
    pub secret_id: String,
    /// Where PayPal's certificates come from.
    pub paypal: PaypalSettings,
    /// Lines below this level are not written.
    pub log_level: Level,
    /// Region, credentials, endpoints.
    pub aws: AwsSettings,
    /// Where traces go, as Lambda says it; absent where tracing is off.
    pub xray_daemon: Option<String>,
}

impl fmt::Debug for DirectSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectSettings").field("provider", &self.provider).finish_non_exhaustive()
    }
}

impl DirectSettings {
    /// From any source of variables; an empty value counts as unset.
    ///
    /// # Errors
    /// Something is missing or wrong; the error lists all of it.
    pub fn read(lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let mut variables = Variables { lookup, problems: Vec::new() };
        let provider = variables.webhook_type();
        let settings = Self {
            provider,
            table: variables.required("TABLE_NAME", "table of the payments"),
            secret_id: variables.required("SECRET_NAME", "name of the provider's secret in Secrets Manager"),
            paypal: variables.certificates(),
            log_level: variables.log_level(),
            aws: variables.aws(),
            xray_daemon: variables.optional("AWS_XRAY_DAEMON_ADDRESS"),
        };
        match variables.problems {
            problems if problems.is_empty() => Ok(settings),
            problems => Err(SettingsError::Direct { problems }),
        }
    }
}

impl Variables<'_> {
    fn webhook_type(&mut self) -> Provider {
        match self.optional("WEBHOOK_TYPE").as_deref() {
            Some("Stripe") => return Provider::Stripe,
            Some("PayPal") => return Provider::Paypal,
            Some(_) => self.problems.push("WEBHOOK_TYPE must be one of: Stripe, PayPal".to_owned()),
            None => self.problems.push("WEBHOOK_TYPE is not set (Stripe or PayPal)".to_owned()),
        }
        Provider::Stripe
    }

    /// Such a function does not know which environment it is of, so what weakens where trust comes from is tied to what no real
    /// table has: an address away from AWS.
    fn certificates(&mut self) -> PaypalSettings {
        if self.endpoint("DYNAMODB").is_none() {
            let set = STAND_INS.map(|name| (name, self.optional(name).is_some()));
            for (name, _) in set.into_iter().filter(|(_, is_set)| *is_set) {
                self.problems.push(format!("{name} must not be set on AWS, only where AWS_ENDPOINT_URL is"));
            }
            return PaypalSettings::default();
        }
        let trust_root = self.optional("PAYPAL_TRUST_ROOT");
        let mut paypal = PaypalSettings::default();
        paypal.hosts.endpoint = self.optional("PAYPAL_ENDPOINT");
        paypal.trust_root_pem = trust_root.and_then(|value| self.pem("PAYPAL_TRUST_ROOT", value));
        paypal
    }
}

#[cfg(test)]
mod tests;

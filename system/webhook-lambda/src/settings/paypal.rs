//! PayPal's part of the settings: whom notifications are meant for, which PayPal is asked, and how webhooks are verified.

use webhook_aws::{PaypalEnvironment, PaypalHosts};
use webhook_core::providers::paypal::ipn::Receivers;

use super::Variables;

/// How a PayPal webhook's signature is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verification {
    /// Here, with PayPal's certificate.
    #[default]
    Offline,
    /// By PayPal's API.
    Api,
}

/// What a validator knows of PayPal.
#[derive(Clone, Default)]
pub struct PaypalSettings {
    /// How signatures are checked.
    pub verification: Verification,
    /// Which PayPal; a base URL that certificates and answers are read from instead of its hosts.
    pub hosts: PaypalHosts,
    /// Whom notifications must be meant for; without receivers none is taken.
    pub receivers: Option<Receivers>,
    /// PEM text of the root that signs PayPal's certificates instead of the public ones.
    pub trust_root_pem: Option<String>,
    /// PEM text of roots that may sign PayPal's certificates too.
    pub extra_roots_pem: Option<String>,
}

/// What the processor needs to have notifications confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpnSettings {
    /// Whom notifications must be meant for.
    pub receivers: Receivers,
    /// Bucket of the raw bodies, where notifications wait and where they stay.
    pub raw_bucket: String,
    /// Which PayPal is asked.
    pub hosts: PaypalHosts,
}

impl Variables<'_> {
    /// A validator's.
    pub(super) fn paypal(&mut self) -> PaypalSettings {
        let hosts = self.paypal_hosts();
        PaypalSettings {
            hosts,
            verification: self.verification(),
            receivers: self.receivers(),
            trust_root_pem: self
                .away_from_production("PAYPAL_TRUST_ROOT")
                .and_then(|value| self.pem("PAYPAL_TRUST_ROOT", value)),
            // Adds to what is trusted, and can only come from the function's own configuration: allowed everywhere.
            extra_roots_pem: self
                .optional("PAYPAL_EXTRA_ROOTS")
                .and_then(|value| self.pem("PAYPAL_EXTRA_ROOTS", value)),
        }
    }

    /// The processor's; `None` where no receivers are configured.
    pub(super) fn ipn(&mut self) -> Option<IpnSettings> {
        let receivers = self.receivers()?;
        let raw_bucket =
            self.required("S3_BUCKET", "bucket of the raw bodies, because PAYPAL_RECEIVERS is set");
        Some(IpnSettings { receivers, raw_bucket, hosts: self.paypal_hosts() })
    }

    fn receivers(&mut self) -> Option<Receivers> {
        let list = self.optional("PAYPAL_RECEIVERS")?;
        let receivers = Receivers::parse(&list);
        if let Err(error) = &receivers {
            self.problems.push(format!("PAYPAL_RECEIVERS is {error}"));
        }
        receivers.ok()
    }

    fn verification(&mut self) -> Verification {
        match self.optional("PAYPAL_VERIFICATION").as_deref() {
            None | Some("offline") => Verification::Offline,
            Some("api") => Verification::Api,
            Some(_) => {
                self.problems.push("PAYPAL_VERIFICATION must be one of: offline, api".to_owned());
                Verification::Offline
            }
        }
    }

    fn paypal_hosts(&mut self) -> PaypalHosts {
        let environment = match self.optional("PAYPAL_ENVIRONMENT").as_deref() {
            None | Some("live") => PaypalEnvironment::Live,
            Some("sandbox") => PaypalEnvironment::Sandbox,
            Some(_) => {
                self.problems.push("PAYPAL_ENVIRONMENT must be one of: live, sandbox".to_owned());
                PaypalEnvironment::Live
            }
        };
        PaypalHosts { environment, endpoint: self.away_from_production("PAYPAL_ENDPOINT") }
    }
}

#[cfg(test)]
mod tests;

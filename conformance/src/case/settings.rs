//! How a receiver is set up where a case needs it otherwise. Cases with equal settings share one system.

use std::collections::BTreeMap;

use serde::Deserialize;

/// See the module. The default is the system as it is deployed.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Settings {
    /// A name that sets cases apart which want a system of their own, settings or not.
    pub system: String,
    /// Providers whose API key is disabled.
    pub disabled_providers: Vec<String>,
    /// Webhooks a day that a provider's usage plan takes.
    pub usage_quotas: BTreeMap<String, u64>,
    /// Limits of a provider's method at the gateway.
    pub throttles: BTreeMap<String, Rate>,
    /// PayPal's JSON webhooks are verified by PayPal's API, not by the certificate.
    pub paypal_api: bool,
    /// Whose IPN is taken, in place of the stand-in's merchant; an empty list is nobody's.
    pub paypal_receivers: Option<Vec<String>>,
    /// Variables of the gateway's stage, in place of those that go with the functions.
    pub stage_variables: BTreeMap<String, String>,
    /// Everybody may query.
    pub open_queries: bool,
    /// Reserved concurrency of functions, by name.
    pub reserved_concurrency: BTreeMap<String, u32>,
    /// Time-outs of functions in milliseconds, by name.
    pub timeouts_ms: BTreeMap<String, u64>,
    /// No trace is sampled.
    pub unsampled: bool,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests per second.
    pub per_s: f64,
    /// Requests at once.
    pub burst: u32,
}

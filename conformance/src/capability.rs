//! What a target lets one do and see. A case that needs more than a target offers is skipped, with the reason, and stays in
//! the denominator.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that a target may offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Stripe's webhooks are taken, and its secret is known.
    Stripe,
    /// PayPal's webhooks are taken, and the certificate that stands in for PayPal's is trusted.
    Paypal,
    /// Square's webhooks are taken, and its key and notification URL are known.
    Square,
    /// PayPal's IPN is taken, and the postback goes to the stand-in.
    Ipn,
    /// The transactions API can be asked.
    Query,
    /// The table, the buckets and the dead-letter queue can be read.
    Stores,
    /// The functions' and the gateway's logs can be read.
    Logs,
    /// The traces can be read.
    Traces,
    /// Secrets can be replaced.
    Secrets,
    /// The functions can be invoked as an operator does.
    Operate,
    /// Faults can be put in.
    Faults,
    /// The receiver can be set up in another way.
    Settings,
}

impl Capability {
    /// Every one.
    pub const ALL: [Self; 12] = [
        Self::Stripe,
        Self::Paypal,
        Self::Square,
        Self::Ipn,
        Self::Query,
        Self::Stores,
        Self::Logs,
        Self::Traces,
        Self::Secrets,
        Self::Operate,
        Self::Faults,
        Self::Settings,
    ];

    /// The name in files and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stripe => "stripe",
            Self::Paypal => "paypal",
            Self::Square => "square",
            Self::Ipn => "ipn",
            Self::Query => "query",
            Self::Stores => "stores",
            Self::Logs => "logs",
            Self::Traces => "traces",
            Self::Secrets => "secrets",
            Self::Operate => "operate",
            Self::Faults => "faults",
            Self::Settings => "settings",
        }
    }

    /// Why a case is skipped on a target that does not offer it.
    #[must_use]
    pub const fn lack(self) -> &'static str {
        match self {
            Self::Stripe => "the target takes no Stripe webhooks, or Stripe's secret is not known",
            Self::Paypal => {
                "the target takes no PayPal webhooks, or does not trust the certificate that stands in for PayPal's"
            }
            Self::Square => "the target takes no Square webhooks, or Square's key is not known",
            Self::Ipn => "the target takes no PayPal IPN, or asks PayPal itself about it",
            Self::Query => "the target has no transactions API that can be asked",
            Self::Stores => "the target's stores cannot be read",
            Self::Logs => "the target's logs cannot be read",
            Self::Traces => "the target's traces cannot be read",
            Self::Secrets => "the target's secrets cannot be replaced",
            Self::Operate => "the target's functions cannot be invoked",
            Self::Faults => "no faults can be put into the target",
            Self::Settings => "the target cannot be set up in another way",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A set of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capabilities(BTreeSet<Capability>);

impl Capabilities {
    /// Nothing.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self(Capability::ALL.into())
    }

    /// Adds one.
    pub fn insert(&mut self, one: Capability) {
        self.0.insert(one);
    }

    /// Takes one away.
    pub fn remove(&mut self, one: Capability) {
        self.0.remove(&one);
    }

    /// Adds all of another set.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// Whether it is among them.
    #[must_use]
    pub fn has(&self, one: Capability) -> bool {
        self.0.contains(&one)
    }

    /// What is here and not there.
    #[must_use]
    pub fn beyond(&self, offered: &Self) -> Vec<Capability> {
        self.0.difference(&offered.0).copied().collect()
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Capability> + '_ {
        self.0.iter().copied()
    }
}

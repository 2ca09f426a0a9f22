//! What a plan lets fail, and when.

use std::fmt;

use localstack::Fault;

/// What happens to the target.
#[derive(Debug, Clone, PartialEq)]
pub enum Disturbance {
    /// Operations fail or are slowed, for as long as the fault lasts.
    Fault(Fault),
    /// Every process of a function, or of all functions (`*`), is killed at once; the fault lasts for as long as the effect is
    /// watched.
    Kill(String),
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(f),
            Self::Kill(function) if function == "*" => f.write_str("kill all functions"),
            Self::Kill(function) => write!(f, "kill {function}"),
        }
    }
}

/// A disturbance and its time. Times are seconds into the measured part, and are stretched with it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedFault {
    /// When it begins.
    pub at_s: f64,
    /// How long it lasts.
    pub for_s: f64,
    /// What it is.
    pub disturbance: Disturbance,
    /// An announced outage: deliveries due meanwhile may fail at first, and the providers' retries must bring them home.
    pub outage: bool,
}

impl PlannedFault {
    /// When it ends.
    #[must_use]
    pub fn until_s(&self) -> f64 {
        self.at_s + self.for_s
    }
}

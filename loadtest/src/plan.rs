//! Load plans: data that says how much of what to send, and when; what fails meanwhile, and how the providers and the operator
//! answer it. Some are built in; others are TOML files.
//!
//! Invariant: a [`Plan`] is valid; every way to build one goes through [`Plan::checked`].

mod check;
mod fault;
mod file;
pub mod recorded;

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

pub use fault::{Disturbance, PlannedFault};

/// The plans that come with the program: name and text, the short ones first.
const BUILT_IN: [(&str, &str); 9] = [
    ("smoke", include_str!("../plans/smoke.toml")),
    ("gate", include_str!("../plans/gate.toml")),
    ("peak", include_str!("../plans/peak.toml")),
    ("spike", include_str!("../plans/spike.toml")),
    ("soak", include_str!("../plans/soak.toml")),
    ("blackfriday", include_str!("../plans/blackfriday.toml")),
    ("forged-flood", include_str!("../plans/forged-flood.toml")),
    ("outage-recovery", include_str!("../plans/outage-recovery.toml")),
    ("cold-start-storm", include_str!("../plans/cold-start-storm.toml")),
];

/// The plan that is run when none is named.
pub const DEFAULT: &str = "peak";

/// Valid deliveries without which there is no p99.
const VALID_FOR_P99: f64 = 1_000.0;

/// A plan that cannot be used, for the person who wrote it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No such name and no such file.
    #[error("there is no plan `{name}`: built in are {}; anything else is the path of a TOML file", names())]
    Unknown {
        /// What was asked for.
        name: String,
    },
    /// The file cannot be read.
    #[error("cannot read the plan {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// Not TOML, a field that does not exist, or a value that makes no sense; the text names the line.
    #[error("the plan {origin} is not valid:\n{reason}")]
    Syntax {
        /// Where the text came from.
        origin: String,
        /// What is wrong, with its line.
        reason: String,
    },
    /// Values that do not go together.
    #[error("the plan does not work: {0}")]
    Invalid(String),
}

/// Names of the built-in plans, for messages.
#[must_use]
pub fn names() -> String {
    BUILT_IN.map(|(name, _)| format!("`{name}`")).join(", ")
}

/// What the command line's help says of `--plan`.
#[must_use]
pub fn flag_help() -> String {
    format!("A built-in plan ({}) or the path of a TOML file", BUILT_IN.map(|(name, _)| name).join(", "))
}

/// How arrivals are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrival {
    /// Evenly.
    Constant,
    /// As a Poisson process with a fixed total.
    Poisson,
    /// No arrivals: every user sends again as soon as it has its answer, while the objective holds.
    #[serde(skip)]
    Max,
}

impl fmt::Display for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Poisson => "poisson",
            Self::Max => "max",
        })
    }
}

/// A stretch of time with a rate that is constant or changes linearly. Every shape of a plan becomes a row of these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Length, seconds.
    pub duration_s: f64,
    /// Webhooks per minute at the start.
    pub from_per_min: f64,
    /// Webhooks per minute at the end.
    pub to_per_min: f64,
    /// Share of forged deliveries, if it differs from the plan's: the phase is a flood.
    pub forged: Option<f64>,
}

impl Phase {
    /// A rate that changes linearly.
    #[must_use]
    pub const fn ramp(duration_s: f64, from_per_min: f64, to_per_min: f64) -> Self {
        Self { duration_s, from_per_min, to_per_min, forged: None }
    }

    /// A constant rate.
    #[must_use]
    pub const fn flat(duration_s: f64, per_min: f64) -> Self {
        Self::ramp(duration_s, per_min, per_min)
    }

    /// Webhooks in it, before rounding.
    #[must_use]
    pub fn webhooks(&self) -> f64 {
        self.duration_s * (self.from_per_min + self.to_per_min) / 120.0
    }
}

/// Weights of the providers, in the order Stripe, PayPal, Square.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// Stripe's.
    pub stripe: f64,
    /// PayPal's.
    pub paypal: f64,
    /// Square's.
    pub square: f64,
}

impl Default for Mix {
    fn default() -> Self {
        Self { stripe: 45.0, paypal: 33.0, square: 22.0 }
    }
}

impl Mix {
    /// The weights in the providers' order.
    #[must_use]
    pub const fn weights(&self) -> [f64; 3] {
        [self.stripe, self.paypal, self.square]
    }

    /// The same as parts of one.
    #[must_use]
    pub fn parts(&self) -> [f64; 3] {
        let total: f64 = self.weights().iter().sum();
        self.weights().map(|weight| weight / total)
    }
}

/// Parts of the measured deliveries, 0 to 1; the rest is valid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shares {
    /// Forged in any way.
    pub forged: f64,
    /// Further deliveries of an event that was sent before.
    pub duplicates: f64,
    /// Not what the schema asks for.
    pub malformed: f64,
}

impl Shares {
    /// What is not valid.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.forged + self.duplicates + self.malformed
    }
}

/// The providers send again what was not acknowledged, by their own schedules.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryStorm {
    /// So many times faster than in truth: at 3,600 an hour of a schedule passes in a second.
    pub time_compression: f64,
}

/// The dead-letter queue is redriven.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redriving {
    /// While the load runs, seconds into the measured part; stretched with it.
    pub at_s: Option<f64>,
    /// When everything was sent and the target is quiet.
    #[serde(default = "yes")]
    pub after_load: bool,
}

const fn yes() -> bool {
    true
}

/// What to send, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Short name, part of the run folder's name.
    pub name: String,
    /// One line for people; may be empty.
    pub title: String,
    /// Seconds before measuring.
    pub warmup_s: f64,
    /// How arrivals are spaced.
    pub arrival: Arrival,
    /// The measured part.
    pub phases: Vec<Phase>,
    /// Providers.
    pub mix: Mix,
    /// Kinds.
    pub shares: Shares,
    /// Number of poison events.
    pub poison: u64,
    /// Reads of the query API per second.
    pub queries_per_s: f64,
    /// When the target's secrets are rotated, seconds into the measured part; not stretched with it.
    pub rotate_secrets_at_s: Option<f64>,
    /// What fails meanwhile.
    pub faults: Vec<PlannedFault>,
    /// Whether what was not acknowledged is sent again.
    pub retries: Option<RetryStorm>,
    /// Whether the dead-letter queue is redriven.
    pub redrive: Option<Redriving>,
}

impl Plan {
    /// The built-in plan of that name, or the file at that path.
    pub fn load(name_or_path: &str) -> Result<Self, PlanError> {
        if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
            return Self::parse(name, text);
        }
        let path = Path::new(name_or_path);
        let looks_like_a_file = path.extension().is_some() || path.components().count() > 1;
        if !path.exists() && !looks_like_a_file {
            return Err(PlanError::Unknown { name: name_or_path.to_owned() });
        }
        let text = read(path)?;
        Self::parse(name_or_path, &text)
    }

    /// A plan from TOML; `origin` is for messages, and files that the plan names are looked for beside it.
    pub fn parse(origin: &str, text: &str) -> Result<Self, PlanError> {
        file::parse(origin, text)?.checked()
    }

    /// Seconds of the measured part.
    #[must_use]
    pub fn duration_s(&self) -> f64 {
        self.phases.iter().map(|phase| phase.duration_s).sum()
    }

    /// Warm-up and measured part together.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64(self.warmup_s + self.duration_s())
    }

    /// Webhooks in the measured part, before rounding; 0 for `max`.
    #[must_use]
    pub fn webhooks(&self) -> f64 {
        if self.arrival == Arrival::Max {
            return 0.0;
        }
        self.phases.iter().map(Phase::webhooks).sum()
    }

    /// Of those, how many are forged.
    #[must_use]
    pub fn forged(&self) -> f64 {
        let forged = |phase: &Phase| phase.webhooks() * phase.forged.unwrap_or(self.shares.forged);
        self.phases.iter().map(forged).sum()
    }

    /// Of those, how many are valid.
    #[must_use]
    pub fn valid(&self) -> f64 {
        let others = self.webhooks() * (self.shares.duplicates + self.shares.malformed);
        #[expect(clippy::cast_precision_loss, reason = "a number of poison events is far below 2^52")]
        let poison = self.poison as f64;
        self.webhooks() - self.forged() - others - poison
    }

    /// Share of forged deliveries over the whole measured part.
    #[must_use]
    pub fn forged_share(&self) -> f64 {
        let webhooks: f64 = self.phases.iter().map(Phase::webhooks).sum();
        if webhooks > 0.0 { self.forged() / webhooks } else { self.shares.forged }
    }

    /// Average webhooks per minute over the measured part; 0 for `max`.
    #[must_use]
    pub fn rate_per_min(&self) -> f64 {
        self.webhooks() * 60.0 / self.duration_s()
    }

    /// The shares from each second of the measured part on, by time; the first from 0 on.
    #[must_use]
    pub fn shares_over_time(&self) -> Vec<(f64, Shares)> {
        let mut all: Vec<(f64, Shares)> = Vec::new();
        let mut at_s = 0.0;
        for phase in &self.phases {
            let forged = phase.forged.unwrap_or(self.shares.forged);
            let shares = Shares { forged, ..self.shares };
            if all.last().is_none_or(|(_, before)| *before != shares) {
                all.push((at_s, shares));
            }
            at_s += phase.duration_s;
        }
        all
    }

    /// Stretches of the measured part with a share of forgeries of their own, seconds from and to.
    #[must_use]
    pub fn floods(&self) -> Vec<(f64, f64)> {
        let mut all: Vec<(f64, f64)> = Vec::new();
        let mut at_s = 0.0;
        for phase in &self.phases {
            let until_s = at_s + phase.duration_s;
            match all.last_mut() {
                _ if phase.forged.is_none() => {}
                Some((_, end_s)) if *end_s >= at_s => *end_s = until_s,
                _ => all.push((at_s, until_s)),
            }
            at_s = until_s;
        }
        all
    }

    /// What a person should know before the run: it cannot have a verdict.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let valid = self.valid();
        if self.arrival == Arrival::Max || valid >= VALID_FOR_P99 {
            return None;
        }
        Some(format!(
            "about {valid:.0} valid webhooks are due, and a p99 needs {VALID_FOR_P99:.0}: the run can fail, but not pass (exit \
             code 2); raise the rate or the duration for a verdict"
        ))
    }

    /// Measures for another time: phases, faults and the redrive are stretched in proportion.
    pub fn set_duration(&mut self, duration: Duration) {
        let stretch = duration.as_secs_f64() / self.duration_s();
        for phase in &mut self.phases {
            phase.duration_s *= stretch;
        }
        for fault in &mut self.faults {
            fault.at_s *= stretch;
            fault.for_s *= stretch;
        }
        if let Some(at_s) = self.redrive.as_mut().and_then(|redrive| redrive.at_s.as_mut()) {
            *at_s *= stretch;
        }
    }

    /// Another average rate over the measured part: the phases keep their shape.
    pub fn set_rate(&mut self, per_min: f64) {
        let webhooks: f64 = self.phases.iter().map(Phase::webhooks).sum();
        let average = webhooks * 60.0 / self.duration_s();
        for phase in &mut self.phases {
            if average > 0.0 {
                phase.from_per_min *= per_min / average;
                phase.to_per_min *= per_min / average;
            } else {
                (phase.from_per_min, phase.to_per_min) = (per_min, per_min);
            }
        }
    }

    /// Replays a recorded profile (see [`recorded`]) instead of the phases.
    pub fn replay(&mut self, path: &Path) -> Result<(), PlanError> {
        let minutes = recorded::per_minute(&read(path)?)
            .map_err(|reason| PlanError::Invalid(format!("the profile {}: {reason}", path.display())))?;
        self.phases = minutes.into_iter().map(|rate| Phase::flat(60.0, rate)).collect();
        Ok(())
    }
}

/// The text of a file that a plan is in, or that a plan names.
fn read(path: &Path) -> Result<String, PlanError> {
    std::fs::read_to_string(path).map_err(|error| PlanError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests;

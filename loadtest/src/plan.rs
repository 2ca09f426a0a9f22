//! Load plans: data that says how much of what to send, and when. Two are built in; others are TOML files.
//!
//! Invariant: a [`Plan`] is valid; every way to build one goes through [`Plan::checked`].

use std::fmt;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::rotation::{AFTER, SETTLE};

/// The plans that come with the program: name and text.
const BUILT_IN: [(&str, &str); 2] =
    [("peak", include_str!("../plans/peak.toml")), ("smoke", include_str!("../plans/smoke.toml"))];

/// The plan that is run when none is named.
pub const DEFAULT: &str = "peak";

/// Longest run, seconds: a day.
const DURATION_S_MAX: f64 = 86_400.0;
/// Highest rate, webhooks per minute.
const RATE_PER_MIN_MAX: f64 = 10_000_000.0;
/// Most webhooks in one run: the ledger keeps 64 bytes for each.
const WEBHOOKS_MAX: f64 = 20_000_000.0;

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
    /// Not TOML, or a field that does not exist; the text names the line.
    #[error("the plan {origin} is not valid:\n{reason}")]
    Syntax {
        /// Where the text came from.
        origin: String,
        /// The parser's words, with line and column.
        reason: String,
    },
    /// A value that makes no sense.
    #[error("the plan does not work: {0}")]
    Invalid(String),
}

/// Names of the built-in plans, for messages.
#[must_use]
pub fn names() -> String {
    BUILT_IN.map(|(name, _)| format!("`{name}`")).join(", ")
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

/// A stretch of time with a rate that is constant or changes linearly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Phase {
    /// Length, seconds.
    pub duration_s: f64,
    /// Webhooks per minute at the start.
    pub from_per_min: f64,
    /// Webhooks per minute at the end.
    pub to_per_min: f64,
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
}

/// The file's own shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    #[serde(default)]
    title: String,
    #[serde(default = "three")]
    warmup_s: f64,
    #[serde(default = "constant")]
    arrival: Arrival,
    #[serde(default)]
    poison: u64,
    #[serde(default)]
    queries_per_s: f64,
    rotate_secrets_at_s: Option<f64>,
    phases: Vec<FilePhase>,
    #[serde(default)]
    mix: Mix,
    #[serde(default)]
    shares: Shares,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FilePhase {
    duration_s: f64,
    rate_per_min: Option<f64>,
    from_per_min: Option<f64>,
    to_per_min: Option<f64>,
}

const fn three() -> f64 {
    3.0
}

const fn constant() -> Arrival {
    Arrival::Constant
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
        let text = std::fs::read_to_string(path).map_err(|error| PlanError::Unreadable {
            path: name_or_path.to_owned(),
            reason: error.to_string(),
        })?;
        Self::parse(name_or_path, &text)
    }

    /// A plan from TOML; `origin` is for messages.
    pub fn parse(origin: &str, text: &str) -> Result<Self, PlanError> {
        let file: File = toml::from_str(text).map_err(|error| PlanError::Syntax {
            origin: origin.to_owned(),
            reason: error.to_string().trim_end().to_owned(),
        })?;
        let phases = file.phases.iter().enumerate().map(phase).collect::<Result<_, _>>()?;
        Self {
            name: file.name,
            title: file.title,
            warmup_s: file.warmup_s,
            arrival: file.arrival,
            phases,
            mix: file.mix,
            shares: file.shares,
            poison: file.poison,
            queries_per_s: file.queries_per_s,
            rotate_secrets_at_s: file.rotate_secrets_at_s,
        }
        .checked()
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
        self.phases.iter().map(|p| p.duration_s * (p.from_per_min + p.to_per_min) / 120.0).sum()
    }

    /// Average webhooks per minute over the measured part; 0 for `max`.
    #[must_use]
    pub fn rate_per_min(&self) -> f64 {
        self.webhooks() * 60.0 / self.duration_s()
    }

    /// Measures for another time: phases are stretched in proportion.
    pub fn set_duration(&mut self, duration: Duration) {
        let stretch = duration.as_secs_f64() / self.duration_s();
        for phase in &mut self.phases {
            phase.duration_s *= stretch;
        }
    }

    /// One constant rate over the whole measured part instead of the phases.
    pub fn set_rate(&mut self, per_min: f64) {
        let duration_s = self.duration_s();
        self.phases = vec![Phase { duration_s, from_per_min: per_min, to_per_min: per_min }];
    }

    /// The plan itself if it makes sense.
    pub fn checked(self) -> Result<Self, PlanError> {
        let invalid = |reason: String| Err(PlanError::Invalid(reason));
        let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(word) {
            return invalid(format!("name `{}` must be 1 to 40 letters, digits, `-` or `_`", self.name));
        }
        if !(0.0..=3600.0).contains(&self.warmup_s) {
            return invalid(format!("warmup_s is {}, but must be between 0 and 3600", self.warmup_s));
        }
        if !(0.1..=DURATION_S_MAX).contains(&self.duration_s()) {
            return invalid(format!(
                "the phases last {} s, but a run lasts 0.1 s to a day",
                self.duration_s()
            ));
        }
        for phase in &self.phases {
            for rate in [phase.from_per_min, phase.to_per_min] {
                if !(0.0..=RATE_PER_MIN_MAX).contains(&rate) {
                    return invalid(format!(
                        "a rate is {rate} per minute, but must be 0 to {RATE_PER_MIN_MAX}"
                    ));
                }
            }
        }
        let weights = self.mix.weights();
        if weights.iter().any(|w| !(0.0..=1e6).contains(w)) || weights.iter().sum::<f64>() <= 0.0 {
            return invalid("the weights in [mix] must be 0 or more, and not all 0".to_owned());
        }
        let shares = [self.shares.forged, self.shares.duplicates, self.shares.malformed];
        if shares.iter().any(|s| !(0.0..=1.0).contains(s)) || shares.iter().sum::<f64>() > 0.9 {
            return invalid(
                "forged, duplicates and malformed must each be 0 to 1, and at most 0.9 together".to_owned(),
            );
        }
        if !(0.0..=1000.0).contains(&self.queries_per_s) {
            return invalid(format!("queries_per_s is {}, but must be 0 to 1000", self.queries_per_s));
        }
        self.check_rotation()?;
        if self.arrival == Arrival::Max {
            return Ok(self);
        }
        let webhooks = self.webhooks();
        if webhooks > WEBHOOKS_MAX {
            return invalid(format!(
                "{webhooks:.0} webhooks in one run; at most {WEBHOOKS_MAX:.0} can be reconciled"
            ));
        }
        if webhooks < 1.0 {
            return invalid("not a single webhook is due: raise the rate or the duration".to_owned());
        }
        #[expect(clippy::cast_precision_loss, reason = "a number of poison events is far below 2^52")]
        if self.poison as f64 > webhooks / 2.0 {
            return invalid(format!(
                "{} poison events among {webhooks:.0} webhooks: at most half",
                self.poison
            ));
        }
        Ok(self)
    }
}

impl Plan {
    /// A rotation must be over, and its effect to be seen, before the run ends.
    fn check_rotation(&self) -> Result<(), PlanError> {
        let Some(at_s) = self.rotate_secrets_at_s else { return Ok(()) };
        if !(0.0..=DURATION_S_MAX).contains(&at_s) {
            return Err(PlanError::Invalid(format!(
                "rotate_secrets_at_s is {at_s}, but must be 0 s to a day"
            )));
        }
        let needed_s = at_s + SETTLE.as_secs_f64() + AFTER.as_secs_f64();
        if needed_s <= self.duration_s() {
            return Ok(());
        }
        Err(PlanError::Invalid(format!(
            "a rotation at {at_s} s needs {needed_s} s of measured time: {} s until every validator must take the new secrets, \
             and {} s to see that it does; the run has {} s (--duration {}s would do)",
            SETTLE.as_secs(),
            AFTER.as_secs(),
            self.duration_s(),
            needed_s.ceil()
        )))
    }
}

fn phase((number, phase): (usize, &FilePhase)) -> Result<Phase, PlanError> {
    let (from_per_min, to_per_min) = match (phase.rate_per_min, phase.from_per_min, phase.to_per_min) {
        (Some(rate), None, None) => (rate, rate),
        (None, Some(from), Some(to)) => (from, to),
        _ => {
            return Err(PlanError::Invalid(format!(
                "phase {} needs either rate_per_min, or both from_per_min and to_per_min",
                number + 1
            )));
        }
    };
    Ok(Phase { duration_s: phase.duration_s, from_per_min, to_per_min })
}

#[cfg(test)]
mod tests;

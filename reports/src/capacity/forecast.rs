//! `forecast.toml`: what is expected, when, and what must hold then.

use std::collections::BTreeMap;

use serde::Deserialize;
use time::Date;

use super::dates::{DateError, days_between, parse_date};

#[cfg(test)]
mod tests;

/// Providers that the system knows.
pub(super) const PROVIDERS: [&str; 3] = ["stripe", "paypal", "square"];
/// The measure that the report always gives beside the forecast itself: a forecast is wrong by so much, and the peak still passes.
pub const DRILL: f64 = 1.5;
/// Rates above this are a slip of the pen: all of Stripe's busiest minute is some 150,000.
const MOST_PER_MIN: f64 = 1e8;

/// A forecast as it is written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// The day of the peak, `YYYY-MM-DD`.
    pub date: String,
    /// By how much ordinary traffic will have grown by then: 0.35 is a third more. A provider may have its own.
    pub growth: f64,
    /// The busiest minute as a multiple of an ordinary one. A provider may have its own.
    pub spike_factor: f64,
    /// What ordinary traffic is now.
    pub providers: BTreeMap<String, Provider>,
    /// An outage to be survived, minutes: of a provider's way to the system, or of the system.
    #[serde(default = "quarter_of_an_hour")]
    pub outage_minutes: f64,
    /// Share of the forecast that must be proven, 1.5 if not given.
    #[serde(default = "drill")]
    pub margin: f64,
    /// Why less than 1.5 is enough; needed then.
    #[serde(default)]
    pub margin_reason: String,
    /// Load of each hour of an ordinary day in UTC, as a multiple of the baseline: 24 numbers. All 1 if not given. For the monthly cost.
    #[serde(default)]
    pub day_shape: Vec<f64>,
    /// What must hold.
    #[serde(default)]
    pub objective: Objective,
    /// What else comes.
    #[serde(default)]
    pub traffic: Besides,
}

/// What a provider sends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Webhooks in an ordinary minute of the busy part of the day.
    pub baseline_per_min: f64,
    /// Instead of the forecast's.
    pub growth: Option<f64>,
    /// Instead of the forecast's.
    pub spike_factor: Option<f64>,
}

/// What must hold at the peak.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Objective {
    /// p99 acknowledgement, milliseconds: below this.
    pub ack_p99_ms: f64,
    /// Share of genuine webhooks that are acknowledged: at least this.
    pub availability: f64,
}

/// What comes beside new webhooks, as shares of all of them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Besides {
    /// Repeated deliveries.
    pub duplicates: f64,
    /// Forged ones.
    pub forged: f64,
    /// Malformed ones.
    pub malformed: f64,
    /// Questions to the transactions API a second.
    pub queries_per_s: f64,
}

impl Default for Objective {
    fn default() -> Self {
        Self { ack_p99_ms: 1_000.0, availability: 0.999 }
    }
}

impl Default for Besides {
    fn default() -> Self {
        Self { duplicates: 0.02, forged: 0.0, malformed: 0.0, queries_per_s: 0.0 }
    }
}

const fn quarter_of_an_hour() -> f64 {
    15.0
}

const fn drill() -> f64 {
    DRILL
}

/// What is wrong with a forecast. Every one is for the person who wrote it.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// Not TOML, or not of this form.
    #[error("not a forecast: {0}")]
    Form(#[from] toml::de::Error),
    /// No date.
    #[error("`date`: {0}")]
    Date(#[from] DateError),
    /// The peak is over.
    #[error(
        "`date`: {date} lies before today ({today}): a capacity report is for a peak to come; give the next one's date"
    )]
    Past {
        /// The forecast's.
        date: Date,
        /// When it was read.
        today: Date,
    },
    /// A number that cannot be.
    #[error("`{field}`: {value} is not possible: {must}")]
    Impossible {
        /// Which.
        field: String,
        /// What it says.
        value: f64,
        /// What it must be.
        must: &'static str,
    },
    /// Words or rows that cannot be.
    #[error("`{field}`: {must}")]
    Missing {
        /// Which.
        field: String,
        /// What it must be.
        must: String,
    },
}

/// A forecast that can come true, with its numbers worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// The forecast.
    pub forecast: Forecast,
    /// The day of the peak.
    pub date: Date,
    /// Days until then.
    pub days_ahead: i64,
    /// By provider, those that send nothing left out.
    pub providers: Vec<ProviderLoad>,
    /// An ordinary minute after the growth, all providers.
    pub ordinary_per_min: f64,
    /// The busiest minute, all providers.
    pub peak_per_min: f64,
}

/// What a provider will send.
#[derive(Debug, Clone, PartialEq)]
pub struct ProviderLoad {
    /// Its name.
    pub name: String,
    /// Now.
    pub baseline_per_min: f64,
    /// An ordinary minute after the growth.
    pub ordinary_per_min: f64,
    /// The busiest minute.
    pub peak_per_min: f64,
    /// Its share of the busiest minute, 0 to 1.
    pub share: f64,
}

/// Reads and checks a forecast.
///
/// # Errors
/// It is not of the form, or says what cannot be.
pub fn parse(text: &str, today: Date) -> Result<Expected, ForecastError> {
    let forecast: Forecast = toml::from_str(text)?;
    let date = parse_date(&forecast.date)?;
    if date < today {
        return Err(ForecastError::Past { date, today });
    }
    check(&forecast)?;
    let mut providers: Vec<ProviderLoad> = PROVIDERS
        .into_iter()
        .filter_map(|name| Some((name, forecast.providers.get(name)?)))
        .filter(|(_, provider)| provider.baseline_per_min > 0.0)
        .map(|(name, provider)| load(&forecast, name, provider))
        .collect();
    let peak_per_min: f64 = providers.iter().map(|one| one.peak_per_min).sum();
    let ordinary_per_min = providers.iter().map(|one| one.ordinary_per_min).sum();
    possible(
        "providers",
        peak_per_min,
        (1.0..=MOST_PER_MIN).contains(&peak_per_min),
        "the peak must be 1 to 100,000,000 a minute",
    )?;
    for one in &mut providers {
        one.share = one.peak_per_min / peak_per_min;
    }
    Ok(Expected {
        date,
        days_ahead: days_between(today, date),
        providers,
        ordinary_per_min,
        peak_per_min,
        forecast,
    })
}

fn load(forecast: &Forecast, name: &str, provider: &Provider) -> ProviderLoad {
    let growth = provider.growth.unwrap_or(forecast.growth);
    let spike = provider.spike_factor.unwrap_or(forecast.spike_factor);
    let ordinary_per_min = provider.baseline_per_min * (1.0 + growth);
    ProviderLoad {
        name: name.to_owned(),
        baseline_per_min: provider.baseline_per_min,
        ordinary_per_min,
        peak_per_min: ordinary_per_min * spike,
        share: 0.0,
    }
}

fn check(forecast: &Forecast) -> Result<(), ForecastError> {
    if let Some(unknown) = forecast.providers.keys().find(|name| !PROVIDERS.contains(&name.as_str())) {
        let must = format!("no such provider; there are {}", PROVIDERS.join(", "));
        return Err(ForecastError::Missing { field: format!("providers.{unknown}"), must });
    }
    growth("growth", forecast.growth)?;
    spike("spike_factor", forecast.spike_factor)?;
    for (name, provider) in &forecast.providers {
        let field = |field: &str| format!("providers.{name}.{field}");
        let base = provider.baseline_per_min;
        possible(
            &field("baseline_per_min"),
            base,
            (0.0..=MOST_PER_MIN).contains(&base),
            "a rate is 0 to 100,000,000 a minute",
        )?;
        growth(&field("growth"), provider.growth.unwrap_or(0.0))?;
        spike(&field("spike_factor"), provider.spike_factor.unwrap_or(1.0))?;
    }
    let minutes = forecast.outage_minutes;
    possible(
        "outage_minutes",
        minutes,
        (0.0..=4_320.0).contains(&minutes),
        "0 to 4,320: providers give up after three days",
    )?;
    let margin = forecast.margin;
    possible(
        "margin",
        margin,
        (1.0..=100.0).contains(&margin),
        "1 to 100: below 1 the forecast itself would not be proven",
    )?;
    if margin < DRILL && forecast.margin_reason.trim().is_empty() {
        let must = format!("must say why a margin of {margin} is enough, or leave the margin at {DRILL}");
        return Err(ForecastError::Missing { field: "margin_reason".to_owned(), must });
    }
    let shape = &forecast.day_shape;
    if !(shape.is_empty()
        || shape.len() == 24
            && shape.iter().all(|hour| (0.0..=100.0).contains(hour))
            && shape.iter().sum::<f64>() > 0.0)
    {
        let must = "24 numbers from 0 to 100, one an hour, not all 0".to_owned();
        return Err(ForecastError::Missing { field: "day_shape".to_owned(), must });
    }
    let objective = &forecast.objective;
    let p99 = objective.ack_p99_ms;
    possible(
        "objective.ack_p99_ms",
        p99,
        (1.0..=29_000.0).contains(&p99),
        "1 to 29,000: API Gateway answers 504 after 29 s",
    )?;
    possible(
        "objective.availability",
        objective.availability,
        (0.0..=1.0).contains(&objective.availability),
        "0 to 1",
    )?;
    let Besides { duplicates, forged, malformed, queries_per_s } = forecast.traffic;
    for (field, value) in [("duplicates", duplicates), ("forged", forged), ("malformed", malformed)] {
        possible(&format!("traffic.{field}"), value, (0.0..=1.0).contains(&value), "a share is 0 to 1")?;
    }
    let together = duplicates + forged + malformed;
    possible("traffic", together, together < 1.0, "the shares together must leave room for new webhooks")?;
    possible("traffic.queries_per_s", queries_per_s, (0.0..=1e6).contains(&queries_per_s), "0 to 1,000,000")
}

fn growth(field: &str, value: f64) -> Result<(), ForecastError> {
    possible(
        field,
        value,
        value > -1.0 && value <= 100.0,
        "more than -1 (all traffic gone), at most 100 (0.35 is 35 %)",
    )
}

fn spike(field: &str, value: f64) -> Result<(), ForecastError> {
    possible(
        field,
        value,
        (1.0..=1_000.0).contains(&value),
        "1 to 1,000: the busiest minute is no quieter than an ordinary one",
    )
}

fn possible(field: &str, value: f64, holds: bool, must: &'static str) -> Result<(), ForecastError> {
    if holds { Ok(()) } else { Err(ForecastError::Impossible { field: field.to_owned(), value, must }) }
}

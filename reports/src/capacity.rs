//! The capacity report: is what is deployed ready for a forecast, and how is that known?
//!
//! From one search, runs, dated prices and dated quotas. Invariant: every number carries the run and seed that it is from, or is
//! named as computed; what only a laptop has shown never makes "ready". What day it is comes as an argument.

mod costs;
pub mod dates;
mod demand;
pub mod evidence;
pub mod forecast;
pub mod html;
pub mod markdown;
pub mod quotas;
pub mod record;
mod recovery;
mod resources;
mod rules;
mod untested;

#[cfg(test)]
mod tests;

use time::Date;

use crate::cost::Prices;
use crate::figures::number;
use dates::{YEAR_DAYS, days_between, parse_date};
use demand::Demand;
use evidence::{AWS, Found};
use forecast::{DRILL, Expected};
use quotas::Quotas;
use record::{
    Capacity, FORMAT, ForecastLine, Headroom, KneePoint, ProviderLine, Readiness, Rule, TrialPoint,
};

use crate::verdict::Exit;

/// What the report is made of.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// The forecast, checked.
    pub expected: Expected,
    /// What was measured.
    pub found: Found,
    /// What things cost.
    pub prices: Prices,
    /// What limits there are.
    pub quotas: Quotas,
    /// The day.
    pub today: Date,
    /// Prices and quotas may be older than a year; the report then says so.
    pub allow_old: bool,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Prices or quotas that are too old.
    #[error(
        "the {what} are of {date}, {days} days ago: what they say may be wrong by now. Look them up again and date them, or accept them with --allow-old"
    )]
    Old {
        /// `prices` or `quotas`.
        what: &'static str,
        /// Their date.
        date: String,
        /// Their age.
        days: i64,
    },
    /// Prices or quotas of a day to come.
    #[error("the {what} are of {date}, which is after today ({today}): one of the two is wrong")]
    Early {
        /// `prices` or `quotas`.
        what: &'static str,
        /// Their date.
        date: String,
        /// The day.
        today: Date,
    },
    /// A date that is none.
    #[error("the date of the {what}: {source}")]
    Date {
        /// `prices` or `quotas`.
        what: &'static str,
        /// What is wrong.
        source: dates::DateError,
    },
}

/// Makes the report.
///
/// # Errors
/// Prices or quotas are older than a year and that was not allowed, or of a day to come.
pub fn assess(inputs: &Inputs) -> Result<Capacity, InputError> {
    let Inputs { expected, found, prices, quotas, today, allow_old } = inputs;
    let mut warnings = Vec::new();
    for (what, date) in [("prices", prices.date()), ("quotas", quotas.date.as_str())] {
        warnings.extend(dated(what, date, *today, *allow_old)?);
    }
    warnings.extend(other_mix(expected, found));
    let evidence = found.lines(*today);
    let headroom = headroom(expected, found);
    let demand = Demand::new(expected, found, prices, quotas);
    let quota_lines = resources::quota_lines(&demand, quotas, expected);
    let bottlenecks = resources::bottlenecks(&demand, quotas, expected, &headroom);
    let facts = rules::Facts {
        expected,
        found,
        evidence: &evidence,
        headroom: &headroom,
        quotas: &quota_lines,
        demand: &demand,
    };
    let rules = rules::rules(&facts);
    let verdict = rules::readiness(&rules);
    Ok(Capacity {
        format: FORMAT,
        tool_version: env!("CARGO_PKG_VERSION"),
        today: today.to_string(),
        verdict,
        exit_code: verdict.exit().code(),
        sentence: sentence(verdict, &rules, expected),
        forecast: forecast_line(expected),
        trials: trials(found),
        knee: knee(found),
        concurrency: demand.functions(found, prices, expected.peak_per_min),
        recovery: recovery::recovery(expected, &headroom, &bottlenecks, found),
        quotas: quota_lines,
        quotas_date: quotas.date.clone(),
        cost: costs::cost(expected, prices),
        untested: untested::untested(expected, found),
        rules,
        headroom,
        bottlenecks,
        evidence,
        warnings,
    })
}

impl Readiness {
    /// How the program ends with it.
    #[must_use]
    pub const fn exit(self) -> Exit {
        match self {
            Self::Ready => Exit::Passed,
            Self::NotReady => Exit::Failed,
            Self::Unknown => Exit::Unjudged,
        }
    }

    /// For people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ready => "Ready",
            Self::NotReady => "Not ready",
            Self::Unknown => "Unknown",
        }
    }
}

/// A warning for a date that is allowed to be old.
fn dated(what: &'static str, date: &str, today: Date, allow_old: bool) -> Result<Option<String>, InputError> {
    let day = parse_date(date).map_err(|source| InputError::Date { what, source })?;
    let days = days_between(day, today);
    let date = date.to_owned();
    match days {
        ..0 => Err(InputError::Early { what, date, today }),
        0..=YEAR_DAYS => Ok(None),
        _ if allow_old => {
            Ok(Some(format!("The {what} are of {date}, {days} days ago: what they say may be wrong by now.")))
        }
        _ => Err(InputError::Old { what, date, days }),
    }
}

/// A search whose mix of providers is far from the forecast's proves its rate for that other mix.
fn other_mix(expected: &Expected, found: &Found) -> Option<String> {
    const FAR: f64 = 0.10;
    let search = found.search.as_ref()?;
    let total: f64 = search.plan.mix.values().sum();
    let sent = |name: &str| search.plan.mix.get(name).copied().unwrap_or(0.0) / total.max(f64::MIN_POSITIVE);
    let far = expected.providers.iter().filter(|one| (one.share - sent(&one.name)).abs() > FAR);
    let percent = |share: f64| number((share * 100.0).round());
    let told: Vec<String> = far
        .map(|one| {
            format!(
                "{} {} % of what was sent, {} % of the forecast",
                one.name,
                percent(sent(&one.name)),
                percent(one.share)
            )
        })
        .collect();
    (!told.is_empty()).then(|| {
        format!("The search (run {}, seed {}) sent another mix: {}.", search.id, search.seed, told.join("; "))
    })
}

fn headroom(expected: &Expected, found: &Found) -> Headroom {
    let measured = found.proven();
    let (proven, elsewhere) = match measured {
        Some(one) if one.target == AWS => (Some(one), None),
        other => (None, other),
    };
    let at_forecast = proven.as_ref().map(|one| one.low_per_min / expected.peak_per_min);
    Headroom { at_drill: at_forecast.map(|times| times / DRILL), at_forecast, proven, elsewhere }
}

fn forecast_line(expected: &Expected) -> ForecastLine {
    let forecast = &expected.forecast;
    ForecastLine {
        date: expected.date.to_string(),
        days_ahead: expected.days_ahead,
        ordinary_per_min: expected.ordinary_per_min,
        peak_per_min: expected.peak_per_min,
        required_per_min: expected.peak_per_min * forecast.margin,
        margin: forecast.margin,
        margin_reason: forecast.margin_reason.trim().to_owned(),
        ack_p99_ms: forecast.objective.ack_p99_ms,
        availability: forecast.objective.availability,
        providers: expected
            .providers
            .iter()
            .map(|one| ProviderLine {
                provider: one.name.clone(),
                baseline_per_min: one.baseline_per_min,
                ordinary_per_min: one.ordinary_per_min,
                peak_per_min: one.peak_per_min,
                share: one.share,
            })
            .collect(),
    }
}

fn trials(found: &Found) -> Vec<TrialPoint> {
    let trials = found.search.iter().flat_map(|search| &search.trials);
    let mut points: Vec<TrialPoint> = trials
        .map(|trial| TrialPoint {
            offered_per_min: trial.offered_per_min,
            achieved_per_min: trial.achieved_per_min,
            ack_p50_ms: trial.ack_p50_ms,
            ack_p99_ms: trial.ack_p99_ms,
            held: trial.held,
            run: trial.run.clone(),
            seed: trial.seed,
        })
        .collect();
    points.sort_by(|a, b| a.offered_per_min.total_cmp(&b.offered_per_min));
    points
}

fn knee(found: &Found) -> Option<KneePoint> {
    let search = found.search.as_ref()?;
    let knee = search.knee.as_ref()?;
    Some(KneePoint {
        rate_per_min: knee.rate_per_min,
        ack_p99_ms: knee.ack_p99_ms,
        cause: knee.cause.clone(),
        run: search.id.clone(),
        seed: search.seed,
    })
}

fn sentence(verdict: Readiness, rules: &[Rule], expected: &Expected) -> String {
    let peak = format!("{} webhooks a minute on {}", number(expected.peak_per_min.round()), expected.date);
    let first = |held: Option<bool>| rules.iter().find(|rule| rule.held == held);
    match verdict {
        Readiness::Ready => {
            format!(
                "{peak}: {} times that is proven, and every quota suffices.",
                number(expected.forecast.margin)
            )
        }
        Readiness::NotReady => {
            let broken =
                first(Some(false)).map(|rule| format!("{}: {}", rule.title, rule.detail)).unwrap_or_default();
            format!("For {peak}, this does not hold. {broken}.")
        }
        Readiness::Unknown => {
            let open =
                first(None).map(|rule| format!("“{}”: {}", rule.title, rule.detail)).unwrap_or_default();
            format!("Whether {peak} will hold cannot be told. Open is {open}.")
        }
    }
}

//! The limit with its interval, from trials that held and trials that broke.
//!
//! Whether a trial at a rate holds is a matter of chance near the limit. The chance is modelled as a logistic function of the
//! rate's logarithm, with the limit where it is one half, as thresholds are estimated in psychometrics (Kuss, Jäkel and Wichmann,
//! "Bayesian inference for psychometric functions", Journal of Vision 5, 2005). How sharp the limit is, is not known, and is
//! averaged over; one trial in fifty may break, or hold, for a reason that has nothing to do with the rate. Before the trials every
//! limit from half the lowest to twice the highest rate is equally likely, by its logarithm. The estimate is the median of what the
//! trials leave, the interval its middle 95 %. With few trials that is wide, and never empty, as the fit of a curve through
//! perfectly separated outcomes would be.

use super::strategy::Observation;

/// Share of the probability that the interval holds.
pub const CONFIDENCE: f64 = 0.95;
/// Steps in the limit's logarithm.
const STEPS: u32 = 4_000;
/// Widths of the transition, in the rate's logarithm: from a limit as sharp as half a percent to one as blurred as a tenth.
const WIDTHS: [f64; 8] = [0.005, 0.0077, 0.0118, 0.018, 0.028, 0.043, 0.065, 0.1];
/// Share of trials that hold or break for another reason, each way.
const LAPSE: f64 = 0.01;

/// The limit, webhooks a minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// As likely above as below.
    pub rate: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Estimates the limit. Absent unless at least one trial held and one broke: one side alone bounds nothing.
#[must_use]
pub fn estimate(trials: &[Observation]) -> Option<Estimate> {
    if !(trials.iter().any(|trial| trial.held) && trials.iter().any(|trial| !trial.held)) {
        return None;
    }
    let rates: Vec<(f64, bool)> = trials.iter().map(|trial| (ln(trial.rate), trial.held)).collect();
    let lowest = rates.iter().map(|rate| rate.0).fold(f64::MAX, f64::min) - std::f64::consts::LN_2;
    let highest = rates.iter().map(|rate| rate.0).fold(f64::MIN, f64::max) + std::f64::consts::LN_2;
    let step = (highest - lowest) / f64::from(STEPS);
    let likelihoods: Vec<f64> = (0..=STEPS)
        .map(|number| {
            let limit = lowest + f64::from(number) * step;
            WIDTHS.iter().map(|width| likelihood(&rates, limit, *width)).sum()
        })
        .collect();
    let total: f64 = likelihoods.iter().sum();
    let quantile = |share: f64| {
        let mut below = 0.0;
        let number = likelihoods.iter().position(|likelihood| {
            below += likelihood;
            below >= share * total
        });
        let number = u32::try_from(number.unwrap_or(0)).unwrap_or(STEPS);
        (lowest + f64::from(number) * step).exp()
    };
    let tail = (1.0 - CONFIDENCE) / 2.0;
    Some(Estimate { rate: quantile(0.5), low: quantile(tail), high: quantile(1.0 - tail) })
}

fn likelihood(rates: &[(f64, bool)], limit: f64, width: f64) -> f64 {
    let chance = |rate: f64| LAPSE + (1.0 - 2.0 * LAPSE) / (1.0 + ((rate - limit) / width).exp());
    rates.iter().map(|(rate, held)| if *held { chance(*rate) } else { 1.0 - chance(*rate) }).product()
}

#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
fn ln(rate: u64) -> f64 {
    (rate.max(1) as f64).ln()
}

#[cfg(test)]
mod tests;

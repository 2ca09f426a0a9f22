//! What a rate needs: concurrency by Little's law, and of every limited resource as much as the rate takes.
//!
//! A resource is one function from webhooks a minute (in the forecast's mix) to its own unit. It rises with the rate, so the limit
//! in webhooks a minute is where it meets what there is: the table of quotas and the first bottleneck cannot contradict each other.

use super::evidence::Found;
use super::forecast::{DRILL, Expected};
use super::quotas::{QuotaId, Quotas};
use super::record::FunctionNeed;
use crate::cost::Prices;

/// Rates beyond this are nobody's.
const BEYOND_PER_MIN: f64 = 1e8;
/// An execution environment answers so many synchronous requests a second at most, however short they are.
const SYNCHRONOUS_PER_ENVIRONMENT: f64 = 10.0;
/// Standard deviations that what fluctuates is given above its mean: 99.9 % of the time it stays below.
const DEVIATIONS: f64 = 3.0;

/// What the system takes of each resource, by rate.
#[derive(Debug, Clone)]
pub(super) struct Demand {
    /// Share of every provider that sends, by name.
    shares: Vec<(String, f64)>,
    /// Seconds that an execution of a provider's validator takes, likewise.
    validator_s: Vec<f64>,
    processor_s: f64,
    query_s: f64,
    queries_per_s: f64,
    ordinary_per_min: f64,
    /// Share of webhooks that reach the processor.
    accepted: f64,
    record_units: f64,
    reserved: f64,
}

/// The function that validates a provider's webhooks.
pub(super) fn validator(provider: &str) -> String {
    format!("{provider}-webhook-validator")
}

/// The function that processes webhooks.
pub(super) const PROCESSOR: &str = "webhook-processor";
/// The function that answers queries.
pub(super) const QUERY: &str = "transaction-query";

impl Demand {
    pub(super) fn new(expected: &Expected, found: &Found, prices: &Prices, quotas: &Quotas) -> Self {
        let longer = |name: &str, assumed_ms: f64| longer_ms(found, name, assumed_ms) / 1_000.0;
        let assumed = Assumed::of(prices);
        let besides = &expected.forecast.traffic;
        Self {
            shares: expected.providers.iter().map(|one| (one.name.clone(), one.share)).collect(),
            validator_s: expected
                .providers
                .iter()
                .map(|one| longer(&validator(&one.name), assumed.validator_ms))
                .collect(),
            processor_s: longer(PROCESSOR, assumed.processor_ms),
            query_s: longer(QUERY, assumed.query_ms),
            queries_per_s: besides.queries_per_s,
            ordinary_per_min: expected.ordinary_per_min,
            accepted: 1.0 - besides.forged - besides.malformed,
            record_units: prices.estimated.record_kb.ceil().max(1.0),
            reserved: quotas.value(QuotaId::ProcessorConcurrency),
        }
    }

    /// What a rate needs of a resource, in the resource's unit.
    pub(super) fn need(&self, id: QuotaId, per_min: f64) -> f64 {
        let per_s = per_min / 60.0;
        let of = |provider: &str| {
            self.shares.iter().find(|(name, _)| name == provider).map_or(0.0, |(_, share)| share * per_s)
        };
        let busiest = self.shares.iter().map(|(_, share)| share * per_s).fold(0.0, f64::max);
        match id {
            QuotaId::ApiGatewayRate => per_s + self.queries_per_s,
            // A whole second's webhooks in one instant.
            QuotaId::ApiGatewayBurst => fluctuating(per_s + self.queries_per_s),
            QuotaId::StripeRate => of("stripe"),
            QuotaId::PaypalRate => of("paypal"),
            QuotaId::SquareRate => of("square"),
            QuotaId::LambdaConcurrency => self.reserved + self.unreserved(per_s),
            QuotaId::ProcessorConcurrency => fluctuating(self.processor(per_s)),
            QuotaId::LambdaScaling => {
                let gained = |validator: usize| {
                    let at = |per_min: f64| self.validator(validator, per_min / 60.0);
                    (at(per_min) - at(self.ordinary_per_min)).max(0.0)
                };
                (0..self.shares.len()).map(gained).fold(0.0, f64::max)
            }
            QuotaId::DynamodbPartition => busiest * self.accepted * self.record_units,
            QuotaId::DynamodbTable | QuotaId::DynamodbWarm => per_s * self.accepted * self.record_units,
            QuotaId::S3Prefix => busiest * self.accepted,
        }
    }

    /// The rate at which a resource of this size is used up, webhooks a minute; absent: none that anybody has.
    pub(super) fn limit(&self, id: QuotaId, size: f64) -> Option<f64> {
        let (mut low, mut high) = (0.0, BEYOND_PER_MIN);
        if self.need(id, high) <= size {
            return None;
        }
        for _ in 0..80 {
            let middle = f64::midpoint(low, high);
            if self.need(id, middle) <= size { low = middle } else { high = middle }
        }
        Some(low)
    }

    /// Executions of a provider's validator that suffice.
    fn validator(&self, index: usize, per_s: f64) -> f64 {
        let rate = self.shares[index].1 * per_s;
        synchronous(rate, self.validator_s[index])
    }

    fn processor(&self, per_s: f64) -> f64 {
        per_s * self.accepted * self.processor_s
    }

    /// Executions without reservation that suffice, all functions together.
    fn unreserved(&self, per_s: f64) -> f64 {
        let validators = self.shares.iter().zip(&self.validator_s);
        let mean = validators.map(|((_, share), seconds)| share * per_s * seconds).sum::<f64>()
            + self.queries_per_s * self.query_s;
        let requests = per_s + self.queries_per_s;
        fluctuating(mean).max(requests / SYNCHRONOUS_PER_ENVIRONMENT)
    }

    /// Every function's concurrency at a rate.
    pub(super) fn functions(&self, found: &Found, prices: &Prices, per_min: f64) -> Vec<FunctionNeed> {
        let assumed = Assumed::of(prices);
        let per_s = per_min / 60.0;
        let mut rows: Vec<FunctionNeed> = Vec::new();
        for (index, (provider, share)) in self.shares.iter().enumerate() {
            let row = Row {
                name: validator(provider),
                per_s: share * per_s,
                seconds: self.validator_s[index],
                assumed_ms: assumed.validator_ms,
            };
            rows.push(row.of(found, synchronous));
        }
        let row = Row {
            name: PROCESSOR.to_owned(),
            per_s: per_s * self.accepted,
            seconds: self.processor_s,
            assumed_ms: assumed.processor_ms,
        };
        rows.push(row.of(found, |rate, seconds| fluctuating(rate * seconds)));
        if self.queries_per_s > 0.0 {
            let row = Row {
                name: QUERY.to_owned(),
                per_s: self.queries_per_s,
                seconds: self.query_s,
                assumed_ms: assumed.query_ms,
            };
            rows.push(row.of(found, synchronous));
        }
        rows
    }
}

struct Row {
    name: String,
    per_s: f64,
    seconds: f64,
    assumed_ms: f64,
}

impl Row {
    fn of(self, found: &Found, enough: impl Fn(f64, f64) -> f64) -> FunctionNeed {
        let measured = found.function(&self.name);
        FunctionNeed {
            per_s: self.per_s,
            measured_ms: measured.and_then(|(_, used)| used.duration_mean_ms),
            measured_by: measured
                .map(|(run, _)| format!("{}, run {}, seed {}", run.target, run.id, run.seed))
                .unwrap_or_default(),
            assumed_ms: self.assumed_ms,
            mean: self.per_s * self.seconds,
            enough: enough(self.per_s, self.seconds).ceil(),
            enough_at_drill: enough(self.per_s * DRILL, self.seconds).ceil(),
            measured_max: measured.map(|(_, used)| used.concurrency_max),
            function: self.name,
        }
    }
}

/// Durations that the cost model assumes on AWS, milliseconds: what is billed, by the memory.
struct Assumed {
    validator_ms: f64,
    processor_ms: f64,
    query_ms: f64,
}

impl Assumed {
    fn of(prices: &Prices) -> Self {
        let ms = |gb_seconds: f64, memory_mb: f64| gb_seconds / (memory_mb / 1_024.0) * 1_000.0;
        let model = &prices.estimated;
        Self {
            validator_ms: ms(model.validator_gb_seconds, model.validator_memory_mb),
            processor_ms: ms(model.processor_gb_seconds, model.processor_memory_mb),
            query_ms: ms(model.query_gb_seconds, model.query_memory_mb),
        }
    }
}

/// The measured duration, or the assumed one where that is longer: on the embedded cloud the stores are near.
fn longer_ms(found: &Found, name: &str, assumed_ms: f64) -> f64 {
    let Some((run, used)) = found.function(name) else { return assumed_ms };
    let measured = used.duration_mean_ms.unwrap_or(0.0);
    // What was measured on AWS needs no assumption beside it.
    if run.target == super::evidence::AWS { measured } else { measured.max(assumed_ms) }
}

/// Executions at once that suffice 99.9 % of the time. With arrivals at random the number under way has a Poisson distribution about
/// the mean of Little's law, whatever the distribution of durations (M/G/∞).
pub(super) fn fluctuating(mean: f64) -> f64 {
    mean + DEVIATIONS * mean.max(0.0).sqrt()
}

/// The same where the caller waits for the answer: there an environment also takes ten requests a second at most.
fn synchronous(per_s: f64, seconds: f64) -> f64 {
    fluctuating(per_s * seconds).max(per_s / SYNCHRONOUS_PER_ENVIRONMENT)
}

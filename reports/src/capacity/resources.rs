//! Limits against what is needed: the table of quotas, and what ends first.

use super::demand::Demand;
use super::forecast::{DRILL, Expected};
use super::quotas::{Kind, QuotaId, Quotas};
use super::record::{Bottleneck, Headroom, QuotaLine};

/// Every limit with what the forecast and 150 % of it need. Limits of providers that send nothing are left out.
pub(super) fn quota_lines(demand: &Demand, quotas: &Quotas, expected: &Expected) -> Vec<QuotaLine> {
    let concerned = quotas.limits.iter().filter(|quota| concerns(quota.id, expected));
    concerned
        .map(|quota| {
            let need_at_drill = demand.need(quota.id, expected.peak_per_min * DRILL);
            QuotaLine {
                id: quota.id,
                title: quota.title.clone(),
                unit: quota.unit.clone(),
                current: quota.value,
                need: demand.need(quota.id, expected.peak_per_min),
                need_at_drill,
                margin: (quota.value - need_at_drill) / quota.value,
                kind: quota.kind,
                raise_to: (need_at_drill > quota.value && quota.kind != Kind::Fixed)
                    .then(|| sensible(need_at_drill)),
                raise: quota.raise.clone(),
                source: quota.source.clone(),
            }
        })
        .collect()
}

/// What limits the rate, lowest first.
pub(super) fn bottlenecks(
    demand: &Demand,
    quotas: &Quotas,
    expected: &Expected,
    headroom: &Headroom,
) -> Vec<Bottleneck> {
    let modelled =
        quotas.limits.iter().filter(|quota| concerns(quota.id, expected)).map(|quota| Bottleneck {
            what: quota.title.clone(),
            limit_per_min: demand.limit(quota.id, quota.value),
            of_forecast: None,
            basis: "model",
            then: then(quota.id),
        });
    let measured = headroom.proven.iter().filter_map(|proven| {
        // A lower bound is no end.
        proven.high_per_min?;
        Some(Bottleneck {
            what: format!("Measured limit on {} (run {}, seed {})", proven.target, proven.run, proven.seed),
            limit_per_min: proven.rate_per_min,
            of_forecast: None,
            basis: "measured",
            then: "the objective breaks: acknowledgements take longer, or fail",
        })
    });
    let mut all: Vec<Bottleneck> = modelled.chain(measured).collect();
    for one in &mut all {
        one.of_forecast = one.limit_per_min.map(|limit| limit / expected.peak_per_min);
    }
    all.sort_by(|a, b| {
        let rank = |one: &Bottleneck| one.limit_per_min.unwrap_or(f64::INFINITY);
        rank(a).total_cmp(&rank(b))
    });
    all
}

fn concerns(id: QuotaId, expected: &Expected) -> bool {
    let sends = |provider: &str| expected.providers.iter().any(|one| one.name == provider);
    match id {
        QuotaId::StripeRate => sends("stripe"),
        QuotaId::PaypalRate => sends("paypal"),
        QuotaId::SquareRate => sends("square"),
        _ => true,
    }
}

const fn then(id: QuotaId) -> &'static str {
    match id {
        QuotaId::ApiGatewayRate | QuotaId::ApiGatewayBurst => "429 to everybody; providers send again later",
        QuotaId::StripeRate | QuotaId::PaypalRate | QuotaId::SquareRate => {
            "429 to this provider, which sends again later"
        }
        QuotaId::LambdaConcurrency => "validators are throttled: 5xx, and providers send again later",
        QuotaId::ProcessorConcurrency => {
            "acknowledged events wait in Lambda's queue, up to six hours: late, not lost"
        }
        QuotaId::LambdaScaling => {
            "validators are throttled until there are enough environments: 5xx for some seconds"
        }
        QuotaId::DynamodbPartition => {
            "writes of that provider are throttled, and the table's with them; attempts fail, then dead letters"
        }
        QuotaId::DynamodbTable => "writes are throttled; attempts fail, then dead letters",
        QuotaId::DynamodbWarm => "writes are throttled for minutes, until DynamoDB has adapted",
        QuotaId::S3Prefix => "S3 answers 503, the validator too, and the provider sends again later",
    }
}

/// The next number above with two digits that matter: nobody asks AWS for 1,237.
pub(super) fn sensible(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let step = 10f64.powf(value.log10().floor() - 1.0);
    // 1,200.0000001 is 1,200.
    ((value / step - 1e-9).ceil() * step).max(1.0).round()
}

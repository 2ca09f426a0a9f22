//! What an ordinary month and the busiest hour cost, and what would make it cheaper: the same model again with one thing changed.

use super::forecast::Expected;
use super::record::{Cost, CostLine, Saving};
use crate::cost::{Estimate, Prices, Traffic};
use crate::figures::number;

const DAYS_A_MONTH: f64 = 30.0;
const HOURS_A_DAY: f64 = 24.0;
/// Events in one object of the transaction log, were they batched.
const BATCH: f64 = 100.0;
/// Share of provisioned write units in use: what automatic scaling is usually set to.
const UTILISATION: f64 = 0.7;
/// Share of webhooks traced, were it less.
const FEWER_TRACES: f64 = 0.01;

pub(super) fn cost(expected: &Expected, prices: &Prices) -> Cost {
    let shape = &expected.forecast.day_shape;
    let hours = if shape.is_empty() { HOURS_A_DAY } else { shape.iter().sum() };
    let month_webhooks = expected.ordinary_per_min * 60.0 * hours * DAYS_A_MONTH;
    let month_traffic = traffic(expected, month_webhooks, DAYS_A_MONTH * HOURS_A_DAY);
    let month = prices.estimate(&month_traffic);
    let hour = prices.estimate(&traffic(expected, expected.peak_per_min * 60.0, 1.0));
    let lines =
        month.lines.iter().zip(&hour.lines).filter(|(month, hour)| month.dollars > 0.0 || hour.dollars > 0.0);
    Cost {
        prices_date: month.date.clone(),
        region: month.region.clone(),
        month_webhooks,
        lines: lines
            .map(|(month, hour)| CostLine {
                what: month.what,
                amount: month.amount.clone(),
                month: month.dollars,
                peak_hour: hour.dollars,
            })
            .collect(),
        month: month.dollars(),
        peak_hour: hour.dollars(),
        savings: savings(&month, prices, &month_traffic),
    }
}

/// So many webhooks of the forecast's kinds within so many hours.
fn traffic(expected: &Expected, webhooks: f64, hours: f64) -> Traffic {
    let besides = &expected.forecast.traffic;
    Traffic {
        valid: webhooks * (1.0 - besides.duplicates - besides.forged - besides.malformed),
        duplicates: webhooks * besides.duplicates,
        forged: webhooks * besides.forged,
        malformed: webhooks * besides.malformed,
        queries: besides.queries_per_s * hours * 3_600.0,
        ..Traffic::default()
    }
}

fn savings(month: &Estimate, prices: &Prices, traffic: &Traffic) -> Vec<Saving> {
    let saved = |what: String, but: &'static str, cheaper: &Prices| Saving {
        what,
        month: month.dollars() - cheaper.estimate(traffic).dollars(),
        but,
    };
    let changed = |change: &dyn Fn(&mut crate::cost::Estimated)| {
        let mut prices = prices.clone();
        change(&mut prices.estimated);
        prices
    };
    let model = &prices.estimated;
    let mut all = vec![
        saved(
            format!("Transaction log in objects of {} events instead of one", number(BATCH)),
            "an event is in the log when its batch is full; the compactor has less to do",
            &changed(&|model| model.processed_objects_per_webhook /= BATCH),
        ),
        saved(
            format!(
                "Write units provisioned with automatic scaling ({} % in use) instead of on demand",
                number(UTILISATION * 100.0)
            ),
            "a spike is throttled until scaling has caught up, minutes: set the least by hand before a peak",
            &prices.provisioned(UTILISATION),
        ),
        saved(
            "Functions log from WARN on".to_owned(),
            "processing times are no longer measured",
            &changed(&|model| {
                model.log_kb_per_webhook =
                    (model.log_kb_per_webhook - model.function_log_kb_per_webhook).max(0.0);
            }),
        ),
        saved(
            "No execution log of API Gateway".to_owned(),
            "why the gateway refused a request is no longer told; the access log stays",
            &changed(&|model| {
                model.log_kb_per_webhook =
                    (model.log_kb_per_webhook - model.execution_log_kb_per_webhook).max(0.0);
            }),
        ),
    ];
    if model.traced_share > FEWER_TRACES {
        all.push(saved(
            format!(
                "{} % of webhooks traced instead of {} %",
                number(FEWER_TRACES * 100.0),
                number(model.traced_share * 100.0)
            ),
            "rare slowness is seen later; errors are traced anyway",
            &changed(&|model| model.traced_share = FEWER_TRACES),
        ));
    }
    all.push(saved(
        "Half the processor's memory".to_owned(),
        "at most this, and only if it takes no longer with half the processor time: measure first",
        &changed(&|model| model.processor_gb_seconds /= 2.0),
    ));
    all.retain(|one| one.month > 0.005);
    all.sort_by(|a, b| b.month.total_cmp(&a.month));
    all
}

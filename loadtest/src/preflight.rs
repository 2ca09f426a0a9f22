//! What a run sends to AWS and what it costs there, told before it is sent; and the limit that a plan must keep.

use localstack::outputs::Deployed;
use reports::cost::{Traffic, estimate};
use reports::figures::count;

use crate::exit::Failure;
use crate::plan::Plan;
use crate::source;
use crate::target::ON_AWS;

/// Webhooks of a run on AWS, unless somebody raises it.
pub const MAX_TOTAL: u64 = 100_000;
/// Looks at the stores of a run that leaves nothing to wait for: usually the first or the second finds everything.
const LOOKS: f64 = 3.0;

/// Refuses a plan of more webhooks than AWS may get in a run.
pub fn within_limit(plan: &Plan, max_total: Option<u64>) -> Result<(), Failure> {
    let (total, limit) = (total(plan), max_total.unwrap_or(MAX_TOTAL));
    if total <= limit {
        return Ok(());
    }
    Err(Failure::Usage(format!(
        "the plan sends {} webhooks, but a run on AWS may send {} at most: nothing was sent\nNext: a lower --rate or --duration, or \
         --max-total {total} if you mean it.",
        count(total),
        count(limit)
    )))
}

/// Webhooks of the warm-up and of the measured part.
#[must_use]
pub fn total(plan: &Plan) -> u64 {
    whole(source::warmup_webhooks(plan) + plan.webhooks())
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a plan has at most 20 million")]
fn whole(webhooks: f64) -> u64 {
    webhooks.ceil() as u64
}

/// Where it goes, how much it is, and what it costs. `records` are in the table already.
pub fn text(plan: &Plan, deployed: &Deployed, records: u64) -> Result<String, reports::cost::PriceError> {
    let ready = &deployed.ready;
    let estimate = estimate(&traffic(plan, records))?;
    let environment = deployed.environment.as_deref().unwrap_or("not told");
    let place = match &deployed.emulator {
        Some(emulator) => format!("the emulator at {emulator}, which bills nothing"),
        None => format!("account {} in {}, environment {environment}", ready.account_id, ready.region),
    };
    let mut text = format!(
        "\nThis run sends {} webhooks in {:.0} s to\n  {}\n  {place}\nIts events stay there: records in {}, objects in {} and {}, poison in \
         the dead-letter queue.\nIt costs about\n{}\n",
        count(total(plan)),
        plan.length().as_secs_f64(),
        ready.api_base_url,
        ready.table,
        ready.raw_bucket,
        ready.processed_bucket,
        estimate.text()
    );
    if plan.rotate_secrets_at_s.is_some() {
        text.push_str(
            "It REPLACES the signing secrets in Secrets Manager: what the providers themselves send is refused until theirs are put back.\n",
        );
    }
    Ok(text)
}

fn traffic(plan: &Plan, records: u64) -> Traffic {
    let measured = plan.webhooks();
    let shares = &plan.shares;
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let (poison, records_before) = (plan.poison as f64, records as f64);
    let [forged, duplicates, malformed] =
        [plan.forged_share(), shares.duplicates, shares.malformed].map(|share| share * measured);
    let waits = if plan.poison > 0 { ON_AWS.at_least.div_duration_f64(ON_AWS.look) } else { 0.0 };
    Traffic {
        valid: (measured - forged - duplicates - malformed - poison).max(0.0) + source::warmup_webhooks(plan),
        duplicates,
        forged,
        malformed,
        poison,
        queries: plan.queries_per_s * plan.length().as_secs_f64(),
        looks: LOOKS + waits,
        records_before,
    }
}

#[cfg(test)]
mod tests;

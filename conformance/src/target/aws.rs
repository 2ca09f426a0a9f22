//! The system on AWS. Nothing is sent before it is clear where it is, whose it is, what it costs, and that it is wanted.
//!
//! PayPal's certificates and postbacks are PayPal's own there. Secrets are not replaced: the providers go on signing with theirs.

use std::sync::Arc;
use std::time::Duration;

use localstack::access::Access;
use localstack::confirm::confirmed;
use localstack::outputs::Deployed;
use localstack::reach;
use reports::cost::{Traffic, estimate};
use reports::figures::count;
use target_clients::Clients;

use super::remote::{keys_of, offered};
use super::{Rest, Target};
use crate::capability::{Capabilities, Capability};
use crate::case::Action;
use crate::cli::RunArgs;
use crate::clock::unix_ms;
use crate::exit::Failure;
use crate::gate::internal;
use crate::run::Selected;
use crate::stores::Stores;
use crate::terminal::Terminal;

/// This long after a delivery what becomes of it is usually there, functions that start cold included.
const QUIET: Duration = Duration::from_secs(4);
/// Lambda tries again after one and after two more minutes (its documentation, "Asynchronous invocation"), and the dead-letter queue may be
/// slow to show a message.
const PATIENCE: Duration = Duration::from_secs(240);
/// Longest that a whole gate should take: credentials must last for it.
const GATE: Duration = Duration::from_secs(40 * 60);

/// Looks, tells, asks.
///
/// # Errors
/// There is no such system, no access to it, or nobody said yes.
pub async fn start(args: &RunArgs, cases: &[Selected<'_>], terminal: Terminal) -> Result<Target, Failure> {
    let mut deployed = Deployed::find(&args.aws, args.ready_file.as_deref()).await?;
    reach::reach(&deployed.ready.api_base_url).await?;
    terminal
        .note("credentials by AWS's standard chain (its program is built first where that is to be done)");
    let access = Access::to(&deployed, &args.aws).await?;
    let credentials = access.credentials(&deployed.ready.account_id).await?;
    credentials.outlast(unix_ms(), GATE)?;
    deployed.ready.query_auth = Some(credentials.for_queries(&deployed.ready.region));
    let clients = Clients::with(&deployed.ready, credentials.for_clients());
    let records = clients.records().await.map_err(|error| {
        Failure::Unavailable(format!("the table {} cannot be read: {error}", deployed.ready.table))
    })?;
    let offers = offers(&deployed);
    terminal.note(&told(&deployed, cases, &offers, records)?);
    let yes = args.aws.yes;
    let answer = tokio::task::spawn_blocking(move || confirmed(yes)).await;
    let answer = answer.map_err(|error| internal("the question", &error))?;
    answer.map_err(|error| Failure::Usage(error.to_string()))?;
    let stores = Stores::with(clients);
    let keys = keys_of(&deployed.ready, &stores, args.seed).await?;
    let rest = Rest::Quiet { quiet: QUIET, patience: PATIENCE };
    let target = Target::of(deployed.ready, offers, stores, Arc::new(keys), rest)?;
    Ok(Target { function_suffix: deployed.name_suffix, ..target })
}

fn offers(deployed: &Deployed) -> Capabilities {
    let mut offers = offered(&deployed.ready);
    for lacking in [Capability::Paypal, Capability::Ipn, Capability::Logs, Capability::Secrets] {
        offers.remove(lacking);
    }
    offers
}

/// Where it goes, how much it is, and what it costs.
fn told(
    deployed: &Deployed,
    cases: &[Selected<'_>],
    offers: &Capabilities,
    records: u64,
) -> Result<String, Failure> {
    let runnable: Vec<_> = cases.iter().filter(|(_, case)| case.needs().beyond(offers).is_empty()).collect();
    let steps = runnable.iter().flat_map(|(_, case)| &case.steps);
    let requests: u64 = steps.filter_map(|step| step.action().map(requests)).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    let traffic = Traffic {
        // As if all of them were stored: the most that they can cost.
        valid: requests as f64,
        looks: runnable.len() as f64,
        records_before: records as f64,
        ..Traffic::default()
    };
    let estimate = estimate(&traffic).map_err(|error| internal("prices", &error))?;
    let ready = &deployed.ready;
    let environment = deployed.environment.as_deref().unwrap_or("not told");
    let place = match &deployed.emulator {
        Some(emulator) => format!("the emulator at {emulator}, which bills nothing"),
        None => format!("account {} in {}, environment {environment}", ready.account_id, ready.region),
    };
    Ok(format!(
        "\n{} of {} cases can be run; they send some {} requests to\n  {}\n  {place}\nTheir events stay there. They cost at most about\n{}\n",
        count(runnable.len() as u64),
        count(cases.len() as u64),
        count(requests),
        ready.api_base_url,
        estimate.text()
    ))
}

fn requests(action: Action<'_>) -> u64 {
    match action {
        Action::Send(step) => u64::from(step.repeat),
        Action::Ipn(step) => u64::from(step.repeat),
        Action::Request(step) => u64::from(step.repeat),
        Action::Query(_) | Action::Drill(_) => 1,
    }
}

#[cfg(test)]
mod tests;

//! The system on AWS. Nothing is sent before it is clear where it is, whose it is, what the run costs, and that it is wanted.

use localstack::access::Access;
use localstack::confirm::confirmed;
use localstack::outputs::Deployed;
use localstack::reach;
use target_clients::Clients;

use super::{ON_AWS, Target, remote};
use crate::alarms::{ALARM_MAX, Watch};
use crate::cli::Args;
use crate::clock::unix_ms;
use crate::exit::Failure;
use crate::interrupt;
use crate::plan::Plan;
use crate::preflight;
use crate::terminal::Terminal;

/// Looks, tells, asks.
pub(super) async fn open(args: &Args, plan: &Plan, terminal: Terminal) -> Result<Target, Failure> {
    preflight::within_limit(plan, args.max_total)?;
    let mut deployed = Deployed::find(&args.aws, args.ready_file.as_deref()).await?;
    reach::reach(&deployed.ready.api_base_url).await?;
    terminal
        .note("credentials by AWS's standard chain (its program is built first where that is to be done)");
    let access = Access::to(&deployed, &args.aws).await?;
    let credentials = access.credentials(&deployed.ready.account_id).await?;
    credentials.outlast(unix_ms(), plan.length() + ON_AWS.at_most.max(ALARM_MAX))?;
    deployed.ready.query_auth = Some(credentials.for_queries(&deployed.ready.region));
    let clients = Clients::with(&deployed.ready, credentials.for_clients());
    let records = clients.records().await.map_err(|error| {
        Failure::Unavailable(format!(
            "the table {} cannot be read: {error}\nNext: give these credentials the permissions to read the stores.",
            deployed.ready.table
        ))
    })?;
    let told =
        preflight::text(plan, &deployed, records).map_err(|error| super::internal("prices", &error))?;
    terminal.note(&told);
    let yes = args.aws.yes;
    tokio::select! {
        answer = tokio::task::spawn_blocking(move || confirmed(yes)) => {
            let answer = answer.map_err(|error| super::internal("the question", &error))?;
            answer.map_err(|error| Failure::Usage(error.to_string()))?;
        }
        () = interrupt::wait() => return Err(Failure::Interrupted),
    }
    let mut target = remote::with(args, deployed.ready, clients).await?;
    target.alarms = Some(Watch::begin(access, plan).await);
    Ok(target)
}

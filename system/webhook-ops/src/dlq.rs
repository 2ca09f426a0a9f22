//! Dead letters: events that were acknowledged, stored raw, and could not be processed. Nothing is lost while they lie here, for 14 days.
//!
//! Invariant: a letter leaves the queue only after the processor was given its event. Looking at letters hides them from others for a
//! moment and counts as a receive; nothing else changes.

mod cause;
mod letter;
mod list;
mod redrive;
mod selection;
mod show;
mod sweep;
mod watch;

use std::num::NonZeroUsize;
use std::time::Duration;

use clap::{Args, Subcommand};
use webhook_aws::ops::Ops;
use webhook_core::ports::ops::DeadLetterQueue as _;
use webhook_core::provider::Provider;

use crate::cli::{Common, duration};
use crate::clock;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::interrupt::Interrupt;
use crate::pace::{Pace, Rate};
use crate::target::{Deployment, Kind};
use selection::Selection;
use sweep::Sweep;

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub(crate) enum DlqCommand {
    /// What lies in the queue, and why; never bodies
    List(ListArgs),
    /// One letter: its attributes, its event's ids, and what to do about its cause
    Show(ShowArgs),
    /// Send events back into the processor, and remove each letter once its event was taken
    Redrive(RedriveArgs),
}

/// Flags of `dlq list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Look at so many letters at most
    #[arg(long, value_name = "N", default_value = "1000")]
    limit: NonZeroUsize,
}

/// Flags of `dlq show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The letter's id, as `dlq list` shows it
    message_id: String,

    /// Print the event's body too
    #[arg(long, requires = "understood")]
    body: bool,

    /// Bodies hold names, addresses and e-mails of customers; they do not belong in tickets, chats or logs
    #[arg(long = "i-understand-this-prints-personal-data", requires = "body")]
    understood: bool,
}

/// Flags of `dlq redrive`.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("which").required(true).multiple(true).args(["all", "message_ids", "providers", "causes"])))]
pub(crate) struct RedriveArgs {
    /// Every letter
    #[arg(long, conflicts_with_all = ["message_ids", "providers", "causes"])]
    all: bool,

    /// Only this letter; repeatable
    #[arg(long = "message-id", value_name = "ID")]
    message_ids: Vec<String>,

    /// Only this provider's; repeatable
    #[arg(long = "provider", value_name = "PROVIDER")]
    providers: Vec<Provider>,

    /// Only letters with this cause, as `dlq list` shows it (store_refused, timeout, …); repeatable
    #[arg(long = "error-code", value_name = "CODE")]
    causes: Vec<String>,

    /// Events a second
    #[arg(long, value_name = "N/s", default_value = "20/s")]
    rate: Rate,

    /// Then see for a while whether events come back (240s on AWS, where retries take three minutes; 10s elsewhere)
    #[arg(long, value_name = "TIME", num_args = 0..=1, require_equals = true, value_parser = duration)]
    wait: Option<Option<Duration>>,

    /// How long letters stay hidden from others should this tool be killed outright
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = duration)]
    hold: Duration,
}

/// How long letters stay hidden while they are only looked at.
const LOOK: Duration = Duration::from_secs(60);

/// Runs a command.
pub(crate) async fn run(
    command: DlqCommand,
    common: &Common,
    deployment: &Deployment,
    ops: &Ops,
    console: Console,
    interrupt: &Interrupt,
) -> Result<Exit, Failure> {
    let queue = ops.dead_letters(&deployment.dlq_url);
    match command {
        DlqCommand::List(args) => {
            let depth = queue.depth().await?;
            let mut sweep = Sweep::new(&queue, LOOK);
            let read = list::read(&mut sweep, args.limit.get(), interrupt, &console.progress()).await;
            sweep.give_back().await;
            let listing = list::Listing::new(depth, read?, interrupt.asked(), clock::now());
            console.object(&listing);
            console.result(&listing.text());
            Ok(listing.exit())
        }
        DlqCommand::Show(args) => {
            let mut sweep = Sweep::new(&queue, LOOK);
            let found = show::find(&mut sweep, &args.message_id, interrupt).await;
            sweep.give_back().await;
            let shown = show::Shown::new(&found?, args.body && args.understood, clock::now());
            console.object(&shown);
            console.result(&shown.text());
            Ok(Exit::Done)
        }
        DlqCommand::Redrive(args) => {
            let processor = ops.processor(&deployment.processor());
            let redrive = redrive::Redrive {
                queue: &queue,
                processor: &processor,
                selection: Selection::new(&args.message_ids, &args.providers, &args.causes),
                dry_run: common.dry_run,
                pace: Pace::new(args.rate),
                hold: args.hold,
                interrupt,
                console,
            };
            let patience = if deployment.kind == Kind::Aws { 240 } else { 10 };
            let wait = args.wait.map(|wait| wait.unwrap_or(Duration::from_secs(patience)));
            redrive.run(wait.filter(|_| !common.dry_run)).await
        }
    }
}

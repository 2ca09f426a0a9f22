//! The load test: goose users send signed, forged, repeated and broken webhooks on an open schedule, every delivery is kept in
//! a ledger, and the ledger is joined with the target's stores before anything is judged.
//!
//! The way of a run: a [`plan`] says how much of what; [`source`] hands out slots (when, what), [`pacer`] waits for their
//! moment, [`sender`] sends them from goose's [`scenarios`], the [`ledger`] remembers; [`drain`] waits for quiet and joins the
//! ledger with the stores; the crate `ledger` judges, and `reports` draws.
//!
//! Invariants: latency counts from the intended send time; everything random follows from the seed; every delivery ends in
//! exactly one fate; an objective that cannot be judged is never called held.

pub mod alarms;
pub mod arrivals;
pub mod backoff;
pub mod chaos;
pub mod cli;
pub mod clock;
pub mod deck;
pub mod disturbed;
pub mod drain;
pub mod drive;
pub mod exit;
pub mod functions;
pub mod host;
pub mod interrupt;
pub mod live;
pub mod load;
pub mod pacer;
pub mod plan;
pub mod preflight;
pub mod progress;
pub mod record;
pub mod redrive;
pub mod retries;
pub mod rotation;
pub mod run;
pub mod scenarios;
pub mod search;
pub mod sender;
pub mod shard;
pub mod source;
pub mod stores;
pub mod target;
pub mod terminal;
pub mod verdict;
pub mod watch;

use std::process::ExitCode;

use clap::Parser as _;
use exit::{Exit, Failure};
use terminal::Terminal;

/// The program: parses the command line, runs, says what went wrong, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let asked = match cli::Cli::try_parse() {
        Ok(asked) => asked,
        Err(stopped) => return Exit::of_parsing(&stopped).into(),
    };
    let terminal = Terminal::new(asked.args().no_color || cli::no_colour_wanted());
    match start(&asked, terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.note(&format!("{} {failure}", terminal.ink(terminal::Ink::Bad, "error:")));
            failure.exit().into()
        }
    }
}

fn start(asked: &cli::Cli, terminal: Terminal) -> Result<Exit, Failure> {
    let internal = |what: &str, error: &dyn std::fmt::Display| Failure::Internal(format!("{what}: {error}"));
    interrupt::install().map_err(|error| internal("cannot catch Ctrl-C", &error))?;
    terminal::silence_libraries();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("loadtest")
        .enable_all()
        .build()
        .map_err(|error| internal("cannot start a runtime", &error))?;
    let ended = runtime.block_on(async {
        match &asked.command {
            None => Box::pin(run::run(&asked.args, terminal)).await,
            Some(cli::Command::Search(asked)) => Box::pin(search::run(asked, terminal)).await,
        }
    });
    runtime.shutdown_background();
    ended
}

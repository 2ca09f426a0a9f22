//! The load test: goose users send signed, forged, repeated and broken webhooks on an open schedule, every delivery is kept in
//! a ledger, and the ledger is joined with the target's stores before anything is judged.
//!
//! The way of a run: a [`plan`] says how much of what; [`source`] hands out slots (when, what), [`pacer`] waits for their
//! moment, [`sender`] sends them from goose's [`scenarios`], the [`ledger`] remembers; [`drain`] waits for quiet and
//! [`reconcile`]s; [`judge`] gives the verdict; crate `reports` draws it.
//!
//! Invariants: latency counts from the intended send time; everything random follows from the seed; every delivery ends in
//! exactly one fate; an objective that cannot be judged is never called held.
//! Non-goals: finding the highest rate, and load from several machines.

pub mod arrivals;
pub mod backoff;
pub mod cli;
pub mod clock;
pub mod deck;
pub mod drain;
pub mod drive;
pub mod exit;
pub mod host;
pub mod interrupt;
pub mod judge;
pub mod ledger;
pub mod live;
pub mod load;
pub mod measure;
pub mod pacer;
pub mod plan;
pub mod progress;
pub mod reconcile;
pub mod record;
pub mod rotation;
pub mod run;
pub mod scenarios;
pub mod sender;
pub mod source;
pub mod stores;
pub mod target;
pub mod terminal;
pub mod verdict;

use std::process::ExitCode;

use exit::{Exit, Failure};
use terminal::Terminal;

/// The program: parses the command line, runs, says what went wrong, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let args = match cli::Args::parse_from_system() {
        Ok(args) => args,
        Err(stop) => {
            let terminal = Terminal::new(true);
            if stop.exit == Exit::Passed {
                terminal.result(&stop.text);
            } else {
                terminal.note(stop.text.trim_end());
            }
            return stop.exit.into();
        }
    };
    let terminal = Terminal::new(args.no_color || cli::no_colour_wanted());
    match start(&args, terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.note(&format!("{} {failure}", terminal.ink(terminal::Ink::Bad, "error:")));
            failure.exit().into()
        }
    }
}

fn start(args: &cli::Args, terminal: Terminal) -> Result<Exit, Failure> {
    let internal = |what: &str, error: &dyn std::fmt::Display| Failure::Internal(format!("{what}: {error}"));
    interrupt::install().map_err(|error| internal("cannot catch Ctrl-C", &error))?;
    terminal::silence_libraries();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .thread_name("loadtest")
        .enable_all()
        .build()
        .map_err(|error| internal("cannot start a runtime", &error))?;
    let ended = runtime.block_on(Box::pin(run::run(args, terminal)));
    runtime.shutdown_background();
    ended
}

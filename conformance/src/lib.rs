//! The conformance gate: does a receiver of payment webhooks do what a correct one must do?
//!
//! The way of a run: the [`suite`] is read and checked, the target opened, cases [`run`] (side by side where they do not share
//! state), each step's expectations compared with what was seen, and everything written down in [`results`]. Every output is
//! drawn from the results alone.
//!
//! Invariants: an expectation that could not be looked at is never called met; a case that was skipped or could not be run
//! stays in the denominator; a case is trusted because a mutant of the system is known that it catches.
//! Non-goals: load (crate `loadtest`), and how a receiver is built inside.

pub mod bytes;
pub mod capability;
pub mod case;
pub mod cli;
pub mod clock;
pub mod compare;
pub mod compose;
pub mod exit;
pub mod gate;
pub mod infra;
pub mod interrupt;
pub mod known;
pub mod look;
pub mod matrix;
pub mod mutants;
pub mod output;
pub mod perform;
pub mod results;
pub mod run;
pub mod scene;
pub mod signing;
pub mod stores;
pub mod suite;
pub mod target;
pub mod template;
pub mod terminal;
pub mod verdict;
pub mod words;

use std::process::ExitCode;

use clap::Parser as _;
use cli::{Cli, Command, CompareArgs, ExplainArgs, ListArgs};
use exit::{Exit, Failure};
use output::explain::{self, Explained};
use output::list::{self, Listed};
use terminal::Terminal;

/// The program: parses the command line, does what it says, says what went wrong, and gives the exit code.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(stopped) => return Exit::of_parsing(&stopped).into(),
    };
    let command = cli.command.unwrap_or_else(|| Command::Run(Box::new(cli.run)));
    let no_color = match &command {
        Command::Run(args) => args.telling.no_color,
        Command::List(args) => args.telling.no_color,
        Command::Explain(args) => args.telling.no_color,
        Command::Mutants(args) => args.telling.no_color,
        Command::Compare(args) => args.telling.no_color,
        Command::Infra(args) => args.telling().no_color,
    };
    let quiet = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let terminal = Terminal::new(no_color || quiet);
    match start(&command, terminal) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.note(&format!("error: {failure}"));
            failure.exit().into()
        }
    }
}

fn start(command: &Command, terminal: Terminal) -> Result<Exit, Failure> {
    match command {
        Command::List(args) => list_cases(args, terminal),
        Command::Explain(args) => explain_case(args, terminal),
        Command::Compare(args) => compare_runs(args, terminal),
        Command::Infra(args) => infra::infra(args, terminal),
        Command::Run(args) => in_runtime(gate::gate(args, terminal)),
        Command::Mutants(args) => in_runtime(mutants::mutants(args, terminal)),
    }
}

fn in_runtime(work: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_name("conformance").enable_all().build();
    let runtime = runtime.map_err(|error| gate::internal("no runtime can be started", &error))?;
    let ended = runtime.block_on(Box::pin(work));
    runtime.shutdown_background();
    ended
}

fn json(terminal: Terminal, value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| gate::internal("JSON", &error))?;
    terminal.result(&format!("{text}\n"));
    Ok(())
}

fn list_cases(args: &ListArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let suite = gate::suite(args.filter.cases.as_deref())?;
    let selected = gate::select(&suite, &args.filter)?;
    let listed: Vec<Listed> = selected.iter().map(|(subject, case)| Listed::of(subject, case)).collect();
    if args.telling.json {
        json(terminal, &listed)?;
    } else {
        terminal.result(&list::table(&listed, terminal.look()));
    }
    Ok(Exit::Passed)
}

fn explain_case(args: &ExplainArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let suite = gate::suite(args.cases.as_deref())?;
    let (subject, case) = suite.case(&args.id).ok_or_else(|| {
        Failure::Usage(format!("there is no case {}; `conformance list` has them all", args.id))
    })?;
    let explained = Explained::of(subject, case, suite.coverage());
    if args.telling.json {
        json(terminal, &explained)?;
    } else {
        terminal.result(&explain::text(&explained, terminal.look()));
    }
    Ok(Exit::Passed)
}

fn compare_runs(args: &CompareArgs, terminal: Terminal) -> Result<Exit, Failure> {
    let read = |path| output::write::read(path).map_err(|error| Failure::Usage(error.to_string()));
    let comparison = compare::compare(&read(&args.a)?, &read(&args.b)?);
    if args.telling.json {
        json(terminal, &comparison)?;
    } else {
        terminal.result(&compare::text::text(&comparison, terminal.look()));
    }
    Ok(comparison.exit())
}

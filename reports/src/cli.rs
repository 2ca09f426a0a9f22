//! The command line: arguments in, files or text out, one exit code for every cause.

mod capacity;
mod over_time;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use reports::merge::{MergeError, merge};
use reports::read::{ReadError, read_search};
use reports::search::{self, SEARCH_JSON};
use reports::verdict::Exit;
use reports::write::WriteError;
use reports::{markdown, read_run, render_all};

/// Draw the reports of load runs from their records, put the shards of a run together, and weigh runs against a forecast.
///
/// Exit codes: 0 drawn (whatever the run's own verdict), ready, or no regression, 1 not ready, or a regression, 2 it cannot be told, 64 wrong usage, an input that is
/// missing, malformed or impossible, or a folder that cannot be written, 70 our bug. `merge` judges, and ends as the load test does: 0
/// passed, 1 failed, 2 no verdict.
#[derive(Debug, Parser)]
#[command(name = "reports", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write summary.json, report.html, report.md and junit.xml again from run.json; search.html and search.md from search.json.
    Render {
        /// Folder of a run or a search, or its run.json or search.json.
        run: PathBuf,
        /// Where to write; the folder of the record if not given.
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Print the Markdown report of a run.
    Summary {
        /// A run's folder, or its run.json.
        run: PathBuf,
    },
    /// Put the shards of a run on many machines together, and judge the whole.
    Merge {
        /// Folders of all shards, or folders that hold them.
        #[arg(required = true, value_name = "DIR")]
        shards: Vec<PathBuf>,
        /// Where to write the whole run.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Merge although shards are missing: a report of what is there, without a pass.
        #[arg(long)]
        partial: bool,
    },
    /// Say whether what was measured is enough for a forecast: headroom, first bottleneck, quotas, cost, what was not tested.
    ///
    /// Exit codes: 0 ready, 1 not ready, 2 unknown, 64 an input that is missing, malformed, impossible, past or too old.
    Capacity(capacity::CapacityArgs),
    /// Say whether a run is worse than another, by more than chance.
    ///
    /// Exit codes: 0 no regression, 1 regression (a hole in the ledger always is one), 2 cannot be told, or runs of different kinds.
    Compare(over_time::CompareArgs),
    /// Show all runs of a folder over time, those of one kind together.
    ///
    /// Exit codes: 0 drawn, 2 there is no run.
    Trend(over_time::TrendArgs),
}

/// Why the program ends, other than well.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Merge(#[from] MergeError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Input(#[from] capacity::InputFailure),
    #[error("cannot read {path}: {source}")]
    Folder { path: PathBuf, source: io::Error },
    #[error("cannot print: {0}")]
    Print(io::Error),
}

impl Failure {
    const fn exit(&self) -> Exit {
        match self {
            Self::Write(WriteError::Encode { .. })
            | Self::Merge(MergeError::Write(WriteError::Encode { .. })) => Exit::Internal,
            Self::Read(_)
            | Self::Merge(_)
            | Self::Input(_)
            | Self::Folder { .. }
            | Self::Write(WriteError::Io { .. })
            | Self::Print(_) => Exit::Usage,
        }
    }
}

pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(stopped) => return Exit::of_parsing(&stopped).into(),
    };
    match execute(&arguments.command) {
        Ok(exit) => exit.into(),
        // `reports summary … | head` is no error.
        Err(Failure::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            say(&failure.to_string());
            failure.exit().into()
        }
    }
}

fn execute(command: &Command) -> Result<Exit, Failure> {
    match command {
        Command::Render { run, out } if is_search(run) => {
            let files = search::write_all(out.as_deref().unwrap_or(folder_of(run)), &read_search(run)?)?;
            for path in [&files.summary, &files.html, &files.markdown] {
                print(&format!("{}\n", path.display()))?;
            }
            Ok(Exit::Passed)
        }
        Command::Render { run, out } => {
            let record = read_run(run)?;
            let files = render_all(out.as_deref().unwrap_or(folder_of(run)), &record)?;
            for path in [&files.summary, &files.html, &files.markdown, &files.junit] {
                print(&format!("{}\n", path.display()))?;
            }
            Ok(Exit::Passed)
        }
        Command::Summary { run } => print(&markdown::render(&read_run(run)?)).map(|()| Exit::Passed),
        Command::Merge { shards, out, partial } => {
            let (run, files) = merge(shards, out, *partial)?;
            let findings: String =
                run.findings.iter().map(|finding| format!("  {}\n", finding.what)).collect();
            let word = format!("{:?}", run.verdict).to_uppercase();
            print(&format!(
                "{word}  {} webhooks, {}\n{findings}",
                run.sent.total,
                reports::shards(&run).unwrap_or_default()
            ))?;
            print(&format!("  report  {}\n", files.html.display()))?;
            Ok(Exit::from(run.verdict))
        }
        Command::Capacity(args) => capacity::run(args),
        Command::Compare(args) => over_time::run_compare(args),
        Command::Trend(args) => over_time::run_trend(args),
    }
}

/// Whether a folder or a file is that of a search.
fn is_search(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == SEARCH_JSON) || path.join(SEARCH_JSON).is_file()
}

/// The folder of a record, given the folder or the file.
fn folder_of(run: &Path) -> &Path {
    if run.is_dir() {
        return run;
    }
    match run.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

/// A line for the person who typed the command.
fn say(text: &str) {
    // Where nobody reads it, it is said for nobody.
    drop(writeln!(io::stderr(), "reports: {text}"));
}

fn print(text: &str) -> Result<(), Failure> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::Print)
}

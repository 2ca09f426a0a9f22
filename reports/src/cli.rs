//! The command line: arguments in, files or text out, one exit code for every cause.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use reports::read::ReadError;
use reports::write::WriteError;
use reports::{markdown, read_run, render_all};

/// Draw a load run's reports again from its record.
///
/// Exit codes: 0 drawn (whatever the run's own verdict), 64 wrong usage, a record that is missing or malformed, or a
/// folder that cannot be written, 70 our bug.
#[derive(Debug, Parser)]
#[command(name = "reports", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write summary.json, report.html, report.md and junit.xml again from run.json.
    Render {
        /// A run's folder, or its run.json.
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
}

/// Why the program ends, other than well.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("cannot print: {0}")]
    Print(io::Error),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Read(_) | Self::Write(WriteError::Io { .. }) | Self::Print(_) => 64,
            Self::Write(WriteError::Encode { .. }) => 70,
        }
    }
}

pub(crate) fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // To where clap would print it; when even that fails there is nobody to tell.
            drop(error.print());
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return ExitCode::from(if asked { 0 } else { 64 });
        }
    };
    match execute(&arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        // `reports summary … | head` is no error.
        Err(Failure::Print(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            drop(writeln!(io::stderr(), "reports: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn execute(command: &Command) -> Result<(), Failure> {
    match command {
        Command::Render { run, out } => {
            let record = read_run(run)?;
            let files = render_all(out.as_deref().unwrap_or(folder_of(run)), &record)?;
            for path in [&files.summary, &files.html, &files.markdown, &files.junit] {
                print(&format!("{}\n", path.display()))?;
            }
            Ok(())
        }
        Command::Summary { run } => print(&markdown::render(&read_run(run)?)),
    }
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

fn print(text: &str) -> Result<(), Failure> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::Print)
}

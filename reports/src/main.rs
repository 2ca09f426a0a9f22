//! `reports`: draws a run again from its record.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}

//! `reports`: draws runs again from their records, and weighs them against a forecast.

mod cli;
mod clock;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}

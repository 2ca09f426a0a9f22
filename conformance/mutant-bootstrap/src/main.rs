//! The system's bootstrap, built with the feature `mutants`: `PEAKPROOF_MUTANT` names the defect that is switched
//! on, `--list` prints those there are. It exists so that tests can show that the harness notices a broken system. It
//! is no default member of the workspace, so nothing that ships is ever built together with it.

use std::io::Write;
use std::process::ExitCode;

use webhook_lambda::mutant::{self, Mutant};

/// Exit code of a wrong call, as everywhere in the harness.
const USAGE: u8 = 64;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--list") {
        return match std::io::stdout().write_all(list().as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        };
    }
    if let Err(error) = mutant::chosen() {
        // Lambda takes it into the function's log, where whoever asked for the defect looks.
        let _ = writeln!(std::io::stderr(), "{error}");
        return ExitCode::from(USAGE);
    }
    match webhook_lambda::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// One defect a line: name, tab, sentence.
fn list() -> String {
    Mutant::ALL.iter().map(|mutant| format!("{}\t{}\n", mutant.name(), mutant.defect())).collect()
}

#[cfg(test)]
mod tests;

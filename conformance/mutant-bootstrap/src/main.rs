//! The system's bootstrap, built with the feature `mutants`: `PEAKPROOF_MUTANT` names the defect that is switched
//! on. It exists so that tests can show that the harness notices a broken system. It is no default member of the
//! workspace, so nothing that ships is ever built together with it.

use std::process::ExitCode;

fn main() -> ExitCode {
    match webhook_lambda::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

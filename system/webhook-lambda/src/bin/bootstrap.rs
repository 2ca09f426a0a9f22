//! What Lambda starts: `/var/task/bootstrap` or `/opt/bootstrap`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match webhook_lambda::run() {
        Ok(()) => ExitCode::SUCCESS,
        // Said in the log already, with its reason.
        Err(_) => ExitCode::FAILURE,
    }
}

//! What Lambda starts: `/var/task/bootstrap` or `/opt/bootstrap`.

use std::process::ExitCode;

/// Half of what is left of a webhook's cost after its network calls is many small allocations; this allocator makes them cheaper.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match webhook_lambda::run() {
        Ok(()) => ExitCode::SUCCESS,
        // Said in the log already, with its reason.
        Err(_) => ExitCode::FAILURE,
    }
}

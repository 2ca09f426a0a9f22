//! What Lambda starts: `/var/task/bootstrap` or `/opt/bootstrap`.

use std::process::ExitCode;

/// About a tenth of a webhook's cost is many small allocations; this allocator makes them cheaper (`reports/benchmarks.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match webhook_lambda::run() {
        Ok(()) => ExitCode::SUCCESS,
        // Said in the log already, with its reason.
        Err(_) => ExitCode::FAILURE,
    }
}

//! `loadtest`: see the library. The same executable plays the functions' bootstrap when the embedded cloud starts it again.

use std::process::ExitCode;

/// About a tenth of a webhook's cost is many small allocations; this allocator makes them cheaper (`reports/benchmarks.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    localstack::become_bootstrap_if_asked();
    loadtest::main()
}

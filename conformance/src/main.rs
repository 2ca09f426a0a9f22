//! `conformance`: see the library. The same executable plays the functions' bootstrap when the embedded cloud starts it again.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    localstack::become_bootstrap_if_asked();
    conformance::main()
}

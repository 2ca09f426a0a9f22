//! `deployer`: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    deployer::main()
}

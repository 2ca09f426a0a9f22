//! How one executable is both the harness and the functions' `bootstrap`.

use std::path::Path;

/// Turns this process into a Lambda function if it was started as one, and returns otherwise.
///
/// To be the first line of `main` of every program that starts the embedded cloud with
/// [`Bootstrap::SelfExec`](crate::lambda::Bootstrap::SelfExec): the supervisor starts the same executable again,
/// with `bootstrap` as its name (`argv[0]`) and the variables that Lambda sets. If that is what happened, the
/// function runs here and the process ends with it: exit code 0, or 1 after one JSON error line in the log.
pub fn become_bootstrap_if_asked() {
    if !is_asked() {
        return;
    }
    // `run` has written its error, one JSON line, to the function's log already.
    let code = i32::from(webhook_lambda::run().is_err());
    std::process::exit(code);
}

fn is_asked() -> bool {
    let named_bootstrap = std::env::args_os()
        .next()
        .is_some_and(|name| Path::new(&name).file_name().is_some_and(|file| file == "bootstrap"));
    named_bootstrap
        && std::env::var_os("_HANDLER").is_some()
        && std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some()
}

//! The deployer as a program: what it says when something is missing, and that nothing is left however it ends.
//!
//! What this machine does not have (a Docker engine, Terraform, the emulator's image) is told, and the tests that need it are counted as
//! ignored: a harness of its own can decide that when it runs.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

mod bed;
mod broken_off;
mod refused;

use libtest_mimic::{Arguments, Failed, Trial};

#[expect(clippy::print_stderr, reason = "what this machine lacks is for people, and for .ci/run")]
fn main() {
    let mut arguments = Arguments::from_args();
    // Each has the machine's processes and containers to look at.
    arguments.test_threads = Some(1);
    let lacking = bed::lacking();
    if let Some(lacking) = &lacking {
        eprintln!("skipped: the tests that need an emulator in a container: {lacking}");
    }
    let mut trials = Vec::new();
    let mut anywhere = |name: &str, test: fn()| trials.push(trial(name, test));
    anywhere("without an engine", refused::without_an_engine);
    anywhere("without terraform", refused::without_terraform);
    anywhere("with a terraform that is too old", refused::with_an_old_terraform);
    anywhere("nobody at the address", refused::nobody_at_the_address);
    anywhere("a port that something else has taken", refused::a_port_that_something_else_has_taken);
    let mut with_docker =
        |name: &str, test: fn()| trials.push(trial(name, test).with_ignored_flag(lacking.is_some()));
    with_docker("an image that is not there", refused::an_image_that_is_not_there);
    with_docker("an apply that fails half way", broken_off::an_apply_that_fails_half_way);
    with_docker("told to stop while it is applied", broken_off::told_to_stop_while_it_is_applied);
    with_docker("killed while it is applied", broken_off::killed_while_it_is_applied);
    with_docker("killed while it is applied to a running emulator", broken_off::killed_at_a_running_emulator);
    with_docker("its parent is gone", broken_off::its_parent_is_gone);
    libtest_mimic::run(&arguments, trials).exit();
}

/// A panic is a failure with its message.
fn trial(name: &str, test: fn()) -> Trial {
    Trial::test(name.to_owned(), move || {
        std::panic::catch_unwind(test).map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Failed::from(text.unwrap_or_else(|| "it panicked".to_owned()))
        })
    })
}

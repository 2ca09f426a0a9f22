//! A deployment that ends in the middle: nothing is left, whatever ended it.

use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;

use super::bed::{Bed, Emulator, IMAGE, Running, containers};

/// A command that is seen to run and does not end by itself.
const LONG: &str = "touch running; exec sleep 600";
const CONTAINER: [&str; 2] = ["--image", IMAGE];

/// Brings the small stack up in a container as far as the long command.
fn in_the_middle(bed: &Bed, running: &mut Running) -> String {
    running.says("terraform apply");
    let label = bed.label();
    assert_eq!(containers(&label).len(), 1);
    bed.waits_for("infra/terraform/running");
    label
}

fn nothing_is_left(bed: &Bed, label: &str) {
    bed.is_left_clean();
    assert_eq!(containers(label), Vec::<String>::new());
}

pub(crate) fn an_apply_that_fails_half_way() {
    let (bed, emulator) = (Bed::with("echo half way; exit 3"), Emulator::start());
    let said = Running::start(&mut bed.up(&["--endpoint-url", &emulator.url])).ended_with(69);
    for text in [
        "terraform apply failed",
        "terraform_data.then",
        "exit status 3",
        "half way",
        "--keep",
        "terraform destroy",
    ] {
        assert!(said.contains(text), "`{text}` is not in\n{said}");
    }
    bed.is_left_clean();
    assert!(!emulator.has_the_secret(), "what was made before it failed is still there");
}

pub(crate) fn told_to_stop_while_it_is_applied() {
    for signal in ["-INT", "-TERM"] {
        let bed = Bed::with(LONG);
        let mut running = Running::start(&mut bed.up(&CONTAINER));
        let label = in_the_middle(&bed, &mut running);
        let said = running.signal(signal).ended_with(0);
        assert!(said.contains("removing the container"), "{said}");
        nothing_is_left(&bed, &label);
    }
}

pub(crate) fn killed_while_it_is_applied() {
    let bed = Bed::with(LONG);
    let mut running = Running::start(&mut bed.up(&CONTAINER));
    let label = in_the_middle(&bed, &mut running);
    let (status, _) = running.signal("-KILL").ended();
    assert_eq!(status.signal(), Some(9));
    nothing_is_left(&bed, &label);
}

pub(crate) fn killed_at_a_running_emulator() {
    let (bed, emulator) = (Bed::with(LONG), Emulator::start());
    let mut running = Running::start(&mut bed.up(&["--endpoint-url", &emulator.url]));
    running.says("terraform apply");
    bed.waits_for("infra/terraform/running");
    assert!(emulator.has_the_secret());
    let (status, _) = running.signal("-KILL").ended();
    assert_eq!(status.signal(), Some(9));
    bed.is_left_clean();
    assert!(!emulator.has_the_secret(), "the stack was not destroyed");
}

pub(crate) fn its_parent_is_gone() {
    let bed = Bed::with(LONG);
    let mut command = bed.up_ordered(&CONTAINER);
    let mut running = Running::start(command.stdin(Stdio::piped()));
    let mut lifeline = running.child().stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut lifeline, b"{\"secrets\": {}}\n").expect("ordered");
    let label = in_the_middle(&bed, &mut running);
    drop(lifeline);
    running.ended_with(0);
    nothing_is_left(&bed, &label);
}

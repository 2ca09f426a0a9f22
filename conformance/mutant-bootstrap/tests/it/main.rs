//! The program from outside: what it lists, and what it refuses.

#![expect(clippy::expect_used, reason = "a test that cannot go on should say where")]

use std::process::{Command, Output};

fn run(mutant: Option<&str>, arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_mutant-bootstrap"));
    program.env_clear().args(arguments).envs(mutant.map(|name| ("PEAKPROOF_MUTANT", name)));
    program.output().expect("the program runs")
}

#[test]
fn an_unknown_defect_is_no_healthy_system() {
    let ended = run(Some("accept-any-signatures"), &[]);
    assert_eq!(ended.status.code(), Some(64));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("\"accept-any-signatures\"") && said.contains("--list"), "{said}");
}

#[test]
fn a_known_defect_or_none_lets_the_bootstrap_start() {
    for mutant in [None, Some("none"), Some("accept-any-signature")] {
        let ended = run(mutant, &[]);
        // It goes on to its settings, of which there are none here.
        let said = String::from_utf8_lossy(&ended.stdout);
        assert_eq!(ended.status.code(), Some(1), "{mutant:?}");
        assert!(said.contains("Invalid settings"), "{mutant:?}: {said}");
    }
}

#[test]
fn a_line_of_the_list_is_a_name_and_a_sentence() {
    let ended = run(None, &["--list"]);
    assert!(ended.status.success());
    let list = String::from_utf8(ended.stdout).expect("text");
    assert!(list.lines().count() >= 40, "{list}");
    for line in list.lines() {
        let (name, sentence) = line.split_once('\t').expect("a tab");
        assert!(!name.contains(' ') && sentence.ends_with('.'), "{line}");
    }
}

//! A system that lets forgeries in is caught. The system really is broken: `mutant-bootstrap` is its bootstrap with a
//! verifier that accepts every signature, built here because no default build may contain it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::bad_weather::BRIEF;
use super::{alone, count, held, run};

#[test]
fn a_verifier_that_accepts_everything_fails_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = mutant(folder.path(), "accept-any-signature");
    let ended = run(&[&BRIEF[..], &["--forged", "20%", "--bootstrap", &script]].concat());
    ended.ended_with(1).says("FAIL").says("orged");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "forged_accepted_eq_0"), Some(false));
    assert!(count(&record, &["outcome", "forged_accepted"]) > 5, "{}", record["outcome"]);
    let page = fs::read_to_string(ended.dir().join("report.html")).expect("report.html");
    assert!(page.contains("orged"), "the report says so");
}

#[test]
fn the_same_bootstrap_without_its_defect_lets_nothing_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = mutant(folder.path(), "none");
    let ended = run(&[&BRIEF[..], &["--forged", "20%", "--bootstrap", &script]].concat());
    // Too few samples for a p99, so there is no verdict; but nothing forged got in.
    ended.ended_with(2);
    let record = ended.json("run.json");
    assert_eq!(held(&record, "forged_accepted_eq_0"), Some(true));
}

/// A bootstrap with this defect switched on. Functions get no environment but their own, so a script sets the variable.
fn mutant(folder: &Path, name: &str) -> String {
    let script = folder.join("bootstrap");
    let real = BUILT.as_path();
    let text = format!("#!/bin/sh\nexport PEAKPROOF_MUTANT={name}\nexec '{}'\n", real.display());
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("executable");
    script.display().to_string()
}

/// Built once for all tests.
static BUILT: LazyLock<PathBuf> = LazyLock::new(build);

/// Builds `mutant-bootstrap` beside the program under test, with the same profile, so that most of it is there already.
fn build() -> PathBuf {
    // A compiler beside a load run would spoil the run.
    let _alone = alone();
    let program = Path::new(env!("CARGO_BIN_EXE_loadtest"));
    let directory = program.parent().expect("the profile's folder");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--package", "mutant-bootstrap", "--target-dir"]);
    cargo.arg(directory.parent().expect("the target folder")).current_dir(env!("CARGO_MANIFEST_DIR"));
    if directory.ends_with("release") {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    directory.join("mutant-bootstrap")
}

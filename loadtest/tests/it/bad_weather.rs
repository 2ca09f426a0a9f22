//! When the system is broken, the verdict says so and the report says why.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::{count, held, run};

/// Few deliveries: a broken objective fails a run of any size.
pub(super) const BRIEF: [&str; 8] = ["--users", "20", "--rate", "1800", "--duration", "3s", "--warmup", "1s"];

#[test]
fn a_table_that_refuses_writes_fails_the_run() {
    let fault = ["--fault", "dynamodb.PutItem=AccessDeniedException"];
    let ended = run(&[&BRIEF[..], &fault].concat());
    ended.ended_with(1).says("FAIL").says("dead-letter queue").says("AccessDenied");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "dead_letters_exact"), Some(false));
    assert_eq!(held(&record, "forged_accepted_eq_0"), Some(true));
    assert_eq!(count(&record, &["outcome", "stored"]), 0);
    assert!(count(&record, &["outcome", "dead_lettered"]) > 50);
    assert_eq!(count(&record, &["outcome", "lost"]), 0, "what is in the queue is not lost");
    let page = fs::read_to_string(ended.dir().join("report.html")).expect("report.html");
    assert!(page.contains("AccessDenied"), "the report names the cause");
}

#[test]
fn a_function_that_always_fails_fails_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    // The real processor, wired to a table that does not exist.
    let script = bootstrap(folder.path(), "export DYNAMODB_TABLE=no-such-table");
    let ended = run(&[&BRIEF[..], &["--bootstrap", &script]].concat());
    ended.ended_with(1).says("FAIL").says("dead-letter queue");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "dead_letters_exact"), Some(false));
    assert_eq!(count(&record, &["outcome", "stored"]), 0);
}

#[test]
fn a_function_that_ends_as_soon_as_it_is_started_fails_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = bootstrap(folder.path(), "exit 1");
    let ended = run(&[&BRIEF[..], &["--bootstrap", &script]].concat());
    ended.ended_with(1).says("FAIL").says("webhook-processor");
    assert_eq!(ended.json("summary.json")["verdict"], "fail");
    let page = fs::read_to_string(ended.dir().join("report.md")).expect("report.md");
    assert!(page.contains("webhook-processor"), "the report names the function");
}

/// A bootstrap whose processor does as it is told; the other functions are the real ones.
fn bootstrap(folder: &Path, processor: &str) -> String {
    let real = folder.join("real").join("bootstrap");
    fs::create_dir(folder.join("real")).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_loadtest"), &real).expect("a link");
    let script = folder.join("bootstrap");
    let text = format!(
        "#!/bin/sh\nif [ \"$_HANDLER\" = webhook-processor ]; then\n  {processor}\nfi\nexec '{}'\n",
        real.display()
    );
    fs::write(&script, text).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("executable");
    script.display().to_string()
}

#[test]
fn a_bucket_that_refuses_writes_makes_the_system_unavailable() {
    let ended = run(&[&BRIEF[..], &["--fault", "s3.PutObject=AccessDenied"]].concat());
    ended.ended_with(1).says("not acknowledged");
    let record = ended.json("run.json");
    assert_eq!(held(&record, "availability_ge_999"), Some(false));
    assert_eq!(count(&record, &["outcome", "lost"]), 0, "nothing was promised, so nothing is lost");
}

#[test]
fn a_target_that_is_down_is_said_at_once() {
    let secrets = tempfile::NamedTempFile::new().expect("a file");
    fs::write(&secrets, r#"{"stripe": {"secret": "whsec_x"}}"#).expect("secrets");
    // Nobody can listen on port 1 here without being root and wanting to.
    let path = secrets.path().display().to_string();
    let ended = run(&["--target", "url", "--base-url", "http://127.0.0.1:1/dev", "--secrets", &path]);
    ended.ended_with(69).says("127.0.0.1:1").says("Nothing was sent").says("Next:");
    assert_eq!(
        fs::read_dir(ended.out.path()).expect("the runs").count(),
        0,
        "no folder for a run that was none"
    );
}

#[test]
fn a_bootstrap_that_does_not_start_is_no_target() {
    let ended = run(&["--bootstrap", "/nonexistent/bootstrap"]);
    ended.ended_with(69).says("does not start").says("/nonexistent/bootstrap");
}

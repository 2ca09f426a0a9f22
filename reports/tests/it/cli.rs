//! The program: what it draws, prints and returns.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use reports::write_all;

use crate::samples;

fn reports(arguments: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reports")).args(arguments).current_dir(dir).output().unwrap()
}

fn check(arguments: &[&str], dir: &Path, code: i32, expected: &str) {
    let output = reports(arguments, dir);
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
    assert!(text.contains(expected), "{arguments:?}: {text}");
}

#[test]
fn a_run_is_drawn_again_whatever_its_verdict() {
    let dir = tempfile::tempdir().unwrap();
    write_all(dir.path(), &samples::failing(), &[]).unwrap();
    for name in ["report.html", "report.md", "junit.xml", "summary.json"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    check(&["render", "."], dir.path(), 0, "report.html");
    check(&["render", "run.json", "--out", "elsewhere/deep"], dir.path(), 0, "elsewhere/deep/junit.xml");
    for name in ["report.html", "report.md", "junit.xml", "summary.json"] {
        let (here, there) =
            (fs::read(dir.path().join(name)).unwrap(), dir.path().join("elsewhere/deep").join(name));
        assert!(here == fs::read(there).unwrap(), "{name} differs");
    }
    fs::remove_file(dir.path().join("report.html")).unwrap();
    check(&["render", "run.json"], dir.path(), 0, "report.html");
    assert!(dir.path().join("report.html").is_file(), "without --out, beside the record");
}

#[test]
fn a_search_is_drawn_again_from_its_record() {
    let dir = tempfile::tempdir().unwrap();
    let record = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/search-aws.json");
    fs::copy(record, dir.path().join("search.json")).unwrap();
    check(&["render", "."], dir.path(), 0, "search.html");
    check(&["render", "search.json", "--out", "elsewhere"], dir.path(), 0, "elsewhere/search.md");
    fs::write(dir.path().join("search.json"), "{\"format\": \"peakproof.run/1\"}").unwrap();
    check(&["render", "."], dir.path(), 64, "what is read here is `peakproof.search/1`");
}

#[test]
fn the_summary_is_the_markdown_report() {
    let dir = tempfile::tempdir().unwrap();
    write_all(dir.path(), &samples::passing(), &[]).unwrap();
    let output = reports(&["summary", "."], dir.path());
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, fs::read(dir.path().join("report.md")).unwrap());
}

#[test]
fn wrong_usage_and_unreadable_records_are_64() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("torn.json"), "{\"format\": \"peakproof.run/1\", ").unwrap();
    fs::write(dir.path().join("other.json"), "{\"format\": \"peakproof.run/9\"}").unwrap();
    let mut record = serde_json::to_value(samples::passing()).unwrap();
    record["slo"][1]["ok"] = "yes".into();
    fs::write(dir.path().join("wrong.json"), record.to_string()).unwrap();

    check(&[], dir.path(), 64, "Usage");
    check(&["draw"], dir.path(), 64, "unrecognized subcommand");
    check(&["render"], dir.path(), 64, "<RUN>");
    check(&["render", ".", "--colour"], dir.path(), 64, "--colour");
    check(&["render", "nowhere"], dir.path(), 64, "cannot read nowhere");
    check(&["render", "."], dir.path(), 64, "run.json");
    check(&["summary", "torn.json"], dir.path(), 64, "not JSON");
    check(&["summary", "other.json"], dir.path(), 64, "peakproof.run/9");
    check(&["summary", "wrong.json"], dir.path(), 64, "slo[1].ok");
    fs::write(dir.path().join("good.json"), serde_json::to_string(&samples::passing()).unwrap()).unwrap();
    check(&["render", "good.json", "--out", "torn.json"], dir.path(), 64, "cannot write");
}

#[test]
fn help_and_version_are_0() {
    let dir = tempfile::tempdir().unwrap();
    check(&["--help"], dir.path(), 0, "render");
    check(&["--version"], dir.path(), 0, "reports");
}

//! The folder of a run.

use std::fs;

use conformance::output::write::{read, write_all};
use conformance::output::{OutputError, html};

use crate::samples;

#[test]
fn every_file_is_whole_and_the_record_reads_back() {
    for (name, results) in samples::all() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("a/b");
        let files = write_all(&inside, &results).unwrap();
        assert_eq!(read(&files.results).unwrap(), results, "{name}");
        assert_eq!(read(&inside).unwrap(), results, "{name}");
        assert_eq!(fs::read_to_string(&files.html).unwrap(), html::render(&results), "{name}");
        assert!(files.junit.ends_with("junit.xml"));
        let mut names: Vec<_> =
            fs::read_dir(&inside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["junit.xml", "report.html", "results.json"], "{name}");
    }
}

#[test]
fn what_cannot_be_encoded_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("run");
    let mut results = samples::each();
    results.duration_s = f64::NAN;
    let error = write_all(&inside, &results).unwrap_err();
    assert!(matches!(error, OutputError::Encode { file: "results.json", .. }), "{error}");
    assert!(!inside.exists());
}

#[test]
fn a_folder_that_is_a_file_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let taken = folder.path().join("taken");
    fs::write(&taken, "").unwrap();
    let error = write_all(&taken, &samples::each()).unwrap_err().to_string();
    assert!(error.contains("taken"), "{error}");
}

#[test]
fn a_record_of_another_version_is_refused_by_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    let check = |text: &str, expected: &str| {
        fs::write(&path, text).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("results.json"), "{error}");
    };
    check("{\"schema_version\": 2, \"new\": true}", "schema_version is 2, and 1 is known");
    check("{}", "schema_version is none");
    check("not JSON", "expected");
    check("{\"schema_version\": 1}", "missing field");
}

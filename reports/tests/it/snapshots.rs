//! Texts that others read or script against, compared with files.
//!
//! To accept a change: `PEAKPROOF_BLESS=1 cargo test -p reports`, then read the difference.

use std::fs;
use std::path::PathBuf;

use reports::summary::Summary;
use reports::{junit, markdown};

use crate::samples;

/// Compares with a file below `tests/`, or writes it when blessing is asked for.
pub(crate) fn check(file: &str, actual: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    if std::env::var_os("PEAKPROOF_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, actual).unwrap();
        return;
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    if expected != actual {
        let line = expected.lines().zip(actual.lines()).position(|(a, b)| a != b);
        let number = line.unwrap_or(expected.lines().count().min(actual.lines().count()));
        panic!(
            "tests/{file} differs from line {}:\n  file: {}\n  now:  {}\nAccept it with PEAKPROOF_BLESS=1 cargo test -p reports",
            number + 1,
            expected.lines().nth(number).unwrap_or("(end)"),
            actual.lines().nth(number).unwrap_or("(end)")
        );
    }
}

#[test]
fn sample_records_are_the_committed_ones() {
    for (name, run) in samples::all() {
        check(&format!("data/{name}.json"), &(serde_json::to_string(&run).unwrap() + "\n"));
    }
}

#[test]
fn summaries() {
    for (name, run) in samples::all() {
        check(&format!("snapshots/{name}.summary.json"), &Summary::from(&run).to_json());
    }
}

#[test]
fn markdown_reports() {
    for (name, run) in samples::all() {
        check(&format!("snapshots/{name}.md"), &markdown::render(&run));
    }
}

#[test]
fn junit_reports() {
    for (name, run) in samples::all() {
        check(&format!("snapshots/{name}.junit.xml"), &junit::render(&run).unwrap());
    }
}

#[test]
fn the_summary_has_exactly_the_keys_of_the_interface_in_order() {
    let text = Summary::from(&samples::passing()).to_json();
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("  \"") || line.starts_with("    \""))
        .filter_map(|line| line.trim().strip_prefix('"')?.split_once('"').map(|split| split.0))
        .collect();
    let latency = ["p50", "p90", "p99", "p999", "max", "samples"];
    let mut expected = vec![
        "verdict",
        "exit_code",
        "target",
        "plan",
        "seed",
        "duration_s",
        "offered_per_min",
        "achieved_per_min",
    ];
    expected.extend(["sent", "total", "valid", "forged", "duplicate", "malformed", "poison"]);
    expected.extend(["outcome", "stored", "deduplicated", "rejected", "dead_lettered", "lost", "duplicated"]);
    expected.extend(["unknown", "forged_accepted", "valid_rejected"]);
    for name in ["ack_latency_ms", "service_time_ms", "durable_latency_ms"] {
        expected.push(name);
        expected.extend(latency);
    }
    expected.push("slo");
    assert_eq!(keys, expected);
    let slo = serde_json::from_str::<serde_json::Value>(&text).unwrap()["slo"][0].clone();
    assert_eq!(slo.as_object().unwrap().keys().collect::<Vec<_>>(), ["limit", "measured", "name", "ok"]);
    assert!(text.contains("\"name\": \"ack_p99_lt_1s\",\n      \"ok\": true,\n      \"measured\""));
}

//! Reports of invocations, as the platform writes them, and what is made of them.

use std::fmt::Write as _;

use super::*;

/// 2026-11-21T18:15:02Z.
const START: i64 = 1_795_284_902_000;

/// A report of an attempt that ended so long after the start.
fn line(ended_ms: i64, duration_ms: f64, status: &str, init: Option<f64>) -> String {
    let ended = OffsetDateTime::from_unix_timestamp_nanos(i128::from(START + ended_ms) * 1_000_000).unwrap();
    let time = ended.format(&Rfc3339).unwrap();
    let init = init.map_or_else(String::new, |ms| format!(r#","initDurationMs":{ms:.3}"#));
    format!(
        r#"{{"time":"{time}","type":"platform.report","record":{{"requestId":"r","metrics":{{"durationMs":{duration_ms:.3},"billedDurationMs":1,"memorySizeMB":512,"maxMemoryUsedMB":23{init}}},"status":"{status}"}}}}"#
    ) + "\n"
}

fn check(log: &str, expected: &FunctionUse) {
    assert_eq!(&of_log(log.as_bytes(), START), expected, "{log}");
}

#[test]
fn attempts_are_counted_with_their_durations() {
    let log = line(10, 4.0, "success", Some(11.0))
        + &line(30, 2.0, "error", None)
        + &line(50, 3.0, "timeout", None);
    check(
        &log,
        &FunctionUse {
            invocations: 3,
            errors: 2,
            cold_starts: 1,
            duration_mean_ms: Some(3.0),
            duration_p99_ms: None,
            concurrency_max: 1,
            memory_mb: 512,
            memory_used_mb: 23,
        },
    );
}

#[test]
fn what_runs_at_once_is_counted_where_it_overlaps() {
    let most = |reports: &[(i64, f64)]| {
        let log: String = reports.iter().map(|(ended, took)| line(*ended, *took, "success", None)).collect();
        of_log(log.as_bytes(), START).concurrency_max
    };
    assert_eq!(most(&[(10, 9.0), (12, 9.0), (30, 5.0)]), 2);
    assert_eq!(most(&[(10, 5.0), (20, 5.0)]), 1);
    // One that began in the warm-up is under way at the start.
    assert_eq!(most(&[(5, 500.0), (5, 1.0)]), 2);
    // In whatever order they are logged.
    assert_eq!(most(&[(30, 5.0), (12, 9.0), (10, 9.0)]), 2);
}

#[test]
fn what_ended_before_the_start_and_what_is_no_report_do_not_count() {
    let torn = &line(5, 1.0, "success", None)[..60];
    let log = line(-1, 4.0, "success", Some(9.0))
        + r#"{"level":"INFO","timestamp":"2026-11-21T18:15:03Z","message":"\"type\":\"platform.report\""}"#
        + "\n\n"
        + r#"{"time":"2026-11-21T18:15:03Z","type":"platform.report","record":{"status":"success"}}"#
        + "\n"
        + torn;
    check(&log, &FunctionUse::default());
}

#[test]
fn p99_needs_a_thousand_attempts() {
    let mut log = String::new();
    for n in 0..999 {
        write!(log, "{}", line(n, 2.0, "success", None)).unwrap();
    }
    assert_eq!(of_log(log.as_bytes(), START).duration_p99_ms, None);
    log += &line(1_000, 2.0, "success", None);
    assert_eq!(of_log(log.as_bytes(), START).duration_p99_ms, Some(2.0));
}

#[test]
fn every_log_of_the_folder_is_read_and_silence_is_absence() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(measure(&dir.path().join("absent"), START), None);
    assert_eq!(measure(dir.path(), START), None);
    fs::write(dir.path().join("webhook-processor.log"), line(9, 2.0, "success", None)).unwrap();
    fs::write(dir.path().join("transaction-query.log"), "").unwrap();
    fs::write(dir.path().join("notes.txt"), line(9, 2.0, "success", None)).unwrap();
    let all = measure(dir.path(), START).unwrap();
    assert_eq!(all.keys().collect::<Vec<_>>(), ["webhook-processor"]);
}

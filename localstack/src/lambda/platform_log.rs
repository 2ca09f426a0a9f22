//! The platform's own lines in a function's log, in Lambda's JSON log format.

use std::io::Write as _;
use std::time::Duration;

use crate::clock;

use super::service::{RequestId, millis_up};

/// How an invocation ended, in Lambda's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Success,
    /// The function answered with an error.
    Error,
    /// The environment ended without an answer.
    Failure,
    Timeout,
}

/// A `platform.report`.
pub(super) struct Report {
    pub(super) id: RequestId,
    pub(super) status: Status,
    pub(super) duration: Duration,
    /// Init duration, on a cold start.
    pub(super) init: Option<Duration>,
    pub(super) memory_mb: u32,
    pub(super) memory_used_mb: u64,
}

// Writing to a Vec cannot fail, so the results below carry nothing.

/// An invocation is over. Init time is billed with the invocation it was for.
pub(super) fn report(out: &mut Vec<u8>, report: &Report) {
    let status = match report.status {
        Status::Success => "success",
        Status::Error => "error",
        Status::Failure => "failure",
        Status::Timeout => "timeout",
    };
    head(out, "platform.report");
    let billed_ms = millis_up(report.duration + report.init.unwrap_or_default());
    let _ = write!(
        out,
        r#""requestId":"{}","metrics":{{"durationMs":{:.3},"billedDurationMs":{billed_ms},"memorySizeMB":{},"maxMemoryUsedMB":{}"#,
        report.id,
        millis(report.duration),
        report.memory_mb,
        report.memory_used_mb,
    );
    if let Some(init) = report.init {
        let _ = write!(out, r#","initDurationMs":{:.3}"#, millis(init));
    }
    let _ = writeln!(out, r#"}},"status":"{status}"}}}}"#);
}

/// An invocation begins.
pub(super) fn start(out: &mut Vec<u8>, id: RequestId) {
    head(out, "platform.start");
    let _ = writeln!(out, r#""requestId":"{id}","version":"$LATEST"}}}}"#);
}

/// An environment failed before its first event.
pub(super) fn init_failed(out: &mut Vec<u8>, error_type: &str, duration: Duration) {
    head(out, "platform.initReport");
    let _ = writeln!(
        out,
        r#""initializationType":"on-demand","phase":"init","status":"error","errorType":"{error_type}","metrics":{{"durationMs":{:.3}}}}}}}"#,
        millis(duration)
    );
}

fn head(out: &mut Vec<u8>, kind: &str) {
    out.extend_from_slice(br#"{"time":""#);
    clock::push_rfc3339(out, clock::unix_millis());
    let _ = write!(out, r#"","type":"{kind}","record":{{"#);
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(write: impl FnOnce(&mut Vec<u8>)) -> serde_json::Value {
        let mut out = Vec::new();
        write(&mut out);
        assert!(out.ends_with(b"\n"));
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn lines_are_json_with_lambdas_names() {
        let id = RequestId::random();
        let line = json(|out| {
            report(
                out,
                &Report {
                    id,
                    status: Status::Success,
                    duration: Duration::from_micros(1_234),
                    init: Some(Duration::from_millis(10)),
                    memory_mb: 512,
                    memory_used_mb: 23,
                },
            );
        });
        assert_eq!(line["type"], "platform.report");
        assert_eq!(line["record"]["requestId"], id.to_string());
        assert_eq!(line["record"]["status"], "success");
        let metrics = &line["record"]["metrics"];
        assert_eq!(metrics["durationMs"], 1.234);
        assert_eq!(metrics["billedDurationMs"], 12);
        assert_eq!(metrics["initDurationMs"], 10.0);
        assert_eq!(metrics["maxMemoryUsedMB"], 23);
        assert_eq!(json(|out| start(out, id))["type"], "platform.start");
        let failed = json(|out| init_failed(out, "Runtime.ExitError", Duration::from_millis(3)));
        assert_eq!(failed["record"]["errorType"], "Runtime.ExitError");
    }
}

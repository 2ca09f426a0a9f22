//! What the functions did in a run, by their own logs: the platform's report of every invocation.
//!
//! A log is read line by line. What is kept of it grows with the run's length (four bytes a millisecond), not with its
//! webhooks. Lines of other kinds, and a line that is torn, are passed over: the ledger is the proof, this is the measure.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;

use reports::latency::{Percentile, Recorder};
use reports::record::FunctionUse;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

#[cfg(test)]
mod tests;

/// Longest part of a run whose concurrency is counted, milliseconds: a day, as long as a run may be.
const LONGEST_MS: usize = 86_400_000;

/// Reads the functions' logs in a folder from a moment on. Absent: there is no folder, or no report in it, as where the platform
/// was told to log less.
#[must_use]
pub fn measure(log_dir: &Path, from_unix_ms: i64) -> Option<BTreeMap<String, FunctionUse>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(log_dir).ok()?.flatten() {
        let path = entry.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".log")) else {
            continue;
        };
        let Ok(file) = File::open(&path) else { continue };
        let used = of_log(BufReader::new(file), from_unix_ms);
        if used.invocations > 0 {
            all.insert(name.to_owned(), used);
        }
    }
    (!all.is_empty()).then_some(all)
}

#[derive(Deserialize)]
struct Line {
    time: String,
    record: Report,
}

#[derive(Deserialize)]
struct Report {
    metrics: Metrics,
    status: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    duration_ms: f64,
    #[serde(rename = "memorySizeMB")]
    memory_mb: u64,
    #[serde(rename = "maxMemoryUsedMB")]
    memory_used_mb: u64,
    init_duration_ms: Option<f64>,
}

fn of_log(mut log: impl BufRead, from_unix_ms: i64) -> FunctionUse {
    let mut used = FunctionUse::default();
    let mut durations = Recorder::new();
    let mut sum_ms = 0.0;
    let mut running = Running::default();
    let mut line = Vec::new();
    while matches!(log.read_until(b'\n', &mut line), Ok(1..)) {
        if let Some((ended_ms, report)) = report(&line).filter(|(ended, _)| *ended >= from_unix_ms) {
            let Metrics { duration_ms, memory_mb, memory_used_mb, init_duration_ms } = report.metrics;
            used.invocations += 1;
            used.errors += u64::from(report.status != "success");
            used.cold_starts += u64::from(init_duration_ms.is_some());
            used.memory_mb = used.memory_mb.max(memory_mb);
            used.memory_used_mb = used.memory_used_mb.max(memory_used_mb);
            sum_ms += duration_ms;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a duration, at most 900 s"
            )]
            durations.record_us((duration_ms * 1_000.0).round() as u64);
            running.add(ended_ms - from_unix_ms, duration_ms);
        }
        line.clear();
    }
    used.duration_mean_ms =
        (used.invocations > 0).then(|| (sum_ms / used.invocations as f64 * 1_000.0).round() / 1_000.0);
    used.duration_p99_ms = durations.percentile_ms(Percentile::P99);
    used.concurrency_max = running.most();
    used
}

/// When it ended, Unix milliseconds, and what it says.
fn report(line: &[u8]) -> Option<(i64, Report)> {
    const KIND: &[u8] = br#""type":"platform.report""#;
    // Most lines are the function's own: not parsed.
    line.windows(KIND.len()).take(80).find(|part| *part == KIND)?;
    let line: Line = serde_json::from_slice(line).ok()?;
    let ended = OffsetDateTime::parse(&line.time, &Rfc3339).ok()?;
    let ended_ms = i64::try_from(ended.unix_timestamp_nanos() / 1_000_000).ok()?;
    let sound = line.record.metrics.duration_ms.is_finite() && line.record.metrics.duration_ms >= 0.0;
    sound.then_some((ended_ms, line.record))
}

/// How many more are under way in each millisecond than in the one before.
#[derive(Debug, Default)]
struct Running {
    change: Vec<i32>,
}

impl Running {
    fn add(&mut self, ended_ms: i64, duration_ms: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "a duration, at most 900 s")]
        let began_ms = ended_ms - duration_ms.floor() as i64;
        let (Ok(began), Ok(ended)) = (usize::try_from(began_ms.max(0)), usize::try_from(ended_ms)) else {
            return;
        };
        if ended >= LONGEST_MS {
            return;
        }
        if self.change.len() < ended + 2 {
            self.change.resize(ended + 2, 0);
        }
        self.change[began] += 1;
        self.change[ended + 1] -= 1;
    }

    fn most(&self) -> u64 {
        let mut now = 0i64;
        let mut most = 0;
        for change in &self.change {
            now += i64::from(*change);
            most = most.max(now);
        }
        most.unsigned_abs()
    }
}

//! Two runs side by side: has anything become worse, and is the difference more than chance?
//!
//! A percentile's interval (95 %) comes from order statistics of its histogram (`latency.hlog`; without it, of the record's spectrum); the
//! change's interval is put together from both sides'. Chance between runs (another neighbour on the machine, another placement) is in no
//! single run: the threshold and the least difference are for that.
//!
//! Worse: the change's whole interval lies beyond the threshold. Not worse: the change lies within it, and its interval within twice that.
//! Anything else cannot be told.

pub mod html;
pub mod markdown;
mod metrics;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::figures::number;
use crate::latency::{Recorder, read_hlog};
use crate::read::{ReadError, read_run};
use crate::record::{Run, Verdict};
use crate::verdict::Exit;
use metrics::metrics;

/// The format's name and version, first field of `compare.json`.
pub const FORMAT: &str = "peakproof.compare/1";

/// A run and its histograms.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The record.
    pub run: Run,
    /// The histograms by tag; empty where there is no log, or none that can be read.
    pub histograms: BTreeMap<String, Recorder>,
}

impl Side {
    /// Reads a run's folder, or its run.json with the log beside it.
    ///
    /// # Errors
    /// The record is missing or malformed. Without the log the record has to do.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let run = read_run(path)?;
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new(".")) };
        let log = fs::read(folder.join("latency.hlog")).ok();
        let histograms = log.and_then(|log| read_hlog(&log).ok()).unwrap_or_default();
        Ok(Self { run, histograms })
    }
}

/// What counts as worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Worse by more than this share: 0.1 is a tenth.
    pub threshold: f64,
    /// And by more than so many milliseconds, for latencies.
    pub least_ms: f64,
    /// Compare runs although they are of different kinds.
    pub anyway: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { threshold: 0.10, least_ms: 1.0, anyway: false }
    }
}

/// Two runs compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// [`FORMAT`].
    pub format: &'static str,
    /// Version of the program.
    pub tool_version: &'static str,
    /// The answer.
    pub verdict: Change,
    /// Exit code that goes with it.
    pub exit_code: u8,
    /// The answer in a sentence.
    pub sentence: String,
    /// The run that was.
    pub a: Label,
    /// The run that is.
    pub b: Label,
    /// Worse by more than this share counts.
    pub threshold: f64,
    /// And by more than so many milliseconds.
    pub least_ms: f64,
    /// In what the two runs are not of one kind; empty: nothing.
    pub differences: Vec<String>,
    /// What was measured.
    pub metrics: Vec<Metric>,
    /// What must be zero.
    pub holes: Vec<Hole>,
    /// (percentile, milliseconds) of acknowledgements, for the picture.
    pub spectra: [Vec<(f64, f64)>; 2],
}

/// The answer. Regression beats unknown beats no regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Nothing is worse by more than the threshold, and that is more than chance.
    NoRegression,
    /// Something is.
    Regression,
    /// It cannot be told.
    Unknown,
}

/// Which run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// Its id.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// When it started.
    pub started_at: String,
    /// Version of the load test.
    pub tool_version: String,
    /// Its own verdict.
    pub verdict: Verdict,
    /// Whether the histograms were there, or only the record.
    pub histograms: bool,
}

/// A measure in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metric {
    /// Stable name.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// `ms`, `per_min` or `ratio`.
    pub unit: &'static str,
    /// In the run that was; absent: not measured, or too few samples.
    pub a: Option<Estimate>,
    /// In the run that is.
    pub b: Option<Estimate>,
    /// How many times as much it is now; absent where there is nothing to divide.
    pub ratio: Option<Estimate>,
    /// How it is judged.
    pub change: MetricChange,
}

/// A number and the interval that holds the true one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// At least; absent: no interval is known.
    pub low: Option<f64>,
    /// At most; absent likewise.
    pub high: Option<f64>,
}

/// How a measure changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricChange {
    /// Worse, by more than the threshold and chance.
    Worse,
    /// Better, likewise.
    Better,
    /// Not worse by more than the threshold.
    Same,
    /// The interval is too wide to tell.
    Unknown,
    /// Told, not judged: there is no interval.
    Told,
}

/// Something that must be zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hole {
    /// What.
    pub what: &'static str,
    /// In the run that was.
    pub a: u64,
    /// In the run that is.
    pub b: u64,
}

impl Change {
    /// How the program ends with it.
    #[must_use]
    pub const fn exit(self) -> Exit {
        match self {
            Self::NoRegression => Exit::Passed,
            Self::Regression => Exit::Failed,
            Self::Unknown => Exit::Unjudged,
        }
    }

    /// For people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoRegression => "No regression",
            Self::Regression => "Regression",
            Self::Unknown => "Unknown",
        }
    }
}

/// Compares two runs.
#[must_use]
pub fn compare(a: &Side, b: &Side, limits: Limits) -> Comparison {
    let differences = differences(&a.run, &b.run);
    let metrics = metrics(a, b, limits);
    let holes = holes(&a.run, &b.run);
    let (verdict, sentence) = judged(&a.run, &b.run, &differences, &metrics, &holes, limits);
    Comparison {
        format: FORMAT,
        tool_version: env!("CARGO_PKG_VERSION"),
        verdict,
        exit_code: verdict.exit().code(),
        sentence,
        a: label(a),
        b: label(b),
        threshold: limits.threshold,
        least_ms: limits.least_ms,
        differences,
        metrics,
        holes,
        spectra: [a.run.ack_latency_ms.spectrum.clone(), b.run.ack_latency_ms.spectrum.clone()],
    }
}

impl Comparison {
    /// The text of `compare.json`: indented, with a line end.
    #[expect(clippy::expect_used, reason = "plain data with text keys always encodes")]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain data encodes");
        json.push('\n');
        json
    }
}

fn label(side: &Side) -> Label {
    Label {
        run: side.run.id.clone(),
        seed: side.run.seed,
        started_at: side.run.started_at.clone(),
        tool_version: side.run.tool_version.clone(),
        verdict: side.run.verdict,
        histograms: !side.histograms.is_empty(),
    }
}

/// In what two runs differ that must be the same for their figures to mean the same.
fn differences(a: &Run, b: &Run) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, a: String, b: String| {
        if a != b {
            found.push(format!("{what}: {a}, now {b}"));
        }
    };
    let mix = |run: &Run| {
        let parts: Vec<String> =
            run.plan.mix.iter().map(|(name, part)| format!("{name} {}", number(*part))).collect();
        parts.join(" ")
    };
    differ("target", a.target.clone(), b.target.clone());
    differ("plan", a.plan.name.clone(), b.plan.name.clone());
    differ("build", a.build_profile.clone(), b.build_profile.clone());
    differ("processors", a.host.cpus.to_string(), b.host.cpus.to_string());
    differ("machine", a.host.os.clone(), b.host.os.clone());
    differ("arrivals", a.plan.arrival.clone(), b.plan.arrival.clone());
    differ("rate a minute", number(a.plan.rate_per_min), number(b.plan.rate_per_min));
    differ("users", a.users.to_string(), b.users.to_string());
    differ("mix", mix(a), mix(b));
    for (what, of) in [
        ("forged share", (|run| run.plan.forged) as fn(&Run) -> f64),
        ("duplicates' share", |run| run.plan.duplicates),
        ("malformed share", |run| run.plan.malformed),
        ("queries a second", |run| run.plan.queries_per_s),
    ] {
        differ(what, of(a).to_string(), of(b).to_string());
    }
    found
}

fn holes(a: &Run, b: &Run) -> Vec<Hole> {
    let hole = |what, of: fn(&Run) -> u64| Hole { what, a: of(a), b: of(b) };
    vec![
        hole("lost", |run| run.outcome.lost),
        hole("duplicated", |run| run.outcome.duplicated),
        hole("forged accepted", |run| run.outcome.forged_accepted),
        hole("valid rejected", |run| run.outcome.valid_rejected),
        hole("unexpected dead letters", |run| run.dead_letters.unexpected),
        hole("missing dead letters", |run| run.dead_letters.missing),
    ]
}

fn judged(
    a: &Run,
    b: &Run,
    differences: &[String],
    metrics: &[Metric],
    holes: &[Hole],
    limits: Limits,
) -> (Change, String) {
    // A hole is one on every machine and at every rate.
    let holed: Vec<String> =
        holes.iter().filter(|hole| hole.b > 0).map(|hole| format!("{} {}", hole.b, hole.what)).collect();
    if !holed.is_empty() {
        return (Change::Regression, format!("The ledger of {} has a hole: {}.", b.id, holed.join(", ")));
    }
    if !differences.is_empty() && !limits.anyway {
        return (
            Change::Unknown,
            format!(
                "The runs cannot be compared: {}. To compare them nevertheless: --anyway.",
                differences.join("; ")
            ),
        );
    }
    if a.verdict == Verdict::Pass && b.verdict == Verdict::Fail {
        return (Change::Regression, format!("{} passed, {} failed.", a.id, b.id));
    }
    for run in [a, b] {
        let why = if run.interrupted { "was interrupted" } else { "was limited by its generator" };
        if run.interrupted || run.generator.saturated {
            return (Change::Unknown, format!("{} {why}: its figures say nothing of the target.", run.id));
        }
    }
    let of = |change| metrics.iter().filter(move |metric| metric.change == change).map(|metric| metric.title);
    let threshold = number(limits.threshold * 100.0);
    let worse: Vec<&str> = of(MetricChange::Worse).collect();
    if !worse.is_empty() {
        return (
            Change::Regression,
            format!("Worse by more than {threshold} %, and more than chance: {}.", worse.join(", ")),
        );
    }
    let open: Vec<&str> = metrics
        .iter()
        .filter(|metric| metric.change == MetricChange::Unknown && metrics::GATES.contains(&metric.name))
        .map(|metric| metric.title)
        .collect();
    if !open.is_empty() {
        return (
            Change::Unknown,
            format!(
                "Too few samples to tell {threshold} % from chance: {}. Run for longer.",
                open.join(", ")
            ),
        );
    }
    let better: Vec<&str> = of(MetricChange::Better).collect();
    let also = if better.is_empty() { String::new() } else { format!(" Better: {}.", better.join(", ")) };
    (Change::NoRegression, format!("Nothing is worse by more than {threshold} %.{also}"))
}

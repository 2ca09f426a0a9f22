//! All runs of a folder over time: those of one kind together, so that a line never joins what cannot be compared.

pub mod html;
pub mod markdown;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::read::{RUN_JSON, read_run};
use crate::record::{Run, Verdict};

/// The format's name and version, first field of `trend.json`.
pub const FORMAT: &str = "peakproof.trend/1";

/// The runs of a folder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trend {
    /// [`FORMAT`].
    pub format: &'static str,
    /// Version of the program.
    pub tool_version: &'static str,
    /// Runs of one kind, those with the latest run first.
    pub groups: Vec<Group>,
    /// Records that could not be read, and why.
    pub unreadable: Vec<String>,
}

/// Runs whose figures mean the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Where the load went.
    pub target: String,
    /// Name of the plan.
    pub plan: String,
    /// `release` or `debug`.
    pub build_profile: String,
    /// Processors of the machine.
    pub cpus: u32,
    /// Webhooks a minute asked for (0 for `max`).
    pub rate_per_min: f64,
    /// The runs, oldest first.
    pub runs: Vec<Point>,
}

/// A run in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// Its id.
    pub run: String,
    /// Its seed.
    pub seed: u64,
    /// When it started, RFC 3339 in UTC.
    pub started_at: String,
    /// Version of the load test.
    pub tool_version: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// Webhooks a minute reached.
    pub achieved_per_min: f64,
    /// Acknowledgement, milliseconds; absent with too few samples.
    pub ack_p50_ms: Option<f64>,
    /// See `ack_p50_ms`.
    pub ack_p99_ms: Option<f64>,
    /// Lost, duplicated, forged accepted, valid rejected: together.
    pub holes: u64,
}

/// Reads every run below a folder, to a depth of three: a folder of runs, of searches, of both.
///
/// # Errors
/// The folder cannot be read. A record that cannot be is told in the result.
pub fn read(dir: &Path) -> std::io::Result<Trend> {
    let mut records = Vec::new();
    find(dir, 3, &mut records)?;
    records.sort();
    let mut runs = Vec::new();
    let mut unreadable = Vec::new();
    for path in records {
        match read_run(&path) {
            Ok(run) => runs.push(run),
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    Ok(trend(&runs, unreadable))
}

fn find(dir: &Path, depth: u32, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_name() == RUN_JSON {
            found.push(path);
        } else if depth > 0 && entry.file_type()?.is_dir() {
            // A folder below that may not be read holds no run for us.
            drop(find(&path, depth - 1, found));
        }
    }
    Ok(())
}

/// Groups runs.
#[must_use]
pub fn trend(runs: &[Run], unreadable: Vec<String>) -> Trend {
    let mut groups: Vec<Group> = Vec::new();
    for run in runs {
        let group = groups.iter().position(|group| group.holds(run)).unwrap_or_else(|| {
            groups.push(Group::of(run));
            groups.len() - 1
        });
        groups[group].runs.push(Point::of(run));
    }
    for group in &mut groups {
        // RFC 3339 in UTC sorts as text.
        group.runs.sort_by(|a, b| (&a.started_at, &a.run).cmp(&(&b.started_at, &b.run)));
    }
    groups.sort_by(|a, b| {
        let latest = |group: &Group| group.runs.last().map(|run| run.started_at.clone());
        latest(b).cmp(&latest(a)).then_with(|| (&a.target, &a.plan).cmp(&(&b.target, &b.plan)))
    });
    Trend { format: FORMAT, tool_version: env!("CARGO_PKG_VERSION"), groups, unreadable }
}

impl Trend {
    /// The text of `trend.json`: indented, with a line end.
    #[expect(clippy::expect_used, reason = "plain data with text keys always encodes")]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("plain data encodes");
        json.push('\n');
        json
    }

    /// All runs.
    #[must_use]
    pub fn runs(&self) -> usize {
        self.groups.iter().map(|group| group.runs.len()).sum()
    }
}

impl Group {
    fn of(run: &Run) -> Self {
        Self {
            target: run.target.clone(),
            plan: run.plan.name.clone(),
            build_profile: run.build_profile.clone(),
            cpus: run.host.cpus,
            rate_per_min: run.plan.rate_per_min,
            runs: Vec::new(),
        }
    }

    fn holds(&self, run: &Run) -> bool {
        self.target == run.target
            && self.plan == run.plan.name
            && self.build_profile == run.build_profile
            && self.cpus == run.host.cpus
            && self.rate_per_min.total_cmp(&run.plan.rate_per_min).is_eq()
    }

    /// What the runs have in common, in words.
    fn title(&self) -> String {
        let rate = if self.rate_per_min > 0.0 {
            format!("{} a minute", crate::figures::number(self.rate_per_min))
        } else {
            "as fast as it goes".to_owned()
        };
        format!(
            "{} on {}, {rate}, {} build, {} processors",
            self.plan, self.target, self.build_profile, self.cpus
        )
    }
}

impl Point {
    fn of(run: &Run) -> Self {
        let out = &run.outcome;
        Self {
            run: run.id.clone(),
            seed: run.seed,
            started_at: run.started_at.clone(),
            tool_version: run.tool_version.clone(),
            verdict: run.verdict,
            achieved_per_min: run.achieved_per_min,
            ack_p50_ms: run.ack_latency_ms.p50,
            ack_p99_ms: run.ack_latency_ms.p99,
            holes: [out.lost, out.duplicated, out.forged_accepted, out.valid_rejected]
                .into_iter()
                .fold(0, u64::saturating_add),
        }
    }
}

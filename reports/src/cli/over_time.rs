//! `reports compare` and `reports trend`: runs beside each other.

use std::path::PathBuf;

use clap::Args;
use reports::compare::{self, Limits, Side, compare};
use reports::trend;
use reports::verdict::Exit;
use reports::write::{make_dir, write_file};

use super::{Failure, print, say};

/// Flags of `reports compare`.
#[derive(Debug, Args)]
pub(super) struct CompareArgs {
    /// The run that was: its folder, or its run.json.
    before: PathBuf,
    /// The run that is.
    now: PathBuf,
    /// Worse by more than this share is a regression.
    #[arg(long, value_name = "SHARE", default_value = "0.1", value_parser = share)]
    threshold: f64,
    /// A latency that is worse by no more than so many milliseconds is none.
    #[arg(long, value_name = "MS", default_value = "1", value_parser = least)]
    least_ms: f64,
    /// Compare runs of different targets, plans, builds or machines.
    #[arg(long)]
    anyway: bool,
    /// Write compare.json, compare.md and compare.html there; without it, the Markdown is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the comparison as JSON.
    #[arg(long)]
    json: bool,
}

/// Flags of `reports trend`.
#[derive(Debug, Args)]
pub(super) struct TrendArgs {
    /// A folder with runs' folders in it, e.g. reports/runs.
    dir: PathBuf,
    /// Write trend.json, trend.md and trend.html there; without it, the Markdown is printed.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the trend as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run_compare(args: &CompareArgs) -> Result<Exit, Failure> {
    let limits = Limits { threshold: args.threshold, least_ms: args.least_ms, anyway: args.anyway };
    let report = compare(&Side::read(&args.before)?, &Side::read(&args.now)?, limits);
    let texts = Texts {
        name: "compare",
        json: report.to_json(),
        markdown: compare::markdown::render(&report),
        html: compare::html::render(&report),
    };
    texts.give(args.out.as_ref(), args.json)?;
    say(&format!("{}: {}", report.verdict.word(), report.sentence));
    Ok(report.verdict.exit())
}

pub(super) fn run_trend(args: &TrendArgs) -> Result<Exit, Failure> {
    let report =
        trend::read(&args.dir).map_err(|source| Failure::Folder { path: args.dir.clone(), source })?;
    for why in &report.unreadable {
        say(&format!("warning: not read: {why}"));
    }
    if report.runs() == 0 {
        say(&format!("there is no run in {}", args.dir.display()));
        return Ok(Exit::Unjudged);
    }
    let texts = Texts {
        name: "trend",
        json: report.to_json(),
        markdown: trend::markdown::render(&report),
        html: trend::html::render(&report),
    };
    texts.give(args.out.as_ref(), args.json)?;
    Ok(Exit::Passed)
}

/// A report in its three forms.
pub(super) struct Texts {
    pub(super) name: &'static str,
    pub(super) json: String,
    pub(super) markdown: String,
    pub(super) html: String,
}

impl Texts {
    /// Into a folder, or to standard output.
    pub(super) fn give(&self, out: Option<&PathBuf>, json: bool) -> Result<(), Failure> {
        if let Some(dir) = out {
            make_dir(dir)?;
            for (kind, content) in [("json", &self.json), ("md", &self.markdown), ("html", &self.html)] {
                let path = write_file(dir, &format!("{}.{kind}", self.name), content.as_bytes())?;
                // Beside JSON on standard output there must be nothing else.
                if !json {
                    print(&format!("{}\n", path.display()))?;
                }
            }
        }
        match (json, out) {
            (true, _) => print(&self.json),
            (false, None) => print(&self.markdown),
            (false, Some(_)) => Ok(()),
        }
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..1.0).contains(&share) {
        Ok(share)
    } else {
        Err("a share is from 0 to less than 1: 0.1 is a tenth".to_owned())
    }
}

fn least(text: &str) -> Result<f64, String> {
    let least: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1e6).contains(&least) { Ok(least) } else { Err("0 to 1,000,000 milliseconds".to_owned()) }
}

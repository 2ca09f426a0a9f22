//! What is drawn from the record of a search (`search.json`): `search.html`, `search.md` and `summary.json`.
//!
//! Invariant: every rendering is a function of [`Search`] alone; nothing is judged here.

mod charts;
mod html;
mod markdown;

use std::path::{Path, PathBuf};

pub use run_record::search::*;
use serde::Serialize;

use crate::figures::number;
use crate::record::Severity;
use crate::write::{WriteError, make_dir, write_file};

pub use html::render as html;
pub use markdown::render as markdown;

/// Where the files of a search are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// `search.json`.
    pub record: PathBuf,
    /// `summary.json`.
    pub summary: PathBuf,
    /// `search.html`.
    pub html: PathBuf,
    /// `search.md`.
    pub markdown: PathBuf,
}

/// Writes the record and everything drawn from it into a folder, which is made if need be. The record goes first, so that what
/// follows can always be drawn again.
///
/// # Errors
/// A file cannot be written, or the record holds a number that JSON cannot carry.
pub fn write_all(dir: &Path, search: &Search) -> Result<Files, WriteError> {
    make_dir(dir)?;
    Ok(Files {
        record: write_file(dir, SEARCH_JSON, &record_json(search)?)?,
        summary: write_file(dir, "summary.json", summary(search).as_bytes())?,
        html: write_file(dir, "search.html", html(search).as_bytes())?,
        markdown: write_file(dir, "search.md", markdown(search).as_bytes())?,
    })
}

/// The record as text, after it has been read back: NaN and infinity would come back as something else.
fn record_json(search: &Search) -> Result<Vec<u8>, WriteError> {
    let encode = |why: String| WriteError::Encode { file: SEARCH_JSON, why };
    let mut json = serde_json::to_vec_pretty(search).map_err(|error| encode(error.to_string()))?;
    json.push(b'\n');
    let mut reader = serde_json::Deserializer::from_slice(&json);
    let read: Search =
        serde_path_to_error::deserialize(&mut reader).map_err(|error| encode(error.to_string()))?;
    if read != *search {
        return Err(encode("it is another record when it is read back".to_owned()));
    }
    Ok(json)
}

/// What was found, in one sentence.
#[must_use]
pub fn sentence(search: &Search) -> String {
    let serious = search.findings.iter().find(|finding| finding.severity != Severity::Info);
    match (&search.limit, serious) {
        (_, Some(finding)) => finding.what.clone(),
        (Some(limit), None) => format!(
            "{} webhooks a minute hold the objective ({:.0} % interval: {} to {}).",
            number(limit.rate_per_min),
            limit.confidence * 100.0,
            number(limit.low_per_min),
            number(limit.high_per_min)
        ),
        (None, None) => "The record names no limit, and does not say why.".to_owned(),
    }
}

/// `summary.json`: what others script against.
#[derive(Serialize)]
struct Summary<'a> {
    verdict: Verdict,
    exit_code: u8,
    target: &'a str,
    plan: &'a str,
    seed: u64,
    trials: usize,
    objective: &'a Objective,
    limit: &'a Option<Limit>,
    knee: &'a Option<Knee>,
    law: &'a Option<ScalabilityLaw>,
}

/// The text of `summary.json`: indented, with a line end.
#[must_use]
#[expect(clippy::expect_used, reason = "plain data with text keys always encodes")]
pub fn summary(search: &Search) -> String {
    let summary = Summary {
        verdict: search.verdict,
        exit_code: search.exit_code,
        target: &search.target,
        plan: &search.plan.name,
        seed: search.seed,
        trials: search.trials.len(),
        objective: &search.objective,
        limit: &search.limit,
        knee: &search.knee,
        law: &search.law,
    };
    serde_json::to_string_pretty(&summary).expect("plain data encodes") + "\n"
}

/// The heading's word.
const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "Pass",
        Verdict::Fail => "Fail",
        Verdict::Unknown => "No verdict",
    }
}

/// The highest rate of a trial that held.
fn highest_held(search: &Search) -> Option<f64> {
    let held = search.trials.iter().filter(|trial| trial.held == Some(true));
    held.map(|trial| trial.offered_per_min).max_by(f64::total_cmp)
}

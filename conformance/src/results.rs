//! The record of a run. Every output (terminal, `results.json`, `junit.xml`, `report.html`, comparison) is a function of it alone.

use std::collections::BTreeMap;

pub use reports::verdict::Verdict;
use serde::{Deserialize, Serialize};

use crate::capability::Capabilities;
use crate::case::{CaseId, Level};

/// Version of the format; a new one when a reader of the old one would go wrong.
pub const SCHEMA_VERSION: u32 = 1;

/// A run, as `results.json` holds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of the program that ran.
    pub tool_version: String,
    /// `dev` or `release`.
    pub build_profile: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, seconds.
    pub duration_s: f64,
    /// `embedded`, `localstack`, `aws`, `url`.
    pub target: String,
    /// Where its API is.
    pub base_url: String,
    /// Every random choice followed from it.
    pub seed: u64,
    /// What the target offers.
    pub capabilities: Capabilities,
    /// What was asked for, where that was not everything.
    pub filter: Option<String>,
    /// Whether a broken SHOULD counts like a broken MUST.
    pub strict: bool,
    /// The judgement.
    pub verdict: Verdict,
    /// The process's exit code.
    pub exit_code: u8,
    /// Why the verdict is what it is, one sentence each.
    pub reasons: Vec<String>,
    /// How many cases had which outcome; all outcomes are there.
    pub counts: BTreeMap<Outcome, u64>,
    /// Every case that was asked for, in the order of the suite.
    pub cases: Vec<CaseResult>,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything it expects was seen.
    Passed,
    /// Everything that could be seen here is right; some of what it expects cannot be seen here.
    Partly,
    /// Something else was seen than it expects.
    Failed,
    /// It failed, as the file of known failures says.
    KnownFailure,
    /// It passed, though the file of known failures says that it fails. Turns the run red.
    UnexpectedPass,
    /// The target does not offer what it needs.
    Skipped,
    /// It could not be run: neither right nor wrong.
    Broken,
}

impl Outcome {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Passed,
        Self::Partly,
        Self::Failed,
        Self::KnownFailure,
        Self::UnexpectedPass,
        Self::Skipped,
        Self::Broken,
    ];

    /// The word in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::KnownFailure => "known-failure",
            Self::UnexpectedPass => "unexpected-pass",
            Self::Skipped => "skipped",
            Self::Broken => "broken",
        }
    }
}

/// One case of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseResult {
    /// Its ID.
    pub id: CaseId,
    /// Name of its subject.
    pub subject: String,
    /// What a correct receiver does.
    pub title: String,
    /// How binding that is.
    pub level: Level,
    /// What happens otherwise.
    pub why: String,
    /// Who says so.
    pub source: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Why, where the outcome alone does not say it.
    pub reason: Option<String>,
    /// How long it took, milliseconds.
    pub duration_ms: f64,
    /// What was done and seen, as far as it came.
    pub steps: Vec<StepResult>,
}

/// One step of a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepResult {
    /// What was done, in words.
    pub what: String,
    /// What was seen otherwise than expected.
    pub findings: Vec<Finding>,
    /// What the step expects and could not be looked at here.
    pub not_observed: Vec<String>,
    /// The request as a shell command, for whoever wants to send it again. Only where something was found.
    pub replay: Option<String>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// What was looked at: `status`, `record.amount`, `raw object`.
    pub what: String,
    /// What a correct receiver shows.
    pub expected: String,
    /// What this one showed.
    pub observed: String,
}

impl CaseResult {
    /// Every difference, with its step.
    pub fn findings(&self) -> impl Iterator<Item = (&StepResult, &Finding)> {
        self.steps.iter().flat_map(|step| step.findings.iter().map(move |finding| (step, finding)))
    }
}

impl Results {
    /// Counts outcomes; each one is in the result, also those that nothing had.
    #[must_use]
    pub fn count(cases: &[CaseResult]) -> BTreeMap<Outcome, u64> {
        let mut counts: BTreeMap<_, _> = Outcome::ALL.into_iter().map(|outcome| (outcome, 0)).collect();
        for case in cases {
            *counts.entry(case.outcome).or_default() += 1;
        }
        counts
    }

    /// How many cases had this outcome.
    #[must_use]
    pub fn counted(&self, outcome: Outcome) -> u64 {
        self.counts.get(&outcome).copied().unwrap_or_default()
    }
}

//! The record of a run against mutants: which defect was caught by which case. A defect that no case sees, and a case that sees
//! no defect, are both findings about the gate itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use reports::write::{make_dir, write_file};
use serde::{Deserialize, Serialize};

use crate::case::CaseId;
use crate::output::OutputError;
use crate::results::{Outcome, Verdict};

mod page;
mod text;

pub use page::html;
pub use text::table;

/// Version of the format.
pub const SCHEMA_VERSION: u32 = 1;
/// Name of the record in a run's folder.
pub const MATRIX_JSON: &str = "mutants.json";

/// A run against mutants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matrix {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Version of the program that ran.
    pub tool_version: String,
    /// When it began, RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, seconds.
    pub duration_s: f64,
    /// Every random choice followed from it.
    pub seed: u64,
    /// What was asked for, where that was not everything.
    pub filter: Option<String>,
    /// The judgement.
    pub verdict: Verdict,
    /// Every mutant, in the order of its file.
    pub mutants: Vec<MutantResult>,
    /// Cases that caught no mutant, though they were tried on one.
    pub idle_cases: Vec<CaseId>,
}

/// What makes a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MutantKind {
    /// A defect in the code of the product.
    Code,
    /// A defect of how it is deployed.
    Deployment,
    /// A defect of the plan of the infrastructure.
    Plan,
}

impl MutantKind {
    /// The word in outputs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Deployment => "deployment",
            Self::Plan => "plan",
        }
    }
}

/// One mutant of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MutantResult {
    /// Its name.
    pub name: String,
    /// What makes it.
    pub kind: MutantKind,
    /// The defect, in a sentence.
    pub defect: String,
    /// Whether a case that is named for it failed.
    pub caught: bool,
    /// Cases that failed on it, and cases that are named for it, however they ended. Cases that passed as they should are left
    /// out.
    pub cases: Vec<Catch>,
    /// How long its cases took, milliseconds.
    pub duration_ms: f64,
    /// Why it could not be tried. Only then is it neither caught nor a survivor.
    pub reason: Option<String>,
}

/// A case on a mutant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catch {
    /// The case.
    pub id: CaseId,
    /// How it ended on the mutant.
    pub outcome: Outcome,
    /// Whether it is named for it.
    pub expected_to_catch: bool,
}

impl Catch {
    /// Whether it failed on the mutant.
    #[must_use]
    pub const fn failed(&self) -> bool {
        matches!(self.outcome, Outcome::Failed)
    }
}

impl MutantResult {
    /// A mutant with all its cases; keeps those that say something, and sees whether it was caught.
    #[must_use]
    pub fn tried(
        (name, kind, defect): (&str, MutantKind, &str),
        named: &BTreeSet<CaseId>,
        outcomes: impl IntoIterator<Item = (CaseId, Outcome)>,
        duration_ms: f64,
    ) -> Self {
        let mut cases: Vec<Catch> = outcomes
            .into_iter()
            .map(|(id, outcome)| Catch { expected_to_catch: named.contains(&id), id, outcome })
            .filter(|case| case.expected_to_catch || case.failed())
            .collect();
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        Self {
            name: name.to_owned(),
            kind,
            defect: defect.to_owned(),
            caught: cases.iter().any(|case| case.expected_to_catch && case.failed()),
            cases,
            duration_ms,
            reason: None,
        }
    }

    /// Tried, and no case that is named for it failed.
    #[must_use]
    pub const fn survived(&self) -> bool {
        !self.caught && self.reason.is_none()
    }

    /// Cases that failed on it.
    pub fn caught_by(&self) -> impl Iterator<Item = &Catch> {
        self.cases.iter().filter(|case| case.failed())
    }

    /// Cases that are named for it and did not fail.
    pub fn named_in_vain(&self) -> impl Iterator<Item = &Catch> {
        self.cases.iter().filter(|case| case.expected_to_catch && !case.failed())
    }
}

impl Matrix {
    /// Cases of `tried` that failed on no mutant.
    #[must_use]
    pub fn idle(mutants: &[MutantResult], tried: impl IntoIterator<Item = CaseId>) -> Vec<CaseId> {
        let caught: BTreeSet<&CaseId> =
            mutants.iter().flat_map(|mutant| mutant.caught_by().map(|case| &case.id)).collect();
        let mut idle: Vec<CaseId> = tried.into_iter().filter(|id| !caught.contains(id)).collect();
        idle.sort();
        idle.dedup();
        idle
    }

    /// The judgement: a survivor, an idle case, or a case that is named for a mutant and does not fail on it, is a fail; a mutant
    /// that could not be tried, or none at all, leaves it open.
    #[must_use]
    pub fn judge(mutants: &[MutantResult], idle_cases: &[CaseId]) -> Verdict {
        let in_vain =
            |mutant: &MutantResult| mutant.reason.is_none() && mutant.named_in_vain().next().is_some();
        if mutants.iter().any(|mutant| mutant.survived() || in_vain(mutant)) || !idle_cases.is_empty() {
            Verdict::Fail
        } else if mutants.is_empty() || mutants.iter().any(|mutant| mutant.reason.is_some()) {
            Verdict::Unknown
        } else {
            Verdict::Pass
        }
    }

    /// Mutants that were tried and not caught.
    pub fn survivors(&self) -> impl Iterator<Item = &MutantResult> {
        self.mutants.iter().filter(|mutant| mutant.survived())
    }

    /// Mutants that could not be tried.
    pub fn untried(&self) -> impl Iterator<Item = &MutantResult> {
        self.mutants.iter().filter(|mutant| mutant.reason.is_some())
    }

    /// How many were caught, and of how many: `88 of 90 caught, 1 survived, 1 could not be tried`.
    #[must_use]
    pub fn counts(&self) -> String {
        let caught = self.mutants.iter().filter(|mutant| mutant.caught && mutant.reason.is_none()).count();
        let mut said = vec![format!("{caught} of {} mutants caught", self.mutants.len())];
        for (count, words) in [
            (self.untried().count(), "could not be tried"),
            (self.survivors().count(), "survived"),
            (
                self.mutants
                    .iter()
                    .filter(|mutant| mutant.caught)
                    .map(|one| one.named_in_vain().count())
                    .sum(),
                "named cases did not fail",
            ),
            (self.idle_cases.len(), "cases caught nothing"),
        ] {
            if count > 0 {
                said.push(format!("{count} {words}"));
            }
        }
        said.join(", ")
    }

    /// Writes `mutants.json` and `mutants.html`, each whole or not at all; gives their paths.
    ///
    /// # Errors
    /// A file cannot be written or encoded.
    pub fn write(&self, folder: &Path) -> Result<(PathBuf, PathBuf), OutputError> {
        let refused =
            |error: serde_json::Error| OutputError::Encode { file: MATRIX_JSON, why: error.to_string() };
        let mut json = serde_json::to_vec_pretty(self).map_err(refused)?;
        json.push(b'\n');
        serde_json::from_slice::<Self>(&json).map_err(refused)?;
        let page = html(self);
        make_dir(folder)?;
        let record = write_file(folder, MATRIX_JSON, &json)?;
        Ok((record, write_file(folder, "mutants.html", page.as_bytes())?))
    }
}

#[cfg(test)]
mod tests;

//! Known failures: cases that fail on a target for a reason that is written down. They do not turn the gate red as long as they
//! fail; the day one passes, it does, so that the list never holds what is no longer true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::case::CaseId;
use crate::results::{CaseResult, Outcome};

/// Names that `target` may have.
const TARGETS: [&str; 6] = ["embedded", "localstack", "localstack-licensed", "ministack", "aws", "url"];

/// The file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KnownFailures {
    /// Its entries.
    #[serde(default, rename = "known-failure")]
    entries: Vec<Entry>,
}

/// One case on one target.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The case.
    pub id: CaseId,
    /// Where it fails: a target, or the product that an emulator is.
    pub target: String,
    /// Why that is known and not mended.
    pub reason: String,
    /// Whether it depends on the machine: it may pass, too. Then the list cannot tell when it is no longer true.
    #[serde(default)]
    pub sometimes: bool,
}

/// Why a file of known failures is refused. Every mistake in it is named.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KnownError {
    /// It cannot be read.
    #[error("cannot read the known failures in {}: {why}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// It is not the TOML that it should be.
    #[error("the known failures are no list of [[known-failure]] with id, target and reason: {0}")]
    Malformed(String),
    /// It says what cannot be.
    #[error("the known failures are wrong:\n{}", lines(.0))]
    Wrong(Vec<Mistake>),
}

/// One mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No case has this ID.
    #[error("there is no case {0}")]
    UnknownId(CaseId),
    /// No target has this name.
    #[error("{id}: there is no target `{target}`; targets are {}", TARGETS.join(", "))]
    UnknownTarget {
        /// Of which entry.
        id: CaseId,
        /// The name.
        target: String,
    },
    /// It is there twice.
    #[error("{id} is listed twice for {target}")]
    Duplicate {
        /// Which case.
        id: CaseId,
        /// On which target.
        target: String,
    },
    /// It does not say why.
    #[error("{0} has no reason")]
    NoReason(CaseId),
}

fn lines(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

impl KnownFailures {
    /// Reads a file; `ids` are those of all cases.
    ///
    /// # Errors
    /// It cannot be read, or is wrong.
    pub fn read(path: &Path, ids: &BTreeSet<CaseId>) -> Result<Self, KnownError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| KnownError::Unreadable { path: path.to_owned(), why: error.to_string() })?;
        Self::parse(&text, ids)
    }

    /// Reads a text.
    ///
    /// # Errors
    /// It is wrong.
    pub fn parse(text: &str, ids: &BTreeSet<CaseId>) -> Result<Self, KnownError> {
        let read: Self = toml::from_str(text).map_err(|error| KnownError::Malformed(error.to_string()))?;
        let mut seen = BTreeSet::new();
        let mut mistakes = Vec::new();
        for Entry { id, target, reason, .. } in &read.entries {
            if !ids.contains(id) {
                mistakes.push(Mistake::UnknownId(id.clone()));
            }
            if !TARGETS.contains(&target.as_str()) {
                mistakes.push(Mistake::UnknownTarget { id: id.clone(), target: target.clone() });
            }
            if reason.trim().is_empty() {
                mistakes.push(Mistake::NoReason(id.clone()));
            }
            if !seen.insert((id, target)) {
                mistakes.push(Mistake::Duplicate { id: id.clone(), target: target.clone() });
            }
        }
        if mistakes.is_empty() { Ok(read) } else { Err(KnownError::Wrong(mistakes)) }
    }

    /// Every entry, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Holds the list against what happened on a target. A listed case that failed is a known failure; one in which nothing
    /// wrong was found is an unexpected pass, also where only a part of it could be looked at: that part was known to fail.
    /// Skipped and broken cases say nothing about the list and stay what they are.
    pub fn judge(&self, cases: &mut [CaseResult], target: &str) {
        let of_target = self.entries.iter().filter(|entry| entry.target == target);
        let listed: BTreeMap<&CaseId, &Entry> = of_target.map(|entry| (&entry.id, entry)).collect();
        for case in cases {
            let Some(entry) = listed.get(&case.id) else { continue };
            let reason = entry.reason.trim();
            match case.outcome {
                Outcome::Failed => {
                    case.outcome = Outcome::KnownFailure;
                    case.reason = Some(reason.to_owned());
                }
                Outcome::Passed | Outcome::Partly if entry.sometimes => {}
                Outcome::Passed | Outcome::Partly => {
                    case.outcome = Outcome::UnexpectedPass;
                    case.reason =
                        Some(format!("listed as a known failure (“{reason}”), and nothing is wrong"));
                }
                Outcome::KnownFailure | Outcome::UnexpectedPass | Outcome::Skipped | Outcome::Broken => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! One provider's day as a task, and how far it came: what an invocation hands to the next one.

use serde::{Deserialize, Serialize};

use super::Date;
use super::manifest::Manifest;
use crate::mutant::{self, Mutant};
use crate::provider::Provider;

/// A day to compact. Its JSON form is also what a person may invoke the compactor with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Whose records.
    pub provider: Provider,
    /// Of which day.
    pub date: Date,
    /// How far it came; absent for a day that begins.
    #[serde(rename = "continue", default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<Resume>,
}

/// What earlier invocations left to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// How many invocations have worked on the day so far.
    pub hop: u32,
    /// Where the next one goes on.
    pub stage: Stage,
}

/// Where a day stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Stage {
    /// Its objects are being counted, to see whether anything changed.
    Stocktaking(Stocktaking),
    /// Its file is being written.
    Writing(Writing),
}

/// The objects seen so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stocktaking {
    /// Key of the last of them.
    pub after: Option<String>,
    /// Their digest.
    pub manifest: Manifest,
    /// How many are records.
    pub records: u64,
    /// How many are neither records nor the file.
    pub foreign: u64,
}

/// The file as far as it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writing {
    /// The objects as they were counted: the file's stamp.
    pub stock: Stocktaking,
    /// ETag of the file that is to be replaced; absent if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// The upload; absent before the first part is full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload_id: Option<String>,
    /// Key of the last record in the parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_after: Option<String>,
    /// ETags of the parts that are uploaded.
    pub parts: Vec<String>,
    /// Records in them.
    pub records: u64,
    /// Their size.
    pub bytes: u64,
}

impl Task {
    /// A day that begins.
    #[must_use]
    pub const fn new(provider: Provider, date: Date) -> Self {
        Self { provider, date, resume: None }
    }

    /// What the keys of the day begin with.
    pub(super) fn prefix(&self) -> String {
        format!("{}/{}/", self.provider, self.date.path())
    }

    /// The key of the day's file.
    pub(super) fn file(&self) -> String {
        let name = if mutant::active(Mutant::DayFileMisnamed) { "all.json" } else { "transactions.json" };
        self.prefix() + name
    }

    /// How far it came.
    pub(super) fn stage(&self) -> Option<&Stage> {
        self.resume.as_ref().map(|resume| &resume.stage)
    }

    /// How many invocations have worked on it.
    pub(super) fn hops(&self) -> u32 {
        self.resume.as_ref().map_or(0, |resume| resume.hop)
    }

    /// The same day, to be gone on with at `stage`.
    pub(super) fn at(&self, stage: Stage) -> Self {
        let resume = Resume { hop: self.hops().saturating_add(1), stage };
        Self { resume: Some(resume), ..self.clone() }
    }
}

//! What follows a day later: the records of a provider and day, one object each, become one file,
//! `{provider}/{yyyy}/{mm}/{dd}/transactions.json`: a record a line, in the order of the objects' keys.
//!
//! Key order, not time order: keys are what the bucket lists in order, so a day of any size streams through a bounded
//! memory, and the same records always make the same bytes. All events of a payment stand together.
//!
//! Invariants: a file holds every record that was there when the run began, each exactly once; a file appears as a whole
//! or not at all; nothing is written when nothing changed; a day with an object that is no record keeps the file it has.
//! Non-goals: deleting the objects (every other reader keeps working) and deciding which days are due; that is the
//! schedule's.

use serde::Serialize;

use crate::ports::PortError;
use crate::ports::compact::{DayLog, Handover};
use crate::provider::Provider;

mod date;
mod day;
mod manifest;
mod record;
mod request;
mod task;
mod writing;

pub use date::Date;
pub use manifest::Manifest;
pub use record::BadRecord;
pub use request::{BadRequest, tasks};
pub use task::{Resume, Stage, Stocktaking, Task, Writing};

/// Hand-overs of one day before it is given up. At a quarter of an hour each that is more than a day of work.
pub const HOPS_MAX: u32 = 100;

/// How much is done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Objects read at the same time.
    pub concurrent_reads: usize,
    /// Size from which the text gathered so far is uploaded as a part; smaller files are written in one piece. S3 wants at
    /// least 5 MiB.
    pub part_bytes: usize,
    /// Parts of one file at most, which is S3's own limit.
    pub parts_max: usize,
}

impl Default for Limits {
    /// Objects in flight (128 of about 1 KiB), two pages of keys, the part being filled and the part being sent: about 20 MB.
    fn default() -> Self {
        Self { concurrent_reads: 128, part_bytes: 8 * 1024 * 1024, parts_max: 10_000 }
    }
}

/// What came of one provider's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The file was written.
    Written,
    /// The file holds exactly these objects already.
    Unchanged,
    /// There is no record of the day, and no file.
    Empty,
    /// Time was up; another invocation goes on.
    HandedOver,
}

impl Outcome {
    /// The name in logs and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Unchanged => "unchanged",
            Self::Empty => "empty",
            Self::HandedOver => "handed_over",
        }
    }
}

/// What came of one provider's day, in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// What happened.
    pub outcome: Outcome,
    /// Records of the day; of a day that was handed over, those dealt with so far.
    pub records: u64,
    /// Size of the file that was written, or of what is uploaded so far.
    pub bytes: u64,
    /// Objects in the day's folder that are neither a record nor the file. They are left alone, and somebody should look.
    pub foreign: u64,
}

/// Why a day could not be compacted. Safe to log: a key consists of ids.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompactError {
    /// An object that has a record's name is none.
    #[error("{key} {problem}; the day's file is left as it was")]
    BadRecord {
        /// Its key.
        key: String,
        /// What is wrong with it.
        problem: BadRecord,
    },
    /// An object could not be read.
    #[error("{key}: {error}")]
    Unreadable {
        /// Its key.
        key: String,
        /// Why.
        error: PortError,
    },
    /// The store, or the hand-over, failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The day's file holds more records than the day has: records are never deleted, so something is lost.
    #[error("the file holds {in_file} records and the day has {present}; the file is left as it was")]
    RecordsMissing {
        /// By the file's stamp.
        in_file: u64,
        /// Found now.
        present: u64,
    },
    /// Somebody else kept writing the same file.
    #[error("another run keeps writing the day's file")]
    Contended,
    /// A whole invocation brought the day no further, or too many of them did not finish it.
    #[error("the day makes no progress within an invocation")]
    NoProgress,
    /// More than a file may hold.
    #[error("the day's file would have more parts than S3 allows")]
    TooLarge,
}

impl CompactError {
    /// A stable code, for logs and answers.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadRecord { .. } => "bad_record",
            Self::Unreadable { error: PortError::Unavailable { .. }, .. }
            | Self::Port(PortError::Unavailable { .. }) => "store_unavailable",
            Self::Unreadable { error: PortError::Refused { .. }, .. }
            | Self::Port(PortError::Refused { .. }) => "store_refused",
            Self::RecordsMissing { .. } => "records_missing",
            Self::Contended => "contended",
            Self::NoProgress => "no_progress",
            Self::TooLarge => "too_large",
        }
    }
}

/// One line of a run's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayReport {
    /// Whose records.
    pub provider: Provider,
    /// Of which day.
    pub date: Date,
    /// What came of it.
    pub result: Result<Compacted, CompactError>,
}

/// Compacts one day after the other. A day that fails does not keep the others from being done. When `out_of_time` says so,
/// the day under way and all that have not begun are handed over to further invocations. `tell` hears of each day as soon as
/// it is done.
pub async fn run<L: DayLog, H: Handover>(
    log: &L,
    handover: &H,
    tasks: Vec<Task>,
    limits: Limits,
    out_of_time: &impl Fn() -> bool,
    mut tell: impl FnMut(&DayReport),
) -> Vec<DayReport> {
    let mut reports = Vec::with_capacity(tasks.len());
    for (index, task) in tasks.into_iter().enumerate() {
        let (provider, date) = (task.provider, task.date);
        // The first always begins: an invocation that does nothing but hand over would go on for ever.
        let result = if index > 0 && out_of_time() {
            hand_over(log, handover, day::Unfinished::not_begun(task)).await
        } else {
            match day::compact(log, &task, limits, out_of_time).await {
                Ok(day::End::Done(compacted)) => Ok(compacted),
                Ok(day::End::Unfinished(rest)) if index == 0 && rest.task.stage() == task.stage() => {
                    day::give_up(log, &rest.task).await;
                    Err(CompactError::NoProgress)
                }
                Ok(day::End::Unfinished(rest)) => hand_over(log, handover, rest).await,
                Err(error) => Err(error),
            }
        };
        let report = DayReport { provider, date, result };
        tell(&report);
        reports.push(report);
    }
    reports
}

async fn hand_over(
    log: &impl DayLog,
    handover: &impl Handover,
    rest: day::Unfinished,
) -> Result<Compacted, CompactError> {
    if rest.task.hops() > HOPS_MAX {
        day::give_up(log, &rest.task).await;
        return Err(CompactError::NoProgress);
    }
    if let Err(error) = handover.hand_over(&rest.task).await {
        // Nobody will go on with it.
        day::give_up(log, &rest.task).await;
        return Err(error.into());
    }
    Ok(Compacted {
        outcome: Outcome::HandedOver,
        records: rest.records,
        bytes: rest.bytes,
        foreign: rest.foreign,
    })
}

#[cfg(test)]
mod tests;

//! How the process ends. The numbers are an interface that scripts rely on.

use std::process::ExitCode;

use reports::record::Verdict;

/// Every way the load test ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Ran, was judged, passed.
    Passed,
    /// Ran, was judged, and something broke: an objective is missed or the ledger has a hole.
    Failed,
    /// No verdict: interrupted, too few samples, generator saturated, or nothing to look at.
    Unjudged,
    /// The command line or the plan is wrong.
    Usage,
    /// The target cannot be reached or does not start.
    Unavailable,
    /// A mistake of this program.
    Internal,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Unjudged => 2,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::Internal => 70,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Passed,
            Verdict::Fail => Self::Failed,
            Verdict::Unknown => Self::Unjudged,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A function that the target could not start. Unlike a target that is not there, this is the system's own failure: the
/// run is judged, and failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotStarted {
    /// The function.
    pub function: String,
    /// Why, as far as it is known.
    pub reason: String,
}

/// Why a run could not be done. Who must act is in the variant; the text says what was tried, why it failed and
/// what to do next, and never holds a secret or a body.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is wrong, for the person who typed it.
    #[error("{0}")]
    Usage(String),
    /// The plan is wrong, for the person who wrote it.
    #[error("{0}")]
    Plan(#[from] crate::plan::PlanError),
    /// The target does not answer or does not start.
    #[error("{0}")]
    Unavailable(String),
    /// The system does not start, for whoever wrote it.
    #[error("{} does not start: {}", .0.function, .0.reason)]
    NotStarted(NotStarted),
    /// The report cannot be written.
    #[error("cannot write the report: {0}\nNext: choose a writable folder with --out DIR.")]
    Report(String),
    /// A person or a signal ended it before there was anything to report.
    #[error("interrupted before anything was sent; there is nothing to report")]
    Interrupted,
    /// A mistake of this program.
    #[error("{0}\nThis is a mistake of the load test itself; please report it with the command line.")]
    Internal(String),
}

impl Failure {
    /// The exit code that goes with it.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Plan(_) => Exit::Usage,
            Self::Unavailable(_) => Exit::Unavailable,
            Self::NotStarted(_) => Exit::Failed,
            Self::Report(_) | Self::Interrupted => Exit::Unjudged,
            Self::Internal(_) => Exit::Internal,
        }
    }
}

//! How the process ends. The numbers are an interface that scripts rely on, the same in every program of the project.

use std::process::ExitCode;

use crate::known::KnownError;
use crate::output::OutputError;
use crate::results::Verdict;
use crate::suite::SuiteError;

/// Every way the gate ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Ran, was judged, passed.
    Passed,
    /// Ran, was judged, and something is broken.
    Failed,
    /// No verdict: nothing could be tried, a case could not be run, or the run was interrupted.
    Unjudged,
    /// The command line, a case file or the file of known failures is wrong.
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

/// Why there is no run to judge. Who must act is in the variant; the text never holds a secret or a body.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line is wrong, for the person who typed it.
    #[error("{0}")]
    Usage(String),
    /// The cases are wrong, for whoever wrote them.
    #[error("the cases are wrong, and nothing was sent:\n{0}")]
    Cases(#[from] SuiteError),
    /// The file of known failures is wrong, for whoever keeps it.
    #[error("{0}")]
    Known(#[from] KnownError),
    /// The target does not answer or does not start.
    #[error("{0}")]
    Unavailable(String),
    /// The results cannot be written.
    #[error("{0}\nNext: choose a writable folder with --out DIR.")]
    Output(#[from] OutputError),
    /// A person or a signal ended it before there was anything to report.
    #[error("interrupted before any case was run; there is nothing to report")]
    Interrupted,
    /// A mistake of this program.
    #[error("{0}\nThis is a mistake of the gate itself; please report it with the command line.")]
    Internal(String),
}

impl Failure {
    /// The exit code that goes with it.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Cases(_) | Self::Known(_) => Exit::Usage,
            Self::Unavailable(_) => Exit::Unavailable,
            Self::Output(_) | Self::Interrupted => Exit::Unjudged,
            Self::Internal(_) => Exit::Internal,
        }
    }
}

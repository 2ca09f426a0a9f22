//! How the process ends, and why there may be no run to judge.

use localstack::access::NoAccess;
use localstack::deployment::NotDeployed;
use localstack::outputs::NoOutputs;
use localstack::reach::Unreachable;
pub use reports::verdict::Exit;

use crate::known::KnownError;
use crate::output::OutputError;
use crate::suite::SuiteError;

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

impl From<NoOutputs> for Failure {
    fn from(error: NoOutputs) -> Self {
        if error.is_usage() { Self::Usage(error.to_string()) } else { Self::Unavailable(error.to_string()) }
    }
}

impl From<NoAccess> for Failure {
    fn from(error: NoAccess) -> Self {
        if error.is_usage() { Self::Usage(error.to_string()) } else { Self::Unavailable(error.to_string()) }
    }
}

impl From<Unreachable> for Failure {
    fn from(error: Unreachable) -> Self {
        if error.is_usage() { Self::Usage(error.to_string()) } else { Self::Unavailable(error.to_string()) }
    }
}

impl From<NotDeployed> for Failure {
    fn from(error: NotDeployed) -> Self {
        match error {
            NotDeployed::Stopped => Self::Interrupted,
            error if error.is_usage() => Self::Usage(error.to_string()),
            error => Self::Unavailable(error.to_string()),
        }
    }
}

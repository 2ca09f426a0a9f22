//! How the process ends, and why there may be no run to judge.

pub use ledger::judge::NotStarted;
use localstack::access::NoAccess;
use localstack::deployment::NotDeployed;
use localstack::outputs::NoOutputs;
use localstack::reach::Unreachable;
pub use reports::verdict::Exit;

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

//! How the process ends. The numbers are an interface that scripts rely on.

use std::process::ExitCode;

use webhook_core::ports::PortError;

/// Every way the tool ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, and nothing to see to.
    Done,
    /// Done as far as possible, and something is left to see to: a letter that is not ours, a check that is wrong, a refusal.
    Findings,
    /// Could not tell: broken off, or something could not be looked at.
    Unclear,
    /// The command line or the value given is wrong.
    Usage,
    /// The target does not answer or does not let this tool in.
    Unavailable,
    /// A mistake of this program.
    Internal,
}

impl Exit {
    /// The process's exit code.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Findings => 1,
            Self::Unclear => 2,
            Self::Usage => 64,
            Self::Unavailable => 69,
            Self::Internal => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command could not be carried out: what was tried, why not, what to do next. Never a body or a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line or a given value is wrong, for the person who typed it.
    #[error("{0}")]
    Usage(String),
    /// The target does not answer, or refuses.
    #[error("{0}")]
    Unavailable(String),
    /// Done on purpose: nothing was changed, because it would do harm.
    #[error("{0}")]
    Declined(String),
    /// A mistake of this program.
    #[error("{0}\nThis is a mistake of webhookctl itself; please report it with the command line.")]
    Internal(String),
}

impl Failure {
    /// The exit code that goes with it.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Unavailable(_) => Exit::Unavailable,
            Self::Declined(_) => Exit::Findings,
            Self::Internal(_) => Exit::Internal,
        }
    }

    /// A stable code for `--json`.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Unavailable(_) => "unavailable",
            Self::Declined(_) => "declined",
            Self::Internal(_) => "internal",
        }
    }
}

impl From<PortError> for Failure {
    fn from(error: PortError) -> Self {
        Self::Unavailable(format!("{error}\nNext: {}", next_step(&error)))
    }
}

/// What helps against a failed call.
pub(crate) fn next_step(error: &PortError) -> &'static str {
    match error {
        PortError::Unavailable { .. } => {
            "see whether the target runs and can be reached, then run the same command again; it is safe."
        }
        PortError::Refused { reason, .. } if is_denied(reason) => {
            "use credentials that are allowed this operation, or let somebody add it to the operator's role."
        }
        PortError::Refused { reason, .. } if is_missing(reason) => {
            "check --target, --environment, --name-suffix or the ready file: there is nothing of that name."
        }
        PortError::Refused { .. } => "run `webhookctl doctor` for the same target: it says what is wrong.",
    }
}

/// Whether an error code means that the caller lacks a permission.
pub(crate) fn is_denied(code: &str) -> bool {
    const CODES: [&str; 9] = [
        "AccessDenied",
        "AccessDeniedException",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidAccessKeyId",
        "ExpiredToken",
        "ExpiredTokenException",
        "SignatureDoesNotMatch",
    ];
    // A request without a body in its answer (HEAD) has no code.
    CODES.contains(&code) || code == "HTTP status 403" || code == "HTTP status 401"
}

/// Whether an error code means that there is no such thing.
pub(crate) fn is_missing(code: &str) -> bool {
    const CODES: [&str; 5] = [
        "ResourceNotFoundException",
        "NoSuchBucket",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFound",
    ];
    CODES.contains(&code) || code == "HTTP status 404"
}

/// Whether an error code means that a stand-in for AWS does not have the operation.
pub(crate) fn is_not_offered(code: &str) -> bool {
    matches!(
        code,
        "NotImplemented"
            | "UnknownOperationException"
            | "UnknownOperation"
            | "InternalFailure"
            | "HTTP status 501"
            | "MethodNotAllowed"
    )
}

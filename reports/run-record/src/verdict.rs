//! What a run is judged to be, and how a process ends. The words and the numbers are an interface that scripts rely on, the same
//! in every program that judges.

use std::process::ExitCode;

use clap::error::ErrorKind;
use serde::{Deserialize, Serialize};

/// The judgement of a run. Fail beats unknown beats pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Judged, and everything held.
    Pass,
    /// Judged, and something broke.
    Fail,
    /// Could not be judged: nothing is known to be broken, and too little was tried to say more.
    Unknown,
}

/// Every way a program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Ran, was judged, passed.
    Passed,
    /// Ran, was judged, and something broke: an objective is missed, the ledger has a hole, a case is red.
    Failed,
    /// No verdict: interrupted, too few samples, generator saturated, a case that could not be run, or nothing to look at.
    Unjudged,
    /// The command line is wrong, or a file that it names.
    Usage,
    /// The target cannot be reached or does not start.
    Unavailable,
    /// A mistake of the program.
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

    /// Prints where clap would what it stopped with, and ends accordingly: help and version are no error, and clap's own exit
    /// code 2 becomes 64, since 2 means "no verdict".
    #[must_use]
    pub fn of_parsing(stopped: &clap::Error) -> Self {
        // When even that fails there is nobody to tell.
        drop(stopped.print());
        match stopped.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Self::Passed,
            _ => Self::Usage,
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

//! A check and its three values.

use std::fmt::Display;

use serde::Serialize;
use webhook_core::ports::PortError;

use crate::exit::{is_denied, is_missing, is_not_offered};

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    /// As it should be.
    Ok,
    /// Not as it should be.
    Wrong,
    /// Could not be looked at.
    Unclear,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) what: String,
    pub(super) state: State,
    /// What was found, or why nothing could be.
    pub(super) detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fix: Option<String>,
}

impl Check {
    pub(super) fn text(&self) -> String {
        let mark = match self.state {
            State::Ok => "ok     ",
            State::Wrong => "WRONG  ",
            State::Unclear => "?      ",
        };
        let fix = self.fix.as_ref().map_or_else(String::new, |fix| format!("         Fix: {fix}\n"));
        format!("{mark}  {}: {}\n{fix}", self.what, self.detail)
    }
}

/// Something that this target does not have, so that there is nothing to be right or wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct NotApplicable {
    pub(super) what: String,
    pub(super) why: String,
}

/// What was found so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) checks: Vec<Check>,
    pub(super) not_applicable: Vec<NotApplicable>,
}

impl Findings {
    pub(super) fn append(&mut self, other: Self) {
        self.checks.extend(other.checks);
        self.not_applicable.extend(other.not_applicable);
    }

    pub(super) fn ok(&mut self, what: impl Display, detail: impl Display) {
        self.push(what, State::Ok, detail, None);
    }

    pub(super) fn wrong(&mut self, what: impl Display, detail: impl Display, fix: impl Display) {
        self.push(what, State::Wrong, detail, Some(fix.to_string()));
    }

    pub(super) fn unclear(&mut self, what: impl Display, why: impl Display) {
        self.push(what, State::Unclear, format!("could not be checked: {why}"), None);
    }

    pub(super) fn not_applicable(&mut self, what: &str, why: &str) {
        self.not_applicable.push(NotApplicable { what: what.to_owned(), why: why.to_owned() });
    }

    /// Ok if `right`, wrong with its remedy otherwise.
    pub(super) fn judge(&mut self, right: bool, what: impl Display, found: impl Display, fix: impl Display) {
        if right { self.ok(what, found) } else { self.wrong(what, found, fix) }
    }

    /// A fact that could be read, or a check that says why it could not: a thing that is not there is wrong, a thing that may not be
    /// looked at is unclear.
    pub(super) fn read<'f, T>(
        &mut self,
        what: &str,
        fact: &'f Result<T, PortError>,
        fix_if_missing: &str,
    ) -> Option<&'f T> {
        let error = match fact {
            Ok(fact) => return Some(fact),
            Err(error) => error,
        };
        match error {
            PortError::Refused { operation, reason } if is_missing(reason) => {
                self.wrong(what, format!("it is not there ({operation}: {reason})"), fix_if_missing);
            }
            PortError::Refused { operation, reason } if is_denied(reason) => {
                self.unclear(
                    what,
                    format!("access denied; the operator's role needs {operation} ({reason})"),
                );
            }
            PortError::Refused { operation, reason } if is_not_offered(reason) => {
                self.unclear(what, format!("the target does not offer {operation} ({reason})"));
            }
            PortError::Refused { .. } | PortError::Unavailable { .. } => self.unclear(what, error),
        }
        None
    }

    fn push(&mut self, what: impl Display, state: State, detail: impl Display, fix: Option<String>) {
        self.checks.push(Check { what: what.to_string(), state, detail: detail.to_string(), fix });
    }
}

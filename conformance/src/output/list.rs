//! `conformance list`: one line a case.

use serde::Serialize;

use super::text::{Ink, Look, columns};
use crate::case::{Case, CaseId, Level, Subject};

/// A case in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its ID.
    pub id: CaseId,
    /// How binding it is.
    pub level: Level,
    /// Name of its subject.
    pub subject: String,
    /// What a correct receiver does.
    pub title: String,
    /// What a target must offer so that it can be run.
    pub needs: Vec<String>,
}

impl Listed {
    /// The line of a case.
    #[must_use]
    pub fn of(subject: &Subject, case: &Case) -> Self {
        Self {
            id: case.id.clone(),
            level: case.level,
            subject: subject.subject.clone(),
            title: case.title.clone(),
            needs: case.needs().iter().map(|one| one.name().to_owned()).collect(),
        }
    }
}

/// The table, with how many there are below it.
#[must_use]
pub fn table(cases: &[Listed], look: Look) -> String {
    let widest = |of: fn(&Listed) -> &str, head: &str| {
        cases.iter().map(|case| columns(of(case))).chain([columns(head)]).max().unwrap_or_default()
    };
    let id = widest(|case| case.id.as_str(), "ID");
    let subject = widest(|case| &case.subject, "SUBJECT");
    let mut text = look.ink(Ink::Quiet, &format!("{:id$}  LEVEL   {:subject$}  TITLE", "ID", "SUBJECT"));
    text.push('\n');
    for case in cases {
        let level = level(case.level);
        let label = format!("{:id$}  {level:6}  {:subject$}  ", case.id, case.subject);
        text.push_str(&look.paragraph(&label, &case.title, usize::MAX));
    }
    let must = cases.iter().filter(|case| case.level == Level::Must).count();
    text.push_str(&format!("\n{} cases: {must} MUST, {} SHOULD\n", cases.len(), cases.len() - must));
    text
}

/// The word of a level.
pub(crate) const fn level(level: Level) -> &'static str {
    match level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
    }
}

#[cfg(test)]
mod tests;

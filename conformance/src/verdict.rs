//! The judgement of a run, from its cases alone. Fail beats unknown beats pass.

use crate::case::{CaseId, Level};
use crate::exit::Exit;
use crate::results::{CaseResult, Outcome, Verdict};

/// IDs that a reason names before it says how many more there are.
const NAMED: usize = 6;

/// A judgement with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The word.
    pub verdict: Verdict,
    /// Why, one sentence each; what decided it comes first.
    pub reasons: Vec<String>,
}

impl Judgement {
    /// The exit code that goes with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        Exit::from(self.verdict)
    }

    /// Something beside the cases is wrong, which is then the first reason.
    pub fn fails(&mut self, reason: String) {
        if self.verdict == Verdict::Pass {
            // No longer true: every rule is kept.
            self.reasons.remove(0);
        }
        self.verdict = Verdict::Fail;
        self.reasons.insert(0, reason);
    }
}

/// Judges: broken is what a MUST says (when strict, also what a SHOULD says) and an entry of the known failures that passes;
/// nothing is known where a case could not be run, or where none could be tried.
#[must_use]
pub fn judge(cases: &[CaseResult], strict: bool) -> Judgement {
    let ids = |wanted: &dyn Fn(&CaseResult) -> bool| -> Vec<&CaseId> {
        cases.iter().filter(|case| wanted(case)).map(|case| &case.id).collect()
    };
    let failed = |level: Level| ids(&move |case| case.outcome == Outcome::Failed && case.level == level);
    let of = |outcome: Outcome| ids(&move |case| case.outcome == outcome);
    let (must, should) = (failed(Level::Must), failed(Level::Should));
    let (unexpected, broken, known) =
        (of(Outcome::UnexpectedPass), of(Outcome::Broken), of(Outcome::KnownFailure));
    let tried = of(Outcome::Passed).len() + of(Outcome::Partly).len();

    let verdict = if !must.is_empty() || !unexpected.is_empty() || (strict && !should.is_empty()) {
        Verdict::Fail
    } else if !broken.is_empty() || tried == 0 {
        Verdict::Unknown
    } else {
        Verdict::Pass
    };

    let mut reasons = Vec::new();
    let mut say = |ids: &[&CaseId], one: &str, more: &str| {
        if let Some(text) = counted(ids, one, more) {
            reasons.push(text);
        }
    };
    say(&must, "case with the level MUST failed", "cases with the level MUST failed");
    say(
        &unexpected,
        "case passed although it is listed as a known failure; take it off the list",
        "cases passed although they are listed as known failures; take them off the list",
    );
    let rests = if strict { "which counts in a strict run" } else { "which does not turn the gate red" };
    say(
        &should,
        &format!("case with the level SHOULD failed, {rests}"),
        &format!("cases with the level SHOULD failed, {rests}"),
    );
    say(
        &broken,
        "case could not be run: whether it is right is not known",
        "cases could not be run: whether they are right is not known",
    );
    say(&known, "case failed as the known failures say", "cases failed as the known failures say");
    if let Some(text) = nothing_tried(cases, tried) {
        reasons.push(text);
    }
    if verdict == Verdict::Pass {
        reasons.insert(0, "every rule that could be tried here is kept".to_owned());
        if !should.is_empty() || !known.is_empty() {
            reasons[0] = "every rule that counts and could be tried here is kept".to_owned();
        }
    }
    Judgement { verdict, reasons }
}

fn counted(ids: &[&CaseId], one: &str, more: &str) -> Option<String> {
    let names: Vec<String> = ids.iter().take(NAMED).map(ToString::to_string).collect();
    let rest = ids.len().checked_sub(NAMED).filter(|rest| *rest > 0);
    let rest = rest.map_or_else(String::new, |rest| format!(" and {rest} more"));
    match ids.len() {
        0 => None,
        1 => Some(format!("1 {one}: {}", names[0])),
        several => Some(format!("{several} {more}: {}{rest}", names.join(", "))),
    }
}

fn nothing_tried(cases: &[CaseResult], tried: usize) -> Option<String> {
    if cases.is_empty() {
        return Some("no case was asked for".to_owned());
    }
    let skipped = cases.iter().filter(|case| case.outcome == Outcome::Skipped).count();
    if skipped == cases.len() {
        return Some(format!("nothing could be tried: all {skipped} cases were skipped"));
    }
    (tried == 0).then(|| format!("none of {} cases passed", cases.len()))
}

#[cfg(test)]
mod tests;

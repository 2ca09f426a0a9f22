//! Two records side by side: what one target shows otherwise than another. Between the embedded target and AWS that is how
//! faithful the embedded one is.
//!
//! A case that one side could not look at is not the same on both, and is told apart from a case that is wrong on one.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::case::{CaseId, Level};
use crate::exit::Exit;
use crate::results::{CaseResult, Finding, Outcome, Results, Verdict};

pub mod text;

/// What came out. `a` and `b` are the two records, in the order they were given in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The first.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// Cases that were looked at in both.
    pub compared: u64,
    /// Cases that are the same in both.
    pub same: Same,
    /// Cases that are not, by how they differ.
    pub differences: Vec<Difference>,
    /// IDs that are in the first alone.
    pub only_in_a: Vec<CaseId>,
    /// IDs that are in the second alone.
    pub only_in_b: Vec<CaseId>,
}

/// Which run a record is of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// The target.
    pub target: String,
    /// Where its API is.
    pub base_url: String,
    /// When the run began.
    pub started_at: String,
    /// Its seed.
    pub seed: u64,
    /// Its verdict.
    pub verdict: Verdict,
    /// How many cases it has.
    pub cases: u64,
}

/// How many cases are the same, and in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Same {
    /// Right in both.
    pub right: u64,
    /// Right in both as far as could be seen in both.
    pub partly: u64,
    /// Wrong in both, with the same findings.
    pub wrong: u64,
    /// Looked at in neither.
    pub not_looked_at: u64,
}

impl Same {
    /// All of them.
    #[must_use]
    pub const fn all(self) -> u64 {
        self.right + self.partly + self.wrong + self.not_looked_at
    }
}

/// A case that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// How.
    pub group: Group,
    /// Its ID.
    pub id: CaseId,
    /// How binding it is.
    pub level: Level,
    /// What a correct receiver does.
    pub title: String,
    /// How it ended in the first.
    pub a: Outcome,
    /// How it ended in the second.
    pub b: Outcome,
    /// Why, where the outcome alone does not say it, in the first.
    pub a_reason: Option<String>,
    /// The same in the second.
    pub b_reason: Option<String>,
    /// What was found in the first and not in the second.
    pub a_findings: Vec<Finding>,
    /// What was found in the second and not in the first.
    pub b_findings: Vec<Finding>,
}

/// How a case differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Group {
    /// Right in the first, wrong in the second.
    RightInAWrongInB,
    /// Wrong in the first, right in the second.
    WrongInARightInB,
    /// Wrong in both, with other findings.
    WrongInBothOtherwise,
    /// The second could not look at it, or not at all of it.
    NotLookedAtInB,
    /// The first could not look at it, or not at all of it.
    NotLookedAtInA,
}

impl Group {
    /// Every one, worst first.
    pub const ALL: [Self; 5] = [
        Self::RightInAWrongInB,
        Self::WrongInARightInB,
        Self::WrongInBothOtherwise,
        Self::NotLookedAtInB,
        Self::NotLookedAtInA,
    ];
}

/// How much an outcome says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Right,
    Partly,
    Wrong,
    Nothing,
}

const fn seen(outcome: Outcome) -> Seen {
    match outcome {
        Outcome::Passed | Outcome::UnexpectedPass => Seen::Right,
        Outcome::Partly => Seen::Partly,
        Outcome::Failed | Outcome::KnownFailure => Seen::Wrong,
        Outcome::Skipped | Outcome::Broken => Seen::Nothing,
    }
}

/// Puts two records side by side.
#[must_use]
pub fn compare(a: &Results, b: &Results) -> Comparison {
    let by_id = |results: &Results| -> BTreeMap<CaseId, usize> {
        results.cases.iter().enumerate().map(|(at, case)| (case.id.clone(), at)).collect()
    };
    let (in_a, in_b) = (by_id(a), by_id(b));
    let mut comparison = Comparison {
        a: side(a),
        b: side(b),
        compared: 0,
        same: Same::default(),
        differences: Vec::new(),
        only_in_a: only(a, &in_b),
        only_in_b: only(b, &in_a),
    };
    for left in &a.cases {
        if let Some(at) = in_b.get(&left.id) {
            comparison.add(left, &b.cases[*at]);
        }
    }
    // In each group the cases stay in the order of the suite.
    comparison.differences.sort_by_key(|difference| difference.group);
    comparison
}

fn side(results: &Results) -> Side {
    Side {
        target: results.target.clone(),
        base_url: results.base_url.clone(),
        started_at: results.started_at.clone(),
        seed: results.seed,
        verdict: results.verdict,
        cases: results.cases.len() as u64,
    }
}

fn only(results: &Results, other: &BTreeMap<CaseId, usize>) -> Vec<CaseId> {
    let ids = results.cases.iter().map(|case| &case.id);
    ids.filter(|id| !other.contains_key(id)).cloned().collect()
}

impl Comparison {
    /// 0: the same; 1: it differs; 2: nothing was looked at in both.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.compared == 0 {
            Exit::Unjudged
        } else if self.differences.is_empty() && self.only_in_a.is_empty() && self.only_in_b.is_empty() {
            Exit::Passed
        } else {
            Exit::Failed
        }
    }

    fn add(&mut self, a: &CaseResult, b: &CaseResult) {
        let (in_a, in_b) = (seen(a.outcome), seen(b.outcome));
        self.compared += u64::from(in_a != Seen::Nothing && in_b != Seen::Nothing);
        let (a_findings, b_findings) = differing(a, b);
        let group = match (in_a, in_b) {
            (Seen::Right, Seen::Right) => return self.same.right += 1,
            (Seen::Partly, Seen::Partly) => return self.same.partly += 1,
            (Seen::Nothing, Seen::Nothing) => return self.same.not_looked_at += 1,
            (Seen::Wrong, Seen::Wrong) if a_findings.is_empty() && b_findings.is_empty() => {
                return self.same.wrong += 1;
            }
            (Seen::Wrong, Seen::Wrong) => Group::WrongInBothOtherwise,
            (Seen::Right | Seen::Partly, Seen::Wrong) => Group::RightInAWrongInB,
            (Seen::Wrong, Seen::Right | Seen::Partly) => Group::WrongInARightInB,
            (_, Seen::Nothing) | (Seen::Right, Seen::Partly) => Group::NotLookedAtInB,
            (Seen::Nothing, _) | (Seen::Partly, Seen::Right) => Group::NotLookedAtInA,
        };
        self.differences.push(Difference {
            group,
            id: a.id.clone(),
            level: a.level,
            title: a.title.clone(),
            a: a.outcome,
            b: b.outcome,
            a_reason: reason(a),
            b_reason: reason(b),
            a_findings,
            b_findings,
        });
    }
}

/// Why a case ended as it did; of a case that was looked at in part, what was not.
fn reason(case: &CaseResult) -> Option<String> {
    if case.outcome != Outcome::Partly {
        return case.reason.clone();
    }
    let mut what: Vec<&str> =
        case.steps.iter().flat_map(|step| step.not_observed.iter().map(String::as_str)).collect();
    what.dedup();
    (!what.is_empty()).then(|| what.join("; ")).or_else(|| case.reason.clone())
}

/// Findings that only one of them has, by their place and what was seen there. What was expected is the same text but for ids.
fn differing(a: &CaseResult, b: &CaseResult) -> (Vec<Finding>, Vec<Finding>) {
    let beyond = |these: &CaseResult, others: &CaseResult| {
        let mut left: Vec<(usize, &Finding)> = placed(others).collect();
        let mut beyond = Vec::new();
        for (step, finding) in placed(these) {
            let same = |(at, other): &(usize, &Finding)| {
                *at == step && other.what == finding.what && other.observed == finding.observed
            };
            match left.iter().position(same) {
                Some(at) => drop(left.swap_remove(at)),
                None => beyond.push(finding.clone()),
            }
        }
        beyond
    };
    (beyond(a, b), beyond(b, a))
}

fn placed(case: &CaseResult) -> impl Iterator<Item = (usize, &Finding)> {
    case.steps
        .iter()
        .enumerate()
        .flat_map(|(at, step)| step.findings.iter().map(move |finding| (at, finding)))
}

#[cfg(test)]
mod tests;

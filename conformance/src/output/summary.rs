//! The last thing a person sees of a run: the verdict, how much was tried, each failure with what to do next, what was not
//! looked at, where to read on. To be clear in ten seconds to somebody who was asleep a minute ago.

use std::fmt::Write as _;

use reports::figures::{millis, span};

use super::text::{Ink, Look, plain};
use super::{Files, story};
use crate::results::{CaseResult, Outcome, Results, Verdict};

/// Failures told in full; the others get a line, and the report has all.
const IN_FULL: usize = 12;
/// Differences of a failure that are shown.
const FINDINGS: usize = 2;
/// IDs named behind a reason.
const NAMED: usize = 5;
/// Slowest cases.
const SLOWEST: usize = 3;

/// The closing text. `files` is where the run was written, if it was.
#[must_use]
pub fn closing(results: &Results, files: Option<&Files>, look: Look) -> String {
    let mut text = String::from("\n");
    head(&mut text, results, look);
    failures(&mut text, results, look);
    not_tried(&mut text, results, look);
    if let Some(slowest) = slowest(results) {
        text.push('\n');
        text.push_str(&look.paragraph("slowest  ", &slowest, 2));
    }
    if !story::wrong(results).is_empty() {
        // The head has been scrolled away by the failures.
        text.push('\n');
        text.push_str(&closing_line(results, look));
    }
    if let Some(files) = files {
        text.push('\n');
        line(&mut text, &format!("report   {}", look.ink(Ink::Strong, &files.html.display().to_string())));
        line(&mut text, &format!("record   {}", files.results.display()));
        line(&mut text, &format!("junit    {}", files.junit.display()));
    }
    text
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

/// The verdict, and its ink.
fn verdict(results: &Results) -> (String, Ink) {
    let (mark, word) = story::verdict(results.verdict);
    let ink = match results.verdict {
        Verdict::Pass => Ink::Good,
        Verdict::Fail => Ink::Bad,
        Verdict::Unknown => Ink::Open,
    };
    (format!("{mark} {}", word.to_uppercase()), ink)
}

fn closing_line(results: &Results, look: Look) -> String {
    let (verdict, ink) = verdict(results);
    let said = look.hanging(&format!("{verdict}  "), 2, &story::counts(results), 3);
    let rest = said.strip_prefix(verdict.as_str()).unwrap_or(&said);
    format!("{}{rest}", look.ink(ink, &verdict))
}

fn head(text: &mut String, results: &Results, look: Look) {
    let (verdict, ink) = verdict(results);
    let verdict = look.ink(ink, &verdict);
    let strict = if results.strict { ", strict" } else { "" };
    line(
        text,
        &format!(
            "{verdict}  {}{}, {}{strict}",
            plain(&results.target),
            story::seed(results, ", "),
            span(results.duration_s)
        ),
    );
    text.push_str(&look.paragraph("  ", &story::counts(results), 3));
    if let Some(filter) = &results.filter {
        text.push_str(&look.paragraph("  only these were asked for: ", filter, 2));
    }
    for reason in &results.reasons {
        text.push_str(&look.paragraph("  ", reason, 3));
    }
}

fn failures(text: &mut String, results: &Results, look: Look) {
    let wrong = story::wrong(results);
    for case in wrong.iter().take(IN_FULL) {
        text.push('\n');
        failure(text, results, case, look);
    }
    if wrong.len() > IN_FULL {
        let _ = writeln!(text, "\nand {} more:", wrong.len() - IN_FULL);
        for case in &wrong[IN_FULL..] {
            text.push_str(&look.paragraph(&format!("  ✗ {}  ", case.id), &case.title, 1));
        }
    }
}

/// Four to eight lines.
fn failure(text: &mut String, results: &Results, case: &CaseResult, look: Look) {
    let level = if case.level == crate::case::Level::Must { "MUST" } else { "SHOULD" };
    let title = look.paragraph(&format!("✗ {}  {level}  ", case.id), &case.title, 2);
    let (marked, rest) = title.split_at(title.find("  ").unwrap_or(0));
    let _ = write!(text, "{}{rest}", look.ink(Ink::Bad, marked));
    let mut last = None;
    for (step, finding) in case.findings().take(FINDINGS) {
        if last != Some(&step.what) {
            text.push_str(&look.paragraph("    did       ", &step.what, 2));
            last = Some(&step.what);
        }
        text.push_str(&look.paragraph(
            "    expected  ",
            &format!("{}: {}", finding.what, finding.expected),
            2,
        ));
        text.push_str(&look.paragraph(
            "    observed  ",
            &format!("{}: {}", finding.what, finding.observed),
            2,
        ));
    }
    let more = case.findings().count().saturating_sub(FINDINGS);
    if more > 0 {
        let _ = writeln!(text, "    and {more} more in the report");
    }
    if let Some(reason) = &case.reason {
        text.push_str(&look.paragraph("    reason    ", reason, 2));
    }
    let next = match case.outcome {
        Outcome::UnexpectedPass => "take the entry off the file of known failures".to_owned(),
        _ => story::again(results, Some(&case.id)),
    };
    let _ = writeln!(text, "    next      {}", look.ink(Ink::Strong, &next));
}

/// What is not known, grouped by its reason: it is in the denominator, so it is told.
fn not_tried(text: &mut String, results: &Results, look: Look) {
    let mut groups = Vec::new();
    for (outcome, words) in [
        (Outcome::Broken, "could not be run"),
        (Outcome::KnownFailure, "failed as known"),
        (Outcome::Skipped, "skipped"),
    ] {
        groups.extend(story::by_reason(results, outcome).into_iter().map(|group| (words, outcome, group)));
    }
    let partly = story::by_not_observed(results).into_iter();
    groups.extend(partly.map(|group| ("partly, not looked at", Outcome::Partly, group)));
    if groups.is_empty() {
        return;
    }
    text.push('\n');
    for (words, outcome, (reason, cases)) in groups {
        let ids: Vec<&str> = cases.iter().take(NAMED).map(|case| case.id.as_str()).collect();
        let more = match cases.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let label = format!("{} {words}: ", cases.len());
        let said = look.hanging(&label, 4, &format!("{reason} ({}{more})", ids.join(", ")), 3);
        let (label, rest) = said.split_at(label.len());
        let ink = if outcome == Outcome::Broken { Ink::Open } else { Ink::Quiet };
        let _ = write!(text, "{}{rest}", look.ink(ink, label));
    }
}

fn slowest(results: &Results) -> Option<String> {
    let mut cases: Vec<&CaseResult> =
        results.cases.iter().filter(|case| case.outcome != Outcome::Skipped).collect();
    cases.sort_by(|a, b| b.duration_ms.total_cmp(&a.duration_ms));
    let said: Vec<String> =
        cases.iter().take(SLOWEST).map(|case| format!("{} {}", case.id, millis(case.duration_ms))).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

//! `junit.xml`: a suite a subject, a test case a case, and the verdict itself.
//!
//! - `failed` is a failure with expected, observed and the replay; so is an unexpected pass, which turns the run red too.
//! - A SHOULD that failed in a run that is not strict is skipped with the message `SHOULD, failed: …`: CI is to show it, and
//!   not to be red for it. A known failure likewise.
//! - `broken` is an error: it is not known whether the case is right.
//! - `skipped` is skipped, with its reason. `partly` passes, and its output says what was not looked at.
//!
//! Most readers of JUnit take skipped for good. So that a run in which nothing could be tried does not look green, the verdict
//! has a test case of its own, first: no verdict is an error there.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};
use reports::junit::{seconds, told};

use super::story;
use crate::case::Level;
use crate::results::{CaseResult, Outcome, Results, Verdict};

/// The text of `junit.xml`.
///
/// # Errors
/// The text cannot be written as XML.
pub fn render(results: &Results) -> Result<String, SerializeError> {
    let mut report = Report::new("peakproof-conformance");
    report.set_time(seconds(results.duration_s));
    report.add_test_suite(verdict_suite(results));
    for (subject, cases) in story::by_subject(results) {
        let mut suite = TestSuite::new(subject);
        suite.set_time(seconds(cases.iter().map(|case| case.duration_ms).sum::<f64>() / 1_000.0));
        suite.add_test_cases(cases.into_iter().map(|case| test_case(results, case)));
        report.add_test_suite(suite);
    }
    report.to_string()
}

fn verdict_suite(results: &Results) -> TestSuite {
    let mut suite = TestSuite::new("verdict");
    suite.set_time(seconds(results.duration_s));
    for (name, value) in [
        ("target", results.target.clone()),
        ("base_url", results.base_url.clone()),
        ("seed", results.seed.to_string()),
        ("started_at", results.started_at.clone()),
        ("strict", results.strict.to_string()),
        ("filter", results.filter.clone().unwrap_or_default()),
        ("tool_version", results.tool_version.clone()),
        ("build_profile", results.build_profile.clone()),
        ("exit_code", results.exit_code.to_string()),
    ] {
        suite.add_property((name, value.as_str()));
    }
    let counts = story::counts(results);
    let status = match results.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => told(NonSuccessKind::Failure, "fail", &counts, &results.reasons.join("\n")),
        Verdict::Unknown => told(NonSuccessKind::Error, "no-verdict", &counts, &results.reasons.join("\n")),
    };
    let mut case = TestCase::new("the run", status);
    case.set_classname("peakproof.conformance.verdict");
    case.set_time(seconds(results.duration_s));
    if results.verdict == Verdict::Pass {
        case.set_system_out(counts);
    }
    suite.add_test_case(case);
    suite
}

fn test_case(results: &Results, case: &CaseResult) -> TestCase {
    let reason = case.reason.as_deref().unwrap_or_default();
    let status = match case.outcome {
        Outcome::Passed | Outcome::Partly => TestCaseStatus::success(),
        Outcome::Failed if case.level == Level::Should && !results.strict => {
            skipped(&format!("SHOULD, failed: {}", headline(case)))
        }
        Outcome::Failed => {
            told(NonSuccessKind::Failure, case.outcome.word(), &headline(case), &detail(results, case))
        }
        Outcome::UnexpectedPass => told(NonSuccessKind::Failure, case.outcome.word(), reason, ""),
        Outcome::KnownFailure => skipped(&format!("known failure: {reason}")),
        Outcome::Skipped => skipped(reason),
        Outcome::Broken => told(NonSuccessKind::Error, case.outcome.word(), reason, &detail(results, case)),
    };
    let mut test = TestCase::new(format!("{} {}", case.id, case.title), status);
    test.set_classname(format!("peakproof.conformance.{}", case.subject));
    test.set_time(seconds(case.duration_ms / 1_000.0));
    match case.outcome {
        Outcome::Partly => {
            test.set_system_out(not_observed(case));
        }
        // A skipped test case has no text of its own.
        Outcome::Failed if case.level == Level::Should && !results.strict => {
            test.set_system_out(detail(results, case));
        }
        Outcome::KnownFailure => {
            test.set_system_out(detail(results, case));
        }
        _ => {}
    }
    test
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(message);
    status
}

/// The first difference in a line; CI shows little more.
fn headline(case: &CaseResult) -> String {
    let mut findings = case.findings();
    let Some((_, first)) = findings.next() else {
        return case.reason.clone().unwrap_or_else(|| case.title.clone());
    };
    let more = match findings.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    format!("{}: expected {}, observed {}{more}", first.what, first.expected, first.observed)
}

/// Everything that a reader needs to see it again.
fn detail(results: &Results, case: &CaseResult) -> String {
    let mut text = format!("why: {}\nsource: {}\n", case.why, case.source);
    for (at, step) in case.steps.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\nstep {}: {}", at + 1, step.what);
        for finding in &step.findings {
            let _ = writeln!(
                text,
                "  {}\n    expected: {}\n    observed: {}",
                finding.what, finding.expected, finding.observed
            );
        }
        for what in &step.not_observed {
            let _ = writeln!(text, "  not looked at: {what}");
        }
        if let Some(replay) = &step.replay {
            let _ = writeln!(text, "  replay:\n{replay}");
        }
    }
    let seed = story::seed(results, "");
    let seed = if seed.is_empty() { seed } else { format!("{seed}\n") };
    let _ = write!(text, "\n{seed}again: {}", story::again(results, Some(&case.id)));
    text
}

fn not_observed(case: &CaseResult) -> String {
    let mut text = String::from("right as far as it could be looked at; not looked at here:");
    for what in case.steps.iter().flat_map(|step| &step.not_observed) {
        text.push_str("\n- ");
        text.push_str(what);
    }
    text
}

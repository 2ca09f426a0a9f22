//! `junit.xml`: one test case for every objective, every invariant of the ledger, and the verdict itself.
//!
//! What could not be judged is an error: most readers of JUnit count a skipped case as good, and an unknown is not.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::figures::{measured, of_unit};
use crate::ledger::invariants;
use crate::record::{Run, Slo, Verdict};
use crate::story;

/// The text of `junit.xml`.
pub fn render(run: &Run) -> Result<String, SerializeError> {
    let mut report = Report::new("peakproof");
    report.set_time(length(run));
    report.add_test_suites([verdict_suite(run), slo_suite(run), ledger_suite(run)]);
    report.to_string()
}

/// A status that is not success, in the form that all of the project's reports have.
#[must_use]
pub fn told(kind: NonSuccessKind, r#type: &str, message: &str, detail: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(r#type).set_message(message);
    if !detail.is_empty() {
        status.set_description(detail);
    }
    status
}

/// A length of time; none where the number is no length.
#[must_use]
pub fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

fn verdict_suite(run: &Run) -> TestSuite {
    let told = story::tell(run);
    let ok = match run.verdict {
        Verdict::Pass => Some(true),
        Verdict::Fail => Some(false),
        Verdict::Unknown => None,
    };
    let mut suite = TestSuite::new("verdict");
    suite.set_time(length(run));
    for (name, value) in [
        ("run", run.id.clone()),
        ("target", run.target.clone()),
        ("plan", run.plan.name.clone()),
        ("seed", run.seed.to_string()),
        ("started_at", run.started_at.clone()),
        ("build_profile", run.build_profile.clone()),
        ("exit_code", run.exit_code.to_string()),
    ] {
        suite.add_property((name, value.as_str()));
    }
    let mut case = case("verdict", "the run", ok, &told.sentence, &told.detail);
    case.set_time(length(run));
    suite.add_test_case(case);
    suite
}

fn slo_suite(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new("slo");
    for slo in &run.slo {
        let limit = of_unit(&slo.unit, slo.limit);
        let message = match (slo.ok, slo.note.is_empty()) {
            (None, true) => format!("{}: could not be judged", slo.title),
            (None, false) => format!("{}: could not be judged: {}", slo.title, slo.note),
            _ => format!("{}: measured {}, limit {limit}", slo.title, measured(slo)),
        };
        suite.add_test_case(case("slo", &slo.name, slo.ok, &message, &detail_of(slo)));
    }
    suite
}

fn ledger_suite(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new("ledger");
    for one in invariants(run) {
        let message = format!("{}: {}", one.title, one.detail);
        suite.add_test_case(case("ledger", one.name, one.held, &message, ""));
    }
    suite
}

fn case(suite: &str, name: &str, ok: Option<bool>, message: &str, detail: &str) -> TestCase {
    let status = match ok {
        Some(true) => TestCaseStatus::success(),
        Some(false) => told(NonSuccessKind::Failure, "broken", message, detail),
        None => told(NonSuccessKind::Error, "unknown", message, detail),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(format!("peakproof.{suite}"));
    if ok == Some(true) {
        case.set_system_out(message);
    }
    case
}

fn detail_of(slo: &Slo) -> String {
    if slo.ok == Some(false) { slo.note.clone() } else { String::new() }
}

fn length(run: &Run) -> Duration {
    seconds(run.duration_s)
}

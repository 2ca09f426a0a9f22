use super::*;
use crate::output::Look;
use crate::results::{SCHEMA_VERSION, StepResult};

fn case(id: &str, outcome: Outcome, observed: &[&str]) -> CaseResult {
    let finding =
        |seen: &&str| Finding { what: "status".into(), expected: "401".into(), observed: (*seen).to_owned() };
    CaseResult {
        id: id.parse().expect("an ID"),
        subject: "stripe-signatures".into(),
        title: "A forged webhook is refused".into(),
        level: Level::Must,
        why: "Otherwise anybody can pay with nothing.".into(),
        source: "Stripe".into(),
        outcome,
        reason: (outcome == Outcome::Skipped).then(|| "the target's stores cannot be read".to_owned()),
        duration_ms: 1.0,
        steps: vec![StepResult {
            what: "POST /api/v1/webhooks/stripe".into(),
            findings: observed.iter().map(finding).collect(),
            not_observed: if outcome == Outcome::Partly { vec!["the trace".into()] } else { Vec::new() },
            replay: None,
        }],
    }
}

fn results(target: &str, cases: Vec<CaseResult>) -> Results {
    Results {
        schema_version: SCHEMA_VERSION,
        tool_version: "0.1.0".into(),
        build_profile: "dev".into(),
        started_at: "2026-11-22T01:02:03Z".into(),
        duration_s: 1.0,
        target: target.into(),
        base_url: format!("http://{target}.example"),
        seed: 7,
        capabilities: crate::capability::Capabilities::all(),
        filter: None,
        strict: false,
        verdict: Verdict::Pass,
        exit_code: 0,
        reasons: Vec::new(),
        counts: Results::count(&cases),
        cases,
    }
}

#[track_caller]
fn check(a: CaseResult, b: CaseResult, expected: Option<Group>) {
    let what = format!("{:?} {:?}", a.outcome, b.outcome);
    let compared = compare(&results("embedded", vec![a]), &results("aws", vec![b]));
    assert_eq!(compared.differences.first().map(|one| one.group), expected, "{what}");
    assert_eq!(compared.same.all(), u64::from(expected.is_none()), "{what}");
}

#[test]
fn pairs_of_outcomes() {
    use Outcome::{Broken, Failed, KnownFailure, Partly, Passed, Skipped, UnexpectedPass};
    let one = |outcome| case("A-001", outcome, &[]);
    let saw = |outcome, seen| case("A-001", outcome, &[seen]);
    check(one(Passed), one(UnexpectedPass), None);
    check(one(Partly), one(Partly), None);
    check(one(Skipped), one(Broken), None);
    check(saw(Failed, "200"), saw(KnownFailure, "200"), None);
    check(saw(Failed, "200"), saw(Failed, "500"), Some(Group::WrongInBothOtherwise));
    check(one(Passed), saw(Failed, "200"), Some(Group::RightInAWrongInB));
    check(saw(Failed, "200"), one(Partly), Some(Group::WrongInARightInB));
    check(one(Passed), one(Partly), Some(Group::NotLookedAtInB));
    check(saw(Failed, "200"), one(Skipped), Some(Group::NotLookedAtInB));
    check(one(Broken), one(Passed), Some(Group::NotLookedAtInA));
}

#[test]
fn findings_are_compared_one_by_one() {
    let a = case("A-001", Outcome::Failed, &["200", "200", "500"]);
    let b = case("A-001", Outcome::Failed, &["500", "200", "404"]);
    let compared = compare(&results("embedded", vec![a]), &results("aws", vec![b]));
    let seen = |findings: &[Finding]| findings.iter().map(|one| one.observed.clone()).collect::<Vec<_>>();
    assert_eq!(seen(&compared.differences[0].a_findings), ["200"]);
    assert_eq!(seen(&compared.differences[0].b_findings), ["404"]);
}

#[test]
fn how_it_exits() {
    use Outcome::{Passed, Skipped};
    let exit = |a: Vec<CaseResult>, b: Vec<CaseResult>| {
        compare(&results("embedded", a), &results("aws", b)).exit().code()
    };
    assert_eq!(exit(vec![case("A-001", Passed, &[])], vec![case("A-001", Passed, &[])]), 0);
    assert_eq!(exit(vec![case("A-001", Passed, &[])], vec![case("A-002", Passed, &[])]), 2);
    assert_eq!(exit(vec![case("A-001", Passed, &[])], vec![case("A-001", Skipped, &[])]), 2);
    let two = vec![case("A-001", Passed, &[]), case("A-002", Passed, &[])];
    assert_eq!(exit(two, vec![case("A-001", Passed, &[])]), 1);
    assert_eq!(exit(Vec::new(), Vec::new()), 2);
}

#[test]
fn told_on_a_terminal_and_as_json() {
    use Outcome::{Failed, Passed, Skipped};
    let a = vec![
        case("A-001", Passed, &[]),
        case("A-002", Passed, &[]),
        case("A-003", Passed, &[]),
        case("A-005", Passed, &[]),
    ];
    let b =
        vec![case("A-001", Passed, &[]), case("A-002", Skipped, &[]), case("A-003", Failed, &["200\u{1b}"])];
    let compared = compare(&results("embedded", a), &results("aws", b));
    let shown = text::text(&compared, Look { colour: false, width: 100 });
    let expected = "
≠ 3 DIFFER
  embedded     http://embedded.example, 2026-11-22T01:02:03Z, seed 7, 4 cases
  aws          http://aws.example, 2026-11-22T01:02:03Z, seed 7, 3 cases
  the same     1: 1 right in both

right on embedded, wrong on aws: 1
  A-003  A forged webhook is refused
    embedded: passed
    aws: failed
      status: expected 401, observed 200\u{FFFD}

could not be looked at on aws, or only in part: 1
  A-002  A forged webhook is refused
    embedded: passed
    aws: skipped (the target's stores cannot be read)

only in embedded: A-005
";
    assert_eq!(shown, expected);
    let json = serde_json::to_value(&compared).expect("JSON");
    assert_eq!(json["differences"][0]["group"], "right-in-a-wrong-in-b");
    assert_eq!(json["same"]["right"], 1);
}

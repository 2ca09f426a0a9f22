use super::*;
use crate::case::Level;

fn ids() -> BTreeSet<CaseId> {
    ["DLQ-001", "DLQ-002", "DLQ-003", "DLQ-004"].into_iter().map(|id| id.parse().expect("an ID")).collect()
}

fn entry(id: &str, target: &str, reason: &str) -> String {
    format!("[[known-failure]]\nid = \"{id}\"\ntarget = \"{target}\"\nreason = \"{reason}\"\n")
}

fn case(id: &str, outcome: Outcome) -> CaseResult {
    CaseResult {
        id: id.parse().expect("an ID"),
        subject: "s".into(),
        title: "t".into(),
        level: Level::Must,
        why: String::new(),
        source: String::new(),
        outcome,
        reason: None,
        duration_ms: 1.0,
        steps: Vec::new(),
    }
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    let error = KnownFailures::parse(text, &ids()).expect_err("a mistake").to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn mistakes_are_all_named() {
    assert_eq!(KnownFailures::parse("", &ids()).map(|known| known.entries().len()), Ok(0));
    refused(&entry("DLQ-009", "aws", "r"), "there is no case DLQ-009");
    refused(&entry("dlq", "aws", "r"), "no case ID");
    refused(&entry("DLQ-001", "moon", "r"), "no target `moon`");
    refused(&entry("DLQ-001", "aws", "  "), "DLQ-001 has no reason");
    refused(&(entry("DLQ-001", "aws", "r") + &entry("DLQ-001", "aws", "r")), "twice for aws");
    refused(&(entry("DLQ-001", "aws", "r") + "until = \"2027\""), "until");
    refused("[[known_failure]]", "known_failure");
    refused("[[known-failure]]\nid = \"DLQ-001\"\ntarget = \"aws\"", "reason");
    let all = KnownFailures::parse(&(entry("DLQ-009", "moon", "") + &entry("DLQ-008", "aws", "r")), &ids());
    assert!(matches!(all, Err(KnownError::Wrong(mistakes)) if mistakes.len() == 4));
    let gone = KnownFailures::read(Path::new("/nowhere/known.toml"), &ids());
    assert!(matches!(gone, Err(KnownError::Unreadable { .. })));
}

#[test]
fn a_list_is_held_against_its_own_target_alone() {
    let text = ["DLQ-001", "DLQ-002", "DLQ-003", "DLQ-004"].map(|id| entry(id, "aws", "ticket 7")).concat()
        + &entry("DLQ-001", "url", "other");
    let known = KnownFailures::parse(&text, &ids()).expect("a list");
    let outcomes = |target: &str| {
        let all = [Outcome::Failed, Outcome::Passed, Outcome::Skipped, Outcome::Partly];
        let mut cases: Vec<CaseResult> =
            ids().into_iter().zip(all).map(|(id, outcome)| case(id.as_str(), outcome)).collect();
        known.judge(&mut cases, target);
        cases
    };
    use Outcome::{Failed, KnownFailure, Partly, Passed, Skipped, UnexpectedPass};
    let of = |cases: &[CaseResult]| cases.iter().map(|case| case.outcome).collect::<Vec<_>>();
    let aws = outcomes("aws");
    assert_eq!(of(&aws), [KnownFailure, UnexpectedPass, Skipped, UnexpectedPass]);
    assert_eq!(aws[0].reason.as_deref(), Some("ticket 7"));
    assert!(aws[1].reason.as_deref().is_some_and(|reason| reason.contains("“ticket 7”")));
    assert_eq!(of(&outcomes("url")), [KnownFailure, Passed, Skipped, Partly]);
    assert_eq!(of(&outcomes("embedded")), [Failed, Passed, Skipped, Partly]);
}

#[test]
fn what_fails_only_sometimes_may_pass() {
    let text = entry("DLQ-001", "aws", "slow") + "sometimes = true\n" + &entry("DLQ-002", "aws", "slow");
    let known = KnownFailures::parse(&text, &ids()).expect("a list");
    let judged = |outcome: Outcome| {
        let mut cases = Vec::from(["DLQ-001", "DLQ-002"].map(|id| case(id, outcome)));
        known.judge(&mut cases, "aws");
        cases.into_iter().map(|case| case.outcome).collect::<Vec<_>>()
    };
    assert_eq!(judged(Outcome::Failed), [Outcome::KnownFailure, Outcome::KnownFailure]);
    assert_eq!(judged(Outcome::Passed), [Outcome::Passed, Outcome::UnexpectedPass]);
    assert_eq!(judged(Outcome::Partly), [Outcome::Partly, Outcome::UnexpectedPass]);
}

use super::*;
use crate::results::CaseResult;

/// Cases as words: `must:failed should:passed`.
fn cases(text: &str) -> Vec<CaseResult> {
    let one = |(at, word): (usize, &str)| {
        let (level, outcome) = word.split_once(':').expect("a level and an outcome");
        CaseResult {
            id: format!("CASE-{at:03}").parse().expect("an ID"),
            subject: "s".into(),
            title: "t".into(),
            level: if level == "must" { Level::Must } else { Level::Should },
            why: String::new(),
            source: String::new(),
            outcome: Outcome::ALL.into_iter().find(|one| one.word() == outcome).expect("an outcome"),
            reason: None,
            duration_ms: 1.0,
            steps: Vec::new(),
        }
    };
    text.split_whitespace().enumerate().map(one).collect()
}

#[track_caller]
fn check(text: &str, strict: bool, verdict: Verdict, first: &str) {
    let judged = judge(&cases(text), strict);
    assert_eq!(judged.verdict, verdict, "{text}");
    assert!(judged.reasons[0].contains(first), "{text}: {:?}", judged.reasons);
    assert_eq!(judged.exit().code(), [0, 1, 2][verdict as usize]);
}

#[test]
fn fail_beats_unknown_beats_pass() {
    check("must:passed should:passed", false, Verdict::Pass, "every rule");
    check("must:passed must:skipped", false, Verdict::Pass, "every rule");
    check("must:partly", false, Verdict::Pass, "every rule");
    check("must:passed must:known-failure", false, Verdict::Pass, "that counts");
    check("must:passed must:failed must:broken", false, Verdict::Fail, "MUST failed: CASE-001");
    check("must:passed should:unexpected-pass", false, Verdict::Fail, "take it off the list");
    check("must:passed must:broken", false, Verdict::Unknown, "could not be run");
    check("should:failed must:broken", true, Verdict::Fail, "counts in a strict run");
}

#[test]
fn a_should_counts_only_in_a_strict_run() {
    check("must:passed should:failed", false, Verdict::Pass, "that counts");
    check("must:passed should:failed", true, Verdict::Fail, "SHOULD failed");
    let reasons = judge(&cases("must:passed should:failed"), false).reasons;
    assert!(reasons[1].contains("does not turn the gate red: CASE-001"), "{reasons:?}");
}

#[test]
fn where_nothing_was_tried_nothing_is_known() {
    check("", false, Verdict::Unknown, "no case was asked for");
    check("must:skipped should:skipped", false, Verdict::Unknown, "all 2 cases were skipped");
    check("must:known-failure must:skipped", false, Verdict::Unknown, "as the known failures say");
    check("should:failed", false, Verdict::Unknown, "SHOULD failed");
}

#[test]
fn many_ids_are_counted_and_not_listed() {
    let reasons = judge(&cases(&"must:failed ".repeat(9)), false).reasons;
    assert!(reasons[0].starts_with("9 cases") && reasons[0].ends_with("CASE-005 and 3 more"), "{reasons:?}");
}

#[test]
fn what_is_wrong_beside_the_cases_fails_the_run() {
    let mut judged = judge(&cases("must:passed must:known-failure"), false);
    judged.fails("the stack differs".to_owned());
    assert_eq!((judged.verdict, judged.exit().code()), (Verdict::Fail, 1));
    assert_eq!(judged.reasons[0], "the stack differs");
    assert!(judged.reasons.iter().all(|reason| !reason.contains("every rule")), "{:?}", judged.reasons);
    let mut judged = judge(&cases("must:broken"), false);
    judged.fails("the stack differs".to_owned());
    assert_eq!(judged.verdict, Verdict::Fail);
    assert!(judged.reasons[1].contains("could not be run"), "{:?}", judged.reasons);
}

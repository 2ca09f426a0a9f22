use reports::record::Severity;

use super::*;
use crate::reconcile::Evidence;

fn latency(samples: u64, p99: f64) -> Latency {
    Latency { samples, p99: (samples >= 1000).then_some(p99), max: Some(p99 * 2.0), ..Latency::default() }
}

/// A run in which everything held.
fn healthy() -> Facts {
    let mut facts = Facts {
        ack: latency(9_000, 40.0),
        service: latency(9_000, 38.0),
        send_lag: latency(10_000, 0.3),
        total_lag: latency(10_000, 0.4),
        sent: 10_000,
        genuine: 9_300,
        acknowledged: 9_300,
        offered_per_min: 10_000.0,
        achieved_per_min: 10_001.0,
        users: 200,
        cpus: 2,
        drained: true,
        ..Facts::default()
    };
    facts.reconciled.observable = true;
    facts.reconciled.dead_letters.expected = 20;
    facts.reconciled.dead_letters.found = 20;
    facts
}

fn evidence(count: u64) -> Evidence {
    Evidence { count, warmup: 0, examples: vec!["evt_1".to_owned()] }
}

/// The verdict after a change, and the objective that the change decides.
#[track_caller]
fn check(change: impl Fn(&mut Facts), verdict: Verdict, objective: &str, ok: Option<bool>) -> Judgement {
    let mut facts = healthy();
    change(&mut facts);
    let judgement = judge(&facts);
    assert_eq!(judgement.verdict, verdict, "{:#?}", judgement.slo);
    let slo = judgement.slo.iter().find(|slo| slo.name == objective).expect("the objective");
    assert_eq!(slo.ok, ok, "{slo:?}");
    let others: Vec<_> = judgement.slo.iter().filter(|s| s.name != objective && s.ok != Some(true)).collect();
    assert!(others.is_empty(), "only `{objective}` should be touched: {others:?}");
    if ok != Some(true) {
        assert!(!judgement.findings.is_empty(), "a person must be told why");
        assert!(judgement.findings.is_sorted_by_key(|finding| finding.severity));
    }
    judgement
}

#[test]
fn what_was_asked_for_and_did_not_happen_leaves_the_verdict_open() {
    let mut facts = healthy();
    facts.undone = Some("The secrets were to be rotated and were not.");
    facts.generator_errors = vec!["the target's secrets could not be replaced: AccessDenied".to_owned()];
    let judgement = judge(&facts);
    assert_eq!(judgement.verdict, Verdict::Unknown);
    let finding = &judgement.findings[0];
    assert!(finding.what.contains("rotated") && finding.why.contains("AccessDenied"), "{finding:?}");
}

#[test]
fn a_healthy_run_passes_without_a_finding() {
    let judgement = judge(&healthy());
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert_eq!(judgement.findings, []);
    let names: Vec<_> = judgement.slo.iter().map(|slo| slo.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "ack_p99_lt_1s",
            "availability_ge_999",
            "target_rate_reached",
            "lost_eq_0",
            "duplicated_eq_0",
            "forged_accepted_eq_0",
            "valid_rejected_eq_0",
            "dead_letters_exact",
            "generator_not_saturated"
        ]
    );
}

#[test]
fn p99_is_judged_with_enough_samples_only() {
    check(|f| f.ack = latency(9_000, 999.9), Verdict::Pass, "ack_p99_lt_1s", Some(true));
    check(|f| f.ack = latency(9_000, 1000.0), Verdict::Fail, "ack_p99_lt_1s", Some(false));
    check(|f| f.ack = latency(999, 40.0), Verdict::Unknown, "ack_p99_lt_1s", None);
}

#[test]
fn availability_counts_what_was_not_acknowledged() {
    let at = |acknowledged| {
        move |f: &mut Facts| {
            (f.genuine, f.acknowledged, f.server_errors) = (10_000, acknowledged, 10_000 - acknowledged);
        }
    };
    check(at(9_990), Verdict::Pass, "availability_ge_999", Some(true));
    let judgement = check(at(9_989), Verdict::Fail, "availability_ge_999", Some(false));
    assert!(
        judgement.findings[0].what.contains("11 genuine webhooks were not acknowledged: 11 answered 5xx")
    );
    let mut facts = healthy();
    (facts.genuine, facts.acknowledged) = (0, 0);
    assert_eq!(judge(&facts).verdict, Verdict::Unknown, "nothing genuine was sent");
}

#[test]
fn the_asked_rate_must_be_reached() {
    check(|f| f.achieved_per_min = 9_900.0, Verdict::Pass, "target_rate_reached", Some(true));
    check(|f| f.achieved_per_min = 9_899.0, Verdict::Fail, "target_rate_reached", Some(false));
    check(|f| f.unsent = 1, Verdict::Fail, "target_rate_reached", Some(false));
    check(|f| f.offered_per_min = 0.0, Verdict::Pass, "target_rate_reached", Some(true));
    check(|f| f.interrupted = true, Verdict::Unknown, "target_rate_reached", None);
}

#[test]
fn a_hole_in_the_ledger_fails_the_run() {
    check(|f| f.reconciled.lost = evidence(1), Verdict::Fail, "lost_eq_0", Some(false));
    check(|f| f.reconciled.duplicated = evidence(1), Verdict::Fail, "duplicated_eq_0", Some(false));
    check(|f| f.reconciled.forged_accepted = evidence(1), Verdict::Fail, "forged_accepted_eq_0", Some(false));
    check(|f| f.reconciled.valid_rejected = evidence(1), Verdict::Fail, "valid_rejected_eq_0", Some(false));
    let unexpected = |f: &mut Facts| {
        f.reconciled.dead_letters.unexpected = 1;
        f.reconciled.letters_unexpected = evidence(1);
        let error = "dynamodb:PutItem failed: AccessDeniedException".to_owned();
        f.reconciled.dead_letters.by_error.insert(error, 1);
    };
    let judgement = check(unexpected, Verdict::Fail, "dead_letters_exact", Some(false));
    let finding = &judgement.findings[0];
    assert_eq!((finding.severity, finding.examples.as_slice()), (Severity::Error, &["evt_1".to_owned()][..]));
    assert!(
        finding.why.contains("AccessDeniedException") && finding.next.contains("permission"),
        "{finding:?}"
    );
    let missing = |f: &mut Facts| {
        f.reconciled.dead_letters.missing = 1;
        f.reconciled.poison_missing = evidence(1);
    };
    check(missing, Verdict::Fail, "dead_letters_exact", Some(false));
}

#[test]
fn stores_that_cannot_be_seen_leave_the_verdict_open_unless_answers_break_it() {
    let mut facts = healthy();
    facts.reconciled.observable = false;
    let judgement = judge(&facts);
    assert_eq!(judgement.verdict, Verdict::Unknown);
    let open = judgement.slo.iter().filter(|slo| slo.ok.is_none()).count();
    assert_eq!(open, 4, "{:#?}", judgement.slo);
    facts.reconciled.forged_accepted = evidence(3);
    assert_eq!(judge(&facts).verdict, Verdict::Fail);
}

#[test]
fn a_late_generator_does_not_fail_the_target() {
    let late = |f: &mut Facts| f.send_lag = latency(10_000, 150.0);
    check(late, Verdict::Unknown, "generator_not_saturated", None);
    let mut facts = healthy();
    late(&mut facts);
    facts.ack = latency(9_000, 1_500.0);
    facts.achieved_per_min = 5_000.0;
    assert_eq!(judge(&facts).verdict, Verdict::Unknown, "the target answered within 38 ms");
    facts.service = latency(9_000, 1_400.0);
    assert_eq!(judge(&facts).verdict, Verdict::Fail, "the target itself was slow");
}

#[test]
fn broken_beats_open() {
    let both = |f: &mut Facts| {
        f.interrupted = true;
        f.reconciled.lost = evidence(1);
    };
    let mut facts = healthy();
    both(&mut facts);
    assert_eq!(judge(&facts).verdict, Verdict::Fail);
}

#[test]
fn what_was_seen_in_the_warm_up_counts_and_is_said() {
    let lost = |f: &mut Facts| f.reconciled.lost = Evidence { warmup: 1, ..evidence(1) };
    let judgement = check(lost, Verdict::Fail, "lost_eq_0", Some(false));
    assert!(judgement.slo[3].note.contains("warm-up"));
}

#[test]
fn nothing_sent_is_no_pass() {
    let mut facts = healthy();
    facts.sent = 0;
    assert_eq!(judge(&facts).verdict, Verdict::Unknown);
}

use run_record::record::Severity;

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
    facts.undone = vec!["The secrets were to be rotated and were not.".to_owned()];
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
fn an_announced_outage_is_left_out_and_must_be_made_good() {
    let outage = |f: &mut Facts| {
        f.ack = latency(9_000, 12_000.0);
        (f.genuine, f.acknowledged, f.server_errors) = (9_300, 8_000, 1_300);
        f.undisturbed = Some(Calm {
            ack: latency(7_900, 50.0),
            genuine: 8_000,
            acknowledged: 8_000,
            left_out: 1_300,
            attack_errors: 0,
        });
        f.retried = true;
    };
    let judgement = check(outage, Verdict::Pass, "unacknowledged_eq_0", Some(true));
    let ack = &judgement.slo[0];
    assert_eq!((ack.measured, ack.note.contains("1300 deliveries")), (Some(50.0), true), "{ack:?}");
    assert_eq!(judgement.findings[0].severity, Severity::Info, "{:?}", judgement.findings);
    let with = |change: fn(&mut Facts)| {
        move |f: &mut Facts| {
            outage(f);
            change(f);
        }
    };
    let never = with(|f| f.reconciled.unacknowledged = evidence(1));
    let judgement = check(never, Verdict::Fail, "unacknowledged_eq_0", Some(false));
    assert!(judgement.findings[0].what.contains("never acknowledged"), "{:?}", judgement.findings);
    let calm = with(|f| f.undisturbed.iter_mut().for_each(|calm| calm.acknowledged = 7_991));
    check(calm, Verdict::Fail, "availability_ge_999", Some(false));
    let slow = with(|f| f.undisturbed.iter_mut().for_each(|calm| calm.ack = latency(7_900, 1_001.0)));
    check(slow, Verdict::Fail, "ack_p99_lt_1s", Some(false));
}

#[test]
fn a_flood_of_forgeries_must_not_slow_valid_webhooks_down() {
    check(|f| f.flood = Some(latency(2_000, 90.0)), Verdict::Pass, "flood_ack_p99_lt_1s", Some(true));
    check(|f| f.flood = Some(latency(2_000, 1_500.0)), Verdict::Fail, "flood_ack_p99_lt_1s", Some(false));
    check(|f| f.flood = Some(latency(500, 90.0)), Verdict::Unknown, "flood_ack_p99_lt_1s", None);
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
fn a_generator_without_means_leaves_the_verdict_open() {
    let says = |change: &dyn Fn(&mut Facts), part: &str| {
        let mut facts = healthy();
        change(&mut facts);
        assert_eq!(judge(&facts).verdict, Verdict::Pass, "what holds all the same, holds");
        facts.ack = latency(9_000, 1_500.0);
        facts.service = latency(9_000, 900.0);
        let judgement = judge(&facts);
        assert_eq!(
            (judgement.verdict, judgement.saturated),
            (Verdict::Unknown, true),
            "{:#?}",
            judgement.slo
        );
        assert!(judgement.findings[0].what.contains(part), "{:?}", judgement.findings);
        let late =
            judgement.slo.iter().find(|slo| slo.name == "generator_not_saturated").expect("the objective");
        assert!(late.ok.is_none() && !late.note.is_empty(), "{late:?}");
    };
    says(&|f| f.scheduling_lag = latency(2_000, 140.0), "woken late: p99 was 140 ms");
    says(&|f| (f.open_sockets, f.open_files_limit) = (Some(1_000), Some(1_024)), "1000 of 1024");
    says(&|f| (f.own_cpu_cores, f.cpu_cores) = (Some(1.2), Some(1.9)), "1.2 of the 1.9 cores");
    says(
        &|f| (f.other_cpu_cores, f.cpu_cores) = (Some(1.4), Some(0.5)),
        "Other programs used 1.4 of this machine's 2",
    );
}

#[test]
fn a_machine_that_the_target_fills_is_the_targets_limit() {
    let slow = |f: &mut Facts| {
        (f.own_cpu_cores, f.cpu_cores, f.other_cpu_cores) = (Some(0.4), Some(1.9), Some(0.1));
        (f.open_sockets, f.open_files_limit) = (Some(400), Some(1_024));
        f.scheduling_lag = latency(2_000, 40.0);
        f.ack = latency(9_000, 1_500.0);
    };
    check(slow, Verdict::Fail, "ack_p99_lt_1s", Some(false));
}

#[test]
fn what_is_measured_without_cpu_is_not_the_targets() {
    let mut facts = healthy();
    (facts.ack, facts.service) = (latency(9_000, 1_500.0), latency(9_000, 1_400.0));
    let mut own = facts.clone();
    (own.own_cpu_cores, own.cpu_cores) = (Some(1.5), Some(2.0));
    assert_eq!(judge(&own).verdict, Verdict::Unknown, "its own CPU is in the service time as well");
    (facts.other_cpu_cores, facts.cpu_cores) = (Some(1.0), Some(0.9));
    assert_eq!(judge(&facts).verdict, Verdict::Unknown, "so is that of others");
}

#[test]
fn answers_that_were_missed_for_want_of_sockets_are_not_the_targets() {
    let mut facts = healthy();
    (facts.genuine, facts.acknowledged, facts.unanswered) = (10_000, 9_000, 1_000);
    assert_eq!(judge(&facts).verdict, Verdict::Fail);
    (facts.open_sockets, facts.open_files_limit) = (Some(1_020), Some(1_024));
    assert_eq!(judge(&facts).verdict, Verdict::Unknown);
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

#[test]
fn a_part_of_a_run_is_no_verdict_on_the_whole() {
    let mut facts = healthy();
    (facts.shards, facts.missing_shards) = (4, vec![2, 3]);
    let judgement = judge(&facts);
    assert_eq!(judgement.verdict, Verdict::Unknown);
    let finding = &judgement.findings[0];
    assert!(finding.what.contains("2 of 4 shards are not here: 2, 3"), "{finding:?}");
    facts.reconciled.lost = evidence(1);
    assert_eq!(judge(&facts).verdict, Verdict::Fail, "what is known to be broken is broken");
}

#[test]
fn what_a_shard_cannot_explain_may_be_another_ones() {
    let mut facts = healthy();
    (facts.is_shard, facts.reconciled.foreign) = (true, 12);
    let judgement = judge(&facts);
    assert_eq!(judgement.verdict, Verdict::Pass);
    assert!(judgement.findings[0].next.contains("Merge"), "{:?}", judgement.findings);
}
